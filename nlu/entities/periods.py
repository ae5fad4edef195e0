"""Stretches of time people report on: ``tuần 46``, ``tháng 11/2024``, ``quý IV``, ``6 tháng đầu năm``, ``năm 2024``.

They are written down as :mod:`content.periods` does. Weeks are those of ISO 8601, Monday first. What has no year is of
this year; "này" is the one today is in, "trước" or "qua" the one before.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from content.periods import month_of, quarter_of, week_of
from content.words import fold

_YEAR = r"(?:\s*(?:[/.-]|nam)?\s*(?P<year>20\d\d))?"
_WHICH = r"(?P<which>nay|truoc|qua|vua roi)"
_QUARTERS = {"1": 1, "2": 2, "3": 3, "4": 4, "i": 1, "ii": 2, "iii": 3, "iv": 4}
_WEEK = re.compile(rf"tuan (?:thu )?(?:(?P<number>\d{{1,2}}){_YEAR}|{_WHICH})")
_MONTH = re.compile(
    rf"(?:thang )?(?P<number>\d{{1,2}})\s*[/.-]\s*(?P<year>20\d\d)|thang (?:(?P<alone>\d{{1,2}})|{_WHICH})"
)
_QUARTER = re.compile(rf"quy (?:(?P<number>iv|i{{1,3}}|[1-4]){_YEAR}|{_WHICH})")
_HALF = re.compile(rf"(?:6|sau) thang (?P<half>dau|cuoi)(?: nam)?{_YEAR}")
_WHOLE = re.compile(rf"(?:nam )?(?P<year>20\d\d)|nam {_WHICH}")


def parse_period(text: str, today: date) -> str | None:
    """The period a whole line names; None when it names none."""
    line = " ".join(fold(text).strip(" .!").split())
    if match := _WEEK.fullmatch(line):
        if match["which"]:
            return week_of(today if match["which"] == "nay" else today - timedelta(days=7))
        year, number = int(match["year"] or today.year), int(match["number"])
        last = date(year, 12, 28).isocalendar().week
        return f"{year}-W{number:02}" if 1 <= number <= last else None
    if match := _MONTH.fullmatch(line):
        if match["which"]:
            return month_of(today if match["which"] == "nay" else today.replace(day=1) - timedelta(days=1))
        year, number = int(match["year"] or today.year), int(match["number"] or match["alone"])
        return f"{year}-{number:02}" if 1 <= number <= 12 else None
    if match := _QUARTER.fullmatch(line):
        if match["which"]:
            first = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
            return quarter_of(today if match["which"] == "nay" else first - timedelta(days=1))
        return f"{match['year'] or today.year}-Q{_QUARTERS[match['number']]}"
    if match := _HALF.fullmatch(line):
        return f"{match['year'] or today.year}-H{1 if match['half'] == 'dau' else 2}"
    if match := _WHOLE.fullmatch(line):
        return match["year"] or str(today.year - (match["which"] != "nay"))
    return None
