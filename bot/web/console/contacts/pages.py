"""The register of agencies and officers, and everything known about one officer."""

from __future__ import annotations

from collections import Counter

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.contacts.register import LEVELS, SILENT, Lack, found_by, register
from bot.web.console.editions import agency_name
from bot.web.console.office import Office, found, needs, of, path_number, who
from bot.web.console.powers import Power, may
from content.words import fold
from storage.agencies import list_agencies
from storage.appointments import ContactRole, appointments_of, appointments_on
from storage.contacts import Contact, accounts_of, consents_of, subscribed_accounts
from storage.handovers import handovers_with
from storage.requests import count_waiting

LONGEST_QUERY = 80


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    """Who speaks for each agency; agencies that lack somebody on top."""
    office = of(request)
    query = request.query_params.get("q", "")[:LONGEST_QUERY]
    lack = request.query_params.get("lack", "")
    async with office.loa.db.reading() as db:
        entries = await register(db, office.loa.clock.now(), office.today())
        waiting = await count_waiting(db)
    counts = Counter(entry.lack for entry in entries)
    shown = [entry for entry in found_by(entries, query) if lack not in set(Lack) or entry.lack == lack]
    return office.paper.page(
        request,
        "contacts/list.html",
        entries=shown,
        total=len(entries),
        counts=counts,
        lacks=list(Lack),
        lack=lack,
        query=query,
        silent=SILENT.days,
        waiting=waiting,
    )


@needs(Power.SEE)
async def person_page(request: Request) -> Response:
    return await show_person(request)


async def show_person(request: Request, status: int = 200, trouble: str = "") -> Response:
    """The officer's page; ``trouble`` tells why a step on it was not taken."""
    office = of(request)
    today = office.today()
    async with office.loa.db.reading() as db:
        contact = await found(db, Contact, path_number(request))
        assert contact.id is not None
        appointments = await appointments_of(db, contact.id)
        accounts = await accounts_of(db, contact.id)
        consents = await consents_of(db, [one.id for one in accounts if one.id is not None])
        subscribed = await subscribed_accounts(db)
        handovers = await handovers_with(db, contact.id)
        named = {one.giver_id for one in handovers} | {one.taker_id for one in handovers}
        named |= {one.stands_in_for for one in appointments if one.stands_in_for is not None}
        names = {number: row.name for number in named if (row := await db.get(Contact, number))}
        colleagues = await _colleagues(db, office, contact)
        agencies = sorted(await list_agencies(db, LEVELS), key=lambda one: fold(one.name))
    channel_of = {account.id: account.channel for account in accounts}
    return office.paper.page(
        request,
        "contacts/person.html",
        status,
        contact=contact,
        phone=shown_phone(request, contact.phone),
        appointments=[(one, agency_name(office.loa, one.agency_id)) for one in appointments],
        accounts=[(one, one.id in subscribed) for one in accounts],
        consents=[(one, channel_of[one.account_id]) for one in consents],
        handovers=[(one, agency_name(office.loa, one.agency_id)) for one in handovers],
        names=names,
        colleagues=colleagues,
        agencies=[one for one in agencies if one.exists_on(today)],
        roles=list(ContactRole),
        today=today,
        trouble=trouble,
    )


def shown_phone(request: Request, phone: str | None) -> str:
    """The number as this account may see it: whole, or its last three digits."""
    if phone is None:
        return ""
    return f"+{phone}" if may(who(request), Power.SEE_PHONES) else f"••••{phone[-3:]}"


async def _colleagues(db: AsyncSession, office: Office, contact: Contact) -> list[tuple[int, str]]:
    """Officers who could take over: those of the same agency first, then all others by agency."""
    listed = []
    for agency_id, officers in (await appointments_on(db, office.today())).items():
        for _, other in officers:
            if other.id is not None and other.id != contact.id and other.ended_at is None:
                elsewhere = agency_id != contact.agency_id
                label = f"{other.name} – {agency_name(office.loa, agency_id)}"
                listed.append((elsewhere, fold(label), other.id, label))
    return [(number, label) for _, _, number, label in sorted(set(listed))]


ROUTES = (
    Route("/contacts", list_page, methods=["GET"]),
    Route("/contacts/{id}", person_page, methods=["GET"]),
)
