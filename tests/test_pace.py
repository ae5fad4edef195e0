"""One pace a channel: answers first, a person at a time, and what a platform's "too many" does to all of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise

import pytest

from bot import pace as pace_module
from bot.channels.base import Arrival, Capabilities
from bot.errors import Throttled
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.pace import Pace, Paces
from content.catalog import Catalog
from handlers.desk import Desk
from handlers.messages import Address, Reply
from storage.database import Database
from storage.digests import DeliveryState
from tests.conftest import TestClock
from tests.handlers.talk import Known
from tests.people import Phones
from tests.post import Post, Wire

Turns = list[tuple[float, str]]


def paced(rate: float, **more: float) -> Pace:
    return Pace(Capabilities(text_limit=2000, buttons=5, button_label=60, sends_per_second=rate, **more))  # type: ignore[arg-type]


async def taken(pace: Pace, turns: Turns, address: str, name: str, first: bool = False) -> None:
    if await pace.turn(address, first):
        turns.append((asyncio.get_running_loop().time(), name))


async def test_an_answer_waits_for_one_message_of_a_broadcast_and_takes_its_place() -> None:
    pace, turns = paced(50), Turns()
    async with asyncio.TaskGroup() as group:
        for number in range(12):
            group.create_task(taken(pace, turns, f"phone:{number}", "bulk"))
        while len(turns) < 3:
            await asyncio.sleep(0.001)
        before = len(turns)
        for number in range(3):
            group.create_task(taken(pace, turns, f"phone:asks{number}", "answer", first=True))
    names = [name for _, name in turns]
    places = [place for place, name in enumerate(names) if name == "answer"]
    assert places[0] <= before + 1
    assert places == list(range(places[0], places[0] + 3)), "one after the other, before the rest of the broadcast"
    assert turns[-1][0] - turns[0][0] >= 14 * 0.019, "one rate for both"


async def test_a_person_gets_one_message_a_second_in_order_and_nobody_waits_for_that() -> None:
    """Three replies one after the other, the digest, and others' digests; a second of the platform lasts 0.6 here."""
    pace, turns = paced(100, chat_seconds=0.6), Turns()

    async def replies() -> None:
        for number in range(3):
            await taken(pace, turns, "phone:an", f"reply {number}", first=True)

    async with asyncio.TaskGroup() as group:
        group.create_task(replies())
        group.create_task(taken(pace, turns, "phone:an", "digest"))
        for number in range(5):
            group.create_task(taken(pace, turns, f"phone:{number}", "other"))
    mine = [(moment, name) for moment, name in turns if name != "other"]
    assert min(later - earlier for (earlier, _), (later, _) in pairwise(mine)) >= 0.55
    assert [name for _, name in mine if name != "digest"] == [f"reply {number}" for number in range(3)]
    assert [name for _, name in turns[1:6]] == ["other"] * 5, "all the others before the second message"


async def test_a_group_has_a_gap_of_its_own() -> None:
    pace = paced(100, chat_seconds=0.05, group_seconds=0.4)
    pace._can = replace(pace._can, group_mark="-")
    turns = Turns()
    for address in ("phone:-7", "phone:-7", "phone:7", "phone:7"):
        await taken(pace, turns, address, address)
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(turns)]
    assert gaps[0] >= 0.35
    assert gaps[2] >= 0.03


async def test_a_complaint_about_one_chat_stops_only_that_chat() -> None:
    pace, turns = paced(100), Turns()
    pace.refused("phone:an", Throttled(0.6, chat_only=True))
    begun = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        group.create_task(taken(pace, turns, "phone:an", "an"))
        for number in range(5):
            group.create_task(taken(pace, turns, f"phone:{number}", "other"))
    assert [name for _, name in turns] == ["other"] * 5 + ["an"]
    assert turns[-1][0] >= begun + 0.6
    assert pace.share == 1.0, "the rate was not the matter"


async def test_too_many_stops_answers_and_broadcast_and_the_rate_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "RECOVERY", 1.0)
    pace, turns = paced(50), Turns()
    begun = asyncio.get_running_loop().time()
    for _ in range(3):  # several sends are told at once
        pace.refused("phone:an", Throttled(0.3))
    assert pace.share == pytest.approx(0.7), "one complaint, not three"
    assert not await pace.turn("phone:an"), "a broadcast is not held in memory meanwhile"
    await taken(pace, turns, "phone:an", "answer", first=True)
    assert turns[0][0] >= begun + 0.3
    assert pace.share < 1.0
    for number in range(30):
        await taken(pace, turns, f"phone:{number}", "bulk")
    assert pace.share == 1.0


async def test_an_answer_does_not_wait_for_a_long_rest() -> None:
    pace = paced(50)
    waiting = asyncio.create_task(pace.turn("phone:an", first=True)), asyncio.create_task(pace.turn("phone:binh"))
    pace.take_rest(0.2)
    await asyncio.sleep(0)
    pace.take_rest(600)
    assert not await pace.turn("phone:chi", first=True)
    async with asyncio.timeout(2):
        assert True not in (await asyncio.gather(*waiting))[1:]


class Strict(Phones):
    """A platform of 25 messages a second that notes when each came."""

    capabilities = replace(Phones.capabilities, sends_per_second=25)

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[float, str]] = []

    async def send(self, address: Address, reply: Reply) -> str:
        self.log.append((asyncio.get_running_loop().time(), address.user_id))
        return await super().send(address, reply)


@pytest.fixture
async def db(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    yield database
    await database.close()


async def test_a_citizen_is_answered_in_the_middle_of_a_broadcast(
    db: Database, clock: TestClock, catalog: Catalog
) -> None:
    post, strict = Post(db, clock), Strict()
    for number in range(40):
        await post.queue(await post.account(f"user{number}"))
    channels = {strict.name: strict}
    paces = Paces(channels)
    outbox = Outbox(db, channels, clock, paces=paces)
    inbox = Inbox(db, channels, Desk(catalog, Known()), catalog, clock, None, paces)
    sending = asyncio.create_task(outbox.drain())
    while len(strict.log) < 5:
        await asyncio.sleep(0.005)
    asked = {"id": "1", "user": "citizen", "kind": "text", "text": "xin chào"}
    await inbox.accept(strict.name, Arrival("1", json.dumps(asked)))
    await sending
    await inbox.close()
    people = [user for _, user in strict.log]
    assert people.index("citizen") < 30
    assert strict.log[-1][0] - strict.log[0][0] >= 40 * 0.038, "both at one pace"
    assert {row.state for row in await post.rows()} == {DeliveryState.SENT}


async def test_a_throttled_broadcast_is_all_sent_once_and_little_later(db: Database, clock: TestClock) -> None:
    wire = Wire(rate=100, takes=0.01)
    post = Post(db, clock, wire)
    for number in range(60):
        await post.queue(await post.account(f"user{number}"))
    wire.faults = [*[None] * 20, Throttled(0.4, "429", "Too Many Requests")]
    await post.outbox.drain()
    refused = wire.log[20]
    after = [(moment, text) for moment, _, text in wire.log if moment >= refused[0] + 0.4]
    assert len(wire.log) == 61, "only the refused one again"
    assert len(after) >= 60 - 20 - 3, "nothing left while the channel rested, but for what was on the wire"
    assert refused[2] in {text for _, text in after}
    assert {(row.state, row.attempts) for row in await post.rows()} == {(DeliveryState.SENT, 1)}
