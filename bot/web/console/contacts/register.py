"""Every agency with those who speak for it today, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from content.words import fold
from storage.agencies import Agency, list_agencies
from storage.appointments import Appointment, ContactRole, appointments_on
from storage.contacts import Account, Contact, officers_accounts, subscribed_accounts

LEVELS = ("province", "district", "commune", "central")
"""Levels of single agencies; the rest are names for groups of them."""
CENTRAL = "central"
"""Bodies of the capital direct; nobody has to speak for them here."""
SILENT = timedelta(days=60)
"""Without a sign of life for so long, an officer may have moved on."""


class Lack(StrEnum):
    """What is wrong with an agency's contacts, the worst first."""

    ENDED = "ended"
    """The agency is no more, but officers are still appointed for it."""
    UNCONFIRMED = "unconfirmed"
    """An officer was registered without an invitation and nobody has confirmed them."""
    NO_MAIN = "no_main"
    UNREACHABLE = "unreachable"
    """None of its officers has an account that still receives anything."""
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Officer:
    """One appointment as the list shows it."""

    appointment: Appointment
    contact: Contact
    channels: tuple[str, ...]
    """Channels on which the officer receives what Loa sends."""
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One agency of the register."""

    agency: Agency
    officers: Sequence[Officer]
    lack: Lack | None


async def register(db: AsyncSession, now: datetime, today: date) -> list[Entry]:
    """All agencies that exist today or still have somebody appointed: those that lack something first."""
    appointed = await appointments_on(db, today)
    accounts, subscribed = await officers_accounts(db), await subscribed_accounts(db)
    entries = []
    for agency in await list_agencies(db, LEVELS):
        officers = [
            _officer(appointment, contact, accounts.get(contact.id or 0, []), subscribed)
            for appointment, contact in appointed.get(agency.id, [])
            if contact.ended_at is None
        ]
        if officers or (agency.exists_on(today) and agency.level != CENTRAL):
            entries.append(Entry(agency, officers, _lack(agency, officers, now, today)))
    order = list(Lack)
    return sorted(entries, key=lambda one: (order.index(one.lack) if one.lack else len(order), fold(one.agency.name)))


def _officer(appointment: Appointment, contact: Contact, accounts: Sequence[Account], subscribed: set[int]) -> Officer:
    channels = dict.fromkeys(one.channel for one in accounts if one.left_at is None and one.id in subscribed)
    return Officer(appointment, contact, tuple(channels), accounts[0].last_seen_at if accounts else None)


def _lack(agency: Agency, officers: Sequence[Officer], now: datetime, today: date) -> Lack | None:
    if not agency.exists_on(today):
        return Lack.ENDED
    if any(one.contact.verified_at is None for one in officers):
        return Lack.UNCONFIRMED
    if not any(one.appointment.role is ContactRole.MAIN for one in officers):
        return Lack.NO_MAIN
    if not any(one.channels for one in officers):
        return Lack.UNREACHABLE
    seen = [one.seen_at for one in officers if one.seen_at is not None]
    return Lack.SILENT if max(seen) < now - SILENT else None


def found_by(entries: Sequence[Entry], query: str) -> list[Entry]:
    """Entries whose agency or one of whose officers has every word of the query in its name; diacritics do not
    matter."""
    words = fold(query).split()

    def text(entry: Entry) -> str:
        names = (f"{one.contact.name} {one.contact.position or ''}" for one in entry.officers)
        return fold(" ".join((entry.agency.name, *names)))

    return [entry for entry in entries if all(word in text(entry) for word in words)]
