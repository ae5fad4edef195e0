"""Plain Word pages: A4 with the margins and the type of Nghị định 30/2020/NĐ-CP, lines and ruled tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

FONT = "Times New Roman"
CENTRE, LEFT, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.JUSTIFY


def blank() -> Any:
    """An empty A4 document."""
    document: Any = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.top_margin = section.bottom_margin = Mm(20)
    style = document.styles["Normal"]
    style.font.name = FONT
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)
    document.core_properties.author = document.core_properties.comments = ""
    return document


def line(
    place: Any,
    words: str,
    size: float,
    align: Any = LEFT,
    *,
    bold: bool = False,
    italic: bool = False,
    before: float = 0,
    after: float = 2,
    together: bool = False,
    spacing: float = 1.0,
) -> None:
    """A paragraph at the end of a document, or in a table's cell, whose empty first one is used up first."""
    first = place.paragraphs[0] if hasattr(place, "_tc") and not place.paragraphs[0].text else None
    paragraph = first if first is not None else place.add_paragraph()
    paragraph.alignment = align
    layout = paragraph.paragraph_format
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    layout.keep_with_next, layout.line_spacing = together, spacing
    run = paragraph.add_run(words)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic


def table(
    document: Any, headings: Sequence[tuple[str, int]], rows: Sequence[Sequence[str]], size: float, centred: int
) -> None:
    """A ruled table: headings (words, width in millimetres) that stand again on every page; the first ``centred``
    columns stand left, the others in the middle."""
    grid = document.add_table(rows=1 + len(rows), cols=len(headings))
    grid.style, grid.alignment, grid.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for column, (_, width) in zip(grid.columns, headings, strict=True):
        column.width = Mm(width)
    for place, cells in enumerate([[words for words, _ in headings], *rows]):
        row = grid.rows[place]
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        if place == 0:
            row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for number, (cell, words, (_, width)) in enumerate(zip(row.cells, cells, headings, strict=True)):
            cell.width = Mm(width)
            align = CENTRE if place == 0 or number >= centred else LEFT
            line(cell, words, size, align, bold=place == 0, before=2)
