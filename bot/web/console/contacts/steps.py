"""What the department does about an officer: appoint, hand over, let stand in, end."""

from __future__ import annotations

from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.contacts.pages import show_person
from bot.web.console.contacts.register import LEVELS
from bot.web.console.office import Office, Refused, back, found, needs, of, path_number, who
from bot.web.console.powers import Power
from content.figures import day as day_text
from content.whole_numbers import whole
from handlers.officers import handover
from handlers.officers.handover import NotPossible
from storage.agencies import Agency
from storage.appointments import Appointment, ContactRole, appoint, depart
from storage.audit import note
from storage.contacts import Contact


@needs(Power.EDIT)
async def step(request: Request) -> Response:
    """Take one step in one transaction and go back to the officer's page, where its outcome is told."""
    office = of(request)
    number, take = path_number(request), STEPS[request.url.path.rsplit("/", 1)[1]]
    form = {key: str(value).strip() for key, value in (await request.form()).items()}
    try:
        async with office.loa.db.session() as db:
            told = await take(db, office, await found(db, Contact, number), form, who(request).name)
            await db.commit()
    except Refused as error:
        return await show_person(request, 409, error.text)
    except NotPossible as error:
        return await show_person(request, 409, office.text(error.key))
    office.loa.outbox.wake()
    return back(request, f"/console/contacts/{number}", told)


async def _appoint(db: AsyncSession, office: Office, contact: Contact, form: dict[str, str], actor: str) -> str:
    agency = await db.get(Agency, form.get("agency", ""))
    role = role_named(office, form.get("role", ""))
    first, last = _day(office, form, "first"), _day(office, form, "last") if form.get("last") else None
    if agency is None or agency.level not in LEVELS or not agency.exists_on(first):
        raise Refused(office.text("contacts.refused.agency"))
    if contact.ended_at is not None:
        raise Refused(office.text("contacts.refused.gone"))
    if (last is not None and last < first) or first < office.today():
        raise Refused(office.text("contacts.refused.period"))
    now = office.loa.clock.now()
    await appoint(db, contact, agency.id, role, first, by=actor, now=now, last_day=last)
    note(db, actor, "appointment.made", f"contacts:{contact.id}", now, agency=agency.id, role=role.value)
    role_name = office.text(f"contacts.roles.{role.value}")
    return office.text("contacts.done.appointed", agency=agency.name, role=role_name, day=day_text(first))


async def _hand_over(db: AsyncSession, office: Office, contact: Contact, form: dict[str, str], actor: str) -> str:
    given, taker = await _given(db, contact, form), await _taker(db, office, form)
    day, now = _day(office, form, "day"), office.loa.clock.now()
    made = await handover.hand_over(db, office.loa.catalog, given, taker, day, actor, now)
    key = "contacts.done.handed_over" if made.done_at else "contacts.done.handover_planned"
    return office.text(key, taker=taker.name, day=day_text(day))


async def _stand_in(db: AsyncSession, office: Office, contact: Contact, form: dict[str, str], actor: str) -> str:
    given, taker = await _given(db, contact, form), await _taker(db, office, form)
    first, last = _day(office, form, "first"), _day(office, form, "last")
    await handover.stand_in(db, given, taker, first, last, actor, office.loa.clock.now())
    return office.text("contacts.done.stood_in", taker=taker.name, first=day_text(first), last=day_text(last))


async def _end(db: AsyncSession, office: Office, contact: Contact, form: dict[str, str], actor: str) -> str:
    given, last = await _given(db, contact, form), _day(office, form, "last")
    await handover.end_early(db, given, last, actor, office.loa.clock.now())
    return office.text("contacts.done.ended", day=day_text(last))


async def _depart(db: AsyncSession, office: Office, contact: Contact, _form: dict[str, str], actor: str) -> str:
    if contact.ended_at is not None:
        raise Refused(office.text("contacts.refused.gone"))
    now = office.loa.clock.now()
    await depart(db, contact, now, office.today())
    note(db, actor, "contacts.ended", f"contacts:{contact.id}", now)
    return office.text("contacts.done.departed", name=contact.name)


async def _given(db: AsyncSession, contact: Contact, form: dict[str, str]) -> Appointment:
    """The appointment the form is about. Raises 404 when the officer has no such one."""
    number = whole(form.get("appointment", ""))
    given = await db.get(Appointment, number, with_for_update=True) if number is not None else None
    if given is None or given.contact_id != contact.id:
        raise HTTPException(404)
    return given


async def _taker(db: AsyncSession, office: Office, form: dict[str, str]) -> Contact:
    number = whole(form.get("taker", ""))
    taker = await db.get(Contact, number) if number is not None else None
    if taker is None:
        raise Refused(office.text("contacts.refused.taker"))
    return taker


def role_named(office: Office, name: str) -> ContactRole:
    """The role of that name. Raises Refused."""
    try:
        return ContactRole(name)
    except ValueError:
        raise Refused(office.text("contacts.refused.role")) from None


def _day(office: Office, form: dict[str, str], field: str) -> date:
    try:
        return date.fromisoformat(form.get(field, ""))
    except ValueError:
        raise Refused(office.text("console.no_such_day")) from None


STEPS = {"appoint": _appoint, "handover": _hand_over, "stand-in": _stand_in, "end": _end, "depart": _depart}
ROUTES = tuple(Route(f"/contacts/{{id}}/{name}", step, methods=["POST"]) for name in STEPS)
