"""Labelled messages: a file of them, or the training examples seen as such.

A file is YAML or JSON lines of ``{text, faq | intent, style, emergency, type}``. ``faq: null`` means outside Loa's
scope; a row with neither ``faq`` nor ``intent`` judges the emergency only. ``emergency`` is certain, possible or none;
``type`` is the id of the card.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.examples import EMERGENCY, LOOKALIKE, OUT_OF_SCOPE, POSSIBLE, Example
from nlu.features import MARKED_SHARE
from nlu.normalize import has_diacritics
from nlu.verdict import INTENTS, Level

_NOT_GIVEN = "?"
_FEW_WORDS, _MANY_WORDS = 5, 25


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled message."""

    text: str
    faq: str | None = _NOT_GIVEN
    """Id of the entry, None for outside; ``?`` when the row does not say."""
    intent: str | None = None
    style: str = ""
    emergency: Level | None = None
    type: str | None = None

    @property
    def meaning(self) -> str | None:
        """The entry, the command or ``out_of_scope``; None when the row does not say."""
        if self.intent is not None:
            return self.intent
        return None if self.faq == _NOT_GIVEN else self.faq or OUT_OF_SCOPE

    @property
    def domain(self) -> str:
        """``food``, ``battery``, ``command`` or ``outside``."""
        meaning = self.meaning or ""
        return "command" if meaning in INTENTS else "outside" if meaning == OUT_OF_SCOPE else meaning.partition(".")[0]


def read_rows(path: Path) -> list[Row]:
    """Labelled messages of a file. Raises OSError, or ValueError naming the row that does not read."""
    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix in (".yaml", ".yml"):
            data = yaml.load(text, yaml.CSafeLoader)
        else:
            data = [json.loads(line) for line in text.splitlines() if line.strip()]
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if not isinstance(data, list):
        raise ValueError("a list of messages is wanted")
    return [_row(number, entry) for number, entry in enumerate(data, 1)]


def labelled(example: Example) -> Row:
    """A training example as a row; its style is what can be seen."""
    words = example.text.split()
    marked = sum(has_diacritics(word) for word in words)
    style = "accented" if marked >= MARKED_SHARE * len(words) else "no_diacritics"
    style = "long" if len(words) > _MANY_WORDS else "short" if len(words) <= _FEW_WORDS else style
    intent = example.intent
    if intent.startswith(EMERGENCY):
        return Row(example.text, style=style, emergency=Level.CERTAIN, type=intent.removeprefix(EMERGENCY))
    if intent in (POSSIBLE, LOOKALIKE):
        return Row(example.text, style=style, emergency=Level.POSSIBLE if intent == POSSIBLE else Level.NONE)
    if intent in INTENTS:
        return Row(example.text, intent=intent, style=style)
    return Row(example.text, faq=None if intent == OUT_OF_SCOPE else intent, style=style)


def _row(number: int, entry: Any) -> Row:
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise ValueError(f"row {number}: a message with a text is wanted")
    level = entry.get("emergency")
    if isinstance(level, dict):
        level = level.get("level")
    try:
        return Row(
            text=entry["text"],
            faq=entry.get("faq", _NOT_GIVEN),
            intent=entry.get("intent"),
            style=str(entry.get("style") or ""),
            emergency=Level(level) if level is not None else None,
            type=entry.get("type"),
        )
    except ValueError as error:
        raise ValueError(f"row {number}: {error}") from error
