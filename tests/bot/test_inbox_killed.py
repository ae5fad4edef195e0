"""kill -9 and SIGTERM in the middle of the work: nothing acknowledged is lost, nothing takes effect twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from sqlmodel import select

from storage.database import Database
from storage.questions import QuestionLog
from storage.updates import InboundUpdate, UpdateState

ROOT = Path(__file__).parent.parent.parent
USERS = 7


class Process:
    """The answering process, and what it has acknowledged."""

    def __init__(self, url: str, journal: Path, shift: float, takes: int) -> None:
        self.acknowledged: list[str] = []
        words: list[str | Path] = [sys.executable, "-m", "tests.inbox_process", url, journal, str(shift), str(takes)]
        self._process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                self.acknowledged.append(line.strip())

    def push(self, numbers: Sequence[int]) -> None:
        assert self._process.stdin is not None
        for number in numbers:
            self._process.stdin.write(f"{number} u{number % USERS}\n")
        self._process.stdin.flush()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        self._process.send_signal(number)
        self._end()

    def finish(self) -> None:
        """Let it do the rest."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._end()
        assert self._process.returncode == 0

    def _end(self) -> None:
        self._process.wait(60)
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()


def _campaign(url: str, journal: Path, kills: int, seed: int) -> tuple[list[str], int]:
    """Push, kill, push again what was not acknowledged (as a platform does) and some that was; the acknowledged ones
    and how many were sent in all."""
    chance, shift, total = random.Random(seed), 1.0, 0
    unanswered: list[int] = []
    acknowledged: list[str] = []
    for _ in range(kills):
        process = Process(url, journal, shift, takes=20)
        new = list(range(total, total + 60))
        total += 60
        process.push([*unanswered, *new])
        time.sleep(chance.uniform(0.02, 0.5))
        process.kill()
        acknowledged += process.acknowledged
        unanswered = [number for number in [*unanswered, *new] if str(number) not in set(process.acknowledged)]
        shift += 60  # the next process starts when the leases have run out
    process = Process(url, journal, shift, takes=1)
    process.push([*unanswered, *chance.sample(range(total), 20)])
    process.finish()
    acknowledged += process.acknowledged
    return acknowledged, total


async def _check(url: str, journal: Path, acknowledged: Sequence[str], total: int, kills: int) -> None:
    db = Database(url)
    async with db.reading() as session:
        updates = (await session.exec(select(InboundUpdate))).all()
        asked = [row.text for row in (await session.exec(select(QuestionLog).order_by("id"))).all()]
    await db.close()
    assert {int(number) for number in acknowledged} == set(range(total))
    assert len(updates) == total
    assert {update.state for update in updates} == {UpdateState.HANDLED}
    assert max(Counter(asked).values()) == 1, "an effect came twice"
    assert len(asked) == total, "an effect is missing"
    sent = journal.read_text().splitlines()
    # A reply may come twice only when the process died between sending it and writing that down: one a person.
    assert total <= len(sent) <= total + kills * USERS


@pytest.mark.parametrize("seed", [1])
async def test_killed_twice_it_loses_nothing_and_does_nothing_twice(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    journal = tmp_path / "journal"
    acknowledged, total = _campaign(database_url, journal, 2, seed)
    await _check(database_url, journal, acknowledged, total, 2)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [2, 3, 4, 5, 6])
async def test_killed_five_times(database_url: str, tmp_path: Path, seed: int) -> None:
    journal = tmp_path / "journal"
    acknowledged, total = _campaign(database_url, journal, 5, seed)
    await _check(database_url, journal, acknowledged, total, 5)
