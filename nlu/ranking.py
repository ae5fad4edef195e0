"""BM25 over one document per entry: everything that is said about it, its answer included.

Finds entries whose answer speaks of what a question mentions even when no training example does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlu.features import terms_of

Floats = NDArray[np.float32]
_SATURATION, _LENGTH = 1.2, 0.75
"""BM25's k1 and b, at their usual values."""


class Ranker:
    """Scores all entries against a message: what each term (:func:`nlu.features.terms_of`) is worth to each entry, as a
    table."""

    def __init__(self, terms: Mapping[str, int], worth: NDArray[np.floating]) -> None:
        self.terms, self.worth = terms, worth

    @classmethod
    def learnt(cls, documents: Sequence[Sequence[str]]) -> Ranker:
        """``documents[i]`` is the terms of entry i, an empty one for what has no document."""
        counts = [Counter(document) for document in documents]
        lengths = [count.total() for count in counts]
        usual = sum(lengths) / max(1, sum(length > 0 for length in lengths))
        having = Counter(term for count in counts for term in count)
        terms = {term: number for number, term in enumerate(sorted(having))}
        worth = np.zeros((len(terms), len(documents)), dtype=np.float32)
        for entry, count in enumerate(counts):
            for term, often in count.items():
                rarity = math.log(1 + (len(documents) - having[term] + 0.5) / (having[term] + 0.5))
                room = _SATURATION * (1 - _LENGTH + _LENGTH * lengths[entry] / usual)
                worth[terms[term], entry] = rarity * often * (_SATURATION + 1) / (often + room)
        return cls(terms, worth)

    def scores(self, words: Sequence[str]) -> Floats:
        """BM25 of each entry, not normalised; all zero when no word is known."""
        known = [number for number in map(self.terms.get, set(terms_of(tuple(words)))) if number is not None]
        found: Floats = self.worth.take(known, axis=0).sum(axis=0, dtype=np.float32)
        return found
