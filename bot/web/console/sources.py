"""Where a figure comes from: the reports a snapshot counted, each with the way to its version, its photos and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.exports.rows import measured, state
from bot.web.console.office import Office, needs, of
from bot.web.console.powers import Power
from content.figures import told
from handlers.reports.progress import district_of
from storage.reports import HANDED_IN
from storage.snapshots import Snapshot, SnapshotChanged, head_of, newest_snapshot, snapshot_at, tasks_in

Json = dict[str, Any]

SHOWN = 200
"""Reports listed on one page."""
WHICH: Mapping[str, Callable[[Json], bool]] = {
    "handed_in": lambda row: row["state"] in HANDED_IN,
    "on_time": lambda row: row["state"] in HANDED_IN and not row["late_days"],
    "late": lambda row: row["state"] in HANDED_IN and row["late_days"] > 0,
    "overdue": lambda row: bool(row["overdue"]),
    "missing": lambda row: row["state"] not in HANDED_IN,
}
"""Figures of an agency, by the reports that make them."""


@needs(Power.SEE)
async def newest(request: Request) -> Response:
    """Behind a figure of the dashboard, which shows the plan's newest snapshot."""
    office = of(request)
    async with office.loa.db.reading() as db:
        kept = await newest_snapshot(db, request.query_params.get("plan", ""))
    return await _show(request, office, kept)


@needs(Power.SEE)
async def kept(request: Request) -> Response:
    """Behind a document: the figures of its snapshot, as they were."""
    office = of(request)
    async with office.loa.db.reading() as db:
        found = await snapshot_at(db, request.path_params["code"])
    return await _show(request, office, found)


async def _show(request: Request, office: Office, snapshot: Snapshot | None) -> Response:
    if snapshot is None:
        raise HTTPException(404)
    asked = {name: request.query_params.get(name, "") for name in ("task", "agency", "district", "month", "which")}
    rows: list[tuple[Json, Json]] = []
    sums: list[Json] = []
    count = 0
    text = office.loa.catalog.text
    try:
        async with office.loa.db.reading() as db:
            head = await head_of(db, snapshot)
            async for task in tasks_in(db, snapshot, asked["task"]):
                found = [row for row in task["agencies"] if _wanted(office, row, task, asked)]
                count += len(found)
                rows += [(task, row) for row in found[: SHOWN - len(rows)]]
                if asked["task"]:
                    sums += [{**one, "words": measured(one, text)} for one in task["indicators"]]
    except SnapshotChanged:
        return office.paper.page(request, "progress/sources.html", kept=snapshot, head=None)
    return office.paper.page(
        request,
        "progress/sources.html",
        kept=snapshot,
        head=head,
        asked=asked,
        agency=office.loa.catalog.agency_name(asked["agency"]) if asked["agency"] else "",
        district=office.loa.catalog.agency_name(asked["district"]) if asked["district"] else "",
        sums=sums,
        rows=rows,
        count=count,
        shown=SHOWN,
        state=lambda row: state(row, text),
        told=lambda value: told(value["reported"], value["unit"] or "") if value["reported"] else "–",
    )


def _wanted(office: Office, row: Json, task: Json, asked: Json) -> bool:
    due = row.get("due", task["deadline"]["due"]) or ""  # pictures of an older house have it on the task alone
    which = WHICH.get(asked["which"])
    return (
        asked["agency"] in ("", row["agency"]["id"])
        and asked["district"] in ("", district_of(row["agency"]["id"], office.loa.catalog.province.agencies))
        and due.startswith(asked["month"])
        and (which is None or (row["role"] == "lead" and which(row)))
    )


ROUTES = (
    Route("/progress/figures", newest, methods=["GET"]),
    Route("/progress/snapshots/{code}", kept, methods=["GET"]),
)
