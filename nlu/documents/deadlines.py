"""Deadlines and periods in official prose: ``trước ngày 16 tháng 12 năm 2024``, ``trong quý IV``, ``định kỳ hằng năm``.

What the words mean is kept beside the date, because "trước ngày D" leaves D itself out while "đến hết ngày D" does not.
A date is given only when the document states it whole; a missing year is never supplied.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from nlu.documents.letters import bare


class Meaning(StrEnum):
    BEFORE = "before"
    """The day named is already too late."""
    BY = "by"
    """The day named still counts."""
    WITHIN = "within"
    """Any time in a month, quarter, year or span; the date is its last day."""
    RECURRING = "recurring"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline as written, with the day where the document states it; ``start`` and ``end`` are offsets."""

    as_written: str
    date: date | None
    meaning: Meaning | None
    start: int
    end: int
    fault: str | None = None
    """``no_year`` or ``bad_date`` when the words name a day that is not certain."""

    def to_json(self) -> dict[str, str | None]:
        return {
            "as_written": self.as_written,
            "date": self.date.isoformat() if self.date else None,
            "semantics": self.meaning.value if self.meaning else None,
        }


NO_DEADLINE: dict[str, str | None] = {"as_written": None, "date": None, "semantics": None}

_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_DAY = (
    r"(?:ngay\s*)?(?:(?P<{0}d>\d{{1,2}})\s?[/.-]\s?(?P<{0}m>\d{{1,2}})(?:\s?[/.-]\s?(?P<{0}y>\d{{4}}))?(?![\d/])|"
    r"(?P<{0}d2>\d{{1,2}})\s+thang\s+(?P<{0}m2>\d{{1,2}})(?:\s*,?\s*nam\s+(?P<{0}y2>\d{{4}}))?)"
)
_SPAN = (
    r"(?:thang\s+(?P<{0}sm>\d{{1,2}})(?:\s*/\s*|\s*,?\s*nam\s+)(?P<{0}sy>\d{{4}})|"
    r"quy\s+(?P<{0}sq>iv|i{{1,3}}|[1-4])(?:\s*/\s*|\s*,?\s*(?:nam\s+)?)(?P<{0}qy>\d{{4}})|nam\s+(?P<{0}yy>\d{{4}}))"
)
_HOUR = r"(?:(?P<{0}h>\d{{1,2}})\s*(?:gio|g|h)\s*\d{{0,2}}\s*(?:phut)?,?\s*)?"
_ASIDE = r"(?:\s*\([^()]{0,80}\))?"
_WORDS = re.compile(
    rf"(?P<is_before>\btruoc\s+{_HOUR.format('b')}{_DAY.format('b')})|"
    rf"(?P<is_by>\b(?:cham nhat|muon nhat|han chot|han cuoi(?: cung)?|khong muon hon|khong cham hon|khong qua|den het)"
    rf"\s*(?:la|vao|den|trong|:)*\s*(?P<rather>truoc\s+)?{_HOUR.format('e')}(?:{_DAY.format('e')}|{_SPAN.format('e')}))|"
    rf"(?P<is_within>\btrong\s+(?:{_SPAN.format('w')}|(?P<days>\d{{1,3}})\s+ngay\b[^.;,()]{{0,80}}))|"
    rf"(?P<recurring>\b(?:dinh ky,?\s+)?(?:hang|moi)\s+(?:ngay|tuan|thang|quy|nam)\b{_ASIDE}"
    rf"(?:\s+hoac dot xuat{_ASIDE})?)"
)
_LABELLED = re.compile(
    rf"(?P<years>(?P<from>20\d\d)\s*-\s*(?P<until>20\d\d))|(?:trong\s+)?(?P<span>{_SPAN.format('w')})|"
    rf"(?P<day>{_DAY.format('d')})|(?P<always>thuong xuyen|dinh ky|hang (?:ngay|tuan|thang|quy|nam))\b"
)
_COMPLETE = re.compile(
    r"(?:thuc hien|trien khai|to chuc)[\s,:(]*$|\b(?:hoan thanh|xong|bao cao|gui|trinh|ban hanh)\b[^.;:]{0,60}$"
)
_RANGE = re.compile(
    rf"\btu\s+{_DAY.format('f')}\s*(?:,\s*)?(?:den|toi|-)\s+(?:het\s+)?{_DAY.format('t')}|"
    rf"\bden\s+het\s+(?:{_DAY.format('u')}|{_SPAN.format('u')})"
)
_SHORT_RANGE = re.compile(rf"\btu\s+ngay\s+(?P<d>\d{{1,2}})\s+(?:den|toi|-)\s+(?:het\s+)?{_DAY.format('t')}")
_WEEK = re.compile(r"(?P<open>\btu\s+)?\btuan\s+(?:thu\s+)?(?P<week>\d{1,2})\s*(?:/|,?\s*nam\s+)\s*(?P<year>\d{4})")


@dataclass(frozen=True, slots=True)
class Period:
    """The days something is valid, both included; None for an open end."""

    as_written: str
    first: date | None
    last: date | None


def find_deadlines(text: str) -> Iterator[Deadline]:
    """Every deadline in a text, in order. "Trong năm 2024" counts only after a verb of doing or finishing."""
    words = bare(text)
    for match in _WORDS.finditer(words):
        if match["is_within"] and not _COMPLETE.search(words[max(0, match.start() - 75) : match.start()]):
            continue
        yield _deadline(text, match)


def labelled_deadline(text: str) -> Deadline | None:
    """The deadline of a value such as that of "Thời gian hoàn thành:" or a table's last column.

    Words that name no known deadline come back with neither date nor meaning, as written.
    """
    value = text.strip(" .;,")
    if not value:
        return None
    words = bare(value)
    match = _WORDS.search(words)
    if match:
        return _deadline(value, match)
    match = _LABELLED.search(words)
    if match is None:
        return Deadline(value[:200], None, None, 0, len(value))
    groups = match.groupdict()
    if match["years"]:
        return _made(value, match, date(int(match["until"]), 12, 31), Meaning.WITHIN)
    if match["span"]:
        return _made(value, match, _end_of_span(groups, "w"), Meaning.WITHIN)
    if match["always"]:
        return Deadline(value[:200], None, Meaning.RECURRING, 0, len(value))
    return _made(value, match, _day(groups, "d"), None)


def find_period(text: str) -> Period | None:
    """The first stated range of days in a text; None when there is none."""
    words = bare(text)
    match = _RANGE.search(words)
    if match:
        groups = match.groupdict()
        if groups["fd"] or groups["fd2"]:
            last = _day(groups, "t")
            year = str(last.year) if last else None
            first = _day({**groups, "fy": groups["fy"] or year, "fy2": groups["fy2"] or year}, "f")
            written = text[match.start() : match.end()]
            return Period(written, first, last) if first and last and first <= last else None
        last = _day(groups, "u") if groups["ud"] or groups["ud2"] else _end_of_span(groups, "u")
        return Period(text[match.start() : match.end()], None, last) if last else None
    match = _SHORT_RANGE.search(words)
    if match:
        last = _day(match.groupdict(), "t")
        if last and 1 <= int(match["d"]) <= last.day:
            return Period(text[match.start() : match.end()], last.replace(day=int(match["d"])), last)
    return find_week(text)


def find_week(text: str) -> Period | None:
    """``từ tuần 46/2024``: from the Monday of that ISO week on, open-ended; without "từ", that week."""
    match = _WEEK.search(bare(text))
    if match is None:
        return None
    try:
        monday = date.fromisocalendar(int(match["year"]), int(match["week"]), 1)
        sunday = date.fromisocalendar(int(match["year"]), int(match["week"]), 7)
    except (ValueError, OverflowError):
        return None
    return Period(text[match.start() : match.end()], monday, None if match["open"] else sunday)


def _deadline(text: str, match: re.Match[str]) -> Deadline:
    groups = match.groupdict()
    if match["is_before"]:
        return _made(text, match, _day(groups, "b"), Meaning.BY if match["bh"] else Meaning.BEFORE)
    if match["is_by"]:
        meaning = Meaning.BEFORE if match["rather"] and not match["eh"] else Meaning.BY
        return _made(text, match, _day(groups, "e") or _end_of_span(groups, "e"), meaning)
    if match["is_within"]:
        if match["days"]:
            return Deadline(text[match.start() : match.end()].strip(), None, Meaning.WITHIN, match.start(), match.end())
        return _made(text, match, _end_of_span(groups, "w"), Meaning.WITHIN)
    return Deadline(text[match.start() : match.end()], None, Meaning.RECURRING, match.start(), match.end())


def _made(text: str, match: re.Match[str], day: date | None, meaning: Meaning | None) -> Deadline:
    fault = None
    if day is None:
        fault = "bad_date" if re.search(r"\d{4}", match[0]) else "no_year"
    return Deadline(text[match.start() : match.end()], day, meaning, match.start(), match.end(), fault)


def _day(groups: dict[str, str | None], prefix: str) -> date | None:
    """The day of a match; None without a year, or when there is no such day."""
    day = groups.get(f"{prefix}d") or groups.get(f"{prefix}d2")
    month = groups.get(f"{prefix}m") or groups.get(f"{prefix}m2")
    year = groups.get(f"{prefix}y") or groups.get(f"{prefix}y2")
    return make_day(day, month, year)


def make_day(day: str | None, month: str | None, year: str | None) -> date | None:
    """A date of its written parts; None when one is missing or there is no such day."""
    try:
        return date(int(year), int(month), int(day)) if day and month and year else None
    except ValueError:
        return None


def _end_of_span(groups: dict[str, str | None], prefix: str) -> date | None:
    year, month = groups.get(f"{prefix}sy"), groups.get(f"{prefix}sm")
    if groups.get(f"{prefix}sq"):
        year, month = groups[f"{prefix}qy"], str(3 * _QUARTERS[str(groups[f"{prefix}sq"])])
    elif groups.get(f"{prefix}yy"):
        year, month = groups[f"{prefix}yy"], "12"
    try:
        return date(int(year), int(month), monthrange(int(year), int(month))[1]) if year and month else None
    except ValueError:
        return None
