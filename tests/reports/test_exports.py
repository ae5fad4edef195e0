"""The files: laid out as Nghị định 30/2020 wants, true to the figures, harmless whatever people typed."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from openpyxl import load_workbook

from bot.exports import Format, export
from bot.exports.conformity import departures
from bot.exports.docx import abbreviated, context
from bot.exports.template import TEMPLATE, build
from content.catalog import Catalog
from content.figures import figure
from handlers.reports.snapshots import count_plan
from storage.reports import report_on, submit
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS, SA_THAY

NOW = datetime(2024, 11, 20, 2, tzinfo=UTC)
NASTY = '=HYPERLINK("http://x","y") <b>&amp; "đậm" </w:t>\x0b'


@pytest.fixture
async def report(citizen: Talk, catalog: Catalog) -> dict[str, Any]:
    async with citizen.db.session() as db:
        row = await report_on(db, BOARDS, SA_THAY, NOW)
        value = {"value": 5, "part": 5, "whole": 7}
        answers = {
            "values": {"t002_pl02_09.1": value, "t002_pl02_09.2": None},
            "status": "partly",
            "work": NASTY,
            "difficulties": f"{NASTY}\nThiếu kinh phí",
            "expected_on": "2024-12-10",
            "evidence": "+125/BC-UBND",
        }
        await submit(db, row, answers, None, NOW)
        await db.commit()
    counted = await count_plan(citizen.db, catalog, "kh_thong_tin_co_so_2024", NOW)
    return counted.report("SL-24-AAAAAA")


@pytest.fixture
def word(report: dict[str, Any], catalog: Catalog, tmp_path: Path) -> Any:
    path = tmp_path / "bao-cao.docx"
    export(report, catalog, Format.DOCX, path)
    return Document(str(path))


def lines(document: Any) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def test_the_page_is_that_of_the_decree(word: Any) -> None:
    page, *annexes = word.sections
    assert [round(value.mm) for value in (page.page_width, page.page_height)] == [210, 297]
    assert [
        round(value.mm) for value in (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
    ] == [20, 20, 30, 15]
    assert [annex.orientation for annex in annexes] == [WD_ORIENT.LANDSCAPE] * 3
    for section in (page, *annexes):
        assert section.different_first_page_header_footer
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
        assert "PAGE" in section.header._element.xml
    fonts = word.styles["Normal"].element.rPr.rFonts
    assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "cs", "eastAsia")} == {"Times New Roman"}


def test_the_letterhead_leaves_number_and_day_to_the_clerk(word: Any) -> None:
    head = word.tables[0]
    left, right = ([paragraph.text for paragraph in cell.paragraphs] for cell in head.rows[0].cells)
    assert left[:2] == ["UBND TỈNH KON TUM", "SỞ THÔNG TIN VÀ TRUYỀN THÔNG"]
    assert right[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    number, place = (cell.text for cell in head.rows[1].cells)
    assert number == "Số:        /BC-STTTT"
    assert place == "Kon Tum, ngày       tháng       năm 2024"
    bold = [[run.bold for run in cell.paragraphs[0].runs] for cell in head.rows[0].cells]
    assert bold == [[False], [True]], "the parent body is not bold"
    assert head.rows[1].cells[1].paragraphs[0].runs[0].italic


def test_the_body_has_title_addressee_parts_and_ending(word: Any) -> None:
    text = lines(word)
    assert "BÁO CÁO" in text
    assert any(line.startswith("Tổng hợp kết quả thực hiện Kế hoạch") for line in text)
    assert "Kính gửi: Ủy ban nhân dân tỉnh Kon Tum." in text
    assert [line.split(".")[0] for line in text if line.split(".")[0] in ("I", "II", "III", "IV")] == [
        "I", "II", "III", "IV",
    ]  # fmt: skip
    assert any("tổng số báo cáo phải nộp: 83" in line for line in text)
    assert any("Đã nộp: 1 (đã tiếp nhận 0, đang xem 1)" in line for line in text)
    assert next(line for line in text if line.startswith("Trên đây")).endswith("./.")
    assert [line for line in text if line.startswith("Phụ lục")] == ["Phụ lục I", "Phụ lục II", "Phụ lục III"]


def test_the_document_keeps_the_layout_of_the_decree(word: Any, catalog: Catalog, tmp_path: Path) -> None:
    assert departures(tmp_path / "bao-cao.docx", catalog.text) == []


def test_every_figure_can_be_traced_to_its_snapshot(word: Any, report: dict[str, Any]) -> None:
    told = [line for line in lines(word) if report["snapshot"] in line]
    assert len(told) == 4, "in the text, and below each annex"


def test_difficulties_stand_by_theme_with_who_said_them(word: Any) -> None:
    text = lines(word)
    place = text.index("1. Về kinh phí")
    assert text[place + 1] == "- Thiếu kinh phí (UBND huyện Sa Thầy)."


def test_who_has_not_reported_stands_in_the_last_annex(word: Any, report: dict[str, Any]) -> None:
    table = word.tables[-1]
    owing = [agency for agency in report["progress"]["agencies"] if agency["missing"]]
    assert len(table.rows) == 1 + len(owing)
    assert {row.cells[1].text for row in table.rows[1:]} == {one["name"] for one in owing}


def test_the_chart_says_what_it_shows(word: Any) -> None:
    told = [picture._inline.docPr.get("descr") for picture in word.inline_shapes]
    assert ["chỉ tiêu" in told[0], "theo cơ quan và tháng" in told[1]] == [True, True]
    assert len(told) == 2


def test_without_figures_there_is_no_chart_and_the_document_says_so(
    report: dict[str, Any], catalog: Catalog, tmp_path: Path
) -> None:
    path = tmp_path / "trong.docx"
    export({**report, "progress": {**report["progress"], "indicators": [], "agencies": []}}, catalog, Format.DOCX, path)
    bare = Document(str(path))
    assert len(bare.inline_shapes) == 0
    assert "Chưa có chỉ tiêu nào có số liệu để vẽ biểu đồ." in lines(bare)
    assert departures(path, catalog.text) == []


def test_recipients_and_signer_stand_side_by_side_and_together(word: Any) -> None:
    block = word.tables[2]
    left, right = block.rows[0].cells
    assert [paragraph.text for paragraph in left.paragraphs] == ["Nơi nhận:", "- Như trên;", "- Lưu: VT."]
    assert left.paragraphs[0].runs[0].italic
    assert right.paragraphs[0].text == "GIÁM ĐỐC"
    assert block.rows[0]._tr.trPr.find(qn("w:cantSplit")) is not None


def test_the_tables_hold_every_task_and_agency_under_a_repeated_heading(word: Any, report: dict[str, Any]) -> None:
    totals, agencies = word.tables[1], word.tables[4]
    for table in (totals, agencies):
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    several = sum(len(task["indicators"]) for task in report["tasks"] if len(task["indicators"]) > 1)
    assert len(totals.rows) == 1 + len(report["tasks"]) + several
    assert len(agencies.rows) == 1 + sum(len(task["agencies"]) for task in report["tasks"])
    row = next(row for row in totals.rows if "Xã có Bảng tin" in row.cells[1].text and "5/7" in row.cells[3].text)
    assert [cell.text for cell in row.cells[2:5]] == ["ít nhất 5 xã", "5/7 xã (71,4%)", "100%"]
    line = next(row for row in agencies.rows if "đã nộp" in row.cells[3].text)
    assert line.cells[3].text == "đã nộp 20/11/2024, đang xem"
    assert "xong một phần, dự kiến 10/12/2024" in line.cells[4].text


def test_what_people_typed_stays_text_in_word(word: Any) -> None:
    cells = [cell.text for row in word.tables[4].rows for cell in row.cells]
    assert any('=HYPERLINK("http://x","y") <b>&amp; "đậm" </w:t>' in text for text in cells)


def test_nothing_of_the_template_is_left(word: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bao-cao.docx") as archive:
        body = archive.read("word/document.xml").decode()
    assert "{{" not in body
    assert "{%" not in body


def test_the_template_and_its_builder_want_what_is_given(
    report: dict[str, Any], catalog: Catalog, tmp_path: Path
) -> None:
    given = set(context(report, catalog))
    build(tmp_path / "new.docx")
    for path in (catalog.root / TEMPLATE, tmp_path / "new.docx"):
        assert DocxTemplate(str(path)).get_undeclared_template_variables() <= given


def test_a_sheet_never_takes_text_for_a_formula(report: dict[str, Any], catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "bao-cao.xlsx"
    export(report, catalog, Format.XLSX, path)
    sheets = load_workbook(path).worksheets
    assert [sheet.title for sheet in sheets] == ["Tổng hợp", "Chi tiết", "Khó khăn, kiến nghị"]
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert sum(str(cell.value).startswith("=HYPERLINK") for cell in cells) == 5, "the text is there, as text"
    assert all(sheet.freeze_panes == "A2" for sheet in sheets)


def test_a_sheet_holds_numbers_and_dates(report: dict[str, Any], catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "bao-cao.xlsx"
    export(report, catalog, Format.XLSX, path)
    detail = load_workbook(path)["Chi tiết"]
    heading = [cell.value for cell in detail[1]]
    rows = [dict(zip(heading, row, strict=True)) for row in detail.iter_rows(min_row=2, values_only=True)]
    [row] = [row for row in rows if row["Chỉ tiêu"] == "Xã có Bảng tin điện tử công cộng"]
    assert (row["Kết quả"], row["Trên tổng số"], row["% mục tiêu"]) == (5, 7, 100)
    assert row["Hạn"] == datetime(2024, 12, 15)  # noqa: DTZ001 - a sheet knows no zone
    assert row["Thời điểm nộp"] == datetime(2024, 11, 20, 9)  # noqa: DTZ001
    assert str(row["Mã báo cáo"]).startswith("BC-24-")
    assert len(rows) == 84, "one for each report owed, two where two values were reported"


def test_json_is_the_report_itself(report: dict[str, Any], catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "bao-cao.json"
    export(report, catalog, Format.JSON, path)
    text = path.read_text(encoding="utf-8")
    assert json.loads(text) == report
    assert "Sa Thầy" in text, "readable, not escaped"


def test_a_file_is_replaced_whole_or_not_at_all(report: dict[str, Any], catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "bao-cao.docx"
    path.write_text("bản cũ")
    broken = {**report, "tasks": [{}]}
    with pytest.raises(KeyError):
        export(broken, catalog, Format.DOCX, path)
    assert path.read_text() == "bản cũ"
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_the_letterhead_may_abbreviate_the_committee() -> None:
    assert abbreviated("Ủy ban nhân dân tỉnh A", ["UBND tỉnh", "UBND tỉnh A"]) == "UBND tỉnh A"
    assert abbreviated("Bộ B", []) == "Bộ B"


def test_figures_are_written_the_official_way() -> None:
    numbers = (1234.5, 12500000, 71.428, 5.0, 0.05)
    assert [figure(value) for value in numbers] == ["1.234,5", "12.500.000", "71,4", "5", "0,1"]


def test_long_tables_have_a_row_for_each_entry_and_none_of_the_samples(word: Any, report: dict[str, Any]) -> None:
    totals, (figures, agencies, _) = word.tables[1], word.tables[-3:]
    reported = [row for task in report["tasks"] for row in task["agencies"]]
    groups = sum(len(task["unknown_groups"]) for task in report["tasks"])
    assert len(agencies.rows) == 1 + len(reported) + groups
    assert len(totals.rows) >= 1 + len(report["tasks"])
    assert len(figures.rows) > 1 + sum(len(task["indicators"]) for task in report["tasks"])
    assert not [text for text in word.element.body.itertext() if "\ue000" in text]
    looks = {run.bold for row in totals.rows[1:] for run in row.cells[1].paragraphs[0].runs}
    assert looks == {True, None} or looks == {True, False}


def test_lines_of_an_answer_stay_lines(word: Any) -> None:
    row = next(row for row in word.tables[-2].rows if "+125/BC-UBND" in row.cells[5].text)
    assert row.cells[5].text.splitlines()[0].startswith("=HYPERLINK")
    assert len(row.cells[5].text.splitlines()) == 2
