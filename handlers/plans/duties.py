"""What an agency owes: its tasks, its part in each, and where its report stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import PERCENT, day, figure, told
from content.registry import Registry
from content.text import Texts
from handlers.messages import Reply, choice_value
from handlers.plans.periods import Period, period_for, periods_begun, subject, titled
from handlers.succession.inherited import standing_for
from handlers.turn import Turn
from storage.agencies import groups_of
from storage.appointments import Appointment
from storage.extensions import extended
from storage.plans import AssignmentRole, Indicator, Task, broken_down, leads_of, tasks_of
from storage.reports import HANDED_IN, ProgressReport, ReportState, report_at, reports_of_agency

LABEL = 48
"""Characters of a task's title on a button."""
FAR = 365
"""Days from which the number of days left tells nobody anything."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A task in which the agency has a part, one of its periods, and the agency's report on it."""

    task: Task
    period: Period
    role: AssignmentRole
    report: ProgressReport | None
    broken_down: bool = False
    """The plan breaks the task down into lines: it is reported on those."""

    @property
    def owed(self) -> bool:
        """Whether the agency itself must report: it leads, alone or as one of a group named as lead."""
        return self.role is AssignmentRole.LEAD and not self.broken_down

    @property
    def handed_in(self) -> bool:
        return self.report is not None and self.report.state in HANDED_IN

    @property
    def due(self) -> date | None:
        """Last day in time."""
        return self.period.due

    @property
    def subject(self) -> str:
        """The task and the period, as buttons carry them."""
        return subject(self.task.id, self.period.key)

    def title(self, text: Texts) -> str:
        """The task's title, with the period where there are several."""
        return titled(text, self.task.title, self.period.key)

    def days_left(self, today: date) -> int | None:
        """Days until the last day in time; 0 on that day, negative after it; None without a date."""
        return None if self.due is None else (self.due - today).days

    def standing(self, today: date) -> str:
        """Where the report stands: a key below ``officer.standing``."""
        state = self.report.state if self.report else None
        if self.report is not None and self.report.awaiting:
            return "confirming"
        if state in (ReportState.SUBMITTED, ReportState.RETURNED, ReportState.ACCEPTED):
            return state.value
        left = self.days_left(today)
        far = left is None or left > FAR
        if self.report is not None and self.report.draft:
            return "draft_undated" if left is None or far else "draft" if left >= 0 else "draft_late"
        if not self.owed:
            return "coordinating"
        if left is None or far:
            return "undated"
        return "overdue" if left < 0 else "today" if left == 0 else "open"


async def duties_of(db: AsyncSession, catalog: Catalog, agency_id: str, today: date) -> list[Duty]:
    """The agency's tasks, its own and those of its groups: overdue first, then what is still open, by due date; the
    tasks it only takes part in and the reports handed in come last. Headings of annexes are left out. Of a recurring
    task the newest period stands there, and each earlier one that has not been reported on."""
    parents = await broken_down(db)
    return [duty for duty in await _duties(db, catalog, agency_id, today) if duty.task.id not in parents]


async def _duties(db: AsyncSession, catalog: Catalog, agency_id: str, today: date) -> list[Duty]:
    reports = {(report.task_id, report.period): report for report in await reports_of_agency(db, agency_id)}
    named = [agency_id, *sorted(await groups_of(db, agency_id, today))]
    moved = await extended(db, agency_id)
    given = await tasks_of(db, named)
    reports |= await _inherited(db, catalog.province.agencies, agency_id, [task.id for task, _ in given], reports)
    duties = []
    for task, role in given:
        periods = periods_begun(task, catalog.province.reporting, today)
        own = [
            Duty(task, period.extended(moved.get((task.id, agency_id, period.key))), role, report)
            for period in periods
            for report in [reports.get((task.id, period.key))]
        ]
        duties += [duty for duty in own[:-1] if not duty.handed_in] + own[-1:]
    return sorted(duties, key=lambda duty: _urgency(duty, today))


async def _inherited(
    db: AsyncSession,
    registry: Registry,
    agency_id: str,
    task_ids: Sequence[str],
    own: Mapping[tuple[str, str], ProgressReport],
) -> dict[tuple[str, str], ProgressReport]:
    """By task and period the newest of the reports that stand for one the agency has not begun itself."""
    earlier: dict[tuple[str, str], dict[str, ProgressReport]] = {}
    for forebear in registry.forebears(agency_id):
        for report in await reports_of_agency(db, forebear):
            if report.state in HANDED_IN:
                earlier.setdefault((report.task_id, report.period), {})[forebear] = report
    leads = await leads_of(db, task_ids) if earlier else {}
    found = {}
    for key, handed_in in earlier.items():
        mine = own.get(key)
        standing = standing_for(registry, agency_id, leads.get(key[0], ()), handed_in.__contains__)
        if standing and (mine is None or not (mine.version or mine.draft)):
            found[key] = max((handed_in[one] for one in standing), key=lambda report: report.updated_at)
    return found


def _urgency(duty: Duty, today: date) -> tuple[int, date]:
    left = duty.days_left(today)
    returned = duty.report is not None and duty.report.state is ReportState.RETURNED
    if duty.handed_in:
        rank = 4
    elif left is not None and left < 0 and (duty.owed or returned):
        rank = 0
    elif returned:
        rank = 1
    else:
        rank = 2 if duty.owed else 3
    return rank, duty.due or date.max


async def duty_on(
    db: AsyncSession, catalog: Catalog, task: Task, agency_id: str, key: str | None, today: date
) -> Duty | None:
    """The agency's part in the task for the period of this key; None when it has none, or no such period has begun.

    Without a key the period that presses most is meant.
    """
    own = [duty for duty in await _duties(db, catalog, agency_id, today) if duty.task.id == task.id]
    found = next((duty for duty in own if key in (None, duty.period.key)), None)
    if found is None and own and key is not None:  # an earlier period that was reported on
        period = await period_for(db, task, agency_id, key, catalog.province.reporting, today)
        if period is not None:
            found = replace(own[0], period=period, report=await report_at(db, task.id, agency_id, key))
    return found and replace(found, broken_down=task.id in await broken_down(db))


def only_officers(turn: Turn) -> list[Reply]:
    """For a citizen who asked for an officer's work, and for an officer whose appointment does not hold today."""
    if turn.lapsed is not None:
        return [not_today(turn, turn.lapsed)]
    register = turn.choice("officer.button.register", choice_value("reg", "begin"))
    menu = turn.choice("officer.button.menu", "menu")
    return [turn.say("officer.only_officers", register, menu, department=turn.catalog.province.department.name)]


def not_today(turn: Turn, lapsed: Appointment) -> Reply:
    """Why an officer may not act today, whom to ask, and what they can do all the same."""
    register = turn.choice("officer.button.register", choice_value("reg", "begin"))
    menu = turn.choice("officer.button.menu", "menu")
    agency, department = agency_name(turn, lapsed.agency_id), turn.catalog.province.department.name
    if lapsed.first_day > turn.local_now.date():
        key, when = "officer.lapsed.not_yet", lapsed.first_day
    else:
        key, when = "officer.lapsed.over", lapsed.last_day or turn.local_now.date()
    return turn.say(key, register, menu, agency=agency, day=day(when), department=department)


def agency_name(turn: Turn, agency_id: str) -> str:
    """The agency's name, or its id when the registry no longer has it."""
    return turn.catalog.agency_name(agency_id)


def standing_text(turn: Turn, duty: Duty) -> str:
    today = turn.local_now.date()
    return turn.text(f"officer.standing.{duty.standing(today)}", days=abs(duty.days_left(today) or 0))


def due_text(turn: Turn, duty: Duty) -> str:
    return turn.text("officer.tasks.due", day=day(duty.due)) if duty.due else turn.text("officer.tasks.no_due")


def short(title: str, room: int = LABEL) -> str:
    """A title cut at a word to fit a button."""
    if len(title) <= room:
        return title
    return title[: room - 1].rsplit(" ", 1)[0].rstrip(" ,.;:–-") + "…"


def target_words(text: Texts, target: float | None, unit: str | None, comparison: str | None) -> str:
    """A target as people read it: "ít nhất 5 xã", "100%"."""
    if target is None:
        return text("officer.target.none")
    value = f"{figure(target)}%" if unit == PERCENT else f"{figure(target)} {unit or ''}".strip()
    return text(f"officer.target.{comparison or 'eq'}", value=value)


def target_text(turn: Turn, indicator: Indicator) -> str:
    return target_words(turn.catalog.text, indicator.target, indicator.unit, indicator.comparison)


def last_text(turn: Turn, indicator: Indicator, answers: dict[str, Any] | None) -> str:
    """The value the agency reported last."""
    value = (answers or {}).get("values", {}).get(indicator.id)
    return told(value, indicator.unit or "") if value else turn.text("officer.no_last")
