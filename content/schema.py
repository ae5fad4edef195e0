"""The shapes of everything in ``content/``: what a file may hold, and why a value is refused.

Every model forbids unknown keys, so a misspelt key is a fault with a line, never a silent loss.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Id = Annotated[str, Field(pattern=r"^[a-z0-9_.]+$", max_length=60)]


class Entry(BaseModel):
    """Base of all content: immutable, strict about keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Severity(StrEnum):
    EMERGENCY = "emergency"
    """Life in danger: the first line is an action with the number to call."""
    URGENT = "urgent"
    INFO = "info"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Source(Entry):
    """A document an answer rests on."""

    title: str
    issuer: str
    number_or_date: str
    url: str
    kind: str
    cite: Annotated[str, Field(max_length=60)]
    """What a citizen reads: body, number, date."""
    note: str | None = None


class FaqEntry(Entry):
    """One answer. The wording is reviewed content; nothing is ever composed at run time."""

    id: Id
    group: str
    severity: Severity
    label: Annotated[str, Field(max_length=36)]
    question: str
    act: Annotated[list[Annotated[str, Field(max_length=150)]], Field(min_length=1, max_length=6)]
    why: Annotated[str, Field(max_length=220)] = ""
    do_not: Annotated[list[str], Field(max_length=5)] = []
    call: list[str] = []
    call_when: Annotated[str, Field(max_length=120)] = ""
    sources: Annotated[list[str], Field(min_length=1)]
    cite: Annotated[list[str], Field(min_length=1, max_length=2)]
    confidence: Confidence
    needs_review: bool
    review_note: str = ""
    """What a reviewer has to look at, or, without ``needs_review``, what an editor should know."""
    checked_on: date
    """The day an editor last compared every line with the collected facts and their sources; not an approval."""
    conflicts: list[str] = []
    related: Annotated[list[str], Field(min_length=1, max_length=4)]

    @property
    def domain(self) -> str:
        """``food`` or ``battery``."""
        return self.id.partition(".")[0]


class EmergencyCard(Entry):
    """What is shown first when something harmful is happening now."""

    id: Id
    domain: Literal["food", "fire"]
    label: str
    numbers: Annotated[list[str], Field(min_length=1)]
    lines: Annotated[list[Annotated[str, Field(max_length=90)]], Field(min_length=1, max_length=5)]
    faq: Annotated[list[str], Field(min_length=1)]


class Hotline(Entry):
    number: str | None
    name: str
    use_in_bot: bool
    status: str
    verified_on: date | None
    sources: list[str] = []
    note: str | None = None


class Slogan(Entry):
    text: str
    domain: str
    id: str | None = None
    item: str | None = None
    document: str | None = None
    origin: str | None = None
    approved: bool = True


class Conflict(Entry):
    """Two sources disagree; ``wording`` is what Loa says."""

    id: Id
    topic: str
    wording: str
    confidence: Confidence | None = None
    note: str | None = None


class Agency(Entry):
    """A body that issues, receives or reports. Kept with its validity: the province of 2024 ended on 30/6/2025."""

    id: Id
    name: str
    kind: str
    level: Literal["central", "province", "district", "commune", "group"]
    parent: str | None = None
    district: str | None = None
    aliases: list[str] = []
    members: list[str] = []
    open_group: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    successors: list[str] = []
    predecessors: list[str] = []
    """Ids; worked out from the changes by the registry, not written in the file."""
    refs: list[str] = []
    note: str | None = None

    def exists_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class Department(Entry):
    """The office that runs Loa."""

    id: Id
    name: str
    short_name: str
    code: str | None = None
    """Its part in the symbol of its documents: ``STTTT`` in ``12/BC-STTTT``."""
    province: str
    timezone: str
    address: str | None = None
    phone: str | None = None
    note: str | None = None


class Signer(Entry):
    name: str | None = None
    authority: str | None = None
    position: str | None = None
    ref: str | None = None


class LegalBasis(Entry):
    type: str
    number: str | None = None
    date: str | None = None
    issuer: str | None = None
    about: str | None = None
    ref: str | None = None
    note: str | None = None


class Recipient(Entry):
    """A line of "Kính gửi" or "Nơi nhận", with the agencies it means as far as the registry knows them."""

    text: str
    agencies: list[str] = []
    note: str | None = None


class Period(Entry):
    """The time a document speaks of: as written, and as dates where those are stated or safely inferred."""

    as_written: str
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    week: int | None = None
    week_year: int | None = None
    open_ended: bool = False
    note: str | None = None


class OfficialDocument(Entry):
    """A directive or plan as a document: who issued what to whom. Number and date may honestly be unknown."""

    id: Id
    kind: str
    title: str
    number: str | None = None
    symbol: str | None = None
    issued_on: date | None = None
    date_as_written: str | None = None
    not_before: date | None = None
    issuer: str
    signer: Signer | None = None
    legal_bases: list[LegalBasis] = []
    addressees: list[Recipient] = []
    recipients: list[Recipient] = []
    period: Period | None = None
    replaces: dict[str, str | None] | None = None
    source_file: str | None = None
    note: str | None = None


class DirectiveItemSpec(Entry):
    """One thing a directive asks to be made known, and who supplies the information."""

    id: Id
    path: str
    no: str
    parent: str | None = None
    group: str | None = None
    title: Annotated[str, Field(max_length=160)]
    summary: Annotated[str, Field(max_length=500)]
    providers: list[str] = []
    target: list[str] = []
    """Who is asked to make it known."""
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    period_as_written: str | None = None
    focus_from: date | None = None
    focus_to: date | None = None
    basis: list[str] = []
    slogans: list[str] = []
    channels: list[str] = []
    anniversaries: list[str] = []
    anchor: str | None = None
    """Words that stand in the document itself."""
    note: str | None = None


class Duty(Entry):
    ref: str
    who: list[str]
    summary: str


class DirectiveSpec(Entry):
    document: str
    items: list[DirectiveItemSpec]
    channels: list[dict[str, Any]] = []
    duties: list[Duty] = []
    slogans: list[str] = []


class DeadlineSemantics(StrEnum):
    BEFORE = "before"
    """"Trước ngày D": D itself is already too late."""
    BY = "by"
    WITHIN = "within"
    RECURRING = "recurring"


class Deadline(Entry):
    """A deadline kept twice: as written, and as dates. ``cut_off`` is the first day that is too late."""

    kind: str
    as_written: str
    cut_off: date | None = None
    due: date | None = None
    """Last day on which the work is still in time."""
    semantics: DeadlineSemantics | None = None
    recurrence: str | None = None
    start: date | None = None
    note: str | None = None


class IndicatorSpec(Entry):
    id: Id
    name: str
    target: float | None = None
    unit: str | None = None
    comparison: Literal["ge", "eq", "le"] | None = None
    kind: str | None = None
    cadence: str | None = None
    level: str | None = None
    year: int | None = None
    note: str | None = None


class TaskSpec(Entry):
    id: Id
    path: str
    title: str
    lead: list[str]
    coordinators: list[str] = []
    parent: str | None = None
    group: str | None = None
    place: str | None = None
    district: str | None = None
    deadline: Deadline | None = None
    indicators: list[IndicatorSpec] = []
    partners: list[str] = []
    report: dict[str, Any] | str | None = None
    head_confirms: bool = False
    """Its reports need the confirmation of the agency's head."""
    ambiguities: list[str] = []
    note: str | None = None


class PlanSpec(Entry):
    document: str
    name: str
    year_from: int
    year_to: int
    tasks: list[TaskSpec]
    head_confirms: bool = False
    """The reports on all of its tasks do."""
    indicators: list[IndicatorSpec] = []
    report_obligations: list[dict[str, Any]] = []
    completion_deadlines: list[dict[str, Any]] = []
    duties: list[Duty] = []
    channels: list[dict[str, Any]] = []
    issue_escalation: str | None = None


class DifficultyTheme(Entry):
    """What difficulties are about, by the words that tell it; the last theme has none and takes the rest."""

    id: Id
    title: str
    words: list[str] = []


class DifficultyThemes(Entry):
    """Themes in the order they are printed, and the words by which a sentence asks for something."""

    themes: list[DifficultyTheme]
    proposals: list[str]


class Anniversary(Entry):
    id: Id
    name: str
    month_day: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] | None = None
    date: str | None = None
    year: int | None = None
    years: int | None = None
    origin: str | None = None
    ref: str | None = None
    note: str | None = None


class Ambiguity(Entry):
    """A place where the documents can be read in more than one way, and how Loa reads it."""

    id: Id
    ref: str
    kind: str
    source_text: str
    reading: str
    impact: str


class DemoContact(Entry):
    """A fictitious officer of the demo province."""

    name: str
    agency: str
    position: str | None = None
    phone: str | None = None
    channel: str
    user_id: str

    @field_validator("name")
    @classmethod
    def _says_demo(cls, name: str) -> str:
        if "(demo)" not in name:
            raise ValueError("a demo contact's name must end with (demo)")
        return name
