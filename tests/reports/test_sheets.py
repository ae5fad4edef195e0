"""Reports by sheet: everything owed as an .xlsx, filled in, sent back, errors by cell, stored when it is confirmed."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from handlers.messages import Kind, ReceivedFile, Reply
from storage.files import SHEET, FilePurpose, content_of, keep_file
from storage.reports import ReportState
from tests.conftest import MONDAY
from tests.handlers.talk import Talk, said
from tests.reports.conftest import BOARDS, STATION
from tests.reports.filling import ANSWERS, fill, is_open, report_of, versions
from tests.reports.test_sharing import colleague  # noqa: F401 - a fixture

KEY, QUESTION, TARGET, LAST, ANSWER, REASON = 1, 4, 5, 6, 7, 8
FULL = {
    f"{BOARDS}.1": "5/7", f"{BOARDS}.2": "chưa", "status": "xong một phần", "work": "Đã lắp năm bảng tin.",
    "difficulties": "không", "expected_on": datetime(2024, 12, 10), "evidence": "chưa",  # noqa: DTZ001 - as Excel has it
}  # fmt: skip


def attachment(replies: list[Reply]) -> Any:
    return next(reply.attachment for reply in replies if reply.attachment)


async def asked(officer: Talk, line: str = "bảng excel") -> Workbook:
    """The sheet the officer is handed."""
    await officer.says(line)
    async with officer.db.reading() as db:
        content = await content_of(db, attachment(officer.replies).file_id)
    return load_workbook(io.BytesIO(content or b""))


def rows_of(book: Workbook) -> dict[str, int]:
    sheet = book.worksheets[0]
    return {str(sheet.cell(row, KEY).value): row for row in range(2, sheet.max_row + 1)}


def put(book: Workbook, task: str, answers: dict[str, object]) -> None:
    rows, sheet = rows_of(book), book.worksheets[0]
    for key, value in answers.items():
        sheet.cell(rows[f"{task}/{key}"], ANSWER).value = value  # type: ignore[assignment]


async def sent(officer: Talk, book: Workbook | bytes) -> str:
    """Send the file into the chat, as the house takes it in."""
    content = book if isinstance(book, bytes) else b""
    if not isinstance(book, bytes):
        file = io.BytesIO()
        book.save(file)
        content = file.getvalue()
    async with officer.db.session() as db:
        row = await keep_file(db, "bang.xlsx", content, SHEET, FilePurpose.RECEIVED, MONDAY, owner=str(officer.address))
        await db.commit()
    received = ReceivedFile(row.id or 0, row.name, SHEET, row.size)
    return said(await officer.does(Kind.MEDIA, media="file", attachments=(received,)))


async def test_the_sheet_holds_all_that_is_owed(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    await officer.taps(f"report:{STATION}")
    await officer.taps("Bắt đầu")
    await officer.taps("Đã có")
    await officer.says("lưu nháp")
    book = await asked(officer, "cho tôi file Excel")
    assert "báo cáo** UBND huyện Sa Thầy phải nộp" in officer.replies[0].text
    assert attachment(officer.replies).media_type == SHEET
    sheet, rows = book.worksheets[0], rows_of(book)
    assert [cell.value for cell in sheet[1]][:8] == [
        "Mã câu", "Nhiệm vụ", "Hạn", "Câu hỏi, chỉ tiêu", "Mục tiêu", "Kỳ trước", "Trả lời",
        "Lý do (khi số khác nhiều kỳ trước)",
    ]  # fmt: skip
    assert not [key for key in rows if key.startswith(BOARDS)], "what was handed in is not owed"
    row = rows[f"{STATION}/{STATION}.1"]
    assert sheet.cell(row, ANSWER).value == "có", "what the draft has"
    assert sheet.protection.sheet
    assert [sheet.cell(row, place).protection.locked for place in (KEY, QUESTION, TARGET, LAST)] == [True] * 4
    assert not sheet.cell(row, ANSWER).protection.locked
    assert sheet.cell(row, ANSWER).number_format == "@"
    assert "Cách điền" in book.sheetnames


async def test_filled_sent_back_echoed_and_handed_in(officer: Talk) -> None:
    book = await asked(officer)
    put(book, BOARDS, FULL)
    put(book, STATION, {f"{STATION}.1": "có", "status": "xong"})
    text = await sent(officer, book)
    assert "9 câu trả lời của 2 báo cáo" in text
    assert "đủ câu, sẽ nộp" in text
    assert "Xã có Bảng tin điện tử công cộng: 5/7 xã (71,4%)" in text
    assert "Dự kiến hoàn thành: 10/12/2024" in text
    assert "lưu nháp, còn thiếu: Việc đã làm" in text
    assert not (await report_of(officer)).draft, "nothing is stored before it is confirmed"
    done = await officer.taps("Nộp 1 báo cáo")
    version = (await versions(officer))[-1]
    assert version.answers["expected_on"] == "2024-12-10"
    assert version.answers["values"][f"{BOARDS}.1"] == {"value": 5, "part": 5, "whole": 7}
    assert f"mã **{(await report_of(officer)).receipt}**, bản 1 (đúng hạn)" in done
    assert "lưu nháp, 2/6 câu" in done
    assert not await is_open(officer)
    await officer.taps(f"report:{STATION}")
    assert "đã trả lời 2/6 câu" in officer.replies[0].text


async def test_each_wrong_cell_is_named_and_the_rest_is_kept(officer: Talk) -> None:
    book = await asked(officer)
    put(book, BOARDS, {**FULL, f"{BOARDS}.1": "nhiều", "evidence": "có ảnh", "work": "ok"})
    sheet, rows = book.worksheets[0], rows_of(book)
    sheet.cell(rows[f"{STATION}/{STATION}.1"], ANSWER).value = datetime(2024, 7, 5)  # noqa: DTZ001 - as Excel has it
    sheet.cell(rows[f"{STATION}/work"], KEY).value = "khac/work"
    sheet.cell(rows[f"{STATION}/work"], ANSWER).value = "x"
    text = await sent(officer, book)
    first = rows[f"{BOARDS}/{BOARDS}.1"]
    assert "**5 ô chưa ghi được**" in text
    assert f"⚠ Ô G{first} (Xã có Bảng tin điện tử công cộng):" in text
    assert "Excel đã đổi số thành ngày (05/07/2024)" in text
    assert "mã câu đã bị sửa" in text
    assert "4 câu trả lời của 1 báo cáo" in text
    assert officer.labels[0] == "Lưu nháp 1 báo cáo"
    await officer.says("lưu")
    [draft] = (await report_of(officer)).draft.values()
    assert draft["answers"]["status"] == "partly"
    assert "work" not in draft["answers"]


async def test_an_unlikely_figure_needs_its_reason(officer: Talk) -> None:
    await fill(officer, "1", *ANSWERS[1:])
    await officer.says("nộp")
    async with officer.db.session() as db:
        report = await report_of(officer)
        report.state, report.return_reason = ReportState.RETURNED, "xem lại"
        db.add(report)
        await db.commit()
    book = await asked(officer)
    put(book, BOARDS, {f"{BOARDS}.1": "7/7"})
    assert "gấp 7 lần" in await sent(officer, book)
    book.worksheets[0].cell(rows_of(book)[f"{BOARDS}/{BOARDS}.1"], REASON).value = "Kỳ trước ghi nhầm"
    assert "7/7 xã (100%) – lý do: Kỳ trước ghi nhầm" in await sent(officer, book)
    assert "bản 2" in await officer.taps("Nộp 1 báo cáo")


async def test_a_sheet_as_it_was_handed_out_changes_nothing(officer: Talk) -> None:
    await fill(officer, *ANSWERS[:4])
    await officer.says("lưu nháp")
    assert "không có câu trả lời mới" in await sent(officer, await asked(officer))
    assert not await is_open(officer)


async def test_numbers_and_shares_as_excel_keeps_them(officer: Talk) -> None:
    book = await asked(officer)
    put(book, BOARDS, {f"{BOARDS}.1": 5.0, f"{BOARDS}.2": True})
    text = await sent(officer, book)
    assert "Xã có Bảng tin điện tử công cộng: 5 xã" in text
    assert "Thị trấn Sa Thầy có Bảng tin điện tử công cộng: 1" in text


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"PK\x03\x04rac", "lưu lại dạng .xlsx"), (b"khong phai", "không phải bảng Excel")],
)
async def test_what_is_no_sheet_is_said(officer: Talk, content: bytes, words: str) -> None:
    assert words in await sent(officer, content)


async def test_another_workbook_is_said(officer: Talk) -> None:
    book = Workbook()
    book.worksheets[0]["A1"] = "Tên"
    assert "không phải bảng báo cáo của tôi" in await sent(officer, book)


async def test_thrown_away_and_old_buttons(officer: Talk) -> None:
    book = await asked(officer)
    put(book, BOARDS, FULL)
    await sent(officer, book)
    old = officer.replies
    assert "không ghi gì" in await officer.says("thôi")
    officer.replies = old
    await officer.taps("Nộp 1 báo cáo")
    assert not await versions(officer)
    for value in ("sheets", "sheets:send", "sheets:send:x", "sheets:page:x:y"):
        await officer.taps(value)
    assert not await versions(officer)


async def test_what_a_colleague_did_meanwhile_stays(officer: Talk, colleague: Talk) -> None:  # noqa: F811 - the fixture
    book = await asked(officer)
    put(book, BOARDS, FULL)
    await sent(officer, book)
    await fill(colleague, *ANSWERS)
    await colleague.says("nộp")
    assert "đã có người nộp trong lúc đó" in await officer.taps("Nộp 1 báo cáo")
    assert len(await versions(officer)) == 1


async def test_a_question_in_between_keeps_what_was_read(officer: Talk) -> None:
    book = await asked(officer)
    put(book, BOARDS, FULL)
    await sent(officer, book)
    assert "đang chờ xác nhận" in await officer.says("hôm nay trời đẹp quá nhỉ")
    assert "bản 1" in await officer.taps("Nộp 1 báo cáo")


async def test_citizens_and_those_who_owe_nothing(officer: Talk) -> None:
    citizen = officer.another("dan")
    await citizen.says("bảng excel")
    assert not [reply for reply in citizen.replies if reply.attachment]
    office = officer.another("so")
    await office.becomes_officer("quoc_hoi")
    assert "không còn báo cáo nào phải nộp" in await office.says("bảng excel")
