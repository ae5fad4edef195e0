"""Whether a Word document with a type name ("BÁO CÁO") is laid out as Nghị định 30/2020/NĐ-CP, Phụ lục I, wants it.

Each rule yields findings; a finding's ``rule`` names its sentence below ``conformity`` in the content. What the decree
leaves to the office (the wording, the order of the parts of the text) is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from bot.exports.dress import Dress, Wardrobe
from content.text import Texts

FONT = "Times New Roman"
_BLACK = {"auto", "000000"}
_A4 = (210, 297)
_MARGINS = {"top_margin": (20, 25), "bottom_margin": (20, 25), "left_margin": (30, 35), "right_margin": (15, 20)}
"""Millimetres, from and to (Phụ lục I, phần I, mục 1)."""
_INDENT = (10, 12.8)
"""Millimetres of a body paragraph's first line: 1 cm or 1,27 cm."""
_SPACE, _LINES = 6, (1.0, 1.5)
_NUMBER = re.compile(r"Số:\s*(?:\d{2,}|[…_.\s]*)\s*/[A-ZĐ]+(?:-[A-ZĐ0-9]+)+")
_PLACE_AND_DATE = re.compile(r"\S.*, ngày\s+\S*\s*tháng\s+\S*\s*năm\s+\d{4}")
_ANNEX = re.compile(r"Phụ lục(?: ([IVXLC]+))?")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_CENTRE, _JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
_LONG_TABLE = 6
"""Rows from which a table may run over a page, and must repeat its heading."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure from the decree. ``where`` quotes the place; ``found`` is what stands there."""

    rule: str
    where: str
    found: str = ""


class Unreadable(Exception):
    """The file is no Word document."""


def departures(path: Path, text: Texts) -> list[Finding]:
    """Every departure found in the document; ``text`` knows the State's name and motto.

    Raises Unreadable, and OSError when the file cannot be opened.
    """
    try:
        document = Document(str(path))
    except (BadZipFile, KeyError, ValueError, SyntaxError, PackageNotFoundError):  # lxml's faults are SyntaxErrors
        raise Unreadable(path.name) from None
    return list(_findings(document, text))


def _findings(document: Any, text: Texts) -> Iterator[Finding]:
    wardrobe = Wardrobe(document)
    yield from _pages(document)
    tables = document.tables
    if not tables or len(tables[0].columns) != 2:
        yield Finding("letterhead", "")
        return
    yield from _letterhead(wardrobe, tables[0], text)
    signature = next((table for table in tables[1:] if "Nơi nhận:" in _words(table._tbl)), None)
    if signature is None:
        yield Finding("recipients", "")
        return
    before, after = _split(document, tables[0], signature)
    yield from _title(wardrobe, before)
    yield from _body(wardrobe, before)
    yield from _signature(wardrobe, signature)
    yield from _annexes(wardrobe, after)
    yield from _tables(document, {id(tables[0]._tbl), id(signature._tbl)})
    yield from _letters(wardrobe, document)


def _pages(document: Any) -> Iterator[Finding]:
    for place, section in enumerate(document.sections, 1):
        where = str(place)
        size = sorted(round(side.mm) for side in (section.page_width, section.page_height))
        if tuple(size) != _A4:
            yield Finding("paper", where, "×".join(map(str, size)))
        for name, (least, most) in _MARGINS.items():
            margin = getattr(section, name).mm
            if not least - 0.5 <= margin <= most + 0.5:
                yield Finding(name, where, f"{margin:.0f}")
        if not section.different_first_page_header_footer:
            yield Finding("first_page_number", where)
        header = section.header.paragraphs
        number = next((one for one in header if "PAGE" in one._p.xml), None)
        if number is None:
            yield Finding("page_number", where)
        elif number.alignment != _CENTRE or not all(
            13 <= (run.font.size.pt if run.font.size else 0) <= 14 for run in number.runs
        ):
            yield Finding("page_number_form", where)
        start = section._sectPr.find(qn("w:pgNumType"))
        if start is None or start.get(qn("w:start")) != "1":
            yield Finding("page_number_start", where)


def _letterhead(wardrobe: Wardrobe, table: Any, text: Texts) -> Iterator[Finding]:
    left, right = table.rows[0].cells[0], table.rows[0].cells[1]
    borders = table._tbl.tblPr.find(qn("w:tblBorders"))
    if table.style is not None and table.style.name == "Table Grid" and borders is None:
        yield Finding("letterhead_ruled", "")
    state, motto = (*_full(right), None, None)[:2]
    yield from _line(wardrobe, "state", state, (12, 13), text=text("report.export.motto_state"), bold=True)
    yield from _line(wardrobe, "motto", motto, (13, 14), text=text("report.export.motto"), bold=True)
    if not _ruled(right):
        yield Finding("motto_rule", "")
    bodies = _full(left)
    if not bodies:
        yield Finding("issuer", "")
        return
    for one in bodies[:-1]:
        yield from _line(wardrobe, "parent", one, (12, 13), bold=False, upper=True)
    yield from _line(wardrobe, "issuer", bodies[-1], (12, 13), bold=True, upper=True)
    if not _ruled(left):
        yield Finding("issuer_rule", bodies[-1].text)
    number, date = (_full(cell) for cell in table.rows[-1].cells[:2])
    yield from _line(wardrobe, "number", number[0] if number else None, (13, 13), bold=False, pattern=_NUMBER)
    yield from _line(
        wardrobe, "place_and_date", date[0] if date else None, (13, 14), italic=True, pattern=_PLACE_AND_DATE
    )


def _title(wardrobe: Wardrobe, body: list[Any]) -> Iterator[Finding]:
    lines = [one for one in body if one.text.strip()]
    kind, subject = (*lines, None, None)[:2]
    yield from _line(wardrobe, "kind", kind, (13, 14), bold=True, upper=True)
    yield from _line(wardrobe, "subject", subject, (13, 14), bold=True)
    place = body.index(subject) if subject is not None else 0
    if not any(_is_rule(one) for one in body[place : place + 2]):
        yield Finding("subject_rule", subject.text if subject is not None else "")


def _body(wardrobe: Wardrobe, body: list[Any]) -> Iterator[Finding]:
    text = [one for one in body if one.text.strip()][2:]
    told = [one for one in text if not one.text.startswith("Kính gửi") and one.alignment != _CENTRE]
    for one in told:
        where, layout = _quote(one), one.paragraph_format
        looks = wardrobe.worn(one._p)
        if any(not 13 <= look.size <= 14 for look in looks):
            yield Finding("body_size", where)
        if one.alignment != _JUSTIFY:
            yield Finding("body_justified", where)
        indent = layout.first_line_indent.mm if layout.first_line_indent is not None else 0.0
        if not _INDENT[0] <= indent <= _INDENT[1]:
            yield Finding("body_indent", where, f"{indent:.1f}")
        if (
            max(
                layout.space_before.pt if layout.space_before else 0, layout.space_after.pt if layout.space_after else 0
            )
            < _SPACE
        ):
            yield Finding("body_space", where)
        spacing = layout.line_spacing
        if isinstance(spacing, float) and not _LINES[0] <= spacing <= _LINES[1]:
            yield Finding("body_lines", where, str(spacing))
    bases = [one for one in told if one.text.startswith("Căn cứ ")]
    for place, one in enumerate(bases):
        if not all(look.italic for look in wardrobe.worn(one._p)):
            yield Finding("bases_italic", _quote(one))
        if not one.text.rstrip().endswith("." if place == len(bases) - 1 else ";"):
            yield Finding("bases_end", _quote(one))
    last = told[-1].text.rstrip() if told else ""
    if not last.endswith("./."):
        yield Finding("end", _quote(told[-1]) if told else "")


def _signature(wardrobe: Wardrobe, table: Any) -> Iterator[Finding]:
    left, right = table.rows[0].cells[0], table.rows[0].cells[-1]
    lines = _full(left)
    yield from _line(
        wardrobe,
        "recipients",
        lines[0] if lines else None,
        (12, 12),
        bold=True,
        italic=True,
        text="Nơi nhận:",
        centred=False,
    )
    for place, one in enumerate(lines[1:], 2):
        last = place == len(lines)
        yield from _line(wardrobe, "recipient", one, (11, 11), bold=False, centred=False)
        if not one.text.startswith("-") or not one.text.rstrip().endswith("." if last else ";"):
            yield Finding("recipient_form", one.text)
    if not lines or "Lưu:" not in lines[-1].text:
        yield Finding("recipient_filed", lines[-1].text if lines else "")
    signer = _full(right)
    yield from _line(wardrobe, "signer", signer[0] if signer else None, (13, 14), bold=True, upper=True)


def _annexes(wardrobe: Wardrobe, paragraphs: list[Any]) -> Iterator[Finding]:
    lines = [one for one in paragraphs if one.text.strip()]
    heads = [place for place, one in enumerate(lines) if _ANNEX.fullmatch(one.text.strip())]
    for number, place in enumerate(heads):
        found = _ANNEX.fullmatch(lines[place].text.strip())
        wanted = _ROMAN[number] if len(heads) > 1 and number < len(_ROMAN) else None
        if found is None or found[1] != wanted:
            yield Finding("annex_number", lines[place].text, wanted or "")
        yield from _line(wardrobe, "annex", lines[place], (14, 14), bold=True)
        title, pointer = (*lines[place + 1 : place + 3], None, None)[:2]
        yield from _line(wardrobe, "annex_title", title, (13, 14), bold=True, upper=True)
        yield from _line(
            wardrobe, "annex_pointer", pointer, (13, 14), italic=True, pattern=re.compile(r"\(Kèm theo .+\)")
        )


def _tables(document: Any, apart: set[int]) -> Iterator[Finding]:
    for table in document.tables:
        if id(table._tbl) in apart or len(table._tbl.tr_lst) < _LONG_TABLE:
            continue
        heading = table._tbl.tr_lst[0].trPr
        if heading is None or heading.find(qn("w:tblHeader")) is None:
            yield Finding("table_heading", _quoted(_words(table._tbl)))


def _letters(wardrobe: Wardrobe, document: Any) -> Iterator[Finding]:
    """Font and colour hold for every letter of the document."""
    for paragraph in document.element.body.iter(qn("w:p")):
        looks = wardrobe.worn(paragraph)
        strange = {font for look in looks for font in look.fonts if font != FONT}
        if strange:
            yield Finding("font", _quoted(_words(paragraph)), ", ".join(sorted(name or "?" for name in strange)))
        if any(look.colour not in _BLACK for look in looks):
            yield Finding("colour", _quoted(_words(paragraph)))


def _line(
    wardrobe: Wardrobe,
    rule: str,
    paragraph: Any,
    sizes: tuple[float, float],
    *,
    bold: bool | None = None,
    italic: bool | None = None,
    upper: bool = False,
    text: str | None = None,
    pattern: re.Pattern[str] | None = None,
    centred: bool = True,
) -> Iterator[Finding]:
    """One line that has a place and a look of its own; ``rule`` is broken once, whatever is wrong with it."""
    if paragraph is None:
        yield Finding(rule, "")
        return
    found = paragraph.text.strip()
    looks = wardrobe.worn(paragraph._p)
    good = (
        bool(looks)
        and all(sizes[0] <= look.size <= sizes[1] for look in looks)
        and (bold is None or all(look.bold is bold for look in looks))
        and all(look.italic is bool(italic) for look in looks)
        and (not upper or found == found.upper())
        and (text is None or found == text)
        and (pattern is None or pattern.fullmatch(found) is not None)
        and (not centred or paragraph.alignment == _CENTRE)
    )
    if not good:
        yield Finding(rule, _quote(paragraph), _seen(looks))


def _seen(looks: list[Dress]) -> str:
    return ", ".join(sorted({f"{look.size:g}{'B' if look.bold else ''}{'I' if look.italic else ''}" for look in looks}))


def _split(document: Any, letterhead: Any, signature: Any) -> tuple[list[Any], list[Any]]:
    """The paragraphs between the letterhead and the signature, and those after it."""
    by_element = {id(paragraph._p): paragraph for paragraph in document.paragraphs}
    parts: list[list[Any]] = [[], [], []]
    part = 0
    for element in document.element.body.iterchildren():
        if element is letterhead._tbl or element is signature._tbl:
            part += 1
        elif id(element) in by_element:
            parts[part].append(by_element[id(element)])
    return parts[1], parts[2]


def _full(cell: Any) -> list[Any]:
    return [paragraph for paragraph in cell.paragraphs if paragraph.text.strip()]


def _ruled(cell: Any) -> bool:
    return any(_is_rule(paragraph) for paragraph in cell.paragraphs)


def _is_rule(paragraph: Any) -> bool:
    """A drawn line: a paragraph's border, or a shape."""
    xml = paragraph._p.xml
    return "<w:pBdr>" in xml or "<w:drawing>" in xml or "<w:pict" in xml


def _words(element: Any) -> str:
    """All text below an element."""
    return " ".join(text.text or "" for text in element.iter(qn("w:t")))


def _quote(paragraph: Any) -> str:
    return _quoted(paragraph.text)


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:59] + "…"
