"""Sending in order: one person's messages one after the other, people beside each other, outboxes sharing the work."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.outbox import Outbox
from storage.database import Database
from storage.digests import (
    DeliveryState,
)
from tests.outbox.post import Post


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
