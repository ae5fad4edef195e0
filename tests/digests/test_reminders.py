"""Reminders: once, in working hours, to those who have not answered; deadlines before it is too late."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from content.catalog import Catalog
from content.chasing import ReportChase
from handlers.reminders import look
from handlers.reports.chasing import to_call
from storage.appointments import ContactRole
from storage.digests import (
    Delivery,
    DeliveryKind,
    DeliveryState,
)
from storage.dispatch import Settlement, claim_deliveries, settle
from storage.extensions import Extension, ExtensionState
from storage.plans import Task
from storage.reports import report_on, submit
from tests.digests.province import WEEK, Small, said
from tests.handlers.talk import Known, Talk

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


async def remind(small: Small, now: datetime) -> dict[str, int]:
    async with small.db.session() as session:
        counts = await look.remind(session, small.catalog, now.astimezone(UTC))
        await session.commit()
    return counts


async def sent(small: Small, now: datetime, state: DeliveryState = DeliveryState.SENT, week: str = WEEK) -> int:
    """A digest all of whose deliveries ended in that state at that moment."""
    digest_id = await small.sending(now, week)
    async with small.db.session() as session:
        rows = [row for channel in ("phone", "zalo") for row in await claim_deliveries(session, now, 99, channel)]
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
    assert await remind(small, local(moment)) == {"chased": 0, "deadlines": 0, "extensions": 0, "drafts": 0}


async def test_deadlines_are_told_on_working_days_before_and_after(small: Small) -> None:
    await small.officer("so_y_te", local("2024-11-01 08:00"))
    await small.task("t1", date(2024, 11, 28), "so_y_te", title="Lập báo cáo")
    told = []
    day = local("2024-11-11 08:00")
    while day.date() <= date(2024, 12, 9):
        if (await remind(small, day))["deadlines"]:
            told.append(day.date().isoformat())
        assert (await remind(small, day + timedelta(hours=2)))["deadlines"] == 0
        day += timedelta(days=1)
    assert told == ["2024-11-19", "2024-11-25", "2024-11-27", "2024-11-28", "2024-11-29"]
    rows = await made(small)
    assert "còn 7 ngày làm việc" in said(rows[0])["text"]
    assert "hôm nay là hạn cuối" in said(rows[3])["text"]
    assert "Báo cáo quá hạn" in said(rows[4])["text"]
    assert "quá hạn 1 ngày" in said(rows[4])["text"]
    assert ["Xin gia hạn", "extension:ask:t1"] in [list(choice) for choice in said(rows[0])["choices"]]
    assert "• Lập báo cáo" in said(rows[0])["text"]
    assert said(rows[0])["choices"][0][1] == "report:t1"
    assert said(rows[0])["choices"][-1][1] == "tasks"


async def test_a_step_on_a_weekend_is_told_on_the_friday_before(small: Small) -> None:
    """The safe day 15/12/2024 is a Sunday: the last reminder comes on Friday, not on Monday when it is too late."""
    await small.officer("so_y_te", local("2024-12-01 08:00"))
    await small.task("t1", date(2024, 12, 15), "so_y_te")
    told = []
    for number in range(2, 21):
        moment = local(f"2024-12-{number:02} 08:00")
        if (await remind(small, moment))["deadlines"]:
            told.append(number)
    assert told == [4, 10, 12, 13, 16]


async def test_a_step_in_the_holidays_is_told_before_them(small: Small) -> None:
    """Tết 2025: from Saturday 25/1 to Sunday 2/2 nobody works."""
    await small.officer("so_y_te", local("2025-01-01 08:00"))
    await small.task("t1", date(2025, 2, 3), "so_y_te")
    told = [
        day
        for day in range(13, 34)
        if (await remind(small, local("2025-01-01 08:00") + timedelta(days=day - 1)))["deadlines"]
    ]
    assert told == [16, 22, 24]


async def test_one_message_per_officer_and_day_groups_the_tasks(small: Small) -> None:
    now = local("2024-11-21 08:00")
    officer = await small.officer("so_y_te", now - timedelta(days=9))
    newest = await small.officer("so_y_te", now, channel="zalo", contact_id=officer.contact_id)
    await small.task("t1", date(2024, 12, 2), "so_y_te", title="Việc một")
    await small.task("t2", date(2024, 12, 2), "nhom_so", title="Việc hai")
    await small.task("t3", date(2024, 11, 24), "so_y_te", title="Việc ba")
    await small.task("t4", date(2024, 12, 2), "cong_an_tinh", title="Việc của nơi khác")
    await small.task("t5", date(2024, 12, 25), "so_y_te", title="Việc còn xa")
    assert (await remind(small, now))["deadlines"] == 1
    (row,) = await made(small)
    assert row.account_id == newest.id
    text = said(row)["text"]
    assert "Còn 3 việc" in text
    assert text.index("Chủ nhật 24/11/2024") < text.index("Việc ba") < text.index("Việc một") < text.index("Việc hai")
    assert "nơi khác" not in text
    assert "còn xa" not in text


async def test_a_submitted_report_ends_the_reminders_and_lines_stand_for_their_task(small: Small) -> None:
    now = local("2024-11-21 08:00")
    await small.officer("so_y_te", now)
    await small.task("whole", date(2024, 12, 2), "nhom_so", title="Cả việc")
    await small.task("line1", date(2024, 12, 2), "so_y_te", title="Dòng một", parent="whole")
    await small.task("line2", date(2024, 12, 2), "so_y_te", title="Dòng hai", parent="whole")
    async with small.db.session() as session:
        report = await report_on(session, "line1", "so_y_te", now)
        await submit(session, report, {}, None, now)
        await session.commit()
    assert (await remind(small, now))["deadlines"] == 1
    (row,) = await made(small)
    assert "Dòng hai" in said(row)["text"]
    assert "Dòng một" not in said(row)["text"]
    assert "Cả việc" not in said(row)["text"]


async def test_what_waits_in_the_outbox_names_only_what_is_still_owed(small: Small, catalog: Catalog) -> None:
    """Handing in one of two reports rewords the reminder, handing in the other calls it off."""
    now = local("2024-11-21 08:00")
    an = await small.officer("so_y_te", now, user="an")
    await small.officer("so_y_te", now, user="binh", role=ContactRole.DEPUTY)
    for name in ("one", "two"):
        await small.task(name, date(2024, 12, 2), "so_y_te", title=f"Việc {name}")
    assert (await remind(small, now))["deadlines"] == 1
    talk = Talk(small.db, catalog, Known(), now.astimezone(UTC), "an")
    await hand_in(talk, "one")
    (row,) = await made(small)
    assert (row.account_id, row.state, row.key) == (an.id, DeliveryState.QUEUED, f"deadline:{an.contact_id}:2024-11-21")
    assert "Việc two" in said(row)["text"]
    assert "Việc one" not in json.dumps(said(row), ensure_ascii=False)
    await hand_in(talk, "two")
    (row,) = await made(small)
    assert (row.state, row.error_key) == (DeliveryState.SKIPPED, "handed_in")
    assert (await remind(small, now + timedelta(minutes=5)))["deadlines"] == 0


async def test_a_reminder_a_sender_has_taken_is_left_alone(small: Small, catalog: Catalog) -> None:
    now = local("2024-11-21 08:00")
    await small.officer("so_y_te", now, user="an")
    await small.task("one", date(2024, 12, 2), "so_y_te", title="Việc one")
    await remind(small, now)
    async with small.db.session() as session:
        assert len(await claim_deliveries(session, now.astimezone(UTC), 9, "phone")) == 1
        await session.commit()
    await hand_in(Talk(small.db, catalog, Known(), now.astimezone(UTC), "an"), "one")
    (row,) = await made(small)
    assert (row.state, row.error_key) == (DeliveryState.SENDING, None)


async def hand_in(talk: Talk, task: str) -> None:
    """A report on the task, by conversation."""
    await talk.taps(f"report:{task}")
    await talk.taps("Bắt đầu")
    for answer in ("đã xong", "Đã phát tờ rơi ở 5 xã", "không có", "20/11/2024", "bỏ qua"):
        await talk.says(answer)
    assert "Mã" in await talk.taps("Nộp")


async def test_a_day_on_which_nothing_ran_is_made_up_for_on_the_next(small: Small) -> None:
    await small.officer("so_y_te", local("2024-11-01 08:00"))
    await small.task("t1", date(2024, 11, 28), "so_y_te")
    assert (await remind(small, local("2024-11-20 09:00")))["deadlines"] == 1
    assert (await remind(small, local("2024-11-25 09:00")))["deadlines"] == 1
    assert (await remind(small, local("2024-11-26 09:00")))["deadlines"] == 0
    texts = [said(row)["text"] for row in await made(small)]
    assert "còn 6 ngày làm việc" in texts[0]


async def test_many_tasks_are_counted(small: Small) -> None:
    now = local("2024-11-21 08:00")
    await small.officer("so_y_te", now)
    for number in range(30):
        await small.task(f"t{number}", date(2024, 12, 2), "so_y_te", title="Việc rất dài " * 20)
    await remind(small, now)
    (row,) = await made(small)
    assert "… và 18 việc nữa" in said(row)["text"]
    assert len(said(row)["text"]) < 2000
    assert len(said(row)["choices"]) == 5


async def told_on(small: Small, day: str, hour: str = "08:00") -> set[int]:
    """Accounts reminded by the looks of that day."""
    before = {row.id for row in await made(small)}
    await remind(small, local(f"{day} {hour}"))
    return {row.account_id for row in await made(small) if row.id not in before}


async def test_what_is_late_goes_up_to_the_deputy_the_head_and_the_department(small: Small) -> None:
    now = local("2024-11-01 08:00")
    main = await small.officer("so_y_te", now)
    deputy = await small.officer("so_y_te", now, role=ContactRole.DEPUTY)
    head = await small.officer("so_y_te", now, role=ContactRole.HEAD)
    await small.task("t1", date(2024, 11, 28), "so_y_te", title="Lập báo cáo")
    assert await told_on(small, "2024-11-28") == {main.id}
    assert await told_on(small, "2024-11-29") == {main.id, deputy.id}
    assert await told_on(small, "2024-12-02") == {head.id}
    assert await calls(small, date(2024, 12, 2)) == []
    assert await told_on(small, "2024-12-03") == set()
    assert await calls(small, date(2024, 12, 3)) == ["so_y_te"]
    async with small.db.session() as session:
        await submit(session, await report_on(session, "t1", "so_y_te", now), {}, None, now)
        await session.commit()
    assert await calls(small, date(2024, 12, 3)) == []


async def calls(small: Small, day: date) -> list[str]:
    async with small.db.reading() as session:
        return list(await to_call(session, small.catalog, day))


async def test_where_nobody_is_main_contact_the_next_rung_is_told(small: Small) -> None:
    head = await small.officer("so_y_te", local("2024-11-01 08:00"), role=ContactRole.HEAD)
    await small.task("t1", date(2024, 11, 28), "so_y_te")
    assert await told_on(small, "2024-11-25") == {head.id}


async def test_a_request_for_more_time_holds_what_is_late_and_a_day_given_moves_it(small: Small) -> None:
    now = local("2024-11-01 08:00")
    main = await small.officer("so_y_te", now)
    await small.task("t1", date(2024, 11, 28), "so_y_te")
    request = Extension(
        task_id="t1", agency_id="so_y_te", period="", due=date(2024, 11, 28), until=date(2024, 12, 6),
        reason="Chờ", asked_at=now.astimezone(UTC),
    )  # fmt: skip
    async with small.db.session() as session:
        session.add(request)
        await session.commit()
    assert await told_on(small, "2024-11-28") == {main.id}, "the last day stands until the department answers"
    assert await told_on(small, "2024-11-29") == set()
    assert await calls(small, date(2024, 12, 5)) == []
    async with small.db.session() as session:
        request.state, request.granted_until = ExtensionState.GRANTED, date(2024, 12, 6)
        session.add(request)
        await session.commit()
    assert await told_on(small, "2024-12-05") == {main.id}
    (row, *_) = (await made(small))[::-1]
    assert "còn 1 ngày làm việc" in said(row)["text"]


async def test_each_month_is_reminded_of_by_itself(small: Small) -> None:
    await small.officer("so_y_te", local("2024-11-01 08:00"))
    await small.task("t1", date(2024, 12, 31), "so_y_te", title="Chuyên mục")
    async with small.db.session() as session:
        task = await session.get_one(Task, "t1")
        task.recurrence = "monthly"
        session.add(task)
        await session.commit()
    await remind(small, local("2024-11-19 08:00"))
    await remind(small, local("2024-12-19 08:00"))
    texts = [said(row)["text"] for row in await made(small)]
    assert ["Tháng 11/2024 – Chuyên mục" in text for text in texts] == [True, False]
    assert "Tháng 12/2024 – Chuyên mục" in texts[1]


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([(1, ["main"]), (1, ["department"])], "stands after"),
        ([(-1, ["deputy"]), (0, ["main"]), (1, ["department"])], "goes down"),
        ([(-1, ["main"])], "department"),
    ],
)
def test_steps_climb_and_end_with_the_department(steps: list[tuple[int, list[str]]], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        ReportChase.model_validate({"steps": [{"day": day, "to": to} for day, to in steps]})
