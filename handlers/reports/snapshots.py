"""Taking a plan's picture and keeping it, so that a figure shown anywhere can be traced to where it came from.

Counting reads, and takes as long as the plan is large; keeping writes, in a moment. So they are two steps, and the work
between the queries is done beside the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.reports.consolidated import ByAgency, head, in_order, submitted_in, task_row
from handlers.reports.outline import Entry, Outline, outline_of
from handlers.reports.progress import Span, progress
from handlers.turn import LOCAL
from storage.database import Database
from storage.extensions import last_decision
from storage.plans import Plan, list_plans
from storage.reports import last_change
from storage.snapshots import Packed, Snapshot, SnapshotUse, newest_moment, pack, put_snapshot, unpack

Json = dict[str, Any]

_SUMMED = ("agency", "role", "due", "state", "overdue", "late_days", "status", "difficulties")
"""What the sums need of an agency's row; the rest is packed away as soon as a task is counted."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A plan's picture that nobody has kept yet."""

    head: Json
    parts: Sequence[Packed]
    sums: Json
    at: datetime

    def report(self, code: str) -> Json:
        """What exports are made of: the picture, with its sums under ``progress`` and its code under ``snapshot``."""
        return {
            **self.head,
            "tasks": [unpack(part.body) for part in self.parts],
            "progress": self.sums,
            "snapshot": code,
        }


async def count_plan(house: Database, catalog: Catalog, plan_id: str, now: datetime) -> Counted:
    """The plan's picture as it stands. Raises LookupError for an unknown plan."""
    async with house.still() as db:
        outline = await outline_of(db, catalog, plan_id, now)
        rows: dict[str, Json] = {}
        packed: dict[str, Packed] = {}
        async for entry, reports in submitted_in(db, outline):
            rows[entry.id], packed[entry.id] = await asyncio.to_thread(_counted, outline, entry, reports)
    return await asyncio.to_thread(_summed, outline, rows, packed)


def _counted(outline: Outline, entry: Entry, reports: ByAgency) -> tuple[Json, Packed]:
    row = task_row(outline, entry, reports)
    agencies = [{key: agency.get(key) for key in _SUMMED} for agency in row["agencies"]]
    return {**row, "agencies": agencies}, pack(row)


def _summed(outline: Outline, rows: Json, packed: dict[str, Packed]) -> Counted:
    tasks = in_order(outline, rows)
    top = head(outline, tasks)
    sums = progress({**top, "tasks": tasks}, outline.catalog.province.agencies, span_of(outline.plan), outline.today)
    parts = [packed.get(task["id"]) or pack(task) for task in tasks]
    return Counted(top, parts, sums, outline.now)


def span_of(plan: Plan) -> Span:
    """The days the plan's work runs."""
    return Span(date(plan.year_from, 1, 1), date(plan.year_to, 12, 31))


async def keep(db: AsyncSession, counted: Counted, use: SnapshotUse, taken_by: str) -> Snapshot:
    """Keep the picture under a code. The caller commits."""
    plan_id = counted.head["plan"]["id"]
    return await put_snapshot(db, plan_id, counted.head, counted.parts, counted.sums, use, taken_by, counted.at)


async def refresh_dashboard(house: Database, catalog: Catalog, now: datetime) -> int:
    """Take a new picture of every plan whose reports changed since the last one, and of all of them on a new day: what
    was due tomorrow may be late today. Returns how many were taken."""
    async with house.reading() as db:
        stale = [plan.id for plan in await list_plans(db) if await _is_stale(db, plan.id, now)]
    for plan_id in stale:
        counted = await count_plan(house, catalog, plan_id, now)
        async with house.session() as db:
            await keep(db, counted, SnapshotUse.DASHBOARD, "clock")
            await db.commit()
    return len(stale)


async def _is_stale(db: AsyncSession, plan_id: str, now: datetime) -> bool:
    newest = await newest_moment(db, plan_id)
    changes = [await last_change(db, plan_id), await last_decision(db, plan_id)]
    changed = max((moment for moment in changes if moment is not None), default=None)
    if newest is None or newest.astimezone(LOCAL).date() != now.astimezone(LOCAL).date():
        return True
    return changed is not None and changed >= newest
