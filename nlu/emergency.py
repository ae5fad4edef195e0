"""Whether something harmful is happening now, and what.

First the reviewed table ((:mod:`nlu.alarm`), then a linear model trained on labelled messages, which knows the table's
findings too (:mod:`nlu.emergency_training`). The model may only add alarms: what a rule says is certain stays certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from content.schema import EmergencyCard
from nlu.alarm import AlarmTable, Reading
from nlu.arrays import Arrays, Floats, logistic, packed, unpacked, view_arrays, view_from
from nlu.features import Tokenizer, View
from nlu.parts import parts
from nlu.verdict import Emergency, Level

CERTAIN_FROM, UNSEEN_CERTAIN_FROM = 0.45, 0.8
"""Probability from which the model raises an alarm by itself: low, for a needless number costs less than a missed fire;
higher where the table sees nothing harmful in the message and there is only the model's word for it."""
POSSIBLE_FROM = 0.3
"""Probability of "perhaps" from which a line with the number is added."""
CALM_POSSIBLE_FROM = 0.9
"""The same for "possible" where the table found news, the past, a drill … in the message."""
TABLE_WEIGHT = 2.0
"""Of the table's findings beside the words, as features; measured."""
RULE_BONUS = 0.5
"""Of a type that a rule names, beside the type model's margin."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is learnt from the labelled messages."""

    view: View
    alarm: Floats
    """Weights for "happening now"; the constant last."""
    notice: Floats
    """Weights for "happening now, or perhaps"; the constant last."""
    types: tuple[str, ...]
    type_weights: Floats
    """Features by types."""
    type_bias: Floats

    def to_arrays(self) -> Arrays:
        return {
            **view_arrays("emergency", self.view),
            "emergency_alarm": self.alarm,
            "emergency_notice": self.notice,
            "emergency_types": packed(self.types),
            "emergency_type_weights": self.type_weights,
            "emergency_type_bias": self.type_bias,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Learnt:
        return cls(
            view_from(arrays, "emergency"),
            arrays["emergency_alarm"],
            arrays["emergency_notice"],
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

    def detect(self, normal: str) -> Emergency:
        """The emergency of a message; a long one is read part by part, and the gravest part counts."""
        whole = self._table.read(normal)
        readings = [(normal, whole)]
        for part in parts(normal):
            found = self._table.read(part)
            readings.append((part, replace(found, contexts=found.contexts | whole.contexts)))
        judged = [self._judge(text, reading) for text, reading in (readings[1:] or readings)]
        rank = {Level.NONE: 0, Level.POSSIBLE: 1, Level.CERTAIN: 2}
        level, _, kind = max(judged, key=lambda found: (rank[found[0]], found[1]))
        return Emergency(level, self._domains[kind], kind) if level is not Level.NONE else Emergency()

    def _judge(self, text: str, reading: Reading) -> tuple[Level, float, str]:
        learnt = self._learnt
        tokens = self._tokenizer.tokens(text)
        ids, weights = learnt.view.features(tokens.folded, table_features(reading))
        weights = weighted(learnt.view, ids, weights)
        now, perhaps = (
            logistic(float(weights @ model.take(ids)) + float(model[-1])) for model in (learnt.alarm, learnt.notice)
        )
        margins = weights @ learnt.type_weights.take(ids, axis=0) + learnt.type_bias
        level = level_of(reading, now, perhaps)
        named = {rule.type for rule in reading.rules if rule.level == level}
        for place, kind in enumerate(learnt.types):
            if kind in named:
                margins[place] += RULE_BONUS
        return level, now, learnt.types[int(margins.argmax())]


def level_of(reading: Reading, now: float, perhaps: float) -> Level:
    """What table and model say together; ``now`` and ``perhaps`` are the model's probabilities."""
    if reading.calm:
        return Level.POSSIBLE if now >= CALM_POSSIBLE_FROM else Level.NONE
    levels = {rule.level for rule in reading.rules}
    certain = "certain" in levels or now >= (CERTAIN_FROM if reading.harm else UNSEEN_CERTAIN_FROM)
    if certain and not (reading.asked and reading.concepts.isdisjoint(("now", "victim"))):
        return Level.CERTAIN
    return Level.POSSIBLE if certain or levels or perhaps >= POSSIBLE_FROM else Level.NONE


def table_features(reading: Reading) -> tuple[str, ...]:
    """The table's findings as names of features."""
    return (
        *(f"concept {name}" for name in sorted(reading.concepts)),
        *(f"context {name}" for name in sorted(reading.contexts)),
        *(f"rule {rule.id}" for rule in reading.rules),
    )


def weighted(view: View, ids: NDArray[np.int32], weights: Floats) -> Floats:
    """Features with the table's findings made to count TABLE_WEIGHT times."""
    return np.where(ids >= len(view) - len(view.concepts), TABLE_WEIGHT * weights, weights).astype(np.float32)
