"""Reminders: once, in working hours, to those who have not answered; deadlines before it is too late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers import reminders
from storage.digests import (
    Delivery,
    DeliveryKind,
    DeliveryState,
)
from storage.dispatch import Settlement, claim_deliveries, settle
from storage.reports import report_on, submit
from tests.digests.province import WEEK, Small

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


async def remind(small: Small, now: datetime) -> dict[str, int]:
    async with small.db.session() as session:
        counts = await reminders.remind(session, small.catalog, now.astimezone(UTC))
        await session.commit()
    return counts


async def sent(small: Small, now: datetime, state: DeliveryState = DeliveryState.SENT, week: str = WEEK) -> int:
    """A digest all of whose deliveries ended in that state at that moment."""
    digest_id = await small.sending(now, week)
    async with small.db.session() as session:
        rows = await claim_deliveries(session, now, 99, ["phone", "zalo"])
        await settle(session, [Settlement(row.id or 0, state, f"m{row.id}", key="unclear") for row in rows], now)
        await session.commit()
    return digest_id


async def made(small: Small) -> list[Delivery]:
    return await small.deliveries(kind=DeliveryKind.REMINDER)


@pytest.mark.parametrize(
    "moment", ["2024-11-13 17:00", "2024-11-13 12:00", "2024-11-14 07:00", "2024-11-16 10:00", "2024-11-17 10:00"]
)
async def test_nothing_is_made_outside_working_hours(small: Small, moment: str) -> None:
    monday = local("2024-11-11 08:00")
    await small.officer("so_y_te", monday)
    await small.task("t1", date(2024, 11, 18), "so_y_te")
    await sent(small, monday)
    assert await remind(small, local(moment)) == {"chased": 0, "deadlines": 0, "extensions": 0}


async def test_deadlines_are_told_seven_three_and_one_day_before(small: Small) -> None:
    await small.officer("so_y_te", local("2024-11-01 08:00"))
    await small.task("t1", date(2024, 11, 28), "so_y_te", title="Lập báo cáo")
    told = []
    day = local("2024-11-11 08:00")
    while day.date() <= date(2024, 12, 2):
        if (await remind(small, day))["deadlines"]:
            told.append(day.date().isoformat())
        assert (await remind(small, day + timedelta(hours=2)))["deadlines"] == 0
        day += timedelta(days=1)
    assert told == ["2024-11-21", "2024-11-25", "2024-11-27"]
    rows = await made(small)
    assert "còn 7 ngày" in rows[0].reply["text"]
    assert "• Lập báo cáo" in rows[0].reply["text"]
    assert rows[0].reply["choices"][0][1] == "report:t1"
    assert rows[0].reply["choices"][-1][1] == "tasks"


async def test_a_step_on_a_weekend_is_told_on_the_friday_before(small: Small) -> None:
    """The safe day 15/12/2024 is a Sunday: the last reminder comes on Friday, not on Monday when it is too late."""
    await small.officer("so_y_te", local("2024-12-01 08:00"))
    await small.task("t1", date(2024, 12, 15), "so_y_te")
    told = []
    for number in range(2, 21):
        moment = local(f"2024-12-{number:02} 08:00")
        if (await remind(small, moment))["deadlines"]:
            told.append(number)
    assert told == [6, 12, 13]


async def test_a_step_in_the_holidays_is_told_before_them(small: Small) -> None:
    """Tết 2025: from Saturday 25/1 to Sunday 2/2 nobody works."""
    await small.officer("so_y_te", local("2025-01-01 08:00"))
    await small.task("t1", date(2025, 2, 3), "so_y_te")
    told = [
        day
        for day in range(13, 34)
        if (await remind(small, local("2025-01-01 08:00") + timedelta(days=day - 1)))["deadlines"]
    ]
    assert told == [24]


async def test_one_message_per_officer_and_day_groups_the_tasks(small: Small) -> None:
    now = local("2024-11-21 08:00")
    officer = await small.officer("so_y_te", now - timedelta(days=9))
    newest = await small.officer("so_y_te", now, channel="zalo", contact_id=officer.contact_id)
    await small.task("t1", date(2024, 11, 28), "so_y_te", title="Việc một")
    await small.task("t2", date(2024, 11, 28), "nhom_so", title="Việc hai")
    await small.task("t3", date(2024, 11, 24), "so_y_te", title="Việc ba")
    await small.task("t4", date(2024, 11, 28), "cong_an_tinh", title="Việc của nơi khác")
    await small.task("t5", date(2024, 12, 25), "so_y_te", title="Việc còn xa")
    assert (await remind(small, now))["deadlines"] == 1
    (row,) = await made(small)
    assert row.account_id == newest.id
    text = row.reply["text"]
    assert "Còn 3 việc" in text
    assert text.index("Chủ nhật 24/11/2024") < text.index("Việc ba") < text.index("Việc một") < text.index("Việc hai")
    assert "nơi khác" not in text
    assert "còn xa" not in text


async def test_a_submitted_report_ends_the_reminders_and_lines_stand_for_their_task(small: Small) -> None:
    now = local("2024-11-21 08:00")
    await small.officer("so_y_te", now)
    await small.task("whole", date(2024, 11, 28), "nhom_so", title="Cả việc")
    await small.task("line1", date(2024, 11, 28), "so_y_te", title="Dòng một", parent="whole")
    await small.task("line2", date(2024, 11, 28), "so_y_te", title="Dòng hai", parent="whole")
    async with small.db.session() as session:
        report = await report_on(session, "line1", "so_y_te", now)
        await submit(session, report, {}, None, now)
        await session.commit()
    assert (await remind(small, now))["deadlines"] == 1
    (row,) = await made(small)
    assert "Dòng hai" in row.reply["text"]
    assert "Dòng một" not in row.reply["text"]
    assert "Cả việc" not in row.reply["text"]


async def test_a_day_on_which_nothing_ran_is_made_up_for_on_the_next(small: Small) -> None:
    await small.officer("so_y_te", local("2024-11-01 08:00"))
    await small.task("t1", date(2024, 11, 28), "so_y_te")
    assert (await remind(small, local("2024-11-22 09:00")))["deadlines"] == 1
    assert (await remind(small, local("2024-11-25 09:00")))["deadlines"] == 1
    assert (await remind(small, local("2024-11-26 09:00")))["deadlines"] == 0
    texts = [row.reply["text"] for row in await made(small)]
    assert "còn 6 ngày" in texts[0]


async def test_many_tasks_are_counted(small: Small) -> None:
    now = local("2024-11-21 08:00")
    await small.officer("so_y_te", now)
    for number in range(30):
        await small.task(f"t{number}", date(2024, 11, 28), "so_y_te", title="Việc rất dài " * 20)
    await remind(small, now)
    (row,) = await made(small)
    assert "… và 18 việc nữa" in row.reply["text"]
    assert len(row.reply["text"]) < 2000
    assert len(row.reply["choices"]) == 4
