"""The weekly summary: wanted by an account, sent once at its moment, with its picture and the codes of its figures."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from bot.briefings import send_due
from bot.scheduler import Clockwork
from handlers.reports.snapshots import refresh_dashboard
from storage.contacts import see_account
from storage.digests import Delivery
from storage.files import content_of
from storage.links import offer_code, redeem_code
from storage.reports import report_on, submit
from storage.snapshots import snapshot_at
from storage.users import user_named
from tests.conftest import TestClock
from tests.people import Phones
from tests.web.conftest import NewBrowser
from tests.web.office import VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa

BOARDS, SA_THAY = "t002_pl02_09", "ubnd_huyen_sa_thay"


@pytest.fixture
async def leader(loa: Loa) -> str:
    """The viewer's telephone, linked."""
    now = loa.clock.now()
    async with loa.db.session() as db:
        account = await see_account(db, "phone:leader", now)
        user = await user_named(db, VIEWER)
        assert user is not None
        assert user.id is not None
        assert account.id is not None
        await offer_code(db, user.id, "ABCD2345", now)
        await redeem_code(db, "ABCD2345", account.id, now)
        value = {"value": 5, "part": 5, "whole": 7}
        report = await report_on(db, BOARDS, SA_THAY, now)
        await submit(db, report, {"values": {"t002_pl02_09.1": value}, "status": "partly"}, None, now)
        await db.commit()
    return VIEWER


async def queued(loa: Loa) -> list[Delivery]:
    async with loa.db.reading() as db:
        query = select(Delivery).where(col(Delivery.key).like("briefing:%")).order_by(col(Delivery.id))
        return list((await db.exec(query)).all())


async def test_nobody_gets_it_unasked(loa: Loa, clock: TestClock, leader: str) -> None:
    clock.move(timedelta(days=7, hours=2))
    assert await send_due(loa.db, loa.catalog, loa.clock.now()) == 0


async def test_it_leaves_once_at_its_moment_with_picture_and_codes(
    browser: NewBrowser, loa: Loa, clock: TestClock, phones: Phones, leader: str
) -> None:
    viewer = await browser(leader)
    page = await viewer.press("/console/briefing", weekday="1", at="08:00")
    assert "Đang bật: Thứ Hai lúc 08:00. Lần tới: 08:00 11/11/2024." in words(page)
    clockwork = Clockwork(loa.db, loa.catalog, clock, loa.outbox)
    assert await clockwork.tick("send_briefings") == {"briefings": 0}, "it is seven"
    clock.move(timedelta(hours=1))
    assert await clockwork.tick("send_briefings") == {"briefings": 1}
    assert await clockwork.tick("send_briefings") == {"briefings": 0}
    [sent] = await queued(loa)
    assert sent.reply is not None
    lines = sent.reply["text"].splitlines()
    assert len(lines) == 6, "a heading and five lines"
    assert "Đã nộp 1/" in lines[1]
    assert [choice[1] for choice in sent.reply["choices"]] == ["progress", "progress:missing"]
    codes = re.findall(r"SL-24-\w{6}", lines[5])
    async with loa.db.reading() as db:
        assert [await snapshot_at(db, code) is not None for code in codes] == [True] * 3
        picture = await content_of(db, sent.reply["attachment"]["file_id"])
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    clock.move(timedelta(days=7))
    assert await clockwork.tick("send_briefings") == {"briefings": 1}, "the next week's"
    assert [entry.action for entry in await viewer.audit() if entry.action.startswith("briefing")] == [
        "briefing.on",
        "briefing.sent",
        "briefing.sent",
    ]


async def test_a_holiday_moves_it_and_too_late_is_not_sent(
    browser: NewBrowser, loa: Loa, clock: TestClock, leader: str
) -> None:
    clock.moment = datetime(2024, 12, 30, 0, 0, tzinfo=UTC)
    viewer = await browser(leader)
    page = await viewer.press("/console/briefing", weekday="3", at="14:00")
    assert "02/01/2025" in words(page), "Wednesday is New Year's Day"
    clock.moment = datetime(2025, 1, 1, 8, 0, tzinfo=UTC)
    assert await send_due(loa.db, loa.catalog, clock.now()) == 0
    clock.moment = datetime(2025, 1, 4, 3, 0, tzinfo=UTC)
    assert await send_due(loa.db, loa.catalog, clock.now()) == 0, "two working days late"


async def test_it_is_looked_at_tried_and_switched_off(
    browser: NewBrowser, loa: Loa, clock: TestClock, leader: str
) -> None:
    await refresh_dashboard(loa.db, loa.catalog, loa.clock.now())
    viewer = await browser(leader)
    look = await viewer.get("/console/briefing")
    assert "<svg" in look.text
    assert "1. Đã nộp 1/" in words(look)
    for _ in range(2):
        assert "Đã gửi thử" in words(await viewer.press("/console/briefing/trial"))
    assert len(await queued(loa)) == 1, "pressed twice within a minute"
    await viewer.press("/console/briefing", weekday="1", at="08:00")
    assert "Đang tắt" in words(await viewer.press("/console/briefing/off"))
    clock.move(timedelta(hours=2))
    assert await send_due(loa.db, loa.catalog, clock.now()) == 0


async def test_what_cannot_be_is_said(browser: NewBrowser, loa: Loa, leader: str) -> None:
    viewer = await browser(leader)
    for weekday, at in (("8", "08:00"), ("1", "25:00"), ("1", "23:30"), ("x", "")):
        refused = await viewer.post("/console/briefing", weekday=weekday, at=at)
        assert refused.status_code == 409
        assert "hãy chọn một ngày trong tuần" in words(refused)
    editor = await browser("lan")
    assert (await editor.post("/console/briefing", weekday="1", at="08:00")).status_code == 409
    assert "chưa liên kết" in words(await editor.post("/console/briefing/trial"))
