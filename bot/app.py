"""The composition root: settings in, a running Loa out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Arrival, Channel
from bot.channels.webchat import WebchatChannel
from bot.clock import Clock
from bot.config import DEMO_START, Settings
from bot.demo import fill_province
from bot.form_server import HttpRunner
from bot.handouts import Handouts
from bot.inbox import Inbox
from bot.interpreter import Interpreter
from bot.outbox import Outbox
from bot.pace import Paces
from bot.papers import OfficePapers
from bot.spool import Spool
from content.catalog import Catalog, load_catalog
from handlers.desk import Desk
from handlers.succession import current as succession
from handlers.turn import LOCAL
from handlers.working_time import working_time
from nlu.understanding import Understander
from storage.columns import Keyring, use_keyring
from storage.database import Database
from storage.journal import DatabaseAway
from storage.shipped import load_shipped

log = structlog.get_logger()

DEMO_HOUR = time(7, 0)
"""A demo's clock starts at seven on Monday morning, when the week's digest is due."""
CACHE = Path("var")
REGISTRY_EVERY = 5.0
"""Seconds between two looks whether agencies have changed."""
SPOOL_EVERY = 1.0
"""Seconds between two attempts to hand on what was kept while the database was away."""


class Loa:
    """All rooms, wired. Opened once per process by :meth:`open`."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        catalog: Catalog,
        db: Database,
        nlu: Understander,
        interpreter: Interpreter | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.catalog = catalog
        self.db = db
        self.nlu = nlu
        self.closing = False
        """Set when the process is asked to stop: open streams end themselves."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._settled: succession.Mark | None = None
        self.webchat = WebchatChannel(db, clock)
        self.channels: dict[str, Channel] = {self.webchat.name: self.webchat}
        self.forms = HttpRunner(settings.form_server_url) if settings.form_server_url else None
        self.interpreter = interpreter
        self._paces = paces = Paces(self.channels, db)
        self.handouts = Handouts(settings.session_secret, settings.base_url)
        self.inbox = Inbox(
            db,
            self.channels,
            Desk(catalog, nlu, self.forms, OfficePapers(catalog, self.handouts)),
            catalog,
            clock,
            interpreter,
            paces,
        )
        self.outbox = Outbox(db, self.channels, clock, working_time(catalog), paces)
        self.spool = Spool(_spool_folder(db))

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        clock: Clock | None = None,
        channels: Sequence[Channel] = (),
        catalog: Catalog | None = None,
        nlu: Understander | None = None,
        interpreter: Interpreter | None = None,
    ) -> AsyncIterator[Self]:
        """Everything loaded and connected, migrations done beforehand; closed again on the way out.

        ``channels`` are added to those the settings switch on. ``catalog`` and ``nlu`` may be handed in by whoever
        has already loaded them; ``interpreter`` belongs to the house from then on.
        """
        use_keyring(Keyring(settings.keys))
        catalog = (catalog or load_catalog()).for_one_house()
        if nlu is None:
            nlu = await asyncio.to_thread(Understander.load, catalog, CACHE)
        clock = clock or _clock(settings)
        loa = cls(settings, clock, catalog, Database(settings.database_url.get_secret_value()), nlu, interpreter)
        if interpreter is not None:
            await interpreter.open()
        await loa._connect(channels)
        try:
            await loa._load()
            await loa.inbox.resume()
            loa.run("spool", loa._empty_spool())
            loa.run("registry", loa._follow_agencies())
            yield loa
        finally:
            await loa._close()

    async def accept(self, channel: str, arrival: Arrival) -> None:
        """Write an update of a channel down; it is worked on after. Raises DatabaseAway."""
        await self.inbox.accept(channel, arrival)

    async def keep(self, channel: str, arrival: Arrival) -> None:
        """The same for a platform that may not deliver twice: while the database is away, the spool takes the update.

        Raises OSError when that cannot either.
        """
        if not self.spool.waiting:
            try:
                await self.inbox.accept(channel, arrival)
            except DatabaseAway as error:
                log.error("database.away", channel=channel, error=str(error))
            else:
                return
        await self.spool.keep(channel, arrival)

    def run(self, name: str, work: Coroutine[None, None, None]) -> None:
        """Run ``work`` in the background until closing; /health/ready asks for it by name."""
        self._tasks[name] = asyncio.create_task(work, name=name)

    def is_running(self, name: str) -> bool:
        task = self._tasks.get(name)
        return task is not None and not task.done()

    async def settle_agencies(self) -> None:
        """Let the registry of agencies follow the day and the changes, if there is anything new."""
        today = self.clock.now().astimezone(LOCAL).date()
        async with self.db.reading() as db:
            mark = await succession.mark_of(db, today)
            if mark != self._settled:
                await succession.settle(db, self.catalog.province.agencies, today)
        self._settled = mark

    async def _follow_agencies(self) -> None:
        """A change may be confirmed in another process, and days begin."""
        while True:
            await asyncio.sleep(REGISTRY_EVERY)
            try:
                await self.settle_agencies()
            except (SQLAlchemyError, OSError) as error:
                log.warning("registry.not_settled", error=type(error).__name__)

    async def _connect(self, extra: Sequence[Channel]) -> None:
        settings = self.settings
        if settings.telegram_on:
            from bot.channels.telegram.channel import TelegramChannel  # 3 s of imports only when it is on

            self.channels["telegram"] = TelegramChannel(
                settings.telegram_token.get_secret_value(),
                settings.telegram_api_url,
                self.catalog.text,
                self.clock,
                self.db,
            )
        if settings.zalo_on:
            from bot.channels.zalo.channel import zalo_channel

            self.channels["zalo"] = zalo_channel(settings, self.db, self.clock, self.catalog)
        if settings.zalo_bot_on:
            from bot.channels.zalobot import zalobot_channel

            self.channels["zalobot"] = zalobot_channel(settings)
        for name, rate in (("telegram", settings.telegram_rate), ("zalo", settings.zalo_rate)):
            if name in self.channels:
                self.channels[name].capabilities = self.channels[name].capabilities.at_rate(rate)
        for channel in extra:
            self.channels[channel.name] = channel
        for name, on in (("telegram", settings.telegram_on), ("zalo", settings.zalo_on)):
            if not on and name not in self.channels:
                log.info("channel.off", channel=name, reason="no credentials")

    async def _load(self) -> None:
        now = self.clock.now()
        async with self.db.session() as db:
            loaded = await load_shipped(db, self.catalog, now)
            if self.settings.demo:
                await fill_province(db, self.catalog, now)
            await db.commit()
        if loaded:
            log.info("content.loaded")
        await self.settle_agencies()

    async def _empty_spool(self) -> None:
        """Hand on what was kept while the database was away, as soon as it is back."""
        while True:
            try:
                if self.spool.waiting:
                    await self.spool.hand_on(self.inbox.accept)
            except (DatabaseAway, OSError) as error:
                log.warning("spool.not_handed_on", error=type(error).__name__)
            await asyncio.sleep(SPOOL_EVERY)

    async def _close(self) -> None:
        self.closing = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self.inbox.close()
        await self._paces.aclose()
        if self.interpreter is not None:
            await self.interpreter.aclose()
        self.spool.aclose()
        for channel in self.channels.values():
            await channel.aclose()
        if self.forms is not None:
            await self.forms.aclose()
        await self.db.close()


def _clock(settings: Settings) -> Clock:
    """The machine's clock, or in demo mode one that starts on Monday of the demo week at seven, local time."""
    if not settings.demo:
        return Clock()
    day = settings.demo_date or DEMO_START
    return Clock.starting_at(datetime.combine(day, DEMO_HOUR, ZoneInfo(settings.timezone)))


def _spool_folder(db: Database) -> Path:
    """Each database has its own: an update belongs to the house it was sent to."""
    return CACHE / "spool" / hashlib.sha256(db.url.encode()).hexdigest()[:16]
