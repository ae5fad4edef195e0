"""Officers hear of a change once: those whose agency it was, and those whose agency has more to do now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.changes import ChangeKind
from content.figures import day
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.plans.duties import short
from storage.appointments import Appointment, appointments_on
from storage.changes import AgencyChange
from storage.contacts import accounts_of
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.questionnaires import DepartmentForm, FormDraft


def names_of(catalog: Catalog, change: AgencyChange, agencies: Collection[str]) -> str:
    """The agencies by name, also those that are still to come."""
    return "; ".join(change.coming.get(one) or catalog.agency_name(one) for one in agencies)


async def tell_done(db: AsyncSession, catalog: Catalog, change: AgencyChange, now: datetime) -> int:
    """Tell everybody concerned that it is done; how many messages were queued."""
    moved = change.moved
    numbers = [*moved.get("ended", ()), *moved.get("renamed", ())]
    kept = [found for number in numbers if (found := await db.get(Appointment, int(number))) is not None]
    went = {one.contact_id: one.agency_id if str(one.id) in moved.get("renamed", ()) else None for one in kept}
    for number in moved.get("made", ()):
        new = await db.get_one(Appointment, number)
        went[new.contact_id] = new.agency_id
    there = await appointments_on(db, change.day)
    receiving = change.before if change.kind is ChangeKind.RENAME else change.after
    others = {
        contact.id: agency
        for agency in receiving
        for _, contact in there.get(agency, ())
        if contact.id is not None and contact.ended_at is None and contact.id not in went
    }
    begun = await _forms_begun(db, change)
    rows = []
    for contact_id, heir in {**others, **went}.items():
        forms = begun.get(contact_id, ())
        reply = (
            _own(catalog, change, heir, forms)
            if contact_id in went
            else _receiving(catalog, change, others[contact_id])
        )
        rows += await _notices(db, contact_id, f"change:{change.id}", reply, now)
    return await queue_deliveries(db, rows)


async def _forms_begun(db: AsyncSession, change: AgencyChange) -> dict[int, list[DepartmentForm]]:
    """The forms of the department whose drafts went along, by officer."""
    found: dict[int, list[DepartmentForm]] = {}
    for number in change.moved.get("form_drafts", ()):
        draft = await db.get_one(FormDraft, int(number))
        found.setdefault(draft.contact_id, []).append(await db.get_one(DepartmentForm, draft.form_id))
    return found


def _own(catalog: Catalog, change: AgencyChange, heir: str | None, forms: Sequence[DepartmentForm]) -> Reply:
    said = {
        "old": plain(names_of(catalog, change, change.before)),
        "basis": plain(change.basis),
        "day": day(change.day),
    }
    tasks = Choice(catalog.text("officer.button.tasks"), "tasks")
    if not change.after:
        ask = Choice(catalog.text("officer.button.register"), choice_value("reg", "begin"))
        department = catalog.province.department.name
        return Reply(catalog.text("succession.told.dissolved", department=department, **said), (ask,))
    new = names_of(catalog, change, [heir] if heir else change.after)
    told = [catalog.text(f"succession.told.{change.kind.value}", new=plain(new), **said)]
    if forms:
        titles = "; ".join(dict.fromkeys(f"«{plain(form.title)}»" for form in forms))
        told.append(catalog.text("succession.told.forms", titles=titles))
    going_on = {form.id: Choice(short(form.title), choice_value("bieumau", form.id)) for form in forms[:2]}
    return Reply("\n".join(told), (tasks, *going_on.values()))


def _receiving(catalog: Catalog, change: AgencyChange, agency: str) -> Reply:
    tasks = Choice(catalog.text("officer.button.tasks"), "tasks")
    said = {"basis": plain(change.basis), "day": day(change.day)}
    if change.kind is ChangeKind.RENAME:
        old, new = plain(change.formerly or ""), plain(change.name or "")
        return Reply(catalog.text("succession.told.renamed", old=old, new=new, **said), (tasks,))
    old, new = plain(names_of(catalog, change, change.before)), plain(names_of(catalog, change, [agency]))
    return Reply(catalog.text("succession.told.receiving", old=old, new=new, **said), (tasks,))


async def tell_undone(
    db: AsyncSession, catalog: Catalog, change: AgencyChange, contacts: Collection[int], now: datetime
) -> int:
    """Tell those who had been moved that all is as before."""
    old = plain(change.formerly or "") if change.kind is ChangeKind.RENAME else names_of(catalog, change, change.before)
    reply = Reply(catalog.text("succession.told.undone", old=plain(old), day=day(change.day)))
    rows = [
        row for one in sorted(contacts) for row in await _notices(db, one, f"change:{change.id}:undone", reply, now)
    ]
    return await queue_deliveries(db, rows)


async def _notices(db: AsyncSession, contact_id: int, key: str, reply: Reply, now: datetime) -> list[dict[str, object]]:
    return [
        new_delivery(DeliveryKind.NOTICE, f"{key}:{account.id}", account, reply.to_json(), now)
        for account in await accounts_of(db, contact_id)
        if account.left_at is None
    ]
