"""Finding known phrases in the words of a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import NamedTuple

GAP = "~"
"""In a phrase: up to three words."""
LONGEST_GAP = 3
_WORD = re.compile(rf"\w+|{GAP}")


_Phrases = dict[tuple[tuple[str, ...], str], None]
"""Phrases and their names, each once, in order."""


class Found(NamedTuple):
    """A phrase's name and the words it covers."""

    name: str
    start: int
    end: int


@dataclass(slots=True)
class _Begun:
    """The phrases that begin with one word."""

    alone: dict[str, None] = field(default_factory=dict)
    """Names of the phrase that is that word only."""
    by_second: dict[str, _Phrases] = field(default_factory=dict)
    gapped: _Phrases = field(default_factory=dict)
    """Those that go on with a gap."""


class PhraseTable:
    """Phrases with the names of what they stand for, looked up by their first two words."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._by_first: dict[str, _Begun] = {}
        for phrase, name in phrases:
            words = tuple(_WORD.findall(phrase))
            begun = self._by_first.setdefault(words[0], _Begun())
            if len(words) == 1:
                begun.alone[name] = None
            else:
                phrases_on = begun.gapped if words[1] == GAP else begun.by_second.setdefault(words[1], {})
                phrases_on[words, name] = None

    def find(self, words: Sequence[str]) -> Iterator[Found]:
        """Every phrase in the words, in order of its first word."""
        words = tuple(words)
        for start, (word, second) in enumerate(zip_longest(words, words[1:], fillvalue="")):
            begun = self._by_first.get(word)
            if begun is None:
                continue
            for name in begun.alone:
                yield Found(name, start, start + 1)
            for phrase, name in chain(begun.by_second.get(second, ()), begun.gapped):
                end = _match(phrase, words, start)
                if end is not None:
                    yield Found(name, start, end)


def _match(phrase: tuple[str, ...], words: tuple[str, ...], start: int) -> int | None:
    """The end of the phrase begun at ``start``; None when it does not stand there."""
    place = start
    for index, part in enumerate(phrase):
        if part == GAP:
            rest = phrase[index + 1 :]
            ends = (_match(rest, words, place + skipped) for skipped in range(LONGEST_GAP + 1))
            return next((end for end in ends if end is not None), None)
        if place >= len(words) or words[place] != part:
            return None
        place += 1
    return place
