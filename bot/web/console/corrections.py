"""Correcting and withdrawing items that have been sent: drafted here, approved by a second account."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import Refused, back, found, needs, of, path_number, who, written
from bot.web.console.powers import Power
from handlers.digests import DigestError, correcting
from handlers.digests.rendering import week_span
from handlers.digests.sections import item_number
from handlers.digests.weeks import Week
from handlers.messages import clean_text
from storage.corrections import Correction, CorrectionKind, corrections
from storage.directives import DirectiveItem

SHOWN = 100
PATH = "/console/corrections"


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        made = await corrections(db, SHOWN)
        sent = await correcting.sent_items(db)
    weeks = {one.item.id: ", ".join(week_span(Week.parse(week))["week"] for week in one.weeks) for one in sent}
    return office.paper.page(request, "corrections/list.html", made=made, sent=sent, weeks=weeks)


@needs(Power.COMPOSE)
async def draft_page(request: Request) -> Response:
    return await _draft(request)


async def _draft(request: Request, status: int = 200, trouble: str = "", **typed: str) -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        sent = await correcting.sent_items(db)
    one = next((one for one in sent if one.item.id == request.path_params["item"]), None)
    if one is None:
        raise HTTPException(404)
    weeks = ", ".join(week_span(Week.parse(week))["week"] for week in one.weeks)
    kind = _kind(typed.get("kind") or request.query_params.get("kind", ""))
    return office.paper.page(
        request, "corrections/draft.html", status, one=one, weeks=weeks, kind=kind, typed=typed, trouble=trouble
    )


def _kind(written_kind: str) -> CorrectionKind:
    return CorrectionKind.WITHDRAW if written_kind == CorrectionKind.WITHDRAW else CorrectionKind.CORRECT


@needs(Power.COMPOSE)
async def propose(request: Request) -> Response:
    """Draft a correction or a withdrawal; a second account approves it."""
    office = of(request)
    form = {key: clean_text(value) for key, value in (await request.form()).items() if isinstance(value, str)}
    item, kind = request.path_params["item"], _kind(form.get("kind", ""))
    title, summary, reason = (form.get(field, "") for field in ("title", "summary", "reason"))
    try:
        async with office.loa.db.session() as db:
            drafted = await correcting.propose(
                db, item, kind, title, summary, reason, who(request).name, office.loa.clock.now()
            )
            await db.commit()
    except DigestError as error:
        trouble = office.text(error.key, **error.params)
        return await _draft(request, 409, trouble, kind=kind.value, title=title, summary=summary, reason=reason)
    return back(request, f"{PATH}/{drafted.id}", office.text("correction.page.told_proposed"))


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, status: int = 200, trouble: str = "") -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        drafted = await found(db, Correction, path_number(request))
        item = await found(db, DirectiveItem, drafted.item_id)
    return office.paper.page(
        request,
        "corrections/page.html",
        status,
        drafted=drafted,
        number=item_number(item.path),
        trouble=trouble,
    )


@needs(Power.APPROVE)
async def approve(request: Request) -> Response:
    """Put it into effect: those who saw the old words are told first."""
    office = of(request)
    correction_id = path_number(request)
    try:
        async with office.loa.db.session() as db:
            now, catalog = office.loa.clock.now(), office.loa.catalog
            done = await correcting.approve_correction(db, catalog, correction_id, who(request), now)
            told, reworded = done.told_first + done.told_then, done.reworded
            await db.commit()
    except DigestError as error:
        return await _show(request, 409, office.text(error.key, **error.params))
    office.loa.outbox.wake()
    words = office.text("correction.page.told_approved", count=told, reworded=reworded)
    return back(request, f"{PATH}/{correction_id}", words)


@needs(Power.SEE)
async def reject(request: Request) -> Response:
    """Turn it down, or take one's own back."""
    office = of(request)
    correction_id = path_number(request)
    try:
        answer = await written(request, "answer", "digest.refused.correction_reason")
        async with office.loa.db.session() as db:
            await correcting.reject(db, correction_id, who(request), answer, office.loa.clock.now())
            await db.commit()
    except (DigestError, Refused) as error:
        words = error.text if isinstance(error, Refused) else office.text(error.key, **error.params)
        return await _show(request, 409, words)
    return back(request, f"{PATH}/{correction_id}", office.text("correction.page.told_rejected"))


ROUTES = (
    Route("/corrections", list_page, methods=["GET"]),
    Route("/corrections/items/{item}", draft_page, methods=["GET"]),
    Route("/corrections/items/{item}", propose, methods=["POST"]),
    Route("/corrections/{id}", page, methods=["GET"]),
    Route("/corrections/{id}/approve", approve, methods=["POST"]),
    Route("/corrections/{id}/reject", reject, methods=["POST"]),
)
