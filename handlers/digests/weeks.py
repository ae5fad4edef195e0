"""ISO weeks: the rhythm of digests, Monday to Sunday."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.digests.refusals import DigestError

_WEEK = re.compile(r"(\d{4})-?[Ww](\d{1,2})")


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO 8601 week."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Week:
        """The week written ``2024-W46``. Raises DigestError when there is no such week."""
        match = _WEEK.fullmatch(text.strip())
        try:
            if match is None:
                raise ValueError
            week = cls(int(match[1]), int(match[2]))
            _ = week.first
        except ValueError:
            raise DigestError("no_such_week", week=text[:20]) from None
        return week

    @property
    def first(self) -> date:
        """Monday."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Sunday."""
        return self.first + timedelta(days=6)

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"


def week_of(day: date) -> Week:
    """The week a day lies in; the first days of January may belong to the year before."""
    year, number, _ = day.isocalendar()
    return Week(year, number)
