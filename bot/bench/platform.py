"""The stand-in for the platforms in a process of its own, so that its work is on nobody's account."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import aiohttp

from bot.bench.served import served


@dataclass(frozen=True, slots=True)
class Taken:
    """What the platform has seen since it was told to begin."""

    count: int
    refused: int
    """Answered with 429."""
    last: float
    """When the last message arrived, on the monotonic clock, which all processes share."""
    arrivals: dict[str, list[float]]
    """By person."""

    @property
    def per_second(self) -> float:
        """From the first message to the last."""
        first = min(moments[0] for moments in self.arrivals.values())
        return (self.count - 1) / (self.last - first)

    @property
    def longest_gap(self) -> float:
        """Seconds in which nothing came although more was to come."""
        moments = sorted(moment for of_one in self.arrivals.values() for moment in of_one)
        return max((later - earlier for earlier, later in pairwise(moments)), default=0.0)


class Platform:
    """Takes what is sent and tells what came."""

    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        self.url = url
        self._client = client

    async def begin(self, latency: float = 0.0, limit: int = 0) -> None:
        """Forget what came; answer after ``latency`` seconds; take ``limit`` messages a second at most (0: any)."""
        await self._ask(f"/bench/begin?latency={latency}&limit={limit}")

    async def taken(self) -> Taken:
        return Taken(**await self._ask("/bench/end"))

    async def _ask(self, path: str) -> Any:
        async with self._client.get(self.url + path) as answer:
            return await answer.json()


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    """Running until the block ends."""
    async with (
        aiohttp.ClientSession() as client,
        served([sys.executable, "-m", "bot.bench.sink", "{port}"], {}) as (url, _),
    ):
        yield Platform(url, client)
