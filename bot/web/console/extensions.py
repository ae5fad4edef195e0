"""Requests for more time on a report: a day is given, or a reason why not; both can be taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import Page, back, needs, of, path_number, who
from bot.web.console.powers import Power
from content.catalog import Catalog
from handlers.reports.extensions import LONGEST_ANSWER, Decided, NoAnswer, grant, refuse, reopen, title_of
from storage.contacts import names_of
from storage.extensions import extensions

PATH = "/console/extensions"
SHOWN = 200


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, status: int = 200, trouble: str = "", about: int = 0) -> Response:
    """The list; ``about`` is the request whose form ``trouble`` is about: what was typed there stays."""
    office = of(request)
    show_all = request.query_params.get("show") == "all"
    async with office.loa.db.reading() as db:
        found = await extensions(db, waiting=not show_all, limit=SHOWN)
        names = await names_of(db, {row.contact_id for row in found if row.contact_id is not None})
        rows = [
            (row, office.loa.catalog.agency_name(row.agency_id), await title_of(db, office.loa.catalog, row))
            for row in found
        ]
    form = await request.form() if request.method == "POST" else {}
    return office.paper.page(
        request,
        "extensions/list.html",
        status,
        rows=rows,
        names=names,
        show_all=show_all,
        trouble=trouble,
        about=about,
        typed={key: str(value) for key, value in form.items()},
        longest=LONGEST_ANSWER,
    )


Decision = Callable[[AsyncSession, Catalog, int, dict[str, str], str, datetime], Awaitable[None]]


def deciding(act: Decision, told: str, refused: str) -> Page:
    """A form of the list. ``told`` and ``refused`` name the sentences for done, and for what was typed being wrong."""

    @needs(Power.REVIEW_REPORTS)
    async def decided(request: Request) -> Response:
        office, number = of(request), path_number(request)
        typed = {key: str(value) for key, value in (await request.form()).items()}
        try:
            async with office.loa.db.session() as db:
                await act(db, office.loa.catalog, number, typed, who(request).name, office.loa.clock.now())
                await db.commit()
        except NoAnswer:
            return await _show(request, 409, office.text(refused, most=LONGEST_ANSWER), number)
        except Decided:
            return await _show(request, 409, office.text("extension.page.decided_already"), number)
        except LookupError:
            raise HTTPException(404) from None
        office.loa.outbox.wake()
        return back(request, f"{PATH}?show=all" if told.endswith(("granted", "refused")) else PATH, office.text(told))

    return decided


async def _grant(
    db: AsyncSession, catalog: Catalog, number: int, typed: dict[str, str], actor: str, now: datetime
) -> None:
    try:
        until = date.fromisoformat(typed.get("until", ""))
    except ValueError:
        raise NoAnswer from None
    await grant(db, catalog, number, until, typed.get("words", ""), actor, now)


async def _refuse(
    db: AsyncSession, catalog: Catalog, number: int, typed: dict[str, str], actor: str, now: datetime
) -> None:
    await refuse(db, catalog, number, typed.get("reason", ""), actor, now)


async def _reopen(
    db: AsyncSession, catalog: Catalog, number: int, _typed: dict[str, str], actor: str, now: datetime
) -> None:
    await reopen(db, catalog, number, actor, now)


ROUTES = (
    Route("/extensions", list_page, methods=["GET"]),
    Route(
        "/extensions/{id}/grant",
        deciding(_grant, "extension.page.told.granted", "extension.page.bad_day"),
        methods=["POST"],
    ),
    Route(
        "/extensions/{id}/refuse",
        deciding(_refuse, "extension.page.told.refused", "extension.page.no_reason"),
        methods=["POST"],
    ),
    Route(
        "/extensions/{id}/reopen",
        deciding(_reopen, "extension.page.told.reopened", "extension.page.no_reason"),
        methods=["POST"],
    ),
)
