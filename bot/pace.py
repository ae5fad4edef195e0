"""Smooth pacing: a platform that allows 30 messages a second gets one every 34 ms, never 30 at once."""

from __future__ import annotations

import asyncio

MARGIN = 0.97
"""Share of the platform's rate that is used: strict platforms count in sliding windows."""
SLOWEST = 4.0
"""A throttled pace becomes at most this many times slower."""


class Pace:
    """Gives turns, evenly spaced. Slows down when the platform complains and recovers with every success."""

    def __init__(self, per_second: float) -> None:
        self._usual = 1 / (per_second * MARGIN)
        self._gap = self._usual
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for the next turn."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._gap
        if at > now:
            await asyncio.sleep(at - now)

    def slower(self) -> None:
        self._gap = min(self._gap * 1.5, self._usual * SLOWEST)

    def faster(self) -> None:
        self._gap = max(self._gap * 0.99, self._usual)
