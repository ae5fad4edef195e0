"""One spelling for what people spell in many ways: the first step of all understanding.

Conservative: only what never changes a meaning is made equal. Diacritics stay; :func:`content.words.fold` takes them
off where the unaccented view of a text is wanted.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from content.lexicon import Lexicon
from content.words import fold
from nlu.syllables import cut

LONGEST = 10_000
"""Characters that are read; the rest of a longer text is left out."""

_MARKS = {"\u0300", "\u0301", "\u0302", "\u0303", "\u0306", "\u0309", "\u031b", "\u0323"}
"""Combining grave, acute, circumflex, tilde, breve, hook, horn, dot below: all that Vietnamese writing uses."""
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_VIETNAMESE = "".join(
    unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for tone in ("", *sorted(_TONES))
)
"""Every vowel with every tone, composed."""
_PLAIN = re.compile(rf"[\x00-\x7fđĐ{_VIETNAMESE}]*")
"""Text whose letters need nothing but to be made small."""
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NOT_WRITING = re.compile(r"[^a-z0-9\u00df-\u024f\u1e00-\u1eff.,;:!?%/+\n-]+")
_DIVISION = re.compile(r"\s*\n\s*")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_INITIAL = re.compile(r"^(?:ngh|ng|nh|ch|gh|kh|ph|th|tr|gi(?=[aeiouyăâêôơư])|qu|[bcdđghklmnpqrstvx])?")
_VOWELS = "aăâeêioôơuưy"
_SHAPED = "ăâêôơư"


class Normalizer:
    """Writes every message in one spelling. Keeps its own memory of words seen, so it is quick on the next message."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._teencode = lexicon.teencode
        self._word = lru_cache(maxsize=50_000)(self._respelt)

    def normalize(self, text: str) -> str:
        """``text`` in lower case and NFC with single blanks, tone marks in one place, abbreviations written out,
        syllables typed without blanks cut apart.

        What is not Latin writing, digits or common punctuation goes: emoji, control and zero-width characters, links.
        Normalising twice changes nothing.
        """
        text = _letters(text[:LONGEST])
        text = _LINK.sub(" ", text)
        text = _DIVISION.sub(". ", text.strip())
        text = _NOT_WRITING.sub(" ", text)
        text = _WORD.sub(lambda match: self._word(match[0]), text)
        return " ".join(text.split())

    def _respelt(self, word: str) -> str:
        word = placed_tone(_shortened(word))
        return self._teencode.get(word) or " ".join(map(placed_tone, cut(word).split()))


def has_diacritics(text: str) -> bool:
    """Whether the text has any Vietnamese mark or đ; without, it must be read folded."""
    return fold(text) != " ".join(text.lower().split())


def _letters(text: str) -> str:
    """Lower-case letters composed (NFC); letters of styled alphabets as plain ones, foreign marks taken off."""
    if _PLAIN.fullmatch(text):
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).lower())
    kept = (letter for letter in decomposed if letter in _MARKS or not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", "".join(kept))


def _shortened(word: str) -> str:
    """``quáaaa`` → ``quá``: three or more of a letter are one, which keeps a mark if any of them has one."""
    bare = fold(word)
    if len(word) < 3 or len(bare) != len(word):
        return word
    shorter, position = "", 0
    for run in _REPEATED.finditer(bare):
        shorter += word[position : run.start()] + _marked(word[run.start() : run.end()], run[1])
        position = run.end()
    return shorter + word[position:]


def _marked(run: str, bare: str) -> str:
    return next((letter for letter in run if letter != bare), bare)


def placed_tone(word: str) -> str:
    """The syllable with its tone mark where the older orthography puts it: ``hoà`` → ``hòa``, ``thuý`` → ``thúy``.

    A word that is no Vietnamese syllable with exactly one tone stays as it is.
    """
    if word.isascii() or not _LETTERS.fullmatch(word):
        return word
    decomposed = unicodedata.normalize("NFD", word)
    tones = [letter for letter in decomposed if letter in _TONES]
    if len(tones) != 1:
        return word
    bare = unicodedata.normalize("NFC", "".join(letter for letter in decomposed if letter not in _TONES))
    initial = _INITIAL.match(bare)
    start = initial.end() if initial else 0
    end = start
    while end < len(bare) and bare[end] in _VOWELS:
        end += 1
    cluster, rest = bare[start:end], bare[end:]
    if not cluster or any(letter in _VOWELS for letter in rest):
        return word
    place = start + _toned_vowel(cluster, bool(rest))
    return unicodedata.normalize("NFC", bare[: place + 1] + tones[0] + bare[place + 1 :])


def _toned_vowel(cluster: str, closed: bool) -> int:
    shaped = [index for index, letter in enumerate(cluster) if letter in _SHAPED]
    if shaped:
        return shaped[-1]
    if len(cluster) == 1:
        return 0
    if len(cluster) == 2:
        return 1 if closed else 0
    return 1
