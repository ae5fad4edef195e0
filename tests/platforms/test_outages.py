"""A platform fails in the middle of a broadcast: what surely did not leave goes later, what may have arrived is never
sent again, and nobody is given up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.channels.base import Channel
from bot.channels.telegram.channel import TelegramChannel
from bot.outbox import Outbox
from handlers.messages import Reply
from simulators.telegram import bad_gateway, dropped
from simulators.zalo import Refusal
from storage.contacts import see_account
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import Delivery, DeliveryKind, DeliveryState
from tests.conftest import TestClock
from tests.platforms.conftest import World

MANY, FEW = 24, 2
"""Recipients; so few of them fail that the channel need not rest, which takes real seconds."""
PATIENCE = 30.0


@pytest.fixture
def paced() -> bool:
    return False


async def broadcast(world: World, people: list[Any]) -> None:
    """One message waits for everybody."""
    now = world.loa.clock.now()
    async with world.loa.db.session() as db:
        rows = []
        for number, person in enumerate(people):
            account = await see_account(db, person.address, now)
            account.last_interaction_at = now
            rows.append(
                new_delivery(DeliveryKind.NOTICE, f"k{number}", account, Reply(f"Bản tin {number}").to_json(), now)
            )
        await queue_deliveries(db, rows)
        await db.commit()


async def states(world: World) -> set[DeliveryState]:
    async with world.loa.db.reading() as db:
        return {row.state for row in (await db.exec(select(Delivery))).all()}


def on_telegram(world: World) -> list[Any]:
    people = [world.telegram.person(3000 + number, f"Người {number}") for number in range(FEW)]
    for person in people:
        person.started = True
    return people


def on_zalo(world: World) -> list[Any]:
    people = [world.zalo.person(f"Người {number}") for number in range(MANY)]
    for person in people:
        person.follower, person.last_interaction = True, world.loa.clock.now()
    return people


@pytest.mark.parametrize("outage", ["refused", "page"])
async def test_what_did_not_leave_while_telegram_was_away_goes_out_once_when_it_is_back(
    world: World, clock: TestClock, outage: str
) -> None:
    people, loa = on_telegram(world), world.loa
    await broadcast(world, people)
    closed = TelegramChannel(world.telegram.token, "http://127.0.0.1:9", loa.catalog.text, clock, loa.db)
    channel: Channel = closed if outage == "refused" else loa.channels["telegram"]
    world.telegram.standing = bad_gateway()
    tasks = len(asyncio.all_tasks())
    for _ in range(4):
        await Outbox(loa.db, {"telegram": channel}, clock).drain()
        clock.move(timedelta(minutes=3))
        assert len(asyncio.all_tasks()) <= tasks + 4, "work does not pile up"
    await closed.aclose()
    assert await states(world) == {DeliveryState.QUEUED}
    assert not any(person.messages for person in people)
    world.telegram.standing = None
    clock.move(timedelta(hours=6))
    await Outbox(loa.db, {"telegram": loa.channels["telegram"]}, clock).drain()
    assert [[bubble.text for bubble in person.messages] for person in people] == [
        [f"Bản tin {number}"] for number in range(FEW)
    ]
    assert await states(world) == {DeliveryState.SENT}


async def test_what_telegram_took_without_an_answer_is_not_sent_again(world: World, clock: TestClock) -> None:
    people, loa = on_telegram(world), world.loa
    await broadcast(world, people)
    world.telegram.standing = dropped()
    for _ in range(4):
        await Outbox(loa.db, {"telegram": loa.channels["telegram"]}, clock).drain()
        clock.move(timedelta(minutes=3))
    world.telegram.standing = None
    clock.move(timedelta(hours=6))
    await Outbox(loa.db, {"telegram": loa.channels["telegram"]}, clock).drain()
    assert all(len(person.messages) == 1 for person in people)
    assert await states(world) <= {DeliveryState.UNCLEAR, DeliveryState.SENT}


async def test_a_token_that_ends_in_the_middle_costs_no_message(world: World) -> None:
    people = on_zalo(world)
    await broadcast(world, people)
    world.zalo.latency = 0.01
    sending = asyncio.create_task(world.loa.outbox.drain())
    async with asyncio.timeout(PATIENCE):
        while not any(person.messages for person in people):
            await asyncio.sleep(0.001)
    world.zalo.grants.expire_access()
    await sending
    assert all(len(person.messages) == 1 for person in people)
    assert await states(world) <= {DeliveryState.SENT, DeliveryState.DELIVERED}
    assert world.zalo.grants.refreshes == 1


async def test_zalos_own_limit_rests_the_account_and_fails_nobody(world: World, clock: TestClock) -> None:
    people = on_zalo(world)
    await broadcast(world, people)
    clock.move(timedelta(seconds=59.8))  # the minute to wait for is nearly over
    world.zalo.faults += [*[None] * 5, Refusal(-32)]  # type: ignore[list-item]
    await world.loa.outbox.drain()
    assert all(len(person.messages) == 1 for person in people)
    async with world.loa.db.reading() as db:
        rows = (await db.exec(select(Delivery))).all()
    assert {row.state for row in rows} <= {DeliveryState.SENT, DeliveryState.DELIVERED}
    assert {row.attempts for row in rows} == {1}, "being told to wait is no attempt"
