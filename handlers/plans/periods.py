"""The periods of a task's reports: what each covers, when it is due, until when a report is taken.

A task reported on once has one period, whose key is empty. A recurring one has a period for each month, quarter, half
year or year, by the cut-off days of Nghị định 09/2019/NĐ-CP, Điều 12: November runs from 15/10 to 14/11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from content.reporting import ReportingPolicy
from content.text import Texts
from storage.extensions import extended
from storage.plans import Task
from storage.reports import WHOLE

MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}
"""Length of a period by the task's recurrence. Anything else ("recurring", "weekly") is reported on as one whole."""
MARK = "@"
"""Between a task and a period in the value of a button."""
_KEY = re.compile(r"(\d{4})(?:-(?:(\d{2})|Q([1-4])|H([12])))?")


class Standing(StrEnum):
    """Where a period stands on a day."""

    OPEN = "open"
    """Up to the last day in time."""
    CLOSING = "closing"
    """That day is past; a report is still taken, as a late one."""
    CLOSED = "closed"
    """No report is taken any more without an extension."""


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a task's reports."""

    key: str = WHOLE
    since: date | None = None
    """First day its figures cover; None for the one period of a task reported on once."""
    until: date | None = None
    """Last day its figures cover ("ngày chốt số liệu")."""
    cut_off: date | None = None
    """First day that is too late, where the plan words it so."""
    due: date | None = None
    """Last day in time."""
    moved: bool = False
    """The department has given the agency more time: ``due`` is the day it gave."""

    def extended(self, until: date | None) -> Period:
        """The period as it is for an agency that was given until this day."""
        return self if until is None else replace(self, due=until, cut_off=None, moved=True)

    def standing(self, today: date, late_days: int) -> Standing:
        if self.due is None or today <= self.due:
            return Standing.OPEN
        return Standing.CLOSING if today <= self.due + timedelta(days=late_days) else Standing.CLOSED

    def closes(self, late_days: int) -> date | None:
        """Last day on which a report is taken."""
        return None if self.due is None else self.due + timedelta(days=late_days)


def periods_begun(task: Task, policy: ReportingPolicy, today: date) -> list[Period]:
    """The task's periods of which the first day has come, oldest first; the one of a task reported on once always."""
    months = MONTHS.get(task.recurrence or "")
    if months is None:
        return [Period(cut_off=task.cut_off, due=task.due)]
    found: list[Period] = []
    number = _number(policy.first_day) // months * months
    while True:
        period = _period(number, months, task, policy)
        assert period.since is not None
        assert period.until is not None
        if period.since > today or (task.due is not None and _number(period.until) > _number(task.due)):
            return found
        if period.until >= policy.first_day:
            found.append(period)
        number += months


def period_of(task: Task, key: str, policy: ReportingPolicy, today: date) -> Period | None:
    """The task's period of this key; None when it has none, or it has not begun."""
    return next((one for one in periods_begun(task, policy, today) if one.key == key), None)


async def period_for(
    db: AsyncSession, task: Task, agency_id: str, key: str, policy: ReportingPolicy, day: date
) -> Period | None:
    """The same as it is for the agency, which may have been given more time."""
    period = period_of(task, key, policy, day)
    return period and period.extended((await extended(db, agency_id)).get((task.id, agency_id, key)))


def _number(day: date) -> int:
    """Months since year 0, so that they can be counted."""
    return day.year * 12 + day.month - 1


def _period(number: int, months: int, task: Task, policy: ReportingPolicy) -> Period:
    """The period of so many months that begins with month ``number`` and ends with the cut-off day of its last."""
    (year, month), (last_year, last_month) = divmod(number - 1, 12), divmod(number + months - 1, 12)
    since = date(year, month + 1, policy.last_day) + timedelta(days=1)
    until, due = (date(last_year, last_month + 1, day) for day in (policy.last_day, policy.due_day))
    if months == 12 and task.due is not None:  # the plan names the day
        due = task.due.replace(year=last_year, day=min(task.due.day, 28) if task.due.month == 2 else task.due.day)
    return Period(_key(last_year, last_month, months), since, until, None, due)


def _key(year: int, month: int, months: int) -> str:
    """``2024-11``, ``2024-Q4``, ``2024-H2``, ``2024``; ``month`` counts from 0."""
    if months == 1:
        return f"{year}-{month + 1:02}"
    if months == 12:
        return str(year)
    return f"{year}-{'Q' if months == 3 else 'H'}{month // months + 1}"


def subject(task_id: str, key: str) -> str:
    """What a button carries: the task, and the period when it is not the only one."""
    return f"{task_id}{MARK}{key}" if key else task_id


def read_subject(text: str) -> tuple[str, str | None]:
    """The task and the period's key; None when none is named, as in a button from before there were periods."""
    task_id, mark, key = text.partition(MARK)
    return task_id, key if mark else None


def period_words(text: Texts, key: str) -> str:
    """ "tháng 11/2024", "quý IV/2024", "6 tháng cuối năm 2024", "năm 2024"; empty for the only one."""
    found = _KEY.fullmatch(key)
    if found is None:
        return ""
    year, month, quarter, half = found.groups()
    if month:
        return text("period.month", month=month, year=year)
    if quarter:
        return text("period.quarter", quarter=("I", "II", "III", "IV")[int(quarter) - 1], year=year)
    return text(f"period.half_{half}", year=year) if half else text("period.year", year=year)


def titled(text: Texts, title: str, key: str) -> str:
    """The title with the period before it, so that it is read even where the rest is cut off."""
    words = period_words(text, key)
    return text("period.titled", period=words[:1].upper() + words[1:], title=title) if words else title
