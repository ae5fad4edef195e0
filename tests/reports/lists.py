"""The list of reports beside the consolidated report, which reads every one of them: they must say the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.reports.consolidated import MISSING
from handlers.reports.listing import Asked, listed
from storage.reports import ReportState

Json = dict[str, Any]


async def list_agrees(db: AsyncSession, catalog: Catalog, whole: Json, now: datetime) -> None:
    """Whether every filter gives the rows of the picture taken at the same moment that fit it, and the same counts."""
    rows = [(task["id"], row) for task in whole["tasks"] for row in task["agencies"]]
    for state in ("", MISSING, *ReportState):
        for late in (False, True):
            fit = [
                (task, row)
                for task, row in rows
                if state in ("", row["state"]) and (not late or row["overdue"] or row["late_days"])
            ]
            found = await listed(db, catalog, whole["plan"]["id"], Asked(state=state, late=late), now, len(rows))
            assert [(head["id"], _plain(row)) for head, row in found.rows] == [
                (task, _plain(row)) for task, row in fit
            ], (state, late)
            assert found.count == len(fit)
            assert found.counts.items() <= whole["counts"].items()


def _plain(row: Json) -> Json:
    """Without the difference between those who owe nothing and handed in nevertheless, which no list shows."""
    return {**row, "role": "other"} if row["role"] != "lead" else row
