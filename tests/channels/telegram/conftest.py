"""A Telegram of our own, and the channel under test connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.telegram.api import BotApi
from bot.channels.telegram.channel import TelegramChannel
from bot.clock import Clock
from content.files import ROOT, Reader
from content.text import Texts, load_texts
from simulators.telegram import Person, TelegramSimulator
from storage.database import Database

TAPPED_AT = datetime(2024, 11, 11, 1, 2, 3, tzinfo=UTC)


class StoppedClock(Clock):
    def now(self) -> datetime:
        return TAPPED_AT


@pytest.fixture(scope="session")
def texts() -> Texts:
    return load_texts(Reader(ROOT))


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as simulator:
        yield simulator
        assert not simulator.unused, "planned and never met"


@pytest.fixture
async def files(sqlite_url: str) -> AsyncIterator[Database]:
    """Where the files of replies lie; nothing else of the channel is stored."""
    db = Database(sqlite_url)
    yield db
    await db.close()


@pytest.fixture
async def channel(telegram: TelegramSimulator, texts: Texts, files: Database) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(telegram.token, telegram.url, texts, StoppedClock(), files)
    yield channel
    await channel.aclose()


@pytest.fixture
def an(telegram: TelegramSimulator) -> Person:
    """Somebody the bot may write to; the update that made it so has been taken."""
    person = telegram.person(5190021, "An", "Nguyễn Văn")
    person.started = True
    return person


@pytest.fixture
async def connect(telegram: TelegramSimulator) -> AsyncIterator[Callable[..., BotApi]]:
    """Makes accesses to the Bot API with other limits or another address; all are closed afterwards."""
    made: list[BotApi] = []

    def connected(url: str | None = None, token: str | None = None, **limits: Any) -> BotApi:
        made.append(BotApi(token or telegram.token, url or telegram.url, **limits))
        return made[-1]

    yield connected
    for api in made:
        await api.aclose()


Connect = Callable[..., BotApi]
