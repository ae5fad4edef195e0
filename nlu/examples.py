"""The training examples in ``nlu/data/*.yml``, in the form Rasa NLU reads too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.files import ContentError, Document, Fault, Reader
from content.words import fold

DATA = Path(__file__).parent / "data"
PATTERN = "*.yml"
VERSION = "3.1"
OUT_OF_SCOPE = "out_of_scope"
EMERGENCY = "emergency."
"""Prefix of the intents of real emergencies; the card's id follows."""
POSSIBLE, LOOKALIKE = "emergency_possible", "emergency_lookalike"

_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
"""Rasa's marks of an entity; only the words themselves are learnt from."""


@dataclass(frozen=True, slots=True)
class Example:
    """One message and what it means."""

    text: str
    intent: str
    file: str
    line: int
    """Where its intent's examples begin."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same words, but for case and diacritics, taught as different things."""

    text: str
    places: tuple[tuple[str, str], ...]
    """File and intent of each."""

    def __str__(self) -> str:
        return f"{self.text!r}: " + ", ".join(f"{intent} ({file})" for file, intent in self.places)


def load_examples(folder: Path = DATA, pattern: str = PATTERN) -> list[Example]:
    """All examples below ``folder``, in file order. Raises ContentError with every fault found."""
    reader = Reader(folder)
    examples: list[Example] = []
    for name in reader.names(pattern):
        document = reader.read(name)
        if document.node is None:
            continue
        data = document.data if isinstance(document.data, dict) else {}
        reader.check(str(data.get("version")) == VERSION, document, f'version must be "{VERSION}"', "version")
        items = data.get("nlu")
        if not isinstance(items, list):
            reader.faults.append(document.fault("a list named nlu is wanted", "nlu"))
            continue
        for index, item in enumerate(items):
            examples.extend(_of_intent(reader, document, index, item))
    if not examples and not reader.faults:
        reader.faults.append(Fault(pattern, 1, f"no examples below {folder.name}"))
    if reader.faults:
        raise ContentError(reader.faults)
    return examples


def duplicates(examples: Iterable[Example]) -> list[Duplicate]:
    """Messages that stand under more than one intent, ignoring case and diacritics."""
    places: dict[str, dict[str, str]] = defaultdict(dict)
    for example in examples:
        places[fold(example.text)].setdefault(example.intent, example.file)
    return [
        Duplicate(text, tuple((file, intent) for intent, file in intents.items()))
        for text, intents in sorted(places.items())
        if len(intents) > 1
    ]


def _of_intent(reader: Reader, document: Document, index: int, item: Any) -> list[Example]:
    """The examples of one item; items of other kinds (synonyms, lookup tables) are for Rasa alone."""
    if not isinstance(item, dict) or not ("intent" in item or {"synonym", "regex", "lookup"} & set(item)):
        reader.faults.append(document.fault("an intent with examples is wanted", "nlu", index))
        return []
    if "intent" not in item:
        return []
    line = document.line("nlu", index, "examples")
    listed = item.get("examples")
    if not isinstance(listed, str):
        reader.faults.append(document.fault(f"{item['intent']}: examples must be a text block", "nlu", index))
        return []
    found = []
    for row in filter(str.strip, listed.splitlines()):
        text = _ENTITY.sub(r"\1", row.strip().removeprefix("- ")).strip()
        reader.check(
            row.startswith("- ") and bool(text), document, f"not an example: {row!r}", "nlu", index, "examples"
        )
        found.append(Example(text, str(item["intent"]), document.name, line))
    reader.check(bool(found), document, f"{item['intent']}: no examples", "nlu", index, "examples")
    return found
