"""Questions that ask the same, found without anybody's help: for the person who is to answer them once.

Works on the machine alone and gives the same groups for the same questions. Spellings of one line (with diacritics or
without, abbreviated, with another punctuation) are one; lines are then compared by the words, concepts and pieces of
words they share and by the entries the model finds likely, and gathered around the lines that have most neighbours.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import exp

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from content.lexicon import Lexicon
from content.words import fold
from nlu.arrays import logistic
from nlu.classifier import Classifier
from nlu.features import Tokenizer
from nlu.normalize import Normalizer

ALIKE = 0.45
"""Likeness from which two lines ask the same. Measured on examples the model was not trained with: of the pairs put
together seven of eight stand for one entry."""
MEANING = 0.5
"""Share of what the model makes of two lines in their likeness, where it is sure that they are in scope. Words alone
find an eighth of the pairs that the two together find. What is out of scope is compared by its words alone."""
WORDS_ALONE = 0.82
"""Share of the words in the likeness of lines out of scope: they must be more alike, for nothing else speaks for it."""
SHARPNESS = 4.0
"""Of the model's scores as likelihoods of entries."""
MEANINGS = 5
"""Likeliest entries that are compared."""
LONGEST = 400
"""Characters of a line that are compared."""
PIECE = 3
"""Letters of a piece of a word."""
_WEIGHTS = {"word": 1.0, "pair": 0.7, "piece": 0.6, "idea": 0.6}
"""Of the kinds of features, each scaled to one length per line."""
_WORD_FROM = 3
"""Lines of the background that make something a word: gibberish stands there, too."""
_ROWS = 512
"""Lines compared at a time: keeps the table of likenesses small."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_WORD = re.compile(r"\w+")
_SYLLABLE = re.compile(r"(?:ngh?|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?")
"""Folded. How a Vietnamese syllable is built."""
_MASK = re.compile(r"\[[^\]]*\]")
"""What stands where a number or an address was hidden."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it was logged."""

    id: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask the same."""

    typical: Asked
    """The question the others are most like, in its most frequent spelling."""
    members: tuple[Asked, ...]
    """All of them, newest first, the typical one included."""
    noise: bool
    """Too short or too strange to be a question anybody can answer."""

    @property
    def count(self) -> int:
        return len(self.members)

    @property
    def last(self) -> datetime:
        """When it was asked last."""
        return self.members[0].at


@dataclass(frozen=True, slots=True)
class Near:
    """An entry a question comes near to."""

    entry: str
    score: float
    """Of the best: the probability that it is what is meant. Of the others as much less as they are less likely."""


class Grouper:
    """Groups questions, and finds the entries they come nearest to."""

    def __init__(self, lexicon: Lexicon, background: Iterable[str], classifier: Classifier) -> None:
        """``background`` is ordinary text of the field: common words are told from telling ones by it, also where there
        are few questions."""
        self._normalizer = Normalizer(lexicon)
        self._tokenizer = Tokenizer(lexicon.concepts)
        self._classifier = classifier
        self._entries = [place for place, name in enumerate(classifier.names) if "." in name]
        lines = [self._features(self.key(text)) for text in background]
        self._lines = len(lines)
        self._having: Counter[str] = Counter(name for line in lines for name in set(line))
        self._words = frozenset(
            name.removeprefix("word ")
            for name, often in self._having.items()
            if name.startswith("word ") and often >= _WORD_FROM
        )

    def key(self, text: str) -> str:
        """What all spellings of one line have in common."""
        return " ".join(_WORD.findall(fold(self._normalizer.normalize(_MASK.sub(" ", text[:LONGEST])))))

    def nearest(self, text: str, count: int = 3) -> list[Near]:
        """The entries nearest to the text, best first, also where Loa would answer nothing."""
        tokens = self._tokenizer.tokens(self._normalizer.normalize(text))
        if not tokens.words:
            return []
        scores, _, _ = self._classifier.signals(tokens)
        score, best = self._classifier.classify(tokens).score, float(scores.max())
        places = sorted(self._entries, key=lambda place: (-float(scores[place]), place))[:count]
        likely = [score * exp(SHARPNESS * (float(scores[place]) - best)) for place in places]
        return [Near(self._classifier.names[place], chance) for place, chance in zip(places, likely, strict=True)]

    def group(self, asked: Iterable[Asked]) -> list[Group]:
        """All questions in groups: the most asked first, then the newest; noise last."""
        spellings: dict[str, list[Asked]] = defaultdict(list)
        for question in asked:
            spellings[self.key(question.text)].append(question)
        keys = sorted(spellings, key=lambda key: (-len(spellings[key]), key))
        groups = [
            self._group([spellings[keys[place]] for place in places]) for places in self._gathered(keys, spellings)
        ]
        return sorted(groups, key=lambda group: (group.noise, -group.count, -group.last.timestamp(), group.typical.id))

    def _group(self, lines: Sequence[Sequence[Asked]]) -> Group:
        """``lines[0]`` is the spellings of the line the others gathered around."""
        spelt = Counter(question.text for question in lines[0])
        text = max(spelt, key=lambda text: (spelt[text], text != fold(text), text))
        typical = max((question for question in lines[0] if question.text == text), key=_newness)
        members = sorted((question for line in lines for question in line), key=_newness, reverse=True)
        return Group(typical, tuple(members), self.is_noise(text))

    def is_noise(self, text: str) -> bool:
        """Whether the line is one word or has next to no words in it."""
        words = self.key(text).split()
        real = [word for word in words if word in self._words or _SYLLABLE.fullmatch(word)]
        return len(set(real)) < 2 or len(real) * 2 < len(words)

    def _gathered(self, keys: Sequence[str], spellings: Mapping[str, Sequence[Asked]]) -> list[list[int]]:
        """Places in ``keys``, gathered; the first of each is the one the others gathered around.

        The line with most (and most often asked) neighbours gathers first. Then every line goes to the nearest centre,
        which is not always the one that came first.
        """
        texts = [max(spellings[key], key=_newness).text for key in keys]
        neighbours = self._neighbours(keys, texts)
        often = np.array([len(spellings[key]) for key in keys], dtype=np.float64)
        drawn = [float(likeness @ often[others]) for others, likeness in neighbours]
        free = np.ones(len(keys), dtype=bool)
        centres = []
        for place in sorted(range(len(keys)), key=lambda place: (-round(drawn[place], 6), place)):
            if free[place]:
                centres.append(place)
                free[neighbours[place][0]] = False
        is_centre = np.zeros(len(keys), dtype=bool)
        is_centre[centres] = True
        found: dict[int, list[int]] = {centre: [centre] for centre in centres}
        for place, (others, likeness) in enumerate(neighbours):
            if not is_centre[place]:
                near = is_centre[others]
                found[int(others[near][np.argmax(likeness[near])])].append(place)
        return list(found.values())

    def _neighbours(self, keys: Sequence[str], texts: Sequence[str]) -> list[tuple[Ints, Floats]]:
        """Of each line those alike enough, itself included, by place, and how alike."""
        chances, in_scope = self._meanings(texts)
        words = sparse.diags(np.sqrt(WORDS_ALONE + (1 - MEANING - WORDS_ALONE) * in_scope)) @ self._matrix(keys)
        matrix = sparse.hstack([words, np.sqrt(MEANING) * chances], format="csr", dtype=np.float32)
        across = matrix.T.tocsr()
        found: list[tuple[Ints, Floats]] = []
        for start in range(0, len(keys), _ROWS):
            likeness = (matrix[start : start + _ROWS] @ across).tocoo()
            near = (likeness.data >= ALIKE) & (likeness.row + start != likeness.col)
            rows, others, alike = likeness.row[near], likeness.col[near], likeness.data[near]
            order = np.lexsort((others, rows))
            rows, others, alike = rows[order], others[order], alike[order]
            ends = np.searchsorted(rows, np.arange(likeness.shape[0] + 1))
            for row, (first, last) in enumerate(pairwise(ends)):
                itself = np.array([start + row])
                found.append((np.append(itself, others[first:last]), np.append(1.0, alike[first:last])))
        return found

    def _meanings(self, texts: Sequence[str]) -> tuple[sparse.csr_matrix, Floats]:
        """Lines by entries and commands: how likely each is meant; and how likely the line is in scope at all."""
        rows, columns, values, scope = [], [], [], []
        for row, text in enumerate(texts):
            tokens = self._tokenizer.tokens(self._normalizer.normalize(text[:LONGEST]))
            if not tokens.words:
                scope.append(0.0)
                continue
            scores, _, signals = self._classifier.signals(tokens)
            in_scope = logistic(float(self._classifier.scope_model @ signals))
            chances = np.exp(SHARPNESS * (scores - scores.max()))
            chances *= in_scope / chances.sum()
            best = np.argpartition(-chances, MEANINGS)[:MEANINGS]
            rows += [row] * len(best)
            columns += best.tolist()
            values += chances[best].tolist()
            scope.append(in_scope)
        shape = (len(texts), len(self._classifier.names))
        return sparse.csr_matrix((values, (rows, columns)), shape=shape), np.array(scope)

    def _matrix(self, keys: Sequence[str]) -> sparse.csr_matrix:
        """Lines by features (tf-idf), every line of length one."""
        lines = [self._features(key) for key in keys]
        having = Counter(name for line in lines for name in set(line)) + self._having
        # What no second line has can make nothing alike, but stays in the line's length.
        shared = Counter(name for line in lines for name in set(line))
        place = {name: number for number, name in enumerate(sorted(name for name in shared if shared[name] > 1))}
        total = len(lines) + self._lines
        rarity = {name: np.log((1 + total) / (1 + having[name])) + 1 for name in shared}
        rows, columns, values = [], [], []
        for row, line in enumerate(lines):
            weights: dict[str, dict[str, float]] = defaultdict(dict)
            for name, often in Counter(line).items():
                weights[name.partition(" ")[0]][name] = (1 + np.log(often)) * rarity[name]
            lengths = {kind: float(np.sqrt(sum(w * w for w in part.values()))) for kind, part in weights.items()}
            whole = float(np.sqrt(sum(_WEIGHTS[kind] ** 2 for kind in weights)))
            for kind, part in weights.items():
                scale = _WEIGHTS[kind] / (lengths[kind] * whole)
                for name, weight in part.items():
                    if name in place:
                        rows.append(row)
                        columns.append(place[name])
                        values.append(weight * scale)
        return sparse.csr_matrix((values, (rows, columns)), shape=(len(keys), len(place)))

    def _features(self, key: str) -> list[str]:
        words = key.split()
        ideas = self._tokenizer.tokens(key).concepts
        return [
            *(f"word {word}" for word in words),
            *(f"pair {first} {second}" for first, second in pairwise(words)),
            *(f"piece {piece}" for word in words for piece in _pieces(word)),
            *(f"idea {idea}" for idea in ideas),
        ]


def _pieces(word: str) -> list[str]:
    padded = f"_{word[:40]}_"
    return [padded[start : start + PIECE] for start in range(len(padded) - PIECE + 1)]


def _newness(question: Asked) -> tuple[datetime, int]:
    return question.at, question.id
