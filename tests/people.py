"""A channel whose far end is the test: what people send and what they see, nothing faked above the wire."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.channels.base import Arrival, Capabilities
from bot.channels.layout import Part, lay_out
from bot.errors import SendError
from handlers.messages import Address, Choice, Kind, Message, Reply, clean_text

if TYPE_CHECKING:
    from bot.app import Loa

_ids = itertools.count(1)


class Phones:
    """A channel with Zalo-like limits; ``inbox[user]`` holds the parts each person has received."""

    name = "phone"
    capabilities = Capabilities(text_limit=1900, buttons=5, button_label=60, one_tap_call=True)

    def __init__(self) -> None:
        self.inbox: defaultdict[str, list[Part]] = defaultdict(list)
        self.faults: list[SendError] = []
        """Raised one by one by the next sends."""

    def translate(self, payload: str) -> Message:
        data = json.loads(payload)
        return Message(
            address=Address(self.name, data["user"]),
            kind=Kind(data["kind"]),
            external_id=data["id"],
            sent_at=datetime.now(UTC),
            text=clean_text(data.get("text", "")),
            choice=data.get("choice", ""),
            media=data.get("media", ""),
            phone=data.get("phone", ""),
            start_code=data.get("start_code", ""),
        )

    async def send(self, address: Address, reply: Reply) -> str:
        if self.faults:
            raise self.faults.pop(0)
        self.inbox[address.user_id].extend(lay_out(reply, self.capabilities))
        return f"m{next(_ids)}"

    async def aclose(self) -> None:
        """Nothing to let go of."""


class Person:
    """Somebody with a phone. Every method returns what they saw as the answer to it."""

    def __init__(self, loa: Loa, phones: Phones, user_id: str = "an") -> None:
        self.loa = loa
        self.phones = phones
        self.user_id = user_id

    @property
    def seen(self) -> list[Part]:
        return self.phones.inbox[self.user_id]

    @property
    def address(self) -> str:
        return str(Address(self.phones.name, self.user_id))

    async def does(self, kind: Kind, external_id: str | None = None, **fields: str) -> list[Part]:
        before = len(self.seen)
        external_id = external_id or f"u{next(_ids)}"
        data = {"id": external_id, "user": self.user_id, "kind": kind.value, **fields}
        await self.loa.accept(self.phones.name, Arrival(external_id, json.dumps(data)))
        await self.loa.inbox.drain()
        return self.seen[before:]

    async def is_sent(self, work: Awaitable[None]) -> list[Part]:
        """What the person receives while the house does something on its own."""
        before = len(self.seen)
        await work
        return self.seen[before:]

    async def says(self, text: str) -> list[Part]:
        return await self.does(Kind.TEXT, text=text)

    async def taps(self, label_or_value: str) -> list[Part]:
        """Tap the newest button whose label begins so or whose value is this; a value nobody offered is sent as is."""
        return await self.does(Kind.CHOICE, choice=self._button(label_or_value))

    async def opens(self, code: str = "") -> list[Part]:
        return await self.does(Kind.FOLLOWED, start_code=code)

    async def sends(self, media: str) -> list[Part]:
        return await self.does(Kind.MEDIA, media=media)

    def buttons(self) -> list[Choice]:
        """Every button received so far, newest first."""
        return [choice for part in reversed(self.seen) for choice in part.choices]

    def _button(self, wanted: str) -> str:
        for choice in self.buttons():
            if choice.label.startswith(wanted) or choice.value == wanted:
                return choice.value
        assert ":" in wanted or wanted.isascii(), f"no button {wanted!r} among {[c.label for c in self.buttons()]}"
        return wanted
