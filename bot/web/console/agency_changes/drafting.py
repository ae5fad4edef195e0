"""A new change: which kind, which agencies, from which day, by which document; or one the State decided, taken up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web.console.agency_changes.pages import PAGE, day_given
from bot.web.console.contacts.register import LEVELS
from bot.web.console.office import back, needs, of, who
from bot.web.console.powers import Power
from content.changes import ChangeKind
from content.schema import Agency
from content.words import fold
from handlers.officers.handover import NotPossible
from handlers.succession.planning import LONGEST_BASIS, LONGEST_NAME, Wanted, adopt, draft


@needs(Power.EDIT)
async def form_page(request: Request) -> Response:
    return _show(request, _kind(request.query_params.get("kind", ChangeKind.MERGE.value)), {})


def _kind(name: str) -> ChangeKind:
    try:
        return ChangeKind(name)
    except ValueError:
        raise HTTPException(404) from None


def _show(
    request: Request, kind: ChangeKind, given: Mapping[str, Sequence[str]], status: int = 200, trouble: str = ""
) -> Response:
    office = of(request)
    living = [one for one in office.loa.catalog.province.agencies.living() if one.level in LEVELS]
    by_level: dict[str, list[Agency]] = {level: [] for level in LEVELS}
    for one in sorted(living, key=lambda one: fold(one.name)):
        by_level[one.level].append(one)
    return office.paper.page(
        request,
        "agency_changes/new.html",
        status,
        kind=kind,
        kinds=list(ChangeKind),
        levels={level: found for level, found in by_level.items() if found},
        given=given,
        today=office.today(),
        most_name=LONGEST_NAME,
        most_basis=LONGEST_BASIS,
        trouble=trouble,
    )


@needs(Power.EDIT)
async def made(request: Request) -> Response:
    """Write the change down and show what it will do."""
    office, form = of(request), await request.form()
    kind = _kind(_one(form, "kind"))
    given = {name: [str(value) for value in form.getlist(name)] for name in form}
    day = day_given(_one(form, "day"))
    if day is None:
        return _show(request, kind, given, 422, office.text("console.no_such_day"))
    wanted = Wanted(
        kind=kind,
        day=day,
        basis=_one(form, "basis"),
        before=tuple(filter(None, given.get("before", []))),
        after=tuple(filter(None, given.get("after", []))),
        new_names=tuple(filter(None, (line.strip() for line in _one(form, "names").splitlines()))),
        note=_one(form, "note"),
    )
    try:
        async with office.loa.db.session() as db:
            change = await draft(db, office.loa.catalog, wanted, who(request).name, office.loa.clock.now())
            await db.commit()
    except NotPossible as error:
        return _show(request, kind, given, 422, office.text(error.key))
    return RedirectResponse(f"{PAGE}/{change.id}", 303)


@needs(Power.EDIT)
async def adopted(request: Request) -> Response:
    """Take up what the State decided: its page shows what it will do here."""
    office, spec = of(request), _one(await request.form(), "spec")
    try:
        async with office.loa.db.session() as db:
            change = await adopt(db, office.loa.catalog, spec, who(request).name, office.loa.clock.now())
            await db.commit()
    except NotPossible as error:
        return back(request, PAGE, office.text(error.key), "error")
    except LookupError:
        raise HTTPException(404) from None
    return RedirectResponse(f"{PAGE}/{change.id}", 303)


def _one(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()


ROUTES = (
    Route("/agency-changes/new", form_page, methods=["GET"]),
    Route("/agency-changes", made, methods=["POST"]),
    Route("/agency-changes/adopt", adopted, methods=["POST"]),
)
