"""The department's side of a report: take note of it, or send it back with a reason; the agency is told either way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.messages import Choice, choice_value, clean_text, plain
from handlers.plans.periods import subject, titled
from handlers.reports.answers import answered, key_of, label
from handlers.reports.telling import tell_agency
from storage.audit import note
from storage.plans import Task, indicators_of
from storage.reports import ProgressReport, ReportState, latest_version, report_for_update
from storage.users import Role

SHORTEST_REASON, LONGEST_REASON, LONGEST_MARK = 3, 1000, 300
"""Characters of a reason, and of what is asked about one answer; they are read on a phone."""


REVIEWERS = frozenset({Role.ADMIN, Role.EDITOR, Role.APPROVER})
"""Console accounts that may decide about reports."""


class NotSubmitted(Exception):
    """Only a submitted report can be accepted or sent back; this one is a draft, or was dealt with already."""


class NoReason(ValueError):
    """A report is sent back only with a reason the officer can act on: for the whole, or for single answers, of at most
    LONGEST_REASON and LONGEST_MARK characters."""


async def accept(db: AsyncSession, catalog: Catalog, report_id: int, actor: str, now: datetime) -> ProgressReport:
    """Take note of the newest version. Raises NotSubmitted; LookupError for an unknown report."""
    report = await _submitted(db, report_id)
    report.state, report.return_reason, report.updated_at = ReportState.ACCEPTED, None, now
    db.add(report)
    note(db, actor, "report.accept", f"report:{report_id}", now, version=report.version)
    await _tell(db, catalog, report, now, "report.notice.accepted")
    return report


async def send_back(
    db: AsyncSession,
    catalog: Catalog,
    report_id: int,
    reason: str,
    actor: str,
    now: datetime,
    marks: Mapping[str, str] | None = None,
) -> ProgressReport:
    """Send the newest version back for a correction.

    ``marks`` is what is asked about single answers, by indicator id or field name; empty ones do not count. With one,
    the reason for the whole may be empty. Raises NotSubmitted, NoReason; LookupError for an unknown report or answer.
    """
    reason = clean_text(reason)
    asked = {key: text for key, raw in (marks or {}).items() if (text := clean_text(raw))}
    wordless = len(reason) < SHORTEST_REASON and not (asked and not reason)
    if wordless or len(reason) > LONGEST_REASON:
        raise NoReason
    if not all(SHORTEST_REASON <= len(text) <= LONGEST_MARK for text in asked.values()):
        raise NoReason
    report = await _submitted(db, report_id)
    names = await _names(db, catalog, report)
    if not asked.keys() <= names.keys():
        raise LookupError(report_id)
    lines = [catalog.text("report.correct.notice", label=names[key], reason=plain(text)) for key, text in asked.items()]
    report.state, report.marks, report.updated_at = ReportState.RETURNED, asked, now
    report.return_reason = reason or "\n".join(f"{names[key]}: {text}" for key, text in asked.items())
    db.add(report)
    note(db, actor, "report.return", f"report:{report_id}", now, version=report.version, reason=reason, marks=asked)
    if not lines:
        await _tell(db, catalog, report, now, "report.notice.returned", reason=plain(reason))
        return report
    general = catalog.text("report.notice.general", reason=plain(reason)) if reason else ""
    await _tell(db, catalog, report, now, "report.notice.marked", reason=general, marks="\n".join(lines))
    return report


async def _names(db: AsyncSession, catalog: Catalog, report: ProgressReport) -> dict[str, str]:
    """What the answers of the newest version are called, by indicator id or field name."""
    indicators = await indicators_of(db, report.task_id)
    latest = await latest_version(db, report)
    slots = answered(latest.answers, indicators) if latest else {}
    return {key_of(slot, indicators): label(catalog.text, slot, indicators) for slot in slots}


async def _submitted(db: AsyncSession, report_id: int) -> ProgressReport:
    report = await report_for_update(db, report_id)
    if report is None:
        raise LookupError(report_id)
    if report.state is not ReportState.SUBMITTED:
        raise NotSubmitted
    return report


async def _tell(
    db: AsyncSession, catalog: Catalog, report: ProgressReport, now: datetime, key: str, **params: str
) -> None:
    """Tell the agency what came of its newest version."""
    task = await db.get(Task, report.task_id)
    text = catalog.text(
        key,
        code=report.receipt or "",
        title=titled(catalog.text, task.title if task else report.task_id, report.period),
        version=report.version,
        agency=catalog.agency_name(report.agency_id),
        **params,
    )
    returned = report.state is ReportState.RETURNED
    own = (
        Choice(catalog.text("report.button.fix"), choice_value("report", subject(report.task_id, report.period)))
        if returned
        else Choice(catalog.text("report.button.status"), choice_value("reports", "status"))
    )
    name = f"report:{report.id}:{report.version}:{report.state.value}"
    await tell_agency(db, catalog, report.agency_id, text, own, name, now)
