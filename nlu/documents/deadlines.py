"""Deadlines and periods in official prose: ``trước ngày 16 tháng 12 năm 2024``, ``trong quý IV``, ``định kỳ hằng năm``.

What the words mean is kept beside the date, because "trước ngày D" leaves D itself out while "đến hết ngày D" does not.
A date is given only when the document states it whole; a missing year is never supplied.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from nlu.documents.deadline_words import (
    COMPLETE,
    EVERY_TIME,
    INLINE,
    LABELLED,
    OPEN_START,
    QUARTERS,
    RANGE,
    SHORT_RANGE,
    SIGNING,
    SPAN,
    STOPS,
    TIMED,
    WEEK,
    WEEK_OF_MONTH,
    WORDS,
)
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
    """Why the day is not certain: ``no_year``, ``bad_date``, ``since_open`` for a span that begins on a day the
    document does not say, ``working_days``; ``year_taken`` when the year is the document's."""
    after: tuple[int, str] | None = None
    """A span counted from the signing of the document: how many, of what ("ngay", "tuan", "thang")."""
    yearless: tuple[int | None, int] | None = None
    """Day (None for the last) and month of a date without a year."""

    def to_json(self) -> dict[str, str | None]:
        return {
            "as_written": self.as_written,
            "date": self.date.isoformat() if self.date else None,
            "semantics": self.meaning.value if self.meaning else None,
        }


NO_DEADLINE: dict[str, str | None] = {"as_written": None, "date": None, "semantics": None}


@dataclass(frozen=True, slots=True)
class Period:
    """The days something is valid, both included; None for an open end."""

    as_written: str
    first: date | None
    last: date | None


def find_deadlines(text: str) -> Iterator[Deadline]:
    """Every deadline in a text, in order. "Trong năm 2024" counts only after a verb of doing or finishing."""
    words = bare(text)
    taken: list[tuple[int, int]] = []
    for match in WORDS.finditer(words):
        before = words[max(0, match.start() - 75) : match.start()]
        told = bool(COMPLETE.search(before) or TIMED.search(before))
        ends = bool(STOPS.match(words, match.end()))
        if match["is_within"] and not (told or (ends and not match["wyy"])):
            continue
        if match["unyeared"] and not (told or ends):
            continue
        if (match["relative"] and not (told or match["since"])) or (match["is_range"] and not told):
            continue
        if (match["before_span"] or match["event"] or match["on_day"]) and not told:
            continue
        if match["in_week"] and not (told or ends):
            continue
        found = _deadline(text, match)
        sentence = words[
            max(words.rfind(".", 0, match.start()), words.rfind(";", 0, match.start())) + 1 : match.start()
        ]
        if found.yearless and found.yearless[0] and EVERY_TIME.search(sentence):
            found = replace(found, meaning=Meaning.RECURRING, fault=None, yearless=None)
        taken.append((found.start, found.end))
        yield found
    for match in INLINE.finditer(words):
        stated = labelled_deadline(text[match.start("value") : match.end("value")])
        if stated is None or (stated.date is None and stated.meaning is None):
            continue
        begin, end = match.start("value") + stated.start, match.start("value") + stated.end
        if all(end <= first or last <= begin for first, last in taken):
            meaning = stated.meaning or (Meaning.BY if match["what"] in (" hoan thanh", " bao cao") else None)
            yield replace(stated, start=begin, end=end, meaning=meaning)


def labelled_deadline(text: str) -> Deadline | None:
    """The deadline of a value such as that of "Thời gian hoàn thành:" or a table's last column.

    Words that name no known deadline come back with neither date nor meaning, as written.
    """
    value = text.strip(" .;,")
    if not value:
        return None
    words = bare(value)
    match = WORDS.search(words)
    if match:
        return _deadline(value, match)
    unsure = OPEN_START.match(words) or WEEK_OF_MONTH.search(words)
    match = LABELLED.search(words) if not unsure else None
    if match is None:
        return Deadline(value[:200], None, None, 0, len(value))
    groups = match.groupdict()
    if match["together"]:
        return _made(value, match, _last_together(groups), Meaning.WITHIN)
    if match["years"]:
        return _made(value, match, date(int(match["until"]), 12, 31), Meaning.WITHIN)
    if match["span"]:
        return _made(value, match, _end_of_span(groups, "w"), Meaning.WITHIN)
    if match["always"]:
        return Deadline(value[:200], None, Meaning.RECURRING, 0, len(value))
    if match["unyeared"]:
        return _without_year(value, match)
    if match["part"]:
        return _made(value, match, _part_of_month(groups), Meaning.WITHIN)
    return _made(value, match, _day(groups, "d"), None)


def labelled_period(text: str) -> Period | None:
    """The days of a value such as that of "Thời gian:"; a month, quarter or year stands for all its days."""
    found = find_period(text)
    if found is not None:
        return found
    value = text.strip(" .;,")
    match = re.fullmatch(rf"(?:trong\s+)?{SPAN.format('w')}", bare(value))
    last = _end_of_span(match.groupdict(), "w") if match else None
    if match is None or last is None:
        return None
    months = 12 if match["wyy"] else 6 if match["whalf"] else 3 if match["wsq"] else 1
    return Period(value, date(last.year, last.month - months + 1, 1), last)


def resolved(deadline: Deadline, signed: date | None, year: int | None) -> Deadline:
    """The deadline with its day, where the document's own day (``signed``) or ``year`` gives it.

    "Trong vòng 10 ngày kể từ ngày ký" is counted in calendar days from the day after signing (Bộ luật Dân sự 2015,
    điều 147 and 148). A day without a year takes the document's year, or the first such day after signing, and says so.
    """
    if deadline.date is None and deadline.after and signed:
        count, unit = deadline.after
        return replace(deadline, date=_later(signed, count, unit), fault=None)
    if deadline.date is None and deadline.yearless and (year or signed):
        day, month = deadline.yearless
        taken = year or (signed.year if signed else 0)
        when = _last_or(taken, month, day)
        if not year and signed and when and when < signed:
            when = _last_or(taken + 1, month, day)
        return replace(deadline, date=when, fault="year_taken" if when else "bad_date")
    return deadline


def _last_or(year: int, month: int, day: int | None) -> date | None:
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        return None


def _later(signed: date, count: int, unit: str) -> date | None:
    try:
        if unit == "thang":
            index = signed.year * 12 + signed.month - 1 + count
            year, month = index // 12, index % 12 + 1
            return date(year, month, min(signed.day, monthrange(year, month)[1]))
        return signed + timedelta(days=count * (7 if unit == "tuan" else 1))
    except (ValueError, OverflowError):
        return None


def _part_of_month(groups: dict[str, str | None]) -> date | None:
    """The last day of the beginning (to the 10th), middle (to the 20th) or end of a month."""
    year, month = int(groups["py"] or 0), int(groups["pm"] or 0)
    return _last_or(year, month, {"dau": 10, "giua": 20}.get(groups["which"] or ""))


def _without_year(text: str, match: re.Match[str]) -> Deadline:
    month = 3 * QUARTERS[match["uq"]] if match["uq"] else int(match["um"])
    written = text[match.start() : match.end()]
    return Deadline(written, None, Meaning.WITHIN, match.start(), match.end(), "no_year", yearless=(None, month))


def find_period(text: str) -> Period | None:
    """The first stated range of days in a text; None when there is none."""
    words = bare(text)
    match = RANGE.search(words)
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
    match = SHORT_RANGE.search(words)
    if match:
        last = _day(match.groupdict(), "t")
        if last and 1 <= int(match["d"]) <= last.day:
            return Period(text[match.start() : match.end()], last.replace(day=int(match["d"])), last)
    return find_week(text)


def find_week(text: str) -> Period | None:
    """``từ tuần 46/2024``: from the Monday of that ISO week on, open-ended; without "từ", that week."""
    match = WEEK.search(bare(text))
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
    if match["is_range"]:
        return _made(text, match, _day(groups, "t"), Meaning.WITHIN)
    if match["from_now"]:
        return _made(text, match, _day(groups, "n") or _end_of_span(groups, "n"), Meaning.WITHIN)
    if match["before_span"]:
        return _made(text, match, _start_of_span(groups, "p"), Meaning.BEFORE)
    if match["event"]:
        return Deadline(text[match.start() : match.end()].rstrip(), None, None, match.start(), match.end())
    if match["in_week"]:
        week = find_week(text[match.start() : match.end()])
        return _made(text, match, week.last if week else None, Meaning.WITHIN)
    if match["on_day"]:
        return _made(text, match, _day(groups, "i"), Meaning.BY)
    if match["done"]:
        return _done(text, match)
    if match["relative"]:
        return _relative(text, match)
    if match["unyeared"]:
        return _without_year(text, match)
    if match["is_within"]:
        return _made(text, match, _end_of_span(groups, "w"), Meaning.WITHIN)
    return Deadline(text[match.start() : match.end()], None, Meaning.RECURRING, match.start(), match.end())


def _done(text: str, match: re.Match[str]) -> Deadline:
    """ "Hoàn thành quý IV/2024", "xong ngày 05/5/2024": the words after the verb are the deadline."""
    groups = match.groupdict()
    day = _day(groups, "o")
    if groups["od"] or groups["od2"]:
        found = _made(text, match, day, Meaning.BY)
    elif groups["which"]:
        found = _made(text, match, _part_of_month(groups), Meaning.WITHIN)
    elif groups["ly"]:
        found = _made(text, match, _last_together(groups), Meaning.WITHIN)
    else:
        found = _made(text, match, _end_of_span(groups, "o"), Meaning.WITHIN)
    start = match.start("what")
    return replace(found, as_written=text[start : match.end()], start=start)


def telling(deadlines: Sequence[Deadline]) -> Deadline | None:
    """The one of several deadlines of a sentence that says most: a day or span, then what recurs on a named day."""
    certain = [one for one in deadlines if one.meaning not in (None, Meaning.RECURRING)]
    recurring = [one for one in deadlines if one.meaning is Meaning.RECURRING]
    recurring.sort(key=lambda one: not any(letter.isdigit() for letter in one.as_written))
    return next(iter([*certain, *recurring, *deadlines]), None)


def _relative(text: str, match: re.Match[str]) -> Deadline:
    """A span of time; counted only when it begins with the signing and in calendar days, weeks or months."""
    end = match.start() + len(text[match.start() : match.end()].rstrip())
    after = None
    fault = "since_open"
    if match["since"] and SIGNING.search(match["since"]) and match["unit"] != "gio":
        if match["unit"] == "ngay lam viec":
            fault = "working_days"
        else:
            after = (int(match["count"]), match["unit"])
    return Deadline(text[match.start() : end], None, Meaning.WITHIN, match.start(), end, fault, after)


def _made(text: str, match: re.Match[str], day: date | None, meaning: Meaning | None) -> Deadline:
    fault = None
    if day is None:
        fault = "bad_date" if re.search(r"\d{4}", match[0]) else "no_year"
    yearless = _day_and_month(match) if fault == "no_year" else None
    return Deadline(
        text[match.start() : match.end()], day, meaning, match.start(), match.end(), fault, yearless=yearless
    )


def _day_and_month(match: re.Match[str]) -> tuple[int, int] | None:
    groups = match.groupdict()
    for prefix in "bednoit":
        day = groups.get(f"{prefix}d") or groups.get(f"{prefix}d2")
        month = groups.get(f"{prefix}m") or groups.get(f"{prefix}m2")
        if day and month:
            return int(day), int(month)
    return None


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


def _last_together(groups: dict[str, str | None]) -> date | None:
    """The last day of the last of several months or quarters."""
    quarter = groups["lq"]
    month = 3 * QUARTERS[quarter] if quarter else int(groups["lm"] or 0)
    return _last_or(int(groups["ly"] or 0), month, None) if 1 <= month <= 12 else None


def _start_of_span(groups: dict[str, str | None], prefix: str) -> date | None:
    """The first day of a month, quarter, half or year."""
    last = _end_of_span(groups, prefix)
    if last is None:
        return None
    months = 12 if groups[f"{prefix}yy"] else 6 if groups[f"{prefix}half"] else 3 if groups[f"{prefix}sq"] else 1
    return date(last.year, last.month - months + 1, 1)


def _end_of_span(groups: dict[str, str | None], prefix: str) -> date | None:
    year, month = groups.get(f"{prefix}sy"), groups.get(f"{prefix}sm")
    if groups.get(f"{prefix}sq"):
        year, month = groups[f"{prefix}qy"], str(3 * QUARTERS[str(groups[f"{prefix}sq"])])
    elif groups.get(f"{prefix}half"):
        year, month = groups[f"{prefix}hy"], "6" if groups[f"{prefix}half"] == "dau" else "12"
    elif groups.get(f"{prefix}yy"):
        year, month = groups[f"{prefix}yy"], "12"
    try:
        return date(int(year), int(month), monthrange(int(year), int(month))[1]) if year and month else None
    except ValueError:
        return None
