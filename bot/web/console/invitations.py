"""Invitations: codes officers register with, one to be read out or a sheet to be printed. Shown once, kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from markupsafe import Markup
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import Loa
from bot.web.console.contacts.register import LEVELS, Lack, register
from bot.web.console.editions import agency_name
from bot.web.console.office import Office, Refused, back, found, needs, of, path_number, who
from bot.web.console.powers import Power
from content.whole_numbers import whole
from content.words import fold
from storage.agencies import Agency, list_agencies
from storage.appointments import ContactRole
from storage.audit import note
from storage.invitations import INVITATION_LIFE, Invitation, invitations_issued, invite

SHOWN = 100
MOST_CARDS, MOST_USES, MOST_DAYS = 4, 20, 90
"""Cards on an agency's sheet (one A4 page), officers per code, days a code is good."""
EVERYBODY = "lacking"
"""Instead of one agency: every agency without a main contact."""


@dataclass(frozen=True, slots=True)
class Link:
    """One way to Loa, as a picture for a phone's camera and as text."""

    channel: str
    address: str
    picture: Markup


@dataclass(frozen=True, slots=True)
class Card:
    """One code on a sheet."""

    code: str
    links: Sequence[Link]
    name: str = ""
    """Whom it is for, when that is known."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an invitation is to be like."""

    role: ContactRole
    uses: int
    days: int

    @property
    def life(self) -> timedelta:
        return timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Page:
    """One A4 page of cards."""

    agency: Agency
    wanted: Wanted
    until: datetime
    cards: Sequence[Card]


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, code: str = "", agency: str = "") -> Response:
    office = of(request)
    now = office.loa.clock.now()
    async with office.loa.db.reading() as db:
        issued = await invitations_issued(db, SHOWN)
        agencies = [entry for entry in await list_agencies(db, LEVELS) if entry.exists_on(now.date())]
    return office.paper.page(
        request,
        "invitations.html",
        issued=[(row, agency_name(office.loa, row.agency_id)) for row in issued],
        agencies=sorted(agencies, key=lambda entry: fold(entry.name)),
        code=_spaced(code) if code else "",
        invited=agency_name(office.loa, agency) if agency else "",
        days=INVITATION_LIFE.days,
        chosen=request.query_params.get("agency", ""),
        everybody=EVERYBODY,
        roles=list(ContactRole),
        most={"cards": MOST_CARDS, "uses": MOST_USES, "days": MOST_DAYS},
        now=now,
    )


def _spaced(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


async def _wanted(request: Request) -> tuple[str, Wanted, int]:
    """The agency, what its invitations are like, and how many cards. Raises Refused."""
    office, form = of(request), await request.form()

    def number(field: str, usual: int, most: int) -> int:
        wanted = whole(str(form.get(field, usual)).strip(), 3) or 0
        if not 1 <= wanted <= most:
            raise Refused(office.text("contacts.invitation.number", most=most))
        return wanted

    try:
        role = ContactRole(str(form.get("role", ContactRole.MAIN.value)))
    except ValueError:
        raise Refused(office.text("contacts.refused.role")) from None
    wanted = Wanted(role, number("uses", 1, MOST_USES), number("days", INVITATION_LIFE.days, MOST_DAYS))
    return str(form.get("agency", "")), wanted, number("cards", 1, MOST_CARDS)


async def _agency(db: AsyncSession, office: Office, agency_id: str) -> Agency:
    agency = await db.get(Agency, agency_id)
    if agency is None or agency.level not in LEVELS or not agency.exists_on(office.today()):
        raise Refused(office.text("console.invitation.no_agency"))
    return agency


async def _issue(db: AsyncSession, agency: Agency, wanted: Wanted, actor: str, now: datetime) -> str:
    note(db, actor, "invitation.issued", f"agency:{agency.id}", now, role=wanted.role.value, uses=wanted.uses)
    return await invite(db, agency.id, actor, now, role=wanted.role, uses=wanted.uses, life=wanted.life)


@needs(Power.INVITE)
async def issue(request: Request) -> Response:
    """Issue one; the answer to this very form is the only place the code ever stands."""
    office = of(request)
    now = office.loa.clock.now()
    try:
        agency_id, wanted, _ = await _wanted(request)
        async with office.loa.db.session() as db:
            agency = await _agency(db, office, agency_id)
            code = await _issue(db, agency, wanted, who(request).name, now)
            await db.commit()
    except Refused as error:
        return back(request, "/console/invitations", error.text, "error")
    return await _show(request, code, agency.id)


@needs(Power.INVITE)
async def sheet(request: Request) -> Response:
    """Pages to print: one A4 page of cards for each agency. They are made now and cannot be had again."""
    office = of(request)
    now = office.loa.clock.now()
    try:
        agency_id, wanted, cards = await _wanted(request)
        async with office.loa.db.session() as db:
            if agency_id == EVERYBODY:
                entries = await register(db, now, office.today())
                agencies = [entry.agency for entry in entries if entry.lack is Lack.NO_MAIN]
            else:
                agencies = [await _agency(db, office, agency_id)]
            pages = [
                Page(
                    agency,
                    wanted,
                    now + wanted.life,
                    [card(office.loa, await _issue(db, agency, wanted, who(request).name, now)) for _ in range(cards)],
                )
                for agency in agencies
            ]
            await db.commit()
    except Refused as error:
        return back(request, "/console/invitations", error.text, "error")
    if not pages:
        return back(request, "/console/invitations", office.text("contacts.invitation.nobody_lacks"))
    return office.paper.page(request, "invitation_sheet.html", pages=pages)


def card(loa: Loa, code: str, name: str = "") -> Card:
    links = [Link(channel, where, _picture(where)) for channel, where in links_to(loa, code)]
    return Card(_spaced(code), links, name)


def links_to(loa: Loa, code: str) -> list[tuple[str, str]]:
    """Where a phone's camera can lead: Telegram's link carries the code, Zalo's only opens the account."""
    settings = loa.settings
    found = []
    if settings.zalo_on and settings.zalo_oa_id:
        found.append(("zalo", f"https://zalo.me/{settings.zalo_oa_id}"))
    if settings.telegram_token.get_secret_value() and settings.telegram_name:
        found.append(("telegram", f"https://t.me/{settings.telegram_name}?start={code}"))
    return found


def _picture(address: str) -> Markup:
    """The address as a QR code, drawn in the page so that nothing is fetched."""
    return Markup(segno.make(address, error="m", micro=False).svg_inline(scale=3, border=2, omitsize=True))  # noqa: S704 - segno draws paths only


@needs(Power.INVITE)
async def withdraw(request: Request) -> Response:
    """End an invitation that could still be used."""
    office = of(request)
    now = office.loa.clock.now()
    async with office.loa.db.session() as db:
        invitation = await found(db, Invitation, path_number(request))
        if not invitation.is_open(now):
            return back(request, "/console/invitations", office.text("console.invitation.over"), "error")
        invitation.expires_at = now
        db.add(invitation)
        note(db, who(request).name, "invitation.withdrawn", f"invitation:{invitation.id}", now)
        await db.commit()
    return back(request, "/console/invitations", office.text("console.invitation.withdrawn"))


ROUTES = (
    Route("/invitations", page, methods=["GET"]),
    Route("/invitations", issue, methods=["POST"]),
    Route("/invitations/sheet", sheet, methods=["POST"]),
    Route("/invitations/{id}/withdraw", withdraw, methods=["POST"]),
)
