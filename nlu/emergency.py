"""Whether something harmful is happening now, and what.

First the reviewed table ((:mod:`nlu.alarm`), then a linear model trained on labelled messages, which knows the table's
findings too (:mod:`nlu.emergency_training`). The model may only add alarms: what a rule says is certain stays certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from numpy.typing import NDArray

from content.schema import EmergencyCard
from nlu.alarm import AlarmTable, Reading
from nlu.arrays import Arrays, Floats, packed, unpacked, view_arrays, view_from
from nlu.features import Indices, Tokenizer, Tokens, View
from nlu.parts import parts
from nlu.verdict import Emergency, Level

CERTAIN_FROM, POSSIBLE_FROM = 1.5, 0.0
"""Margin from which the model raises an alarm by itself, and from which a line with the number is added; chosen on
sealed messages (``docs/understanding.md``)."""
CALM_MARGIN = 1.5
"""How much more it takes where the table finds a general question, news, the past, a drill …"""
SOMEBODY = ("now", "victim", "cry")
"""Concepts that name a moment or somebody, or cry for help."""
RULE_BONUS = 0.5
"""Of a type that a rule names, beside the type model's margin."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What one view of the words says; a model is the weights of the view's features, the constant last."""

    view: View
    alarm: Floats
    """For "happening now"."""
    notice: Floats
    """For "happening now, or perhaps"."""

    def margins(self, ids: Indices, weights: Floats) -> tuple[float, float]:
        """How far a message of these features is on the side of an alarm and of a notice."""
        alarm, notice = (float(weights @ model.take(ids)) + float(model[-1]) for model in (self.alarm, self.notice))
        return alarm, notice

    def to_arrays(self, name: str) -> Arrays:
        return {**view_arrays(name, self.view), f"{name}_alarm": self.alarm, f"{name}_notice": self.notice}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], name: str) -> Self:
        return cls(view_from(arrays, name), arrays[f"{name}_alarm"], arrays[f"{name}_notice"])


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is learnt from the labelled messages."""

    folded: Signs
    accented: Signs
    types: tuple[str, ...]
    type_weights: Floats
    """Features of the folded view by types."""
    type_bias: Floats

    def to_arrays(self) -> Arrays:
        return {
            **self.folded.to_arrays("emergency_folded"),
            **self.accented.to_arrays("emergency_accented"),
            "emergency_types": packed(self.types),
            "emergency_type_weights": self.type_weights,
            "emergency_type_bias": self.type_bias,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        return cls(
            Signs.from_arrays(arrays, "emergency_folded"),
            Signs.from_arrays(arrays, "emergency_accented"),
            tuple(unpacked(arrays["emergency_types"])),
            arrays["emergency_type_weights"],
            arrays["emergency_type_bias"],
        )


class EmergencyDetector:
    """Finds the emergency in a normalised message. Safe to use from several threads."""

    def __init__(
        self, table: AlarmTable, learnt: Learnt, tokenizer: Tokenizer, cards: Mapping[str, EmergencyCard]
    ) -> None:
        self._table, self._learnt, self._tokenizer = table, learnt, tokenizer
        self._domains = {card.id: card.domain for card in cards.values()}

    def detect(self, normal: str, tokens: Tokens) -> Emergency:
        """The emergency of a message and its tokens; a long one is read part by part, and the gravest part counts."""
        whole = self._table.read(normal)
        judged = [self._judge_part(part, whole) for part in parts(normal)] or [self._judge(tokens, whole)]
        rank = {Level.NONE: 0, Level.POSSIBLE: 1, Level.CERTAIN: 2}
        level, _, kind = max(judged, key=lambda found: (rank[found[0]], found[1]))
        return Emergency(level, self._domains[kind], kind) if level is not Level.NONE else Emergency()

    def _judge_part(self, part: str, whole: Reading) -> tuple[Level, float, str]:
        """A part with what the whole message says of condition, news, the past …"""
        found = self._table.read(part)
        found = replace(found, contexts=found.contexts | whole.contexts)
        return self._judge(self._tokenizer.tokens(part), found)

    def _judge(self, tokens: Tokens, reading: Reading) -> tuple[Level, float, str]:
        findings, learnt = table_features(reading), self._learnt
        features = learnt.folded.view.features(tokens.folded, findings)
        alarm, notice = learnt.folded.margins(*features)
        if tokens.accented:
            more = learnt.accented.margins(*learnt.accented.view.features(tokens.words, findings))
            alarm, notice = (alarm + more[0]) / 2, (notice + more[1]) / 2
        level = level_of(reading, alarm, notice)
        return level, alarm, self._type(*features, reading, level) if level is not Level.NONE else ""

    def _type(self, ids: Indices, weights: Floats, reading: Reading, level: Level) -> str:
        learnt = self._learnt
        margins = weights @ learnt.type_weights.take(ids, axis=0) + learnt.type_bias
        named = {rule.type for rule in reading.rules if rule.level == level}
        for place, kind in enumerate(learnt.types):
            if kind in named:
                margins[place] += RULE_BONUS
        return learnt.types[int(margins.argmax())]


def level_of(reading: Reading, alarm: float, notice: float) -> Level:
    """What table and model say together; ``alarm`` and ``notice`` are the model's margins.

    The model only adds: what a rule raises stays raised. A rule that holds is certain where somebody or some moment is
    named and it is not put as a general question, else possible.
    """
    rules = {rule.level for rule in reading.rules} if not reading.calm else set()
    named = not reading.concepts.isdisjoint(SOMEBODY) and not reading.asked
    higher = CALM_MARGIN if reading.calm else 0.0
    if alarm >= CERTAIN_FROM + higher or ("certain" in rules and named):
        return Level.CERTAIN
    return Level.POSSIBLE if rules or notice >= POSSIBLE_FROM + higher else Level.NONE


def table_features(reading: Reading) -> tuple[str, ...]:
    """The table's findings as names of features."""
    return (
        *(f"concept {name}" for name in sorted(reading.concepts)),
        *(f"context {name}" for name in sorted(reading.contexts)),
        *(f"rule {rule.id}" for rule in reading.rules),
    )
