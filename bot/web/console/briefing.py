"""The weekly summary on one's own phone: switched on, its moment, a look at it, a trial, switched off."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.briefings import send_trial, together
from bot.exports.charts import svg
from bot.exports.plan_charts import indicator_chart
from bot.web.console.office import back, needs, of, who
from bot.web.console.powers import Power
from content.whole_numbers import whole
from handlers.briefing import NoSuchMoment, next_moment, summary, switch_off, switch_on
from storage.briefings import MONDAY, MORNING, briefing_of
from storage.contacts import Account
from storage.links import link_of
from storage.plans import list_plans
from storage.snapshots import newest_progress

PAGE = "/console/briefing"


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, status: int = 200, trouble: str = "", **typed: str) -> Response:
    """What is chosen, and the summary as the newest snapshots have it."""
    office = of(request)
    now, text = office.loa.clock.now(), office.loa.catalog.text
    async with office.loa.db.reading() as db:
        briefing = await briefing_of(db, who(request).id or 0)
        link = await link_of(db, who(request).id or 0)
        account = await db.get(Account, link.account_id) if link is not None and link.account_id else None
        found = [one for plan in await list_plans(db) if (one := await newest_progress(db, plan.id))]
    sums = [one[2] for one in found]
    drawing = indicator_chart(together(sums), text)
    return office.paper.page(
        request,
        "briefing.html",
        status,
        briefing=briefing,
        linked=account is not None and account.left_at is None,
        next=next_moment(office.loa.catalog, briefing, now) if briefing else None,
        weekday=typed.get("weekday") or str(briefing.weekday if briefing else MONDAY),
        at=typed.get("at") or (briefing.at if briefing else MORNING),
        words=summary(sums, [one[0] for one in found], text, min(one[1] for one in found)) if found else "",
        picture=await asyncio.to_thread(svg, drawing) if drawing else "",
        trouble=trouble,
    )


@needs(Power.SEE)
async def save(request: Request) -> Response:
    office, form = of(request), await request.form()
    weekday, at = str(form.get("weekday", "")), str(form.get("at", ""))
    if not await _linked(request):
        return await _show(request, 409, office.text("briefing.not_linked"))
    try:
        async with office.loa.db.session() as db:
            number = whole(weekday, 1) or 0
            await switch_on(db, office.loa.catalog, who(request), number, at, office.loa.clock.now())
            await db.commit()
    except NoSuchMoment:
        return await _show(request, 409, office.text("briefing.no_such_moment"), weekday=weekday, at=at)
    return back(request, PAGE, office.text("briefing.told.saved"))


@needs(Power.SEE)
async def off(request: Request) -> Response:
    office = of(request)
    async with office.loa.db.session() as db:
        await switch_off(db, who(request), office.loa.clock.now())
        await db.commit()
    return back(request, PAGE, office.text("briefing.told.stopped"))


@needs(Power.SEE)
async def trial(request: Request) -> Response:
    office = of(request)
    if not await send_trial(office.loa.db, office.loa.catalog, who(request), office.loa.clock.now()):
        return await _show(request, 409, office.text("briefing.not_linked"))
    office.loa.outbox.wake()
    return back(request, PAGE, office.text("briefing.told.tried"))


async def _linked(request: Request) -> bool:
    async with of(request).loa.db.reading() as db:
        link = await link_of(db, who(request).id or 0)
    return link is not None and link.account_id is not None


ROUTES = (
    Route("/briefing", page, methods=["GET"]),
    Route("/briefing", save, methods=["POST"]),
    Route("/briefing/off", off, methods=["POST"]),
    Route("/briefing/trial", trial, methods=["POST"]),
)
