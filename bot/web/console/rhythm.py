"""The rhythm of the weekly digest: its day and time, the coming weeks, days off, and what is not announced yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import Office, Page, Refused, back, needs, of, who, written
from bot.web.console.powers import Power
from bot.web.console.zalo import Alert
from content.whole_numbers import whole
from content.working_calendar import WorkingCalendar
from handlers import digests
from handlers.digests import DigestError, Planned, plan_of
from handlers.digests.rhythm import MOST_LATE_HOURS, weeks_from
from handlers.messages import clean_text
from handlers.working_time import working_time
from storage.rhythm import rhythm

PAGE = "/console/rhythm"
BACK, AHEAD = 2, 10
"""Weeks shown before this one, and all in all."""


@dataclass(frozen=True, slots=True)
class Off:
    """Days off in a row, as the page lists them."""

    first: date
    last: date
    name: str
    source: str
    announced: bool = True
    worked: date | None = None
    """The Saturday worked instead."""


@dataclass(frozen=True, slots=True)
class Year:
    """What the calendar holds of one year."""

    year: int
    known: bool
    days: list[Off]
    missing: tuple[str, ...]
    checked_on: date | None


async def alerts(db: AsyncSession, office: Office) -> list[Alert]:
    """Weeks that were missed lately and have not left since, for the first page."""
    plans = await plan_of(db, office.loa.catalog, weeks_from(office.loa.clock.now(), BACK + 1, back=BACK))
    return [
        Alert(
            office.text(
                "rhythm.home_missed", week=plan.week.number, moment=office.paper.clock(plan.missed.planned_for)
            ),
            PAGE if plan.digest is None else f"/console/digests/{plan.digest.id}",
        )
        for plan in plans
        if plan.missed is not None and _standing(plan) == "missed"
    ]


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, status: int = 200, trouble: str = "", **typed: str) -> Response:
    office = of(request)
    now = office.loa.clock.now()
    async with office.loa.db.reading() as db:
        chosen = await rhythm(db)
        plans = await plan_of(db, office.loa.catalog, weeks_from(now, AHEAD, back=BACK))
    calendar = working_time(office.loa.catalog).calendar
    this = now.astimezone(office.paper.zone).year
    return office.paper.page(
        request,
        "rhythm.html",
        status,
        chosen=chosen,
        plans=plans,
        next=next((plan for plan in plans if plan.skip is None and plan.at > now), None),
        now=now,
        calendar=calendar,
        years=[_year(calendar, year) for year in (this, this + 1)],
        most_late=MOST_LATE_HOURS,
        standing=_standing,
        trouble=trouble,
        typed=typed,
    )


def _standing(plan: Planned) -> str:
    """Key of the words for what became, or will become, of a week."""
    if plan.skip is not None:
        return "skipped"
    state = plan.digest.state.value if plan.digest is not None else "none"
    if plan.missed is not None and state not in ("sending", "sent"):
        return "missed"
    return state


def _year(calendar: WorkingCalendar, year: int) -> Year:
    fixed = [
        Off(holiday.on(year), holiday.on(year), holiday.name, holiday.source)
        for holiday in calendar.yearly
        if year >= holiday.from_year
    ]
    known = calendar.of_year(year)
    if known is None:
        return Year(year, False, fixed, (), None)
    told = [Off(off.first, off.last, off.name, off.source, off.announced) for off in known.days_off]
    swaps = [Off(swap.free, swap.free, swap.name, swap.source, worked=swap.worked) for swap in known.swaps]
    days = sorted([*fixed, *told, *swaps], key=lambda off: off.first)
    return Year(year, True, days, known.missing, known.checked_on)


def _form(act: Page) -> Page:
    """A form of the page: what is refused stays on it, with what was typed."""

    @needs(Power.SEND)
    async def taken(request: Request) -> Response:
        office = of(request)
        try:
            return await act(request)
        except DigestError as error:
            trouble = office.text(error.key, **error.params)
        except Refused as error:
            trouble = error.text
        typed = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
        return await _show(request, 409, trouble, **typed)

    return taken


@_form
async def change(request: Request) -> Response:
    office, form = of(request), await request.form()
    weekday, hours = (_number(form.get(name)) for name in ("weekday", "late_hours"))
    async with office.loa.db.session() as db:
        at = clean_text(str(form.get("at", "")))
        actor, now = who(request).name, office.loa.clock.now()
        await digests.set_rhythm(db, office.loa.catalog, weekday, at, hours, actor, now)
        await db.commit()
    return _told(request, office, "changed")


def _number(value: object) -> int:
    number = whole(str(value or ""), 3)
    return -1 if number is None else number


@_form
async def skip(request: Request) -> Response:
    office = of(request)
    reason = await written(request, "reason", "rhythm.reason_missing")
    week = clean_text(str((await request.form()).get("week", "")))
    async with office.loa.db.session() as db:
        await digests.skip_week(db, week, reason, who(request).name, office.loa.clock.now())
        await db.commit()
    return _told(request, office, "skipped")


@_form
async def unskip(request: Request) -> Response:
    office = of(request)
    week = clean_text(str((await request.form()).get("week", "")))
    async with office.loa.db.session() as db:
        await digests.unskip_week(db, office.loa.catalog, week, who(request).name, office.loa.clock.now())
        await db.commit()
    return _told(request, office, "unskipped")


def _told(request: Request, office: Office, key: str) -> Response:
    return back(request, PAGE, office.text(f"rhythm.told.{key}"))


ROUTES = (
    Route("/rhythm", page, methods=["GET"]),
    Route("/rhythm", change, methods=["POST"]),
    Route("/rhythm/skip", skip, methods=["POST"]),
    Route("/rhythm/unskip", unskip, methods=["POST"]),
)
