"""What a change will do, in lists and counts, before anybody confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.changes import ChangeKind
from storage.agencies import groups_of
from storage.appointments import Appointment, ContactRole, contacts_of
from storage.changes import AgencyChange
from storage.contacts import Contact
from storage.passing_on import appointments_from, drafts_open, invitations_open, requests_open, tasks_given
from storage.plans import Assignment, Task
from storage.questionnaires import form_drafts_of


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the change finds today; what is added until its day goes along."""

    officers: Sequence[tuple[Appointment, Contact]]
    tasks: Sequence[tuple[Task, Assignment]]
    """Tasks that name the agencies themselves."""
    groups: Sequence[str]
    """Ids of the groups whose tasks come to the heirs as well."""
    invitations: int
    requests: int
    drafts: int
    """Of reports, and of the department's forms."""
    several_mains: Sequence[str]
    """Names of heirs that will have more than one main contact."""


async def outlook(db: AsyncSession, catalog: Catalog, change: AgencyChange, now: datetime) -> Outlook:
    """Look at it; changes nothing."""
    officers = await appointments_from(db, change.before, change.day)
    if change.kind is ChangeKind.RENAME:
        return Outlook(officers, (), (), 0, 0, 0, ())
    groups = {name for old in change.before for name in await groups_of(db, old, change.day)}
    known = catalog.province.agencies.known
    return Outlook(
        officers=officers,
        tasks=await tasks_given(db, change.before),
        groups=sorted(name for name in groups if name in known and known[name].level == "group"),
        invitations=len(await invitations_open(db, change.before, now)),
        requests=len(await requests_open(db, change.before)),
        drafts=len(await drafts_open(db, change.before)) + len(await form_drafts_of(db, change.before)),
        several_mains=await _crowded(db, catalog, change, officers),
    )


async def _crowded(
    db: AsyncSession, catalog: Catalog, change: AgencyChange, officers: Sequence[tuple[Appointment, Contact]]
) -> list[str]:
    if change.kind is not ChangeKind.MERGE:
        return []
    heir = change.after[0]
    mains = {contact.id for one, contact in officers if one.role is ContactRole.MAIN}
    there = await contacts_of(db, heir, change.day, ContactRole.MAIN)
    mains |= {contact.id for _, contact in there if contact.ended_at is None}
    return [change.coming.get(heir) or catalog.agency_name(heir)] if len(mains) > 1 else []
