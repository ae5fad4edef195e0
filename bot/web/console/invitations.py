"""Invitations: a code an agency's officer registers with. It is shown once and kept nowhere."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.editions import agency_name
from bot.web.console.office import back, found, needs, of, path_number, who
from bot.web.console.powers import Power
from content.words import fold
from storage.agencies import Agency, list_agencies
from storage.audit import note
from storage.contacts import INVITATION_LIFE, Invitation, invite
from storage.worklist import invitations_issued

SHOWN = 100
LEVELS = ("province", "district", "commune", "central")


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, code: str = "", agency: str = "") -> Response:
    office = of(request)
    now = office.loa.clock.now()
    async with office.loa.db.reading() as db:
        issued = await invitations_issued(db, SHOWN)
        agencies = [entry for entry in await list_agencies(db, LEVELS) if entry.exists_on(now.date())]
    spaced = f"{code[:4]} {code[4:]}" if code else ""
    return office.paper.page(
        request,
        "invitations.html",
        issued=[(row, agency_name(office.loa, row.agency_id)) for row in issued],
        agencies=sorted(agencies, key=lambda entry: fold(entry.name)),
        code=spaced,
        invited=agency_name(office.loa, agency) if agency else "",
        days=INVITATION_LIFE.days,
        chosen=request.query_params.get("agency", ""),
        now=now,
    )


@needs(Power.INVITE)
async def issue(request: Request) -> Response:
    """Issue one; the answer to this very form is the only place the code ever stands."""
    office = of(request)
    now = office.loa.clock.now()
    wanted = str((await request.form()).get("agency", ""))
    async with office.loa.db.session() as db:
        agency = await db.get(Agency, wanted)
        if agency is None or agency.level not in LEVELS:
            return back(request, "/console/invitations", office.text("console.invitation.no_agency"), "error")
        code = await invite(db, agency.id, who(request).name, now)
        note(db, who(request).name, "invitation.issued", f"agency:{agency.id}", now)
        await db.commit()
    return await _show(request, code, agency.id)


@needs(Power.INVITE)
async def withdraw(request: Request) -> Response:
    """End an invitation nobody has used."""
    office = of(request)
    now = office.loa.clock.now()
    async with office.loa.db.session() as db:
        invitation = await found(db, Invitation, path_number(request))
        if invitation.used_at is not None or invitation.expires_at <= now:
            return back(request, "/console/invitations", office.text("console.invitation.over"), "error")
        invitation.expires_at = now
        db.add(invitation)
        note(db, who(request).name, "invitation.withdrawn", f"invitation:{invitation.id}", now)
        await db.commit()
    return back(request, "/console/invitations", office.text("console.invitation.withdrawn"))


ROUTES = (
    Route("/invitations", page, methods=["GET"]),
    Route("/invitations", issue, methods=["POST"]),
    Route("/invitations/{id}/withdraw", withdraw, methods=["POST"]),
)
