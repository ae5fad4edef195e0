"""A digest on its way, steered by people on both engines: paused, resumed, cancelled, sent again, never the same twice
without a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.outbox import Outbox
from content.catalog import Catalog
from handlers import digests
from handlers.digests import Again, DigestError, Reach, Stopped
from handlers.digests.causes import Remedy
from handlers.messages import Address, Reply
from handlers.working_time import working_time
from storage.database import Database
from storage.digests import DeliveryKind, DeliveryState, DigestState, settle_receipt
from storage.dispatch import Claimed, Settlement, claim_deliveries, settle
from tests.conftest import TestClock
from tests.digests.province import Small
from tests.people import Phones
from tests.timeless import timeless

SEEN = ["phone"]
SENT, DELIVERED, SEEN_STATE = DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.SEEN


async def settled(small: Small, clock: TestClock, *states: DeliveryState) -> list[Claimed]:
    """Claim as many as there are states and let each come to its own."""
    async with small.db.session() as db:
        claimed = await claim_deliveries(db, clock.now(), len(states), "phone")
        found = [
            Settlement(one.id, state, f"m{one.id}", "rejected") for one, state in zip(claimed, states, strict=True)
        ]
        await settle(db, found, clock.now())
        await digests.finish_sent(db, clock.now())
        await db.commit()
    return claimed


async def again(small: Small, clock: TestClock, digest_id: int, verb: Again, same: bool = False) -> int:
    async with small.db.session() as db:
        count = await digests.send_again(db, small.catalog, digest_id, verb, SEEN, "bientap", clock.now(), same)
        await db.commit()
    return count


async def reach_of(small: Small, clock: TestClock, digest_id: int, verb: Again) -> Reach:
    async with small.db.reading() as db:
        return await digests.reach_of(db, digest_id, verb, SEEN, clock.now())


@pytest.fixture
async def sent_to_four(small: Small, clock: TestClock) -> int:
    """A digest one officer has seen, one has on the device, one has been sent and one could not be sent."""
    for _ in range(4):
        await small.officer("so_y_te", clock.now())
    digest_id = await small.sending(clock.now())
    claimed = await settled(small, clock, SENT, SENT, SENT, DeliveryState.FAILED)
    async with small.db.session() as db:
        assert await settle_receipt(db, f"m{claimed[0].id}", claimed[0].address, True, clock.now())
        assert await settle_receipt(db, f"m{claimed[1].id}", claimed[1].address, False, clock.now())
        await db.commit()
    return digest_id


async def test_a_paused_digest_keeps_still_and_goes_on_where_it_was(small: Small, clock: TestClock) -> None:
    for _ in range(3):
        await small.officer("so_y_te", clock.now())
    digest_id = await small.sending(clock.now())
    await settled(small, clock, SENT)
    async with small.db.session() as db:
        assert await digests.pause(db, small.catalog, digest_id, "duyet", clock.now()) == 2
        await db.commit()
    phones = Phones()
    outbox = Outbox(small.db, {phones.name: phones}, clock)
    await outbox.drain()
    assert dict(phones.inbox) == {}
    async with small.db.reading() as db:
        stands = await digests.progress(db, await small.digest(digest_id), clock.now(), working_time(small.catalog))
    assert (stands.total, stands.done, stands.waiting, stands.held) == (3, 1, 2, "paused")
    clock.move(timedelta(days=5))
    async with small.db.session() as db:
        assert await digests.resume(db, small.catalog, digest_id, "duyet", clock.now()) == 2
        await db.commit()
    await outbox.drain()
    assert {row.state for row in await small.deliveries()} == {SENT}, "being paused made nothing too old"
    assert (await small.digest(digest_id)).state is DigestState.SENT


async def test_cancelling_a_paused_digest_counts_exactly(small: Small, clock: TestClock) -> None:
    for _ in range(5):
        await small.officer("so_y_te", clock.now())
    digest_id = await small.sending(clock.now())
    await settled(small, clock, SENT, DeliveryState.FAILED)
    async with small.db.session() as db:
        await claim_deliveries(db, clock.now(), 1, "phone")
        await digests.pause(db, small.catalog, digest_id, "duyet", clock.now())
        stopped = await digests.cancel(db, small.catalog, digest_id, "duyet", clock.now())
        await db.commit()
    assert stopped == Stopped(skipped=2, arrived=1, underway=1)
    digest = await small.digest(digest_id)
    assert (digest.state, digest.paused_at) == (DigestState.SENT, None)
    phones = Phones()
    await Outbox(small.db, {phones.name: phones}, clock).drain()
    assert dict(phones.inbox) == {}


class Interrupted(Phones):
    """Somebody does something when the middle of a broadcast has arrived."""

    def __init__(self, after: int, does: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.capabilities = replace(self.capabilities, sends_per_second=40)
        self._after, self._does = after, does

    async def send(self, address: Address, reply: Reply) -> str:
        sent = await super().send(address, reply)
        self._after -= 1
        if not self._after:
            await self._does()
        return sent


@timeless
async def test_cancelled_in_the_middle_only_what_was_in_hand_still_leaves(
    database_url: str, catalog: Catalog, clock: TestClock
) -> None:
    small, total, half = Small(Database(database_url), catalog), 60, 30
    await small.build(clock.now())
    contact = (await small.officer("so_y_te", clock.now())).contact_id
    for _ in range(total - 1):
        await small.officer("so_y_te", clock.now(), contact_id=contact)
    digest_id = await small.sending(clock.now())
    told: list[Stopped] = []

    async def cancels() -> None:
        async with small.db.session() as db:
            told.append(await digests.cancel(db, small.catalog, digest_id, "duyet", clock.now()))
            await db.commit()

    phones = Interrupted(half, cancels)
    await Outbox(small.db, {phones.name: phones}, clock).drain()
    [stopped] = told
    assert stopped.skipped + stopped.arrived + stopped.underway == total, "every one of them is counted"
    arrived = len(phones.inbox)
    assert half <= arrived == stopped.arrived + stopped.underway
    assert arrived <= half + 20, "half a second's worth was in hand"
    rows = await small.deliveries()
    assert Counter(row.state for row in rows) == {SENT: arrived, DeliveryState.SKIPPED: stopped.skipped}
    assert {row.error_key for row in rows if row.state is not SENT} == {"cancelled"}
    assert (await small.digest(digest_id)).state is DigestState.SENT
    await small.db.close()


async def test_what_failed_is_tried_again_once(small: Small, clock: TestClock, sent_to_four: int) -> None:
    assert await reach_of(small, clock, sent_to_four, Again.FAILED) == Reach(1)
    assert await again(small, clock, sent_to_four, Again.FAILED) == 1
    assert await again(small, clock, sent_to_four, Again.FAILED) == 0
    (queued,) = await small.deliveries(state=DeliveryState.QUEUED)
    assert (queued.kind, queued.attempts, queued.error_key) == (DeliveryKind.DIGEST, 0, None)
    assert (await small.digest(sent_to_four)).state is DigestState.SENDING


async def test_repeats_reach_the_right_people_once_a_day(small: Small, clock: TestClock, sent_to_four: int) -> None:
    assert await reach_of(small, clock, sent_to_four, Again.UNSEEN) == Reach(2, 2)
    assert await reach_of(small, clock, sent_to_four, Again.UNACKNOWLEDGED) == Reach(3, 3)
    assert await again(small, clock, sent_to_four, Again.UNSEEN) == 0, "they were sent the same words just now"
    clock.move(timedelta(days=2))
    assert await reach_of(small, clock, sent_to_four, Again.UNSEEN) == Reach(2, 0)
    assert await again(small, clock, sent_to_four, Again.UNSEEN) == 2
    assert await again(small, clock, sent_to_four, Again.UNSEEN) == 0
    assert await again(small, clock, sent_to_four, Again.UNACKNOWLEDGED) == 1, "the two others have one on the way"
    phones = Phones()
    await Outbox(small.db, {phones.name: phones}, clock).drain()
    assert sorted(len(replies) for replies in phones.inbox.values()) == [1, 1, 1]
    assert (await small.digest(sent_to_four)).state is DigestState.SENT


async def test_who_insists_reaches_also_those_just_written_to(
    small: Small, clock: TestClock, sent_to_four: int
) -> None:
    assert await again(small, clock, sent_to_four, Again.UNACKNOWLEDGED, same=True) == 3
    assert await again(small, clock, sent_to_four, Again.UNACKNOWLEDGED, same=True) == 0, "a second click"


async def test_a_repeat_that_is_seen_settles_the_first(small: Small, clock: TestClock, sent_to_four: int) -> None:
    clock.move(timedelta(days=2))
    assert await again(small, clock, sent_to_four, Again.UNSEEN) == 2
    claimed = await settled(small, clock, SENT, SENT)
    async with small.db.session() as db:
        assert await settle_receipt(db, f"m{claimed[0].id}", claimed[0].address, True, clock.now())
        await db.commit()
    mine = [row for row in await small.deliveries() if row.account_id == claimed[0].account_id]
    assert {(row.kind, row.state) for row in mine} == {
        (DeliveryKind.DIGEST, SEEN_STATE),
        (DeliveryKind.REPEAT, SEEN_STATE),
    }
    assert await reach_of(small, clock, sent_to_four, Again.UNSEEN) == Reach(1, 1)


async def test_the_same_words_twice_want_an_explicit_yes(small: Small, clock: TestClock, sent_to_four: int) -> None:
    async def once_more(db: AsyncSession, same: bool) -> int:
        digest = await small.digest(sent_to_four)
        digest.state = DigestState.APPROVED
        db.add(digest)
        await db.flush()
        for row in await small.deliveries():
            row.key = f"earlier:{row.id}"
            db.add(row)
        await db.flush()
        return await digests.start_sending(db, small.catalog, sent_to_four, "duyet", clock.now(), same)

    async with small.db.session() as db:
        with pytest.raises(DigestError) as refusal:
            await once_more(db, False)
        await db.rollback()
    assert (refusal.value.reason, refusal.value.params["count"]) == ("same_content", 3)
    async with small.db.session() as db:
        assert await once_more(db, True) == 4
        await db.commit()


async def test_progress_tells_rate_end_and_what_is_waited_for(small: Small, clock: TestClock) -> None:
    for _ in range(6):
        await small.officer("so_y_te", clock.now())
    digest_id = await small.sending(clock.now())
    await settled(small, clock, SENT, SENT)
    clock.move(timedelta(seconds=10))
    working = working_time(small.catalog)
    async with small.db.reading() as db:
        digest = await small.digest(digest_id)
        stands = await digests.progress(db, digest, clock.now(), working)
        night = await digests.progress(db, digest, clock.now() + timedelta(hours=16), working)
    assert (stands.percent, stands.per_minute, stands.held) == (33, 12.0, "")
    assert stands.ends_at == clock.now() + timedelta(seconds=20)
    assert stands.soon
    assert (night.held, night.ends_at) == ("quiet", None)
    assert night.held_until is not None
    assert night.held_until > clock.now() + timedelta(hours=16)


async def test_the_end_is_that_of_the_slowest_channel(small: Small, clock: TestClock) -> None:
    for channel in ("phone", "phone", "zalo", "zalo", "zalo"):
        await small.officer("so_y_te", clock.now(), channel=channel)
    digest_id = await small.sending(clock.now())
    async with small.db.session() as db:
        rows = await small.deliveries()
        for row in [one for one in rows if one.channel == "phone"] + [one for one in rows if one.channel == "zalo"][:1]:
            row.state, row.sent_at = SENT, clock.now()
            db.add(row)
        await db.commit()
    clock.move(timedelta(seconds=40))
    async with small.db.reading() as db:
        stands = await digests.progress(db, await small.digest(digest_id), clock.now(), working_time(small.catalog))
    assert (stands.per_minute, stands.soon) == (1.5, False), "what is through already tells nothing of the rest"
    assert stands.ends_at == clock.now() + timedelta(seconds=80)


async def test_at_night_only_what_is_urgent_leaves(small: Small, clock: TestClock) -> None:
    clock.move(timedelta(hours=15, minutes=30))  # 22:30
    await small.officer("so_y_te", clock.now())
    await small.sending(clock.now())
    phones = Phones()
    outbox = Outbox(small.db, {phones.name: phones}, clock, working_time(small.catalog))
    await outbox.drain()
    assert dict(phones.inbox) == {}
    (row,) = await small.deliveries()
    async with small.db.session() as db:
        row.rank = 0
        db.add(row)
        await db.commit()
    await outbox.drain()
    assert len(phones.inbox) == 1


async def test_causes_are_counted_with_one_thing_to_do(small: Small, clock: TestClock) -> None:
    for _ in range(4):
        await small.officer("so_y_te", clock.now())
    digest_id = await small.sending(clock.now())
    async with small.db.session() as db:
        claimed = await claim_deliveries(db, clock.now(), 4, "phone")
        keys = ("contact_gone", "contact_gone", "rejected", "unclear")
        states = (DeliveryState.FAILED, DeliveryState.FAILED, DeliveryState.FAILED, DeliveryState.UNCLEAR)
        found = [Settlement(one.id, state, None, key) for one, state, key in zip(claimed, states, keys, strict=True)]
        await settle(db, found, clock.now())
        await db.commit()
    async with small.db.reading() as db:
        causes = await digests.causes(db, small.catalog, digest_id)
    assert (causes[0].count, causes[0].remedy) == (2, Remedy.TELEPHONE)
    assert {(cause.count, cause.remedy) for cause in causes[1:]} == {(1, Remedy.TRY_AGAIN), (1, Remedy.FIND_OUT)}
    assert len({cause.words for cause in causes}) == 3
