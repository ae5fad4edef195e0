"""What the department does about a change: share out, confirm, cancel, undo."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.agency_changes.pages import PAGE, show_change
from bot.web.console.office import Office, back, needs, of, path_number, who
from bot.web.console.powers import Power
from content.figures import day as day_text
from handlers.officers.handover import NotPossible
from handlers.succession import planning, undoing
from storage.changes import ChangeState

CONTACT, TASK = "contact:", "task:"
"""Before a number or an id, in the fields that share things out."""


@needs(Power.EDIT)
async def step(request: Request) -> Response:
    """Take one step in one transaction and go back to the change's page, where its outcome is told."""
    office = of(request)
    number, take = path_number(request), STEPS[request.url.path.rsplit("/", 1)[1]]
    form = {key: str(value).strip() for key, value in (await request.form()).items()}
    try:
        async with office.loa.db.session() as db:
            told = await take(db, office, number, form, who(request).name)
            await db.commit()
    except NotPossible as error:
        return await show_change(request, 409, office.text(error.key))
    except LookupError:
        raise HTTPException(404) from None
    await office.loa.settle_agencies()
    office.loa.outbox.wake()
    return back(request, f"{PAGE}/{number}", told)


async def _share(db: AsyncSession, office: Office, number: int, form: dict[str, str], actor: str) -> str:
    contacts = {key.removeprefix(CONTACT): heir for key, heir in form.items() if key.startswith(CONTACT)}
    tasks = {key.removeprefix(TASK): heir for key, heir in form.items() if key.startswith(TASK)}
    await planning.share(db, number, contacts, tasks, form.get("rest", ""), actor, office.loa.clock.now())
    return office.text("succession.page.did.shared")


async def _confirm(db: AsyncSession, office: Office, number: int, _form: dict[str, str], actor: str) -> str:
    change = await planning.confirm(db, office.loa.catalog, number, actor, office.loa.clock.now())
    key = "succession.page.did.done" if change.state is ChangeState.DONE else "succession.page.did.planned"
    return office.text(key, day=day_text(change.day))


async def _cancel(db: AsyncSession, office: Office, number: int, _form: dict[str, str], actor: str) -> str:
    await planning.cancel(db, number, actor, office.loa.clock.now())
    return office.text("succession.page.did.cancelled")


async def _undo(db: AsyncSession, office: Office, number: int, _form: dict[str, str], actor: str) -> str:
    await undoing.undo(db, office.loa.catalog, number, actor, office.loa.clock.now())
    return office.text("succession.page.did.undone")


STEPS = {"share": _share, "confirm": _confirm, "cancel": _cancel, "undo": _undo}
ROUTES = tuple(Route(f"/agency-changes/{{id}}/{name}", step, methods=["POST"]) for name in STEPS)
