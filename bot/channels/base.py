"""The one port of the house: a channel carries messages between people and Loa."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from handlers.messages import Address, Attachment, FileFault, FileReference, Message, Reply
from handlers.reminders.nudging import Window


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file a channel carries."""

    largest: int
    """Bytes."""
    media_types: frozenset[str] = frozenset()
    """Empty: any."""
    picture: bool = False
    """Shown as a picture, not as a file to be opened."""

    def takes(self, attachment: Attachment) -> bool:
        return attachment.size <= self.largest and (not self.media_types or attachment.media_type in self.media_types)


PICTURES = frozenset({"image/jpeg", "image/png"})
"""What every platform can show."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can carry, as data: the layout asks, nothing else does."""

    text_limit: int
    """Longest text of one message, in characters (code points and UTF-16 units both stay below)."""
    buttons: int
    """Most buttons under one message; 0 where there are none and choices are numbered in the text."""
    button_label: int
    """Longest button label in characters."""
    bold: bool = False
    one_tap_call: bool = False
    """Whether a phone number can be offered as a button."""
    call_in_buttons: bool = True
    """Whether call buttons count towards ``buttons``."""
    receipts: bool = False
    """Whether the platform reports what has arrived and what was seen."""
    window: Window | None = None
    """How long after somebody's last sign of life the account may write to them; None where that does not matter."""
    sends_per_second: float = 1000.0
    """The platform's rate for all messages of one bot or account."""
    chat_seconds: float = 0.0
    """Least seconds between two messages to one person."""
    group_seconds: float = 0.0
    """The same for a group, whose ids begin with ``group_mark``."""
    group_mark: str = ""
    files: tuple[FileKind, ...] = ()
    """What files it carries; the first kind that takes one is used."""

    def carries(self, attachment: Attachment) -> FileKind | None:
        """How the file goes; None when it does not."""
        return next((kind for kind in self.files if kind.takes(attachment)), None)

    def gap_to(self, address: str) -> float:
        """Least seconds between two messages to this address."""
        if self.group_mark and address.partition(":")[2].startswith(self.group_mark):
            return self.group_seconds
        return self.chat_seconds

    def at_rate(self, per_second: float | None) -> Capabilities:
        """The same with another rate; 0 lifts every limit (measurements), None changes nothing."""
        if per_second is None:
            return self
        if per_second == 0:
            return replace(self, sends_per_second=1e6, chat_seconds=0.0, group_seconds=0.0)
        return replace(self, sends_per_second=per_second)


class Channel(Protocol):
    """One platform. Adapters: telegram, zalo, webchat, terminal."""

    name: str
    capabilities: Capabilities

    def translate(self, payload: str) -> Message | None:
        """The platform's update as a Message; None when there is nothing to answer or settle.

        Raises ValueError when the payload is not of the platform's shape.
        """

    async def send(self, address: Address, reply: Reply) -> str:
        """Send a reply, split within the channel's limits; the platform's id of the last part.

        Raises SendError with its policy.
        """

    async def aclose(self) -> None:
        """Let go of connections. Closing twice is fine."""


class NotFetched(Exception):
    """A file of an update could not be had."""

    def __init__(self, fault: FileFault) -> None:
        self.fault = fault
        super().__init__(fault.value)


@runtime_checkable
class Fetches(Protocol):
    """A channel that can fetch what people send."""

    async def fetch(self, address: Address, file: FileReference, largest: int) -> bytes:
        """The bytes of a file, at most ``largest``. Raises NotFetched."""


class WrongSignature(Exception):
    """The request does not come from the platform. ``reason`` is for the operators' log, never for the sender."""


class MalformedUpdate(ValueError):
    """The body is not an update of this platform, or too large to be one."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update as it came, ready to be written down: nothing has been read out of it but its id."""

    external_id: str
    """Unique within the channel; the same update delivered twice has the same id."""
    payload: str


class Webhook(Protocol):
    """How a platform's pushes are checked before anything is stored."""

    def receive(self, headers: Mapping[str, str], body: bytes) -> Arrival | None:
        """The update in a request; None for a probe that must only be answered with 200.

        Raises WrongSignature or MalformedUpdate. Header names are lower case.
        """


Accept = Callable[[str, Arrival], Awaitable[None]]
"""``accept(channel name, arrival)`` writes an update down durably and returns; the work happens after."""
