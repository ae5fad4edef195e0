"""Officers who ask to speak for an agency without an invitation: the queue, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.contacts.pages import shown_phone
from bot.web.console.contacts.register import LEVELS
from bot.web.console.contacts.steps import role_named
from bot.web.console.editions import agency_name
from bot.web.console.office import Refused, back, needs, of, path_number, who
from bot.web.console.powers import Power
from content.words import fold
from handlers.registration.deciding import LONGEST_REASON, NoReason, NotWaiting, approve, refuse
from storage.agencies import Agency, list_agencies
from storage.appointments import Appointment, ContactRole, contacts_of
from storage.contacts import Account, Contact, registered_as, with_phone
from storage.requests import OfficerRequest, requests_decided, requests_waiting

PAGE = "/console/contacts/requests"
SHOWN = 30
"""Decided requests on the page."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with what helps to decide it."""

    request: OfficerRequest
    account: Account
    agency: str
    phone: str
    knows: Contact | None
    """The officer the account speaks as already."""
    same_phone: Sequence[Contact]
    there: Sequence[tuple[Appointment, Contact]]
    """Who speaks for the agency today."""


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, status: int = 200, trouble: str = "") -> Response:
    office = of(request)
    today = office.today()
    async with office.loa.db.reading() as db:
        waiting = [await _asked(db, request, one) for one in await requests_waiting(db)]
        decided = await requests_decided(db, SHOWN)
        agencies = [one for one in await list_agencies(db, LEVELS) if one.exists_on(today)]
    return office.paper.page(
        request,
        "contacts/requests.html",
        status,
        waiting=waiting,
        decided=[(one, agency_name(office.loa, one.agency_id)) for one in decided],
        agencies=sorted(agencies, key=lambda one: fold(one.name)),
        roles=list(ContactRole),
        most=LONGEST_REASON,
        trouble=trouble,
    )


async def _asked(db: AsyncSession, request: Request, one: OfficerRequest) -> Asked:
    office = of(request)
    account = await db.get(Account, one.account_id)
    assert account is not None
    return Asked(
        one,
        account,
        agency_name(office.loa, one.agency_id),
        shown_phone(request, one.phone),
        await registered_as(db, account),
        await with_phone(db, one.phone) if one.phone else (),
        [pair for pair in await contacts_of(db, one.agency_id, office.today()) if pair[1].ended_at is None],
    )


@needs(Power.INVITE)
async def approved(request: Request) -> Response:
    office, form = of(request), await request.form()
    agency_id = str(form.get("agency", ""))
    try:
        role = role_named(office, str(form.get("role", "")))
        async with office.loa.db.session() as db:
            agency = await db.get(Agency, agency_id)
            if agency is None or agency.level not in LEVELS or not agency.exists_on(office.today()):
                raise Refused(office.text("contacts.refused.agency"))
            now, actor = office.loa.clock.now(), who(request).name
            made = await approve(db, office.loa.catalog, path_number(request), agency_id, role, actor, now)
            await db.commit()
    except Refused as error:
        return await _show(request, 409, error.text)
    except NotWaiting:
        return await _show(request, 409, office.text("request.page.not_waiting"))
    except LookupError:
        raise HTTPException(404) from None
    office.loa.outbox.wake()
    told = {"name": made.name, "agency": agency.name, "role": office.text(f"contacts.roles.{role.value}")}
    return back(request, PAGE, office.text("request.page.done_approved", **told))


@needs(Power.INVITE)
async def refused(request: Request) -> Response:
    office, form = of(request), await request.form()
    reason = str(form.get("reason", "")).replace("\r\n", "\n")
    try:
        async with office.loa.db.session() as db:
            number, now = path_number(request), office.loa.clock.now()
            await refuse(db, office.loa.catalog, number, reason, who(request).name, now)
            await db.commit()
    except NoReason:
        return await _show(request, 409, office.text("request.page.no_reason", most=LONGEST_REASON))
    except NotWaiting:
        return await _show(request, 409, office.text("request.page.not_waiting"))
    except LookupError:
        raise HTTPException(404) from None
    office.loa.outbox.wake()
    return back(request, PAGE, office.text("request.page.done_refused"))


ROUTES = (
    Route("/contacts/requests", page, methods=["GET"]),
    Route("/contacts/requests/{id}/approve", approved, methods=["POST"]),
    Route("/contacts/requests/{id}/refuse", refused, methods=["POST"]),
)
