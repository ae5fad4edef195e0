"""The words every room uses: who speaks, what arrived, what is answered.

Channels translate platform events into :class:`Message` and :class:`Reply` into platform requests; nothing above a
channel knows which platform a person uses.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

CHOICE_BYTES = 64
"""Longest choice value, in UTF-8 bytes: Telegram's limit for callback data, the narrowest of all channels."""

TEXT_LIMIT = 4000
"""Longest text taken from a person, in characters; the rest is cut before anything reads it."""

EDITED = "edited"
"""``Message.media`` of a changed text. Its first wording has been answered, perhaps as the answer to a form's question,
so the person is asked to send the new wording as a message of its own; only an emergency is read out of it."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def clean_text(text: str) -> str:
    """Text as the rest of the house may rely on it: NFC, no control or direction characters, at most TEXT_LIMIT.

    Lone surrogates (possible in JSON escapes) are dropped: no database takes them.
    """
    text = text[: TEXT_LIMIT * 4].encode("utf-8", "ignore").decode("utf-8")
    text = unicodedata.normalize("NFC", text)
    return _CONTROL.sub(" ", text).strip()[:TEXT_LIMIT]


def plain(text: str) -> str:
    """Somebody's own words made safe to stand inside a reply: the markup character of replies is taken out."""
    return clean_text(text).replace("*", "∗")


@dataclass(frozen=True, slots=True)
class Address:
    """One person's account on one channel, e.g. ``zalo:8123…`` or ``telegram:3527065``."""

    channel: str
    user_id: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.user_id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address written as ``channel:user_id``. Raises ValueError when there is no channel or no id."""
        channel, separator, user_id = text.partition(":")
        if not (channel and separator and user_id):
            raise ValueError(f"not an address: {text!r}")
        return cls(channel, user_id)


class Kind(StrEnum):
    """What a person did."""

    TEXT = "text"
    CHOICE = "choice"
    """Tapped a button; ``Message.choice`` holds its value."""
    CONTACT = "contact"
    """Shared their own phone number through the platform; ``Message.phone`` holds it."""
    MEDIA = "media"
    """Sent a photo, sticker, voice note, file or location; ``Message.media`` names which."""
    FOLLOWED = "followed"
    """Opened the conversation: /start, follow, or a return after blocking."""
    UNFOLLOWED = "unfollowed"
    """Left: unfollowed, blocked the bot."""
    GROUPED = "grouped"
    """Somebody has put the account into a group; the address is the group's, which is told once and never heard."""
    MOVED = "moved"
    """The platform has given a group another address, ``Message.moved_to``; never answered."""
    RECEIPT = "receipt"
    """The platform says a message of ours was delivered or seen; never answered."""


OPENING = frozenset({Kind.TEXT, Kind.CHOICE, Kind.MEDIA, Kind.FOLLOWED})
"""What opens a platform's interaction window: writing, sending, tapping, following."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's word about messages we sent."""

    provider_ids: tuple[str, ...]
    seen: bool = False
    """True when the person has seen it, False when it only reached the device."""
    echo: str = ""
    """The words of the message, when the platform only says that it has accepted one of ours."""
    tracking_id: str = ""
    """Names a template message sent by phone number; then the address is nobody's."""


class FileFault(StrEnum):
    """Why a file somebody sent was not taken in; each has a sentence below ``files.fault``."""

    TOO_LARGE = "too_large"
    UNKNOWN_KIND = "unknown_kind"
    """Empty, broken, or of a kind nobody here opens."""
    NOT_FETCHED = "not_fetched"
    """The platform did not hand it out."""
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file in an update, as the platform names it; nothing of it has been fetched."""

    reference: str
    name: str = ""
    size: int | None = None
    """Bytes, as the platform says."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file taken in: its :class:`storage.files.StoredFile`."""

    file_id: int
    name: str
    media_type: str
    """By its content."""
    size: int


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a person did, in words no platform owns."""

    address: Address
    kind: Kind
    external_id: str
    """The platform's id of the update; unique within the channel."""
    sent_at: datetime
    text: str = ""
    choice: str = ""
    media: str = ""
    phone: str = ""
    start_code: str = ""
    """Code carried by a deep link (Telegram ``/start CODE``)."""
    display_name: str = ""
    receipt: Receipt | None = None
    moved_to: Address | None = None
    files: tuple[FileReference, ...] = ()
    """Photos and documents that came along. They are fetched only when somebody asked for them."""
    attachments: tuple[ReceivedFile, ...] = ()
    """Those of them that were asked for and taken in."""
    file_fault: FileFault | None = None
    """Why one that was asked for was not."""

    def with_text(self, text: str) -> Message:
        return replace(self, kind=Kind.TEXT, text=text, choice="")

    def with_choice(self, value: str) -> Message:
        return replace(self, kind=Kind.CHOICE, choice=value)


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what it says and the value that comes back, ``verb:argument…`` (see :func:`choice_value`)."""

    label: str
    value: str

    def __post_init__(self) -> None:
        if not self.label.strip():
            raise ValueError(f"choice {self.value!r} has no label")
        if not self.value or len(self.value.encode()) > CHOICE_BYTES:
            raise ValueError(f"choice value of 1 to {CHOICE_BYTES} bytes wanted, not {self.value!r}")


def choice_value(verb: str, *arguments: object) -> str:
    """``choice_value("ack", 12)`` is ``"ack:12"``; the inverse of :func:`read_choice`."""
    return ":".join([verb, *(str(argument) for argument in arguments)])


def read_choice(value: str) -> tuple[str, list[str]]:
    """The verb and arguments of a choice value."""
    verb, *arguments = value.split(":")
    return verb, arguments


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file that goes with a reply, by reference: replies are kept as rows (see :mod:`handlers.files`)."""

    file_id: int
    """Of :class:`storage.files.StoredFile`."""
    name: str
    """With its ending: some platforms judge a file by it."""
    media_type: str
    size: int
    """Bytes."""
    instead: str
    """What is said where the file cannot be carried: where else it is to be had."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to a person. ``text`` may mark **bold**; a channel that has no bold drops the marks.

    ``call`` lists phone numbers to offer for one-tap calling where the channel can.
    ``ask_phone`` asks the channel to show its own share-my-number button where it has one.
    ``attachment`` goes before the text, so that the buttons stay at the bottom.
    ``urgent`` is what helps in an emergency: sent once more when nobody can tell whether it arrived.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    call: tuple[str, ...] = ()
    ask_phone: bool = False
    attachment: Attachment | None = None
    urgent: bool = False

    def to_json(self) -> dict[str, Any]:
        """As stored in a delivery row; the inverse of :meth:`from_json`."""
        return {
            "text": self.text,
            "choices": [[choice.label, choice.value] for choice in self.choices],
            "call": list(self.call),
            "ask_phone": self.ask_phone,
            **({"attachment": asdict(self.attachment)} if self.attachment else {}),
            **({"urgent": True} if self.urgent else {}),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        choices = tuple(Choice(label, value) for label, value in data.get("choices", []))
        attachment = data.get("attachment")
        return cls(
            data["text"],
            choices,
            tuple(data.get("call", [])),
            bool(data.get("ask_phone", False)),
            Attachment(**attachment) if attachment else None,
            bool(data.get("urgent", False)),
        )
