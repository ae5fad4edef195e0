"""What was submitted, as lists, queues and tables of many reports read it."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, tuple_
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from storage.reports import Key, ProgressReport, ReportState, ReportVersion

_NAMED = 1_000
"""Reports named in one query."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a plan's picture takes from a report: its newest version, and when the first one came."""

    id: int
    task_id: str
    agency_id: str
    period: str
    state: ReportState
    receipt: str | None
    return_reason: str | None
    version: int
    answers: dict[str, Any]
    submitted_at: datetime
    first_submitted_at: datetime


async def submitted_on(db: AsyncSession, task_ids: Sequence[str]) -> list[Submitted]:
    """The reports on these tasks that were submitted at least once, in the order they were opened."""
    return await _submitted(db, col(ProgressReport.task_id).in_(list(task_ids)))


async def submitted_by(db: AsyncSession, keys: Collection[Key]) -> dict[Key, Submitted]:
    """Those of the named reports that were submitted at least once."""
    table, named = ProgressReport, list(keys)
    found: dict[Key, Submitted] = {}
    for first in range(0, len(named), _NAMED):
        some = tuple_(col(table.task_id), col(table.agency_id), col(table.period)).in_(named[first : first + _NAMED])
        found |= {(one.task_id, one.agency_id, one.period): one for one in await _submitted(db, some)}
    return found


async def _submitted(db: AsyncSession, which: Any) -> list[Submitted]:
    newest, first = aliased(ReportVersion), aliased(ReportVersion)
    report = ProgressReport
    query = (
        select_columns(
            col(report.id), col(report.task_id), col(report.agency_id), col(report.period), col(report.state),
            col(report.receipt), col(report.return_reason), col(report.version), col(newest.answers),
            col(newest.submitted_at), col(first.submitted_at),
        )
        .join(newest, (col(newest.report_id) == col(report.id)) & (col(newest.version) == col(report.version)))
        .join(first, (col(first.report_id) == col(report.id)) & (col(first.version) == 1))
        .where(which)
        .order_by(col(report.id))
    )  # fmt: skip
    return [Submitted(*row) for row in (await (await db.connection()).execute(query)).all()]


async def who_submitted(
    db: AsyncSession, task_ids: Collection[str], since: datetime | None = None
) -> dict[tuple[str, str], dict[ReportState, list[str]]]:
    """By task and period, and by the state their reports are in: the agencies that have submitted; with ``since``, only
    those whose first version came then or later. The database puts the names together: of a hundred thousand reports
    it is some tens of milliseconds."""
    report, first = ProgressReport, ReportVersion
    by = (col(report.task_id), col(report.period), col(report.state))
    query = select_columns(*by, func.aggregate_strings(col(report.agency_id), " ")).where(
        col(report.task_id).in_(list(task_ids)), col(report.version) > 0
    )
    if since is not None:
        query = query.join(first, (col(first.report_id) == col(report.id)) & (col(first.version) == 1)).where(
            col(first.submitted_at) >= since
        )
    found: dict[tuple[str, str], dict[ReportState, list[str]]] = {}
    for task_id, period, state_, agencies in (await (await db.connection()).execute(query.group_by(*by))).all():
        found.setdefault((task_id, period), {})[state_] = agencies.split()
    return found


async def waiting_for_review(db: AsyncSession, since: datetime) -> Sequence[tuple[ProgressReport, ReportVersion]]:
    """The reports nobody has looked at yet that came after the moment, with their newest version, the one waiting
    longest first."""
    return (await db.exec(_waiting().where(col(ReportVersion.submitted_at) > since))).all()


async def next_for_review(db: AsyncSession, passed: int) -> tuple[ProgressReport, ReportVersion] | None:
    """The report that waits longest, of those after the one that was passed over; the first again after the last; None
    when none waits."""
    waits = select(ReportVersion.submitted_at, ReportVersion.id).join(
        ProgressReport, col(ProgressReport.id) == col(ReportVersion.report_id)
    )
    over = (
        await db.exec(waits.where(ProgressReport.id == passed, ReportVersion.version == ProgressReport.version))
    ).one_or_none()
    place = tuple_(col(ReportVersion.submitted_at), col(ReportVersion.id))
    after = [_waiting().where(place > tuple_(*over))] if over is not None else []
    for query in (*after, _waiting()):
        if (found := (await db.exec(query.limit(1))).first()) is not None:
            return found
    return None


async def count_waiting_for_review(db: AsyncSession) -> int:
    """How many reports nobody has looked at yet."""
    query = select(func.count()).select_from(ProgressReport).where(ProgressReport.state == ReportState.SUBMITTED)
    return (await db.exec(query)).one()


def _waiting() -> Select[ProgressReport, ReportVersion]:
    return (
        select(ProgressReport, ReportVersion)
        .join(ReportVersion, col(ReportVersion.report_id) == col(ProgressReport.id))
        .where(ProgressReport.state == ReportState.SUBMITTED, ReportVersion.version == ProgressReport.version)
        .order_by(col(ReportVersion.submitted_at), col(ReportVersion.id))
    )


@dataclass(frozen=True, slots=True)
class SubmittedVersion:
    """One version of a report, with what the table of all of them says of its report."""

    agency_id: str
    period: str
    receipt: str | None
    state: ReportState
    return_reason: str | None
    version: int
    newest: bool
    answers: dict[str, Any]
    channel: str | None
    submitted_at: datetime


async def versions_on(db: AsyncSession, task_id: str, together: int = 500) -> AsyncIterator[list[SubmittedVersion]]:
    """Every version submitted on the task, report by report and oldest first, so many at a time."""
    report, version = ProgressReport, ReportVersion
    query = (
        select_columns(
            col(report.agency_id), col(report.period), col(report.receipt), col(report.state),
            col(report.return_reason), col(version.version), col(version.version) == col(report.version),
            col(version.answers), col(version.channel), col(version.submitted_at),
        )
        .join(version, col(version.report_id) == col(report.id))
        .where(col(report.task_id) == task_id)
        .order_by(col(report.id), col(version.version))
        .execution_options(yield_per=together)
    )  # fmt: skip
    async with (await db.connection()).stream(query) as found:
        async for rows in found.partitions():
            yield [SubmittedVersion(*row) for row in rows]
