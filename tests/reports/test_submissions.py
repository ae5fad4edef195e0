"""The flat table of everything handed in: typed, in Vietnamese, harmless, whatever program opens it."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.exports.sheets import LINE, TALLEST, row_height
from bot.exports.submissions import COLUMNS, RowsFormat, write_rows
from content.catalog import Catalog
from storage.database import Database
from storage.reports import report_on, submit
from tests.reports.conftest import BOARDS, SA_THAY, STATION

PLAN = "kh_thong_tin_co_so_2024"
NOW = datetime(2024, 11, 20, 2, tzinfo=UTC)
NASTY = '=HYPERLINK("http://x","y")\x0b; "đậm"'


@pytest.fixture
async def handed_in(filled: Database) -> Database:
    """Two versions of one report, one of another."""
    async with filled.session() as db:
        report = await report_on(db, BOARDS, SA_THAY, NOW)
        for value in (4, 5):
            answers = {
                "values": {"t002_pl02_09.1": {"value": value, "part": value, "whole": 7}},
                "status": "partly",
                "work": NASTY,
                "expected_on": "2024-12-10",
                "evidence": "-125/BC-UBND",
            }
            await submit(db, report, answers, None, NOW, "zalo")
        other = await report_on(db, STATION, SA_THAY, NOW)
        await submit(db, other, {"values": {}, "status": "done"}, None, NOW)
        await db.commit()
    return filled


async def written(house: Database, catalog: Catalog, form: RowsFormat, folder: Path) -> tuple[Path, int]:
    path = folder / f"rows.{form}"
    return path, await write_rows(house, catalog, PLAN, form, path)


async def test_the_sheet_has_types_headings_and_no_formula(
    handed_in: Database, catalog: Catalog, tmp_path: Path
) -> None:
    path, count = await written(handed_in, catalog, RowsFormat.XLSX, tmp_path)
    sheet = load_workbook(path).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == count + 1
    names = list(COLUMNS)
    headings, *rows = [dict(zip(names, row, strict=True)) for row in sheet.iter_rows()]
    assert headings["agency"].value == "Cơ quan, đơn vị"
    boards = [row for row in rows if row["indicator_id"].value == "t002_pl02_09.1"]
    assert [(row["version"].value, row["value"].value, row["whole"].value) for row in boards] == [(1, 4, 7), (2, 5, 7)]
    assert [row["newest"].value for row in boards] == ["bản cũ", "bản mới nhất"]
    assert [row["state"].value for row in boards] == [None, "Chờ xem"]
    assert boards[1]["due"].data_type == "d"
    assert f"{boards[1]['submitted_at'].value:%H:%M %d/%m/%Y}" == "09:00 20/11/2024", "the hour of Việt Nam"
    assert f"{boards[1]['expected_on'].value:%d/%m/%Y}" == "10/12/2024"
    assert boards[1]["work"].value == NASTY.replace("\x0b", " ")
    assert {cell.data_type for row in rows for cell in row.values()} <= {"s", "n", "d"}


def test_a_row_is_as_tall_as_its_longest_text() -> None:
    assert row_height([None, 12, "ngắn"], [5, 5, 10]) is None
    assert row_height(["x" * 21, "a\nb"], [10, 10]) == 3 * LINE
    assert row_height(["x" * 30_000], [10]) == TALLEST, "Excel refuses a taller one"


async def test_csv_opens_in_excel_and_starts_no_formula(handed_in: Database, catalog: Catalog, tmp_path: Path) -> None:
    path, count = await written(handed_in, catalog, RowsFormat.CSV, tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file)
    assert len(rows) == count
    named = [dict(zip(headings, row, strict=True)) for row in rows]
    row = next(row for row in named if row["Mã chỉ tiêu"] == "t002_pl02_09.1")
    assert (row["Kết quả"], row["Nộp lúc"]) == ("4", "2024-11-20T09:00:00")
    assert row["Việc đã làm"].startswith("'=HYPERLINK")
    assert row["Minh chứng"] == "'-125/BC-UBND"


async def test_a_vietnamese_excel_opens_its_own_csv_by_a_double_click(
    handed_in: Database, catalog: Catalog, tmp_path: Path
) -> None:
    path, count = await written(handed_in, catalog, RowsFormat.CSV_VI, tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file, delimiter=";")
    assert len(rows) == count
    row = next(row for row in (dict(zip(headings, one, strict=True)) for one in rows) if row["Kết quả"])
    assert (row["Mục tiêu"], row["Nộp lúc"]) == ("5,0", "2024-11-20T09:00:00")
    assert row["Việc đã làm"].startswith("'=HYPERLINK")


async def test_json_has_every_column_under_its_name(handed_in: Database, catalog: Catalog, tmp_path: Path) -> None:
    path, count = await written(handed_in, catalog, RowsFormat.JSON, tmp_path)
    rows = json.loads(path.read_text(encoding="utf-8"))
    assert len(rows) == count
    assert all(list(row) == list(COLUMNS) for row in rows)
    assert {row["version"] for row in rows if row["task_id"] == BOARDS} == {1, 2}
    assert {row["status"] for row in rows if row["task_id"] == STATION} == {"đã xong"}


@pytest.mark.parametrize("form", list(RowsFormat))
async def test_a_plan_nobody_reported_on_is_a_table_without_rows(
    province: Path, catalog: Catalog, tmp_path: Path, form: RowsFormat
) -> None:
    shutil.copy(province, tmp_path / "loa.db")
    house = Database(f"sqlite:///{tmp_path / 'loa.db'}")
    path, count = await written(house, catalog, form, tmp_path)
    assert count == 0
    assert path.stat().st_size
    with pytest.raises(LookupError):
        await write_rows(house, catalog, "khong_co", form, tmp_path / "none")
    assert sorted(one.suffix for one in tmp_path.iterdir() if one.suffix in (".unfinished", "")) == []
    await house.close()
