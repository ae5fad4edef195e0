"""How far each plan has come: lights, forecasts, who is late, month by month; every figure as of one snapshot."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.exports.charts import bars_size, svg
from bot.exports.plan_charts import indicator_chart
from bot.exports.rows import measured
from bot.web.console.office import back, needs, of, part_asked, who
from bot.web.console.powers import Power
from content.figures import figure, told
from content.text import Texts
from handlers.reports.progress import BEHIND, FAR_BEHIND, SOON, WORST_FIRST, Light, colour_of, months_of
from handlers.reports.snapshots import count_plan, keep
from storage.audit import note
from storage.plans import list_plans
from storage.snapshots import SnapshotUse, newest_progress, snapshots_of

Json = dict[str, Any]

PAGE = "/console/progress"
KEPT_SHOWN = 10
"""Snapshots of documents listed below the page."""
AGENCIES_SHOWN = 100
"""On one page, those with most overdue first."""
MISSING_SHOWN = 5
"""Missing reports of one agency named in its row; the page of its figures has them all."""


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
    agencies = sorted(sums["agencies"], key=lambda one: (WORST_FIRST.index(one["light"]), -one["overdue"], one["name"]))
    turns = -(-len(agencies) // AGENCIES_SHOWN)
    first = AGENCIES_SHOWN * part_asked(request)
    indicators = sorted(sums["indicators"], key=lambda one: WORST_FIRST.index(one["light"]))
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
        size=bars_size(chart) if chart else None,
        standings=_standings(agencies),
        lights=_lights(sums["indicators"]),
        light=light,
        indicators=[_words(one, loa.catalog.text) for one in indicators if light in ("", one["light"])],
        agencies=agencies[first : first + AGENCIES_SHOWN],
        turns=turns,
        place=first // AGENCIES_SHOWN,
        missing_shown=MISSING_SHOWN,
        months=months_of(sums),
        colour=colour_of,
    )


@needs(Power.SEE)
async def picture(request: Request) -> Response:
    """The chart of the plan's newest snapshot, at an address of its own: the page does not wait for it to be drawn."""
    loa = of(request).loa
    async with loa.db.reading() as db:
        found = await newest_progress(db, request.query_params.get("plan", ""))
    chart = indicator_chart(found[2], loa.catalog.text) if found else None
    if chart is None:
        raise HTTPException(404)
    return Response(await asyncio.to_thread(svg, chart), media_type="image/svg+xml")


@needs(Power.SEE)
async def refresh(request: Request) -> Response:
    """Take the figures anew."""
    plan = str((await request.form()).get("plan", ""))
    code, _, _ = await _taken(request, plan, who(request).name)
    return back(request, f"{PAGE}?plan={plan}", of(request).text("progress.refreshed", code=code))


async def _taken(request: Request, plan: str, by: str) -> tuple[str, Any, Json]:
    loa = of(request).loa
    now = loa.clock.now()
    try:
        counted = await count_plan(loa.db, loa.catalog, plan, now)
    except LookupError:
        raise HTTPException(404) from None
    async with loa.db.session() as db:
        snapshot = await keep(db, counted, SnapshotUse.DASHBOARD, by)
        note(db, by, "progress.refreshed", f"plan:{plan}", now, snapshot=snapshot.code)
        await db.commit()
    return snapshot.code, snapshot.taken_at, counted.sums


def _sentence(sums: Json, text: Texts) -> str:
    """The state of the plan in one sentence."""
    on_time = sums["on_time"]
    if not on_time["expected"]:
        return text("progress.sentence.nothing_due", handed_in=sums["counts"]["handed_in"], gone=sums["time_gone"])
    share = figure(100 * on_time["on_time"] / on_time["expected"])
    late = sum(one["overdue"] > 0 for one in sums["agencies"])
    return text("progress.sentence.due", **on_time, share=share, agencies=late, gone=sums["time_gone"])


def _standings(agencies: list[Json]) -> list[tuple[str, int]]:
    """How many reports stand in each way of :data:`bot.web.console.sources.WHICH`."""
    counts = {key: sum(one[key] for one in agencies) for key in ("handed_in", "on_time", "late", "overdue")}
    return [*counts.items(), ("missing", sum(len(one["missing"]) for one in agencies))]


def _lights(indicators: list[Json]) -> list[tuple[str, int]]:
    return [(light.value, sum(one["light"] == light.value for one in indicators)) for light in Light]


def _words(one: Json, text: Texts) -> Json:
    """An indicator's row, with its figures in words."""
    guess = one["forecast"]
    forecast = "" if guess is None else told({"value": guess, "part": None, "whole": None}, one["unit"] or "")
    return {**one, "words": {**measured(one, text), "forecast": forecast}}


ROUTES = (
    Route("/progress", page, methods=["GET"]),
    Route("/progress/chart.svg", picture, methods=["GET"]),
    Route("/progress/refresh", refresh, methods=["POST"]),
)
