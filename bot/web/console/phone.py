"""My phone: the chat linked to a console account, for cards to approve and for tests."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import back, needs, of, who
from bot.web.console.powers import Power
from storage.audit import note
from storage.contacts import Account
from storage.invitations import new_code
from storage.links import CODE_LIFE, link_of, offer_code, unlink

PAGE = "/console/phone"


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, code: str = "") -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        link = await link_of(db, who(request).id or 0)
        account = await db.get(Account, link.account_id) if link is not None and link.account_id else None
    minutes = int(CODE_LIFE.total_seconds() // 60)
    return office.paper.page(request, "phone.html", link=link, account=account, code=code, minutes=minutes)


@needs(Power.SEE)
async def ask(request: Request) -> Response:
    """Show a code; it is not kept anywhere in the clear, so it stands on this one page only."""
    office, code = of(request), new_code()
    async with office.loa.db.session() as db:
        user, now = who(request), office.loa.clock.now()
        await offer_code(db, user.id or 0, code, now)
        note(db, user.name, "chat.code_shown", f"user:{user.id}", now)
        await db.commit()
    return await _show(request, code)


@needs(Power.SEE)
async def cut(request: Request) -> Response:
    office, user = of(request), who(request)
    async with office.loa.db.session() as db:
        if await unlink(db, user.id or 0):
            note(db, user.name, "chat.unlinked", f"user:{user.id}", office.loa.clock.now())
        await db.commit()
    return back(request, PAGE, office.text("phone.unlinked"))


ROUTES = (
    Route("/phone", page, methods=["GET"]),
    Route("/phone/code", ask, methods=["POST"]),
    Route("/phone/unlink", cut, methods=["POST"]),
)
