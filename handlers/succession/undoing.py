"""Taking a change back within some days: everything that has not been touched since goes where it was."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.changes import ChangeKind
from handlers.officers.handover import NotPossible
from handlers.succession.telling import tell_undone
from storage.appointments import Appointment, appointments_on
from storage.audit import note
from storage.changes import AgencyChange, ChangeState, change_for_update, changes_standing, take_out_of_force
from storage.contacts import Contact
from storage.extensions import Extension
from storage.invitations import Invitation
from storage.questionnaires import FormDraft, draft_of
from storage.reports import ProgressReport, report_at
from storage.requests import OfficerRequest, RequestState

UNDO = timedelta(days=7)
"""How long after it was carried out a change can be taken back."""


def can_be_undone(change: AgencyChange, now: datetime) -> bool:
    return change.state is ChangeState.DONE and change.done_at is not None and now - change.done_at <= UNDO


async def undo(db: AsyncSession, catalog: Catalog, number: int, actor: str, now: datetime) -> AgencyChange:
    """All is as before, but for what the heirs have done since, which stays theirs. Raises NotPossible, LookupError."""
    change = await change_for_update(db, number)
    if change is None:
        raise LookupError(number)
    if not can_be_undone(change, now):
        raise NotPossible("succession.refused.too_late")
    concerned = {*change.before, *change.after}
    for other in await changes_standing(db):
        if other.id != change.id and other.day >= change.day and concerned & {*other.before, *other.after}:
            raise NotPossible("succession.refused.followed")
    told = await _give_back_appointments(db, change)
    if change.kind is ChangeKind.RENAME:
        there = (await appointments_on(db, change.day)).get(change.before[0], ())
        told = {contact.id for _, contact in there if contact.id is not None and contact.ended_at is None}
    await _give_back_codes(db, change, now)
    await _give_back_drafts(db, change)
    await _give_back_form_drafts(db, change)
    await take_out_of_force(db, change)
    change.state, change.ended_by, change.ended_at, change.touched_at = ChangeState.UNDONE, actor, now, now
    db.add(change)
    note(db, actor, "change.undone", f"change:{number}", now)
    await tell_undone(db, catalog, change, told, now)
    return change


async def _give_back_appointments(db: AsyncSession, change: AgencyChange) -> set[int]:
    told: set[int] = set()
    for number, last in change.moved.get("ended", {}).items():
        one = await db.get(Appointment, int(number))
        if one is not None:
            one.last_day = date.fromisoformat(last) if last else None
            db.add(one)
            told.add(one.contact_id)
    for number, agency in change.moved.get("renamed", {}).items():
        one = await db.get(Appointment, int(number))
        if one is not None:
            one.agency_id = agency
            db.add(one)
            told.add(one.contact_id)
    for number in change.moved.get("made", ()):
        one = await db.get(Appointment, number)
        if one is not None:
            await db.delete(one)
    for number, agency in change.moved.get("at", {}).items():
        contact = await db.get(Contact, int(number))
        if contact is not None and contact.agency_id in change.after:
            contact.agency_id = agency
            db.add(contact)
    return told


async def _give_back_codes(db: AsyncSession, change: AgencyChange, now: datetime) -> None:
    for number, (agency, expires) in change.moved.get("invitations", {}).items():
        code = await db.get(Invitation, int(number))
        if code is not None and code.uses < code.most_uses:
            code.agency_id = agency
            if not change.after:
                code.expires_at = max(now, datetime.fromisoformat(expires))
            db.add(code)
    for number, agency in change.moved.get("requests", {}).items():
        request = await db.get(OfficerRequest, int(number))
        if request is not None and request.state is RequestState.OPEN:
            request.agency_id = agency
            db.add(request)
    for number, agency in change.moved.get("extensions", {}).items():
        extension = await db.get(Extension, int(number))
        if extension is not None:
            extension.agency_id = agency
            db.add(extension)


async def _give_back_drafts(db: AsyncSession, change: AgencyChange) -> None:
    """Drafts go back unless the heir has submitted the report meanwhile."""
    for number, (agency, copy) in change.moved.get("drafts", {}).items():
        report = await db.get(ProgressReport, int(number))
        if report is None:
            continue
        if copy is None:
            if not report.version and await report_at(db, report.task_id, agency, report.period) is None:
                report.agency_id = agency
                db.add(report)
            continue
        heirs = await db.get(ProgressReport, copy)
        if heirs is not None and not heirs.version:
            report.draft, report.draft_by = dict(heirs.draft), heirs.draft_by
            db.add(report)
            await db.delete(heirs)
    await db.flush()


async def _give_back_form_drafts(db: AsyncSession, change: AgencyChange) -> None:
    """What was handed in or dropped since is gone; what the officer has begun anew stays."""
    for number, agency in change.moved.get("form_drafts", {}).items():
        draft = await db.get(FormDraft, int(number))
        if draft is None or draft.agency_id not in change.after:
            continue
        if await draft_of(db, draft.form_id, draft.contact_id, agency, draft.period) is None:
            draft.agency_id = agency
            db.add(draft)
            await db.flush()
