"""People with Telegram on their phones: what they do, and what they see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiogram import types
from aiogram.types import Chat, Contact, MessageEntity, User

if TYPE_CHECKING:
    from simulators.telegram import TelegramSimulator

TYPING = 5.0
"""Seconds for which "typing" is shown."""
CLIENT_LIMIT = 4096
"""Telegram's apps cut a longer text into several messages."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message."""

    label: str
    data: str


@dataclass(slots=True)
class Bubble:
    """A message of the bot as it stands on the screen."""

    id: int
    text: str
    buttons: tuple[Button, ...] = ()
    """In reading order."""
    rows: tuple[int, ...] = ()
    """How many buttons each row has."""
    bold: tuple[str, ...] = ()
    """The bold pieces of the text."""
    runs: tuple[tuple[str, bool], ...] = ()
    """The text in pieces, each bold or not."""
    silent: bool = False
    file: str = ""
    """Name of the file it shows."""
    picture: str = ""
    """Id of the picture it shows."""
    content: bytes = b""
    """Of the picture or the file."""

    @property
    def labels(self) -> list[str]:
        return [button.label for button in self.buttons]


class Person:
    """Somebody in a private chat with the bot. Made by :meth:`TelegramSimulator.person`."""

    def __init__(self, simulator: TelegramSimulator, user: User) -> None:
        self._simulator = simulator
        self.user = user
        self.chat = Chat(id=user.id, type="private", first_name=user.first_name, last_name=user.last_name)
        self.messages: list[Bubble] = []
        """Everything the bot has sent, oldest first."""
        self.keyboard: tuple[str, ...] = ()
        """Labels of the reply keyboard, while the bot has put one below the text field."""
        self.phone_button: str | None = None
        """Label of the share-my-number button among them."""
        self.spinning: set[str] = set()
        """Taps the bot has not answered yet: their buttons show a spinner."""
        self.started = False
        self.blocking = False
        self.deactivated = False
        self.typing_since: float | None = None
        """When the bot said last that it is typing (monotonic); None once its message has come."""
        self._read = 0

    @property
    def types_to_me(self) -> bool:
        """Whether the app shows the bot as typing: for five seconds, or until its message."""
        return self.typing_since is not None and time.monotonic() - self.typing_since < TYPING

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def address(self) -> str:
        return f"telegram:{self.id}"

    async def says(self, text: str) -> None:
        """Type a text and send it; a long one goes out in several messages."""
        for start in range(0, len(text), CLIENT_LIMIT):
            self._sends(text=text[start : start + CLIENT_LIMIT])

    async def starts(self, code: str = "") -> None:
        """Press START, perhaps having come by a link that carries ``code``."""
        await self.says(f"/start {code}".strip())

    async def taps(self, button: str) -> None:
        """Tap the newest button with this label or data, else the newest whose label begins so."""
        found = [(bubble, each) for bubble in reversed(self.messages) for each in bubble.buttons]
        for fits in (lambda each: button in (each.label, each.data), lambda each: each.label.startswith(button)):
            for bubble, each in found:
                if fits(each):
                    self._taps(bubble, each.data)
                    return
        raise AssertionError(f"no button {button!r} among {[each.label for _, each in found]}")

    async def presses(self, bubble: Bubble, button: int) -> None:
        """Tap a button of this message, counted from 0."""
        self._taps(bubble, bubble.buttons[button].data)

    async def forges_tap(self, data: str) -> None:
        """Send a tap no button offers, as a person's own program can."""
        self._taps(self.messages[-1] if self.messages else Bubble(1, ""), data)

    async def shares_contact(self, phone: str, user_id: int | None = None) -> None:
        """Share a phone number: one's own, or with ``user_id`` somebody else's (0: of nobody on Telegram)."""
        owner = self.id if user_id is None else user_id or None
        self._sends(contact=Contact(phone_number=phone, first_name=self.user.first_name, user_id=owner))

    async def sends_photo(self, caption: str | None = None, content: bytes = b"") -> None:
        sizes = [
            {"file_id": self._simulator.keep("", content), "file_unique_id": f"p{side}", "width": side, "height": side}
            for side in (90, 800)
        ]
        self._sends(photo=sizes, caption=caption)

    async def sends_album(self, count: int) -> None:
        """Several photos chosen at once: each is a message, and all carry the album's id."""
        album = f"album-{self._simulator.next_message_id()}"
        for number in range(count):
            photo = [{"file_id": f"{album}-{number}", "file_unique_id": f"a{number}", "width": 800, "height": 600}]
            self._sends(photo=photo, media_group_id=album)

    async def sends_sticker(self) -> None:
        sides = {"width": 512, "height": 512}
        kind = {"type": "regular", "is_animated": False, "is_video": False}
        self._sends(sticker={"file_id": "sticker", "file_unique_id": "s", **sides, **kind})

    async def sends_voice(self) -> None:
        self._sends(voice={"file_id": "voice", "file_unique_id": "v", "duration": 3})

    async def sends_document(self, name: str, caption: str | None = None, content: bytes = b"") -> None:
        file_id = self._simulator.keep(name, content)
        size = {"file_size": len(content)} if content else {}
        self._sends(document={"file_id": file_id, "file_unique_id": "f", "file_name": name, **size}, caption=caption)

    async def sends_location(self, latitude: float, longitude: float) -> None:
        self._sends(location={"latitude": latitude, "longitude": longitude})

    async def edits_last(self, text: str) -> None:
        """Change the text of the message sent last."""
        message = self._message(text=text, edit_date=self._now())
        self._simulator.queue(edited_message=message)

    def blocks(self) -> None:
        self.blocking = True
        self._membership("member", "kicked")

    def unblocks(self) -> None:
        self.blocking = False
        self._membership("kicked", "member")

    async def sees(self, count: int = 1, within: float = 5.0) -> list[Bubble]:
        """The next ``count`` messages not seen before; waits for them at most ``within`` seconds."""
        wanted = self._read + count
        try:
            async with asyncio.timeout(within):
                while len(self.messages) < wanted:
                    await self._simulator.something_sent()
        except TimeoutError:
            unread = [bubble.text for bubble in self.messages[self._read :]]
            raise AssertionError(f"{count} messages expected within {within} s, only these came: {unread}") from None
        bubbles = self.messages[self._read : wanted]
        self._read = wanted
        return bubbles

    async def asks(self, text: str, within: float = 5.0) -> Bubble:
        """Say something and see the next message."""
        self._read = len(self.messages)
        await self.says(text)
        return (await self.sees(1, within))[0]

    def show(self, message: types.Message, silent: bool) -> None:
        """Put a message of the bot on this person's screen."""
        self.typing_since = None
        picture = message.photo[-1].file_id if message.photo else ""
        document = message.document.file_id if message.document else ""
        name, content = self._simulator.files.get(picture or document, ("", b""))
        markup = message.reply_markup
        rows = markup.inline_keyboard if markup else []
        self.messages.append(
            Bubble(
                id=message.message_id,
                text=message.text or "",
                buttons=tuple(Button(button.text, button.callback_data or "") for row in rows for button in row),
                rows=tuple(len(row) for row in rows),
                bold=tuple(_pieces(message.text or "", message.entities or [], "bold")),
                runs=tuple(_runs(message.text or "", message.entities or [])),
                silent=silent,
                file=name if document else "",
                picture=picture,
                content=content,
            )
        )

    def _now(self) -> int:
        return int(self._simulator.clock.now().timestamp())

    def _sends(self, **content: Any) -> None:
        self.started = True
        self._simulator.queue(message=self._message(**content))

    def _message(self, **content: Any) -> types.Message:
        number = self._simulator.next_message_id()
        return types.Message.model_validate(
            {"message_id": number, "date": self._now(), "chat": self.chat, "from": self.user, **content}
        )

    def _taps(self, bubble: Bubble, data: str) -> None:
        message = types.Message(
            message_id=bubble.id,
            date=self._simulator.clock.now(),
            chat=self.chat,
            from_user=self._simulator.me,
            text=bubble.text,
        )
        tap = str(self._simulator.next_message_id() + 4_000_000_000)
        self.spinning.add(tap)
        query = types.CallbackQuery(id=tap, from_user=self.user, chat_instance="1", data=data, message=message)
        self._simulator.queue(callback_query=query)

    def _membership(self, old: str, new: str) -> None:
        change = {
            "chat": self.chat,
            "from": self.user,
            "date": self._now(),
            "old_chat_member": {"status": old, "user": self._simulator.me, "until_date": 0},
            "new_chat_member": {"status": new, "user": self._simulator.me, "until_date": 0},
        }
        self._simulator.queue(my_chat_member=types.ChatMemberUpdated.model_validate(change))


def _pieces(text: str, entities: list[MessageEntity], kind: str) -> list[str]:
    return [entity.extract_from(text) for entity in entities if entity.type == kind]


def _runs(text: str, entities: list[MessageEntity]) -> Iterator[tuple[str, bool]]:
    """Telegram counts in UTF-16 units, so the text is cut as such."""
    wide = text.encode("utf-16-le")
    at = 0
    for entity in sorted(entities, key=lambda each: each.offset):
        start, stop = entity.offset * 2, (entity.offset + entity.length) * 2
        if entity.type == "bold" and start >= at:
            yield wide[at:start].decode("utf-16-le"), False
            yield wide[start:stop].decode("utf-16-le"), True
            at = stop
    yield wide[at:].decode("utf-16-le"), False
