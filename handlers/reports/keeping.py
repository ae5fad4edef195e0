"""How long a draft is kept: until its period is closed, which is told before it goes.

A draft of a report without a last day is kept, and so is one that answers what the department asked about or waits for
the head. Nobody loses a draft unannounced: the day that was told is written down, and holds even when the house was off
for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import day as day_words
from handlers.messages import Choice, choice_value
from handlers.plans.periods import Period, period_of, subject, titled
from handlers.reports.telling import tell_agency
from handlers.turn import LOCAL
from storage.audit import note
from storage.extensions import extended
from storage.plans import Task
from storage.reports import ProgressReport, ReportState, reports_with_drafts

TOLD_AHEAD = timedelta(days=5)
"""Before a draft goes its agency is told."""
SHORTEST_NOTICE = timedelta(days=3)
"""Where that was missed, it is kept so much longer."""


async def warn_of_drafts(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Tell agencies of drafts that will go soon, once; of how many. The caller makes sure that it is working time."""
    today = now.astimezone(LOCAL).date()
    found = 0
    for report, task, closes in await _drafts(db, catalog, today):
        told_until = report.draft_kept_until
        if closes - today > TOLD_AHEAD or (told_until is not None and told_until >= closes):
            continue
        report.draft_kept_until = max(closes, today + SHORTEST_NOTICE)
        db.add(report)
        title = titled(catalog.text, task.title, report.period)
        agency, until = catalog.agency_name(report.agency_id), day_words(report.draft_kept_until)
        text = catalog.text("period.draft.goes", title=title, agency=agency, day=until)
        open_it = choice_value("report", subject(task.id, report.period))
        own = Choice(catalog.text("report.button.resume"), open_it)
        key = f"draft:{report.id}:{report.draft_kept_until}"
        await tell_agency(db, catalog, report.agency_id, text, own, key, now)
        found += 1
    return found


async def sweep_drafts(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Forget the drafts whose told day is over; how many."""
    today = now.astimezone(LOCAL).date()
    found = 0
    for report, _, closes in await _drafts(db, catalog, today):
        told_until = report.draft_kept_until
        if told_until is None or told_until < closes or told_until >= today:
            continue
        note(db, "clock", "draft.swept", f"report:{report.id}", now, shares=len(report.draft))
        report.draft, report.draft_by, report.draft_kept_until = {}, None, None
        db.add(report)
        found += 1
    return found


async def _drafts(db: AsyncSession, catalog: Catalog, today: date) -> Sequence[tuple[ProgressReport, Task, date]]:
    """Drafts that will go one day, each with the last day on which its report is taken."""
    moved, policy = await extended(db), catalog.province.reporting
    found = []
    for report, task in await reports_with_drafts(db):
        period = period_of(task, report.period, policy, today) or Period()
        key = (report.task_id, report.agency_id, report.period)
        closes = period.extended(moved.get(key)).closes(policy.late_days)
        if closes is not None and report.state is not ReportState.RETURNED and not report.awaiting:
            found.append((report, task, closes))
    return found
