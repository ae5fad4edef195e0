"""The timeline of reports: what the department owes upward, what it is owed, and whom it has to call."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import Office, back, needs, of, who
from bot.web.console.powers import Power
from content.figures import day as told
from handlers.plans.periods import period_words
from handlers.reports.chasing import to_call
from handlers.reports.obligations import (
    LONGEST_NUMBER,
    NotSettled,
    Occasion,
    recurring,
    settle,
    timeline,
    unsettle,
)
from handlers.turn import LOCAL
from storage.snapshots import newest_progress

PATH = "/console/obligations"
CALLED = 40
"""Agencies to call that the page names; the rest is counted."""


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(
    request: Request, status: int = 200, trouble: str = "", typed: dict[str, str] | None = None
) -> Response:
    office = of(request)
    today = office.loa.clock.now().astimezone(LOCAL).date()
    async with office.loa.db.reading() as db:
        found = await timeline(db, office.loa.catalog, today)
        periods = await recurring(db, office.loa.catalog, today)
        calls = await to_call(db, office.loa.catalog, today)
        handed_in = {(one.plan.id, one.obligation["id"]): await _handed_in(db, office, one) for one in found.collected}
    return office.paper.page(
        request,
        "obligations/page.html",
        status,
        upward=found.upward,
        collected=found.collected,
        handed_in=handed_in,
        periods=periods,
        policy=office.loa.catalog.province.reporting,
        assumed=_assumed(office),
        period_words=lambda key: period_words(office.loa.catalog.text, key),
        calls=sorted(calls.items(), key=lambda pair: min(one.due for one in pair[1]))[:CALLED],
        more_calls=max(0, len(calls) - CALLED),
        catalog=office.loa.catalog,
        today=today,
        names=lambda ids: ", ".join(office.loa.catalog.agency_name(one) for one in ids),
        trouble=trouble,
        typed=typed or {},
        longest=LONGEST_NUMBER,
    )


def _assumed(office: Office) -> list[str]:
    """What no document says and Loa goes by until the department decides otherwise."""
    policy = office.loa.catalog.province.reporting
    facts: dict[str, dict[str, object]] = {
        "first": {"day": told(policy.first_day)},
        "due": {"until": policy.last_day, "due": policy.due_day},
        "late": {"days": policy.late_days},
        "evidence": {"years": policy.evidence_years},
        "form_files": {"years": policy.form_files_years},
    }
    return [office.text(f"obligation.assumed.{name}", **facts[name]) for name in facts]


async def _handed_in(db: AsyncSession, office: Office, occasion: Occasion) -> tuple[int, int] | None:
    """Of the agencies that report and owe something in the plan, how many owe nothing more; None without figures."""
    figures = await newest_progress(db, occasion.plan.id)
    if figures is None:
        return None
    registry = office.loa.catalog.province.agencies
    bodies = (registry.expand(name) if name in registry else (name,) for name in occasion.obligation["from"])
    reporters = {one for several in bodies for one in several}
    rows: list[dict[str, Any]] = [row for row in figures[2]["agencies"] if row["id"] in reporters]
    return sum(row["handed_in"] == row["owed"] for row in rows), len(rows)


@needs(Power.REVIEW_REPORTS)
async def done(request: Request) -> Response:
    """The report has been sent: number and day of the document."""
    office = of(request)
    typed = {key: str(value) for key, value in (await request.form()).items()}
    now = office.loa.clock.now()
    try:
        issued_on = date.fromisoformat(typed.get("issued_on", ""))
    except ValueError:
        issued_on = None
    plan, obligation, occasion = (typed.get(key, "") for key in ("plan", "obligation", "occasion"))
    try:
        async with office.loa.db.session() as db:
            number, actor = typed.get("number", ""), who(request).name
            await settle(db, office.loa.catalog, plan, obligation, occasion, number, issued_on, actor, now)
            await db.commit()
    except NotSettled:
        return await _show(request, 409, office.text("obligation.refused", most=LONGEST_NUMBER), typed)
    except LookupError:
        raise HTTPException(404) from None
    return back(request, PATH, office.text("obligation.told.done"))


@needs(Power.REVIEW_REPORTS)
async def undone(request: Request) -> Response:
    """It was marked by mistake."""
    office, form = of(request), await request.form()
    plan, obligation, occasion = (str(form.get(key, "")) for key in ("plan", "obligation", "occasion"))
    try:
        async with office.loa.db.session() as db:
            row = await unsettle(db, plan, obligation, occasion, who(request).name, office.loa.clock.now())
            number = row.number
            await db.commit()
    except LookupError:
        raise HTTPException(404) from None
    return back(request, PATH, office.text("obligation.told.undone", number=number))


ROUTES = (
    Route("/obligations", page, methods=["GET"]),
    Route("/obligations/done", done, methods=["POST"]),
    Route("/obligations/undone", undone, methods=["POST"]),
)
