"""Periods agencies report on, as they are written down and as people read them.

``2024-W46`` (ISO 8601, Monday first), ``2024-11``, ``2024-Q4``, ``2024-H1``, ``2024``.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_WORDS = (
    (re.compile(r"(\d{4})-W(\d\d)"), "tuần {1}/{0}"),
    (re.compile(r"(\d{4})-Q(\d)"), "quý {1}/{0}"),
    (re.compile(r"(\d{4})-H1"), "6 tháng đầu năm {0}"),
    (re.compile(r"(\d{4})-H2"), "6 tháng cuối năm {0}"),
    (re.compile(r"(\d{4})-(\d\d)"), "tháng {1}/{0}"),
    (re.compile(r"(\d{4})"), "năm {0}"),
)


def week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def first_day(period: str) -> date:
    """Of a week, month or quarter. Raises ValueError for anything else."""
    if match := re.fullmatch(r"(\d{4})-W(\d\d)", period):
        return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    if match := re.fullmatch(r"(\d{4})-Q(\d)", period):
        return date(int(match[1]), 3 * int(match[2]) - 2, 1)
    if match := re.fullmatch(r"(\d{4})-(\d\d)", period):
        return date(int(match[1]), int(match[2]), 1)
    raise ValueError(f"no week, month or quarter: {period!r}")


def before(period: str) -> str:
    """The week, month or quarter before ``period``. Raises ValueError for anything else."""
    last = first_day(period) - timedelta(days=1)
    return week_of(last) if "W" in period else quarter_of(last) if "Q" in period else month_of(last)


def told_period(period: str) -> str:
    """``2024-W46`` → ``tuần 46/2024``; what is no period as it stands."""
    for pattern, told in _WORDS:
        if match := pattern.fullmatch(period):
            return told.format(*match.groups())
    return period
