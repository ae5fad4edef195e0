"""What is right, by style, the same for Loa, for Rasa's pipeline and for its classifier without the fallback."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from content.catalog import Catalog
from nlu.evaluation.rows import Row
from nlu.examples import EMERGENCY, LOOKALIKE, OUT_OF_SCOPE, POSSIBLE
from nlu.verdict import Level

ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What one of those compared made of a message."""

    meanings: tuple[str, ...]
    """Entries, commands or ``out_of_scope``, best first; at most three."""
    level: Level


@dataclass(frozen=True, slots=True)
class Process:
    """What it cost: seconds and MB."""

    train: float | None
    load: float
    resident: float
    seconds: Sequence[float]
    """Of each message."""

    def milliseconds(self, percent: int) -> float:
        """The time within which that percentage of the messages is understood."""
        return 1000 * sorted(self.seconds)[math.ceil(percent / 100 * len(self.seconds)) - 1]


@dataclass(slots=True)
class Score:
    """Messages of one style, and how many of them each of those compared got right."""

    rows: int = 0
    right: Counter[str] = field(default_factory=Counter)
    """The labelled meaning came first, or the emergency was seen as labelled."""
    among: Counter[str] = field(default_factory=Counter)
    """The labelled meaning was among the first three."""

    def share(self, name: str) -> float:
        return self.right[name] / max(1, self.rows)

    def share_among(self, name: str) -> float:
        return self.among[name] / max(1, self.rows)


def by_rasa(answer: Mapping[str, Any], catalog: Catalog, *, fallback: bool) -> Found:
    """What the pipeline says, or its classifier alone without the ``fallback``.

    An emergency leads to an entry of its card, the one Rasa itself ranks highest, as it does in Loa.
    """
    if fallback and answer["gave_up"]:
        return Found((OUT_OF_SCOPE,), Level.NONE)
    ranking = [name for name in answer["ranking"] if name != "nlu_fallback"]
    meanings: list[str] = []
    for name in ranking:
        if name.startswith(EMERGENCY):
            leads = catalog.cards[name.removeprefix(EMERGENCY)].faq
            meanings.append(next((other for other in ranking if other in leads), leads[0]))
        elif name not in (POSSIBLE, LOOKALIKE):
            meanings.append(name)
    best = ranking[0] if ranking else OUT_OF_SCOPE
    level = Level.CERTAIN if best.startswith(EMERGENCY) else Level.POSSIBLE if best == POSSIBLE else Level.NONE
    return Found(tuple(dict.fromkeys(meanings))[:ALTERNATIVES] or (OUT_OF_SCOPE,), level)


def by_loa(answer: Mapping[str, Any]) -> Found:
    """The entry or command Loa answers with or offers first."""
    best = answer["intent"] or answer["faq"] or OUT_OF_SCOPE
    meanings = tuple(dict.fromkeys([best, *answer["alternatives"]]))[:ALTERNATIVES]
    return Found(meanings, Level(answer["emergency"]["level"]))


def noticed(level: Level, found: Level) -> bool:
    """A certain emergency was seen as one, a possible one at least as possible, any other message not as certain."""
    if level is Level.NONE:
        return found is not Level.CERTAIN
    return found is Level.CERTAIN or level is found is Level.POSSIBLE


def scores(rows: Iterable[tuple[Row, Mapping[str, Found]]]) -> tuple[dict[str, Score], dict[str, Score]]:
    """By style: of messages with a meaning, and, named by their level, of messages judged for the emergency in them."""
    meant: dict[str, Score] = {}
    alarms: dict[str, Score] = {}
    for row, found in rows:
        if row.meaning is not None:
            score = meant.setdefault(row.style or "-", Score())
            score.rows += 1
            score.right.update(name for name, made in found.items() if made.meanings[0] == row.meaning)
            score.among.update(name for name, made in found.items() if row.meaning in made.meanings)
        if row.emergency is not None:
            score = alarms.setdefault(f"{row.emergency}: {row.style or '-'}", Score())
            score.rows += 1
            score.right.update(name for name, made in found.items() if noticed(row.emergency, made.level))
    return meant, alarms


def total(parts: Iterable[Score]) -> Score:
    """All of them together."""
    added = Score()
    for part in parts:
        added.rows += part.rows
        added.right += part.right
        added.among += part.among
    return added
