"""How people really write: abbreviations and words that mean the same, from ``vi/lexicon.yaml``.

Used to understand messages, never to write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from content.files import ROOT, ContentError, Document, Reader
from content.schema import Entry, Id

FILE = "vi/lexicon.yaml"
_TOKEN = re.compile(r"\w+")


class Concept(Entry):
    """Words that mean the same to Loa."""

    id: Id
    words: Annotated[list[str], Field(min_length=1)]
    """Counted with diacritics and without."""
    accented: tuple[str, ...] = ()
    """Counted only with diacritics: the bare form is another common word."""


class LexiconSpec(Entry):
    teencode: dict[str, str]
    concepts: list[Concept]


@dataclass(frozen=True, slots=True)
class Lexicon:
    teencode: dict[str, str]
    """A token as typed (lower case) and what it stands for."""
    concepts: tuple[Concept, ...]


def read_lexicon(reader: Reader) -> Lexicon | None:
    """The lexicon; None and the faults noted on the reader when it does not read."""
    document = reader.read(FILE)
    if document.node is None:
        return None
    spec = reader.one(document, LexiconSpec, document.data)
    if spec is None:
        return None
    _check_teencode(reader, document, spec)
    _check_concepts(reader, document, spec)
    return Lexicon(spec.teencode, tuple(spec.concepts))


def load_lexicon(root: Path = ROOT) -> Lexicon:
    """The lexicon below ``root``. Raises ContentError naming file, line and reason of every fault."""
    reader = Reader(root)
    lexicon = read_lexicon(reader)
    if lexicon is None or reader.faults:
        raise ContentError(reader.faults)
    return lexicon


def _check_teencode(reader: Reader, document: Document, spec: LexiconSpec) -> None:
    """Expanding twice must change nothing, or a message would mean something else each time it is read."""
    for token, meaning in spec.teencode.items():
        where = ("teencode", token)
        reader.check(bool(_TOKEN.fullmatch(token)), document, f"{token}: one token in lower case is wanted", *where)
        reader.check(token == token.lower(), document, f"{token}: lower case is wanted", *where)
        again = [word for word in meaning.split() if word in spec.teencode]
        reader.check(not again, document, f"{token}: {meaning} holds {again}, expanded again", *where)


def _check_concepts(reader: Reader, document: Document, spec: LexiconSpec) -> None:
    ids: set[str] = set()
    for index, concept in enumerate(spec.concepts):
        reader.check(concept.id not in ids, document, f"{concept.id} stands twice", "concepts", index)
        ids.add(concept.id)
        both = set(concept.words) & set(concept.accented)
        reader.check(not both, document, f"{concept.id}: {sorted(both)} stand twice", "concepts", index)
