"""The delivery report: honest counts in agencies, failures by cause, sheets and paper that say the same."""

from __future__ import annotations

from datetime import UTC, timedelta
from io import BytesIO

import docx
import openpyxl
import pytest

from bot.exports.delivery_report import write_paper, write_workbook
from content.catalog import Catalog
from handlers.digests.delivery_report import DeliveryReport, delivery_report
from handlers.digests.uptake import uptake
from storage.acknowledgements import acknowledge
from storage.clarifications import ask
from storage.digests import DeliveryState
from tests.digests.province import Small
from tests.digests.test_reminders import local, remind

MONDAY = local("2024-11-11 08:00")
TELLING = frozenset({"zalo"})


@pytest.fixture
async def sent(small: Small) -> int:
    """Week 46: Sở Y tế on a channel that tells nothing took it in; Công an has it unread on Zalo, and one failure."""
    an = await small.officer("so_y_te", MONDAY, "an")
    await small.officer("cong_an_tinh", MONDAY, "binh", "zalo")
    await small.officer("cong_an_tinh", MONDAY, "=chi", "zalo")
    number = await small.sending(MONDAY)
    async with small.db.session() as db:
        for row in await small.deliveries():
            row.state, row.sent_at = DeliveryState.SENT, MONDAY.astimezone(UTC)
            if row.address == "zalo:binh":
                row.state, row.delivered_at = DeliveryState.DELIVERED, (MONDAY + timedelta(minutes=1)).astimezone(UTC)
            if row.address == "zalo:=chi":
                row.state, row.sent_at, row.error_key = DeliveryState.FAILED, None, "window_closed"
            db.add(row)
        at = local("2024-11-12 09:00").astimezone(UTC)
        await acknowledge(db, "so_y_te", f"digest:{number}", 0, an, an.contact_id or 0, at)
        await ask(db, "so_y_te", "item:food", number, "lan", an.id or 0, an.contact_id or 0, "=1+1?", at)
        await db.commit()
    await remind(small, local("2024-11-12 10:00"))
    return number


async def report_of(small: Small, catalog: Catalog, number: int) -> DeliveryReport:
    async with small.db.reading() as db:
        digest = await small.digest(number)
        return await delivery_report(db, catalog, digest, TELLING, local("2024-11-12 11:00").astimezone(UTC))


async def test_the_funnel_counts_agencies_and_owns_up_to_what_no_channel_tells(
    small: Small, sent: int, catalog: Catalog
) -> None:
    report = await report_of(small, catalog, sent)
    stages = {one.name: (one.count, one.of, one.unsupported) for one in report.stages}
    assert stages == {
        "listed": (2, 2, 0),
        "sent": (2, 2, 0),
        "delivered": (2, 2, 0),
        "seen": (1, 2, 0),
        "acknowledged": (1, 2, 0),
        "reported": (0, 0, 0),
    }
    police, health = report.agencies
    assert (police.stage, police.tells, [rung.value for rung, _ in police.rungs]) == ("delivered", True, ["main"])
    assert (health.stage, health.acknowledged_by, health.hours) == ("acknowledged", "Y Mẫu (demo)", 8.5)
    assert report.sentence(catalog) == (
        "Gửi từ 08:00 11/11/2024: 1/2 cơ quan đã tiếp nhận, còn 1 cơ quan; 1 câu hỏi chờ giải đáp; "
        "1 lượt gửi cần xử lý."
    )
    (cause,) = report.causes
    assert (cause.count, cause.action, "7 ngày" in cause.words) == (1, "call", True)


async def test_a_quiet_channel_is_not_counted_as_unread(small: Small, catalog: Catalog) -> None:
    await small.officer("so_y_te", MONDAY, "an")
    number = await small.sending(MONDAY)
    async with small.db.session() as db:
        (row,) = await small.deliveries()
        row.state = DeliveryState.SENT
        db.add(row)
        await db.commit()
    report = await report_of(small, catalog, number)
    stages = {one.name: one for one in report.stages}
    assert (stages["delivered"].count, stages["delivered"].unsupported) == (0, 1)
    assert report.unreached[0].stage == "nobody"
    assert "1 cơ quan chưa nhận được" in report.sentence(catalog)


async def test_items_tell_who_has_taken_them_in(small: Small, sent: int, catalog: Catalog) -> None:
    report = await report_of(small, catalog, sent)
    food = next(one for one in report.items if one.item_id == "food")
    assert (food.agencies, food.taken, food.questions) == (1, 0, 1)


async def test_the_workbook_has_types_and_no_formula(small: Small, sent: int, catalog: Catalog) -> None:
    report = await report_of(small, catalog, sent)
    report.agencies[0].handed_to = "=HYPERLINK(1)"
    book = openpyxl.load_workbook(BytesIO(write_workbook(report, catalog)))
    assert book.sheetnames == ["Tổng hợp", "Cơ quan", "Nội dung", "Lỗi gửi"]
    sheet = book["Cơ quan"]
    assert sheet.freeze_panes == "A2"
    heads = [cell.value for cell in sheet[1]]
    row = dict(zip(heads, sheet[2], strict=True))
    assert (row["Cơ quan"].value, row["Đã giao cho"].value, row["Đã giao cho"].data_type) == (
        "Công an tỉnh",
        "=HYPERLINK(1)",
        "s",
    )
    assert row["Gửi lúc"].data_type == "d"
    assert row["Đã nhắc"].value == "đầu mối 12/11/2024"
    assert dict(zip(heads, sheet[3], strict=True))["Số giờ làm việc đến khi tiếp nhận"].value == 8.5


async def test_the_paper_for_the_meeting_names_who_lags_behind(small: Small, sent: int, catalog: Catalog) -> None:
    report = await report_of(small, catalog, sent)
    document = docx.Document(BytesIO(write_paper(report, catalog)))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert "PHIẾU THEO DÕI PHÁT HÀNH BẢN TIN" in lines
    assert report.sentence(catalog) in lines
    assert "1. Công an tỉnh (đã nhắc: đầu mối 12/11/2024)" in lines
    assert "Nửa số cơ quan tiếp nhận trong vòng 8,5 giờ làm việc." in lines
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    assert cells[:4] == ["Chỉ số", "Số cơ quan", "Trên tổng", "Kênh không hỗ trợ"]


async def test_uptake_by_week(small: Small, sent: int, catalog: Catalog) -> None:
    async with small.db.reading() as db:
        found = await uptake(db, catalog, 5, local("2024-11-12 11:00").astimezone(UTC))
        just_sent = await uptake(db, catalog, 5, (MONDAY + timedelta(hours=1)).astimezone(UTC))
    assert found.weeks == ((sent, "46/2024"),)
    assert [(agency, cells[0].standing if cells[0] else "") for agency, cells in found.rows] == [
        ("Công an tỉnh", "waiting"),
        ("Sở Y tế", "late"),
    ]
    assert [cells[0].words if cells[0] else "" for _, cells in found.rows] == ["chưa", "1,1 ngày"]
    assert ("Công an tỉnh", "còn hạn") in [(agency, cell.words) for agency, (cell,) in just_sent.rows if cell]
