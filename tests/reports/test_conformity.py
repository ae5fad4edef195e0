"""The layout checker: silent on what the decree allows, and each departure named by its own rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from bot.exports import Format, export
from bot.exports.conformity import Unreadable, departures
from content.catalog import Catalog
from tests.reports.test_exports import report  # noqa: F401  a fixture

Change = Callable[[Any], None]


def paragraph(document: Any, start: str) -> Any:
    return next(one for one in document.paragraphs if one.text.startswith(start))


def cell(document: Any, table: int, row: int, column: int) -> Any:
    return document.tables[table].rows[row].cells[column]


def _text(find: Callable[[Any], Any], text: str) -> Change:
    def change(document: Any) -> None:
        run = find(document).runs[0]
        run.text = text

    return change


def _run(find: Callable[[Any], Any], **dress: Any) -> Change:
    def change(document: Any) -> None:
        font = find(document).runs[0].font
        for name, value in dress.items():
            setattr(font, name, value)

    return change


def _signature(document: Any) -> Any:
    return document.tables[2].rows[0]


def _page_number_left(document: Any) -> None:
    document.sections[0].header.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.LEFT


def _no_page_number(document: Any) -> None:
    header = document.sections[0].header.paragraphs[0]
    header._p.getparent().replace(header._p, Document().add_paragraph()._p)


def _count_on(document: Any) -> None:
    document.sections[1]._sectPr.find(qn("w:pgNumType")).set(qn("w:start"), "7")


def _no_rules(column: int) -> Change:
    def change(document: Any) -> None:
        for one in cell(document, 0, 0, column).paragraphs:
            for border in one._p.findall(".//" + qn("w:pBdr")):
                border.getparent().remove(border)

    return change


def _subject_unruled(document: Any) -> None:
    for one in document.paragraphs[:6]:
        for border in one._p.findall(".//" + qn("w:pBdr")):
            border.getparent().remove(border)


def _heading_once(document: Any) -> None:
    header = document.tables[1].rows[0]._tr.trPr.find(qn("w:tblHeader"))
    header.getparent().remove(header)


def _no_recipients(document: Any) -> None:
    table = document.tables[2]._tbl
    table.getparent().remove(table)


def _no_letterhead(document: Any) -> None:
    table = document.tables[0]._tbl
    table.getparent().remove(table)


def _grid(document: Any) -> None:
    document.tables[0].style = document.styles["Table Grid"]


def _landscape_off(document: Any) -> None:
    document.sections[0].page_width = Mm(216)


CHANGES: list[tuple[str, Change]] = [
    ("paper", _landscape_off),
    ("left_margin", lambda document: setattr(document.sections[0], "left_margin", Mm(25))),
    ("right_margin", lambda document: setattr(document.sections[1], "right_margin", Mm(30))),
    ("top_margin", lambda document: setattr(document.sections[0], "top_margin", Mm(15))),
    ("bottom_margin", lambda document: setattr(document.sections[0], "bottom_margin", Mm(30))),
    ("first_page_number", lambda d: setattr(d.sections[0], "different_first_page_header_footer", False)),
    ("page_number_form", _page_number_left),
    ("page_number", _no_page_number),
    ("page_number_start", _count_on),
    ("letterhead", _no_letterhead),
    ("letterhead_ruled", _grid),
    ("state", _text(lambda d: cell(d, 0, 0, 1).paragraphs[0], "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM")),
    ("motto", _text(lambda d: cell(d, 0, 0, 1).paragraphs[1], "Độc lập – Tự do – Hạnh phúc")),
    ("motto", _run(lambda d: cell(d, 0, 0, 1).paragraphs[1], size=Pt(12))),
    ("motto_rule", _no_rules(1)),
    ("parent", _run(lambda d: cell(d, 0, 0, 0).paragraphs[0], bold=True)),
    ("issuer", _run(lambda d: cell(d, 0, 0, 0).paragraphs[1], bold=False)),
    ("issuer_rule", _no_rules(0)),
    ("number", _text(lambda d: cell(d, 0, 1, 0).paragraphs[0], "Số: 5/BC-STTTT")),
    ("number", _text(lambda d: cell(d, 0, 1, 0).paragraphs[0], "Số 05 BC")),
    ("place_and_date", _text(lambda d: cell(d, 0, 1, 1).paragraphs[0], "Kon Tum, 16/12/2024")),
    ("place_and_date", _run(lambda d: cell(d, 0, 1, 1).paragraphs[0], italic=False)),
    ("kind", _text(lambda d: paragraph(d, "BÁO CÁO"), "Báo cáo")),
    ("subject", _run(lambda d: paragraph(d, "Tổng hợp"), bold=False)),
    ("subject_rule", _subject_unruled),
    ("body_size", _run(lambda d: paragraph(d, "Kế hoạch có"), size=Pt(12))),
    ("body_justified", lambda d: setattr(paragraph(d, "Kế hoạch có"), "alignment", WD_ALIGN_PARAGRAPH.LEFT)),
    ("body_indent", lambda d: setattr(paragraph(d, "Kế hoạch có").paragraph_format, "first_line_indent", Mm(20))),
    ("body_space", lambda d: setattr(paragraph(d, "Kế hoạch có").paragraph_format, "space_before", Pt(2))),
    ("body_lines", lambda d: setattr(paragraph(d, "Kế hoạch có").paragraph_format, "line_spacing", 2.0)),
    ("bases_italic", _run(lambda d: paragraph(d, "Căn cứ Nghị định"), italic=False)),
    ("bases_end", _text(lambda d: paragraph(d, "Căn cứ Nghị định"), "Căn cứ Nghị định số 09/2019/NĐ-CP.")),
    ("end", _text(lambda d: paragraph(d, "Trên đây"), "Trên đây là báo cáo.")),
    ("recipients", _no_recipients),
    ("recipients", _run(lambda d: _signature(d).cells[0].paragraphs[0], italic=False)),
    ("recipient", _run(lambda d: _signature(d).cells[0].paragraphs[1], size=Pt(13))),
    ("recipient_form", _text(lambda d: _signature(d).cells[0].paragraphs[1], "Như trên")),
    ("recipient_filed", _text(lambda d: _signature(d).cells[0].paragraphs[2], "- Văn phòng.")),
    ("signer", _text(lambda d: _signature(d).cells[1].paragraphs[0], "Giám đốc")),
    ("annex_number", _text(lambda d: paragraph(d, "Phụ lục II"), "Phụ lục 2")),
    ("annex_number", _text(lambda d: paragraph(d, "Phụ lục II"), "Phụ lục V")),
    ("annex", _run(lambda d: paragraph(d, "Phụ lục I"), size=Pt(12))),
    ("annex_title", _run(lambda d: paragraph(d, "KẾT QUẢ THEO TỪNG"), bold=False)),
    ("annex_pointer", _text(lambda d: paragraph(d, "(Kèm theo"), "Kèm theo Báo cáo")),
    ("table_heading", _heading_once),
    ("font", _run(lambda d: paragraph(d, "Kế hoạch có"), name="Arial")),
    ("colour", lambda d: setattr(paragraph(d, "Kế hoạch có").runs[0].font.color, "rgb", RGBColor(255, 0, 0))),
]  # fmt: skip


@pytest.fixture
def made(report: dict[str, Any], catalog: Catalog, tmp_path: Path) -> Path:  # noqa: F811
    path = tmp_path / "dung.docx"
    export({**report, "tasks": report["tasks"][:8]}, catalog, Format.DOCX, path)
    return path


async def test_each_departure_is_named_by_its_rule(made: Path, catalog: Catalog) -> None:
    for place, (rule, change) in enumerate(CHANGES):
        document = Document(str(made))
        change(document)
        broken = made.with_name(f"{place}.docx")
        document.save(str(broken))
        found = departures(broken, catalog.text)
        assert rule in {finding.rule for finding in found}, (place, rule, found)
        for finding in found:
            assert catalog.text(f"conformity.{finding.rule}", where=finding.where, found=finding.found)


def test_every_rule_has_a_change_that_breaks_it(catalog: Catalog) -> None:
    assert {rule for rule, _ in CHANGES} == set(catalog.text.section("conformity"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"%PDF-1.7", "Báo cáo".encode()])
def test_what_is_no_word_document_is_refused(content: bytes, catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(content)
    with pytest.raises(Unreadable):
        departures(path, catalog.text)
