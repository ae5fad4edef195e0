"""An event loop on which waiting takes no time: when nothing is left to do, its clock goes on to the next timer.

What a test says about moments then holds exactly, however busy the machine is.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import aiosqlite
import pytest


class _Selector(selectors.DefaultSelector):
    """Never waits for a timer; waits for a thread only when there is no timer to go on to, or time is held, and for a
    socket always."""

    skip: Callable[[float], None]
    held = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        held = self.held or len(self.get_map()) > 1  # something is asked beside the loop's own waker
        ready = super().select(None if timeout is None or (timeout and held) else 0)
        if not ready and timeout:
            self.skip(timeout)
        return ready


class TimelessLoop(asyncio.SelectorEventLoop):
    """Its clock stands still while anything runs."""

    def __init__(self) -> None:
        self._moment = 1000.0
        self._waits = _Selector()
        self._waits.skip = self.stand_still
        super().__init__(self._waits)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._moment

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is waited for inside takes no time: a thread's work."""
        self._waits.held += 1
        try:
            yield
        finally:
            self._waits.held -= 1

    def stand_still(self, seconds: float) -> None:
        """So much time passes in which nothing runs: the machine was busy with something else."""
        self._moment += seconds


def timeless(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an async test on such a loop, which `asyncio.get_running_loop()` then is. Neither engine's answers take time:
    PostgreSQL's come by a socket, SQLite's from a thread."""

    @functools.wraps(test)
    def on_the_loop(*args: Any, **kwargs: Any) -> None:
        async def run() -> None:
            await test(*args, **kwargs)

        with pytest.MonkeyPatch.context() as patch, asyncio.Runner(loop_factory=TimelessLoop) as runner:
            patch.setattr(aiosqlite.core, "SimpleQueue", _Asked)
            runner.run(run())
            _let_connections_end()

    return on_the_loop


class _Asked(SimpleQueue[Any]):
    """What SQLite's thread is asked: time is held until it has answered."""

    def put_nowait(self, item: Any) -> None:
        answer, _ = item
        if answer is not None:
            held = the_loop().held()
            held.__enter__()
            answer.add_done_callback(lambda _: held.__exit__(None, None, None))
        super().put_nowait(item)


def _let_connections_end() -> None:
    """A connection that could not be opened says so from its thread, to a loop that must still be there."""
    for thread in threading.enumerate():
        if thread.name.endswith("(_connection_worker_thread)"):
            thread.join(timeout=2)


def the_loop() -> TimelessLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TimelessLoop)
    return loop
