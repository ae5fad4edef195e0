"""What becomes of a delivery: sent, skipped, finished with its digest, answered meanwhile, given up for lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlmodel import select

from bot.errors import (
    ChannelUnavailable,
    Rejected,
)
from bot.lane import LIFETIME
from bot.metrics import REGISTRY
from storage.contacts import Contact, unsubscribe
from storage.digests import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Digest,
    DigestState,
    advance,
    settle_receipt,
)
from storage.dispatch import abandon_lost_leases
from tests.outbox.post import Post


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
