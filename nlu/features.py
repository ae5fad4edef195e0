"""Messages as numbers: which words, word pairs and pieces of words they hold, and which concepts.

Two views of a message are made, with diacritics and without. Made for serving: what a word contributes is looked up
once and remembered, so that a message costs a few dictionary look-ups and one pass over small arrays.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import ne

import numpy as np
from numpy.typing import NDArray

from content.lexicon import Concept
from content.words import fold
from nlu.phrases import PhraseTable

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]

PIECES = (2, 5)
"""Shortest and longest piece of a word, in letters, the blanks around it counted."""
RARE = 2
"""Pieces and pairs that stand in fewer messages teach nothing about the next one."""
CONCEPT_WEIGHT = 0.5
MARKED_SHARE = 0.3
"""Of all words; Vietnamese writing has diacritics on seven words of ten, so less than this is bare typing."""
_BLOCK_LENGTHS = (math.sqrt(0.5), math.sqrt(0.5), CONCEPT_WEIGHT)
"""Of the weights of words and pairs, of pieces, of concepts."""
_OFTEN = 1000
"""Repetitions of one piece in one message that are told apart."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Tokens:
    """A normalised message taken apart."""

    words: tuple[str, ...]
    folded: tuple[str, ...]
    concepts: tuple[str, ...]
    accented: bool
    """Whether it was typed with diacritics; if not, only the folded view tells something."""


class Tokenizer:
    """Takes normalised messages apart and finds the concepts in them."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        self._accented = PhraseTable(
            (word, concept.id) for concept in concepts for word in (*concept.words, *concept.accented)
        )
        self._folded = PhraseTable((fold(word), concept.id) for concept in concepts for word in concept.words)
        self._fold = lru_cache(maxsize=50_000)(fold)

    def tokens(self, normal: str) -> Tokens:
        words = tuple(_WORD.findall(normal))
        folded = tuple(self._fold(word) for word in words)
        accented = is_accented(words, folded)
        table, seen = (self._accented, words) if accented else (self._folded, folded)
        return Tokens(words, folded, tuple(sorted({found.name for found in table.find(seen)})), accented)


def is_accented(words: Sequence[str], folded: Sequence[str]) -> bool:
    """Whether so many of the words have diacritics that they were typed with them."""
    marked: int = sum(map(ne, words, folded))
    return marked >= MARKED_SHARE * max(1, len(words))


class View:
    """The vocabulary of one view and what each entry of it weighs (tf-idf, each block of unit length)."""

    def __init__(
        self, words: Mapping[str, int], pieces: Mapping[str, int], concepts: Mapping[str, int], idf: Floats
    ) -> None:
        self.words, self.pieces, self.concepts, self.idf = words, pieces, concepts, idf
        self._ends = np.cumsum([len(words), len(pieces), len(concepts)], dtype=np.int32)
        self._repeated = 1 + np.log(np.arange(1, _OFTEN + 1)).astype(np.float32)
        self._pieces_of = lru_cache(maxsize=50_000)(self._look_up_pieces)

    @classmethod
    def learnt(cls, texts: Sequence[Sequence[str]], concepts: Sequence[Sequence[str]]) -> View:
        """The vocabulary of tokenised messages."""
        words = Counter(key for text in texts for key in set(terms_of(tuple(text))))
        pieces = Counter(piece for text in texts for piece in set().union(*map(_pieces, text)))
        ideas = Counter(idea for found in concepts for idea in set(found))
        kept_words = sorted(key for key, count in words.items() if count >= RARE or " " not in key)
        kept_pieces = sorted(key for key, count in pieces.items() if count >= RARE)
        kept_ideas = sorted(ideas)
        counts = [*(words[k] for k in kept_words), *(pieces[k] for k in kept_pieces), *(ideas[k] for k in kept_ideas)]
        idf = np.log((1 + len(texts)) / (1 + np.array(counts, dtype=np.float64))) + 1
        numbers = iter(range(len(counts)))
        return cls(
            {key: next(numbers) for key in kept_words},
            {key: next(numbers) for key in kept_pieces},
            {key: next(numbers) for key in kept_ideas},
            idf.astype(np.float32),
        )

    def __len__(self) -> int:
        return len(self.idf)

    def features(self, words: Sequence[str], concepts: Sequence[str]) -> tuple[Indices, Floats]:
        """Indices and weights of what a message holds; what was never seen in training is left out."""
        found = [number for number in map(self.words.get, terms_of(tuple(words))) if number is not None]
        found += [number for number in map(self.concepts.get, concepts) if number is not None]
        all_ids = np.concatenate([np.array(found, dtype=np.int32), *map(self._pieces_of, words)])
        if not len(all_ids):
            return all_ids, np.empty(0, dtype=np.float32)
        all_ids.sort()
        edges = np.ones(len(all_ids) + 1, dtype=bool)
        np.not_equal(all_ids[1:], all_ids[:-1], out=edges[1:-1])
        places = edges.nonzero()[0]
        ids, counts = all_ids.take(places[:-1]), places[1:] - places[:-1]
        weights: Floats = self._repeated.take(counts - 1, mode="clip") * self.idf.take(ids)
        start = 0
        for end, length in zip(ids.searchsorted(self._ends).tolist(), _BLOCK_LENGTHS, strict=True):
            block = weights[start:end]
            if end > start:
                block *= length / math.sqrt(float(block @ block))
            start = end
        return ids, weights

    def _look_up_pieces(self, word: str) -> Indices:
        known = [number for number in map(self.pieces.get, _pieces(word)) if number is not None]
        return np.array(known, dtype=np.int32)


@lru_cache(maxsize=64)
def terms_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words and pairs of neighbouring words. Every model asks for those of the message at hand."""
    return *words, *(f"{first} {second}" for first, second in pairwise(words))


@lru_cache(maxsize=50_000)
def _pieces(word: str) -> tuple[str, ...]:
    padded = f" {word[:40]} "
    shortest, longest = PIECES
    return tuple(
        padded[start : start + size]
        for size in range(shortest, min(longest, len(padded)) + 1)
        for start in range(len(padded) - size + 1)
    )
