"""The terminal as a channel: what ``loa chat`` talks through."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from bot.channels.base import Arrival, Capabilities, FileKind, MalformedUpdate
from bot.channels.layout import lay_out
from handlers.messages import Address, Kind, Message, Reply, clean_text
from storage.files import LARGEST_FILE

NAME = "terminal"


class TerminalChannel:
    """Prints replies, of a file its name; choices are numbered and picked by typing the number or the label."""

    name = NAME
    capabilities = Capabilities(text_limit=4000, buttons=0, button_label=60, files=(FileKind(LARGEST_FILE),))

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._sent = 0

    def translate(self, payload: str) -> Message:
        data = json.loads(payload)
        try:
            return Message(
                address=Address(NAME, data["user"]),
                kind=Kind.FOLLOWED if data.get("opened") else Kind.TEXT,
                external_id=data["id"],
                sent_at=datetime.now(UTC),
                text=clean_text(data["text"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise MalformedUpdate(type(error).__name__) from None

    async def send(self, address: Address, reply: Reply) -> str:
        for part in lay_out(reply, self.capabilities):
            self._show(part.text if part.file is None else f"[{part.file.name}]")
        self._sent += 1
        return str(self._sent)

    async def aclose(self) -> None:
        """Nothing to let go of."""


def typed(user: str, text: str, line: str, opened: bool = False) -> Arrival:
    """A line typed at the terminal as an update; ``line`` tells it from every other of this user's."""
    external_id = f"{user}:{line}"
    return Arrival(external_id, json.dumps({"id": external_id, "user": user, "text": text, "opened": opened}))
