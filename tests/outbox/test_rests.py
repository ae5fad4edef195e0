"""A platform that says "too many", or refuses the credentials, rests the whole channel, across restarts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlmodel import select

from bot.channels.base import Arrival
from bot.errors import (
    BadCredentials,
    Throttled,
)
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.pace import Paces
from content.catalog import Catalog
from handlers.desk import Desk
from handlers.digests import progress
from handlers.working_time import working_time
from storage.database import Database
from storage.digests import DeliveryKind, DeliveryState, Digest
from storage.updates import InboundUpdate, UpdateState
from tests.conftest import TestClock
from tests.handlers.talk import Known
from tests.outbox.post import Post, Wire, standing_rests
from tests.people import Phones
from tests.timeless import the_loop, timeless


@timeless
async def test_being_throttled_rests_the_whole_channel_and_costs_no_attempt(sqlite_url: str, clock: TestClock) -> None:
    slow, other = Wire("zalo", rate=50, takes=0.01), Wire("phone", rate=50)
    db = Database(sqlite_url)
    post = Post(db, clock, slow, other)
    for number in range(4):
        await post.queue(await post.account(f"z{number}", "zalo"))
    await post.queue(await post.account("p"))
    slow.faults = [Throttled(0.4, "429", "slow down")]
    began = the_loop().time()
    await post.outbox.drain()
    on_the_wire = [text for moment, _, text in slow.log if moment < began + 0.4]
    assert on_the_wire[0] == "1"
    assert len(on_the_wire) <= 2, "but for what had left, nothing leaves while the channel rests"
    assert sorted(slow.texts) == ["1", "1", "2", "3", "4"]
    assert other.log[0][0] < slow.log[-4][0], "another channel does not rest"
    assert {(row.state, row.attempts) for row in await post.rows()} == {(DeliveryState.SENT, 1)}
    await db.close()


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


async def test_hours_of_rest_outlive_the_process_are_told_and_stop_no_update(
    post: Post, clock: TestClock, catalog: Catalog
) -> None:
    """As long a pause as Telegram was ever seen to ask for."""
    digest = await post.digest()
    for number in range(3):
        await post.queue(await post.account(f"user{number}"), kind=DeliveryKind.DIGEST, digest=digest)
    post.wire.faults = [Throttled(10_072)]
    post.wire.capabilities = replace(post.wire.capabilities, sends_per_second=50)
    await post.outbox.drain()
    until = clock.now() + timedelta(seconds=10_072)
    reborn, phones = Database(post.db.url), Phones()
    channels = {phones.name: phones}
    paces = Paces(channels)
    outbox = Outbox(reborn, channels, clock, paces=paces)
    await outbox.drain()
    async with reborn.reading() as db:
        stands = await progress(db, await db.get_one(Digest, digest), clock.now(), working_time(catalog))
    assert (stands.held, stands.waiting) == ("rest", 3)
    assert stands.held_until is not None
    assert until <= stands.held_until <= until + timedelta(seconds=1008)
    inbox = Inbox(reborn, channels, Desk(catalog, Known()), catalog, clock, None, paces)
    asked = {"id": "1", "user": "an", "kind": "text", "text": "xin chào"}
    await inbox.accept(phones.name, Arrival("1", json.dumps(asked)))
    await inbox.drain()
    await inbox.close()
    assert dict(phones.inbox) == {}, "nothing leaves"
    async with reborn.reading() as db:
        [update] = (await db.exec(select(InboundUpdate))).all()
    assert (update.external_id, update.state) == ("1", UpdateState.HANDLED)
    clock.moment = stands.held_until + timedelta(seconds=1)
    again = Outbox(reborn, channels, clock)
    await again.drain()
    assert sorted(phones.inbox) == ["user0", "user1", "user2"]
    assert {(row.state, row.attempts) for row in await post.rows()} == {(DeliveryState.SENT, 1)}
    await reborn.close()


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
