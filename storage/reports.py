"""Progress reports of agencies on tasks: drafts, submitted versions, what came of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.mutable import MutableDict
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.codes import new_code
from storage.columns import UTCDateTime, state
from storage.plans import Task

WHOLE = ""
"""Key of the only period of a task that is reported on once."""
RECEIPT = "BC"
"""Before the year in a receipt code: báo cáo."""
Key = tuple[str, str, str]
"""Task, agency and period of a report."""


class ReportState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


HANDED_IN = frozenset({ReportState.SUBMITTED, ReportState.ACCEPTED})
"""States of a report the agency need do no more about."""


class VersionKind(StrEnum):
    """What a version is to the one before it."""

    FIRST = "first"
    SUPPLEMENT = "supplement"
    """*Bổ sung*: what was reported stands, this is added to it."""
    REPLACEMENT = "replacement"
    """*Thay thế*: this stands instead of what was reported."""
    CORRECTION = "correction"
    """What the department asked to be corrected."""


class ProgressReport(SQLModel, table=True):
    """One agency's report on one task and period. Its versions are never changed, only added to."""

    __tablename__ = "progress_report"
    __table_args__ = (
        UniqueConstraint("task_id", "agency_id", "period"),
        Index("ix_progress_report_standing", "task_id", "period", "state", "version", "agency_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    task_id: str = Field(foreign_key="task.id", index=True, max_length=60)
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    period: str = Field(default=WHOLE, max_length=10)
    """``2024-11``, ``2024-Q4``, ``2024-H2``, ``2024``; WHOLE for a task that is reported on once."""
    state: ReportState = Field(default=ReportState.DRAFT, sa_type=state(ReportState, "report_state"), index=True)
    draft: dict[str, Any] = Field(default_factory=dict, sa_type=MutableDict.as_mutable(JSON))
    """Answers given so far and not yet submitted."""
    draft_by: int | None = Field(default=None, foreign_key="contact.id")
    """Who wrote to the draft last; None when there is none."""
    draft_kept_until: date | None = None
    """Last day the draft is kept, once its agency was told."""
    receipt: str | None = Field(default=None, unique=True, max_length=16)
    """Code the officer was given at the first submission; it stays with the report."""
    version: int = 0
    """Number of the newest submitted version; 0 before the first."""
    return_reason: str | None = None
    marks: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What the department asks about single answers of the newest version: the reason by indicator id or field name.
    Emptied when the next version is submitted, which keeps them."""
    awaiting: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What is to become the next version once the agency's head has confirmed it: ``{"answers", "givers", "explained",
    "by", "channel"}``; empty while nothing waits."""
    awaiting_since: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)


class ReportVersion(SQLModel, table=True):
    """What was submitted, once and for all."""

    __tablename__ = "report_version"
    __table_args__ = (UniqueConstraint("report_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="progress_report.id", index=True)
    version: int
    kind: VersionKind = Field(sa_type=state(VersionKind, "version_kind"))
    answers: dict[str, Any] = Field(sa_type=JSON)
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    channel: str | None = Field(default=None, max_length=20)
    """Where it was submitted; None for versions older than this column."""
    corrections: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What was asked about the version before, by indicator id or field name: ``{"reason", "explanation" or null}``."""
    givers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Who gave the answers that are new in this version, by indicator id or field name: ``{"contact", "at"}``."""
    confirmed_by: int | None = Field(default=None, foreign_key="contact.id")
    """The head of the agency who confirmed it, where the plan asks for that."""
    submitted_at: datetime = Field(sa_type=UTCDateTime)


async def report_on(
    db: AsyncSession, task_id: str, agency_id: str, now: datetime, period: str = WHOLE
) -> ProgressReport:
    """The agency's report on the task and period, opened as an empty draft when there is none."""
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    key = {"task_id": task_id, "agency_id": agency_id, "period": period}
    blank = {"state": ReportState.DRAFT, "draft": {}, "marks": {}, "awaiting": {}, "version": 0}
    made = {"created_at": now, "updated_at": now}
    await db.exec(
        insert(ProgressReport).values(**key, **blank, **made).on_conflict_do_nothing(index_elements=list(key))
    )
    found = await report_at(db, task_id, agency_id, period)
    assert found is not None
    return found


async def report_at(db: AsyncSession, task_id: str, agency_id: str, period: str = WHOLE) -> ProgressReport | None:
    """The agency's report on the task and period, if it has one."""
    query = select(ProgressReport).where(
        ProgressReport.task_id == task_id, ProgressReport.agency_id == agency_id, ProgressReport.period == period
    )
    return (await db.exec(query)).one_or_none()


async def version_before(db: AsyncSession, report: ProgressReport) -> ReportVersion | None:
    """The newest version the agency submitted on the task for an earlier period."""
    query = (
        select(ReportVersion)
        .join(ProgressReport, col(ProgressReport.id) == col(ReportVersion.report_id))
        .where(
            ProgressReport.task_id == report.task_id,
            ProgressReport.agency_id == report.agency_id,
            ProgressReport.period < report.period,
            ReportVersion.version == ProgressReport.version,
        )
        .order_by(col(ProgressReport.period).desc())
        .limit(1)
    )
    return (await db.exec(query)).one_or_none()


async def report_for_update(db: AsyncSession, report_id: int) -> ProgressReport | None:
    """The report as it is now, held until the caller's transaction ends, so that two people cannot both change it."""
    query = (
        select(ProgressReport)
        .where(ProgressReport.id == report_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await db.exec(query)).one_or_none()


async def submit(
    db: AsyncSession,
    report: ProgressReport,
    answers: dict[str, Any],
    contact_id: int | None,
    now: datetime,
    channel: str | None = None,
    explained: Mapping[str, str] | None = None,
    givers: Mapping[str, Mapping[str, Any]] | None = None,
    kind: VersionKind = VersionKind.REPLACEMENT,
    confirmed_by: int | None = None,
) -> ReportVersion:
    """Store ``answers`` as the next version; the draft is emptied, the receipt code made at the first.

    ``explained`` is what the officer says to the report's marks; marks and explanations go with the version, and so
    does who gave which answer (``givers``) and which head confirmed them. ``kind`` is what a version after the first
    is; after the report was sent back it is a correction.
    """
    assert report.id is not None
    if report.version == 0:
        kind = VersionKind.FIRST
    elif report.state is ReportState.RETURNED:
        kind = VersionKind.CORRECTION
    corrections = {
        key: {"reason": reason, "explanation": (explained or {}).get(key)} for key, reason in report.marks.items()
    }
    report.version += 1
    report.receipt = report.receipt or new_code(RECEIPT, now)
    report.state, report.draft, report.draft_by = ReportState.SUBMITTED, {}, None
    report.return_reason, report.marks, report.updated_at = None, {}, now
    report.awaiting, report.awaiting_since = {}, None
    version = ReportVersion(
        report_id=report.id,
        version=report.version,
        kind=kind,
        answers=answers,
        contact_id=contact_id,
        channel=channel,
        corrections=corrections,
        givers=dict(givers or {}),
        confirmed_by=confirmed_by,
        submitted_at=now,
    )
    db.add_all([report, version])
    return version


async def versions_of(db: AsyncSession, report_id: int) -> Sequence[ReportVersion]:
    query = select(ReportVersion).where(ReportVersion.report_id == report_id).order_by(col(ReportVersion.version))
    return (await db.exec(query)).all()


async def latest_version(db: AsyncSession, report: ProgressReport) -> ReportVersion | None:
    query = select(ReportVersion).where(ReportVersion.report_id == report.id, ReportVersion.version == report.version)
    return (await db.exec(query)).one_or_none()


async def reports_with_drafts(db: AsyncSession) -> Sequence[tuple[ProgressReport, Task]]:
    """Every report that has a draft, with its task, held until the caller's transaction ends."""
    query = (
        select(ProgressReport, Task)
        .join(Task, col(Task.id) == col(ProgressReport.task_id))
        .where(col(ProgressReport.draft_by).is_not(None))
        .order_by(col(ProgressReport.id))
        .with_for_update(of=ProgressReport)
        .execution_options(populate_existing=True)
    )
    return (await db.exec(query)).all()


async def reports_of_agency(db: AsyncSession, agency_id: str) -> Sequence[ProgressReport]:
    query = (
        select(ProgressReport)
        .where(ProgressReport.agency_id == agency_id)
        .order_by(col(ProgressReport.updated_at).desc())
    )
    return (await db.exec(query)).all()


async def report_states(db: AsyncSession) -> dict[tuple[str, str, str], ReportState]:
    """State of every report there is, by (task id, agency id, period)."""
    table = ProgressReport
    rows = await db.exec(select(table.task_id, table.agency_id, table.period, table.state))
    return {(task_id, agency_id, period): ReportState(found) for task_id, agency_id, period, found in rows.all()}


async def last_change(db: AsyncSession, plan_id: str) -> datetime | None:
    """When a report on a task of the plan last changed; None when there is none."""
    query = (
        select(ProgressReport.updated_at)
        .join(Task, col(Task.id) == col(ProgressReport.task_id))
        .where(Task.plan_id == plan_id)
        .order_by(col(ProgressReport.updated_at).desc())
        .limit(1)
    )
    return (await db.exec(query)).one_or_none()


async def reports_awaiting(db: AsyncSession) -> Sequence[ProgressReport]:
    """The reports that wait for their agency's head, the one waiting longest first."""
    query = select(ProgressReport).where(col(ProgressReport.awaiting_since).is_not(None))
    return (await db.exec(query.order_by(col(ProgressReport.awaiting_since)))).all()
