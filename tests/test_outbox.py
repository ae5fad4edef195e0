"""Sending: nothing lost, nothing sent twice blindly, the platform's pace kept, every outcome written down."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.clock import Clock
from bot.errors import (
    BadCredentials,
    ChannelUnavailable,
    ContactGone,
    Postponed,
    Rejected,
    SendError,
    Throttled,
    Unclear,
    WindowClosed,
)
from bot.lane import LIFETIME
from bot.metrics import REGISTRY
from bot.outbox import ATTEMPTS, Outbox
from content.catalog import Catalog
from handlers.working_time import working_time
from storage.contacts import Account, Contact, unsubscribe
from storage.database import Database
from storage.digests import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Digest,
    DigestState,
    advance,
    settle_receipt,
)
from storage.dispatch import LEASE, abandon_lost_leases, claim_deliveries
from tests.conftest import TestClock
from tests.post import Post, Wire, standing_rests

ROOT = Path(__file__).parent.parent


@pytest.fixture
def post(database: Database, clock: TestClock) -> Post:
    return Post(database, clock)


@pytest.fixture
async def local(sqlite_url: str, clock: TestClock) -> AsyncIterator[Callable[..., Post]]:
    """Where the engine does not matter: ``local(wire, …)``."""
    db = Database(sqlite_url)
    yield lambda *wires: Post(db, clock, *wires)
    await db.close()


async def test_what_is_due_is_sent_in_order_and_what_is_not_waits(post: Post) -> None:
    account = await post.account()
    await post.queue(account, 3)
    post.clock.move(timedelta(hours=1))
    await post.queue(account)
    post.clock.move(-timedelta(hours=1))
    await post.outbox.drain()
    assert post.wire.texts == ["1", "2", "3"]
    *sent, later = await post.rows()
    assert [row.provider_id for row in sent] == ["m1", "m2", "m3"]
    assert {row.sent_at for row in sent} == {post.clock.now()}
    assert (later.state, later.attempts, later.sent_at) == (DeliveryState.QUEUED, 0, None)
    post.clock.move(timedelta(hours=1))
    await post.outbox.drain()
    assert post.wire.texts == ["1", "2", "3", "4"]


async def test_one_persons_messages_never_overtake_each_other_and_people_do_not_wait_for_each_other(
    post: Post,
) -> None:
    post.wire.takes = 0.03
    people = [await post.account(f"user{number}") for number in range(10)]
    for _ in range(3):
        for person in people:
            await post.queue(person)
    await post.outbox.drain()
    for person in people:
        mine = [int(text) for _, address, text in post.wire.log if address == person.address]
        assert mine == sorted(mine)
        assert len(mine) == 3
    assert 5 <= post.wire.most_at_once <= 10


async def test_two_outboxes_share_the_work(post: Post) -> None:
    post.wire.takes = 0.005
    for number in range(60):
        await post.queue(await post.account(f"user{number}"))
    other = Outbox(Database(post.db.url), {"phone": post.wire}, post.clock)
    await asyncio.gather(post.outbox.drain(), other.drain())
    assert sorted(post.wire.texts, key=int) == [str(number) for number in range(1, 61)]
    assert {row.state for row in await post.rows()} == {DeliveryState.SENT}
    await other._db.close()


async def test_the_pace_is_smooth(local: Callable[..., Post]) -> None:
    """A strict platform counts in every window: 100/s is one each 10 ms, also after the machine was busy."""
    post = local(Wire(rate=100, takes=0.05))
    for number in range(40):
        await post.queue(await post.account(f"user{number}"))
    drain = asyncio.create_task(post.outbox.drain())
    await asyncio.sleep(0.15)
    time.sleep(0.1)  # everything stands still
    await drain
    moments = [moment for moment, _, _ in post.wire.log]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert min(gaps) >= 0.0095
    assert sum(gaps) / len(gaps) < 0.04
    assert post.wire.most_at_once > 1


async def test_being_throttled_rests_the_whole_channel_and_costs_no_attempt(local: Callable[..., Post]) -> None:
    slow, other = Wire("zalo", rate=50, takes=0.01), Wire("phone", rate=50)
    post = local(slow, other)
    for number in range(4):
        await post.queue(await post.account(f"z{number}", "zalo"))
    await post.queue(await post.account("p"))
    slow.faults = [Throttled(0.4, "429", "slow down")]
    began = asyncio.get_running_loop().time()
    drain = asyncio.create_task(post.outbox.drain())
    await asyncio.sleep(0.2)
    assert len(slow.log) <= 2
    assert other.texts == ["5"]
    post.clock.move(timedelta(seconds=1))
    await drain
    again = [moment for moment, _, _ in slow.log[2:]]
    assert min(again) >= began + 0.4
    assert sorted(slow.texts).count("1") == 2
    assert {(row.state, row.attempts) for row in await post.rows()} == {(DeliveryState.SENT, 1)}


async def test_what_is_postponed_waits_an_hour_and_holds_up_nobody_else(local: Callable[..., Post]) -> None:
    post = local(Wire("zalo"))
    await post.queue(await post.account("z1", "zalo"))
    post.wire.faults = [Postponed("-218", "out of quota receive")]
    await post.outbox.drain()
    [row] = await post.rows()
    assert (row.state, row.error_key, row.error) == (DeliveryState.QUEUED, "postponed", "-218 out of quota receive")
    assert timedelta(minutes=45) <= row.due_at - post.clock.now() <= timedelta(minutes=80)
    for number in range(2, 6):
        await post.queue(await post.account(f"z{number}", "zalo"))
    await post.outbox.drain()
    assert len(post.wire.log) == 5
    post.clock.move(timedelta(hours=2))
    await post.outbox.drain()
    assert {row.state for row in await post.rows()} == {DeliveryState.SENT}


async def test_a_long_rest_survives_a_restart(post: Post) -> None:
    for number in range(3):
        await post.queue(await post.account(f"user{number}"))
    post.wire.faults = [Throttled(600)] * 3
    await post.outbox.drain()
    asked, post.wire.faults = len(post.wire.log), []
    reborn = Outbox(post.db, {"phone": post.wire}, post.clock)
    await reborn.drain()
    assert len(post.wire.log) == asked
    assert {row.state for row in await post.rows()} == {DeliveryState.QUEUED}
    [rest] = await standing_rests(post)
    assert (rest.channel, rest.reason) == ("phone", "throttled")
    assert rest.until >= post.clock.now() + timedelta(seconds=590)
    assert rest.share < 1
    post.clock.move(timedelta(seconds=700))
    await reborn.drain()
    assert {row.state for row in await post.rows()} == {DeliveryState.SENT}


async def test_an_unavailable_channel_is_tried_again_ever_later_and_given_up(post: Post) -> None:
    await post.queue(await post.account())
    waits = []
    for attempt in range(1, ATTEMPTS + 1):
        post.wire.faults = [ChannelUnavailable("502", "bad gateway")]
        await Outbox(post.db, {"phone": post.wire}, post.clock).drain()
        row = await post.row()
        assert row.attempts == attempt
        if row.state is DeliveryState.FAILED:
            break
        assert (row.state, row.error, row.error_key) == (DeliveryState.QUEUED, "502 bad gateway", "channel_unavailable")
        wait = row.due_at - post.clock.now()
        waits.append(wait.total_seconds())
        post.clock.move(wait)
    assert (row.state, row.attempts) == (DeliveryState.FAILED, ATTEMPTS)
    assert 30 <= waits[0] <= 39
    assert 120 <= waits[1] <= 156
    assert max(waits) <= 6 * 3600 * 1.3
    assert sum(waits) >= 24 * 3600
    assert len(post.wire.log) == ATTEMPTS


async def test_an_outage_rests_the_channel_instead_of_failing_everybody(local: Callable[..., Post]) -> None:
    post = local(Wire(rate=100))
    for number in range(50):
        await post.queue(await post.account(f"user{number}"))
    post.wire.faults = [ChannelUnavailable("503")] * 50
    running = asyncio.create_task(post.outbox.run())
    await asyncio.sleep(0.8)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(post.wire.log) < 20
    states = {row.state for row in await post.rows()}
    assert states == {DeliveryState.QUEUED}


@pytest.mark.parametrize(
    ("fault", "state", "key"),
    [
        (ContactGone("403", "blocked"), DeliveryState.FAILED, "contact_gone"),
        (WindowClosed("-217"), DeliveryState.FAILED, "window_closed"),
        (Rejected("-201", "param"), DeliveryState.FAILED, "rejected"),
        (SendError("x"), DeliveryState.FAILED, "send_failed"),
        (Unclear("timeout"), DeliveryState.UNCLEAR, "unclear"),
        (TimeoutError(), DeliveryState.UNCLEAR, "unclear"),
        (RuntimeError("bug"), DeliveryState.UNCLEAR, "our_fault"),
    ],
)
async def test_other_faults_end_the_delivery(
    local: Callable[..., Post], catalog: Catalog, fault: Exception, state: DeliveryState, key: str
) -> None:
    post = local()
    account = await post.account()
    await post.queue(account)
    post.wire.faults = [fault]
    await post.outbox.drain()
    await post.outbox.drain()
    row = await post.row()
    assert (row.state, row.error_key, len(post.wire.log)) == (state, key, 1)
    assert f"errors.{key}" in catalog.text
    left = (await post.get(Account, account.id)).left_at
    assert (left is not None) == isinstance(fault, ContactGone)


def test_every_error_has_an_operators_sentence(catalog: Catalog) -> None:
    def below(error: type[SendError]) -> set[type[SendError]]:
        return {error}.union(*(below(child) for child in error.__subclasses__()))

    keys = {error.key for error in below(SendError)}
    assert len(keys) >= 8
    for key in keys | {
        "lost_lease",
        "expired",
        "unsubscribed",
        "contact_left",
        "cancelled",
        "acknowledged",
        "our_fault",
    }:
        assert len(catalog.text(f"errors.{key}")) > 20


async def test_platforms_words_are_kept_without_secrets(local: Callable[..., Post]) -> None:
    post = local()
    await post.queue(await post.account())
    post.wire.faults = [Rejected("400", "bad url /bot1234567890:" + "A" * 35 + "/sendMessage for 0905123456")]
    await post.outbox.drain()
    error = (await post.row()).error or ""
    assert error.startswith("400 bad url")
    assert "AAAA" not in error
    assert "0905" not in error


async def test_refused_credentials_stop_the_channel_until_somebody_acts(local: Callable[..., Post]) -> None:
    post = local()
    for number in range(5):
        await post.queue(await post.account(f"user{number}"))
    post.wire.faults = [BadCredentials("-216")] * 200
    await post.outbox.drain()
    tried = len(post.wire.log)
    await post.outbox.drain()
    assert len(post.wire.log) == tried
    assert [rest.reason for rest in await standing_rests(post)] == ["bad_credentials"]
    assert {(row.state, row.attempts) for row in await post.rows()} == {(DeliveryState.QUEUED, 0)}
    post.wire.faults = []
    post.clock.move(timedelta(minutes=11))
    await post.outbox.resume("phone")
    await post.outbox.drain()
    assert await standing_rests(post) == []
    assert {row.state for row in await post.rows()} == {DeliveryState.SENT}


async def test_nothing_is_sent_to_who_left_unsubscribed_ended_or_has_answered(post: Post) -> None:
    left, off, read, stays = [await post.account(name) for name in ("left", "off", "read", "stays")]
    digest = await post.digest()
    for account in (left, off, stays):
        await post.queue(account, kind=DeliveryKind.DIGEST, digest=digest)
    await post.queue(read, kind=DeliveryKind.DIGEST, digest=digest)
    await post.queue(read, kind=DeliveryKind.REMINDER, digest=digest)
    await post.queue(off, kind=DeliveryKind.NOTICE)
    async with post.db.session() as session:
        left.left_at = post.clock.now()
        session.add(left)
        await unsubscribe(session, off.id or 0, post.clock.now())
        answered = (await session.exec(select(Delivery).where(Delivery.key == "k4"))).one()
        advance(answered, DeliveryState.ACKNOWLEDGED, post.clock.now())
        session.add(answered)
        await session.commit()
    await post.outbox.drain()
    assert sorted(post.wire.texts) == ["3", "6"]
    outcomes = {row.key: (row.state.value, row.error_key) for row in await post.rows()}
    assert outcomes == {
        "k1": ("skipped", "contact_left"),
        "k2": ("skipped", "unsubscribed"),
        "k3": ("sent", None),
        "k4": ("acknowledged", None),
        "k5": ("skipped", "acknowledged"),
        "k6": ("sent", None),
    }


async def test_an_officer_who_has_ended_gets_nothing(post: Post) -> None:
    account = await post.account()
    await post.queue(account, kind=DeliveryKind.REMINDER)
    contact = await post.get(Contact, account.contact_id)
    contact.ended_at = post.clock.now()
    await post.save(contact)
    await post.outbox.drain()
    assert ((await post.row()).error_key, post.wire.log) == ("contact_left", [])


async def test_a_digest_is_finished_when_its_last_delivery_is_settled(post: Post) -> None:
    digest = await post.digest()
    for number in range(3):
        await post.queue(await post.account(f"user{number}"), kind=DeliveryKind.DIGEST, digest=digest)
    post.wire.faults = [Rejected("1"), None, ChannelUnavailable("2")]
    await post.outbox.drain()
    assert (await post.get(Digest, digest)).state is DigestState.SENDING
    post.clock.move(timedelta(minutes=1))
    await post.outbox.drain()
    found = await post.get(Digest, digest)
    assert (found.state, found.sent_at) == (DigestState.SENT, post.clock.now())


async def test_a_cancelled_digest_is_not_brought_back_by_a_retry(post: Post) -> None:
    digest = await post.digest()
    await post.queue(await post.account(), kind=DeliveryKind.DIGEST, digest=digest)
    post.wire.faults = [ChannelUnavailable("502")]
    await post.outbox.drain()
    found = await post.get(Digest, digest)
    found.state = DigestState.SENT
    await post.save(found)
    post.clock.move(timedelta(minutes=1))
    await post.outbox.drain()
    row = await post.row()
    assert (row.state, row.error_key, len(post.wire.log)) == (DeliveryState.SKIPPED, "cancelled", 1)


async def test_a_delivery_nobody_could_send_in_time_is_skipped(post: Post) -> None:
    await post.queue(await post.account())
    post.clock.move(LIFETIME + timedelta(minutes=1))
    await post.outbox.drain()
    assert ((await post.row()).error_key, post.wire.log) == ("expired", [])


async def test_a_reminder_is_not_retried_after_hours(post: Post, catalog: Catalog) -> None:
    """Friday 16:59:50, local time: thirty seconds later it would be too late."""
    post.clock.moment = datetime(2024, 11, 15, 9, 59, 50, tzinfo=UTC)
    await post.queue(await post.account(), kind=DeliveryKind.REMINDER)
    post.wire.faults = [ChannelUnavailable("502")]
    await Outbox(post.db, {post.wire.name: post.wire}, post.clock, working_time(catalog)).drain()
    assert (await post.row()).due_at == datetime(2024, 11, 18, 0, 30, tzinfo=UTC)


async def test_an_answer_that_comes_while_the_platform_still_answers_is_kept(post: Post) -> None:
    digest = await post.digest()
    await post.queue(await post.account(), kind=DeliveryKind.DIGEST, digest=digest)

    async def tapped() -> None:
        async with post.db.session() as session:
            row = (await session.exec(select(Delivery))).one()
            advance(row, DeliveryState.ACKNOWLEDGED, post.clock.now())
            session.add(row)
            await session.commit()

    post.wire.during = tapped
    await post.outbox.drain()
    row = await post.row()
    assert (row.state, row.provider_id) == (DeliveryState.ACKNOWLEDGED, "m1")
    assert row.acknowledged_at is not None
    assert row.sent_at is not None


async def test_receipts_only_move_forward(post: Post) -> None:
    account = await post.account()
    await post.queue(account)
    await post.outbox.drain()
    for seen in (True, False):
        async with post.db.session() as session:
            assert await settle_receipt(session, "m1", account.address, seen, post.clock.now())
            assert not await settle_receipt(session, "m1", "phone:other", seen, post.clock.now())
            await session.commit()
        assert (await post.row()).state is DeliveryState.SEEN


async def test_what_a_dead_process_was_sending_becomes_unclear_and_a_success_still_counts(post: Post) -> None:
    await post.queue(await post.account())

    async def lost() -> None:
        post.clock.move(timedelta(minutes=3))
        async with post.db.session() as session:
            assert await abandon_lost_leases(session, post.clock.now()) == 1
            await session.commit()
        assert (await post.row()).state is DeliveryState.UNCLEAR

    post.wire.during = lost
    await post.outbox.drain()
    row = await post.row()
    assert (row.state, row.error_key, row.lease_until) == (DeliveryState.SENT, None, None)


async def test_closing_lets_a_send_arrive_and_puts_the_rest_back(local: Callable[..., Post]) -> None:
    post = local(Wire(rate=10, takes=0.3))
    for number in range(5):
        await post.queue(await post.account(f"user{number}"))
    running = asyncio.create_task(post.outbox.run())
    while not post.wire.log:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    rows = await post.rows()
    sent = [row for row in rows if row.state is DeliveryState.SENT]
    assert len(sent) == len(post.wire.log) >= 1
    assert {(row.state, row.attempts) for row in rows if row not in sent} == {(DeliveryState.QUEUED, 0)}


async def test_a_running_outbox_wakes_for_new_work_and_outlives_a_broken_database(
    local: Callable[..., Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    post = local()
    account = await post.account()
    broken = [True]
    opened = post.db.session

    def sometimes() -> Any:
        if broken:
            broken.pop()
            raise OSError("database is away")
        return opened()

    monkeypatch.setattr(post.db, "session", sometimes)
    running = asyncio.create_task(post.outbox.run())
    await asyncio.sleep(0.05)
    await post.queue(account)
    async with asyncio.timeout(3):
        while not post.wire.log:
            post.outbox.wake()
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert post.wire.texts == ["1"]


async def test_outcomes_are_counted(local: Callable[..., Post]) -> None:
    def counted(state: str) -> float:
        return REGISTRY.get_sample_value("loa_deliveries_total", {"channel": "phone", "state": state}) or 0.0

    post = local()
    account = await post.account()
    await post.queue(account, 2)
    before = (counted("sent"), counted("failed"))
    post.wire.faults = [Rejected("1")]
    await post.outbox.drain()
    assert (counted("sent"), counted("failed")) == (before[0] + 1, before[1] + 1)


async def test_claims_never_exceed_what_is_asked_for(post: Post) -> None:
    for number in range(12):
        await post.queue(await post.account(f"user{number}"))
    taken: list[int] = []

    async def claim() -> None:
        async with post.db.session() as session:
            rows = await claim_deliveries(session, post.clock.now(), 3, ["phone"])
            assert len(rows) <= 3
            await session.commit()
            taken.extend(row.id or 0 for row in rows)

    await asyncio.gather(*(claim() for _ in range(5)))
    while len(taken) < 12:
        await claim()
    assert sorted(taken) == sorted(set(taken))


async def test_a_claim_lasts_as_long_as_its_lease_and_then_its_fate_is_unknown(post: Post) -> None:
    await post.queue(await post.account())
    begun = post.clock.now()

    async def another_looks() -> tuple[int, int]:
        async with post.db.session() as session:
            lost = await abandon_lost_leases(session, post.clock.now())
            taken = await claim_deliveries(session, post.clock.now(), 9, ["phone"])
            await session.commit()
        return lost, len(taken)

    assert await another_looks() == (0, 1)
    post.clock.moment = begun + LEASE
    assert await another_looks() == (0, 0), "still the first one's"
    post.clock.moment = begun + LEASE + timedelta(milliseconds=1)
    assert await another_looks() == (1, 0), "expired, and nobody sends it again by itself"
    row = await post.row()
    assert (row.state, row.error_key, row.lease_until) == (DeliveryState.UNCLEAR, "lost_lease", None)


def _start(url: str, journal: Path, shift: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.outbox_process", url, journal, str(shift), "40"], cwd=ROOT)


def _lines(journal: Path) -> list[str]:
    return journal.read_text().split() if journal.exists() else []


async def test_killed_in_the_middle_it_loses_nothing_and_repeats_nothing(
    database: Database, clock: TestClock, tmp_path: Path
) -> None:
    """kill -9 at any point, of the only worker and of one of two: each message is sent at most once, and one whose
    fate is unknown says so."""
    clock.moment = Clock().now()
    journal, total = tmp_path / "journal", 160
    post = Post(database, clock)
    for number in range(total):
        await post.queue(await post.account(f"user{number}"))
    shift = 1.0
    for goal, workers in ((20, 1), (60, 2)):
        first, *others = [_start(database.url, journal, shift) for _ in range(workers)]
        try:
            async with asyncio.timeout(40):
                while len(_lines(journal)) < goal:
                    assert first.poll() is None
                    await asyncio.sleep(0.01)
        finally:
            first.kill()
            first.wait()
        for process in others:
            assert await asyncio.to_thread(process.wait, 60) == 0
        shift += 180  # the next process starts after the lease has run out
    assert await asyncio.to_thread(_start(database.url, journal, shift).wait, 60) == 0
    rows, arrived = await post.rows(), _lines(journal)
    assert len(arrived) == len(set(arrived)), "a message was sent twice"
    assert {row.state for row in rows} <= {DeliveryState.SENT, DeliveryState.UNCLEAR}
    known = {str(row.reply["text"]) for row in rows if row.state is DeliveryState.SENT}
    unclear = {str(row.reply["text"]) for row in rows if row.state is DeliveryState.UNCLEAR}
    assert known <= set(arrived) <= known | unclear
    assert len(known) + len(unclear) == total
    assert 1 <= len(unclear) <= 2 * 40, "as many as two crashes can leave in flight, and no more"
    assert {row.error_key for row in rows if row.state is DeliveryState.UNCLEAR} == {"lost_lease"}
