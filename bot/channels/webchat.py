"""The web chat as a channel: bubbles are rows, open browsers are woken to fetch them."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO, Any
from uuid import uuid4

from bot.channels.base import Arrival, Capabilities, FileKind, MalformedUpdate, NotFetched
from bot.channels.layout import lay_out
from bot.clock import Clock
from handlers.files import DOCUMENT
from handlers.messages import Address, Choice, FileFault, FileReference, Kind, Message, Reply, clean_text
from storage.database import Database
from storage.files import LARGEST_FILE
from storage.webchat import WebchatMessage

NAME = "webchat"
LONGEST_BODY = 64 * 1024
"""Bytes of one request of the chat page, but for the file in it."""
HELD = 12
"""Files brought to the page and not asked for yet; beyond that the oldest is let go of."""


class WebchatChannel:
    """Keeps both sides of the talk in the database, so a reload or another browser tab shows the same."""

    name = NAME
    capabilities = Capabilities(
        text_limit=4000,
        buttons=12,
        button_label=80,
        bold=True,
        one_tap_call=True,
        call_in_buttons=False,
        files=(FileKind(LARGEST_FILE),),
    )

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._open: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._held: dict[str, IO[bytes]] = {}

    def translate(self, payload: str) -> Message:
        data = json.loads(payload)
        try:
            return Message(
                address=Address(NAME, data["user"]),
                kind=Kind(data["kind"]),
                external_id=data["id"],
                sent_at=self._clock.now(),
                text=clean_text(data.get("text", "")),
                choice=data.get("choice", ""),
                media=data.get("media", ""),
                files=tuple(FileReference(*file) for file in data.get("files", ())),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise MalformedUpdate(type(error).__name__) from None

    def hold(self, content: IO[bytes]) -> str:
        """Keep a file at hand until its message is worked on; what it is fetched by. A restart forgets it, and the
        person is asked to send it again."""
        while len(self._held) >= HELD:
            self._held.pop(next(iter(self._held))).close()
        reference = uuid4().hex
        self._held[reference] = content
        return reference

    async def fetch(self, _address: Address, file: FileReference, largest: int) -> bytes:
        """What somebody has brought to the page. Raises NotFetched."""
        held = self._held.pop(file.reference, None)
        if held is None:
            raise NotFetched(FileFault.NOT_FETCHED)
        with held:
            content = await asyncio.to_thread(held.read, largest + 1)
        if len(content) > largest:
            raise NotFetched(FileFault.TOO_LARGE)
        return content

    async def send(self, address: Address, reply: Reply) -> str:
        last = ""
        for part in lay_out(reply, self.capabilities):
            body = Reply(part.text, part.choices, part.call, attachment=part.file).to_json()
            last = await self.show(address.user_id, body, from_person=False)
        return last

    async def show(self, user_id: str, body: dict[str, object], from_person: bool) -> str:
        """Add a bubble and wake the browsers that show this talk; the bubble's id."""
        async with self._db.session() as db:
            row = WebchatMessage(user_id=user_id, from_person=from_person, body=body, at=self._clock.now())
            db.add(row)
            await db.commit()
        for event in self._open.get(user_id, ()):
            event.set()
        return str(row.id)

    @asynccontextmanager
    async def watching(self, user_id: str) -> AsyncIterator[asyncio.Event]:
        """An event set whenever a bubble is added to this talk, for as long as the browser is connected."""
        event = asyncio.Event()
        self._open[user_id].add(event)
        try:
            yield event
        finally:
            self._open[user_id].discard(event)
            if not self._open[user_id]:
                del self._open[user_id]

    async def aclose(self) -> None:
        """Wake every browser so that its stream can end."""
        for events in self._open.values():
            for event in events:
                event.set()
        while self._held:
            self._held.popitem()[1].close()


def said(user_id: str, text: str) -> Arrival:
    """A line written in the chat page."""
    return _arrival(user_id, Kind.TEXT, text=text)


def tapped(user_id: str, choice: Choice) -> Arrival:
    """A button of the chat page."""
    return _arrival(user_id, Kind.CHOICE, text=choice.label, choice=choice.value)


def brought(user_id: str, file: FileReference, picture: bool) -> Arrival:
    """A file chosen on the chat page; the channel holds it."""
    told = [file.reference, file.name, file.size]
    return _arrival(user_id, Kind.MEDIA, media="photo" if picture else DOCUMENT, files=[told])


def opened(user_id: str) -> Arrival:
    """The chat page was opened for the first time."""
    return _arrival(user_id, Kind.FOLLOWED)


def _arrival(user_id: str, kind: Kind, **fields: Any) -> Arrival:
    external_id = uuid4().hex
    data = {"id": external_id, "user": user_id, "kind": kind.value, **fields}
    return Arrival(external_id, json.dumps(data, ensure_ascii=False))
