"""A list of officers from a sheet: a look at what would happen, then an invitation for each, as sheets to print."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.contact_sheets import MOST_ROWS, ContactReading, empty_sheet, read_contacts
from bot.imports import ImportFault
from bot.web.console.editions import agency_name
from bot.web.console.invitations import MOST_CARDS, MOST_DAYS, Page, Wanted, card
from bot.web.console.office import Office, Refused, back, download, needs, of, path_number, who
from bot.web.console.powers import Power
from content.whole_numbers import whole
from handlers.officers.invitees import Invitee, invite_all, sifted
from storage.agencies import Agency
from storage.audit import note
from storage.files import SHEET, FilePurpose, StoredFile, content_of, forget_files, keep_file
from storage.invitations import INVITATION_LIFE

PAGE = "/console/contacts/import"
LOOKED_AT = timedelta(hours=1)
"""How long a sheet waits for its confirmation."""


@needs(Power.INVITE)
async def page(request: Request) -> Response:
    return _show(request)


def _show(request: Request, status: int = 200, trouble: str = "") -> Response:
    return of(request).paper.page(
        request, "contacts/import.html", status, reading=None, trouble=trouble, most=MOST_ROWS
    )


@needs(Power.INVITE)
async def template(request: Request) -> Response:
    """The empty sheet."""
    body = await asyncio.to_thread(empty_sheet, of(request).loa.catalog.text)
    return download("can-bo-mau.xlsx", body, SHEET)


@needs(Power.INVITE)
async def look(request: Request) -> Response:
    """What the sheet would do. It is kept, sealed, until it is confirmed or an hour has passed."""
    office = of(request)
    async with request.form() as form:
        file = form.get("file")
        content = await file.read() if isinstance(file, UploadFile) and file.filename else b""
    if not content:
        return _show(request, 422, office.text("contact_sheet.page.no_file"))
    try:
        reading = await _read(office, content)
    except ImportFault as fault:
        no_columns = fault.key == "no_contact_columns"
        told = office.text("contact_sheet.page.no_columns") if no_columns else fault.sentence(office.loa.catalog.text)
        return _show(request, 422, told)
    now, kept = office.loa.clock.now(), None
    async with office.loa.db.session() as db:
        fresh, known = await sifted(db, reading.invitees, now)
        if fresh:
            kept = await keep_file(
                db, "can-bo.xlsx", content, SHEET, FilePurpose.CONTACTS, now, LOOKED_AT, _owner(request)
            )
        await db.commit()
    wont = [(fault.cell, "", fault.sentence(office.loa.catalog.text)) for fault in reading.faults if fault.left_out]
    wont += [(one.cell, one.named.name, office.text(f"contact_sheet.known.{why.value}")) for one, why in known]
    return office.paper.page(
        request,
        "contacts/import.html",
        reading=reading,
        fresh=[(one, agency_name(office.loa, one.agency_id)) for one in fresh],
        wont=wont,
        warned=[fault for fault in reading.faults if not fault.left_out],
        kept=kept.id if kept else None,
        days=INVITATION_LIFE.days,
        most_days=MOST_DAYS,
        trouble="",
        most=MOST_ROWS,
    )


async def _read(office: Office, content: bytes) -> ContactReading:
    return await asyncio.to_thread(read_contacts, content, office.loa.catalog, office.today())


def _owner(request: Request) -> str:
    return f"console:{who(request).name}"


@needs(Power.INVITE)
async def confirm(request: Request) -> Response:
    """Invite everybody the sheet names and who is not known by now; the answer is the sheet to print, made once."""
    office, actor = of(request), who(request).name
    now, days = office.loa.clock.now(), whole(str((await request.form()).get("days", "")), 3) or 0
    if not 1 <= days <= MOST_DAYS:
        return back(request, PAGE, office.text("contacts.invitation.number", most=MOST_DAYS), "error")
    try:
        async with office.loa.db.session() as db:
            reading = await _read(office, await _kept(db, request, now))
            fresh, _ = await sifted(db, reading.invitees, now)
            made = await invite_all(db, fresh, actor, now, timedelta(days=days))
            await forget_files(db, _owner(request))
            note(db, actor, "contacts.imported", "contacts", now, invited=len(made))
            pages = await _pages(db, office, made)
            await db.commit()
    except Refused as error:
        return back(request, PAGE, error.text, "error")
    return office.paper.page(request, "invitation_sheet.html", pages=pages)


async def _kept(db: AsyncSession, request: Request, now: datetime) -> bytes:
    """The sheet that was looked at. Raises Refused when it is gone, or somebody else's."""
    row = await db.get(StoredFile, path_number(request))
    mine = row is not None and row.purpose == FilePurpose.CONTACTS and row.owner == _owner(request)
    content = await content_of(db, row.id or 0) if row is not None and mine and row.expires_at > now else None
    if content is None:
        raise Refused(of(request).text("contact_sheet.page.gone"))
    return content


async def _pages(db: AsyncSession, office: Office, made: Sequence[tuple[Invitee, str, datetime]]) -> list[Page]:
    """The cards by agency, role and last moment, so that the terms on a page hold for all of its cards."""
    groups: dict[tuple[str, datetime, Wanted], list[tuple[Invitee, str]]] = {}
    for one, code, until in made:
        groups.setdefault((one.agency_id, until, Wanted(one.role, 1, 0)), []).append((one, code))
    pages = []
    for (agency_id, until, wanted), invited in groups.items():
        agency = await db.get_one(Agency, agency_id)
        cards = [card(office.loa, code, one.named.name) for one, code in invited]
        pages += [
            Page(agency, wanted, until, cards[start : start + MOST_CARDS]) for start in range(0, len(cards), MOST_CARDS)
        ]
    return pages


ROUTES = (
    Route("/contacts/import", page, methods=["GET"]),
    Route("/contacts/import", look, methods=["POST"]),
    Route("/contacts/import/can-bo-mau.xlsx", template, methods=["GET"]),
    Route("/contacts/import/{id}/confirm", confirm, methods=["POST"]),
)
