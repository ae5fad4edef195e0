"""Loa between a simulated Telegram and a simulated Zalo, everything over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import Loa
from bot.channels.telegram.start import start_telegram
from bot.config import Settings
from content.catalog import Catalog
from nlu.understanding import Understander
from simulators.telegram import TelegramSimulator
from simulators.zalo import ZaloSimulator
from tests.conftest import TestClock, a_copy
from tests.serving import served

WEBHOOK_SECRET = "webhook-secret-of-the-tests"


@dataclass(slots=True)
class World:
    """A house and the platforms around it."""

    loa: Loa
    url: str
    telegram: TelegramSimulator
    zalo: ZaloSimulator

    async def settle(self) -> None:
        """Until everything that has arrived is answered and everything due is sent."""
        await self.loa.inbox.drain()
        await self.loa.outbox.drain()
        await self.loa.inbox.drain()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a house's database, as its first start leaves it."""
    with a_copy(request, tmp_path, sqlite="province", postgresql="postgresql_province") as url:
        yield url


@pytest.fixture
def telegram_mode() -> str:
    return "webhook"


@pytest.fixture
def paced() -> bool:
    """Whether Loa keeps to the platforms' rates: one message a second to a person on Telegram, which tests of
    conversations need not wait for."""
    return False


@pytest.fixture
async def world(
    database_url: str, clock: TestClock, catalog: Catalog, understander: Understander, telegram_mode: str, paced: bool
) -> AsyncIterator[World]:
    async with TelegramSimulator() as telegram, ZaloSimulator(clock) as zalo:
        settings = Settings.model_validate(
            {
                "database_url": SecretStr(database_url),
                "secret_key": SecretStr("k3y-of-the-t3sts-0123456789"),
                "data_keys": SecretStr("d4ta-key-of-tests-0123456789"),
                "telegram_token": SecretStr(telegram.token),
                "telegram_api_url": telegram.url,
                "telegram_mode": telegram_mode,
                "telegram_webhook_secret": SecretStr(WEBHOOK_SECRET),
                "telegram_rate": None if paced else 0,
                "zalo_rate": None if paced else 0,
                **zalo.settings(),
            }
        )
        async with Loa.open(settings, clock, (), catalog, understander) as loa, served(loa) as url:
            zalo.webhooks.url = f"{url}/webhooks/zalo"
            if telegram_mode == "webhook":
                telegram.set_webhook(f"{url}/webhooks/telegram", WEBHOOK_SECRET, None)
            else:
                loa.run("telegram", await start_telegram(settings, loa.channels["telegram"], loa.accept))
            yield World(loa, url, telegram, zalo)
            assert not [*telegram.unused, *zalo.faults, *zalo.oauth_faults], "planned and never met"
