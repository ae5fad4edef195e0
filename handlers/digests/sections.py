"""The sections of one agency's edition, worked out from what the week holds. Pure: no database, no clock.

Everything returned is plain JSON, structured and not laid out, so that the same week composes to the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from content.catalog import Catalog, anniversaries_between
from handlers.digests.weeks import Week
from handlers.plans.periods import Period, Standing, periods_begun, titled
from handlers.succession.inherited import standing_for
from storage.agencies import Agency
from storage.corrections import Correction
from storage.directives import Directive, DirectiveItem
from storage.plans import AssignmentRole, Plan, Task
from storage.reports import HANDED_IN, WHOLE, Key, ReportState

AHEAD = timedelta(weeks=6)
"""Deadlines up to this long after the week's Sunday are told."""
DAYS_AHEAD = timedelta(days=10)
"""Days to remember up to this long after the week's Sunday are told."""

_CHAPTER = re.compile(r"^[IVX]+\.")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IssuedItem:
    """An item in force, with the directive it stands in and whom the document names as providers."""

    directive: Directive
    item: DirectiveItem
    providers: tuple[str, ...]
    correction: Correction | None = None
    """The newest one that was approved."""


@dataclass(frozen=True, slots=True)
class GivenTask:
    """A task and the part each agency or group has in it."""

    task: Task
    parts: Mapping[str, AssignmentRole]


@dataclass(frozen=True, slots=True)
class WeekMatter:
    """Everything one week's editions are made of."""

    week: Week
    catalog: Catalog
    names: Mapping[str, str]
    groups: Mapping[str, set[str]]
    directives: Sequence[Directive]
    items: Sequence[IssuedItem]
    plans: Mapping[str, Plan]
    tasks: Sequence[GivenTask]
    reports: Mapping[tuple[str, str, str], ReportState] = field(default_factory=dict)
    """By task, agency and period."""
    moved: Mapping[Key, date] = field(default_factory=dict)
    """Last days in time that were moved for an agency."""

    def groups_of(self, agency_id: str) -> set[str]:
        return self.groups.get(agency_id, set())

    def report_on(self, entry: GivenTask, period: str, agency_id: str) -> ReportState | None:
        """Where the agency's report on the task and period stands, or those that stand for it."""
        task_id = entry.task.id
        own = self.reports.get((task_id, agency_id, period))
        if own in (None, ReportState.DRAFT):
            leads = [name for name, role in entry.parts.items() if role is AssignmentRole.LEAD]
            registry, reports = self.catalog.province.agencies, self.reports
            if standing_for(registry, agency_id, leads, lambda one: reports.get((task_id, one, period)) in HANDED_IN):
                return ReportState.SUBMITTED
        return own


def item_number(path: str) -> str:
    """The number people quote: ``I.1.2`` is item 1.2 of its document."""
    return _CHAPTER.sub("", path)


def item_bases(catalog: Catalog) -> dict[str, list[str]]:
    """Numbers of the documents an item rests on, by item id, where the content tells them."""
    return {item.id: item.basis for spec in catalog.province.directives.values() for item in spec.items}


def document_json(directive: Directive) -> Json:
    return {"id": directive.id, "kind": directive.kind, "number": directive.number, "title": directive.title}


def provided(matter: WeekMatter, agency: Agency) -> list[Json]:
    """Items the agency supplies information on: those that name it first, then those that name its group."""
    groups = matter.groups_of(agency.id)
    direct = [_item(matter, entry, None) for entry in matter.items if agency.id in entry.providers]
    by_group = [
        _item(matter, entry, next(name for name in entry.providers if name in groups))
        for entry in matter.items
        if agency.id not in entry.providers and groups.intersection(entry.providers)
    ]
    return direct + by_group


def topics(matter: WeekMatter, agency: Agency, own: Sequence[Json]) -> list[Json]:
    """What the agency is asked to make known, from directives in which it supplies nothing itself."""
    supplying = {entry["document"]["id"] for entry in own}
    named = {agency.id, *matter.groups_of(agency.id)}
    return [
        _item(matter, entry, None)
        for entry in matter.items
        if entry.directive.id not in supplying
        and entry.directive.issuer != agency.id  # an office does not write to itself
        and named.intersection(entry.item.targets)
    ]


def _item(matter: WeekMatter, entry: IssuedItem, group: str | None) -> Json:
    item, correction = entry.item, entry.correction
    made = {} if correction is None else {"revision": correction.id, "corrected_at": _moment(correction.decided_at)}
    since = item.from_date or entry.directive.period_from
    return {
        "id": item.id,
        "number": item_number(item.path),
        "title": item.title,
        "summary": item.summary,
        "period": item.period_as_written,
        "continued": since is not None and since < matter.week.first,
        "group": None if group is None else matter.names.get(group, group),
        "document": document_json(entry.directive),
        **made,
    }


def duties(matter: WeekMatter, agency: Agency) -> list[Json]:
    """What the directives ask the agency to organise."""
    named = {agency.id, *matter.groups_of(agency.id)}
    return [
        {"summary": duty["summary"], "document": document_json(directive)}
        for directive in matter.directives
        if directive.issuer != agency.id
        for duty in directive.duties
        if named.intersection(duty["who"])
    ]


def tasks(matter: WeekMatter, agency: Agency, role: AssignmentRole) -> list[Json]:
    """The agency's tasks in that role: overdue and unreported, due within AHEAD, or recurring; by due date. A recurring
    one stands there with its newest period, and with each earlier one that is owed and still taken.

    A line of a plan's annex is folded into the task it is part of. A task that the plan breaks down into lines is
    reported on them, so it concerns only agencies with a line of their own.
    """
    named = {agency.id, *matter.groups_of(agency.id)}
    broken_down = {entry.task.parent_id for entry in matter.tasks}
    found = {
        (entry.task.id, period.key): _task(matter, entry, period, agency)
        for entry in matter.tasks
        if _role(entry, named) is role
        for period in _periods(matter, entry.task, agency)
        if _is_current(matter, entry, period, agency, role)
    }
    whole: list[Json] = []
    for (_, key), task in found.items():
        parent = found.get((task.pop("parent") or "", key))
        if parent is None:
            whole.append(task)
        else:
            parent["parts"].append({name: task[name] for name in ("id", "period", "title", "place", "report")})
    for task in whole:
        if task["parts"]:
            task["report"] = _report_on_parts(task["parts"])
    return [task for task in whole if task["parts"] or task["id"] not in broken_down]


def _report_on_parts(parts: Sequence[Json]) -> str | None:
    """One word for the reports on all lines of a task: handed in when all are, returned when one is."""
    found = {part["report"] for part in parts}
    if ReportState.RETURNED.value in found:
        return ReportState.RETURNED.value
    return ReportState.SUBMITTED.value if found <= HANDED_IN else None


def _role(entry: GivenTask, named: set[str]) -> AssignmentRole | None:
    roles = {role for name, role in entry.parts.items() if name in named}
    if AssignmentRole.LEAD in roles:
        return AssignmentRole.LEAD
    return next(iter(roles), None)


def _periods(matter: WeekMatter, task: Task, agency: Agency) -> list[Period]:
    """The task's periods that have begun, with the time the agency was given."""
    begun = periods_begun(task, matter.catalog.province.reporting, matter.week.first)
    return [period.extended(matter.moved.get((task.id, agency.id, period.key))) for period in begun]


def _is_current(matter: WeekMatter, entry: GivenTask, period: Period, agency: Agency, role: AssignmentRole) -> bool:
    task, due, late_days = entry.task, period.due, matter.catalog.province.reporting.late_days
    if due is None or matter.week.last.year < matter.plans[task.plan_id].year_from:
        return False
    if due < matter.week.first:  # only who leads owes a report
        unreported = matter.report_on(entry, period.key, agency.id) not in HANDED_IN
        lost = period.key != WHOLE and period.standing(matter.week.first, late_days) is Standing.CLOSED
        return role is AssignmentRole.LEAD and unreported and not lost
    return task.recurrence is not None or due <= matter.week.last + AHEAD


def _task(matter: WeekMatter, entry: GivenTask, period: Period, agency: Agency) -> Json:
    task = entry.task
    plan = matter.plans[task.plan_id]
    report = matter.report_on(entry, period.key, agency.id)
    return {
        "id": task.id,
        "period": period.key,
        "parent": task.parent_id,
        "title": titled(matter.catalog.text, task.title, period.key),
        "place": task.place,
        "plan": {"id": plan.id, "name": plan.name},
        "as_written": None if period.moved else task.deadline_as_written,
        "semantics": None if period.moved else task.deadline_semantics,
        "cut_off": _iso(period.cut_off),
        "due": _iso(period.due),
        "recurrence": task.recurrence,
        "overdue": period.due is not None and period.due < matter.week.first,
        "report": None if report is None else report.value,
        "parts": [],
    }


def obligations(matter: WeekMatter, agency: Agency) -> list[Json]:
    """Reports the plans demand of the agency, due within AHEAD or a week overdue, by due date."""
    named = {agency.id, *matter.groups_of(agency.id)}
    found = []
    for plan in matter.plans.values():
        for duty in plan.obligations:
            if agency.id in duty["to"] or not named.intersection(duty["from"]):
                continue
            for cut_off, due in _occasions(duty, matter.week):
                if matter.week.first - timedelta(days=7) <= due <= matter.week.last + AHEAD:
                    found.append(_obligation(matter, plan, duty, cut_off, due))
    return sorted(found, key=lambda entry: (entry["due"], entry["id"]))


def _occasions(duty: Json, week: Week) -> list[tuple[date | None, date]]:
    """When the report is due: (first day too late, last day in time), once or in each year around the week."""
    if duty.get("due"):
        return [(_day(duty.get("cut_off")), date.fromisoformat(duty["due"]))]
    if not duty.get("due_month_day"):
        return []
    years = range(max(duty["year_from"], week.first.year - 1), min(duty["year_to"], week.last.year + 1) + 1)
    return [
        (
            _day(f"{year}-{duty['cut_off_month_day']}" if duty.get("cut_off_month_day") else None),
            date.fromisoformat(f"{year}-{duty['due_month_day']}"),
        )
        for year in years
    ]


def _obligation(matter: WeekMatter, plan: Plan, duty: Json, cut_off: date | None, due: date) -> Json:
    return {
        "id": duty["id"],
        "content": duty["content"],
        "to": [matter.names.get(receiver, receiver) for receiver in duty["to"]],
        "plan": {"id": plan.id, "name": plan.name},
        "as_written": duty["as_written"],
        "semantics": duty["semantics"],
        "cut_off": _iso(cut_off),
        "due": _iso(due),
        "overdue": due < matter.week.first,
    }


def days(matter: WeekMatter) -> list[Json]:
    """Days to remember in the week and the DAYS_AHEAD after it; one tied to a year is told in that year only."""
    last = matter.week.last + DAYS_AHEAD
    return [
        {"id": entry.id, "date": when.isoformat(), "name": entry.name}
        for when, entry in anniversaries_between(matter.catalog, matter.week.first, last)
        if entry.year in (None, when.year)
    ]


def slogans(matter: WeekMatter, own: Sequence[Json]) -> list[str]:
    """The directives' approved slogans: on the items the agency supplies, or all where it supplies none."""
    items = {entry["id"] for entry in own}
    known = {slogan.id: slogan for slogan in matter.catalog.slogans if slogan.id}
    found: dict[str, None] = {}
    for directive in matter.directives:
        for name in directive.slogans:
            slogan = known.get(name)
            if slogan is None:  # an imported directive holds the words themselves
                found[str(name)] = None
            elif slogan.approved and (not items or slogan.item is None or slogan.item in items):
                found[slogan.text] = None
    return list(found)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
