"""The department decides about an officer's request; the person is told either way through the outbox."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.messages import Choice, Reply, choice_value, clean_text, plain
from handlers.turn import LOCAL
from storage.appointments import ContactRole, appoint, appointments_of, enrol
from storage.audit import note
from storage.contacts import Account, Contact, Purpose, registered_as, set_phone, subscribe, withdraw_consents
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.requests import OfficerRequest, RequestState, request_for_update

LONGEST_REASON = 500
"""Characters; read on a phone."""


class NotWaiting(Exception):
    """The request was decided or withdrawn meanwhile."""


class NoReason(ValueError):
    """A request is refused only with a reason of 3 to LONGEST_REASON characters."""


async def approve(
    db: AsyncSession, catalog: Catalog, number: int, agency_id: str, role: ContactRole, actor: str, now: datetime
) -> Contact:
    """Let who asked speak for the agency in the role from today on. An officer who is registered already is appointed
    for it as well. Raises NotWaiting; LookupError for an unknown request."""
    request, account = await _waiting(db, number)
    contact = await registered_as(db, account)
    at_work = contact is not None
    today = now.astimezone(LOCAL).date()
    if contact is None:
        contact = await enrol(
            db,
            agency_id,
            request.name or "",
            now,
            today,
            by=actor,
            role=role,
            position=request.position,
            phone=request.phone,
        )
        account.contact_id = contact.id
        db.add(account)
        await subscribe(db, account.id or 0, now)
    else:
        await _appoint_too(db, contact, request, agency_id, role, actor, now)
    request.agency_id, request.contact_id = agency_id, contact.id
    request.decide(RequestState.APPROVED, actor, now)
    db.add(request)
    note(db, actor, "request.approved", f"request:{number}", now, agency=agency_id, role=role.value)
    told = {"agency": catalog.agency_name(agency_id), "role": catalog.text(f"contacts.roles.{role.value}")}
    if at_work:
        there = Choice(catalog.text("officer.button.go_there"), choice_value("reg", "at", agency_id))
        reply = Reply(catalog.text("request.told.approved_too", **told), (there,))
    else:
        choices = (
            Choice(catalog.text("officer.button.tasks"), "tasks"),
            Choice(catalog.text("officer.button.digest"), choice_value("digest", "view")),
        )
        reply = Reply(catalog.text("request.told.approved", **told), choices)
    await _tell(db, request, account, reply, now)
    return contact


async def _appoint_too(
    db: AsyncSession,
    contact: Contact,
    request: OfficerRequest,
    agency_id: str,
    role: ContactRole,
    actor: str,
    now: datetime,
) -> None:
    assert contact.id is not None
    today = now.astimezone(LOCAL).date()
    held = [one for one in await appointments_of(db, contact.id) if one.holds_on(today)]
    if (agency_id, role) not in {(one.agency_id, one.role) for one in held}:
        await appoint(db, contact, agency_id, role, today, by=actor, now=now)
    if contact.phone is None and request.phone is not None:
        set_phone(contact, request.phone)
        db.add(contact)


async def refuse(db: AsyncSession, catalog: Catalog, number: int, reason: str, actor: str, now: datetime) -> None:
    """Say no, and why; what was told about the person is shredded. Raises NotWaiting, NoReason; LookupError."""
    reason = clean_text(reason)
    if not 3 <= len(reason) <= LONGEST_REASON:
        raise NoReason
    request, account = await _waiting(db, number)
    request.reason = reason
    request.decide(RequestState.REFUSED, actor, now)
    db.add(request)
    if account.contact_id is None:
        await withdraw_consents(db, request.account_id, now, (Purpose.OFFICER_REGISTRATION, Purpose.PHONE))
    note(db, actor, "request.refused", f"request:{number}", now, reason=reason)
    agency, department = catalog.agency_name(request.agency_id), catalog.province.department.name
    told = catalog.text("request.told.refused", agency=agency, reason=plain(reason), department=department)
    again = Choice(catalog.text("request.button.again"), choice_value("reg", "ask"))
    await _tell(db, request, account, Reply(told, (again, Choice(catalog.text("officer.button.menu"), "menu"))), now)


async def _waiting(db: AsyncSession, number: int) -> tuple[OfficerRequest, Account]:
    request = await request_for_update(db, number)
    if request is None:
        raise LookupError(number)
    if request.state is not RequestState.OPEN:
        raise NotWaiting
    account = await db.get(Account, request.account_id)
    assert account is not None
    return request, account


async def _tell(db: AsyncSession, request: OfficerRequest, account: Account, reply: Reply, now: datetime) -> None:
    if account.left_at is None:
        row = new_delivery(DeliveryKind.NOTICE, f"request:{request.id}", account, reply.to_json(), now)
        await queue_deliveries(db, [row])
