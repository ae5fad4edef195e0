"""What officers found unclear: who asked what and when, what was answered, and to whom."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import Refused, back, found, needs, of, path_number, who, written
from bot.web.console.powers import Power
from handlers.digests import DigestError, clarifying
from storage.clarifications import Clarification, entries_of, threads

SHOWN = 200


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    office = of(request)
    show_all = request.query_params.get("show") == "all"
    async with office.loa.db.reading() as db:
        rows = [
            (thread, (await clarifying.matter_of(db, thread)).title(office.loa.catalog))
            for thread in await threads(db, waiting=not show_all, limit=SHOWN)
        ]
    names = {thread.agency_id: office.loa.catalog.agency_name(thread.agency_id) for thread, _ in rows}
    return office.paper.page(request, "clarifications/list.html", rows=rows, names=names, show_all=show_all)


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, status: int = 200, typed: str = "", trouble: str = "") -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        thread = await found(db, Clarification, path_number(request))
        assert thread.id is not None
        matter = await clarifying.matter_of(db, thread)
        entries = await entries_of(db, thread.id)
    return office.paper.page(
        request,
        "clarifications/page.html",
        status,
        thread=thread,
        agency=office.loa.catalog.agency_name(thread.agency_id),
        title=matter.title(office.loa.catalog),
        item=matter.item,
        entries=entries,
        typed=typed,
        trouble=trouble,
    )


@needs(Power.ANSWER)
async def answer(request: Request) -> Response:
    """Answer the asker, or everybody who has the item."""
    office = of(request)
    thread_id = path_number(request)
    form = await request.form()
    try:
        text = await written(request, "answer", "clarification.answer_missing")
        async with office.loa.db.session() as db:
            to_all = form.get("to") == "all"
            actor, now = who(request).name, office.loa.clock.now()
            told = await clarifying.answer(db, office.loa.catalog, thread_id, text, to_all, actor, now)
            await db.commit()
    except (Refused, DigestError) as error:
        return await _show(request, 409, str(form.get("answer", "")), _sentence(request, error))
    office.loa.outbox.wake()
    key = "clarification.told.sent" if told else "clarification.told.unreachable"
    return back(request, f"/console/clarifications/{thread_id}", office.text(key, count=told))


@needs(Power.ANSWER)
async def close(request: Request) -> Response:
    """Close without another answer."""
    office = of(request)
    thread_id = path_number(request)
    try:
        async with office.loa.db.session() as db:
            await clarifying.close(db, thread_id, who(request).name, office.loa.clock.now())
            await db.commit()
    except DigestError as error:
        return await _show(request, 409, trouble=_sentence(request, error))
    return back(request, f"/console/clarifications/{thread_id}", office.text("clarification.told.closed"))


def _sentence(request: Request, error: Refused | DigestError) -> str:
    return error.text if isinstance(error, Refused) else of(request).text(error.key, **error.params)


ROUTES = (
    Route("/clarifications", list_page, methods=["GET"]),
    Route("/clarifications/{id}", page, methods=["GET"]),
    Route("/clarifications/{id}/answer", answer, methods=["POST"]),
    Route("/clarifications/{id}/close", close, methods=["POST"]),
)
