"""The clockwork: every tick makes what is missing, once, on the house's own clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import scheduler
from bot.clock import Clock
from bot.outbox import Outbox
from bot.scheduler import TICKS, Clockwork
from content.catalog import Catalog
from handlers.digests import approve, schedule, submit_for_approval
from storage.audit import AuditEntry
from storage.database import Database
from storage.deliveries import new_delivery
from storage.digests import ARRIVED, Delivery, DeliveryKind, DeliveryState, Digest, DigestState, digest_of_week
from storage.dispatch import claim_deliveries
from storage.updates import (
    InboundUpdate,
    UpdateState,
    drop_updates,
    retry_updates,
    updates_done_before,
)
from tests.conftest import TestClock
from tests.digests.province import Small, approver
from tests.outbox.post import Post

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
DONE = (*ARRIVED, DeliveryState.FAILED, DeliveryState.SKIPPED)


@pytest.fixture
async def small(database: Database, catalog: Catalog, clock: TestClock) -> Small:
    province = Small(database, catalog)
    await province.build(clock.now())
    return province


@pytest.fixture
async def one(sqlite_url: str, catalog: Catalog, clock: TestClock) -> AsyncIterator[Small]:
    """The small province where the engine does not matter."""
    province = Small(Database(sqlite_url), catalog)
    await province.build(clock.now())
    yield province
    await province.db.close()


async def weeks(small: Small) -> list[str]:
    async with small.db.reading() as session:
        return sorted((await session.exec(select(Digest.week))).all())


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("2024-11-11 07:00", "2024-W46"),
        ("2024-11-14 23:00", "2024-W46"),
        ("2024-11-15 00:10", "2024-W47"),
        ("2024-11-17 12:00", "2024-W47"),
        ("2024-12-30 07:00", "2025-W01"),
    ],
)
async def test_the_weeks_draft_is_there_in_time(one: Small, moment: str, week: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=LOCAL).astimezone(UTC)
    assert await scheduler.compose_week(one.db, one.catalog, now) == {"composed": 1, "missed": 0}
    assert await scheduler.compose_week(one.db, one.catalog, now) == {"composed": 0, "missed": 0}
    assert await weeks(one) == [week]


async def test_a_draft_somebody_made_is_left_alone(small: Small, clock: TestClock) -> None:
    digest_id = await small.approved(clock.now())
    assert await scheduler.compose_week(small.db, small.catalog, clock.now()) == {"composed": 0, "missed": 0}
    assert (await small.digest(digest_id)).state is DigestState.APPROVED


async def test_a_week_that_concerns_nobody_is_no_fault(small: Small) -> None:
    now = datetime(2024, 1, 3, tzinfo=UTC)
    assert await scheduler.compose_week(small.db, small.catalog, now) == {"composed": 0, "missed": 0}
    assert await weeks(small) == []


async def test_two_clocks_compose_one_draft(small: Small, clock: TestClock) -> None:
    ticks = [scheduler.compose_week(small.db, small.catalog, clock.now()) for _ in range(2)]
    await asyncio.gather(*ticks)
    assert await weeks(small) == ["2024-W46"]


async def test_from_draft_to_sent_on_the_clock_alone(small: Small, clock: TestClock) -> None:
    """Only two people's approval stands between the Friday draft and Monday's sending."""
    await small.officer("so_y_te", clock.now())
    friday = datetime(2024, 11, 15, 9, 0, tzinfo=LOCAL).astimezone(UTC)
    await scheduler.compose_week(small.db, small.catalog, friday)
    monday = datetime(2024, 11, 18, 7, 30, tzinfo=LOCAL).astimezone(UTC)
    async with small.db.session() as session:
        digest = await digest_of_week(session, "2024-W47")
        assert digest is not None
        assert digest.id is not None
        await submit_for_approval(session, small.catalog, digest.id, "bientap", friday)
        await approve(session, small.catalog, digest.id, approver(), friday)
        await schedule(session, small.catalog, digest.id, monday, "duyet", friday)
        await session.commit()
    before = await scheduler.send_digests(small.db, small.catalog, monday - timedelta(minutes=1))
    assert not any(before.values())
    at = await scheduler.send_digests(small.db, small.catalog, monday + timedelta(seconds=5))
    assert at == {"started": 1, "queued": 1, "refused": 0, "missed": 0, "finished": 0}
    async with small.db.session() as session:
        await claim_deliveries(session, monday + timedelta(seconds=10), 9, "phone")
        await session.commit()
    later = monday + timedelta(minutes=5)
    assert await scheduler.settle_lost(small.db, small.catalog, later) == {"unclear": 1, "expired": 0}
    assert (await scheduler.send_digests(small.db, small.catalog, later))["finished"] == 1
    (row,) = await small.deliveries()
    assert (row.state, row.error_key) == (DeliveryState.UNCLEAR, "lost_lease")


async def test_what_nobody_can_send_is_given_up(small: Small, clock: TestClock) -> None:
    await small.officer("so_y_te", clock.now(), channel="zalo")
    await small.sending(clock.now())
    for days, count in ((2, 0), (4, 1), (5, 0)):
        counts = await scheduler.settle_lost(small.db, small.catalog, clock.now() + timedelta(days=days))
        assert counts["expired"] == count


def _update(
    external_id: str, received_at: datetime, handled_at: datetime | None, outcome: UpdateState = UpdateState.HANDLED
) -> InboundUpdate:
    """What a platform once brought; open when it was not handled."""
    return InboundUpdate(
        channel="phone",
        external_id=external_id,
        payload="{}",
        received_at=received_at,
        state=UpdateState.RECEIVED if handled_at is None else outcome,
        handled_at=handled_at,
    )


async def test_answered_updates_are_forgotten_after_a_month(small: Small, clock: TestClock) -> None:
    now = clock.now()
    async with small.db.session() as session:
        for name, age, done in (("old", 31, True), ("young", 29, True), ("open", 40, False)):
            session.add(_update(name, now - timedelta(days=age), now if done else None))
        await session.commit()
    assert await scheduler.forget(small.db, small.catalog, now) == {
        "updates": 1,
        "deliveries": 0,
        "askers": 0,
        "notices": 0,
        "files": 0,
        "bubbles": 0,
        "invitees": 0,
        "drafts": 0,
    }
    async with small.db.reading() as session:
        left = (await session.exec(select(InboundUpdate.external_id))).all()
    assert sorted(left) == ["open", "young"]


async def test_what_is_done_is_dropped_in_batches_and_nothing_else(
    small: Small, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "BATCH", 2)
    now, ancient = clock.now(), clock.now() - timedelta(days=500)
    account = await small.officer("so_y_te", now)
    digest_id = await small.sending(now)
    notice, reminder = DeliveryKind.NOTICE, DeliveryKind.REMINDER
    rows = [
        *((f"done{number}", notice, state, ancient) for number, state in enumerate(sorted(DONE))),
        ("queued", notice, DeliveryState.QUEUED, ancient),
        ("sending", notice, DeliveryState.SENDING, ancient),
        ("unclear", notice, DeliveryState.UNCLEAR, ancient),
        ("reminder", reminder, DeliveryState.SENT, ancient),
        ("two days", notice, DeliveryState.SENT, now - timedelta(hours=49)),
        ("young", notice, DeliveryState.SENT, now),
    ]
    async with small.db.session() as session:
        for key, kind, state, made in rows:
            values = new_delivery(kind, key, account, {"text": "x"}, made)
            session.add(Delivery(**{**values, "state": state}))
        for number in range(5):
            session.add(_update(str(number), ancient, ancient))
        await session.commit()
    counts = await scheduler.forget(small.db, small.catalog, now)
    assert (counts["updates"], counts["deliveries"]) == (5, len(DONE))
    kept = {row.key for row in await small.deliveries()}
    assert kept == {
        "queued",
        "sending",
        "unclear",
        "reminder",
        "two days",
        "young",
        f"digest:{digest_id}:{account.id}",
    }
    again = await scheduler.forget(small.db, small.catalog, now)
    assert (again["updates"], again["deliveries"]) == (0, 0)


async def test_forgetting_beside_sending_drops_only_what_is_done(
    database: Database, catalog: Catalog, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes forget, again and again in small steps, while a third sends."""
    monkeypatch.setattr(scheduler, "BATCH", 7)
    post, ancient = Post(database, clock), clock.now() - timedelta(days=500)
    await post.queue_many(120)
    account = await post.account("old")
    async with database.session() as session:
        for number in range(60):
            values = new_delivery(DeliveryKind.NOTICE, f"old{number}", account, {"text": "x"}, ancient)
            session.add(Delivery(**{**values, "state": DeliveryState.SENT}))
            session.add(_update(str(number), ancient, ancient if number % 2 else None))
        await session.commit()
    other = Database(database.url)
    forgetting = [scheduler.forget(db, catalog, clock.now()) for db in (database, other) for _ in range(2)]
    _, counts = await asyncio.gather(post.outbox.drain(), asyncio.gather(*forgetting))
    await other.close()
    assert (sum(one["deliveries"] for one in counts), sum(one["updates"] for one in counts)) == (60, 30)
    rows = await post.rows()
    assert len(rows) == 120
    assert {row.state for row in rows} == {DeliveryState.SENT}
    async with database.reading() as session:
        assert {row.state for row in (await session.exec(select(InboundUpdate))).all()} == {UpdateState.RECEIVED}


async def test_whoever_reads_or_sends_waits_for_no_more_than_a_batch(
    database: Database, catalog: Catalog, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of each batch's transaction others read; what they want to write is done before the next one."""
    monkeypatch.setattr(scheduler, "BATCH", 7)
    post, ancient = Post(database, clock), clock.now() - timedelta(days=500)
    await post.queue_many(5)
    async with database.session() as session:
        session.add_all(_update(str(number), ancient, ancient) for number in range(30))
        await session.commit()
    batches: list[int] = []
    claims: list[asyncio.Task[int]] = []

    async def claim() -> int:
        async with database.session() as session:
            claimed = await claim_deliveries(session, clock.now(), 1, "phone")
            await session.commit()
        return len(claimed)

    async def dropping(session: AsyncSession, ids: Sequence[int]) -> int:
        assert not [one for one in claims if not one.done()], "one batch held up a sender, and then the next did"
        dropped = await drop_updates(session, ids)
        batches.append(dropped)
        async with database.reading() as other:
            seen = len((await other.exec(select(InboundUpdate.id))).all())
        assert seen == 30 - sum(batches[:-1]), "a reader sees what was there before, at once"
        claims.append(asyncio.create_task(claim()))
        if not database.is_sqlite:  # whose writers have the database one after the other
            await claims[-1]
        return dropped

    monkeypatch.setattr(scheduler, "drop_updates", dropping)
    counts = await scheduler.forget(database, catalog, clock.now())
    assert (counts["updates"], batches) == (30, [7, 7, 7, 7, 2])
    assert await asyncio.gather(*claims) == [1] * 5


async def test_an_update_put_back_meanwhile_is_not_dropped(small: Small, clock: TestClock) -> None:
    now = clock.now()
    async with small.db.session() as session:
        session.add(_update("1", now - timedelta(days=40), now, UpdateState.FAILED))
        await session.flush()
        [found] = await updates_done_before(session, now, 9)
        assert await retry_updates(session, [found]) == 1
        assert await drop_updates(session, [found]) == 0
        await session.commit()


async def test_every_tick_runs_at_once_and_on_a_shifted_clock(one: Small) -> None:
    """The machine's clock says another year; the house lives on Monday 11/11/2024."""
    clock = Clock.starting_at(datetime(2024, 11, 11, 7, 0, tzinfo=LOCAL))
    clockwork = Clockwork(one.db, one.catalog, clock, Outbox(one.db, {}, clock))
    running = asyncio.create_task(clockwork.run())
    async with asyncio.timeout(10):
        while not await weeks(one):
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await weeks(one) == ["2024-W46"]
    async with one.db.reading() as session:
        entry = (await session.exec(select(AuditEntry))).one()
    assert entry.actor == "clock"
    assert abs(entry.at - clock.now()) < timedelta(minutes=1)


async def test_a_tick_that_fails_is_logged_and_does_not_end_the_clockwork(
    one: Small, clock: TestClock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> dict[str, int]:
        raise OSError("disk full")

    clockwork = Clockwork(one.db, one.catalog, clock, Outbox(one.db, {}, clock))
    monkeypatch.setitem(scheduler.TICKS, "remind", (broken, timedelta(minutes=5)))
    assert await clockwork.tick("remind") == {}
    assert "tick.failed" in "".join(capsys.readouterr())
    assert await clockwork.tick("compose_week") == {"composed": 1, "missed": 0}


async def test_the_outbox_is_woken_when_there_is_something_to_send(one: Small, clock: TestClock) -> None:
    await one.officer("so_y_te", clock.now())
    digest_id = await one.approved(clock.now())
    async with one.db.session() as session:
        await schedule(session, one.catalog, digest_id, clock.now() + timedelta(minutes=1), "duyet", clock.now())
        await session.commit()
    clock.move(timedelta(minutes=2))
    outbox = Outbox(one.db, {}, clock)
    await Clockwork(one.db, one.catalog, clock, outbox).tick("send_digests")
    assert outbox._wake.is_set()


def test_every_tick_looks_often_enough() -> None:
    often = {"compose_week", "send_digests", "remind", "tell_approvers", "keep_windows_open", "follow", "settle_lost"}
    assert set(TICKS) == often | {"end_replaced", "take_pictures", "send_briefings", "forget"}
    assert TICKS["send_digests"][1] <= timedelta(minutes=1)
