"""How well messages are understood: on a file of labelled messages, or by cross-validation on the training examples.

A file is YAML or JSON lines of ``{text, faq | intent, style, emergency, type}``. ``faq: null`` means outside Loa's
scope; a row with neither ``faq`` nor ``intent`` judges the emergency only. ``emergency`` is certain, possible or none;
``type`` is the id of the card.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nlu.examples import EMERGENCY, LOOKALIKE, OUT_OF_SCOPE, POSSIBLE, Example, load_examples
from nlu.features import MARKED_SHARE
from nlu.normalize import has_diacritics
from nlu.parts import SHORT
from nlu.understanding import Understander
from nlu.verdict import INTENTS, Level, Understanding, UnderstandingKind

FOLDS = 5
CONFUSIONS = 20
_NOT_GIVEN = "?"
_FEW_WORDS = 5


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


@dataclass(slots=True)
class Tally:
    """Counts of one style or domain."""

    rows: int = 0
    right: int = 0
    """Answered as labelled, or refused where it is outside."""
    best: int = 0
    """The best entry or command is the labelled one, whether it was answered or offered."""
    among: int = 0
    """It is among the three alternatives."""
    offered: int = 0
    """Asked back."""
    refused: int = 0

    def share(self, count: int) -> float:
        return round(count / self.rows, 4) if self.rows else 0.0

    def to_json(self) -> dict[str, Any]:
        names = ("right", "best", "among", "offered", "refused")
        return {"rows": self.rows, **{name: self.share(getattr(self, name)) for name in names}}


@dataclass(slots=True)
class Report:
    """What was measured; shares are of the rows they are about."""

    styles: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    domains: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    total: Tally = field(default_factory=Tally)
    levels: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of labelled and found level."""
    types: Counter[bool] = field(default_factory=Counter)
    """Whether the type of a certain emergency was right."""
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    """Emergencies that were not seen as certain."""
    seconds: float = 0.0

    def level_share(self, labelled: Level, *found: Level) -> float:
        """Of the messages with that label, how many were given one of the levels."""
        rows = sum(count for (label, _), count in self.levels.items() if label == labelled)
        return sum(self.levels[labelled, level] for level in found) / rows if rows else 0.0

    def to_json(self) -> dict[str, Any]:
        rows = self.total.rows + sum(self.levels.values())
        return {
            "total": self.total.to_json(),
            "styles": {name: tally.to_json() for name, tally in sorted(self.styles.items())},
            "domains": {name: tally.to_json() for name, tally in sorted(self.domains.items())},
            "emergency": {
                "rows": sum(self.levels.values()),
                "certain_recall": round(self.level_share(Level.CERTAIN, Level.CERTAIN), 4),
                "certain_or_possible_recall": round(self.level_share(Level.CERTAIN, Level.CERTAIN, Level.POSSIBLE), 4),
                "possible_noticed": round(self.level_share(Level.POSSIBLE, Level.CERTAIN, Level.POSSIBLE), 4),
                "false_certain": round(self.level_share(Level.NONE, Level.CERTAIN), 4),
                "type_right": round(self.types[True] / max(1, self.types.total()), 4),
                "missed": self.missed,
            },
            "confusions": [[label, found, count] for (label, found), count in self.confusions.most_common(CONFUSIONS)],
            "milliseconds_a_message": round(1000 * self.seconds / rows, 3) if rows else 0.0,
        }

    def to_text(self) -> str:
        """A table for the terminal."""
        data = self.to_json()
        columns = ("rows", "right", "best", "among", "offered", "refused")
        lines = [f"{'':24}" + "".join(f"{name:>9}" for name in columns)]
        for heading in ("styles", "domains"):
            lines += [_line(name or "-", tally, columns) for name, tally in data[heading].items()]
            lines.append("")
        lines += [_line("total", data["total"], columns), "", "emergency"]
        lines += [f"  {name:32}{value}" for name, value in data["emergency"].items() if name != "missed"]
        lines += [f"  missed: {text}" for text in self.missed]
        lines += ["", "confusions"]
        lines += [f"  {count:3} {label} -> {found}" for label, found, count in data["confusions"]]
        lines += ["", f"{data['milliseconds_a_message']} ms a message"]
        return "\n".join(lines)


def read_rows(path: Path) -> list[Row]:
    """Labelled messages of a file. Raises OSError, or ValueError naming the row that does not read."""
    text = path.read_text(encoding="utf-8")
    try:
        if path.suffix in (".yaml", ".yml"):
            data = yaml.safe_load(text)
        else:
            data = [json.loads(line) for line in text.splitlines() if line.strip()]
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if not isinstance(data, list):
        raise ValueError("a list of messages is wanted")
    return [_row(number, entry) for number, entry in enumerate(data, 1)]


def evaluate(understander: Understander, rows: Sequence[Row] | None = None) -> Report:
    """The report on the rows, or by cross-validation on the training examples when there are none."""
    report = Report()
    if rows is not None:
        _measure(understander, rows, report)
        return report
    examples = load_examples()
    for fold in range(FOLDS):
        held = [example for number, example in enumerate(examples) if number % FOLDS == fold]
        kept = [example for number, example in enumerate(examples) if number % FOLDS != fold]
        model = Understander.trained(understander.catalog, kept, calibrated=understander)
        _measure(model, [_labelled(example) for example in held], report)
    return report


def _measure(understander: Understander, rows: Sequence[Row], report: Report) -> None:
    for row in rows:
        begin = time.perf_counter()
        found = understander.understand(row.text)
        report.seconds += time.perf_counter() - begin
        if row.emergency is not None:
            _judge_emergency(row, found, report)
        if row.meaning is not None:
            for tally in (report.total, report.styles[row.style], report.domains[row.domain]):
                _count(row.meaning, found, tally)
            if not _is_right(row.meaning, found):
                report.confusions[row.meaning, _name(found)] += 1


def _judge_emergency(row: Row, found: Understanding, report: Report) -> None:
    assert row.emergency is not None
    level = found.emergency.level
    report.levels[row.emergency, level] += 1
    if row.emergency is Level.CERTAIN:
        if level is not Level.CERTAIN:
            report.missed.append(row.text)
        elif row.type is not None:
            report.types[found.emergency.type == row.type] += 1


def _count(meaning: str, found: Understanding, tally: Tally) -> None:
    tally.rows += 1
    tally.right += _is_right(meaning, found)
    best = found.intent or found.faq or OUT_OF_SCOPE
    tally.best += best == meaning
    tally.among += meaning in (*found.alternatives, best)
    tally.offered += found.kind is UnderstandingKind.CLARIFY
    tally.refused += found.kind is UnderstandingKind.FALLBACK


def _is_right(meaning: str, found: Understanding) -> bool:
    """Whether the message was served as labelled; an emergency's card with the labelled entry is right too."""
    return _name(found) == meaning and found.kind is not UnderstandingKind.CLARIFY


def _name(found: Understanding) -> str:
    return found.intent or found.faq or OUT_OF_SCOPE


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


def _labelled(example: Example) -> Row:
    """A training example as a row; its style is what can be seen."""
    words = example.text.split()
    marked = sum(has_diacritics(word) for word in words)
    style = "accented" if marked >= MARKED_SHARE * len(words) else "no_diacritics"
    style = "long" if len(words) > SHORT else "short" if len(words) <= _FEW_WORDS else style
    intent = example.intent
    if intent.startswith(EMERGENCY):
        return Row(example.text, style=style, emergency=Level.CERTAIN, type=intent.removeprefix(EMERGENCY))
    if intent in (POSSIBLE, LOOKALIKE):
        return Row(example.text, style=style, emergency=Level.POSSIBLE if intent == POSSIBLE else Level.NONE)
    if intent in INTENTS:
        return Row(example.text, intent=intent, style=style)
    return Row(example.text, faq=None if intent == OUT_OF_SCOPE else intent, style=style)


def _line(name: str, tally: dict[str, Any], columns: Sequence[str]) -> str:
    return f"{name:24}" + "".join(f"{tally[column]:>9}" for column in columns)
