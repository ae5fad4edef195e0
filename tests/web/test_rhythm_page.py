"""The page of the rhythm: day and time, the coming weeks, days off and what is not announced."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.conftest import TestClock
from tests.web.conftest import NewBrowser
from tests.web.office import EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa

PAGE = "/console/rhythm"


async def test_the_day_and_the_time_are_chosen_here(browser: NewBrowser) -> None:
    editor = await browser(EDITOR)
    page = words(await editor.get(PAGE))
    assert "Bản tin kế tiếp: tuần 46, gửi lúc 07:30 11/11/2024" in page
    assert "Thứ Hai hằng tuần, lúc 07:30" in page
    page = words(await editor.press(PAGE, weekday="2", at="08:15", late_hours="4"))
    assert "Đã lưu" in page
    assert "Thứ Ba hằng tuần, lúc 08:15" in page
    assert "gửi lúc 08:15 12/11/2024" in page
    refused = await editor.post(PAGE, weekday="9", at="08:15", late_hours="4")
    assert refused.status_code == 409
    assert "Chọn một ngày trong tuần" in words(refused)
    assert [entry.action for entry in await editor.audit()][-1] == "rhythm.changed"


async def test_a_week_is_skipped_with_a_reason_and_taken_back(browser: NewBrowser) -> None:
    editor = await browser(EDITOR)
    empty = await editor.post(f"{PAGE}/skip", week="2024-W47", reason=" ")
    assert empty.status_code == 409
    page = words(await editor.press(f"{PAGE}/skip", week="2024-W47", reason="Họp Hội đồng nhân dân tỉnh"))
    assert "lan bỏ qua" in page
    assert "Họp Hội đồng nhân dân tỉnh" in page
    viewer = await browser(VIEWER)
    assert "Thôi bỏ qua" not in words(await viewer.get(PAGE))
    assert "Đã khôi phục" in words(await editor.press(f"{PAGE}/unskip", week="2024-W47"))
    assert (await editor.post(f"{PAGE}/unskip", week="2024-W47")).status_code == 409


async def test_holidays_and_what_is_not_announced_are_told(browser: NewBrowser, clock: TestClock, loa: Loa) -> None:
    assert loa.clock is clock
    clock.moment = datetime(2026, 11, 20, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    page = words(await (await browser(EDITOR)).get(PAGE))
    assert "Ngày Văn hóa Việt Nam 24/11" in page
    assert "Làm bù ngày 22/08/2026" in page
    assert "Năm 2027: lịch nghỉ chưa đủ" in page
    assert "05 ngày nghỉ Tết Nguyên đán Đinh Mùi" in page
