"""Written Vietnamese as it is read aloud: numbers, dates, units and abbreviations, where there is one certain reading.

What has no certain reading (document numbers, unknown abbreviations, bare fractions) stays as written and is named, so
that a person looks at it before it is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from content.text import Texts

_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])")
_DAY = re.compile(r"(?i)\b(ngày\s+)(\d{1,2})/(\d{1,2})(?![\d/])")
_MONTH = re.compile(r"(?i)\b(?:tháng\s+)(\d{1,2})/(\d{4})(?![\d/])")
_WEEK = re.compile(r"(?i)\b(tuần\s+)(\d{1,2})/(\d{4})(?![\d/])")
_MARK = re.compile(r"\b\d[\w.]*[/\-][\w/.&\-]*[A-ZĐ][\w&]*|\b\d+[A-ZĐ]{2,}\S*")
"""Number and mark of a document: ``3929/KH-UBND``, ``155KH/TU``. There are several ways to read one."""
_FIGURE = re.compile(r"(?<![\w/,.\-])(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?(?![\w/]|[.,]\d|-\d)")
_CAPITALS = re.compile(r"\b[A-ZĐ][A-ZĐ0-9&]+\b")
_ROMAN = re.compile(r"[IVXLC]+")
_LEFT = re.compile(r"[^\s“”\"';:,.()]*\d[^\s“”\"';:,.()]*")
HELD = 0xE000
"""First of the private characters that stand for what is held back while numbers are read."""
LARGEST = 999_999_999_999


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text ready to be read aloud."""

    text: str
    unsure: tuple[str, ...]
    """What was left as written because its reading is not certain."""

    @property
    def syllables(self) -> int:
        """Vietnamese writes every syllable apart; a hyphen joins syllables of foreign words."""
        return len(re.findall(r"[^\W_]+", self.text))


def aloud(written: str, text: Texts, by_digits: frozenset[str] = frozenset()) -> Spoken:
    """The text as it is read; numbers in ``by_digits`` (emergency numbers) are read digit by digit."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return chr(HELD + len(kept) - 1)

    said = _MARK.sub(keep, written)
    say = _Figures(text, by_digits)
    said = _DATE.sub(say.date, said)
    said = _DAY.sub(say.day, said)
    said = _MONTH.sub(say.month, said)
    said = _WEEK.sub(say.week, said)
    for short, words in text.section("loudspeaker.aloud").items():
        said = re.sub(rf"(?<![\w&]){re.escape(short)}(?![\w&])", words, said)
    for unit, words in text.section("loudspeaker.unit").items():
        said = re.sub(rf"(?<=\d)\s?{re.escape(unit)}(?!\w)", f" {words}", said)
    said = _FIGURE.sub(say.number, said)
    unsure = dict.fromkeys(kept)
    unsure.update(dict.fromkeys(one for one in _CAPITALS.findall(said) if not _ROMAN.fullmatch(one)))
    unsure.update(dict.fromkeys(_LEFT.findall(said)))
    said = "".join(kept[ord(letter) - HELD] if HELD <= ord(letter) < HELD + len(kept) else letter for letter in said)
    return Spoken(" ".join(said.split()), tuple(unsure))


class _Figures:
    """Numbers in words, in the northern reading schools teach: 21 "hai mươi mốt", 2024 "hai nghìn không trăm …"."""

    def __init__(self, text: Texts, by_digits: frozenset[str]) -> None:
        self._words = text.section("loudspeaker.figure")
        self._text = text
        self._by_digits = by_digits
        self._digits = self._words["digits"].split()
        self._scales = ["", *self._words["scales"].split()]

    def number(self, found: re.Match[str]) -> str:
        whole, decimals = found[1], found[2]
        if whole in self._by_digits or (len(whole) > 1 and whole.startswith("0") and len(whole) > 2):
            return " ".join(self._digits[int(digit)] for digit in whole)
        value = int(whole.replace(".", ""))
        if value > LARGEST:
            return found[0]
        words = self.cardinal(value)
        if decimals:
            spoken = " ".join(self._digits[int(digit)] for digit in decimals)
            words = f"{words} {self._words['comma']} {spoken}"
        return words

    def date(self, found: re.Match[str]) -> str:
        day, month, year = (self.cardinal(int(found[place])) for place in (1, 2, 3))
        return self._text("loudspeaker.figure.day_month_year", day=day, month=month, year=year)

    def day(self, found: re.Match[str]) -> str:
        day, month = self.cardinal(int(found[2])), self.cardinal(int(found[3]))
        return found[1] + self._text("loudspeaker.figure.day_month", day=day, month=month)

    def month(self, found: re.Match[str]) -> str:
        month, year = self.cardinal(int(found[1])), self.cardinal(int(found[2]))
        return self._text("loudspeaker.figure.month_year", month=month, year=year)

    def week(self, found: re.Match[str]) -> str:
        week, year = self.cardinal(int(found[2])), self.cardinal(int(found[3]))
        return found[1] + self._text("loudspeaker.figure.week_year", week=week, year=year)

    def cardinal(self, value: int) -> str:
        """A whole number from 0 to LARGEST in words."""
        if value == 0:
            return self._digits[0]
        groups: list[int] = []
        while value:
            value, group = divmod(value, 1000)
            groups.append(group)
        words = [
            f"{self._group(group, place < len(groups) - 1)} {self._scales[place]}".strip()
            for place, group in reversed(list(enumerate(groups)))
            if group
        ]
        return " ".join(words)

    def _group(self, value: int, follows: bool) -> str:
        """Three digits; after a higher group its hundreds are said even when there are none."""
        hundreds, rest = divmod(value, 100)
        tens, ones = divmod(rest, 10)
        words: list[str] = []
        if hundreds or follows:
            words += [self._digits[hundreds], self._words["hundred"]]
        if tens == 0 and ones and words:
            words.append(self._words["odd"])
        if tens == 1:
            words.append(self._words["ten"])
        elif tens > 1:
            words += [self._digits[tens], self._words["tens"]]
        if ones:
            words.append(self._one(ones, tens))
        return " ".join(words)

    def _one(self, ones: int, tens: int) -> str:
        if ones == 5 and tens:
            return self._words["five_after_tens"]
        if ones == 1 and tens > 1:
            return self._words["one_after_tens"]
        if ones == 4 and tens > 1:
            return self._words["four_after_tens"]
        return self._digits[ones]
