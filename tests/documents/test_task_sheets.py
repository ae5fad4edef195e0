"""Sheets of tasks: the empty one, and filled ones with every kind of mistake people make."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from bot.commands.directive import app
from bot.imports import ImportFault
from bot.task_sheets import SheetReading, empty_sheet, read_sheet
from content.catalog import Catalog

HEADER = ["STT", "Nội dung nhiệm vụ", "Đơn vị chủ trì", "Đơn vị phối hợp", "Thời hạn", "Chỉ tiêu"]


def sheet(*rows: list[Any], change: Callable[[Worksheet], None] = lambda _: None) -> bytes:
    workbook = Workbook()
    page = workbook.worksheets[0]
    for row in (["KẾ HOẠCH TRUYỀN THÔNG NĂM 2024"], HEADER, *rows):
        page.append(row)
    change(page)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def errors(found: SheetReading) -> list[tuple[str, str, bool]]:
    return [(error.cell, error.key, error.left_out) for error in found.errors]


def test_the_empty_sheet_comes_back_filled(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "mau.xlsx"
    assert CliRunner().invoke(app, ["tasks-template", "--out", str(path)]).exit_code == 0
    assert read_sheet(path.read_bytes(), catalog).tasks == []
    workbook = load_workbook(path)
    page = workbook.worksheets[0]
    filled: list[str | int] = [1, "Lấy mẫu tại chợ", "Sở Y tế", "Công an tỉnh", "trước ngày 30/11/2024"]
    for place, value in enumerate(filled, 1):
        page.cell(2, place, value)
    workbook.save(path)
    found = read_sheet(path.read_bytes(), catalog)
    assert found.errors == []
    assert [task["title"] for task in found.tasks] == ["Lấy mẫu tại chợ"]
    assert found.tasks[0]["due"] == {"as_written": "trước ngày 30/11/2024", "date": "2024-11-30", "semantics": "before"}


def test_rows_are_read_and_wrong_ones_are_said(catalog: Catalog) -> None:
    found = read_sheet(
        sheet(
            ["I", "Nhóm nhiệm vụ truyền thông"],
            [
                1,
                "Mở chuyên mục",
                "Sở Thông tin và Truyền thông",
                "Báo Kon Tum; Sở Y tế",
                "hằng tháng",
                "01 chuyên mục/tháng",
            ],
            [2, "Tập huấn", "Sở Y tế", None, date(2024, 11, 30), "100% xã"],
            [3, None, "Sở Y tế"],
            [4, "Treo pa nô", None],
            [],
            [5, "Kiểm tra", "Sở Phép thuật", None, "khi nào xong", 5],
            [6, "Tổng kết", "UBND các huyện, thành phố", None, "=A1+1"],
        ),
        catalog,
    )
    assert found.title == "KẾ HOẠCH TRUYỀN THÔNG NĂM 2024"
    assert [task["path"] for task in found.tasks] == ["Sheet.4", "Sheet.5", "Sheet.9", "Sheet.10"]
    first, second, third, last = found.tasks
    assert [party["id"] for party in first["lead"] + first["coordinators"]] == ["so_tttt", "bao_kon_tum", "so_y_te"]
    assert first["due"]["semantics"] == "recurring"
    assert (first["indicators"][0]["value"], first["indicators"][0]["unit"]) == (1, "chuyên mục/tháng")
    assert second["due"] == {"as_written": "30/11/2024", "date": "2024-11-30", "semantics": "by"}
    assert second["indicators"][0]["as_written"] == "100%"
    assert third["lead"] == [{"text": "Sở Phép thuật", "id": None}]
    assert last["lead"][0]["id"] == "nhom_ubnd_cap_huyen"
    assert errors(found) == [
        ("B6", "no_task", True),
        ("C7", "no_lead", True),
        ("C9", "unknown_agency", False),
        ("E9", "due_unread", False),
        ("E10", "formula", False),
    ]
    assert all(error.cell in error.sentence(catalog.text) for error in found.errors)


def test_merged_cells_count_for_every_row(catalog: Catalog) -> None:
    rows = [[1, "Việc một", "Sở Y tế", None, "30/11/2024"], [2, "Việc hai", None, None, None]]

    def merge(page: Worksheet) -> None:
        for area in ("C3:C4", "E3:E4"):
            page.merge_cells(area)

    found = read_sheet(sheet(*rows, change=merge), catalog)
    assert [task["lead"][0]["id"] for task in found.tasks] == ["so_y_te", "so_y_te"]
    assert [task["due"]["date"] for task in found.tasks] == ["2024-11-30", "2024-11-30"]


def test_names_of_columns_in_two_rows(catalog: Catalog) -> None:
    workbook = Workbook()
    page = workbook.worksheets[0]
    for row in (
        ["BẢNG PHÂN CÔNG NĂM 2024"],
        ["STT", "Nội dung", "Đơn vị", None, "Thời gian"],
        [None, None, "Chủ trì", "Phối hợp"],
        [1, "Phát sóng", "Sở Y tế", "Công an tỉnh", "Tháng 11/2024"],
    ):
        page.append(row)
    for area in ("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3"):
        page.merge_cells(area)
    out = io.BytesIO()
    workbook.save(out)
    found = read_sheet(out.getvalue(), catalog)
    (task,) = found.tasks
    assert [task["lead"][0]["id"], task["coordinators"][0]["id"]] == ["so_y_te", "cong_an_tinh"]
    assert (found.title, task["due"]["date"]) == ("BẢNG PHÂN CÔNG NĂM 2024", "2024-11-30")


def test_hidden_rows_are_said_and_hidden_sheets_come_last(catalog: Catalog) -> None:
    def hide(page: Worksheet) -> None:
        page.row_dimensions[3].hidden = True
        workbook = page.parent
        assert workbook is not None
        old = workbook.create_sheet("Nháp", 0)
        old.append(HEADER)
        old.append([1, "Nháp cũ", "Sở Nội vụ"])
        old.sheet_state = "hidden"
        workbook.active = 1

    found = read_sheet(sheet([1, "Việc", "Sở Y tế"], change=hide), catalog)
    assert [task["title"] for task in found.tasks] == ["Việc"]
    assert errors(found) == [("A3", "hidden_row", False)]


def test_rows_of_formats_and_spaces_below_count_for_nothing(catalog: Catalog) -> None:
    def trail(page: Worksheet) -> None:
        for row in range(4, 2_400):
            page.cell(row, 7).number_format = "@"
        page.cell(2_400, 2, "  ")

    found = read_sheet(sheet([1, "Việc", "Sở Y tế"], change=trail), catalog)
    assert (len(found.tasks), found.errors, len(found.rows)) == (1, [], 3)


def test_values_that_are_none(catalog: Catalog) -> None:
    """A task that is only a formula, and the day Excel shows for a stray number."""
    found = read_sheet(
        sheet([1, '=CONCATENATE("a","b")', "Sở Y tế"], [2, "Việc", "Sở Y tế", None, date(1900, 1, 2)]), catalog
    )
    assert errors(found) == [("B3", "formula", True), ("E4", "due_unread", False)]
    assert found.tasks[0]["due"] == {"as_written": "02/01/1900", "date": None, "semantics": None}


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "empty"),
        (b"no zip", "wrong_ending"),
        (b"PK\x03\x04 torn", "damaged"),
    ],
)
def test_what_is_no_sheet_says_so(catalog: Catalog, content: bytes, key: str) -> None:
    with pytest.raises(ImportFault) as caught:
        read_sheet(content, catalog)
    assert caught.value.key == key


def test_a_sheet_without_the_columns_says_so(catalog: Catalog) -> None:
    out = io.BytesIO()
    Workbook().save(out)
    with pytest.raises(ImportFault) as caught:
        read_sheet(out.getvalue(), catalog)
    assert caught.value.key == "no_task_columns"
    assert "tasks-template" in caught.value.sentence(catalog.text)


def test_a_sheet_is_imported_like_a_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'loa.db'}")
    path = tmp_path / "viec.xlsx"
    path.write_bytes(sheet([1, "Tập huấn", "Sở Y tế", None, "30/11/2024"], [2, None, "Sở Y tế"]))
    printed = json.loads(CliRunner().invoke(app, ["import", str(path), "--json"]).stdout)
    assert [task["title"] for task in printed["tasks"]] == ["Tập huấn"]
    assert printed["errors"][0]["cell"] == "B4"
    done = CliRunner().invoke(app, ["import", str(path)])
    assert done.exit_code == 0, done.output
    assert "Ô B4" in done.stdout
    with sqlite3.connect(tmp_path / "loa.db") as db:
        rows = db.execute("SELECT title FROM directive WHERE id LIKE 'import%'").fetchall()
    db.close()
    assert rows == [("KẾ HOẠCH TRUYỀN THÔNG NĂM 2024",)]


def test_the_template_can_not_be_written(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["tasks-template", "--out", str(tmp_path / "none" / "a.xlsx")])
    assert done.exit_code == 1
    assert "Traceback" not in done.output


def test_the_guide_is_a_page_of_its_own(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "a.xlsx").write_bytes(empty_sheet(catalog.text))
    assert load_workbook(tmp_path / "a.xlsx").sheetnames == ["Nhiệm vụ", "Hướng dẫn"]
