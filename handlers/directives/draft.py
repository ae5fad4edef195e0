"""The draft of a directive: its reading in a shape a person can correct piece by piece.

Made from the reader's JSON and kept as JSON. A piece keeps its key through every correction, so that what people
changed can be laid beside what the machine read, and what was published can be published again.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field

DOCUMENT = "document"
"""The key of a document's own fields among those of its parts."""
LONGEST_TITLE = 300
LONGEST_TEXT = 20_000


class PartKind(StrEnum):
    ITEM = "item"
    """Something to make known."""
    TASK = "task"
    REPORT = "report"
    """A report owed."""


class Party(BaseModel):
    """A body as the document names it; ``id`` when the registry knows it."""

    text: str
    id: str | None = None


class Recipient(Party):
    role: str


class Due(BaseModel):
    """A deadline as written and as a day. ``before`` leaves the day itself out."""

    as_written: str | None = None
    date: datetime.date | None = None
    semantics: Literal["before", "by", "within", "recurring"] | None = None

    @property
    def last_day(self) -> datetime.date | None:
        """The last day in time."""
        if self.date is None:
            return None
        return self.date - datetime.timedelta(days=1) if self.semantics == "before" else self.date


class Target(BaseModel):
    """A figure to reach."""

    as_written: str
    value: float | None = None
    unit: str | None = None
    comparison: Literal["eq", "ge", "gt", "le", "lt"] | None = None


class Reviewed(BaseModel):
    """What is known of the review of a piece."""

    seen: bool = False
    """Somebody has looked at it as it stands."""
    revision: int = 0
    """The change that last touched it."""


class Document(Reviewed):
    """The document's own fields."""

    kind: str | None = None
    number: str | None = None
    issued_on: datetime.date | None = None
    issuer: Party | None = None
    subject: str | None = None
    signer: str | None = None
    recipients: list[Recipient] = []


class Part(Reviewed):
    """An item, a task or a report; the fields of the other kinds stay empty."""

    key: str
    kind: PartKind
    path: str = ""
    title: str
    text: str = ""
    lines: tuple[int, int] | None = None
    """First and last line in the source."""
    dropped: bool = False
    providers: list[Party] = []
    first: datetime.date | None = None
    last: datetime.date | None = None
    lead: list[Party] = []
    coordinators: list[Party] = []
    targets: list[Target] = []
    due: Due = Field(default_factory=Due)
    reporters: list[Party] = []
    receivers: list[Party] = []

    @property
    def parties(self) -> list[Party]:
        return [*self.providers, *self.lead, *self.coordinators, *self.reporters, *self.receivers]


class Link(BaseModel):
    """An earlier directive this one replaces or amends, as of a day."""

    earlier: str
    """Id of the earlier directive."""
    kind: Literal["replaces", "amends"]
    closes_on: datetime.date
    """First day on which the earlier words no longer hold."""
    items: list[str] = []
    """Ids of the earlier items that end; all of them when a directive is replaced."""


class Draft(BaseModel):
    """A directive under review."""

    document: Document
    parts: list[Part]
    links: list[Link] = []
    made: int = 0
    """Parts made by people so far; names the next one."""

    @property
    def kept(self) -> list[Part]:
        """The parts that will be published."""
        return [part for part in self.parts if not part.dropped]

    @property
    def seen(self) -> int:
        """Pieces somebody has looked at, the document's own fields among them."""
        return sum(part.seen for part in self.kept) + self.document.seen

    @property
    def pieces(self) -> int:
        return len(self.kept) + 1

    def part(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.key == key), None)

    def following(self, part: Part) -> Part | None:
        """The next part of the same kind that is kept."""
        later = self.parts[self.parts.index(part) + 1 :]
        return next((other for other in later if other.kind is part.kind and not other.dropped), None)

    def new_key(self) -> str:
        self.made += 1
        return f"n{self.made}"


def draft_of(reading: Mapping[str, Any]) -> Draft:
    """The reader's JSON as a draft nobody has looked at yet."""
    if not reading:
        return Draft(document=Document(), parts=[])
    return Draft(
        document=Document.model_validate(
            {name: reading["document"].get(name) for name in ("kind", "number", "issued_on", "subject", "signer")}
            | {"issuer": reading["document"]["issuer"], "recipients": reading["document"]["recipients"]}
        ),
        parts=[*_items(reading["items"]), *_tasks(reading["tasks"]), *_reports(reading)],
    )


def _items(items: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    for place, item in enumerate(items):
        yield Part(
            key=f"i{place}",
            kind=PartKind.ITEM,
            path=item["path"],
            title=item["title"],
            text=item["text"],
            lines=_span(item),
            providers=item["providers"],
            first=item["from"],
            last=item["to"],
        )


def _tasks(tasks: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    for place, task in enumerate(tasks):
        yield Part(
            key=f"t{place}",
            kind=PartKind.TASK,
            path=task["path"],
            title=task["title"],
            lines=_span(task),
            lead=task["lead"],
            coordinators=task["coordinators"],
            due=task["due"],
            targets=task["indicators"],
        )


def _reports(reading: Mapping[str, Any]) -> Iterator[Part]:
    """The reports owed; a deadline that is a task's own is left to the task."""
    dues = {task["due"]["as_written"] for task in reading["tasks"]}
    for place, owed in enumerate(reading["deadlines"]):
        reporters, receivers = _bodies(owed["reporter"]), _bodies(owed["receiver"])
        if not (reporters or receivers) and owed["as_written"] in dues:
            continue
        yield Part(
            key=f"r{place}",
            kind=PartKind.REPORT,
            title=owed["as_written"] or "",
            lines=_span(owed),
            due=Due(as_written=owed["as_written"], date=owed["date"], semantics=owed["semantics"]),
            reporters=reporters,
            receivers=receivers,
        )


def _span(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    lines = entry.get("lines")
    return (lines[0], lines[-1]) if lines else None


def _bodies(named: Mapping[str, Any] | None) -> list[Party]:
    """One body, or the several its words hold."""
    if named is None:
        return []
    return [Party.model_validate(body) for body in named.get("parts") or [named]]
