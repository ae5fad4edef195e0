"""One directive: what it says, what the reader was unsure about, and whether it enters digests."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web.console.editions import agency_name
from bot.web.console.office import Page, back, found, needs, of, who
from bot.web.console.powers import Power, may
from handlers.digests.rendering import document_label
from handlers.digests.sections import document_json, item_number
from storage.audit import note
from storage.directives import Directive, DirectiveItem, DirectiveState, items_of, providers_of


@dataclass(frozen=True, slots=True)
class Move:
    """A change of state a person may make."""

    before: frozenset[DirectiveState]
    after: DirectiveState
    power: Power


MOVES = {
    "review": Move(frozenset({DirectiveState.IMPORTED}), DirectiveState.REVIEWED, Power.EDIT),
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
            before, directive.state = directive.state, move.after
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
        return back(request, path, office.text(f"console.directive.told.{name}"))

    return moved


ROUTES = (
    Route("/items/{id}", item, methods=["GET"]),
    Route("/directives/{id}", page, methods=["GET"]),
    *(Route(f"/directives/{{id}}/{name}", moving(name, move), methods=["POST"]) for name, move in MOVES.items()),
)
