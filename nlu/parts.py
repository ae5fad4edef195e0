"""Very long messages in parts: an emergency is often one clause among many that say who asks and why."""

from __future__ import annotations

import re

SHORT = 60
"""Words up to which a message is read as a whole only: parts of it raise needless alarms; measured."""
PIECE = 30
"""Words of a part."""
_BREAK = re.compile(r"(?<=[.;!?,])\s+")


def parts(normal: str) -> list[str]:
    """Overlapping stretches of a long normalised message, of about PIECE words, cut at punctuation where there is any.

    A short message has no parts. Every word stands in at least one part.
    """
    if len(normal.split()) <= SHORT:
        return []
    pieces = [piece for clause in _BREAK.split(normal) for piece in _cut(clause.split())]
    found: list[str] = []
    start = 0
    while start < len(pieces):
        end, words = start, 0
        while end < len(pieces) and (end == start or words + len(pieces[end]) <= PIECE):
            words += len(pieces[end])
            end += 1
        found.append(" ".join(word for piece in pieces[start:end] for word in piece))
        if end == len(pieces):
            break
        start = max(start + 1, end - 1)
    return found


def _cut(words: list[str]) -> list[list[str]]:
    """A clause as it is, or in halves of what is read at once when nothing divides it."""
    half = PIECE // 2
    return [words] if len(words) <= PIECE else [words[start : start + half] for start in range(0, len(words), half)]
