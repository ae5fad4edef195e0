"""Turns taken together with whatever other process sends through the same channel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from storage.database import Database
from storage.turns import rest_turns, take_turns

log = structlog.get_logger()

PATIENCE = 1.0
"""Seconds the database may take to say when; after that this process keeps the pace by itself."""


class SharedTurns:
    """One channel's turns, by its row."""

    def __init__(
        self,
        db: Database,
        channel: str,
        moment: Callable[[], float] = time.time,
        patience: float | None = PATIENCE,
    ) -> None:
        """``moment`` is the clock all processes share."""
        self._db = db
        self._channel = channel
        self._moment = moment
        self._patience = patience
        self._telling: set[asyncio.Task[None]] = set()

    async def take(self, count: int, gap: float) -> float | None:
        """Seconds from now until the first of ``count`` turns, which follow each other after ``gap`` seconds; None when
        the database cannot say."""
        try:
            async with asyncio.timeout(self._patience), self._db.session() as db:
                begin = await take_turns(db, self._channel, self._moment(), count * gap)
                await db.commit()
        except Exception as error:
            log.warning("turns.not_shared", channel=self._channel, error=type(error).__name__)
            return None
        return begin - self._moment()

    def rest(self, seconds: float) -> None:
        """Tell the others that the platform wants nothing for so long."""
        task = asyncio.create_task(self._rest(seconds))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(self._patience), self._db.session() as db:
                await rest_turns(db, self._channel, self._moment(), seconds)
                await db.commit()
        except Exception as error:
            log.warning("turns.not_shared", channel=self._channel, error=type(error).__name__)

    async def aclose(self) -> None:
        """Until what was to be told is told."""
        await asyncio.gather(*self._telling, return_exceptions=True)
