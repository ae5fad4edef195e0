"""Requests of agencies for more time on a report, and what the department decided."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, func, text
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime, state
from storage.plans import Task
from storage.reports import Key

_WAITS = text("state = 'waiting'")


class ExtensionState(StrEnum):
    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Extension(SQLModel, table=True):
    """An agency asks to hand one report in later. At most one request for a report waits at a time."""

    __table_args__ = (
        Index(
            "uq_extension_waiting",
            "task_id",
            "agency_id",
            "period",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: str = Field(foreign_key="task.id", index=True, max_length=60)
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    period: str = Field(max_length=10)
    """As in ``storage.reports``."""
    due: date
    """Last day in time when it was asked."""
    until: date
    """Last day in time the agency asks for."""
    reason: str = Field(sa_type=EncryptedText)
    contact_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    """The officer who asked; None once erased."""
    asked_at: datetime = Field(sa_type=UTCDateTime)
    state: ExtensionState = Field(
        default=ExtensionState.WAITING, sa_type=state(ExtensionState, "extension_state"), index=True
    )
    granted_until: date | None = None
    """Last day in time the department gives: the one asked for, or another."""
    answer: str | None = None
    """Why it was refused, or what goes with the day."""
    decided_by: str | None = Field(default=None, max_length=60)
    """Console account."""
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Also when it was withdrawn."""


async def extension_for_update(db: AsyncSession, extension_id: int) -> Extension | None:
    """The request as it is now, held until the caller's transaction ends."""
    query = select(Extension).where(Extension.id == extension_id).with_for_update()
    return (await db.exec(query.execution_options(populate_existing=True))).one_or_none()


async def newest_extension(db: AsyncSession, task_id: str, agency_id: str, period: str) -> Extension | None:
    """The agency's newest request about the report."""
    query = select(Extension).where(
        Extension.task_id == task_id, Extension.agency_id == agency_id, Extension.period == period
    )
    return (await db.exec(query.order_by(col(Extension.id).desc()).limit(1))).one_or_none()


async def extended(db: AsyncSession, agency_id: str | None = None) -> dict[Key, date]:
    """Last days in time that the department has moved, of one agency or of all: the newest decision counts."""
    query = select(Extension).where(Extension.state == ExtensionState.GRANTED).order_by(col(Extension.id))
    if agency_id is not None:
        query = query.where(Extension.agency_id == agency_id)
    return {
        (row.task_id, row.agency_id, row.period): row.granted_until
        for row in (await db.exec(query)).all()
        if row.granted_until is not None
    }


async def extensions(db: AsyncSession, waiting: bool, limit: int) -> Sequence[Extension]:
    """Requests that wait, the longest waiting first; or all, newest first."""
    query = select(Extension).limit(limit)
    if waiting:
        query = query.where(Extension.state == ExtensionState.WAITING).order_by(col(Extension.id))
    else:
        query = query.order_by(col(Extension.id).desc())
    return (await db.exec(query)).all()


async def count_waiting_extensions(db: AsyncSession) -> int:
    query = select(func.count()).select_from(Extension).where(Extension.state == ExtensionState.WAITING)
    return (await db.exec(query)).one()


async def last_decision(db: AsyncSession, plan_id: str) -> datetime | None:
    """When a request about a task of the plan was last decided or taken back."""
    query = (
        select(func.max(col(Extension.decided_at)))
        .join(Task, col(Task.id) == col(Extension.task_id))
        .where(Task.plan_id == plan_id)
    )
    return (await db.exec(query)).one()
