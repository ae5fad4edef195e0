"""Plans, their tasks and indicators, and which agency owes what by when."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, func
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import state


class Plan(SQLModel, table=True):
    """A plan (kế hoạch); its id is that of its document."""

    id: str = Field(primary_key=True, max_length=60)
    name: str
    issuer: str
    number: str | None = None
    year_from: int
    year_to: int
    obligations: list[Any] = Field(default_factory=list, sa_type=JSON)
    """Periodic reports the plan demands: who, to whom, before when."""
    closed: bool = False
    """Withdrawn or replaced: nothing in it is owed any longer."""


class Task(SQLModel, table=True):
    """A task of a plan. The deadline is kept as written and as dates."""

    id: str = Field(primary_key=True, max_length=60)
    plan_id: str = Field(foreign_key="plan.id", index=True, max_length=60)
    position: int
    path: str = Field(max_length=40)
    parent_id: str | None = Field(default=None, max_length=60)
    title: str
    place: str | None = None
    district_id: str | None = Field(default=None, max_length=60)
    deadline_as_written: str | None = None
    deadline_semantics: str | None = Field(default=None, max_length=20)
    cut_off: date | None = None
    """First day that is too late ("trước ngày 16/12" has cut-off 16/12)."""
    due: date | None = Field(default=None, index=True)
    """Last day in time ("trước ngày 16/12" is due 15/12)."""
    recurrence: str | None = None
    head_confirms: bool = False
    """A report on it counts only once the head of the agency has confirmed it."""


class AssignmentRole(StrEnum):
    LEAD = "lead"
    COORDINATOR = "coordinator"


class Assignment(SQLModel, table=True):
    """An agency (or group, as the plan names it) has a part in a task."""

    task_id: str = Field(primary_key=True, foreign_key="task.id", max_length=60)
    agency_id: str = Field(primary_key=True, foreign_key="agency.id", max_length=60, index=True)
    role: AssignmentRole = Field(sa_type=state(AssignmentRole, "assignment_role"))


class Indicator(SQLModel, table=True):
    """What is counted: of a task, or of a plan as a whole (``task_id`` empty)."""

    id: str = Field(primary_key=True, max_length=60)
    plan_id: str = Field(foreign_key="plan.id", index=True, max_length=60)
    task_id: str | None = Field(default=None, foreign_key="task.id", index=True, max_length=60)
    position: int
    name: str
    target: float | None = None
    unit: str | None = None
    comparison: str | None = Field(default=None, max_length=2)
    cadence: str | None = None


async def tasks_of(
    db: AsyncSession, agency_ids: Sequence[str], role: AssignmentRole | None = None
) -> Sequence[tuple[Task, AssignmentRole]]:
    """Tasks of open plans in which one of the given agencies or groups has a part, by due date then order.

    Pass an agency together with its groups (``groups_of``) to see all it owes. A task assigned twice (to the agency
    and to its group) stands once, with the lead role when it has one.
    """
    query = (
        select(Task, Assignment.role)
        .join(Assignment, col(Assignment.task_id) == col(Task.id))
        .join(Plan, col(Plan.id) == col(Task.plan_id))
        .where(col(Assignment.agency_id).in_(list(agency_ids)), col(Plan.closed).is_(False))
    )
    if role is not None:
        query = query.where(Assignment.role == role)
    best: dict[str, tuple[Task, AssignmentRole]] = {}
    for task, found in (await db.exec(query)).all():
        if task.id not in best or found is AssignmentRole.LEAD:
            best[task.id] = (task, AssignmentRole(found))
    far = date.max
    return sorted(best.values(), key=lambda pair: (pair[0].due or far, pair[0].plan_id, pair[0].position))


async def indicators_of(db: AsyncSession, task_id: str) -> Sequence[Indicator]:
    query = select(Indicator).where(Indicator.task_id == task_id).order_by(col(Indicator.position))
    return (await db.exec(query)).all()


async def leads_of(db: AsyncSession, task_ids: Sequence[str]) -> dict[str, Sequence[str]]:
    """Lead agencies per task, by id, as the plan names them (groups are not expanded). The database puts them together:
    a plan has a hundred thousand of them."""
    together = func.aggregate_strings(col(Assignment.agency_id), " ")
    query = (
        select(Assignment.task_id, together)
        .where(col(Assignment.task_id).in_(list(task_ids)), Assignment.role == AssignmentRole.LEAD)
        .group_by(col(Assignment.task_id))
    )
    found = (await db.exec(query)).all()
    alike = {agencies: sorted(agencies.split()) for agencies in {agencies for _, agencies in found}}
    return {task_id: alike[agencies] for task_id, agencies in found}


async def list_plans(db: AsyncSession, closed: bool = False) -> Sequence[Plan]:
    """The plans in which something is owed; with ``closed`` also those that were withdrawn or replaced."""
    query = select(Plan).order_by(col(Plan.id))
    return (await db.exec(query if closed else query.where(col(Plan.closed).is_(False)))).all()


async def assigned_tasks(db: AsyncSession) -> Sequence[tuple[Task, Assignment]]:
    """Every task of an open plan with every agency or group that has a part in it, by due date then order."""
    query = (
        select(Task, Assignment)
        .join(Assignment, col(Assignment.task_id) == col(Task.id))
        .join(Plan, col(Plan.id) == col(Task.plan_id))
        .where(col(Plan.closed).is_(False))
        .order_by(col(Task.due).is_(None), col(Task.due), col(Task.plan_id), col(Task.position))
    )
    return (await db.exec(query)).all()


async def recurring_tasks(db: AsyncSession) -> Sequence[Task]:
    """The tasks of open plans that come again, in the order of their plans."""
    query = (
        select(Task)
        .join(Plan, col(Plan.id) == col(Task.plan_id))
        .where(col(Task.recurrence).is_not(None), col(Plan.closed).is_(False))
        .order_by(col(Task.plan_id), col(Task.position))
    )
    return (await db.exec(query)).all()


async def broken_down(db: AsyncSession) -> set[str]:
    """Ids of the tasks that a plan breaks down into lines (rows of its annex); such a task is reported on the lines."""
    query = select(Task.parent_id).where(col(Task.parent_id).is_not(None)).distinct()
    return {parent for parent in (await db.exec(query)).all() if parent is not None}


async def tasks_of_plan(db: AsyncSession, plan_id: str) -> Sequence[Task]:
    """The plan's tasks in its own order."""
    return (await db.exec(select(Task).where(Task.plan_id == plan_id).order_by(col(Task.position)))).all()


async def indicators_of_plan(db: AsyncSession, plan_id: str) -> dict[str, list[Indicator]]:
    """Indicators of the plan's tasks, by task, in order."""
    query = (
        select(Indicator)
        .where(Indicator.plan_id == plan_id, col(Indicator.task_id).is_not(None))
        .order_by(col(Indicator.task_id), col(Indicator.position))
    )
    found: dict[str, list[Indicator]] = {}
    for row in (await db.exec(query)).all():
        found.setdefault(row.task_id or "", []).append(row)
    return found
