"""More than can be answered: every update is acknowledged or sent away with a time to come back, memory stays bounded,
and all that was acknowledged is answered in the end."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import pytest

from bot.bench.figures import memory
from bot.bench.inbound import Updates, house_of, questions
from bot.bench.load import paced
from bot.bench.served import served
from bot.bench.sink import Sink

RATE = 2000
"""Updates a second: some four times what one process answers here."""
ROOM = 150.0
"""MB the process may grow by: what is in hand (2,000 updates), and caches of words."""


async def _overloaded(database_url: str, folder: Path, seconds: int, patience: float) -> None:
    texts, secret = questions(), secrets.token_hex(16)
    updates = Updates(secret)
    words = [sys.executable, "-m", "bot", "serve", "--port", "{port}"]
    async with (
        Sink() as sink,
        served(words, house_of(folder, sink.url, secret) | {"DATABASE_URL": database_url}) as (url, process),
    ):
        before = memory(process.pid)["resident_mb"]
        count = RATE * seconds
        load = await paced(url, updates.said(texts, count, people=count), RATE, connections=256)
        assert len(load.took) == count
        assert set(load.statuses) <= {200, 503}
        assert load.without_retry_after == 0
        assert await sink.reached(load.statuses[200], patience), (sink.count, load.statuses)
        assert all(len(times) == 1 for times in sink.arrivals.values()), "an answer came twice"
        assert memory(process.pid)["peak_mb"] - before < ROOM


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True)
async def test_two_thousand_a_second_are_acknowledged_and_answered_later(database_url: str, tmp_path: Path) -> None:
    await _overloaded(database_url, tmp_path, 1, 100)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_half_a_minute_of_it(database_url: str, tmp_path: Path) -> None:
    await _overloaded(database_url, tmp_path, 30, 800)
