"""kill -9 in the middle of sending."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from bot.clock import Clock
from storage.database import Database
from storage.digests import (
    DeliveryState,
)
from tests.conftest import TestClock
from tests.outbox.post import Post

ROOT = Path(__file__).parents[2]


def _start(url: str, journal: Path, shift: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.outbox.process", url, journal, str(shift), "40"], cwd=ROOT)


def _lines(journal: Path) -> list[str]:
    return journal.read_text().split() if journal.exists() else []


async def test_killed_in_the_middle_it_loses_nothing_and_repeats_nothing(
    database: Database, clock: TestClock, tmp_path: Path
) -> None:
    """kill -9 at any point, of the only worker and of one of two: each message is sent at most once, and one whose
    fate is unknown says so."""
    clock.moment = Clock().now()
    journal, total = tmp_path / "journal", 160
    post = Post(database, clock)
    for number in range(total):
        await post.queue(await post.account(f"user{number}"))
    shift = 1.0
    for goal, workers in ((20, 1), (60, 2)):
        first, *others = [_start(database.url, journal, shift) for _ in range(workers)]
        try:
            async with asyncio.timeout(40):
                while len(_lines(journal)) < goal:
                    assert first.poll() is None
                    await asyncio.sleep(0.01)
        finally:
            first.kill()
            first.wait()
        for process in others:
            assert await asyncio.to_thread(process.wait, 60) == 0
        shift += 180  # the next process starts after the lease has run out
    assert await asyncio.to_thread(_start(database.url, journal, shift).wait, 60) == 0
    rows, arrived = await post.rows(), _lines(journal)
    assert len(arrived) == len(set(arrived)), "a message was sent twice"
    assert {row.state for row in rows} <= {DeliveryState.SENT, DeliveryState.UNCLEAR}
    known = {str(row.reply["text"]) for row in rows if row.state is DeliveryState.SENT}
    unclear = {str(row.reply["text"]) for row in rows if row.state is DeliveryState.UNCLEAR}
    assert known <= set(arrived) <= known | unclear
    assert len(known) + len(unclear) == total
    assert 1 <= len(unclear) <= 2 * 40, "as many as two crashes can leave in flight, and no more"
    assert {row.error_key for row in rows if row.state is DeliveryState.UNCLEAR} == {"lost_lease"}
