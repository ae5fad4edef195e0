"""Builds the Word templates of the consolidated and of an agency's own report: ``python -m bot.exports.template``.

Layout of Nghị định 30/2020/NĐ-CP, Phụ lục I: A4, Times New Roman, margins 20/20/30/15 mm, page number centred in the
top margin and not on the first page, header in two columns, annexes with page numbers of their own. The results are
kept in ``content/vi/templates`` and may be edited in Word afterwards: only the ``{{ … }}`` marks must stay, and
``loa report check`` says whether the layout still is that of the decree.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from content.files import ROOT

TEMPLATE = Path("vi") / "templates" / "report.docx"
"""Below the content folder."""
AGENCY_TEMPLATE = Path("vi") / "templates" / "agency_report.docx"
FONT = "Times New Roman"
MARGINS = {"top_margin": Mm(20), "bottom_margin": Mm(20), "left_margin": Mm(30), "right_margin": Mm(15)}
BODY = 14
TABLE = 11
_LEFT, _CENTRE, _JUSTIFY = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
HEADER = (Mm(63), Mm(102))
"""Widths of the two header columns: the right one takes the State's name on one line at size 13."""
TOTALS = (("order", 18), ("task", 54), ("target", 25), ("result", 28), ("percent", 20), ("reports", 20))
FIGURES = (("order", 18), ("task", 96), ("agency", 54), ("target", 30), ("result", 36), ("percent", 18))
AGENCIES = (("order", 10), ("task", 62), ("agency", 42), ("state", 34), ("result", 50), ("work", 54))
ANSWERS = (("order", 12), ("task", 72), ("target", 30), ("result", 51))
"""Columns of an agency's own report."""
MISSING = (("order", 12), ("agency", 70), ("count", 24), ("tasks", 112), ("late", 34))
"""Columns of the tables with their widths in millimetres; the first is the text key of the heading too."""
ANNEXES = (("figures", FIGURES), ("agencies", AGENCIES), ("missing", MISSING))
"""The annexes in their order: name of the rows, columns."""
_CENTRED = {"order", "target", "percent", "reports", "count", "late"}


def build(path: Path) -> None:
    """Write the template of the consolidated report to ``path``."""
    document = _blank()
    _letterhead(document)
    _body(document)
    _signature(document)
    for rows, columns in ANNEXES:
        _annex(document, rows, columns)
    document.save(str(path))


def build_agency(path: Path) -> None:
    """Write the template of an agency's report on one task to ``path``."""
    document = _blank()
    _letterhead(document, any_office=True)
    _title(document)
    _each(document, "bases", italic=True)
    _told(document, "intro")
    _heading(document, "part1")
    _each(document, "task_lines")
    _heading(document, "part2")
    _told(document, "status")
    _each(document, "work")
    _paragraph(document, "{%p if answers %}")
    _paragraph(document, "{{ table_caption }}", 13, italic=True, before=6, after=6, together=True)
    _rows(document, ANSWERS, "answers")
    _paragraph(document, "{%p endif %}")
    for part in ("part3", "part4"):
        _heading(document, part)
        _each(document, f"{part}_lines")
    _told(document, "closing", together=True)
    _signature(document)
    _paragraph(document, "{{ source }}", TABLE, _LEFT, italic=True, before=12)
    document.save(str(path))


def _blank() -> Any:
    """An empty document on A4 with the decree's margins, font and page numbers."""
    document = Document()
    _fonts(document)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, value in MARGINS.items():
        setattr(section, name, value)
    section.header_distance = Mm(10)
    _page_number(section)
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.title = "{{ kind }}"
    return document


def _fonts(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(BODY)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)
    style.paragraph_format.space_after = Pt(0)


def _page_number(section: Any) -> None:
    """Arabic, size 13, centred at the top, from 1, hidden on the section's first page."""
    section.different_first_page_header_footer = True
    section.header.is_linked_to_previous = False
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = _CENTRE
    run = paragraph.add_run()
    run.font.size = Pt(13)
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            element.text = text
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    section._sectPr.append(numbering)


def _paragraph(
    place: Any,
    text: str,
    size: float = BODY,
    align: Any = _CENTRE,
    *,
    bold: bool = False,
    italic: bool = False,
    before: float = 0,
    after: float = 0,
    indent: bool = False,
    together: bool = False,
) -> Any:
    """A paragraph; a table cell's empty first one is used up first."""
    empty = getattr(place, "paragraphs", []) if hasattr(place, "_tc") else []
    paragraph = empty[0] if len(empty) == 1 and not empty[0].text and not empty[0].runs else place.add_paragraph()
    paragraph.alignment = align
    layout = paragraph.paragraph_format
    layout.space_before = Pt(before)
    layout.space_after = Pt(after)
    layout.keep_with_next = together
    if indent:
        layout.first_line_indent = Mm(12.7)
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    return paragraph


def _rule(place: Any, inset: float) -> None:
    """A thin line, ``inset`` millimetres in from both sides."""
    paragraph = place.add_paragraph()
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Mm(inset)
    layout.line_spacing = Pt(3)
    border = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
        line.set(qn(f"w:{name}"), value)
    border.append(line)
    paragraph._p.get_or_add_pPr().append(border)


def _table(place: Any, rows: int, widths: tuple[Any, ...], *, ruled: bool) -> Any:
    """A table of fixed widths, set on columns and cells alike: Word reads the one, LibreOffice the other."""
    table = place.add_table(rows=rows, cols=len(widths))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    if ruled:
        table.style = "Table Grid"
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width
    return table


def _letterhead(document: Any, *, any_office: bool = False) -> None:
    table = _table(document, 2, HEADER, ruled=False)
    left, right = table.rows[0].cells
    if any_office:
        _paragraph(left, "{%p if parent %}", 12)  # a people's committee has nobody above it there
    _paragraph(left, "{{ parent }}", 12)
    if any_office:
        _paragraph(left, "{%p endif %}", 12)
    _paragraph(left, "{{ issuer }}", 12, bold=True)
    _rule(left, 20)
    _paragraph(right, "{{ motto_state }}", 13, bold=True)
    _paragraph(right, "{{ motto }}", 14, bold=True)
    _rule(right, 18)
    left, right = table.rows[1].cells
    _paragraph(left, "{{ number }}", 13, before=6)
    _paragraph(right, "{{ place_and_date }}", 13, italic=True, before=6)


def _title(document: Any) -> None:
    """What the document is, what about, and to whom."""
    _paragraph(document, "{{ kind }}", bold=True, before=18, together=True)
    _paragraph(document, "{{ subject }}", bold=True, together=True)
    _rule(document, 60)
    _paragraph(document, "{{ to }}", before=12)


def _body(document: Any) -> None:
    _title(document)
    _each(document, "bases", italic=True)
    _told(document, "intro")
    _heading(document, "part1")
    _told(document, "part1_text")
    for field in ("handed_in", "returned", "missing_count", "done"):
        _told(document, field)
    _heading(document, "part2")
    _told(document, "part2_text")
    _paragraph(document, "{%p if chart %}")
    _paragraph(document, "{{ chart }}", before=6, together=True)
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{{ chart_caption }}", 13, italic=True, after=6)
    _paragraph(document, "{%p if heat %}")
    _paragraph(document, "{{ heat }}", before=6, together=True)
    _paragraph(document, "{{ heat_caption }}", 13, italic=True, after=6)
    _paragraph(document, "{%p endif %}")
    _rows(document, TOTALS, "totals")
    for part in ("part3", "part4"):
        _heading(document, part)
        _grouped(document, f"{part}_groups")
    _told(document, "part4_text")
    _told(document, "closing")


def _told(document: Any, mark: str, **dress: Any) -> None:
    """A paragraph of the body."""
    _paragraph(document, f"{{{{ {mark} }}}}", align=_JUSTIFY, before=6, indent=True, **dress)


def _heading(document: Any, mark: str) -> None:
    _told(document, mark, bold=True, together=True)


def _each(document: Any, marks: str, **dress: Any) -> None:
    """A paragraph for each of a list of texts."""
    _paragraph(document, f"{{%p for line in {marks} %}}", align=_JUSTIFY)
    _told(document, "line", **dress)
    _paragraph(document, "{%p endfor %}", align=_JUSTIFY)


def _grouped(document: Any, groups: str) -> None:
    """What agencies wrote, under the title of each theme; without a title where nobody wrote anything."""
    _paragraph(document, f"{{%p for group in {groups} %}}", align=_JUSTIFY)
    _paragraph(document, "{%p if group.title %}", align=_JUSTIFY)
    _told(document, "group.title", bold=True, together=True)
    _paragraph(document, "{%p endif %}", align=_JUSTIFY)
    _each(document, "group.lines")
    _paragraph(document, "{%p endfor %}", align=_JUSTIFY)


def _rows(document: Any, columns: tuple[tuple[str, int], ...], rows: str) -> None:
    """A table whose middle row is repeated for every entry of ``rows``; its heading stands again on every page."""
    widths = tuple(Mm(width) for _, width in columns)
    table = _table(document, 4, widths, ruled=True)
    heading, begin, row, end = table.rows
    repeat = OxmlElement("w:tblHeader")
    heading._tr.get_or_add_trPr().append(repeat)
    padding: dict[str, Any] = {"before": 2, "after": 2}
    for place, (name, _) in enumerate(columns):
        _paragraph(heading.cells[place], f"{{{{ head.{name} }}}}", TABLE, bold=True, **padding)
        align = _CENTRE if name in _CENTRED else _LEFT
        cell = row.cells[place]
        if name != "task":
            _paragraph(cell, f"{{{{ row.{name} }}}}", TABLE, align, **padding)
            continue
        _paragraph(cell, "{%p if row.bold %}", TABLE)
        _paragraph(cell, "{{ row.task }}", TABLE, align, bold=True, **padding)
        _paragraph(cell, "{%p else %}", TABLE)
        _paragraph(cell, "{{ row.task }}", TABLE, align, **padding)
        _paragraph(cell, "{%p endif %}", TABLE)
    for one in (heading, row):
        one._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    _paragraph(begin.cells[0], f"{{%tr for row in {rows} %}}", TABLE)
    _paragraph(end.cells[0], "{%tr endfor %}", TABLE)


def _signature(document: Any) -> None:
    """Recipients on the left, the signer on the right, never torn apart; the name is left to whoever signs."""
    document.add_paragraph().paragraph_format.keep_with_next = True
    table = _table(document, 1, (Mm(80), Mm(85)), ruled=False)
    left, right = table.rows[0].cells
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    _paragraph(left, "{{ recipients }}", 12, _LEFT, bold=True, italic=True, together=True)
    _paragraph(left, "{{ recipient_above }}", 11, _LEFT, together=True)
    _paragraph(left, "{{ recipient_filed }}", 11, _LEFT)
    _paragraph(right, "{{ signer }}", bold=True, together=True)
    for _ in range(4):
        _paragraph(right, "", together=True)


def _annex(document: Any, rows: str, columns: tuple[tuple[str, int], ...]) -> None:
    """An annex in a landscape section of its own, its pages numbered from 1."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    for name, value in MARGINS.items():
        setattr(section, name, value)
    _page_number(section)
    _paragraph(document, f"{{{{ annex.{rows}.number }}}}", bold=True, together=True)
    _paragraph(document, f"{{{{ annex.{rows}.title }}}}", bold=True, together=True)
    _paragraph(document, "{{ annex_of }}", italic=True, together=True)
    _rule(document, 100)
    document.add_paragraph().paragraph_format.line_spacing = Pt(12)
    _rows(document, columns, rows)
    _paragraph(document, "{{ source }}", TABLE, _LEFT, italic=True, before=6)


if __name__ == "__main__":
    (ROOT / TEMPLATE).parent.mkdir(parents=True, exist_ok=True)
    build(ROOT / TEMPLATE)
    build_agency(ROOT / AGENCY_TEMPLATE)
