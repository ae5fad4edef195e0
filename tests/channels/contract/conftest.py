"""The four channels, each with somebody at its far end who writes, taps and reads as its platform lets people do."""

from __future__ import annotations

import itertools
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.channels.base import Channel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.terminal import TerminalChannel, typed
from bot.channels.webchat import WebchatChannel, opened, said, tapped
from bot.channels.zalo.channel import zalo_channel
from bot.config import Settings
from content.catalog import Catalog
from handlers.messages import Address, Choice, Message
from simulators.telegram import TelegramSimulator
from simulators.zalo import ZaloSimulator
from storage.database import Database
from storage.webchat import webchat_since
from tests.conftest import TestClock

if TYPE_CHECKING:
    from simulators.telegram import Person as TelegramPerson
    from simulators.zalo import Person as ZaloPerson

CHANNELS = ("telegram", "zalo", "webchat", "terminal")
NAME = "Y Mai Thị Tuyệt-Mật"
PHONE = "0905123456"


@dataclass(frozen=True, slots=True)
class Seen:
    """A message on the far end's screen."""

    text: str
    labels: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    """Numbers that can be dialled with one tap."""
    file: str = ""
    """Name of the file it shows."""
    picture: bool = False
    content: bytes = b""
    """Of the file or the picture, where the channel carries one."""


class FarEnd(ABC):
    """One channel and the person beyond it."""

    channel: Channel
    address: Address
    db: Database
    secrets: tuple[str, ...] = ()
    """What must be in no log."""

    @abstractmethod
    async def says(self, text: str) -> str:
        """Write something; the payload it arrives as."""

    @abstractmethod
    async def opens(self) -> str:
        """Begin the conversation as one does on this platform; the payload."""

    @abstractmethod
    async def sees(self) -> list[Seen]:
        """Everything received so far."""

    async def taps(self, choice: Choice) -> str:
        """Tap a button that has been received; the payload."""
        raise NotImplementedError

    def read(self, payload: str) -> Message:
        message = self.channel.translate(payload)
        assert message is not None
        return message


class OnTelegram(FarEnd):
    def __init__(self, simulator: TelegramSimulator, channel: TelegramChannel, person: TelegramPerson) -> None:
        self.simulator, self.channel, self.person = simulator, channel, person
        person.started = True
        self.address = Address.parse(person.address)
        self.secrets = (simulator.token, simulator.token.partition(":")[2])

    def _last(self) -> str:
        return json.dumps(self.simulator.pending.pop())

    async def says(self, text: str) -> str:
        await self.person.says(text)
        return self._last()

    async def opens(self) -> str:
        await self.person.starts()
        return self._last()

    async def taps(self, choice: Choice) -> str:
        await self.person.taps(choice.value)
        return self._last()

    async def sees(self) -> list[Seen]:
        return [
            Seen(bubble.text, tuple(bubble.labels), (), bubble.file, bool(bubble.picture), bubble.content)
            for bubble in self.person.messages
        ]


class OnZalo(FarEnd):
    def __init__(self, simulator: ZaloSimulator, channel: Channel, person: ZaloPerson) -> None:
        self.simulator, self.channel, self.person = simulator, channel, person
        self.address = Address.parse(person.address)
        self.secrets = (simulator.app_secret, simulator.webhooks.oa_secret, simulator.grants.access)

    def _last(self) -> str:
        return self.simulator.webhooks.pushes[-1].body.decode()

    async def says(self, text: str) -> str:
        await self.person.says(text)
        return self._last()

    async def opens(self) -> str:
        await self.person.follows()
        return self._last()

    async def taps(self, choice: Choice) -> str:
        await self.person.taps(f"#{choice.value}")
        return self._last()

    async def sees(self) -> list[Seen]:
        return [
            Seen(
                bubble.text,
                tuple(each.label for each in bubble.buttons if each.kind.startswith("oa.query")),
                tuple(each.data for each in bubble.buttons if each.kind == "oa.open.phone"),
                bubble.file,
                bool(bubble.picture),
                bubble.content,
            )
            for bubble in self.person.messages
        ]


class InBrowser(FarEnd):
    address = Address("webchat", "citizen-1")

    def __init__(self, db: Database, clock: TestClock) -> None:
        self.channel = WebchatChannel(db, clock)

    async def says(self, text: str) -> str:
        return said(self.address.user_id, text).payload

    async def opens(self) -> str:
        return opened(self.address.user_id).payload

    async def taps(self, choice: Choice) -> str:
        return tapped(self.address.user_id, choice).payload

    async def sees(self) -> list[Seen]:
        async with self.db.reading() as db:
            rows = await webchat_since(db, self.address.user_id, 0)
        bodies = [row.body for row in rows]
        return [
            Seen(
                body["text"].replace("**", ""),
                tuple(label for label, _ in body["choices"]),
                tuple(body["call"]),
                body.get("attachment", {}).get("name", ""),
            )
            for body in bodies
        ]


class AtTerminal(FarEnd):
    address = Address("terminal", "citizen-1")

    def __init__(self) -> None:
        self.printed: list[str] = []
        self.channel = TerminalChannel(self.printed.append)
        self._lines = itertools.count(1)

    async def says(self, text: str) -> str:
        return typed(self.address.user_id, text, str(next(self._lines))).payload

    async def opens(self) -> str:
        return typed(self.address.user_id, "", str(next(self._lines)), opened=True).payload

    async def sees(self) -> list[Seen]:
        return [Seen(text) for text in self.printed]


@pytest.fixture(params=CHANNELS)
async def far(
    request: pytest.FixtureRequest, sqlite_url: str, clock: TestClock, catalog: Catalog
) -> AsyncIterator[FarEnd]:
    """Each channel in turn. No token, secret, name, number or word may get into a log meanwhile, and whatever was
    planned to go wrong must have gone wrong."""
    db = Database(sqlite_url)
    end: FarEnd
    async with TelegramSimulator() as telegram, ZaloSimulator(clock) as zalo:
        if request.param == "telegram":
            channel = TelegramChannel(telegram.token, telegram.url, catalog.text, clock, db)
            end = OnTelegram(telegram, channel, telegram.person(5190021, NAME))
        elif request.param == "zalo":
            zalo_line = zalo_channel(Settings(**zalo.settings()), db, clock, catalog)
            end = OnZalo(zalo, zalo_line, zalo.person(NAME))
            await end.opens()
        else:
            end = InBrowser(db, clock) if request.param == "webchat" else AtTerminal()
        end.db = db
        yield end
        await end.channel.aclose()
        await end.channel.aclose()
        assert not telegram.unused, "planned and never met"
        assert not zalo.faults, "planned and never met"
        assert not zalo.oauth_faults, "planned and never met"
    await db.close()


@pytest.fixture(autouse=True)
def _silent(far: FarEnd, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiosqlite").setLevel(logging.INFO)  # its debug lines are the database's own
    with capture_logs() as logged:
        yield
    everything = "\n".join([*map(repr, logged), caplog.text])
    assert not [secret for secret in (*far.secrets, NAME, PHONE) if secret in everything]
