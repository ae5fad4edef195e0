"""Work that takes a while without waiting for anything, shared out over the rounds of the event loop."""

from __future__ import annotations

import asyncio


class Rounds:
    """Lets one task go on in each round.

    When a commit wakes a thousand lanes at once, the loop would otherwise look at the network only after all of them:
    nobody would be acknowledged for a second.
    """

    def __init__(self) -> None:
        self._next = asyncio.Lock()

    async def next(self) -> None:
        """Wait for a round of one's own; whoever asked first goes first."""
        async with self._next:
            await asyncio.sleep(0)
