"""Looks after the Official Account: every hour a check that renews the tokens in time, and what the webhook missed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.events import NAME
from bot.channels.zalo.oauth import ConsentNeeded
from bot.channels.zalo.recovery import Recovery
from bot.clock import Clock
from bot.errors import BadCredentials, SendError
from bot.metrics import CHANNEL_WELL
from storage.database import Database
from storage.platforms import PlatformCheck, last_check, note_check

log = structlog.get_logger()

EVERY = 3600.0
"""Seconds between two looks; tokens are renewed two hours ahead of their end."""
OVERLAP = timedelta(minutes=5)
"""How far before the last look one looks for missed messages."""
UNDER_WAY = timedelta(minutes=2)
"""Younger messages may still be brought by the webhook."""
FURTHEST = timedelta(hours=24)
"""Older messages are not taken up any more: nobody would answer them."""


class ZaloWatch:
    """One per house. Faults are told on the console's first page and in the metrics; they never end the watch."""

    def __init__(
        self, channel: ZaloChannel, recovery: Recovery, oa_id: str, db: Database, clock: Clock, every: float = EVERY
    ) -> None:
        self._channel = channel
        self._recovery = recovery
        self._oa_id = oa_id
        self._platform = f"{NAME}:{oa_id}"
        self._db = db
        self._clock = clock
        self._every = every
        self._running = False

    async def run(self) -> None:
        """Look now and then every hour, for ever."""
        while True:
            try:
                await self.look()
            except SQLAlchemyError as error:
                log.error("zalo.check_not_stored", error=type(error).__name__)
            await asyncio.sleep(self._every)

    async def look(self) -> PlatformCheck:
        """Check the account, take up what was missed, write down what was found."""
        found = await self._check()
        if found.key is None:
            found.key = await self._catch_up()
        CHANNEL_WELL.labels(NAME).set(found.key is None)
        if found.key is not None:
            log.error("zalo.not_well", account=self._oa_id, key=found.key, code=found.code)
        async with self._db.session() as db:
            await note_check(db, found)
            await db.commit()
        return found

    async def _check(self) -> PlatformCheck:
        now = self._clock.now()
        found = PlatformCheck(platform=self._platform, checked_at=now)
        try:
            account = await self._channel.check()
        except SendError as error:
            found.key = _key(error)
            found.code, found.reason = error.code[:60], error.reason[:300]
            return found
        found.title, found.package = account.name[:200], account.package[:100]
        if account.id and account.id != self._oa_id:
            found.key, found.code = "other_account", account.id[:60]
        else:
            found.well_at = now
        return found

    async def _catch_up(self) -> str | None:
        """Take up what the webhook has not brought since the last look, before this start or after it. While Loa runs
        it should have brought everything: then what is found means that it is dead, and the key says so."""
        now = self._clock.now()
        running, self._running = self._running, True
        async with self._db.reading() as db:
            last = await last_check(db, self._platform)
        if last is None:  # a new account: what was said before Loa is not ours
            return None
        try:
            first = max((last.well_at or last.checked_at) - OVERLAP, now - FURTHEST)
            missed = await self._recovery.between(first, now - UNDER_WAY)
        except SendError as error:
            log.warning("zalo.recovery_failed", code=error.code)
            return None
        return "webhook_silent" if missed and running else None


def _key(error: SendError) -> str:
    """Key below ``zalo.check``."""
    if isinstance(error, ConsentNeeded):
        return "consent"
    return "refused" if isinstance(error, BadCredentials) else "unavailable"
