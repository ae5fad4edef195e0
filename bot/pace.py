"""Smooth pacing: a platform that allows 30 messages a second gets one every 34 ms, never 30 at once."""

from __future__ import annotations

import asyncio

MARGIN = 0.97
"""Share of the platform's rate that is used: strict platforms count in sliding windows."""
SLOWEST = 4.0
"""A throttled pace becomes at most this many times slower."""
FINEST = 0.0005
"""Seconds below which waiting is not worth the timer."""


class Pace:
    """Gives turns one after the other, never closer than the gap: time lost to a busy machine is not caught up in a
    burst. Slows down when the platform complains and recovers with every success."""

    def __init__(self, per_second: float) -> None:
        self._usual = 1 / (per_second * MARGIN)
        self._gap = self._usual
        self._next = 0.0
        self._line = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for the next turn, first come, first served."""
        loop = asyncio.get_running_loop()
        async with self._line:
            wait = self._next - loop.time()
            if wait > FINEST:
                await asyncio.sleep(wait)
            self._next = loop.time() + self._gap

    def slower(self) -> None:
        self._gap = min(self._gap * 1.5, self._usual * SLOWEST)

    def faster(self) -> None:
        self._gap = max(self._gap * 0.99, self._usual)
