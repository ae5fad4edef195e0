"""What becomes of a delivery: sent, skipped, finished with its digest, answered meanwhile, given up for lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.channels.base import Arrival
from bot.errors import ChannelUnavailable, ContactGone, Rejected
from bot.inbox import Inbox
from bot.lane import LIFETIME
from bot.metrics import REGISTRY
from bot.outbox import Outbox
from content.catalog import Catalog
from handlers.desk import Desk
from handlers.messages import Address, Reply
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
from storage.dispatch import abandon_lost_leases
from tests.handlers.talk import Known
from tests.outbox.post import Post, standing_rests
from tests.people import Phones


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


class Blocked(Phones):
    """Some have blocked the bot or deleted their account."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: dict[str, ContactGone] = {}
        self.asked: list[str] = []

    async def send(self, address: Address, reply: Reply) -> str:
        self.asked.append(address.user_id)
        if address.user_id in self.gone:
            raise self.gone[address.user_id]
        return await super().send(address, reply)


async def test_who_blocked_the_bot_is_asked_once_and_again_when_they_write(post: Post, catalog: Catalog) -> None:
    """One in ten: no outage, no retries, a reason for each; whoever writes again is reached again."""
    phones = Blocked()
    channels = {phones.name: phones}
    await post.queue_many(40)
    for number, told in (
        (7, "403 Forbidden: bot was blocked by the user"),
        (17, "403 Forbidden: user is deactivated"),
        (27, "400 Bad Request: chat not found"),
        (37, "403 Forbidden: bot was blocked by the user"),
    ):
        phones.gone[f"person{number}"] = ContactGone(*told.split(" ", 1))
    await Outbox(post.db, channels, post.clock).drain()
    assert len(phones.asked) == len(set(phones.asked)) == 40
    assert await standing_rests(post) == []
    rows = {row.address.removeprefix("phone:"): row for row in await post.rows()}
    failed = {user: row for user, row in rows.items() if row.state is DeliveryState.FAILED}
    assert {user: (row.error_key, row.error) for user, row in failed.items()} == {
        user: ("contact_gone", str(gone)) for user, gone in phones.gone.items()
    }
    assert {row.state for user, row in rows.items() if user not in failed} == {DeliveryState.SENT}
    back, away = [await post.get(Account, rows[user].account_id) for user in ("person7", "person17")]
    assert None not in (back.left_at, away.left_at)
    phones.gone.clear()
    inbox = Inbox(post.db, channels, Desk(catalog, Known()), catalog, post.clock)
    written = {"id": "1", "user": "person7", "kind": "text", "text": "xin chào"}
    await inbox.accept(phones.name, Arrival("1", json.dumps(written)))
    await inbox.drain()
    await inbox.close()
    phones.asked.clear()
    await post.queue(back)
    await post.queue(away)
    await Outbox(post.db, channels, post.clock).drain()
    assert phones.asked == ["person7"]
    *_, skipped = await post.rows()
    assert (skipped.state, skipped.error_key) == (DeliveryState.SKIPPED, "contact_left")


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


@pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1)], ids=["ahead", "back"])
async def test_a_clock_that_jumps_while_messages_leave_sends_none_of_them_twice(post: Post, jump: timedelta) -> None:
    """Leases run out or will not; another process looks for what it could take."""
    await post.queue_many(30)
    other = Database(post.db.url)
    jumped: list[bool] = []

    async def jumps() -> None:
        if not jumped:
            jumped.append(True)
            post.clock.move(jump)
            async with other.session() as session:
                await abandon_lost_leases(session, post.clock.now())
                await session.commit()

    post.wire.during = jumps
    await asyncio.gather(post.outbox.drain(), Outbox(other, {"phone": post.wire}, post.clock).drain())
    post.clock.move(timedelta(hours=1))
    await post.outbox.drain()
    assert sorted(post.wire.texts, key=int) == [str(number) for number in range(1, 31)]
    assert {row.state for row in await post.rows()} == {DeliveryState.SENT}
    await other.close()


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
