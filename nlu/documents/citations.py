"""Numbers of documents: the one a document bears, and those it cites as its bases.

Shapes (Nghị định 30/2020/NĐ-CP, phụ lục III, and the Party's own style): ``184/QĐ-BTTTT``, ``05/2022/TT-BTTTT``,
``3908/UBND-KGVX``, ``91/2025/QH15``; ``2731-CV/BTGTU``, ``155KH/TU``. Stray spaces inside are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from nlu.documents.deadlines import make_day

_CODE = r"[A-ZĐ][A-Za-zĐđ0-9&]{0,14}(?:\.[A-ZĐ][A-Za-zĐđ]{0,9})?(?!\w)"
_STATE = rf"\d{{1,5}}(?:/\d{{4}})?\s?/\s?(?:QH\d{{1,2}}(?!\w)|[A-ZĐ][A-Za-zĐđ&]{{0,9}}(?:\s?-\s?{_CODE}){{1,3}})"
_PARTY = rf"\d{{1,5}}(?:\s?-\s?|\s)?[A-ZĐ][A-Za-zĐđ]{{0,5}}\s?/\s?{_CODE}(?:-{_CODE}){{0,2}}"
NUMBER = re.compile(rf"(?<![\w/.-])(?P<number>{_STATE}|{_PARTY})")
OWN_NUMBER = re.compile(
    r"(?P<number>\d{1,5}(?:/\d{4})?\s?/\s?[A-ZĐ][\w&.]{0,14}(?:\s?-\s?[A-ZĐ][\w&.]{0,14}){0,3})\s*$"
)
"""A number with one code ("15/SYT") or with figures in it ("1122/C07-P2"), sure only in a document's own line."""
SYMBOL = re.compile(
    rf"(?:/\s?\d{{4}})?\s?(?:/\s?(?P<symbol>[A-ZĐ][A-Za-zĐđ&]{{0,14}}(?:\s?-\s?{_CODE}){{1,3}})|"
    rf"-?\s?(?P<party>[A-ZĐ][A-Za-zĐđ]{{0,5}}\s?/\s?{_CODE}(?:-{_CODE}){{0,2}}))"
)
_DATED = re.compile(
    r"\s*,?\s*(?:ngày\s*)?(?:(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})|(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4}))"
)


@dataclass(frozen=True, slots=True)
class Citation:
    """A document cited by its number, with its date where the text gives one."""

    number: str
    date: date | None

    def to_json(self) -> dict[str, str | None]:
        return {"number": self.number, "date": self.date.isoformat() if self.date else None}


def without_spaces(number: str) -> str:
    return "".join(number.split())


def find_citations(texts: Iterable[str], own: str | None = None) -> list[Citation]:
    """Every document cited, once each, in the order of first mention; ``own`` is the number not to count.

    A number cited with and without its date counts once, with the date.
    """
    dates: dict[str, dict[date, None]] = {}
    for text in texts:
        for match in NUMBER.finditer(text):
            number = without_spaces(match["number"])
            if number == own:
                continue
            known = dates.setdefault(number, {})
            dated = _DATED.match(text, match.end())
            when = make_day(*([part for part in dated.groups() if part] if dated else (None, None, None)))
            if when:
                known[when] = None
    return [Citation(number, when) for number, known in dates.items() for when in known or (None,)]
