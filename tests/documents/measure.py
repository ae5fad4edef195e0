"""Comparing readings with the answer key: what was found, what is missing, what is too much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "expected.yaml").read_text(encoding="utf-8"))
"""The answer key by the first three figures of the file's name."""


def seed(number: str) -> str:
    """The text of a document."""
    path = HERE / "seeds" / str(EXPECTED[number]["file"])
    return path.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Score:
    """How a set of findings compares with what is to be found."""

    found: frozenset[Any]
    wanted: frozenset[Any]

    @property
    def recall(self) -> float:
        return len(self.found & self.wanted) / len(self.wanted) if self.wanted else 1.0

    @property
    def precision(self) -> float:
        return len(self.found & self.wanted) / len(self.found) if self.found else 1.0

    def __str__(self) -> str:
        missing, extra = sorted(map(str, self.wanted - self.found)), sorted(map(str, self.found - self.wanted))
        return f"recall {self.recall:.3f}, precision {self.precision:.3f}; missing {missing}; too much {extra}"


def score(found: Iterable[Any], wanted: Iterable[Any]) -> Score:
    return Score(frozenset(found), frozenset(wanted))


def ids(parties: Iterable[dict[str, Any]]) -> list[str]:
    """The ids of parties the reader was certain of."""
    return [party["id"] for party in parties if party["id"]]


def by_path(parts: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {part["path"]: part for part in parts}


def covered(path: str, wanted: Iterable[str]) -> bool:
    """Whether a piece is one of the wanted, or a dash of one: the key cites "V.3" for its two dashes."""
    return path in set(wanted) or path.partition(" (")[0] in set(wanted)
