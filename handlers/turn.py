"""Everything one handler may touch while it answers one message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.forms.runner import InProcessRunner, Runner
from handlers.messages import Choice, Message, Reply
from handlers.sheet_rows import Filled, SheetTask
from nlu.verdict import Understanding
from storage.appointments import Appointment
from storage.contacts import Account, Contact
from storage.conversations import Conversation

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


class Understands(Protocol):
    """What the handlers need of ``nlu``: :class:`nlu.understanding.Understander` gives it."""

    def understand(self, text: str) -> Understanding: ...


class Papers(Protocol):
    """Files made for people, and read from them: :class:`bot.papers.OfficePapers` gives it. All of them may take a
    tenth of a second; none changes anything."""

    async def report(self, facts: dict[str, Any]) -> bytes:
        """An agency's report on one task (:func:`handlers.reports.paper.facts_of`) as a .docx file."""

    async def sheet(self, tasks: Sequence[SheetTask]) -> bytes:
        """These reports as an .xlsx file to fill in."""

    async def filled(self, content: bytes) -> list[Filled]:
        """The answers of a sheet that came back. Raises NotOurSheet."""

    def link(self, file_id: int, now: datetime) -> str:
        """Where a file can be fetched by whoever has the address, for three days; empty where nothing is served."""


@dataclass(slots=True)
class Turn:
    """One message and what is known while answering it. Handlers change rows; the caller commits once, then sends."""

    message: Message
    now: datetime
    """Aware, UTC; possibly a shifted demo clock."""
    db: AsyncSession
    catalog: Catalog
    nlu: Understands
    account: Account
    conversation: Conversation
    contact: Contact | None
    """The registered officer behind the account, appointed for an agency today; None for everybody else."""
    forms: Runner = field(default_factory=InProcessRunner)
    """Runs the forms' actions, here or in a server of their own."""
    papers: Papers | None = None
    """None where no files can be made."""
    lapsed: Appointment | None = None
    """For an officer who may not act today: the appointment that is over, or has yet to begin."""
    understood: Understanding | None = None
    """What the message means, when that was worked out before the turn began; good for its own text only."""

    @property
    def understanding(self) -> Understanding:
        """What the message's text means; worked out once, on first use at the latest."""
        if self.understood is None or self.understood.text != self.message.text:
            self.understood = self.nlu.understand(self.message.text)
        return self.understood

    @property
    def local_now(self) -> datetime:
        """The moment as people in Việt Nam read it."""
        return self.now.astimezone(LOCAL)

    def text(self, key: str, **params: object) -> str:
        return self.catalog.text(key, **params)

    def say(self, key: str, *choices: Choice, call: tuple[str, ...] = (), **params: object) -> Reply:
        """A reply with the text of ``key``."""
        return Reply(self.text(key, **params), choices, call)

    def choice(self, key: str, value: str, **params: object) -> Choice:
        """A button labelled with the text of ``key``."""
        return Choice(self.text(key, **params), value)


Handler = Callable[[Turn, list[str]], Awaitable[list[Reply]]]
"""Answers one choice (with the arguments of its value) or one intent (with no arguments)."""
