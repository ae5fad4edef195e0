"""What a plan asks for: its tasks period by period, who owes a report on each, by when. No report is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.plans.periods import Period, periods_begun, subject
from handlers.turn import LOCAL
from storage.extensions import extended
from storage.plans import Indicator, Plan, Task, indicators_of_plan, leads_of, tasks_of_plan
from storage.reports import Key


@dataclass(frozen=True, slots=True)
class Entry:
    """A task and one of its periods: what reports are handed in on."""

    task: Task
    period: Period

    @property
    def id(self) -> str:
        return subject(self.task.id, self.period.key)


@dataclass(frozen=True, slots=True)
class Outline:
    """What is owed in a plan: its tasks, who leads each, what is counted. No report is in it."""

    catalog: Catalog
    now: datetime
    plan: Plan
    tasks: Sequence[Task]
    """In the order of the plan, headings of annexes among them."""
    owing: Mapping[str, Sequence[str]]
    """Agencies that owe a report, by task."""
    leads: Mapping[str, Sequence[str]]
    """Who leads, as the plan names them, by task."""
    unknown: Mapping[str, Sequence[str]]
    """Lead groups whose members are not known, by task."""
    indicators: Mapping[str, Sequence[Indicator]]
    moved: Mapping[Key, date]
    """Last days in time that were moved for an agency."""

    @property
    def today(self) -> date:
        return self.now.astimezone(LOCAL).date()

    @property
    def reported(self) -> list[Entry]:
        """What is reported on: tasks a plan breaks down are on their lines, recurring ones period by period."""
        parents, policy = {task.parent_id for task in self.tasks}, self.catalog.province.reporting
        return [
            Entry(task, period)
            for task in self.tasks
            if task.id not in parents
            for period in periods_begun(task, policy, self.today)
        ]

    def name(self, agency_id: str) -> str:
        return self.catalog.agency_name(agency_id)


async def outline_of(db: AsyncSession, catalog: Catalog, plan_id: str, now: datetime) -> Outline:
    """The plan with what is owed in it. Raises LookupError for an unknown plan."""
    plan = await db.get(Plan, plan_id)
    if plan is None:
        raise LookupError(plan_id)
    tasks = await tasks_of_plan(db, plan_id)
    leads = await leads_of(db, [task.id for task in tasks])
    alike = {named: _bodies(catalog, named) for named in {tuple(leads.get(task.id, ())) for task in tasks}}
    found = {task.id: alike[tuple(leads.get(task.id, ()))] for task in tasks}
    return Outline(
        catalog=catalog,
        now=now,
        plan=plan,
        tasks=tasks,
        owing={task_id: owing for task_id, (owing, _) in found.items()},
        leads=leads,
        unknown={task_id: unknown for task_id, (_, unknown) in found.items()},
        indicators=await indicators_of_plan(db, plan_id),
        moved=await extended(db),
    )


def _bodies(catalog: Catalog, leads: Sequence[str]) -> tuple[list[str], list[str]]:
    """The agencies that owe a report when these lead, and the groups among them whose members are not known."""
    agencies = catalog.province.agencies
    bodies: dict[str, None] = {}
    unknown = []
    for lead in leads:
        for agency_id in agencies.expand(lead) if lead in agencies else (lead,):
            agency = agencies.get(agency_id)
            if agency is not None and agency.level == "group":
                unknown.append(agency_id)
            else:
                bodies[agency_id] = None
    return list(bodies), unknown
