"""A Zalo simulator and the channel talking to it over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channels.zalo.channel import ZaloChannel, zalo_channel
from bot.config import Settings
from content.catalog import Catalog
from content.files import Reader
from content.text import Texts, load_texts
from simulators.zalo import ZaloSimulator
from storage.credentials import PlatformCredential, credential
from storage.database import Database
from tests.conftest import TestClock


@pytest.fixture(scope="session")
def text() -> Texts:
    return load_texts(Reader())


@pytest.fixture
async def zalo(clock: TestClock) -> AsyncIterator[ZaloSimulator]:
    async with ZaloSimulator(clock) as simulator:
        yield simulator


class Line:
    """Channels to the simulator, as one process after another, or several at once, would open them."""

    def __init__(self, zalo: ZaloSimulator, db: Database, clock: TestClock, catalog: Catalog) -> None:
        self.zalo = zalo
        self.db = db
        self.clock = clock
        self.catalog = catalog
        self.opened: list[ZaloChannel] = []

    def open(self, **settings: Any) -> ZaloChannel:
        """A channel with the simulator's settings; ``settings`` change some."""
        channel = zalo_channel(Settings(**self.zalo.settings() | settings), self.db, self.clock, self.catalog)
        self.opened.append(channel)
        return channel

    async def row(self) -> PlatformCredential:
        """The stored tokens."""
        async with self.db.reading() as db:
            row = await credential(db, f"zalo:{self.zalo.oa_id}")
        assert row is not None
        return row

    async def close(self) -> None:
        for channel in self.opened:
            await channel.aclose()


@pytest.fixture
async def line(zalo: ZaloSimulator, sqlite_url: str, clock: TestClock, catalog: Catalog) -> AsyncIterator[Line]:
    """On SQLite, for tests to which the engine does not matter."""
    db = Database(sqlite_url)
    line = Line(zalo, db, clock, catalog)
    yield line
    await line.close()
    await db.close()


@pytest.fixture
async def lines(zalo: ZaloSimulator, database: Database, clock: TestClock, catalog: Catalog) -> AsyncIterator[Line]:
    """On both engines."""
    line = Line(zalo, database, clock, catalog)
    yield line
    await line.close()


@pytest.fixture
def channel(line: Line) -> ZaloChannel:
    return line.open()
