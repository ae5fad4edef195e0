"""Reminders: of digests nobody acknowledged, of reports that are owed, of requests the department has not answered, of
drafts that will not be kept much longer.

Only in working hours. All are reconciled, not fired: each look asks what should have been said by now and was not, and
a unique key makes looking twice harmless. What falls outside working hours is made by the next working morning's look.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.reminders.ladder import chase
from handlers.reports.chasing import remind_of_reports
from handlers.reports.extensions import remind_department
from handlers.reports.keeping import warn_of_drafts
from handlers.working_time import working_time


async def remind(db: AsyncSession, catalog: Catalog, now: datetime) -> dict[str, int]:
    """Queue every reminder that is due at ``now``; how many of each kind."""
    if not working_time(catalog).is_open(now):
        return {"chased": 0, "deadlines": 0, "extensions": 0, "drafts": 0}
    return {
        "chased": await chase(db, catalog, now),
        "deadlines": await remind_of_reports(db, catalog, now),
        "extensions": await remind_department(db, catalog, now),
        "drafts": await warn_of_drafts(db, catalog, now),
    }
