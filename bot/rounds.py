"""Work that takes a while without waiting for anything, shared out over the rounds of the event loop."""

from __future__ import annotations

import asyncio
from collections import deque

AT_ONCE = 4
"""Tasks that go on in one round: some two milliseconds of turns and sends."""


class Rounds:
    """Lets a few tasks go on in each round.

    When a commit wakes a thousand lanes at once, the loop would otherwise look at the network only after all of them:
    nobody would be acknowledged for a second.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._going = False

    async def next(self) -> None:
        """Wait for a place in a round; whoever asked first goes first."""
        loop = asyncio.get_running_loop()
        place = loop.create_future()
        self._waiting.append(place)
        if not self._going:
            self._going = True
            loop.call_soon(self._begin)
        await place

    def _begin(self) -> None:
        free = AT_ONCE
        while self._waiting and free:
            place = self._waiting.popleft()
            if not place.done():  # whoever asked may have been cancelled
                place.set_result(None)
                free -= 1
        self._going = bool(self._waiting)
        if self._going:
            asyncio.get_running_loop().call_soon(self._begin)
