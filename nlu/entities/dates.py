"""Days as people write them: ``16/12/2024``, ``16 tháng 12``, ``thứ hai tuần trước``, ``cuối tháng``, also unaccented.

A span stands for its last day: "tuần trước" is the Sunday of last week, "tháng 12" the 31st, "quý 4" 31 December. A day
without a year is the one nearest to today; a day without a month is in the month of today. Weeks begin on Monday.
Lunar days ("mùng 5 tết", "tháng chạp") and ranges are not read.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta

from content.words import fold

LONGEST = 300
"""Characters; a longer text is prose, not a day."""

_WORDS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "bay": 7, "tam": 8, "chin": 9, "muoi": 10,
    "muoi mot": 11, "muoi hai": 12, "muoi ba": 13, "muoi bon": 14, "muoi lam": 15, "muoi sau": 16, "muoi bay": 17,
    "muoi tam": 18, "muoi chin": 19, "hai muoi": 20, "hai mot": 21, "hai muoi mot": 21, "hai muoi hai": 22,
    "hai muoi ba": 23, "hai muoi bon": 24, "hai muoi tu": 24, "hai muoi lam": 25, "hai muoi sau": 26,
    "hai muoi bay": 27,
    "hai muoi tam": 28, "hai muoi chin": 29, "ba muoi": 30, "ba muoi mot": 31, "ba mot": 31,
}  # fmt: skip
"""Without ``sau``, which unaccented is rather "after" or "next" than six."""
_SIX = re.compile(r"(?<!mươi )(?<!mười )\bsáu\b")
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_N = rf"(?:\d{{1,2}}|{_WORD})\b"
_YEAR = r"(?:\s*(?:[,/.-]|nam)?\s*(?P<year>\d{4}))?\b"
_WEEKDAY = r"(?:thu\s*(?P<weekday>[2-7]\b|hai|ba|tu|nam|sau|bay)|(?<!\w)t(?P<short>[2-7])\b|(?P<sunday>chu nhat|cn\b))"
_WEEKDAYS = {"2": 0, "hai": 0, "3": 1, "ba": 1, "4": 2, "tu": 2, "5": 3, "nam": 3, "6": 4, "sau": 4, "7": 5, "bay": 5}
_LAST, _NEXT, _THIS = r"(?:truoc|vua roi|vua qua|qua)", r"(?:sau|toi|tiep theo|ke)", r"(?:nay)"
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_UNREAD = re.compile(
    r"\bam lich\b|\btet\b|\bgieng\b|\bchap\b|\bal\b|\bngay \d+ tuan\b|"
    r"\b\d{1,2}\s+(?:hoac|hay|den|va)\s+(?:ngay\s+)?\d{1,2}\b"
)
"""Lunar days, "the fifth, next week", and two days at once."""
_NUMERIC = re.compile(
    r"(?<![\d/.-])(?:(?P<iso>\d{4}-\d{1,2}-\d{1,2})|"
    r"(?P<day>\d{1,2})\s?(?P<mark>[/.-])\s?(?P<month>\d{1,2})(?:\s?(?P=mark)\s?(?P<year>\d{4}|\d{2}))?)(?![\d/]|[.-]\d)"
)
_SPOKEN = re.compile(rf"(?:\b(?P<named>ngay|mung|mong|hom)\s+)?\b(?P<day>{_N})\s*(?:thang|/)\s*(?P<month>{_N}){_YEAR}")
_DAY_OF = re.compile(
    rf"\b(?:ngay|mung|mong|hom)\s+(?P<day>{_N})(?!\s*ngay)"
    rf"(?:\s+thang\s+(?P<which>{_LAST}|{_NEXT}|{_THIS}))?"
)
_DAYS = (
    (re.compile(r"\b(?:hom|ngay|sang|trua|chieu|toi|dem)\s+(?:hom\s+)?nay\b|\bbay gio\b"), 0),
    (re.compile(r"\b(?:sang|trua|chieu|toi|dem)?\s*(?:hom|ngay|toi|dem|chieu|sang)\s+qua\b"), -1),
    (re.compile(r"\b(?:hom|bua|ngay)\s+kia\b"), -2),
    (re.compile(r"\b(?:ngay\s+|sang\s+|trua\s+|chieu\s+|toi\s+|dem\s+)mai\b|^mai\b|\bmai\b(?=\s+(?:xong|nop|toi))"), 1),
    (re.compile(r"\bngay\s+(?:kia|mot)\b|^mot$"), 2),
)
_AGO = re.compile(
    rf"(?:\bcach day\s+(?P<ago>{_N})\s+(?P<ago_unit>ngay|hom|tuan|thang)\b)|"
    rf"(?<!thu )(?<!thu)\b(?P<count>{_N})\s+(?P<unit>ngay|hom|tuan|thang)\s+(?P<side>truoc|nua|sau|toi)\b|"
    rf"\bsau\s+(?P<after>{_N})\s+(?P<after_unit>ngay|tuan|thang)\b"
)
_PART = r"(?:(?P<part>dau|giua|cuoi)\s+)?"
_WEEK = re.compile(rf"(?:{_WEEKDAY}\s+)?{_PART}\btuan\s+(?P<which>{_LAST}|{_NEXT}|{_THIS})\b")
_WEEKEND = re.compile(r"\bcuoi tuan\b")
_WEEKDAY_ALONE = re.compile(rf"\b{_WEEKDAY}(?:\s+(?P<which>{_LAST}|{_NEXT}|{_THIS}))?\b")
_MONTH = re.compile(
    rf"{_PART}\bthang\s+(?:(?P<which>{_LAST}|{_NEXT}|{_THIS})\b|(?P<month>{_N})(?:\s*[/.-]?\s*(?:nam\s*)?(?P<year>\d{{4}}))?)"
)
_PART_OF_MONTH = re.compile(r"\b(?P<part>dau|giua|cuoi)\s+thang\b")
_QUARTER = re.compile(
    rf"{_PART}\bquy\s+(?P<quarter>iv|i{{1,3}}|[1-4])\b(?:\s*[/-]?\s*(?:nam\s*)?(?P<year>\d{{4}})|\s+nam\s+nay)?"
)
_YEAR_ALONE = re.compile(
    rf"(?P<part>dau|giua|cuoi)\s+nam\b(?:\s+(?:(?P<year>\d{{4}})|(?P<which>{_LAST}|{_NEXT}|{_THIS}|ngoai)))?"
)


def parse_date(text: str, today: date) -> date | None:
    """The one day named in ``text``, seen from ``today`` (a local date); None when there is none, or no such day.

    Two different days, and a weekday that does not fit its date, are None: asking again beats guessing.
    """
    accented = " ".join(unicodedata.normalize("NFC", text).lower().split()).strip(" .!?,")
    words = fold(_SIX.sub("6", accented))
    if not words or len(words) > LONGEST or _UNREAD.search(words):
        return None
    if accented in ("mốt", "ngày mốt"):
        return today + timedelta(days=2)
    if words == "mot":
        return None
    try:
        return _absolute(words, today) if _has_absolute(words) else _relative(words, accented, today)
    except (ValueError, OverflowError):
        return None


def _has_absolute(words: str) -> bool:
    return bool(_NUMERIC.search(words) or _SPOKEN.search(words))


def _absolute(words: str, today: date) -> date | None:
    """A day with its month. Raises ValueError for a day that does not exist."""
    matches = list(_NUMERIC.finditer(words)) or list(_SPOKEN.finditer(words))
    found = {_of(match, today) for match in matches}
    if len(found) != 1:
        return None
    day = found.pop()
    weekday = _WEEKDAY_ALONE.search(words)
    if weekday and day is not None and _weekday(weekday) != day.weekday():
        return None
    return day


def _of(match: re.Match[str], today: date) -> date:
    groups = match.groupdict()
    if groups.get("iso"):
        year, month, day = (int(part) for part in groups["iso"].split("-"))
        return date(year, month, day)
    if groups.get("mark") == "." and not groups["year"] and match[0] != match.string:
        raise ValueError("a number with decimals, not a day")
    day, month = _count(groups["day"]), _count(groups["month"])
    if groups["year"]:
        year = int(groups["year"])
        return date(year + 2000 if year < 100 else year, month, day)
    return _nearest(day, month, today)


def _nearest(day: int, month: int, today: date) -> date:
    """The day of that month closest to today. Raises ValueError when no near year has it."""
    years = (today.year - 1, today.year, today.year + 1)
    near = [date(year, month, day) for year in years if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]]
    if not near:
        raise ValueError("no such day")
    return min(near, key=lambda when: abs((when - today).days))


def _relative(words: str, accented: str, today: date) -> date | None:
    match = _DAY_OF.search(words)
    if match:
        first = _months_on(today, _side(match["which"]))
        return first.replace(day=_count(match["day"]))
    match = _AGO.search(words)
    if match:
        return _ago(match, today)
    match = _WEEK.search(words)
    if match:
        return _in_week(match, today + timedelta(weeks=_side(match["which"])))
    for pattern, days in _DAYS:
        if pattern.search(words):
            later = days == -2 and "ngày kia" in accented
            return today + timedelta(days=2 if later else days)
    match = _WEEKDAY_ALONE.search(words)
    if match:
        return _weekday_near(match, today)
    if _WEEKEND.search(words):
        return _monday(today) + timedelta(days=6)
    return _span(words, today)


def _ago(match: re.Match[str], today: date) -> date:
    count = _count(match["ago"] or match["count"] or match["after"])
    unit = match["ago_unit"] or match["unit"] or match["after_unit"]
    if match["ago"] or match["side"] == "truoc":
        count = -count
    if unit == "thang":
        there = _months_on(today, count)
        return there.replace(day=min(today.day, monthrange(there.year, there.month)[1]))
    return today + timedelta(days=count * (7 if unit == "tuan" else 1))


def _in_week(match: re.Match[str], inside: date) -> date:
    monday = _monday(inside)
    weekday = _weekday(match)
    if weekday is not None:
        return monday + timedelta(days=weekday)
    return monday + timedelta(days={"dau": 0, "giua": 2}.get(match["part"] or "", 6))


def _weekday_near(match: re.Match[str], today: date) -> date:
    """ "thứ sáu" is this week's; "thứ sáu tới" the next one after today, "thứ sáu vừa rồi" the last one before it."""
    weekday = _weekday(match)
    assert weekday is not None
    side = _side(match["which"])
    if side == 0:
        return _monday(today) + timedelta(days=weekday)
    if side > 0:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def _span(words: str, today: date) -> date | None:
    match = _MONTH.search(words)
    if match:
        if match["month"]:
            month = _count(match["month"])
            year = int(match["year"]) if match["year"] else _nearest(15, month, today).year
            return _part_of_month(match["part"], date(year, month, 1))
        return _part_of_month(match["part"], _months_on(today, _side(match["which"])))
    match = _PART_OF_MONTH.search(words)
    if match:
        return _part_of_month(match["part"], today.replace(day=1))
    match = _QUARTER.search(words)
    if match:
        year = int(match["year"]) if match["year"] else today.year
        last = 3 * _QUARTERS[match["quarter"]]
        month = {"dau": last - 2, "giua": last - 1}.get(match["part"] or "", last)
        return _part_of_month(match["part"], date(year, month, 1))
    match = _YEAR_ALONE.search(words)
    if match:
        year = int(match["year"]) if match["year"] else today.year + _side(match["which"])
        return {"dau": date(year, 1, 1), "giua": date(year, 6, 30), "cuoi": date(year, 12, 31)}[match["part"]]
    return None


def _part_of_month(part: str | None, first: date) -> date:
    last = monthrange(first.year, first.month)[1]
    return first.replace(day={"dau": 1, "giua": 15}.get(part or "", last))


def _months_on(today: date, months: int) -> date:
    """The first day of the month so many months on."""
    index = today.year * 12 + today.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _weekday(match: re.Match[str]) -> int | None:
    if match["sunday"]:
        return 6
    return _WEEKDAYS.get(match["weekday"] or match["short"] or "")


def _side(which: str | None) -> int:
    """-1 for last, 1 for next, 0 for this one."""
    if which is None or re.fullmatch(_THIS, which):
        return 0
    return -1 if re.fullmatch(_LAST, which) else 1


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _WORDS[" ".join(word.split())]
