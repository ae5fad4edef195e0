"""The reports plans demand by themselves (Nghị định 09/2019/NĐ-CP): who reports to whom, when, and what comes next.

The department owes some upward and collects others; each has an occasion a year, or one in all. What the department
has sent is written down with the number and day of its document, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.plans.periods import MONTHS, Period, Standing, periods_begun
from handlers.turn import LOCAL
from storage.audit import note
from storage.obligations import ObligationDone, obligations_done
from storage.plans import Plan, Task, assigned_tasks, leads_of, list_plans

Json = dict[str, Any]
ONCE = "once"
BY_RULE = (12, 24)
"""Last day in time where the plan names none: before the 25th of the period's last month (Điều 13)."""
LONGEST_NUMBER = 60
NEAR = 21
"""Days ahead from which an occasion is work for the department."""


class Kind(StrEnum):
    """Kinds of reports (Điều 4)."""

    PERIODIC = "periodic"
    THEMATIC = "thematic"


class Step(StrEnum):
    """What comes next for a report the department owes."""

    DONE = "done"
    LATE = "late"
    COLLECT = "collect"
    """The units' last day is still to come."""
    WRITE = "write"
    """It is past: their reports are put together and sent."""
    WAIT = "wait"
    """No unit reports before it; there is time."""


class NotSettled(ValueError):
    """What was written about the outgoing document does not do: no number, or no day that has come."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time a report is owed."""

    plan: Plan
    obligation: Json
    key: str
    since: date | None
    """First day its figures cover; None for a report owed once."""
    until: date | None
    due: date
    """Last day in time."""
    by_rule: bool
    """The plan names no day: it follows from the decree."""
    collected_by: date | None = None
    """Last day in time of those who report for it to the department."""
    done: ObligationDone | None = None

    @property
    def kind(self) -> Kind:
        return Kind.PERIODIC if self.key != ONCE else Kind.THEMATIC

    @property
    def on_demand(self) -> bool:
        """Whether it may be asked for out of turn as well (đột xuất)."""
        return bool(self.obligation.get("adhoc"))

    def days_left(self, today: date) -> int:
        return (self.due - today).days

    def step(self, today: date) -> Step:
        if self.done is not None:
            return Step.DONE
        if self.due < today:
            return Step.LATE
        if self.collected_by is None:
            return Step.WAIT
        return Step.COLLECT if today <= self.collected_by else Step.WRITE


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the department owes upward, and what it is owed; what presses first."""

    upward: Sequence[Occasion]
    collected: Sequence[Occasion]

    def pressing(self, today: date) -> list[Occasion]:
        """What the department owes and that is late or near."""
        return [one for one in self.upward if one.done is None and one.days_left(today) <= NEAR]


async def timeline(db: AsyncSession, catalog: Catalog, today: date) -> Timeline:
    """Every occasion of this year, and those of earlier years the department has not settled."""
    department = catalog.province.department.id
    done = {(row.plan_id, row.obligation_id, row.occasion): row for row in await obligations_done(db)}
    upward: list[Occasion] = []
    collected: list[Occasion] = []
    for plan in await list_plans(db):
        own = [one for one in plan.obligations if department in one["from"]]
        others = [one for one in plan.obligations if department in one["to"] and department not in one["from"]]
        units = [found for one in others for found in _occasions(catalog, plan, one, today)]
        collected += [one for one in units if one.due.year == today.year or one.due >= today]
        for one in own:
            for found in _occasions(catalog, plan, one, today):
                before = [unit.due for unit in units if unit.due.year == found.due.year and unit.due <= found.due]
                row = done.get((plan.id, one["id"], found.key))
                if row is None or found.due.year == today.year:
                    upward.append(replace(found, collected_by=max(before, default=None), done=row))
    return Timeline(
        sorted(upward, key=lambda one: (one.done is not None, one.due, one.plan.id)),
        sorted(collected, key=lambda one: (one.due < today, one.due, one.plan.id)),
    )


@dataclass(frozen=True, slots=True)
class Recurring:
    """A task reported on again and again: one of its periods that still takes reports, and who reports."""

    task: Task
    plan: Plan
    period: Period
    standing: Standing
    leads: Sequence[str]


async def recurring(db: AsyncSession, catalog: Catalog, today: date) -> list[Recurring]:
    """The periods of recurring tasks that are open or closing, by last day in time."""
    policy, plans = catalog.province.reporting, {plan.id: plan for plan in await list_plans(db)}
    tasks = {task.id: task for task, _ in await assigned_tasks(db) if task.recurrence in MONTHS}
    leads = await leads_of(db, list(tasks)) if tasks else {}
    found = [
        Recurring(task, plans[task.plan_id], period, standing, leads.get(task.id, ()))
        for task in tasks.values()
        for period in periods_begun(task, policy, today)
        for standing in [period.standing(today, policy.late_days)]
        if standing is not Standing.CLOSED
    ]
    return sorted(found, key=lambda one: (one.period.due or date.max, one.task.plan_id, one.task.position))


def _occasions(catalog: Catalog, plan: Plan, obligation: Json, today: date) -> list[Occasion]:
    """The obligation's occasions up to this year's."""
    if obligation.get("due_month_day"):
        month, day = (int(part) for part in obligation["due_month_day"].split("-"))
        last_day = catalog.province.reporting.last_day
        years = range(max(obligation["year_from"], today.year - 1), min(obligation["year_to"], today.year) + 1)
        return [
            Occasion(
                plan,
                obligation,
                str(year),
                date(year - 1, 12, last_day) + timedelta(days=1),
                date(year, 12, last_day),
                date(year, month, day),
                by_rule=False,
            )
            for year in years
        ]
    named = obligation.get("due")
    due = date.fromisoformat(named) if named else date(obligation["year_to"], *BY_RULE)
    return [Occasion(plan, obligation, ONCE, None, None, due, by_rule=not named)]


async def settle(
    db: AsyncSession,
    catalog: Catalog,
    plan_id: str,
    obligation_id: str,
    key: str,
    number: str,
    issued_on: date | None,
    actor: str,
    now: datetime,
) -> None:
    """Write down that the department has sent the report. Raises NotSettled; LookupError for what it does not owe."""
    today, number = now.astimezone(LOCAL).date(), " ".join(number.split())
    upward = (await timeline(db, catalog, today)).upward
    if not any((one.plan.id, one.obligation["id"], one.key) == (plan_id, obligation_id, key) for one in upward):
        raise LookupError(obligation_id)
    if not number or len(number) > LONGEST_NUMBER or issued_on is None or issued_on > today:
        raise NotSettled
    await db.merge(
        ObligationDone(
            plan_id=plan_id,
            obligation_id=obligation_id,
            occasion=key,
            number=number,
            issued_on=issued_on,
            done_by=actor,
            done_at=now,
        )
    )
    about = f"plan:{plan_id}"
    note(db, actor, "obligation.done", about, now, obligation=obligation_id, occasion=key, number=number)


async def unsettle(
    db: AsyncSession, plan_id: str, obligation_id: str, key: str, actor: str, now: datetime
) -> ObligationDone:
    """Take that back; what stood there. Raises LookupError when nothing did."""
    row = await db.get(ObligationDone, (plan_id, obligation_id, key))
    if row is None:
        raise LookupError(obligation_id)
    await db.delete(row)
    about = f"plan:{plan_id}"
    note(db, actor, "obligation.undone", about, now, obligation=obligation_id, occasion=key, number=row.number)
    return row
