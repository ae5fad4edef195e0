"""Finding known phrases in the words of a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

GAP = "~"
"""In a phrase: up to three words."""
LONGEST_GAP = 3
_WORD = re.compile(rf"\w+|{GAP}")


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase's name and the words it covers."""

    name: str
    start: int
    end: int


class PhraseTable:
    """Phrases with the names of what they stand for, looked up by their first word."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._by_first: dict[str, dict[tuple[tuple[str, ...], str, bool], None]] = {}
        for phrase, name in phrases:
            words = tuple(_WORD.findall(phrase))
            self._by_first.setdefault(words[0], {})[words, name, GAP in words] = None

    def find(self, words: Sequence[str]) -> Iterator[Found]:
        """Every phrase in the words, in order of its first word."""
        words = tuple(words)
        for start, word in enumerate(words):
            for phrase, name, gap in self._by_first.get(word, ()):
                if gap:
                    end = _match(phrase, words, start)
                    if end is not None:
                        yield Found(name, start, end)
                elif words[start : start + len(phrase)] == phrase:
                    yield Found(name, start, start + len(phrase))


def _match(phrase: tuple[str, ...], words: Sequence[str], start: int) -> int | None:
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
