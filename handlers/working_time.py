"""Working time of the offices: which days are worked, when the next working morning is, what N days later means.

Days and hours come from the province's calendar; moments are aware, and are judged in Việt Nam's time. A year the
calendar does not tell of has its fixed holidays and its weekends; :meth:`WorkingTime.missing` says what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from content.catalog import Catalog
from content.working_calendar import WorkingCalendar
from handlers.turn import LOCAL

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Answers from one calendar."""

    calendar: WorkingCalendar

    def holiday(self, day: date) -> str | None:
        """The name of the holiday, or of the day swapped away for a Saturday; None when it is neither."""
        for yearly in self.calendar.yearly:
            if day.year >= yearly.from_year and f"{day:%m-%d}" == yearly.month_day:
                return yearly.name
        return self.calendar.days_off.get(day)

    def is_working_day(self, day: date) -> bool:
        if day in self.calendar.worked:
            return True
        return day.isoweekday() not in self.calendar.weekend and self.holiday(day) is None

    def next_working_day(self, day: date) -> date:
        """The day itself, or the first working day after it."""
        while not self.is_working_day(day):
            day += DAY
        return day

    def last_working_day(self, day: date) -> date:
        """The day itself, or the last working day before it."""
        while not self.is_working_day(day):
            day -= DAY
        return day

    def day_after(self, day: date, days: int) -> date:
        """``days`` working days after the day: the first counted is the one after it."""
        for _ in range(days):
            day = self.next_working_day(day + DAY)
        return day

    def day_before(self, day: date, days: int) -> date:
        """``days`` working days before the day."""
        for _ in range(days):
            day = self.last_working_day(day - DAY)
        return day

    def days_between(self, day: date, later: date) -> int:
        """Working days after the day up to the later one, that one included; 0 when it is not later."""
        days = (later - day).days
        return sum(self.is_working_day(day + DAY * count) for count in range(1, days + 1))

    def days_after(self, moment: datetime, days: int) -> datetime:
        """The same time of day, that many working days later (earlier for a negative number)."""
        local = moment.astimezone(LOCAL)
        day = self.day_after(local.date(), days) if days >= 0 else self.day_before(local.date(), -days)
        return datetime.combine(day, local.time(), LOCAL).astimezone(moment.tzinfo)

    def is_open(self, moment: datetime) -> bool:
        """Whether the offices work at that moment."""
        local = moment.astimezone(LOCAL)
        return self.is_working_day(local.date()) and any(span.holds(local.time()) for span in self.calendar.hours)

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself when the offices work then, else when they next begin to."""
        since, _ = next(self._spans(moment))
        return max(moment, since.astimezone(moment.tzinfo))

    def next_morning(self, moment: datetime) -> datetime:
        """When the offices open on the next working day, or on this one while it has not begun."""
        local = moment.astimezone(LOCAL)
        begins = self.calendar.hours[0].since
        day = local.date() if local.time() <= begins else local.date() + DAY
        return datetime.combine(self.next_working_day(day), begins, LOCAL).astimezone(moment.tzinfo)

    def hours_after(self, moment: datetime, hours: float) -> datetime:
        """When that many hours of work have passed since the moment."""
        left = timedelta(hours=hours)
        for since, until in self._spans(moment):
            begin = max(since, moment)
            if left <= until - begin:
                return (begin + left).astimezone(moment.tzinfo)
            left -= until - begin
        raise AssertionError("working time never ends")

    def hours_between(self, moment: datetime, later: datetime) -> float:
        """Hours of work from the moment to the later one; 0 when that is not later."""
        worked = timedelta(0)
        for since, until in self._spans(moment):
            if since >= later:
                break
            worked += min(until, later) - max(since, moment)
        return worked.total_seconds() / 3600

    def hours_before(self, moment: datetime, hours: float) -> datetime:
        """The moment from which that many hours of work are left until ``moment``."""
        left = timedelta(hours=hours)
        day = moment.astimezone(LOCAL).date()
        while True:
            for span in reversed(self.calendar.hours if self.is_working_day(day) else ()):
                since, until = (datetime.combine(day, end, LOCAL) for end in (span.since, span.until))
                end = min(until, moment)
                if end > since and left <= end - since:
                    return (end - left).astimezone(moment.tzinfo)
                left -= max(end - since, timedelta(0))
            day -= DAY

    def is_quiet(self, moment: datetime) -> bool:
        """Whether it is night: nobody's phone is to sound."""
        return self.calendar.quiet.holds(moment.astimezone(LOCAL).time())

    def after_quiet(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the night it lies in."""
        if not self.is_quiet(moment):
            return moment
        local = moment.astimezone(LOCAL)
        end = datetime.combine(local.date(), self.calendar.quiet.until, LOCAL)
        return (end if end > local else end + DAY).astimezone(moment.tzinfo)

    def missing(self, year: int) -> tuple[str, ...] | None:
        """What has not been announced for the year, in words; None when the calendar does not tell of it at all."""
        known = self.calendar.of_year(year)
        return None if known is None else known.missing

    def _spans(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of work that end after the moment, in order, without end."""
        day = self.next_working_day(moment.astimezone(LOCAL).date())
        while True:
            for span in self.calendar.hours:
                since, until = (datetime.combine(day, end, LOCAL) for end in (span.since, span.until))
                if until > moment:
                    yield since, until
            day = self.next_working_day(day + DAY)


def working_time(catalog: Catalog) -> WorkingTime:
    """The province's working time."""
    return WorkingTime(catalog.province.working_time)
