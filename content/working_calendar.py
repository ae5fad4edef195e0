"""When the offices work: hours, weekends, public holidays, swaps. Data of ``content/kontum/working_time.yaml``."""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import cached_property
from typing import Annotated

from pydantic import Field, model_validator

from content.schema import Entry, Id

MonthDay = Annotated[str, Field(pattern=r"^\d\d-\d\d$")]


class Span(Entry):
    """Part of a day, local time; it ends before ``until``. A night's ends on the next day."""

    since: time
    until: time

    def holds(self, moment: time) -> bool:
        if self.since <= self.until:
            return self.since <= moment < self.until
        return moment >= self.since or moment < self.until


class YearlyHoliday(Entry):
    """A day off on the same date each year, by law, from ``from_year`` on."""

    id: Id
    name: str
    month_day: MonthDay
    from_year: int
    source: str

    def on(self, year: int) -> date:
        return date.fromisoformat(f"{year}-{self.month_day}")


class DaysOff(Entry):
    """Days off of one year: by the lunar calendar, added or made up for as announced."""

    name: str
    first: date
    last: date
    source: str
    announced: bool = True
    """False for days the lunar calendar and the law make sure of while the year's notice is not out."""

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=step) for step in range((self.last - self.first).days + 1))


class Swap(Entry):
    """A working day given away for a Saturday on which everybody works."""

    name: str
    free: date
    worked: date
    source: str


class WorkingYear(Entry):
    """What is known of one year beyond the fixed days."""

    year: int
    days_off: tuple[DaysOff, ...] = ()
    swaps: tuple[Swap, ...] = ()
    missing: tuple[str, ...] = ()
    """What had not been announced when the file was last looked at, in words."""
    checked_on: date

    @model_validator(mode="after")
    def _within_the_year(self) -> WorkingYear:
        days = [day for off in self.days_off for day in (off.first, off.last)]
        days += [day for swap in self.swaps for day in (swap.free, swap.worked)]
        if any(day.year != self.year for day in days):
            raise ValueError(f"a day lies outside {self.year}")
        if any(off.last < off.first for off in self.days_off):
            raise ValueError("a holiday ends before it begins")
        if any(swap.free.isoweekday() > 5 or swap.worked.isoweekday() <= 5 for swap in self.swaps):
            raise ValueError("a swap gives a weekday away for a day of the weekend")
        return self


class WorkingCalendar(Entry):
    """Hours and days of the offices; every day is one of the province's, Asia/Ho_Chi_Minh."""

    hours: Annotated[tuple[Span, ...], Field(min_length=1)]
    """In order; between them is the lunch break."""
    hours_source: str
    quiet: Span
    """Nobody's phone is to sound then."""
    quiet_source: str
    weekend: tuple[Annotated[int, Field(ge=1, le=7)], ...]
    """ISO weekdays."""
    yearly: tuple[YearlyHoliday, ...]
    years: tuple[WorkingYear, ...]

    @model_validator(mode="after")
    def _hours_in_order(self) -> WorkingCalendar:
        ends = [moment for span in self.hours for moment in (span.since, span.until)]
        if ends != sorted(set(ends)):
            raise ValueError("working hours must follow each other")
        numbers = [year.year for year in self.years]
        if numbers != sorted(set(numbers)):
            raise ValueError("each year stands once, in order")
        return self

    @cached_property
    def days_off(self) -> dict[date, str]:
        """Names of the days off of the years told of; the fixed days of other years are in ``yearly``."""
        found = {swap.free: swap.name for year in self.years for swap in year.swaps}
        return found | {day: off.name for year in self.years for off in year.days_off for day in off.days}

    @cached_property
    def worked(self) -> frozenset[date]:
        """Days of a weekend on which everybody works."""
        return frozenset(swap.worked for year in self.years for swap in year.swaps)

    def of_year(self, year: int) -> WorkingYear | None:
        return next((known for known in self.years if known.year == year), None)
