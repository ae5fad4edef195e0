"""The list of changes, and everything about one: what it will do or has done, and when."""

from __future__ import annotations

from datetime import date, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import found, needs, of, path_number
from bot.web.console.powers import Power
from content.changes import ChangeKind
from handlers.succession.carrying_out import counts_of
from handlers.succession.planning import unadopted
from handlers.succession.preview import Outlook, outlook
from handlers.succession.telling import names_of
from handlers.succession.undoing import UNDO, can_be_undone
from storage.changes import AgencyChange, ChangeState, changes_listed

PAGE = "/console/agency-changes"
FOLDED = 8
"""Rows of a list on the page before the rest is folded away."""


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    """What the department confirmed, and what the State decided that nobody has taken up."""
    office = of(request)
    catalog = office.loa.catalog
    async with office.loa.db.reading() as db:
        listed = await changes_listed(db)
    return office.paper.page(
        request,
        "agency_changes/list.html",
        changes=[
            (one, names_of(catalog, one, one.before), one.name or names_of(catalog, one, one.after)) for one in listed
        ],
        decided=[
            (one, [catalog.agency_name(name) for name in one.before], [catalog.agency_name(name) for name in one.after])
            for one in unadopted(catalog.province.agencies, listed)
        ],
        kinds=list(ChangeKind),
    )


@needs(Power.SEE)
async def change_page(request: Request) -> Response:
    return await show_change(request)


async def show_change(request: Request, status: int = 200, trouble: str = "") -> Response:
    """The change's page; ``trouble`` tells why a step on it was not taken."""
    office = of(request)
    catalog, now = office.loa.catalog, office.loa.clock.now()
    async with office.loa.db.reading() as db:
        change = await found(db, AgencyChange, path_number(request))
        coming = change.state in (ChangeState.DRAFT, ChangeState.PLANNED)
        seen: Outlook | None = await outlook(db, catalog, change, now) if coming else None
    names = {one: change.coming.get(one) or catalog.agency_name(one) for one in (*change.before, *change.after)}
    return office.paper.page(
        request,
        "agency_changes/page.html",
        status,
        change=change,
        names=names,
        seen=seen,
        groups=[catalog.agency_name(one) for one in seen.groups] if seen else [],
        counts=counts_of(change) if change.done_at else {},
        steps=_steps(change),
        shared=change.shares.get("rest") is not None,
        past=change.day <= office.today(),
        undo_until=change.done_at + UNDO if change.done_at and can_be_undone(change, now) else None,
        trouble=trouble,
        folded=FOLDED,
    )


def _steps(change: AgencyChange) -> list[tuple[str, datetime, str]]:
    """What was done about it, by whom, oldest first: key of the words, moment, account."""
    told: list[tuple[str, datetime | None, str | None]] = [
        ("made", change.made_at, change.made_by),
        ("confirmed", change.confirmed_at, change.confirmed_by),
        ("done", change.done_at, "clock" if change.done_at else None),
        (change.state.value, change.ended_at, change.ended_by),
    ]
    return [(key, moment, actor) for key, moment, actor in told if moment is not None and actor is not None]


def day_given(text: str) -> date | None:
    """The day a form gives, if it is one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


ROUTES = (
    Route("/agency-changes", list_page, methods=["GET"]),
    Route("/agency-changes/{id}", change_page, methods=["GET"]),
)
