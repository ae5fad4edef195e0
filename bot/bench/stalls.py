"""How long the event loop lets nobody else in while something is done."""

from __future__ import annotations

import asyncio
import time
from typing import Self

LOOK = 0.001
"""Seconds between two looks."""


class Stalls:
    """Looks as often as it can until the block ends."""

    def __init__(self) -> None:
        self._longest = 0.0

    @property
    def longest_ms(self) -> float:
        return round(self._longest * 1000, 1)

    async def __aenter__(self) -> Self:
        self._looking = asyncio.create_task(self._look())
        await asyncio.sleep(LOOK)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(LOOK)
            self._longest = max(self._longest, time.perf_counter() - before - LOOK)
