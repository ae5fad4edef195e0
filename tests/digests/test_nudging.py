"""Mid-week: one message that says what is due, to those whose window closes before the next digest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from content.catalog import Catalog
from handlers.reminders.nudging import Window, due_words, nudge
from storage.contacts import Account
from storage.digests import Delivery, DeliveryKind
from tests.digests.province import Small, said
from tests.digests.test_reminders import local, sent

MONDAY, WEDNESDAY = local("2024-11-11 08:00"), local("2024-11-13 08:00")
WINDOWS = {"zalo": Window(free=timedelta(hours=48), open=timedelta(days=7))}


async def look(small: Small, moment: datetime) -> int:
    async with small.db.session() as db:
        count = await nudge(db, small.catalog, WINDOWS, moment.astimezone(UTC))
        await db.commit()
    return count


async def nudges(small: Small) -> list[Delivery]:
    return [row for row in await small.deliveries(kind=DeliveryKind.REMINDER) if row.key.startswith("nudge:")]


async def interacted(small: Small, user: str, moment: datetime) -> None:
    async with small.db.session() as db:
        account = (await db.exec(select(Account).where(Account.address == f"zalo:{user}"))).one()
        account.last_interaction_at = moment.astimezone(UTC)
        db.add(account)
        await db.commit()


async def test_what_is_due_is_said_in_one_message_once_a_week(small: Small) -> None:
    await small.officer("so_y_te", MONDAY, "an", "zalo")
    await interacted(small, "an", MONDAY)
    await small.task("t1", date(2024, 11, 18), "so_y_te", title="Lập báo cáo")
    await small.task("t2", date(2024, 12, 18), "so_y_te", title="Còn xa")
    await sent(small, MONDAY)
    assert await look(small, WEDNESDAY) == 1
    assert await look(small, WEDNESDAY + timedelta(hours=1)) == 0
    assert await look(small, local("2024-11-14 15:00")) == 0
    (row,) = await nudges(small)
    assert said(row)["text"] == (
        "**Giữa tuần** – Sở Y tế còn 2 việc đang chờ:\n"
        "• Chưa tiếp nhận bản tin tuần 46/2024\n"
        "• Sắp đến hạn 18/11/2024: Lập báo cáo"
    )
    assert [value for _, value in said(row)["choices"]] == ["digest:view", "tasks"]


@pytest.mark.parametrize(
    ("seen", "nudged"),
    [
        ("2024-11-05 08:00", 0),  # shut already: nothing can be sent
        ("2024-11-08 08:00", 1),  # shut before Monday: one line that asks for a tap
        ("2024-11-11 09:00", 0),  # Monday's digest still gets through, and nothing is due
    ],
)
async def test_with_nothing_due_only_those_are_asked_whom_the_digest_would_miss(
    small: Small, seen: str, nudged: int
) -> None:
    await small.officer("so_noi_vu", MONDAY, "an", "zalo")
    await interacted(small, "an", local(seen))
    assert await look(small, WEDNESDAY) == nudged
    if nudged:
        (row,) = await nudges(small)
        assert "không có việc nào sắp đến hạn" in said(row)["text"]
        assert said(row)["choices"] == [["Tôi vẫn theo dõi", "digest:view"]]


async def test_other_days_other_channels_and_the_just_reminded_are_left_alone(small: Small) -> None:
    await small.officer("so_y_te", MONDAY, "an", "zalo")
    await small.officer("so_y_te", MONDAY, "binh", "phone")
    await interacted(small, "an", MONDAY)
    await sent(small, MONDAY)
    assert await look(small, local("2024-11-12 08:00")) == 0
    assert await look(small, local("2024-11-15 08:00")) == 0
    async with small.db.session() as db:
        (row, *_) = await small.deliveries()
        db.add(
            Delivery(
                kind=DeliveryKind.REMINDER,
                key="chase:1:1",
                account_id=row.account_id,
                address=row.address,
                channel="zalo",
                reply=row.reply,
                due_at=WEDNESDAY.astimezone(UTC),
                created_at=WEDNESDAY.astimezone(UTC),
            )
        )
        await db.commit()
    assert await look(small, WEDNESDAY + timedelta(hours=1)) == 0


async def test_a_template_says_what_is_due_in_a_few_words(small: Small, catalog: Catalog) -> None:
    await small.officer("so_y_te", MONDAY, "an", "zalo")
    async with small.db.reading() as db:
        assert await due_words(db, catalog, "so_y_te", MONDAY.astimezone(UTC)) == "không có việc sắp đến hạn"
    await small.task("t1", date(2024, 11, 18), "so_y_te")
    await sent(small, MONDAY)
    async with small.db.reading() as db:
        words = await due_words(db, catalog, "so_y_te", WEDNESDAY.astimezone(UTC))
    assert words == "1 nội dung chưa tiếp nhận, 1 việc sắp đến hạn (sớm nhất 18/11/2024)"
