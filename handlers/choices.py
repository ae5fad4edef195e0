"""Typed answers to offered buttons: "2", "so hai", "Gặp cán bộ" or part of a label pick the button they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from content.words import fold

_SPACES = re.compile(r"[^a-z0-9]+")
_NUMBER = re.compile(r"(?:(?:so|chon|cau|nut|muc|y|thu|bam)\s+)*(\d{1,2}|[a-z]+)")
_NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        ("mot nhat", "hai", "ba", "bon tu", "nam", "sau", "bay", "tam", "chin", "muoi"), start=1
    )
    for word in words.split()
}
_OWN_NUMBER = re.compile(r"(\d{1,2})[.:)] ")
_LETTERS = re.compile(r"\w+")
_TONES = str.maketrans("òóỏõọèéẻẽẹỳýỷỹỵ", "oooooeeeeeyyyyy") | str.maketrans("àáảãạùúủũụ", "aaaaauuuuu")
"""Tone marks are dropped where their place is a matter of taste; the letters ă â ê ô ơ ư đ keep theirs."""
_LONE_WORDS = {"mot", "hai"}
"""Number words that mean nothing else when they stand alone; "nam" may be a mushroom, "ba" a father."""
_ANSWER = ":pick:"
"""In the value of a button that gives an answer to a form's question."""
SHORTEST_PART = 3
"""Letters of the shortest part of a label that picks it."""


@lru_cache(maxsize=1024)
def folded(text: str) -> str:
    """The text by which labels are compared: lower case, no diacritics, no punctuation, single spaces."""
    return _SPACES.sub(" ", fold(text)).strip()


@dataclass(frozen=True, slots=True)
class Pick:
    """What a typed line means for the buttons on offer."""

    value: str | None = None
    """Value of the button that was picked."""
    beyond: int | None = None
    """A number was typed that no button has."""


NOTHING = Pick()


def picked(text: str, offered: Sequence[Sequence[Any]], form_open: bool) -> Pick:
    """The offered choice (``[label, value]``) a typed line stands for.

    Inside a form a number is an answer and so may be a word of a label, so only a whole label, or its first two words
    or more, pick there; of a button that is an answer itself only the whole label, for its first words may be another
    ("chưa có" is not "chưa có số liệu"). A part that fits two labels picks none.
    """
    typed = folded(text)
    if not typed or not offered:
        return NOTHING
    labels = [(folded(str(label)), str(value)) for label, value in offered]
    for label, value in labels:
        if label == typed:
            return Pick(value)
    if form_open:
        moves = [(label, value) for label, value in labels if _ANSWER not in value]
        hits = [value for label, value in moves if " " in typed and f"{label} ".startswith(f"{typed} ")]
        return Pick(hits[0]) if len(hits) == 1 else NOTHING
    number = _number(typed)
    if number is not None:
        numbers = numbered([str(label) for label, _ in offered])
        return Pick(labels[numbers.index(number)][1]) if number in numbers else Pick(beyond=number)
    if len(typed) < SHORTEST_PART:
        return NOTHING
    hits = [
        value
        for (label, value), (shown, _) in zip(labels, offered, strict=True)
        if f" {typed} " in f" {label} " and (not _marked(text) or _spoken(text) in _spoken(str(shown)))
    ]
    return Pick(hits[0]) if len(hits) == 1 else NOTHING


def numbered(labels: Sequence[str]) -> list[int]:
    """The numbers choices are offered under: its own where a label begins with one ("3. Số xã"), else the next."""
    numbers: list[int] = []
    for label in labels:
        before = numbers[-1] if numbers else 0
        own = _OWN_NUMBER.match(label)
        numbers.append(int(own[1]) if own and int(own[1]) > before else before + 1)
    return numbers


def spelled_out(text: str, labels: Sequence[str]) -> str:
    """A text with its choices as numbered lines below it, but those which it lists already by their own number."""
    lines = []
    for number, label in zip(numbered(labels), labels, strict=True):
        own = _OWN_NUMBER.match(label)
        if not own or int(own[1]) != number:
            lines.append(f"{number}. {label}")
        elif f"\n{own[0]}" not in f"\n{text}".replace("*", ""):
            lines.append(label)
    return f"{text}\n\n" + "\n".join(lines) if lines else text


def _marked(text: str) -> bool:
    """Whether the text was typed with diacritics: then "năm" is not "nấm"."""
    return _spoken(text) != _spoken(folded(text))


def _spoken(text: str) -> str:
    """Lower-case words with their diacritics, wherever the tone mark of oa, oe, uy stands."""
    return " ".join(_LETTERS.findall(unicodedata.normalize("NFC", text.lower()).translate(_TONES)))


def _number(typed: str) -> int | None:
    match = _NUMBER.fullmatch(typed)
    if match is None:
        return None
    word = match[1]
    if word.isdigit():
        return int(word)
    return _NUMBER_WORDS.get(word) if typed != word or word in _LONE_WORDS else None
