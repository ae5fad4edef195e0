"""BM25 over one document per entry: everything that is said about it, its answer included.

Finds entries whose answer speaks of what a question mentions even when no training example does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_SATURATION, _LENGTH = 1.2, 0.75
"""BM25's k1 and b, at their usual values."""


class Ranker:
    """Scores all entries against a message. Holds, per term, the entries that have it and what that is worth."""

    def __init__(
        self, terms: Mapping[str, int], starts: NDArray[np.int32], entries: NDArray[np.int32], worth: Floats, size: int
    ) -> None:
        self.terms, self.starts, self.entries, self.worth, self.size = terms, starts, entries, worth, size

    @classmethod
    def learnt(cls, documents: Sequence[Sequence[str]]) -> Ranker:
        """``documents[i]`` is the folded words of entry i, an empty one for what has no document."""
        counts = [Counter(document) for document in documents]
        lengths = [count.total() for count in counts]
        usual = sum(lengths) / max(1, sum(length > 0 for length in lengths))
        holders: dict[str, list[int]] = {}
        for entry, count in enumerate(counts):
            for term in count:
                holders.setdefault(term, []).append(entry)
        terms = {term: number for number, term in enumerate(sorted(holders))}
        starts, entries, worth = [0], list[int](), list[float]()
        for term in terms:
            having = holders[term]
            rarity = math.log(1 + (len(documents) - len(having) + 0.5) / (len(having) + 0.5))
            for entry in having:
                often = counts[entry][term]
                room = _SATURATION * (1 - _LENGTH + _LENGTH * lengths[entry] / usual)
                entries.append(entry)
                worth.append(rarity * often * (_SATURATION + 1) / (often + room))
            starts.append(len(entries))
        return cls(
            terms, np.array(starts, np.int32), np.array(entries, np.int32), np.array(worth, np.float32), len(documents)
        )

    def scores(self, words: Sequence[str]) -> Floats:
        """BM25 of each entry, not normalised; all zero when no word is known."""
        found = np.zeros(self.size, dtype=np.float32)
        for term in set(terms_of(words)):
            number = self.terms.get(term)
            if number is not None:
                part = slice(self.starts[number], self.starts[number + 1])
                found[self.entries[part]] += self.worth[part]
        return found


def terms_of(words: Sequence[str]) -> list[str]:
    """The words and pairs of neighbouring words: what a document is counted in."""
    return [*words, *(f"{first} {second}" for first, second in zip(words, words[1:], strict=False))]
