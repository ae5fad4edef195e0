"""Tells what keeps the event loop: while it is kept, no platform is answered."""

from __future__ import annotations

import asyncio
import faulthandler
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot.metrics import STALLS

log = structlog.get_logger()

LIMIT = 0.25
"""Seconds without a round of the loop after which it is said where it stands."""
LOOK = 0.05
"""Seconds between two looks."""
DEEPEST = 12
"""Calls that are named, the innermost first."""


@contextmanager
def watched(limit: float = LIMIT) -> Iterator[None]:
    """Watch the running loop from a thread of its own, until the end of the block."""
    watchdog = _Watchdog(asyncio.get_running_loop(), limit)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.stop()


class _Watchdog(threading.Thread):
    def __init__(self, loop: asyncio.AbstractEventLoop, limit: float) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._loop, self._limit = loop, limit
        self._loop_thread = threading.get_ident()
        self._over = threading.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._beat()

    def _beat(self) -> None:
        self._last = time.monotonic()
        self._timer = self._loop.call_later(LOOK, self._beat)

    def stop(self) -> None:
        self._over.set()
        if self._timer is not None:
            self._timer.cancel()

    def run(self) -> None:
        told = 0.0
        while not self._over.wait(LOOK):
            last = self._last
            still = time.monotonic() - last
            if still < self._limit or told == last:
                continue
            told = last
            STALLS.inc()
            log.error("loop.stalled", seconds=round(still, 2), at=_stack_of(self._loop_thread))


def _stack_of(thread: int) -> list[str]:
    """Where a thread stands, without what its variables hold.

    By way of the interpreter's own fault handler: frames that run on meanwhile are not safe to walk from Python.
    """
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        sections = file.read().split("\n\n")
    own = next((section for section in sections if f"0x{thread:016x}" in section), "")
    calls = []
    for line in own.splitlines()[1 : DEEPEST + 1]:  # File "…/bot/turns.py", line 12 in answer
        path, _, rest = line.strip().removeprefix('File "').partition('", line ')
        number, _, name = rest.partition(" in ")
        calls.append(f"{Path(path).parent.name}/{Path(path).name}:{number} {name}")
    return calls
