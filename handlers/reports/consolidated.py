"""The province's picture of one plan: per task who owes a report, who sent it and when, how far the targets are met.

The result is plain JSON: the console shows it, and every export is made from it. Only submitted reports count; one that
was sent back is shown but not added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.reports.totals import Value, is_per_agency, meets, percent_of_target, total, total_whole
from handlers.turn import LOCAL
from storage.plans import Indicator, Plan, Task, indicators_of_plan, leads_of, tasks_of_plan
from storage.reports import HANDED_IN, ProgressReport, ReportVersion, reports_of_plan, versions_of_plan

Json = dict[str, Any]

MISSING = "missing"
"""State of an owed report that was never submitted."""


@dataclass(slots=True)
class _Matter:
    """Everything stored about a plan, read once."""

    catalog: Catalog
    today: date
    tasks: Sequence[Task]
    leads: Mapping[str, list[str]]
    indicators: Mapping[str, list[Indicator]]
    reports: dict[str, dict[str, ProgressReport]] = field(default_factory=dict)
    """By task, then agency; only those that were submitted at least once."""
    versions: Mapping[int, list[ReportVersion]] = field(default_factory=dict)

    def name(self, agency_id: str) -> str:
        return self.catalog.agency_name(agency_id)

    def owing(self, task: Task) -> tuple[list[str], list[str]]:
        """The agencies that owe a report on the task, and the lead groups whose members are not known."""
        registry = self.catalog.province.agencies
        bodies: dict[str, None] = {}
        unknown = []
        for lead in self.leads.get(task.id, []):
            for agency_id in registry.expand(lead) if lead in registry else (lead,):
                agency = registry.get(agency_id)
                if agency is not None and agency.level == "group":
                    unknown.append(agency_id)
                else:
                    bodies[agency_id] = None
        return list(bodies), unknown


async def consolidated(db: AsyncSession, catalog: Catalog, plan_id: str, now: datetime) -> Json:
    """The plan as it stands now. Raises LookupError for an unknown plan."""
    plan = await db.get(Plan, plan_id)
    if plan is None:
        raise LookupError(plan_id)
    tasks = await tasks_of_plan(db, plan_id)
    matter = _Matter(
        catalog=catalog,
        today=now.astimezone(LOCAL).date(),
        tasks=tasks,
        leads=await leads_of(db, [task.id for task in tasks]),
        indicators=await indicators_of_plan(db, plan_id),
        versions=await versions_of_plan(db, plan_id),
    )
    for report in await reports_of_plan(db, plan_id):
        if report.version:
            matter.reports.setdefault(report.task_id, {})[report.agency_id] = report
    parents = {task.parent_id for task in tasks if task.parent_id}
    rows = {task.id: _task(matter, task) for task in tasks if task.id not in parents}
    for task in tasks:
        if task.id in parents:
            lines = [rows[line.id] for line in tasks if line.parent_id == task.id]
            rows[task.id] = _heading(matter, task, lines)
    ordered = [rows[task.id] for task in tasks]
    return {
        "plan": {"id": plan.id, "name": plan.name, "number": plan.number, "issuer": matter.name(plan.issuer)},
        "department": catalog.province.department.name,
        "province": catalog.province.department.province,
        "as_of": now.isoformat(),
        "counts": _counts(ordered),
        "tasks": ordered,
        "difficulties": _difficulties(ordered),
    }


def _task(matter: _Matter, task: Task) -> Json:
    owing, unknown = matter.owing(task)
    reports = matter.reports.get(task.id, {})
    indicators = matter.indicators.get(task.id, [])
    agencies = [_agency(matter, task, indicators, agency, "lead") for agency in owing]
    agencies += [_agency(matter, task, indicators, agency, "coordinator") for agency in reports if agency not in owing]
    counted = [
        latest.answers
        for agency in owing
        if (report := reports.get(agency)) is not None
        and report.state in HANDED_IN
        and (latest := _latest(matter, report)) is not None
    ]
    return {
        **_head(task),
        "broken_down": False,
        "indicators": [_indicator(one, [_value(answers, one) for answers in counted]) for one in indicators],
        "agencies": agencies,
        "unknown_groups": [matter.name(group) for group in unknown],
    }


def _heading(matter: _Matter, task: Task, lines: Sequence[Json]) -> Json:
    """A task broken down into the lines of an annex: its figures are those of its lines added up."""
    values = [
        {"value": one["reported"], "part": None, "whole": one["whole"]}
        for line in lines
        for one in line["indicators"]
        if one["reported"] is not None
    ]
    indicators = [_indicator(one, values) for one in matter.indicators.get(task.id, [])]
    return {**_head(task), "broken_down": True, "indicators": indicators, "agencies": [], "unknown_groups": []}


def _head(task: Task) -> Json:
    return {
        "id": task.id,
        "path": task.path,
        "parent": task.parent_id,
        "title": task.title,
        "place": task.place,
        "deadline": {"as_written": task.deadline_as_written, "due": task.due.isoformat() if task.due else None},
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


def _agency(matter: _Matter, task: Task, indicators: Sequence[Indicator], agency_id: str, role: str) -> Json:
    report = matter.reports.get(task.id, {}).get(agency_id)
    latest = _latest(matter, report)
    owed = role == "lead"
    overdue = owed and task.due is not None and task.due < matter.today
    row: Json = {
        "agency": {"id": agency_id, "name": matter.name(agency_id)},
        "role": role,
        "state": report.state.value if report else MISSING,
        "overdue": overdue and (report is None or report.state not in HANDED_IN),
        "late_days": 0,
    }
    if report is None or latest is None:
        return row
    first = matter.versions[report.id or 0][0]
    handed_in = first.submitted_at.astimezone(LOCAL).date()
    answers = latest.answers
    return {
        **row,
        "receipt": report.receipt,
        "version": latest.version,
        "submitted_at": latest.submitted_at.isoformat(),
        "late_days": max(0, (handed_in - task.due).days) if task.due else 0,
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
            for one in indicators
            for value in [_value(answers, one)]
        ],
        **{key: answers.get(key) for key in ("work", "difficulties", "finished_on", "expected_on", "evidence")},
    }


def _latest(matter: _Matter, report: ProgressReport | None) -> ReportVersion | None:
    return None if report is None else matter.versions[report.id or 0][-1]


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
