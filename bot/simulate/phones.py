"""What each person of the simulation sees on the phone, and what can be done with it."""

from __future__ import annotations

import base64
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from simulators import telegram, zalo
from simulators.telegram_people import Bubble as TelegramBubble
from simulators.zalo_people import Bubble as ZaloBubble

WAIT = 20.0
"""Seconds for which a line of ours that has no answer yet shows as being answered; then as unanswered."""
FAKE_PHONE = "0900000456"
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
"""A picture of one point."""
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
"""A document of one empty page."""
PAPER_NAME = "bao-cao.pdf"
CLOSED_FOR = timedelta(days=8)
"""How long ago a person last wrote once Zalo's window is closed by hand."""

Picture = dict[str, Any]


class NothingThere(ValueError):
    """A button or an action this phone does not have."""


@dataclass(frozen=True, slots=True)
class _Own:
    """Something the person did."""

    after: int
    """How many messages of Loa's stood above it."""
    text: str
    at: float
    """Moment of the monotonic clock."""
    answered: bool
    """Whether an answer is to be expected."""


class Phone(ABC):
    """One person's phone. ``words`` gives the wording of a key of ``simulate``."""

    platform: str

    def __init__(self, name: str, note: str, words: Callable[..., str]) -> None:
        self.name = name
        self.note = note
        self._words = words
        self._own: list[_Own] = []
        self._seen = 0

    @property
    @abstractmethod
    def id(self) -> str: ...

    @property
    @abstractmethod
    def address(self) -> str: ...

    @property
    @abstractmethod
    def _bubbles(self) -> Sequence[TelegramBubble | ZaloBubble]:
        """What Loa has sent, oldest first."""

    @abstractmethod
    def _actions(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What can be done now beside typing and tapping, in the order of the buttons."""

    @abstractmethod
    def _flags(self) -> Picture: ...

    @abstractmethod
    async def _type(self, text: str) -> None: ...

    @abstractmethod
    async def _press(self, bubble: int, button: int) -> None: ...

    async def say(self, text: str) -> None:
        self._note(text)
        await self._type(text)

    async def tap(self, bubble: int, button: int) -> None:
        """Tap a button, both counted from 0. Raises NothingThere."""
        try:
            label = self._bubbles[bubble].buttons[button].label
        except IndexError:
            raise NothingThere(f"{bubble}/{button}") from None
        self._note(self._words("simulate.did.tap", label=label))
        await self._press(bubble, button)

    async def do(self, action: str) -> None:
        """Raises NothingThere when there is no such action now."""
        act = self._actions().get(action)
        if act is None:
            raise NothingThere(action)
        self._note(self._words(f"simulate.did.{action}"), action not in ("block", "unfollow", "restrict", "window"))
        await act()

    async def look(self) -> None:
        """Everything on the screen has now been seen."""
        self._seen = len(self._bubbles)

    def picture(self) -> Picture:
        """The screen as the page draws it."""
        own, lines = list(self._own), []
        for number, bubble in enumerate(self._bubbles):
            while own and own[0].after <= number:
                lines.append(_mine(own.pop(0)))
            lines.append({"mine": False, "number": number, **self._bubble(bubble)})
        lines += [_mine(each) for each in own]
        last = self._own[-1] if self._own else None
        open_since = last.at if last and last.answered and last.after == len(self._bubbles) else None
        waited = None if open_since is None else time.monotonic() - open_since
        return {
            "id": self.id,
            "platform": self.platform,
            "name": self.name,
            "note": self.note,
            "lines": lines,
            "actions": [[name, self._words(f"simulate.action.{name}")] for name in self._actions()],
            "unread": len(self._bubbles) - self._seen,
            "waiting": waited is not None and waited < WAIT,
            "unanswered": waited is not None and waited >= WAIT,
            **self._flags(),
        }

    def _bubble(self, bubble: TelegramBubble | ZaloBubble) -> Picture:
        runs = bubble.runs if isinstance(bubble, TelegramBubble) else ((bubble.text, False),)
        if bubble.picture:
            runs = ((self._words("simulate.did.photo"), True), *runs)
        elif bubble.file:
            runs = ((f"[{bubble.file}]", True), *runs)
        return {"runs": [[text, bold] for text, bold in runs if text], "buttons": bubble.labels}

    def _note(self, text: str, answered: bool = True) -> None:
        self._own.append(_Own(len(self._bubbles), text, time.monotonic(), answered))


class TelegramPhone(Phone):
    platform = "telegram"

    def __init__(self, person: telegram.Person, note: str, words: Callable[..., str]) -> None:
        super().__init__(person.user.full_name, note, words)
        self._person = person

    @property
    def id(self) -> str:
        return f"telegram-{self._person.id}"

    @property
    def address(self) -> str:
        return self._person.address

    @property
    def _bubbles(self) -> Sequence[TelegramBubble]:
        return self._person.messages

    def _actions(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        person = self._person
        if person.blocking:
            return {"unblock": self._unblock}
        actions: dict[str, Callable[[], Awaitable[None]]] = {"start": person.starts}
        if person.started:
            actions |= {
                "contact": lambda: person.shares_contact(FAKE_PHONE),
                "photo": lambda: person.sends_photo(content=PHOTO),
                "album": lambda: person.sends_album(3),
                "voice": person.sends_voice,
                "sticker": person.sends_sticker,
                "file": lambda: person.sends_document(PAPER_NAME, content=PAPER),
                "location": lambda: person.sends_location(14.35, 108.0),
                "block": self._block,
            }
        return actions

    def _flags(self) -> Picture:
        person = self._person
        return {"asks_phone": person.phone_button, "gone": person.blocking, "typing": person.types_to_me}

    async def _type(self, text: str) -> None:
        await self._person.says(text)

    async def _press(self, bubble: int, button: int) -> None:
        await self._person.presses(self._person.messages[bubble], button)

    async def _block(self) -> None:
        self._person.blocks()

    async def _unblock(self) -> None:
        """Telegram's apps send /start right after."""
        self._person.unblocks()
        await self._person.starts()


class ZaloPhone(Phone):
    platform = "zalo"

    def __init__(self, person: zalo.Person, note: str, words: Callable[..., str]) -> None:
        super().__init__(person.name, note, words)
        self._person = person

    @property
    def id(self) -> str:
        return f"zalo-{self._person.id}"

    @property
    def address(self) -> str:
        return self._person.address

    @property
    def _bubbles(self) -> Sequence[ZaloBubble]:
        return self._person.messages

    def _actions(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        person = self._person
        follow = {"unfollow": person.unfollows} if person.follower else {"follow": person.follows}
        if person.restricting:
            return {**follow, "allow": self._allow}
        return {
            **follow,
            "contact": self._share,
            "photo": lambda: person.sends_file("anh.png", PHOTO),
            "voice": lambda: person.sends("audio"),
            "sticker": lambda: person.sends("sticker"),
            "file": lambda: person.sends_file(PAPER_NAME, PAPER),
            "location": lambda: person.sends("location"),
            "window": self._close_window,
            "restrict": self._restrict,
        }

    def _flags(self) -> Picture:
        person = self._person
        gone = person.left or person.restricting
        return {"asks_phone": person.forms[-1] if person.forms else None, "gone": gone, "typing": False}

    async def look(self) -> None:
        await super().look()
        await self._person.reads()

    async def _type(self, text: str) -> None:
        await self._person.says(text)

    async def _press(self, bubble: int, button: int) -> None:
        await self._person.presses(self._person.messages[bubble].buttons[button])

    async def _share(self) -> None:
        self._person.forms.clear()
        await self._person.shares_info(self.name, FAKE_PHONE)

    async def _restrict(self) -> None:
        self._person.blocks()

    async def _allow(self) -> None:
        self._person.restricting = False

    async def _close_window(self) -> None:
        person = self._person
        if person.last_interaction is not None:
            person.last_interaction -= CLOSED_FOR


def _mine(own: _Own) -> Picture:
    return {"mine": True, "runs": [[own.text, False]], "buttons": []}
