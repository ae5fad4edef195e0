"""One directive: what it says, what the reader was unsure about, and whether it enters digests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web.console.directives.bodies import Registry
from bot.web.console.editions import agency_name
from bot.web.console.office import Office, Page, Refused, back, found, needs, of, who
from bot.web.console.powers import Power, may
from content.figures import day
from handlers.digests.rendering import document_label
from handlers.digests.sections import document_json, item_number
from handlers.directives.draft import Draft, PartKind
from handlers.directives.publishing import publish, withdraw
from handlers.turn import LOCAL
from storage.audit import note
from storage.directives import (
    Directive,
    DirectiveItem,
    DirectiveState,
    items_of,
    links_by,
    links_to,
    providers_of,
)
from storage.files import StoredFile, content_of
from storage.plans import leads_of, tasks_of_plan
from storage.reviews import DirectiveReview, review_for_update


@dataclass(frozen=True, slots=True)
class Move:
    """A change of state a person may make."""

    before: frozenset[DirectiveState]
    after: DirectiveState
    power: Power


MOVES = {
    "review": Move(frozenset({DirectiveState.IMPORTED}), DirectiveState.REVIEWED, Power.EDIT),
    "reopen": Move(frozenset({DirectiveState.REVIEWED}), DirectiveState.IMPORTED, Power.EDIT),
    "enforce": Move(frozenset({DirectiveState.REVIEWED}), DirectiveState.IN_FORCE, Power.ENFORCE),
    "withdraw": Move(
        frozenset({DirectiveState.IMPORTED, DirectiveState.REVIEWED, DirectiveState.IN_FORCE}),
        DirectiveState.WITHDRAWN,
        Power.ENFORCE,
    ),
    "restore": Move(frozenset({DirectiveState.WITHDRAWN}), DirectiveState.REVIEWED, Power.ENFORCE),
}
"""The life of a directive as far as people decide it; each name is a form of the page."""


@needs(Power.SEE)
async def page(request: Request) -> Response:
    office = of(request)
    catalog = office.loa.catalog
    async with office.loa.db.reading() as db:
        directive = await found(db, Directive, request.path_params["id"])
        items = await items_of(db, directive.id)
        providers = await providers_of(db, [item.id for item in items])
        review = await db.get(DirectiveReview, directive.id)
        tasks = [(task, await leads_of(db, [task.id])) for task in await tasks_of_plan(db, directive.id)]
        ended_by = [(link, await db.get_one(Directive, link.directive_id)) for link in await links_to(db, directive.id)]
        ends = [(link, await db.get_one(Directive, link.earlier_id)) for link in await links_by(db, directive.id)]
    draft = Draft.model_validate(review.draft) if review else None
    shown = [
        (
            item,
            item_number(item.path),
            [agency_name(office.loa, agency) for agency in providers.get(item.id, ())],
            [agency_name(office.loa, agency) for agency in item.targets],
        )
        for item in items
    ]
    return office.paper.page(
        request,
        "directives/page.html",
        directive=directive,
        label=document_label(catalog, document_json(directive)),
        issuer=agency_name(office.loa, directive.issuer),
        items=shown,
        tasks=[(task, [agency_name(office.loa, lead) for lead in leads.get(task.id, ())]) for task, leads in tasks],
        review=review,
        draft=draft,
        unclear=unclear(office, draft) if draft else [],
        ended_by=[(link, document_label(catalog, document_json(other)), other.id) for link, other in ended_by],
        ends=[(link, document_label(catalog, document_json(other)), other.id) for link, other in ends],
        warnings=[str(warning) for warning in directive.reading.get("warnings", [])],
        shipped=directive.id in catalog.province.directives,
        moves=[
            name for name, move in MOVES.items() if directive.state in move.before and may(who(request), move.power)
        ],
    )


@needs(Power.SEE)
async def item(request: Request) -> Response:
    """An item, where it stands in its directive."""
    async with of(request).loa.db.reading() as db:
        found_item = await found(db, DirectiveItem, request.path_params["id"])
    return RedirectResponse(f"/console/directives/{found_item.directive_id}#{found_item.id}", 303)


@dataclass(frozen=True, slots=True)
class Moving:
    """One change of state about to be made."""

    db: AsyncSession
    office: Office
    directive: Directive
    review: DirectiveReview | None
    form: FormData


async def mark_reviewed(moving: Moving) -> int:
    """Everything in the draft must have been looked at. Raises Refused."""
    if moving.review is not None:
        draft = Draft.model_validate(moving.review.draft)
        if draft.seen < draft.pieces:
            raise Refused(moving.office.text("review.fault.unseen", seen=draft.seen, pieces=draft.pieces))
    moving.directive.state = DirectiveState.REVIEWED
    return 0


async def reopen(moving: Moving) -> int:
    moving.directive.state = DirectiveState.IMPORTED
    return 0


async def restore(moving: Moving) -> int:
    moving.directive.state = DirectiveState.REVIEWED
    return 0


async def enforce(moving: Moving) -> int:
    """Put into force what the page showed. Raises Refused when the draft has changed since."""
    seen = str(moving.form.get("revision") or "")
    if moving.review is not None and seen and seen != str(moving.review.revision):
        raise Refused(moving.office.text("review.fault.changed_since"))
    loa = moving.office.loa
    return await publish(moving.db, loa.catalog, moving.directive, moving.review, loa.clock.now())


async def take_back(moving: Moving) -> int:
    if moving.directive.state is DirectiveState.IN_FORCE:
        await withdraw(moving.db, moving.directive)
    moving.directive.state = DirectiveState.WITHDRAWN
    return 0


TAKEN: dict[str, Callable[[Moving], Awaitable[int]]] = {
    "review": mark_reviewed,
    "reopen": reopen,
    "enforce": enforce,
    "withdraw": take_back,
    "restore": restore,
}
"""What each move does; returns how many officers will be told."""


def unclear(office: Office, draft: Draft) -> list[str]:
    """What to know before a draft comes into force: names nobody resolved, tasks nobody leads, bodies that ended."""
    registry = Registry(office.loa.catalog, office.loa.clock.now().astimezone(LOCAL).date())
    found = []
    for part in draft.kept:
        if part.kind is PartKind.TASK and not any(party.id for party in part.lead):
            found.append(office.text("review.unclear.no_leader", title=part.title))
        for party in part.parties:
            body = registry.body(party.id) if party.id else None
            if body is None:
                found.append(office.text("review.unclear.no_agency", name=party.text, title=part.title))
            elif body.ended:
                found.append(office.text("review.unclear.ended", name=body.name, day=day(body.ended)))
    return list(dict.fromkeys(found))


@needs(Power.SEE)
async def original(request: Request) -> Response:
    """The file the directive was read from, as it was brought."""
    async with of(request).loa.db.reading() as db:
        review = await found(db, DirectiveReview, request.path_params["id"])
        file = await db.get(StoredFile, review.file_id) if review.file_id else None
        content = await content_of(db, review.file_id) if review.file_id else None
    if file is None or content is None:
        raise HTTPException(404)
    named = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(content, media_type=file.media_type, headers={"Content-Disposition": named})


def moving(name: str, move: Move) -> Page:
    """The form of one change of state."""

    @needs(move.power)
    async def moved(request: Request) -> Response:
        office = of(request)
        path = f"/console/directives/{request.path_params['id']}"
        async with office.loa.db.session() as db:
            directive = await found(db, Directive, request.path_params["id"])
            if directive.state not in move.before:
                state = office.text(f"console.directive.states.{directive.state.value}")
                return back(request, path, office.text("console.directive.moved_on", state=state), "error")
            before = directive.state
            review = await review_for_update(db, directive.id)
            try:
                told = await TAKEN[name](Moving(db, office, directive, review, await request.form()))
            except Refused as refusal:
                return back(request, path, refusal.text, "error")
            db.add(directive)
            note(
                db,
                who(request).name,
                f"directive.{name}",
                f"directive:{directive.id}",
                office.loa.clock.now(),
                before=before.value,
                after=move.after.value,
            )
            await db.commit()
        if told:
            office.loa.outbox.wake()
            return back(request, path, office.text("review.told_officers", count=told))
        return back(request, path, office.text(f"console.directive.told.{name}"))

    return moved


ROUTES = (
    Route("/items/{id}", item, methods=["GET"]),
    Route("/directives/{id}", page, methods=["GET"]),
    Route("/directives/{id}/original", original, methods=["GET"]),
    *(Route(f"/directives/{{id}}/{name}", moving(name, move), methods=["POST"]) for name, move in MOVES.items()),
)
