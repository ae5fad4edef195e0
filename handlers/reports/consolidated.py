"""The province's picture of one plan: per task who owes a report, who sent it and when, how far the targets are met.

The result is plain JSON: the console shows it, and every export is made from it. Only submitted reports count; one that
was sent back is shown but not added up. A recurring task stands there once for each of its periods that has begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.plans.periods import Period, subject, titled
from handlers.reports.outline import Entry, Outline, outline_of
from handlers.reports.totals import Value, is_per_agency, meets, percent_of_target, total, total_whole
from handlers.succession.inherited import counting, ended_with_a_report, standing_for
from handlers.turn import LOCAL
from storage.plans import Indicator, Task
from storage.reports import HANDED_IN
from storage.submitted import Submitted, submitted_on

Json = dict[str, Any]
ByAgency = Mapping[str, Submitted]

MISSING = "missing"
"""State of an owed report that was never submitted."""
TOGETHER = 1000
"""Owed reports whose tasks are read in one query: some tens of milliseconds."""


async def submitted_in(db: AsyncSession, outline: Outline) -> AsyncIterator[tuple[Entry, ByAgency]]:
    """Everything that is reported on with what was submitted, a few tasks read at a time: neither the memory nor those
    who share the process feel how large the plan is."""
    before = 0

    def batch(entry: Entry) -> int:
        nonlocal before
        before += len(outline.owing[entry.task.id])
        return before // TOGETHER

    for _, several in groupby(outline.reported, batch):
        entries = list(several)
        found: dict[str, dict[str, Submitted]] = {}
        for report in await submitted_on(db, list({entry.task.id for entry in entries})):
            found.setdefault(subject(report.task_id, report.period), {})[report.agency_id] = report
        for entry in entries:
            yield entry, found.get(entry.id, {})


async def consolidated(db: AsyncSession, catalog: Catalog, plan_id: str, now: datetime) -> Json:
    """The plan as it stands now. Raises LookupError for an unknown plan."""
    outline = await outline_of(db, catalog, plan_id, now)
    rows = {entry.id: task_row(outline, entry, reports) async for entry, reports in submitted_in(db, outline)}
    tasks = in_order(outline, rows)
    return {**head(outline, tasks), "tasks": tasks}


def head(outline: Outline, tasks: Sequence[Json]) -> Json:
    """What stands above the tasks of a picture."""
    plan, province = outline.plan, outline.catalog.province
    return {
        "plan": {"id": plan.id, "name": plan.name, "number": plan.number, "issuer": outline.name(plan.issuer)},
        "department": province.department.name,
        "province": province.department.province,
        "as_of": outline.now.isoformat(),
        "counts": _counts(tasks),
        "difficulties": _difficulties(tasks),
    }


def in_order(outline: Outline, rows: Mapping[str, Json]) -> list[Json]:
    """The rows of what is reported on, and those of the headings above them, in the order of the plan."""
    by_task: dict[str, list[Json]] = {}
    for row in rows.values():
        by_task.setdefault(row["task"], []).append(row)
    lines: dict[str | None, list[Json]] = {}
    for task in outline.tasks:
        lines.setdefault(task.parent_id, []).extend(by_task.get(task.id, ()))
    parents = {task.parent_id for task in outline.tasks}
    return [
        row
        for task in outline.tasks
        for row in ([_heading(outline, task, lines[task.id])] if task.id in parents else by_task.get(task.id, ()))
    ]


def task_row(outline: Outline, entry: Entry, reports: ByAgency) -> Json:
    """A task with every agency that owes a report on it, or handed one in."""
    task = entry.task
    registry, leads = outline.catalog.province.agencies, outline.leads.get(task.id, ())
    owing = [*outline.owing[task.id], *ended_with_a_report(registry, leads, reports)]
    indicators = outline.indicators.get(task.id, [])
    handed_in = {agency for agency, report in reports.items() if report.state in HANDED_IN}
    earlier = {one for agency in owing for one in registry.forebears(agency)}
    agencies = [_owing(outline, entry, agency, reports, handed_in) for agency in owing]
    owed = set(owing)
    agencies += [
        _agency(outline, entry, agency, "predecessor" if agency in earlier else "coordinator", reports[agency])
        for agency in sorted(reports.keys() - owed)
    ]
    counted = [reports[agency].answers for agency in counting(registry, owing, leads, handed_in)]
    return {
        **entry_head(outline, entry),
        "broken_down": False,
        "indicators": [_indicator(one, [_value(answers, one) for answers in counted]) for one in indicators],
        "agencies": agencies,
        "unknown_groups": [outline.name(group) for group in outline.unknown[task.id]],
    }


def _heading(outline: Outline, task: Task, lines: Sequence[Json]) -> Json:
    """A task broken down into the lines of an annex: its figures are those of its lines added up."""
    values = [
        {"value": one["reported"], "part": None, "whole": one["whole"]}
        for line in lines
        for one in line["indicators"]
        if one["reported"] is not None
    ]
    indicators = [_indicator(one, values) for one in outline.indicators.get(task.id, [])]
    head = entry_head(outline, Entry(task, Period(due=task.due)))
    return {**head, "broken_down": True, "indicators": indicators, "agencies": [], "unknown_groups": []}


def entry_head(outline: Outline, entry: Entry) -> Json:
    """What a row says of its task and period."""
    task, due = entry.task, entry.period.due
    return {
        "id": entry.id,
        "task": task.id,
        "period": entry.period.key,
        "since": entry.period.since.isoformat() if entry.period.since else None,
        "path": task.path,
        "parent": task.parent_id,
        "title": titled(outline.catalog.text, task.title, entry.period.key),
        "place": task.place,
        "deadline": {"as_written": task.deadline_as_written, "due": due.isoformat() if due else None},
    }


def _indicator(indicator: Indicator, found: Sequence[Value | None]) -> Json:
    values = [value for value in found if value is not None and value["value"] is not None]
    reported = total(indicator, values)
    met = [meets(indicator, value["value"]) for value in values]
    return {
        "id": indicator.id,
        "name": indicator.name,
        "target": indicator.target,
        "unit": indicator.unit,
        "comparison": indicator.comparison,
        "per_agency": is_per_agency(indicator),
        "reported": reported,
        "whole": total_whole(values),
        "percent_of_target": percent_of_target(indicator, reported),
        "met": meets(indicator, reported),
        "agencies_reporting": len(values),
        "agencies_meeting": sum(one is True for one in met),
    }


def listed_row(outline: Outline, entry: Entry, agency_id: str, reports: ByAgency, lead: bool) -> Json:
    """The row of one agency, of whose and whose forebears' reports no other is needed."""
    if not lead:
        return _agency(outline, entry, agency_id, "coordinator", reports.get(agency_id))
    handed_in = {agency for agency, report in reports.items() if report.state in HANDED_IN}
    return _owing(outline, entry, agency_id, reports, handed_in)


def _owing(
    outline: Outline,
    entry: Entry,
    agency_id: str,
    reports: ByAgency,
    handed_in: Collection[str],
) -> Json:
    """The row of an agency that owes a report; while it has none, that of the forebear whose report stands for it."""
    registry, leads = outline.catalog.province.agencies, outline.leads.get(entry.task.id, ())
    done = agency_id in handed_in
    standing = [] if done else standing_for(registry, agency_id, leads, handed_in.__contains__)
    if not standing:
        return _agency(outline, entry, agency_id, "lead", reports.get(agency_id))
    newest = max(standing, key=lambda one: reports[one].submitted_at)
    row = _agency(outline, entry, newest, "lead", reports[newest])
    mine = {"agency": {"id": agency_id, "name": outline.name(agency_id)}, "reported_by": row["agency"]["name"]}
    return {**row, **mine, "difficulties": None}  # they stand in the forebear's own row


def _agency(
    outline: Outline,
    entry: Entry,
    agency_id: str,
    role: str,
    report: Submitted | None,
) -> Json:
    due = entry.period.extended(outline.moved.get((entry.task.id, agency_id, entry.period.key))).due
    overdue = role == "lead" and due is not None and due < outline.today
    row: Json = {
        "agency": {"id": agency_id, "name": outline.name(agency_id)},
        "role": role,
        "due": due.isoformat() if due else None,
        "state": report.state.value if report else MISSING,
        "overdue": overdue and (report is None or report.state not in HANDED_IN),
        "late_days": 0,
    }
    if report is None:
        return row
    handed_in = report.first_submitted_at.astimezone(LOCAL).date()
    answers = report.answers
    return {
        **row,
        "agency": {"id": agency_id, "name": outline.catalog.agency_then(agency_id, handed_in)},
        "report": report.id,
        "receipt": report.receipt,
        "version": report.version,
        "submitted_at": report.submitted_at.isoformat(),
        "late_days": max(0, (handed_in - due).days) if due else 0,
        "return_reason": report.return_reason,
        "status": answers.get("status"),
        "values": [
            {
                "indicator": one.id,
                "name": one.name,
                "unit": one.unit,
                "target": one.target,
                "reported": value,
                "percent_of_target": percent_of_target(one, value["value"]) if value else None,
                "met": meets(one, value["value"]) if value else None,
            }
            for one in outline.indicators.get(entry.task.id, [])
            for value in [_value(answers, one)]
        ],
        **{key: answers.get(key) for key in ("work", "difficulties", "finished_on", "expected_on", "evidence")},
    }


def _value(answers: Mapping[str, Any], indicator: Indicator) -> Value | None:
    found: Value | None = answers.get("values", {}).get(indicator.id)
    return found


def _counts(rows: Sequence[Json]) -> Json:
    """Reports owed and what became of them: "late" came after the last day, "overdue" have not come and should have."""
    owed = [agency for row in rows for agency in row["agencies"] if agency["role"] == "lead"]
    states = Counter(agency["state"] for agency in owed)
    reporting = [row for row in rows if not row["broken_down"]]
    return {
        "tasks": len(reporting),
        "owed": len(owed),
        "handed_in": states["submitted"] + states["accepted"],
        "submitted": states["submitted"],
        "accepted": states["accepted"],
        "returned": states["returned"],
        "missing": states[MISSING],
        "late": sum(agency["late_days"] > 0 for agency in owed),
        "overdue": sum(agency["overdue"] for agency in owed),
        "done": sum(agency.get("status") == "done" and agency["state"] != "returned" for agency in owed),
    }


def _difficulties(rows: Sequence[Json]) -> list[Json]:
    """What agencies find hard or ask for, in the order of the plan."""
    return [
        {"task": row["title"], "path": row["path"], "agency": agency["agency"]["name"], "text": agency["difficulties"]}
        for row in rows
        for agency in row["agencies"]
        if agency.get("difficulties")
    ]
