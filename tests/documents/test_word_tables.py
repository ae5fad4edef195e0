"""Tables of Word: merged cells, names of columns in two rows, signatures side by side, tables that give no work."""

from __future__ import annotations

import io

import docx
import pytest
from docx.table import Table

from bot.imports import text_of
from tests.documents.conftest import Read
from tests.documents.measure import by_path

HEAD = ("UBND TỈNH KON TUM\nSỞ NỘI VỤ", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc")


def filled(table: Table, rows: list[list[str]]) -> Table:
    for row, words in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, words, strict=True):
            cell.text = text
    return table


@pytest.fixture
def plan() -> docx.document.Document:
    document = docx.Document()
    filled(document.add_table(2, 2), [list(HEAD), ["Số:      /KH-SNV", "Kon Tum, ngày     tháng 3 năm 2024"]])
    for line in ("KẾ HOẠCH", "Kiểm tra năm 2024", "I. NHIỆM VỤ"):
        document.add_paragraph(line)
    return document


def text(document: docx.document.Document) -> str:
    out = io.BytesIO()
    document.save(out)
    return text_of("a.docx", out.getvalue())


def test_two_rows_of_names_over_merged_cells(plan: docx.document.Document, read: Read) -> None:
    table = filled(
        plan.add_table(6, 5),
        [
            ["STT", "Nội dung nhiệm vụ", "Đơn vị", "", "Thời gian"],
            ["", "", "Chủ trì", "Phối hợp", ""],
            ["I", "Truyền thông", "", "", ""],
            ["1", "Phát sóng", "Sở Y tế", "Công an tỉnh; Sở Tài chính", "Tháng 4/2024"],
            ["2", "In tờ rơi", "", "", "Hằng tháng"],
            ["3", "Kiểm tra", "", "Công an tỉnh", "Quý II, III/2024"],
        ],
    )
    for first, last in (
        ((0, 2), (0, 3)),
        ((0, 0), (1, 0)),
        ((0, 1), (1, 1)),
        ((0, 4), (1, 4)),
        ((2, 1), (2, 4)),
        ((3, 2), (4, 2)),
    ):
        table.cell(*first).merge(table.cell(*last))
    tasks = by_path(read(text(plan))["tasks"])
    assert {path: [party["id"] for party in task["lead"]] for path, task in tasks.items()} == {
        "I.1": ["so_y_te"], "I.2": ["so_y_te"], "I.3": [],
    }  # fmt: skip
    assert [party["id"] for party in tasks["I.1"]["coordinators"]] == ["cong_an_tinh", "so_tai_chinh"]
    assert [task["due"]["date"] for task in tasks.values()] == ["2024-04-30", None, "2024-09-30"]


def test_a_row_that_goes_on_below_is_one_task(plan: docx.document.Document, read: Read) -> None:
    table = filled(
        plan.add_table(4, 3),
        [
            ["STT", "Nhiệm vụ", "Đơn vị chủ trì"],
            ["1", "Kiểm tra chợ", "Sở Y tế"],
            ["", "và siêu thị", ""],
            ["2", "Báo cáo", "Công an tỉnh"],
        ],
    )
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(1, 2).merge(table.cell(2, 2))
    tasks = read(text(plan))["tasks"]
    assert [(task["title"], [party["id"] for party in task["lead"]]) for task in tasks] == [
        ("Kiểm tra chợ và siêu thị", ["so_y_te"]), ("Báo cáo", ["cong_an_tinh"]),
    ]  # fmt: skip


def test_two_bodies_sign_beside_each_other(plan: docx.document.Document, read: Read) -> None:
    plan.tables[0].cell(0, 0).text = "SỞ NỘI VỤ\nSỞ TÀI CHÍNH"
    plan.add_paragraph("1. Sở Nội vụ chủ trì rà soát.")
    filled(
        plan.add_table(1, 2),
        [
            [
                "KT. GIÁM ĐỐC SỞ TÀI CHÍNH\nPHÓ GIÁM ĐỐC\n\nBùi Thị Lan",
                "KT. GIÁM ĐỐC SỞ NỘI VỤ\nPHÓ GIÁM ĐỐC\n\nĐinh Văn Hòa",
            ]
        ],
    )
    document = read(text(plan))["document"]
    assert document["issuer"]["text"] == "SỞ NỘI VỤ - SỞ TÀI CHÍNH"
    assert document["signer"] == "Bùi Thị Lan; Đinh Văn Hòa"


def test_a_table_of_rates_gives_no_work(plan: docx.document.Document, read: Read) -> None:
    plan.add_paragraph("1. Sở Nội vụ chủ trì rà soát.")
    filled(plan.add_table(2, 3), [["STT", "Chức danh", "Mức"], ["1", "Trưởng thôn", "1,2"]])
    found = read(text(plan))
    assert list(by_path(found["tasks"])) == ["I.1"]
    assert any("bảng nhiệm vụ" in warning for warning in found["warnings"])
