"""One pace a channel: burst-free, answers first, a person at a time, and what a platform's "too many" does to all of
it. Time is the loop's and stands still while anything runs, so every moment is exact."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from itertools import pairwise

import pytest

from bot.channels.base import Arrival, Capabilities
from bot.errors import Throttled
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.pace import MARGIN, Pace, Paces
from content.catalog import Catalog
from handlers.desk import Desk
from storage.database import Database
from storage.digests import DeliveryState
from tests.conftest import TestClock
from tests.handlers.talk import Known
from tests.outbox.post import Post
from tests.people import Phones
from tests.timeless import the_loop, timeless

Turns = list[tuple[float, str]]


def paced(rate: float, **more: float) -> Pace:
    return Pace(Capabilities(text_limit=2000, buttons=5, button_label=60, sends_per_second=rate, **more))  # type: ignore[arg-type]


def gaps(turns: list[tuple[float, str]]) -> list[float]:
    return [later - earlier for (earlier, _), (later, _) in pairwise(turns)]


async def taken(pace: Pace, turns: Turns, address: str, name: str, first: bool = False) -> None:
    if await pace.turn(address, first):
        turns.append((the_loop().time(), name))


@timeless
async def test_turns_are_even_and_lost_time_is_not_caught_up_in_a_burst() -> None:
    """A strict platform counts in every window: 100/s is one each 10 ms, also after the machine was busy."""
    pace, turns = paced(100), Turns()
    gap = 1 / (100 * MARGIN)
    async with asyncio.TaskGroup() as group:
        for number in range(200):
            group.create_task(taken(pace, turns, f"phone:{number}", "bulk"))
        await asyncio.sleep(0.5)
        the_loop().stand_still(0.3)
    assert gaps(turns)[1:45] == pytest.approx([gap] * 44)
    assert min(gaps(turns)) >= gap * 0.93
    assert turns[-1][0] - turns[0][0] == pytest.approx(199 * gap + 0.3, abs=gap)


@timeless
async def test_late_timers_do_not_make_the_rate_fall_behind() -> None:
    """Half a millisecond late each time; and never more than the rate in any second."""
    pace, turns = paced(100), Turns()

    async def late() -> None:
        while len(turns) < 300:
            await asyncio.sleep(0.0103)
            the_loop().stand_still(0.0004)

    async with asyncio.TaskGroup() as group:
        for number in range(300):
            group.create_task(taken(pace, turns, f"phone:{number}", "bulk"))
        group.create_task(late())
    moments = [moment for moment, _ in turns]
    assert 299 / (moments[-1] - moments[0]) >= 100 * 0.93
    assert max(sum(begin <= moment < begin + 1 for moment in moments) for begin in moments) <= 100


@timeless
async def test_an_answer_waits_for_one_message_of_a_broadcast_and_takes_its_place() -> None:
    pace, turns = paced(50), Turns()
    async with asyncio.TaskGroup() as group:
        for number in range(12):
            group.create_task(taken(pace, turns, f"phone:{number}", "bulk"))
        await asyncio.sleep(0.05)
        assert len(turns) == 3
        for number in range(3):
            group.create_task(taken(pace, turns, f"phone:asks{number}", "answer", first=True))
    assert [name for _, name in turns] == ["bulk"] * 3 + ["answer"] * 3 + ["bulk"] * 9
    assert gaps(turns)[1:] == pytest.approx([1 / (50 * MARGIN)] * 13), "one rate for both"


@timeless
async def test_a_person_gets_one_message_a_second_in_order_and_nobody_waits_for_that() -> None:
    """Three replies one after the other, the digest, and others' digests."""
    pace, turns = paced(100, chat_seconds=1.0), Turns()

    async def replies() -> None:
        for number in range(3):
            await taken(pace, turns, "phone:an", f"reply {number}", first=True)

    async with asyncio.TaskGroup() as group:
        group.create_task(replies())
        group.create_task(taken(pace, turns, "phone:an", "digest"))
        for number in range(5):
            group.create_task(taken(pace, turns, f"phone:{number}", "other"))
    mine = [(moment, name) for moment, name in turns if name != "other"]
    assert min(gaps(mine)) >= 1.0
    assert mine[-1][0] - mine[0][0] <= 3.1
    assert [name for _, name in mine if name != "digest"] == [f"reply {number}" for number in range(3)]
    assert [name for _, name in turns[1:6]] == ["other"] * 5, "all the others before the second message"


@timeless
async def test_a_group_has_a_gap_of_its_own() -> None:
    pace = paced(100, chat_seconds=1.0, group_seconds=3.0)
    pace._can = replace(pace._can, group_mark="-")
    turns = Turns()
    for address in ("phone:-7", "phone:-7", "phone:7", "phone:7"):
        await taken(pace, turns, address, address)
    assert gaps(turns) == pytest.approx([3.0, 1 / (100 * MARGIN), 1.0], abs=0.001)


@timeless
async def test_a_complaint_about_one_chat_stops_only_that_chat() -> None:
    pace, turns = paced(100), Turns()
    pace.refused("phone:an", Throttled(0.6, chat_only=True))
    begun = the_loop().time()
    async with asyncio.TaskGroup() as group:
        group.create_task(taken(pace, turns, "phone:an", "an"))
        for number in range(5):
            group.create_task(taken(pace, turns, f"phone:{number}", "other"))
    assert [name for _, name in turns] == ["other"] * 5 + ["an"]
    assert begun + 0.6 <= turns[-1][0] <= begun + 0.7
    assert pace.share == 1.0, "the rate was not the matter"


@timeless
async def test_too_many_stops_answers_and_broadcast_and_the_rate_comes_back() -> None:
    pace, turns = paced(50), Turns()
    begun = the_loop().time()
    for _ in range(3):  # several sends are told at once
        pace.refused("phone:an", Throttled(3))
    assert pace.share == pytest.approx(0.7), "one complaint, not three"
    assert not await pace.turn("phone:an"), "a broadcast is not held in memory meanwhile"
    await taken(pace, turns, "phone:an", "answer", first=True)
    assert begun + 3 <= turns[0][0] <= begun + 3.4
    for number in range(10_000):
        await taken(pace, turns, f"phone:{number}", "bulk")
    slow, fast = gaps(turns)[0], gaps(turns)[-1]
    assert fast == pytest.approx(1 / (50 * MARGIN))
    assert slow == pytest.approx(fast / 0.7, rel=0.01)
    assert turns[-1][0] - begun <= 1.1 * 10_000 / 50, "little time is lost in all"
    assert pace.share == 1.0


@timeless
async def test_an_answer_does_not_wait_for_a_long_rest() -> None:
    pace = paced(50)
    waiting = asyncio.create_task(pace.turn("phone:an", first=True)), asyncio.create_task(pace.turn("phone:binh"))
    pace.take_rest(0.2)
    await asyncio.sleep(0)
    pace.take_rest(600)
    assert not await pace.turn("phone:chi", first=True)
    begun = the_loop().time()
    assert list(await asyncio.gather(*waiting)) == [False, False]
    assert the_loop().time() == begun, "told at once"


class Watched(Pace):
    """Notes who was given a turn, and how many others were while an answer waited for its own."""

    def __init__(self, capabilities: Capabilities) -> None:
        super().__init__(capabilities)
        self.given: list[str] = []
        self.overtaken: list[int] = []

    async def turn(self, address: str, first: bool = False) -> bool:
        before = len(self.given)
        turned = await super().turn(address, first)
        if turned:
            self.given.append(address)
        if first:
            self.overtaken.append(len(self.given) - before - 1)
        return turned


async def test_answers_jump_the_queue_of_a_broadcast_which_waits_for_nothing_else(
    database: Database, clock: TestClock, catalog: Catalog
) -> None:
    """Somebody writes each time thirty messages have left."""
    wire = Phones()
    wire.capabilities = replace(wire.capabilities, sends_per_second=200)
    post, paces = Post(database, clock), Paces({wire.name: wire})
    await post.queue_many(120)
    pace = paces._paces[wire.name] = Watched(wire.capabilities)
    outbox = Outbox(database, {wire.name: wire}, clock, paces=paces)
    inbox = Inbox(database, {wire.name: wire}, Desk(catalog, Known()), catalog, clock, None, paces)

    async def people_ask() -> None:
        for number in range(3):
            while len(pace.given) < 30 * (number + 1):
                await asyncio.sleep(0.002)
            asked = {"id": str(number), "user": f"citizen{number}", "kind": "text", "text": "xin chào"}
            await inbox.accept(wire.name, Arrival(str(number), json.dumps(asked)))

    await asyncio.gather(outbox.drain(), people_ask())
    await inbox.drain()
    await inbox.close()
    assert len(pace.overtaken) == 3
    assert max(pace.overtaken) <= 1, "each waited for one message of the broadcast at most"
    assert {address: pace.given.count(address) for address in pace.given} == dict.fromkeys(pace.given, 1)
    assert len(wire.inbox) == 123
    assert {(row.state, row.attempts) for row in await post.rows()} == {(DeliveryState.SENT, 1)}
