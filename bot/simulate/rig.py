"""Everything the simulation consists of, wired: both platforms, a demo of Loa between them, the phones, the faults."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlmodel import select

from bot.app import DEMO_HOUR, Loa
from bot.channels.telegram.start import start_telegram
from bot.channels.zalo.consent import CALLBACK
from bot.channels.zalo.start import zalo_watch
from bot.clock import Clock
from bot.config import DEMO_START, Settings
from bot.scheduler import Clockwork
from bot.simulate.faults import FaultPanel
from bot.simulate.phones import Phone, TelegramPhone, ZaloPhone
from content.catalog import Catalog
from nlu.understanding import Understander
from simulators.clock import SkewedClock
from simulators.telegram import TelegramSimulator
from simulators.zalo import ZaloSimulator
from storage.contacts import Contact, see_account, subscribe
from storage.database import Database

OFFICERS = {"zalo": "ubnd_huyen_sa_thay", "telegram": "so_y_te"}
"""Whose officer holds the second phone of each platform."""
MOST_PHONES = 12
ZALO_PACE = 0.1
"""Zalo's retries after half a minute come after three seconds, so that one can watch them."""
WATCH = 30.0
"""Seconds between two looks after Zalo's account, in place of an hour."""
TELEGRAM_PAUSE = 2.0
"""Seconds between two tries of Telegram's."""


@dataclass
class Rig:
    """The running simulation. Opened by :meth:`open`."""

    loa: Loa
    telegram: TelegramSimulator
    zalo: ZaloSimulator
    faults: FaultPanel
    phones: dict[str, Phone] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))

    @classmethod
    @asynccontextmanager
    async def open(
        cls, base_url: str, catalog: Catalog | None = None, nlu: Understander | None = None
    ) -> AsyncIterator[Self]:
        """Start everything but the web server, which is expected to listen at ``base_url``. The database is a new one
        and goes away at the end."""
        with tempfile.TemporaryDirectory(prefix="loa-simulate-") as folder:
            url = f"sqlite:///{Path(folder) / 'loa.db'}"
            await asyncio.to_thread(Database(url).upgrade)
            clock = _demo_clock()
            wrong = SkewedClock(clock)
            async with (
                TelegramSimulator(retry_pause=TELEGRAM_PAUSE, clock=wrong) as telegram,
                ZaloSimulator(wrong, ZALO_PACE) as zalo,
            ):
                zalo.webhooks.url = f"{base_url}/webhooks/zalo"
                zalo.grants.callback = base_url + CALLBACK
                settings = _settings(url, base_url, telegram, zalo)
                async with Loa.open(settings, clock, (), catalog, nlu) as loa:
                    rig = cls(loa, telegram, zalo, FaultPanel(telegram, zalo, wrong))
                    await rig._hand_out_phones()
                    loa.run("outbox", loa.outbox.run())
                    loa.run("clock", Clockwork(loa.db, loa.catalog, loa.clock, loa.outbox, loa.channels).run())
                    loa.run("telegram", await start_telegram(settings, loa.channels["telegram"], loa.accept))
                    watch = zalo_watch(settings, loa.channels["zalo"], loa.db, loa.clock, loa.accept, WATCH)
                    loa.run("zalo", watch.run())
                    yield rig

    def add_citizen(self, platform: str, name: str) -> Phone:
        """Somebody new with a phone. Raises ValueError for an unknown platform or one phone too many."""
        if len(self.phones) >= MOST_PHONES or platform not in OFFICERS:
            raise ValueError(platform)
        return self._add(platform, name, self.loa.catalog.text("simulate.citizen"))

    async def _hand_out_phones(self) -> None:
        """A citizen and an officer on each platform."""
        text = self.loa.catalog.text
        self._add("zalo", text("simulate.first_citizen"), text("simulate.citizen"))
        self._add("telegram", text("simulate.second_citizen"), text("simulate.citizen"))
        for platform, agency in OFFICERS.items():
            name = next(each.name for each in self.loa.catalog.province.demo_contacts if each.agency == agency)
            phone = self._add(platform, name, self.loa.catalog.province.agencies[agency].name)
            await self._register(phone.address, agency, name)

    def _add(self, platform: str, name: str, note: str) -> Phone:
        text = self.loa.catalog.text
        phone: Phone
        if platform == "zalo":
            phone = ZaloPhone(self.zalo.person(name), note, text)
        else:
            phone = TelegramPhone(self.telegram.person(next(self._numbers), name), note, text)
        self.phones[phone.id] = phone
        return phone

    async def _register(self, address: str, agency: str, name: str) -> None:
        """Make the account that of the agency's demo officer."""
        now = self.loa.clock.now()
        async with self.loa.db.session() as db:
            contacts = (await db.exec(select(Contact).where(Contact.agency_id == agency))).all()
            contact = next(each for each in contacts if each.name == name)  # names are sealed: no query finds one
            account = await see_account(db, address, now)
            account.contact_id = contact.id
            assert account.id is not None
            await subscribe(db, account.id, now)
            await db.commit()


def _demo_clock() -> Clock:
    return Clock.starting_at(datetime.combine(DEMO_START, DEMO_HOUR, ZoneInfo("Asia/Ho_Chi_Minh")))


def _settings(url: str, base_url: str, telegram: TelegramSimulator, zalo: ZaloSimulator) -> Settings:
    return Settings.model_validate(
        {
            "LOA_DEMO": True,
            "database_url": SecretStr(url),
            "public_url": base_url,
            "telegram_token": SecretStr(telegram.token),
            "telegram_api_url": telegram.url,
            "telegram_mode": "webhook",
            "telegram_webhook_secret": SecretStr(secrets.token_urlsafe(24)),
            **zalo.settings(),
        }
    )
