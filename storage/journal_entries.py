"""What is handed to the journal, one class for each thing that happens to a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.standings import Standing
from storage.updates import UpdateState


@dataclass(frozen=True, slots=True)
class Recorded:
    """An update as it came; its payload is sealed when it is written."""

    channel: str
    external_id: str
    payload: str
    at: datetime
    taken_until: datetime | None
    state: UpdateState = UpdateState.RECEIVED
    error: str | None = None
    seen: str | None = None
    """Address of whoever wrote it, when account and conversation are wanted along with the update's id."""

    @property
    def handled_at(self) -> datetime | None:
        """Set when there is nothing to do about it."""
        return None if self.state is UpdateState.RECEIVED else self.at


@dataclass(frozen=True, slots=True)
class Kept:
    """An update that is written down."""

    update_id: int
    standing: Standing | None
    """Of whoever wrote it, as it was in that moment."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody wrote to us."""

    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """What a turn changed besides what needed a session: the conversation, the question, and the replies to send."""

    update_id: int
    replies: str
    standing: Standing
    questions: tuple[dict[str, Any], ...] = ()
    """Rows of ``question_log``."""


@dataclass(frozen=True, slots=True)
class Finished:
    """An update is done with."""

    update_id: int
    state: UpdateState
    at: datetime
    error: str | None = None


Entry = Recorded | Seen | Answered | Finished
