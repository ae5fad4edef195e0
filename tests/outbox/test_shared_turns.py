"""Several processes on one channel keep the platform's one limit."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from bot.channels.base import Capabilities
from bot.errors import Throttled
from bot.pace import MARGIN, Pace
from bot.shared_turns import SharedTurns
from storage.database import Database
from storage.turns import FURTHEST, rest_turns, take_turns
from tests.timeless import the_loop, timeless

NOW = 1_731_283_200.0
RATE = 30


async def test_time_is_given_away_once(database: Database) -> None:
    """Two processes asking at once, again and again."""
    other = Database(database.url)
    taken: list[tuple[float, float]] = []

    async def takes(db: Database, span: float) -> None:
        for _ in range(12):
            async with db.session() as session:
                begin = await take_turns(session, "zalo", NOW, span)
                await session.commit()
            taken.append((begin, begin + span))

    await asyncio.gather(takes(database, 0.5), takes(other, 0.25))
    taken.sort()
    assert taken[0][0] == NOW
    assert all(end == pytest.approx(begin) for (_, end), (begin, _) in pairwise(taken))
    async with database.session() as session:
        assert await take_turns(session, "telegram", NOW, 1.0) == NOW, "each channel has its own"
        assert await take_turns(session, "zalo", NOW + 50, 1.0) == NOW + 50, "what nobody took is not saved up"
    await other.close()


async def test_a_rest_holds_for_all_and_a_clock_put_back_stops_nobody(database: Database) -> None:
    async with database.session() as session:
        await take_turns(session, "zalo", NOW, 1.0)
        await rest_turns(session, "zalo", NOW, 20)
        await rest_turns(session, "zalo", NOW, 5)
        assert await take_turns(session, "zalo", NOW, 1.0) == pytest.approx(NOW + 20)
        hour_ago = NOW - 3600
        assert await take_turns(session, "zalo", hour_ago, 1.0) == hour_ago
        await rest_turns(session, "zalo", NOW, 3600)
        assert await take_turns(session, "zalo", NOW, 1.0) <= NOW + FURTHEST


def _pace(db: Database) -> Pace:
    can = Capabilities(text_limit=2000, buttons=5, button_label=60, sends_per_second=RATE)
    return Pace(can, SharedTurns(db, "telegram", the_loop().time, None))


@timeless
async def test_two_processes_send_at_one_rate_and_answers_hardly_wait(sqlite_url: str) -> None:
    """One broadcasts, the other answers and broadcasts a little, each with its own connection."""
    databases = Database(sqlite_url), Database(sqlite_url)
    worker, web = map(_pace, databases)
    moments: list[float] = []
    waits: list[float] = []

    async def sends(pace: Pace, address: str, first: bool = False) -> None:
        begun = the_loop().time()
        assert await pace.turn(address, first)
        moments.append(the_loop().time())
        if first:
            waits.append(the_loop().time() - begun)

    async with asyncio.TaskGroup() as group:
        for number in range(240):
            group.create_task(sends(worker, f"telegram:{number}"))
        for number in range(40):
            group.create_task(sends(web, f"telegram:w{number}"))
        for number in range(10):
            await asyncio.sleep(0.4)
            group.create_task(sends(web, f"telegram:asks{number}", first=True))
    moments.sort()
    assert len(moments) == 290
    assert max(sum(begin <= moment < begin + 1 for moment in moments) for begin in moments) <= RATE
    assert moments[-1] - moments[0] <= 290 / (RATE * 0.93)
    assert max(waits) <= 0.4, "a moment of the other's broadcast, and one of its own"
    await asyncio.gather(worker.aclose(), web.aclose(), *(db.close() for db in databases))


@timeless
async def test_one_is_told_to_slow_down_and_the_other_rests_too(sqlite_url: str) -> None:
    databases = Database(sqlite_url), Database(sqlite_url)
    told, other = map(_pace, databases)
    assert await told.turn("telegram:an")
    begun = the_loop().time()
    told.refused("telegram:an", Throttled(3))
    await asyncio.gather(*told._shared._telling)  # type: ignore[union-attr]
    assert await other.turn("telegram:binh", first=True)
    assert the_loop().time() >= begun + 3
    await asyncio.gather(told.aclose(), other.aclose(), *(db.close() for db in databases))


@timeless
async def test_without_the_database_each_keeps_the_pace_by_itself(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}")  # a folder
    pace, moments = _pace(db), []
    for number in range(20):
        assert await pace.turn(f"telegram:{number}")
        moments.append(the_loop().time())
    assert 18 / RATE <= moments[-1] - moments[0] <= 20 / (RATE * MARGIN)
    await pace.aclose()
    await db.close()
