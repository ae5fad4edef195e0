"""Where the words of a field stand in the document, so that a reviewer can lay them beside each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from content.words import fold

Span = tuple[int, int]
"""First and last line, counted from 1."""

TELLING = 30
"""Letters by which words are found whose end the reader has cut or cleaned."""
_SENTENCE = re.compile(r"\n+|(?<=[.;:])\s+(?=[-+•]?\s*[A-ZÀ-ỸĐ\d])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a piece, with the lines it stands in as far as they are found."""

    text: str
    lines: Span | None


class Source:
    """The text a directive was read from, line by line."""

    def __init__(self, text: str) -> None:
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if text else []
        self._plain = [_plain(line) for line in self.lines]

    def words(self, span: Span) -> str:
        """The lines of a span as they stand."""
        return "\n".join(line for line in self.lines[max(0, span[0] - 1) : span[1]] if line.strip())

    def place(self, words: str, within: Span | None = None) -> Span | None:
        """The lines in which these words stand, looked for in ``within`` or everywhere; None when they do not."""
        wanted = _plain(words.rstrip("… "))
        first, last = within or (1, len(self.lines))
        if not wanted or first < 1:
            return None
        joined, starts = "", []
        for number in range(first, min(last, len(self.lines)) + 1):
            starts.append((len(joined), number))
            joined += self._plain[number - 1] + " "
        at = joined.find(wanted)
        if at < 0:
            wanted = wanted[:TELLING]
            at = joined.find(wanted)
        if at < 0:
            return None
        end = at + len(wanted) - 1
        return _line_at(starts, at), _line_at(starts, end)

    def day(self, day: date) -> Span | None:
        """The line with a day written out: "ngày 08 tháng 11 năm 2024" or 08/11/2024."""
        spelt = re.compile(rf"\b0?{day.day}(?: thang |[/.-])0?{day.month}(?:,? nam |[/.-]){day.year}\b")
        found = (number for number, line in enumerate(self.lines, 1) if spelt.search(fold(line)))
        return next(((number, number) for number in found), None)

    def sentences(self, text: str, within: Span | None) -> list[Sentence]:
        """The sentences of a piece of the document, or of its lines when it has no text of its own."""
        whole = text or (self.words(within) if within else "")
        parts = [part.strip() for part in _SENTENCE.split(whole) if part.strip()]
        return [Sentence(part, self.place(part, within)) for part in parts]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().replace("*", "").split())


def _line_at(starts: Sequence[tuple[int, int]], offset: int) -> int:
    return next(number for start, number in reversed(starts) if start <= offset)
