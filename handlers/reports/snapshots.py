"""Taking a plan's picture and keeping it, so that a figure shown anywhere can be traced to where it came from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.reports.consolidated import consolidated
from handlers.reports.progress import Span, progress
from handlers.turn import LOCAL
from storage.plans import Plan, list_plans
from storage.reports import last_change
from storage.snapshots import Snapshot, SnapshotUse, newest_moment, put_snapshot

Json = dict[str, Any]


async def take_snapshot(
    db: AsyncSession, catalog: Catalog, plan_id: str, use: SnapshotUse, taken_by: str, now: datetime
) -> tuple[Snapshot, Json]:
    """The plan's picture as it stands, kept, with its sums under
    ``progress`` and its code under ``snapshot``. The caller commits. Raises LookupError for an unknown plan."""
    plan = await db.get(Plan, plan_id)
    if plan is None:
        raise LookupError(plan_id)
    picture = await consolidated(db, catalog, plan_id, now)
    span = Span(date(plan.year_from, 1, 1), date(plan.year_to, 12, 31))
    sums = progress(picture, catalog.province.agencies, span, now.astimezone(LOCAL).date())
    snapshot = await put_snapshot(db, plan_id, picture, sums, use, taken_by, now)
    return snapshot, {**picture, "progress": sums, "snapshot": snapshot.code}


async def refresh_dashboard(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Take a new picture of every plan whose reports changed since the last one, and of all of them on a new day: what
    was due tomorrow may be late today. Returns how many were taken. The caller commits."""
    taken = 0
    for plan in await list_plans(db):
        newest, changed = await newest_moment(db, plan.id), await last_change(db, plan.id)
        if newest is not None:
            same_day = newest.astimezone(LOCAL).date() == now.astimezone(LOCAL).date()
            if same_day and (changed is None or changed < newest):
                continue
        await take_snapshot(db, catalog, plan.id, SnapshotUse.DASHBOARD, "clock", now)
        taken += 1
    return taken
