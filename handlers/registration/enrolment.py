"""The end of a registration: the account speaks for the agency from now on."""

from __future__ import annotations

from content.figures import day
from handlers.messages import Reply, plain
from handlers.plans.duties import agency_name, duties_of
from handlers.registration.invitation import no_longer
from handlers.registration.questions import Step, after, open_at, person_of, wording
from handlers.registration.request import send
from handlers.turn import Turn
from storage import contacts
from storage.appointments import depart, enrol
from storage.audit import note
from storage.contacts import Contact, Purpose
from storage.invitations import Invitation, claim_invitation


async def finish(turn: Turn) -> list[Reply]:
    """Link the account to a new contact of the agency, subscribe it, and say what comes next. Who has no invitation
    sends a request instead."""
    if turn.conversation.form.get("request"):
        return await send(turn)
    form, person = turn.conversation.form, person_of(turn)
    department = turn.catalog.province.department.name
    today = turn.local_now.date()
    invitation = await turn.db.get(Invitation, form["invitation"])
    assert turn.account.id is not None
    assert invitation is not None
    if not await claim_invitation(turn.db, invitation, turn.now):
        open_at(turn, Step.CODE)
        return [no_longer(turn, invitation, "officer.code.just_used")]
    contact = await enrol(
        turn.db,
        form["agency"],
        person["name"] or "",
        turn.now,
        max(invitation.first_day or today, today),
        by=invitation.issued_by,
        role=invitation.role,
        position=person["position"],
        phone=person["phone"],
        last_day=invitation.last_day,
    )
    detail = {"agency": form["agency"], "invitation": invitation.id}
    note(turn.db, "account", "officer.registered", f"contact:{contact.id}", turn.now, **detail)
    invitation.used_by = contact.id
    invitation.invitee_name = invitation.invitee_position = invitation.invitee_phone = None
    turn.db.add(invitation)
    before = await contacts.registered_as(turn.db, turn.account)
    await contacts.give_consent(turn.db, turn.account.id, Purpose.OFFICER_REGISTRATION, wording(turn), turn.now)
    if person["phone"]:
        asked = turn.text("officer.phone.ask", department=department)
        await contacts.give_consent(turn.db, turn.account.id, Purpose.PHONE, asked, turn.now)
    turn.account.contact_id = contact.id
    turn.db.add(turn.account)
    await contacts.subscribe(turn.db, turn.account.id, turn.now)
    if before is not None:
        await _leave_behind(turn, before)
    turn.contact = contact
    turn.conversation.form = {}
    name, agency = plain(contact.name), agency_name(turn, contact.agency_id)
    if before is None:
        welcome = turn.text("officer.done", name=name, agency=agency)
    else:
        welcome = turn.text("officer.changed", name=name, agency=agency, old=agency_name(turn, before.agency_id))
    return [Reply(f"{welcome}\n{await _outlook(turn, contact.agency_id)}", after(turn))]


async def _leave_behind(turn: Turn, before: Contact) -> None:
    """The old contact ends once no account speaks for it; its reports stay with the old agency."""
    await turn.db.flush()
    assert before.id is not None
    if not await contacts.accounts_of(turn.db, before.id):
        await depart(turn.db, before, turn.now, turn.local_now.date())


async def _outlook(turn: Turn, agency_id: str) -> str:
    """How much the agency owes, and what is due first."""
    today = turn.local_now.date()
    owed = [one for one in await duties_of(turn.db, turn.catalog, agency_id, today) if one.owed and not one.handed_in]
    if not owed:
        return turn.text("officer.no_tasks")
    dues = [one.due for one in owed if one.due is not None]
    due = day(min(dues)) if dues else turn.text("officer.tasks.no_due")
    return turn.text("officer.has_tasks", count=len(owed), due=due)
