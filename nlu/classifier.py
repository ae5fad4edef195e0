"""Which entry or command a message means: linear models over two views of it, and BM25 over the answers.

The parts were chosen by measuring them on these messages: two linear support vector machines (with diacritics, without;
bare typing uses the second alone) plus BM25 over one document per entry, and a separate model for what is outside Loa's
scope. Two small logistic models turn their scores into the probabilities on which it is decided whether to answer, to
ask back or to say that this is outside. Here the model is used; :mod:`nlu.training` makes it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.arrays import Arrays, Floats, logistic, packed, unpacked, view_arrays, view_from
from nlu.features import Tokens, View
from nlu.ranking import Ranker

BM25_WEIGHT = 0.8
"""Of the best document's score, beside the support vector machine's margin; measured."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where to answer, to ask back and to give up; chosen by cross-validation (:mod:`nlu.training`)."""

    in_scope: float
    """Below this probability of being in scope the message is outside."""
    command: float
    """The same where the best is a command: these are seldom what a message outside resembles."""
    sure: float
    """From this probability of the best being what is meant it is answered, below it is asked back."""
    hopeless: float
    """Below this probability of the best being right not even a choice is offered."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the classifier makes of one piece of text."""

    names: tuple[str, ...]
    """Entries and commands, best first."""
    right: float
    """Probability that the best is what is meant, given that the message is in scope."""
    in_scope: float
    """Probability that the message is about anything Loa answers."""

    @property
    def score(self) -> float:
        """Probability that the best is what is meant."""
        return self.right * self.in_scope


@dataclass(slots=True)
class Classifier:
    """The trained model. Immutable once made; safe to use from several threads."""

    names: tuple[str, ...]
    folded: View
    accented: View
    folded_weights: Floats
    """Features of the folded view by classes; the last column is out of scope."""
    folded_bias: Floats
    accented_weights: Floats
    accented_bias: Floats
    folded_scope: Floats
    """Weights of the folded view's features for being in scope; the constant last."""
    accented_scope: Floats
    ranker: Ranker
    """Its last document is what was said outside Loa's scope."""
    right_model: Floats = field(default_factory=lambda: np.zeros(6, np.float32))
    """Weights of the signals that tell whether the best is right, the constant last."""
    scope_model: Floats = field(default_factory=lambda: np.zeros(7, np.float32))
    thresholds: Thresholds = Thresholds(0.5, 0.5, 0.5, 0.1)

    def classify(self, tokens: Tokens, best: int = 5) -> Verdict:
        """The most likely meanings of a message."""
        scores, right, in_scope = self.signals(tokens)
        order = np.argpartition(-scores, best)[:best]
        order = order[np.argsort(-scores[order], kind="stable")]
        return Verdict(
            tuple(self.names[place] for place in order),
            logistic(float(self.right_model @ right)),
            logistic(float(self.scope_model @ in_scope)),
        )

    def signals(self, tokens: Tokens) -> tuple[Floats, Floats, Floats]:
        """Scores of all entries and commands, and the signals for being right and for being in scope."""
        ids, weights = self.folded.features(tokens.folded, tokens.concepts)
        margins = weights @ self.folded_weights.take(ids, axis=0) + self.folded_bias
        scope = marked = float(weights @ self.folded_scope.take(ids)) + float(self.folded_scope[-1])
        if tokens.accented:
            ids, weights = self.accented.features(tokens.words, tokens.concepts)
            more = weights @ self.accented_weights.take(ids, axis=0) + self.accented_bias
            margins = (margins + more) / 2
            marked = float(weights @ self.accented_scope.take(ids)) + float(self.accented_scope[-1])
        documents = self.ranker.scores(tokens.folded)
        ranked, outside = documents[:-1], float(documents[-1])
        highest = float(ranked.max())
        scores = margins[:-1] + (BM25_WEIGHT / highest if highest > 0 else 0.0) * ranked
        top = np.partition(scores, -2)[-2:]
        best, second = float(top[1]), float(top[0])
        agree = 1.0 if highest > 0 and int(scores.argmax()) == int(ranked.argmax()) else 0.0
        known = sum(word in self.folded.words for word in tokens.folded) / max(1, len(tokens.folded))
        length = math.log1p(len(tokens.folded))
        right = np.array([best - second, best, scope, agree, length, 1.0], dtype=np.float32)
        nearer = (highest - outside) / max(1.0, length)
        in_scope = np.array(
            [scope, marked, float(margins[:-1].max()), float(margins[-1]), nearer, known, 1.0], dtype=np.float32
        )
        return scores, right, in_scope

    def to_arrays(self) -> Arrays:
        """Everything as arrays, for a file that needs no pickle; the inverse of :meth:`from_arrays`."""
        return {
            "names": packed(self.names),
            **view_arrays("folded", self.folded),
            **view_arrays("accented", self.accented),
            "folded_weights": self.folded_weights.astype(np.float16),
            "folded_bias": self.folded_bias,
            "accented_weights": self.accented_weights.astype(np.float16),
            "accented_bias": self.accented_bias,
            "folded_scope": self.folded_scope,
            "accented_scope": self.accented_scope,
            "ranker_terms": packed(self.ranker.terms),
            "ranker_worth": self.ranker.worth.astype(np.float16),
            "right_model": self.right_model,
            "scope_model": self.scope_model,
            "thresholds": packed([json.dumps(asdict(self.thresholds))]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Classifier:
        names = unpacked(arrays["names"])
        terms = {term: number for number, term in enumerate(unpacked(arrays["ranker_terms"]))}
        return cls(
            tuple(names),
            view_from(arrays, "folded"),
            view_from(arrays, "accented"),
            arrays["folded_weights"].astype(np.float32),  # widening the rows of each message takes six times as long
            arrays["folded_bias"],
            arrays["accented_weights"].astype(np.float32),
            arrays["accented_bias"],
            arrays["folded_scope"],
            arrays["accented_scope"],
            Ranker(terms, arrays["ranker_worth"]),
            arrays["right_model"],
            arrays["scope_model"],
            Thresholds(**json.loads(unpacked(arrays["thresholds"])[0])),
        )
