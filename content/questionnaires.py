"""Forms as data: questions with a type, grouped and perhaps repeated, with formulas for what depends on what.

A form is a file below ``vi/forms/`` or comes from an XLSForm; both make the same :class:`Questionnaire`. Formulas are
those of :mod:`content.expressions`; whether they fit together is checked by :mod:`content.questionnaire_checks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, field_validator

from content.files import ROOT, ContentError, Reader
from content.schema import Entry

FOLDER = "vi/forms"
MOST_QUESTIONS, MOST_OPTIONS, MOST_REPEATS = 300, 200, 30
"""Of one form, of one question, of one group."""
ALWAYS = "true()"

Name = Annotated[str, Field(pattern=r"^[^\W\d][\w-]*$", max_length=40)]
Formula = Annotated[str, Field(max_length=1_000)]
Words = Annotated[str, Field(max_length=1_000)]


class Kind(StrEnum):
    """What answers a question takes."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    PERCENT = "percent"
    RATIO = "ratio"
    """``5/7 xã``; in formulas its share as a percentage."""
    MONEY = "money"
    """Đồng."""
    DATE = "date"
    PERIOD = "period"
    """A week, month, quarter, half-year or year."""
    ONE = "one"
    MANY = "many"
    TEXT = "text"
    PHOTO = "photo"
    FILE = "file"
    AGENCY = "agency"
    PLACE = "place"
    """A commune, ward or township, named by its people's committee."""
    NOTE = "note"
    """Is only read."""
    CALCULATION = "calculation"
    """Is only worked out."""


SILENT = frozenset({Kind.NOTE, Kind.CALCULATION})
"""Kinds nobody is asked for."""
NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.PERCENT, Kind.MONEY})
CHOICES = frozenset({Kind.ONE, Kind.MANY})
FILES = frozenset({Kind.PHOTO, Kind.FILE})
NAMED = frozenset({Kind.AGENCY, Kind.PLACE})
"""Kinds answered with the id of an agency."""


class Per(StrEnum):
    """How often an agency hands a form in."""

    ONCE = "once"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    FREE = "free"
    """As often as there is something to tell."""


class Option(Entry):
    """One of the answers offered."""

    name: Annotated[str, Field(pattern=r"^\S+$", max_length=40)]
    label: Annotated[str, Field(min_length=1, max_length=200)]


class Question(Entry):
    """One question, note or calculation. Formulas are empty where there is none."""

    id: Name
    kind: Kind
    label: Words = ""
    """``${ten}`` in it is the answer given there."""
    hint: Words = ""
    example: Annotated[str, Field(max_length=200)] = ""
    unit: Annotated[str, Field(max_length=40)] = ""
    options: list[Option] = Field(default=[], max_length=MOST_OPTIONS)
    required: Formula = ""
    relevant: Formula = ""
    constraint: Formula = ""
    constraint_message: Words = ""
    warning: Formula = ""
    """Holds when the answer is unlikely: then the officer says why it is right, and the reason is kept."""
    warning_message: Words = ""
    calculation: Formula = ""
    default: Formula = ""
    """Worked out when the question is asked, and offered."""
    before: bool = False
    """The answer of the last submission is offered; a number far from it is asked about."""

    @field_validator("required", "relevant", mode="before")
    @classmethod
    def _always(cls, value: Any) -> Any:
        """``yes`` and ``no`` as people write them in YAML."""
        return {True: ALWAYS, False: ""}.get(value, value) if isinstance(value, bool) else value


class Group(Entry):
    """Questions that belong together; a repeated one is asked for every shop, place or person there is."""

    id: Name
    label: Words = ""
    relevant: Formula = ""
    repeat: bool = False
    count: Formula = ""
    """How many times it repeats; without it the officer says whether there is one more."""
    items: Annotated[list[Item], Field(min_length=1)]


def _which(value: Any) -> str:
    grouped = "items" in value if isinstance(value, dict) else isinstance(value, Group)
    return "group" if grouped else "question"


Item = Annotated[Annotated[Group, Tag("group")] | Annotated[Question, Tag("question")], Discriminator(_which)]


class Questionnaire(Entry):
    """A form."""

    id: Name
    title: Annotated[str, Field(min_length=1, max_length=200)]
    about: Words = ""
    """What it is for, in a sentence or two."""
    per: Per = Per.FREE
    items: Annotated[list[Item], Field(min_length=1)]

    def walk(self) -> Iterator[tuple[Group | Question, tuple[Group, ...]]]:
        """Every group and question in order, with the groups it stands in from the outside in."""
        yield from _walk(self.items, ())

    def questions(self) -> dict[str, Question]:
        """Every question, note and calculation by its id, in order."""
        return {item.id: item for item, _ in self.walk() if isinstance(item, Question)}


def _walk(items: list[Item], within: tuple[Group, ...]) -> Iterator[tuple[Group | Question, tuple[Group, ...]]]:
    for item in items:
        yield item, within
        if isinstance(item, Group):
            yield from _walk(item.items, (*within, item))


def load_questionnaires(reader: Reader) -> dict[str, Questionnaire]:
    """The forms that ship, by id; faults are noted on the reader.

    Their formulas are not read here: that takes a library half a second to load, which only whoever opens a form, and
    ``loa content check``, should wait for.
    """
    found: dict[str, Questionnaire] = {}
    for name in reader.names(f"{FOLDER}/*.yaml"):
        document = reader.read(name)
        form = None if document.node is None else reader.one(document, Questionnaire, document.data)
        if form is not None:
            reader.check(form.id not in found, document, f"{form.id} stands twice", "id")
            found[form.id] = form
    return found


def check_questionnaires(root: Path = ROOT) -> None:
    """Read the formulas of the forms that ship. Raises ContentError with everything that does not fit together."""
    from content.questionnaire_checks import flaws  # loads elementpath

    reader = Reader(root)
    for name in reader.names(f"{FOLDER}/*.yaml"):
        document = reader.read(name)
        form = None if document.node is None else reader.one(document, Questionnaire, document.data)
        for flaw in flaws(form) if form is not None else ():
            where = next(iter(_places(document.data["items"], flaw.id, ("items",))), ())
            reader.check(False, document, f"{flaw.id}: {flaw.field}: {flaw.key} {flaw.about}".rstrip(), *where)
    if reader.faults:
        raise ContentError(reader.faults)


def _places(items: list[dict[str, Any]], wanted: str, path: tuple[int | str, ...]) -> Iterator[tuple[int | str, ...]]:
    """Where an id stands in the data of a file."""
    for index, item in enumerate(items):
        if item.get("id") == wanted:
            yield (*path, index, "id")
        yield from _places(item.get("items", []), wanted, (*path, index, "items"))
