"""Which entry or command a message means: linear models over two views of it, and BM25 over the answers.

The parts were chosen by measuring them on these messages: two linear support vector machines (with diacritics, without;
bare typing uses the second alone) plus BM25 over one document per entry, and a separate model for what is outside Loa's
scope. Two small logistic models turn their scores into the probabilities on which it is decided whether to answer, to
ask back or to say that this is outside. Here the model is used; :mod:`nlu.training` makes it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.features import Tokens, View
from nlu.ranking import Ranker

Floats = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]

BM25_WEIGHT = 0.4
"""Of the best document's score, beside the support vector machine's margin."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where to answer, to ask back and to give up; chosen by cross-validation (:mod:`nlu.training`)."""

    in_scope: float
    """Below this probability of being in scope the message is outside."""
    sure: float
    """From this probability of the best being right it is answered, below it is asked back."""
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
    scope_weights: Floats
    """Features of the folded view for the in-scope model."""
    scope_bias: float
    ranker: Ranker
    right_model: Floats = field(default_factory=lambda: np.zeros(6, np.float32))
    """Weights of the signals that tell whether the best is right, the constant last."""
    scope_model: Floats = field(default_factory=lambda: np.zeros(6, np.float32))
    thresholds: Thresholds = Thresholds(0.5, 0.5, 0.1)

    def classify(self, tokens: Tokens, best: int = 5) -> Verdict:
        """The most likely meanings of a message."""
        scores, right, in_scope = self.signals(tokens)
        order = np.argpartition(-scores, best)[:best]
        order = order[np.argsort(-scores[order], kind="stable")]
        return Verdict(
            tuple(self.names[place] for place in order),
            _probability(self.right_model, right),
            _probability(self.scope_model, in_scope),
        )

    def signals(self, tokens: Tokens) -> tuple[Floats, Floats, Floats]:
        """Scores of all entries and commands, and the signals for being right and for being in scope."""
        ids, weights = self.folded.features(tokens.folded, tokens.concepts)
        margins = weights @ self.folded_weights[ids].astype(np.float32) + self.folded_bias
        scope = float(weights @ self.scope_weights[ids]) + self.scope_bias
        if tokens.accented:
            more_ids, more_weights = self.accented.features(tokens.words, tokens.concepts)
            more = more_weights @ self.accented_weights[more_ids].astype(np.float32) + self.accented_bias
            margins = (margins + more) / 2
        outside = float(margins[-1])
        ranked = self.ranker.scores(tokens.folded)
        highest = float(ranked.max())
        scores = margins[:-1] + (BM25_WEIGHT / highest if highest > 0 else 0.0) * ranked
        top = np.partition(scores, -2)[-2:]
        best, second = float(top[1]), float(top[0])
        agree = 1.0 if highest > 0 and int(scores.argmax()) == int(ranked.argmax()) else 0.0
        known = sum(word in self.folded.words for word in tokens.folded) / max(1, len(tokens.folded))
        length = math.log1p(len(tokens.folded))
        right = np.array([best - second, best, scope, agree, length, 1.0], dtype=np.float32)
        per_word = highest / max(1.0, length)
        in_scope = np.array([scope, float(margins[:-1].max()), outside, per_word, known, 1.0], dtype=np.float32)
        return scores, right, in_scope

    def to_arrays(self) -> Arrays:
        """Everything as arrays, for a file that needs no pickle; the inverse of :meth:`from_arrays`."""
        return {
            "names": _packed(self.names),
            **_view_arrays("folded", self.folded),
            **_view_arrays("accented", self.accented),
            "folded_weights": self.folded_weights,
            "folded_bias": self.folded_bias,
            "accented_weights": self.accented_weights,
            "accented_bias": self.accented_bias,
            "scope_weights": self.scope_weights,
            "scope_bias": np.array([self.scope_bias]),
            "ranker_terms": _packed(self.ranker.terms),
            "ranker_starts": self.ranker.starts,
            "ranker_entries": self.ranker.entries,
            "ranker_worth": self.ranker.worth,
            "right_model": self.right_model,
            "scope_model": self.scope_model,
            "thresholds": _packed([json.dumps(asdict(self.thresholds))]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Classifier:
        names = unpacked(arrays["names"])
        terms = {term: number for number, term in enumerate(unpacked(arrays["ranker_terms"]))}
        return cls(
            tuple(names),
            _view_from(arrays, "folded"),
            _view_from(arrays, "accented"),
            arrays["folded_weights"],
            arrays["folded_bias"],
            arrays["accented_weights"],
            arrays["accented_bias"],
            arrays["scope_weights"],
            float(arrays["scope_bias"][0]),
            Ranker(terms, arrays["ranker_starts"], arrays["ranker_entries"], arrays["ranker_worth"], len(names)),
            arrays["right_model"],
            arrays["scope_model"],
            Thresholds(**json.loads(unpacked(arrays["thresholds"])[0])),
        )


def _probability(model: Floats, signals: Floats) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, float(model @ signals)))))


def _packed(words: Sequence[str] | Mapping[str, int]) -> NDArray[np.uint8]:
    """Strings in their order, as one array of bytes."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def unpacked(data: NDArray[np.uint8]) -> list[str]:
    return data.tobytes().decode().split("\n") if data.size else []


def _view_arrays(name: str, view: View) -> Arrays:
    return {
        f"{name}_words": _packed(view.words),
        f"{name}_pieces": _packed(view.pieces),
        f"{name}_concepts": _packed(view.concepts),
        f"{name}_idf": view.idf,
    }


def _view_from(arrays: Mapping[str, NDArray[Any]], name: str) -> View:
    tables = []
    number = 0
    for part in ("words", "pieces", "concepts"):
        words = unpacked(arrays[f"{name}_{part}"])
        tables.append({word: number + place for place, word in enumerate(words)})
        number += len(words)
    return View(*tables, arrays[f"{name}_idf"])
