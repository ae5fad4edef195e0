"""What was measured: shares by style and domain, emergencies by level, confusions, and how far the scores are true."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nlu.evaluation.calibration import Calibration
from nlu.verdict import Level

CONFUSIONS = 20
_COLUMNS = ("rows", "first", "among", "right", "wrong", "offered", "refused")


@dataclass(slots=True)
class Tally:
    """Counts of one style or domain."""

    rows: int = 0
    first: int = 0
    """The labelled entry or command comes first, whether it was answered or offered; or refused, being outside."""
    among: int = 0
    """It is among the three alternatives."""
    right: int = 0
    """Answered as labelled without asking back, or refused where it is outside."""
    wrong: int = 0
    """Answered without asking back, with something else."""
    offered: int = 0
    """Asked back."""
    refused: int = 0

    def share(self, count: int) -> float:
        return round(count / self.rows, 4) if self.rows else 0.0

    def to_json(self) -> dict[str, Any]:
        return {"rows": self.rows, **{name: self.share(getattr(self, name)) for name in _COLUMNS[1:]}}


@dataclass(slots=True)
class Report:
    """What was measured; shares are of the rows they are about."""

    styles: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    domains: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    questions: Tally = field(default_factory=Tally)
    """Of the messages an entry answers."""
    total: Tally = field(default_factory=Tally)
    levels: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of labelled and found level."""
    types: Counter[bool] = field(default_factory=Counter)
    """Whether the type of a certain emergency was right."""
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    calibration: Calibration = field(default_factory=Calibration)
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
            "questions": self.questions.to_json(),
            "styles": {name: tally.to_json() for name, tally in sorted(self.styles.items())},
            "domains": {name: tally.to_json() for name, tally in sorted(self.domains.items())},
            "emergency": {
                "rows": sum(self.levels.values()),
                "certain_recall": round(self.level_share(Level.CERTAIN, Level.CERTAIN), 4),
                "certain_or_possible_recall": round(self.level_share(Level.CERTAIN, Level.CERTAIN, Level.POSSIBLE), 4),
                "possible_noticed": round(self.level_share(Level.POSSIBLE, Level.CERTAIN, Level.POSSIBLE), 4),
                "false_certain": round(self.level_share(Level.NONE, Level.CERTAIN), 4),
                "false_possible": round(self.level_share(Level.NONE, Level.POSSIBLE), 4),
                "type_right": round(self.types[True] / max(1, self.types.total()), 4),
                "missed": len(self.missed),
            },
            "confusions": [[label, found, count] for (label, found), count in self.confusions.most_common(CONFUSIONS)],
            "calibration": self.calibration.to_json(),
            "milliseconds_a_message": round(1000 * self.seconds / rows, 3) if rows else 0.0,
        }

    def to_text(self, *, missed: bool = False) -> str:
        """Tables for the terminal; the words of missed emergencies on demand only, for some messages are sealed."""
        data = self.to_json()
        lines = [f"{'':24}" + "".join(f"{name:>9}" for name in _COLUMNS)]
        for heading in ("styles", "domains"):
            lines += [_line(name or "-", tally) for name, tally in data[heading].items()]
            lines.append("")
        lines += [_line("questions", data["questions"]), _line("total", data["total"]), "", "emergency"]
        lines += [f"  {name:32}{value}" for name, value in data["emergency"].items()]
        lines += [f"  missed: {text}" for text in self.missed if missed]
        lines += ["", "confusions"]
        lines += [f"  {count:3} {label} -> {found}" for label, found, count in data["confusions"]]
        lines += ["", *self.calibration.to_lines(), "", f"{data['milliseconds_a_message']} ms a message"]
        return "\n".join(lines)


def _line(name: str, tally: dict[str, Any], columns: Sequence[str] = _COLUMNS) -> str:
    return f"{name:24}" + "".join(f"{tally[column]:>9}" for column in columns)
