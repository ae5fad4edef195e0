"""Officers known by name before they register: who of a list can be invited, and their invitations.

Nobody is registered here: each must enter their own code and agree on their own channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from content.words import fold
from handlers.turn import LOCAL
from storage.appointments import ContactRole, appointments_on
from storage.audit import note
from storage.invitations import Named, invite, named_invitations


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody an agency named."""

    cell: str
    """Where the name stands in the sheet."""
    agency_id: str
    role: ContactRole
    named: Named


class Known(StrEnum):
    """Why somebody of a list is not invited."""

    REGISTERED = "registered"
    INVITED = "invited"
    """A code for them is open."""
    TWICE = "twice"
    """They stand further up in the list."""


async def sifted(
    db: AsyncSession, invitees: Sequence[Invitee], now: datetime
) -> tuple[list[Invitee], list[tuple[Invitee, Known]]]:
    """Who can be invited, and who is known at that agency already: by phone, or by name when either has no phone."""
    seen: dict[str, Known] = {}
    for agency_id, officers in (await appointments_on(db, now.astimezone(LOCAL).date())).items():
        for _, contact in officers:
            if contact.ended_at is None:
                seen |= dict.fromkeys(_marks(agency_id, contact.name, contact.phone), Known.REGISTERED)
    for invitation in await named_invitations(db, now):
        marks = _marks(invitation.agency_id, invitation.invitee_name or "", invitation.invitee_phone)
        seen = {**dict.fromkeys(marks, Known.INVITED), **seen}
    fresh, known = [], []
    for one in invitees:
        marks = _marks(one.agency_id, one.named.name, one.named.phone)
        why = next((seen[mark] for mark in marks if mark in seen), None)
        if why is None:
            fresh.append(one)
            seen |= dict.fromkeys(marks, Known.TWICE)
        else:
            known.append((one, why))
    return fresh, known


def _marks(agency_id: str, name: str, phone: str | None) -> list[str]:
    return [f"{agency_id} {mark}" for mark in (phone, fold(name)) if mark]


async def invite_all(
    db: AsyncSession, invitees: Sequence[Invitee], actor: str, now: datetime, life: timedelta
) -> list[tuple[Invitee, str, datetime]]:
    """An invitation for each, with its code, which is kept nowhere, and until when it can be used: for ``life``, and
    never beyond the last day in office."""
    made = []
    for one in invitees:
        until = now + life
        if one.named.last_day is not None:
            until = min(until, datetime.combine(one.named.last_day + timedelta(days=1), time(), LOCAL))
        code = await invite(db, one.agency_id, actor, now, role=one.role, life=until - now, named=one.named)
        note(db, actor, "invitation.issued", f"agency:{one.agency_id}", now, role=one.role.value, uses=1)
        made.append((one, code, until))
    return made
