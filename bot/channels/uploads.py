"""Giving files to a platform: each once, then by the name the platform has for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.clock import Clock
from storage.database import Database
from storage.files import content_of, forget_upload, note_upload, upload_known


class FileGone(Exception):
    """The file is not stored any more."""


class Uploads:
    """What one account of a platform has been given."""

    def __init__(self, db: Database, platform: str, clock: Clock, life: timedelta | None = None) -> None:
        """``platform`` names the account, e.g. ``zalo:<oa id>``; ``life`` is how long it keeps what it is given, None
        for good."""
        self._db = db
        self._platform = platform
        self._clock = clock
        self._life = life
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def reference(self, file_id: int, upload: Callable[[bytes], Awaitable[str]]) -> str:
        """What the platform calls the file; ``upload`` gives it the bytes when it has no name for them yet, for one
        message at a time: a document for two hundred people is given once.

        Raises FileGone, and what ``upload`` raises.
        """
        known = await self._known(file_id)
        if known:
            return known
        lock = self._turns.setdefault(file_id, asyncio.Lock())
        async with lock:
            known = await self._known(file_id)
            if not known:
                known = await upload(await self._content(file_id))
                expires_at = None if self._life is None else self._clock.now() + self._life
                async with self._db.session() as db:
                    await note_upload(db, self._platform, file_id, known, expires_at)
                    await db.commit()
        return known

    async def forget(self, file_id: int) -> None:
        """The platform has not recognised the name."""
        async with self._db.session() as db:
            await forget_upload(db, self._platform, file_id)
            await db.commit()

    async def _known(self, file_id: int) -> str:
        async with self._db.reading() as db:
            return await upload_known(db, self._platform, file_id, self._clock.now())

    async def _content(self, file_id: int) -> bytes:
        async with self._db.reading() as db:
            content = await content_of(db, file_id)
        if content is None:
            raise FileGone
        return content
