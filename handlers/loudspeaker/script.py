"""A text to be read over a commune's loudspeakers (truyền thanh cơ sở), made of items somebody has reviewed.

Nothing is written anew: an item's title and text as reviewed, whole sentences only, read aloud where there is one
certain reading. What is longer than one broadcast is offered in parts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.rendering import document_label
from handlers.digests.sections import document_json, item_number
from handlers.loudspeaker.reading_aloud import Spoken, aloud
from storage.corrections import withdrawn_items
from storage.directives import Directive, DirectiveItem, DirectiveState, directives_known, items_of_all

SYLLABLES_PER_SECOND = 2.75
"""A clear, slow announcer: two and a half to three."""
SHORTEST, LONGEST = 60, 90
"""Seconds of one broadcast."""
READABLE = (DirectiveState.IN_FORCE, DirectiveState.REVIEWED)
"""Somebody of the department has looked at items of these documents, and they still hold."""
_SENTENCE = re.compile(r"(?<=[.!?…])[”\"’)]?\s+|\n+")
_CLAUSE = re.compile(r"(?<=[;:])\s+|(?<=,)\s+")


@dataclass(frozen=True, slots=True)
class Readable:
    """A reviewed item that can be read out."""

    item: DirectiveItem
    directive: Directive

    def document(self, catalog: Catalog) -> str:
        return document_label(catalog, document_json(self.directive))

    @property
    def number(self) -> str:
        return item_number(self.item.path)


@dataclass(frozen=True, slots=True)
class Part:
    """What is read in one broadcast: sentences in order."""

    sentences: tuple[Spoken, ...]

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def syllables(self) -> int:
        return sum(sentence.syllables for sentence in self.sentences)

    @property
    def seconds(self) -> int:
        return round(self.syllables / SYLLABLES_PER_SECOND)


@dataclass(frozen=True, slots=True)
class Script:
    """Everything to be read, in as many parts as it needs."""

    items: tuple[Readable, ...]
    parts: tuple[Part, ...]

    @property
    def syllables(self) -> int:
        return sum(part.syllables for part in self.parts)

    @property
    def seconds(self) -> int:
        return round(self.syllables / SYLLABLES_PER_SECOND)

    @property
    def unsure(self) -> tuple[str, ...]:
        """What a person has to decide how to read."""
        return tuple(dict.fromkeys(word for part in self.parts for one in part.sentences for word in one.unsure))

    def verdict(self, catalog: Catalog) -> str:
        """Whether it fits one broadcast, in words."""
        key = "long" if len(self.parts) > 1 else "short" if self.seconds < SHORTEST else "fits"
        words: dict[str, Any] = {"seconds": self.seconds, "least": SHORTEST, "most": LONGEST, "count": len(self.parts)}
        return catalog.text(f"loudspeaker.page.{key}", **words)


async def readable_items(db: AsyncSession) -> list[Readable]:
    """Every item that may be read out and was not withdrawn, newest document first, in the order of the documents."""
    withdrawn = await withdrawn_items(db)
    directives = await directives_known(db, *READABLE)
    items = await items_of_all(db, [directive.id for directive in directives])
    return [
        Readable(item, directive)
        for directive in directives
        for item in items
        if item.directive_id == directive.id and item.id not in withdrawn
    ]


def script(catalog: Catalog, items: Sequence[Readable]) -> Script:
    """The items as one text; where it is longer than LONGEST seconds, in parts cut between items, else between
    sentences."""
    numbers = frozenset(hotline.number for hotline in catalog.hotlines if hotline.number)
    parts: list[Part] = []
    for one in items:
        title = one.item.title.rstrip(" .")
        written = [catalog.text("loudspeaker.opening", title=title), *whole_sentences(one.item.summary)]
        if one.item.period_as_written:
            written.append(catalog.text("loudspeaker.period", period=one.item.period_as_written.rstrip(" .")))
        spoken = [part for sentence in written for part in _short_enough(aloud(sentence, catalog.text, numbers))]
        own = _parts(spoken)
        if parts and len(own) == 1 and parts[-1].syllables + own[0].syllables <= LONGEST * SYLLABLES_PER_SECOND:
            parts[-1] = Part((*parts[-1].sentences, *own[0].sentences))
        else:
            parts += own
    return Script(tuple(items), tuple(parts))


def whole_sentences(text: str) -> list[str]:
    """The text's sentences; the last is left out when it was cut off ("…")."""
    sentences = [sentence.strip() for sentence in _SENTENCE.split(text) if sentence and sentence.strip()]
    if sentences and sentences[-1].endswith("…"):
        sentences.pop()
    return sentences


def _short_enough(sentence: Spoken) -> list[Spoken]:
    """The sentence itself, or its clauses where it alone is longer than a broadcast."""
    most = LONGEST * SYLLABLES_PER_SECOND
    if sentence.syllables <= most:
        return [sentence]
    clauses: list[str] = []
    for clause in _CLAUSE.split(sentence.text):
        if clauses and Spoken(f"{clauses[-1]} {clause}", ()).syllables <= most / 2:
            clauses[-1] += f" {clause}"
        else:
            clauses.append(clause)
    return [Spoken(clause, tuple(word for word in sentence.unsure if word in clause)) for clause in clauses]


def _parts(sentences: Sequence[Spoken]) -> list[Part]:
    """Sentences in as few parts as they need, the parts about equally long."""
    most = LONGEST * SYLLABLES_PER_SECOND
    left = sum(sentence.syllables for sentence in sentences)
    parts: list[Part] = []
    here: list[Spoken] = []
    for sentence in sentences:
        used = sum(one.syllables for one in here)
        share = (used + left) / max(1, math.ceil((used + left) / most))
        if here and (used + sentence.syllables > most or used + sentence.syllables / 2 > share):
            parts.append(Part(tuple(here)))
            here = []
        here.append(sentence)
        left -= sentence.syllables
    if here:
        parts.append(Part(tuple(here)))
    return parts
