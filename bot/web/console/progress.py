"""How far each plan has come: lights, forecasts, who is late, month by month; every figure as of one snapshot."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.exports.charts import svg
from bot.exports.plan_charts import indicator_chart
from bot.exports.rows import measured
from bot.web.console.office import back, needs, of, who
from bot.web.console.powers import Power
from content.figures import figure, told
from content.text import Texts
from handlers.reports.progress import BEHIND, FAR_BEHIND, SOON, Light
from handlers.reports.snapshots import take_snapshot
from storage.audit import note
from storage.plans import list_plans
from storage.snapshots import SnapshotChanged, SnapshotUse, newest_progress, picture_of, snapshot_at, snapshots_of

Json = dict[str, Any]

PAGE = "/console/progress"
KEPT_SHOWN = 10
"""Snapshots of documents listed below the page."""
_WORST_FIRST = {Light.RED.value: 0, Light.YELLOW.value: 1, Light.GREEN.value: 2, Light.GREY.value: 3}


@needs(Power.SEE)
async def page(request: Request) -> Response:
    """One plan's progress; the plan's first snapshot is taken when there is none yet."""
    office = of(request)
    loa, text = office.loa, office.text
    async with loa.db.reading() as db:
        plans = await list_plans(db)
        chosen = request.query_params.get("plan") or (plans[0].id if plans else "")
        if chosen not in {plan.id for plan in plans}:
            if plans:
                raise HTTPException(404)
            return office.paper.page(request, "progress/page.html", plans=[], chosen="", sums=None)
        found = await newest_progress(db, chosen)
        kept = await snapshots_of(db, chosen, KEPT_SHOWN)
    if found is None:
        found = await _taken(request, chosen, "clock")
    code, taken_at, sums = found
    chart = indicator_chart(sums, loa.catalog.text)
    light = request.query_params.get("light", "")
    indicators = sorted(sums["indicators"], key=lambda one: _WORST_FIRST[one["light"]])
    return office.paper.page(
        request,
        "progress/page.html",
        plans=plans,
        chosen=chosen,
        sums=sums,
        code=code,
        taken_at=taken_at,
        kept=kept,
        sentence=_sentence(sums, loa.catalog.text),
        rule=text("progress.rule", behind=BEHIND, far=FAR_BEHIND, soon=SOON),
        picture=await asyncio.to_thread(svg, chart) if chart else "",
        lights=_lights(sums["indicators"]),
        light=light,
        indicators=[_words(one, loa.catalog.text) for one in indicators if light in ("", one["light"])],
        agencies=sorted(sums["agencies"], key=lambda one: (_WORST_FIRST[one["light"]], -one["overdue"], one["name"])),
        districts=sums["districts"],
        months=_grid(sums["months"]),
    )


@needs(Power.SEE)
async def refresh(request: Request) -> Response:
    """Take the figures anew."""
    plan = str((await request.form()).get("plan", ""))
    code, _, _ = await _taken(request, plan, who(request).name)
    return back(request, f"{PAGE}?plan={plan}", of(request).text("progress.refreshed", code=code))


@needs(Power.SEE)
async def snapshot_page(request: Request) -> Response:
    """What a document was made of: the figures of its snapshot, as they were."""
    office, code = of(request), request.path_params["code"]
    async with office.loa.db.reading() as db:
        kept = await snapshot_at(db, code)
    if kept is None:
        raise HTTPException(404)
    try:
        picture = await asyncio.to_thread(picture_of, kept)
    except SnapshotChanged:
        return office.paper.page(request, "progress/snapshot.html", kept=kept, picture=None, rows=[])
    rows = [
        (task, row, value)
        for task in picture["tasks"]
        for row in task["agencies"]
        for value in row.get("values") or [None]
        if row.get("receipt")
    ]
    return office.paper.page(
        request, "progress/snapshot.html", kept=kept, picture=picture, rows=rows, value_words=_value
    )


async def _taken(request: Request, plan: str, by: str) -> tuple[str, Any, Json]:
    loa = of(request).loa
    now = loa.clock.now()
    async with loa.db.session() as db:
        try:
            snapshot, picture = await take_snapshot(db, loa.catalog, plan, SnapshotUse.DASHBOARD, by, now)
        except LookupError:
            raise HTTPException(404) from None
        note(db, by, "progress.refreshed", f"plan:{plan}", now, snapshot=snapshot.code)
        await db.commit()
    return snapshot.code, snapshot.taken_at, picture["progress"]


def _sentence(sums: Json, text: Texts) -> str:
    """The state of the plan in one sentence."""
    on_time = sums["on_time"]
    if not on_time["expected"]:
        return text("progress.sentence.nothing_due", handed_in=sums["counts"]["handed_in"], gone=sums["time_gone"])
    share = figure(100 * on_time["on_time"] / on_time["expected"])
    late = sum(one["overdue"] > 0 for one in sums["agencies"])
    return text("progress.sentence.due", **on_time, share=share, agencies=late, gone=sums["time_gone"])


def _lights(indicators: list[Json]) -> list[tuple[str, int]]:
    return [(light.value, sum(one["light"] == light.value for one in indicators)) for light in Light]


def _words(one: Json, text: Texts) -> Json:
    """An indicator's row, with its figures in words."""
    guess = one["forecast"]
    forecast = "" if guess is None else told({"value": guess, "part": None, "whole": None}, one["unit"] or "")
    return {**one, "words": {**measured(one, text), "forecast": forecast}}


def _value(value: Json | None) -> str:
    return told(value["reported"], value["unit"] or "") if value and value["reported"] else "–"


def _grid(cells: list[Json]) -> tuple[list[str], list[tuple[str, str, list[Json | None]]]]:
    """Months, and for every agency its id, name and one cell for each of them."""
    months = sorted({cell["month"] for cell in cells})
    rows: dict[str, tuple[str, dict[str, Json]]] = {}
    for cell in cells:
        rows.setdefault(cell["agency"], (cell["name"], {}))[1][cell["month"]] = cell
    found = [(key, name, [by_month.get(month) for month in months]) for key, (name, by_month) in rows.items()]
    return months, sorted(found, key=lambda row: row[1])


ROUTES = (
    Route("/progress", page, methods=["GET"]),
    Route("/progress/refresh", refresh, methods=["POST"]),
    Route("/progress/snapshots/{code}", snapshot_page, methods=["GET"]),
)
