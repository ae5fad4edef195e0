"""From an intention to a confirmed change: drafted, looked at, confirmed, cancelled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.changes import AgencyChange as ChangeSpec
from content.changes import ChangeKind
from content.registry import Registry
from content.words import fold
from handlers.messages import clean_text
from handlers.officers.handover import LONGEST, NotPossible
from handlers.succession.carrying_out import carry_out, may_begin
from handlers.turn import LOCAL
from storage.agencies import Agency
from storage.audit import note
from storage.changes import (
    AgencyChange,
    ChangeState,
    change_for_update,
    changes_listed,
    changes_standing,
    put_in_force,
    take_out_of_force,
)

LONGEST_NAME, LONGEST_BASIS = 200, 300
SHORTEST = 3
"""Letters and digits of a name, or of the document that decided."""
MOST = 30
"""Agencies on either side of one change."""
_ID_ROOM = 50
"""Characters of an id made from a name; a number may follow."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change as the department describes it."""

    kind: ChangeKind
    day: date
    basis: str
    before: tuple[str, ...]
    after: tuple[str, ...] = ()
    new_names: tuple[str, ...] = ()
    """Of agencies the change makes: for a rename the one new name."""
    note: str = ""


async def draft(db: AsyncSession, catalog: Catalog, wanted: Wanted, actor: str, now: datetime) -> AgencyChange:
    """Write the change down, to be looked at. Raises NotPossible."""
    registry, today = catalog.province.agencies, now.astimezone(LOCAL).date()
    basis, names = clean_text(wanted.basis), tuple(filter(None, (clean_text(name) for name in wanted.new_names)))
    if not SHORTEST <= len(basis) <= LONGEST_BASIS:
        raise NotPossible("succession.refused.basis")
    if abs(wanted.day - today) > LONGEST:
        raise NotPossible("succession.refused.day")
    if any(not SHORTEST <= len(name) <= LONGEST_NAME for name in names):
        raise NotPossible("succession.refused.name")
    taken = {fold(agency.name) for agency in registry.known.values()}
    if len({fold(name) for name in names} - taken) < len(names):
        raise NotPossible("succession.refused.name_taken")
    change = AgencyChange(
        kind=wanted.kind,
        day=wanted.day,
        basis=basis,
        note=clean_text(wanted.note)[:LONGEST_BASIS] or None,
        before=list(dict.fromkeys(wanted.before)),
        after=list(dict.fromkeys(wanted.after)),
        made_by=actor,
        made_at=now,
        touched_at=now,
    )
    if wanted.kind is ChangeKind.RENAME:
        change.formerly = registry.name(change.before[0]) if change.before else None
        change.name = names[0] if names else None
    else:
        change.coming = _ids_for(registry, names)
        change.after += change.coming
    await _check(db, registry, change)
    return await _written(db, change, actor, now)


async def adopt(db: AsyncSession, catalog: Catalog, spec_id: str, actor: str, now: datetime) -> AgencyChange:
    """Write a change the State decided down, to be looked at; the one that was already, if it stands.

    Raises NotPossible, LookupError.
    """
    registry = catalog.province.agencies
    spec = next((one for one in registry.decided if one.id == spec_id), None)
    if spec is None:
        raise LookupError(spec_id)
    for one in await changes_listed(db):
        if one.spec == spec_id and one.state not in (ChangeState.CANCELLED, ChangeState.UNDONE):
            return one
    change = AgencyChange(
        spec=spec.id,
        kind=spec.kind,
        day=spec.day,
        basis=spec.basis,
        note=spec.note,
        before=list(spec.before),
        after=list(spec.after),
        formerly=spec.formerly,
        name=spec.name,
        made_by=actor,
        made_at=now,
        touched_at=now,
    )
    await _check(db, registry, change)
    return await _written(db, change, actor, now)


def unadopted(registry: Registry, listed: Sequence[AgencyChange]) -> list[ChangeSpec]:
    """The changes the State decided that nobody has taken up here, by day."""
    taken = {one.spec for one in listed if one.state not in (ChangeState.CANCELLED, ChangeState.UNDONE)}
    return sorted((one for one in registry.decided if one.id not in taken), key=lambda one: (one.day, one.id))


async def _written(db: AsyncSession, change: AgencyChange, actor: str, now: datetime) -> AgencyChange:
    db.add(change)
    await db.flush()
    note(db, actor, "change.drafted", f"change:{change.id}", now, kind=change.kind.value, day=change.day.isoformat())
    return change


async def _check(db: AsyncSession, registry: Registry, change: AgencyChange) -> None:
    """Whether these agencies can do this on that day. Raises NotPossible."""
    eve = change.day - timedelta(days=1)
    sizes = {
        ChangeKind.RENAME: len(change.before) == 1 and bool(change.name),
        ChangeKind.MERGE: bool(change.before) and len(change.after) == 1,
        ChangeKind.SPLIT: len(change.before) == 1 and len(change.after) > 1,
        ChangeKind.DISSOLVE: bool(change.before),
    }
    if not sizes[change.kind] or max(len(change.before), len(change.after)) > MOST:
        raise NotPossible(f"succession.refused.sides.{change.kind.value}")
    if set(change.before) & set(change.after):
        raise NotPossible("succession.refused.itself")
    existing = [name for name in change.after if name not in change.coming]
    known = registry.known
    if any(name not in known or known[name].level == "group" for name in existing):
        raise NotPossible("succession.refused.unknown")
    if any(name not in known or (not change.spec and known[name].level == "group") for name in change.before):
        raise NotPossible("succession.refused.unknown")
    if not all(known[name].exists_on(eve) for name in change.before) or not all(
        known[name].exists_on(change.day) for name in existing
    ):
        raise NotPossible("succession.refused.not_there")
    for other in await changes_standing(db):
        if other.id != change.id and set(other.before) & set(change.before) and other.day >= change.day:
            raise NotPossible("succession.refused.taken")


def _ids_for(registry: Registry, names: Sequence[str]) -> dict[str, str]:
    """A fresh id for each name."""
    made: dict[str, str] = {}
    for name in names:
        base = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:_ID_ROOM]
        fresh, number = base, 2
        while fresh in registry.known or fresh in made:
            fresh, number = f"{base}_{number}", number + 1
        made[fresh] = name
    return made


async def confirm(db: AsyncSession, catalog: Catalog, number: int, actor: str, now: datetime) -> AgencyChange:
    """The change stands; what its day has come for is carried out at once, unless a digest is just leaving for one of
    its agencies: then the clock does it after. Raises NotPossible, LookupError."""
    change = await _held(db, number)
    if change.state is not ChangeState.DRAFT:
        raise NotPossible("succession.refused.not_draft")
    if change.kind is ChangeKind.SPLIT and "rest" not in change.shares:
        raise NotPossible("succession.refused.not_shared")
    await _check(db, catalog.province.agencies, change)
    ends: dict[str, str | None] = {}
    for name in change.before:
        agency = await db.get_one(Agency, name)
        ends[name] = agency.valid_to.isoformat() if agency.valid_to else None
    first = await db.get_one(Agency, change.before[0])
    for made, name in change.coming.items():
        db.add(
            Agency(
                id=made,
                name=name,
                kind=first.kind,
                level=first.level,
                parent_id=first.parent_id,
                district_id=first.district_id,
                valid_from=change.day,
            )
        )
    await db.flush()
    change.state, change.confirmed_by, change.confirmed_at = ChangeState.PLANNED, actor, now
    change.moved, change.touched_at = {"ends": ends}, now
    db.add(change)
    await put_in_force(db, change)
    note(db, actor, "change.confirmed", f"change:{number}", now, before=change.before, after=change.after)
    if change.day <= now.astimezone(LOCAL).date() and await may_begin(db, change):
        await carry_out(db, catalog, change, now)
    return change


async def cancel(db: AsyncSession, number: int, actor: str, now: datetime) -> AgencyChange:
    """It was not to be: a draft is put away, a planned change does not happen. Raises NotPossible, LookupError."""
    change = await _held(db, number)
    if change.state not in (ChangeState.DRAFT, ChangeState.PLANNED):
        raise NotPossible("succession.refused.not_planned")
    if change.state is ChangeState.PLANNED:
        await take_out_of_force(db, change)
    change.state, change.ended_by, change.ended_at, change.touched_at = ChangeState.CANCELLED, actor, now, now
    db.add(change)
    note(db, actor, "change.cancelled", f"change:{number}", now)
    return change


async def share(
    db: AsyncSession, number: int, contacts: dict[str, str], tasks: dict[str, str], rest: str, actor: str, now: datetime
) -> AgencyChange:
    """Say who gets what of an agency that is split: appointments and tasks by id, and the rest. Raises NotPossible."""
    change = await _held(db, number)
    if change.state is not ChangeState.DRAFT or change.kind is not ChangeKind.SPLIT:
        raise NotPossible("succession.refused.not_draft")
    if not {rest, *contacts.values(), *tasks.values()} <= set(change.after):
        raise NotPossible("succession.refused.share")
    change.shares = {"contacts": contacts, "tasks": tasks, "rest": rest}
    change.touched_at = now
    db.add(change)
    note(db, actor, "change.shared", f"change:{number}", now, contacts=len(contacts), tasks=len(tasks))
    return change


async def _held(db: AsyncSession, number: int) -> AgencyChange:
    change = await change_for_update(db, number)
    if change is None:
        raise LookupError(number)
    return change
