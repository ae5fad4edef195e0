"""Who speaks for an agency, in which role, from which day to which: appointments of contacts (phân công đầu mối).

Days are days in Việt Nam. An appointment counts on its first and its last day and on all between. Nothing is ever
deleted here, so that reports and ledgers can be read with who was responsible then.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ColumnExpressionArgument, func, or_
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.agencies import Agency
from storage.columns import UTCDateTime, state
from storage.contacts import Account, Contact, Subscription, accounts_of, set_phone, unsubscribe


class ContactRole(StrEnum):
    """In order of who is asked first."""

    MAIN = "main"
    """Đầu mối: reports, acknowledges, is reminded first."""
    DEPUTY = "deputy"
    """Phó: takes over when the main contact does not react."""
    HEAD = "head"
    """Thủ trưởng: hears of what is overdue."""


class Appointment(SQLModel, table=True):
    """A contact speaks for an agency from one day to another. One contact may hold several, also at once."""

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    role: ContactRole = Field(default=ContactRole.MAIN, sa_type=state(ContactRole, "contact_role"))
    first_day: date
    last_day: date | None = None
    """None while nobody knows an end."""
    stands_in_for: int | None = Field(default=None, foreign_key="contact.id")
    """The contact who is away meanwhile and keeps their own appointment."""
    made_by: str = Field(max_length=60)
    made_at: datetime = Field(sa_type=UTCDateTime)

    def holds_on(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def _stands(day: date) -> ColumnElement[bool]:
    return (col(Appointment.first_day) <= day) & or_(
        col(Appointment.last_day).is_(None), col(Appointment.last_day) >= day
    )


def speaks_for(agency: ColumnExpressionArgument[str], day: date) -> ColumnElement[bool]:
    """Whether the ``Contact`` of a query has not left and is appointed on the day for the agency in that column."""
    held = select(Appointment.id).where(
        Appointment.contact_id == Contact.id, Appointment.agency_id == agency, _stands(day)
    )
    return col(Contact.ended_at).is_(None) & held.correlate_except(Appointment).exists()


def speaks_for_own(day: date) -> ColumnElement[bool]:
    """The same for the agency the contact is at."""
    return speaks_for(col(Contact.agency_id), day)


async def enrol(
    db: AsyncSession,
    agency_id: str,
    name: str,
    now: datetime,
    day: date,
    *,
    by: str,
    role: ContactRole = ContactRole.MAIN,
    position: str | None = None,
    phone: str | None = None,
    last_day: date | None = None,
) -> Contact:
    """A new contact, verified now and appointed for the agency from ``day`` to ``last_day``, None while nobody knows an
    end. ``phone`` is in international form."""
    contact = Contact(agency_id=agency_id, name=name, position=position, verified_at=now, created_at=now)
    set_phone(contact, phone)
    db.add(contact)
    await db.flush()
    await appoint(db, contact, agency_id, role, day, by=by, now=now, last_day=last_day)
    return contact


async def appoint(
    db: AsyncSession,
    contact: Contact,
    agency_id: str,
    role: ContactRole,
    first_day: date,
    *,
    by: str,
    now: datetime,
    last_day: date | None = None,
    stands_in_for: int | None = None,
) -> Appointment:
    """Appoint the contact. Raises ValueError when the last day lies before the first."""
    if last_day is not None and last_day < first_day:
        raise ValueError("an appointment ends before it begins")
    assert contact.id is not None
    made = Appointment(
        contact_id=contact.id,
        agency_id=agency_id,
        role=role,
        first_day=first_day,
        last_day=last_day,
        stands_in_for=stands_in_for,
        made_by=by,
        made_at=now,
    )
    db.add(made)
    await db.flush()
    return made


async def appointments_of(db: AsyncSession, contact_id: int) -> Sequence[Appointment]:
    """Everything a contact was, is and will be appointed for, newest first."""
    query = select(Appointment).where(Appointment.contact_id == contact_id)
    return (await db.exec(query.order_by(col(Appointment.first_day).desc(), col(Appointment.id).desc()))).all()


async def contacts_of(
    db: AsyncSession, agency_id: str, day: date, role: ContactRole | None = None
) -> Sequence[tuple[Appointment, Contact]]:
    """Who speaks (spoke, will speak) for the agency on the day: main before deputy before head, and in one role the
    newest appointment first. For a day gone by those who have left since are among them."""
    query = (
        select(Appointment, Contact)
        .join(Contact, col(Contact.id) == col(Appointment.contact_id))
        .where(Appointment.agency_id == agency_id, _stands(day))
    )
    if role is not None:
        query = query.where(Appointment.role == role)
    return _in_order((await db.exec(query)).all())


async def appointments_on(db: AsyncSession, day: date) -> dict[str, list[tuple[Appointment, Contact]]]:
    """The same for every agency at once, by agency."""
    query = select(Appointment, Contact).join(Contact, col(Contact.id) == col(Appointment.contact_id))
    found: dict[str, list[tuple[Appointment, Contact]]] = {}
    for appointment, contact in _in_order((await db.exec(query.where(_stands(day)))).all()):
        found.setdefault(appointment.agency_id, []).append((appointment, contact))
    return found


async def agencies_without_main(db: AsyncSession, levels: Collection[str], day: date) -> int:
    """How many agencies of these levels that exist on the day nobody is the main contact of."""
    held = (
        select(Appointment.id)
        .join(Contact, col(Contact.id) == col(Appointment.contact_id))
        .where(Appointment.agency_id == Agency.id, Appointment.role == ContactRole.MAIN, _stands(day))
        .where(col(Contact.ended_at).is_(None))
    )
    exists = (
        or_(col(Agency.valid_from).is_(None), col(Agency.valid_from) <= day),
        or_(col(Agency.valid_to).is_(None), col(Agency.valid_to) >= day),
    )
    query = select(func.count()).select_from(Agency).where(col(Agency.level).in_(levels), ~held.exists(), *exists)
    return (await db.exec(query)).one()


def _in_order(found: Iterable[tuple[Appointment, Contact]]) -> list[tuple[Appointment, Contact]]:
    order = list(ContactRole)
    return sorted(
        found, key=lambda pair: (order.index(pair[0].role), -pair[0].first_day.toordinal(), -(pair[0].id or 0))
    )


async def reachable(
    db: AsyncSession, agency_ids: Collection[str] | None, roles: Collection[ContactRole], day: date
) -> Sequence[tuple[Appointment, Contact, Account]]:
    """Accounts through which these roles of these agencies (None: of all) can be told something on the day: subscribed,
    not left.

    In order of agency, role and account. One contact may come several times, with several accounts or appointments.
    """
    query = (
        select(Appointment, Contact, Account)
        .join(Contact, col(Contact.id) == col(Appointment.contact_id))
        .join(Account, col(Account.contact_id) == col(Contact.id))
        .join(Subscription, col(Subscription.account_id) == col(Account.id))
        .where(
            _stands(day),
            col(Appointment.role).in_(list(roles)),
            col(Contact.ended_at).is_(None),
            col(Account.left_at).is_(None),
            col(Subscription.ended_at).is_(None),
        )
    )
    if agency_ids is not None:
        query = query.where(col(Appointment.agency_id).in_(sorted(agency_ids)))
    order = list(ContactRole)
    found = (await db.exec(query)).all()
    return sorted(found, key=lambda row: (row[0].agency_id, order.index(row[0].role), row[2].id or 0))


async def subscribers(db: AsyncSession, day: date) -> Sequence[tuple[Account, Contact]]:
    """Every reachable account that is to receive digests on the day, with its officer."""
    query = (
        select(Account, Contact)
        .join(Subscription, col(Subscription.account_id) == col(Account.id))
        .join(Contact, col(Contact.id) == col(Account.contact_id))
        .where(col(Subscription.ended_at).is_(None), col(Account.left_at).is_(None), speaks_for_own(day))
        .order_by(col(Account.id))
    )
    return (await db.exec(query)).all()


@dataclass(frozen=True, slots=True)
class SubscriberCount:
    """How many accounts of an agency's officers receive digests on a channel."""

    agency_id: str
    channel: str
    accounts: int


async def subscriber_counts(db: AsyncSession, day: date) -> Sequence[SubscriberCount]:
    """The same accounts as :func:`subscribers`, counted."""
    query = (
        select(Contact.agency_id, Account.channel, func.count())
        .select_from(Account)
        .join(Subscription, col(Subscription.account_id) == col(Account.id))
        .join(Contact, col(Contact.id) == col(Account.contact_id))
        .where(col(Subscription.ended_at).is_(None), col(Account.left_at).is_(None), speaks_for_own(day))
        .group_by(col(Contact.agency_id), col(Account.channel))
        .order_by(col(Contact.agency_id), col(Account.channel))
    )
    return [SubscriberCount(*row) for row in (await db.exec(query)).all()]


async def contact_of(db: AsyncSession, account: Account, day: date) -> Contact | None:
    """The officer behind an account, if there is one who has not left and speaks for an agency on the day.

    Whose appointment for the agency they are at is over while another one holds is at that other one from now on.
    """
    if account.contact_id is None:
        return None
    contact = await db.get(Contact, account.contact_id)
    if contact is None or contact.ended_at is not None:
        return None
    held = [found.agency_id for found in await appointments_of(db, account.contact_id) if found.holds_on(day)]
    if not held:
        return None
    if contact.agency_id not in held:
        contact.agency_id = held[0]
        db.add(contact)
    return contact


async def nearest_appointment(db: AsyncSession, account: Account, day: date) -> Appointment | None:
    """What to tell somebody who may not act on the day: the appointment that is to begin next, else the last one that
    was over. None for a citizen, and for a contact who was erased."""
    if account.contact_id is None:
        return None
    found = await appointments_of(db, account.contact_id)
    coming = [one for one in found if one.first_day > day]
    return min(coming, key=lambda one: one.first_day) if coming else next(iter(found), None)


async def follow_appointments(db: AsyncSession, day: date) -> int:
    """Let every contact whose appointment at their agency is over be at the agency they are appointed for now; how
    many. Those without any keep the last agency they had."""
    query = select(Appointment, Contact).join(Contact, col(Contact.id) == col(Appointment.contact_id))
    query = query.where(_stands(day), col(Contact.ended_at).is_(None), ~speaks_for_own(day))
    moved: set[int] = set()
    for appointment, contact in (await db.exec(query.order_by(col(Appointment.first_day).desc()))).all():
        if contact.id is not None and contact.id not in moved:
            contact.agency_id = appointment.agency_id
            db.add(contact)
            moved.add(contact.id)
    return len(moved)


async def end_appointments(db: AsyncSession, contact_id: int, last_day: date, agency_id: str | None = None) -> int:
    """Let the contact's appointments (for one agency, or all) end with ``last_day``; those that were to begin later
    never begin. How many were shortened."""
    shortened = 0
    for appointment in await appointments_of(db, contact_id):
        if agency_id not in (None, appointment.agency_id):
            continue
        if appointment.last_day is not None and appointment.last_day <= last_day:
            continue
        if appointment.first_day > last_day:
            await db.delete(appointment)
        else:
            appointment.last_day = last_day
            db.add(appointment)
        shortened += 1
    return shortened


async def depart(db: AsyncSession, contact: Contact, now: datetime, day: date) -> None:
    """The officer has left the agency's service: acts no more from this moment, receives nothing; what was reported
    stays under the name."""
    assert contact.id is not None
    contact.ended_at = now
    db.add(contact)
    await end_appointments(db, contact.id, day)
    for account in await accounts_of(db, contact.id):
        assert account.id is not None
        await unsubscribe(db, account.id, now)
