"""Contacts of agencies, their accounts on the channels, subscriptions and consents.

A citizen has an account and nothing else; a contact exists only for an officer who registered.
"""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint, update
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime, keyring, state


class Contact(SQLModel, table=True):
    """An officer. For which agencies, in which role and until when is in ``storage.appointments``."""

    id: int | None = Field(default=None, primary_key=True)
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    """The agency the officer is at: the one they speak for just now, when they are appointed for several."""
    name: str = Field(sa_type=EncryptedText)
    position: str | None = None
    phone: str | None = Field(default=None, sa_type=EncryptedText)
    phone_index: str | None = Field(default=None, index=True, max_length=64)
    """Blind index of the phone in international form, so a number can be found without being readable."""
    verified_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Set when the contact leaves or is erased; ended contacts receive nothing."""
    created_at: datetime = Field(sa_type=UTCDateTime)


class Account(SQLModel, table=True):
    """One person's account on one channel: a citizen's, or one of an officer's."""

    id: int | None = Field(default=None, primary_key=True)
    address: str = Field(unique=True, max_length=120)
    channel: str = Field(max_length=20, index=True)
    contact_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    first_seen_at: datetime = Field(sa_type=UTCDateTime)
    last_seen_at: datetime = Field(sa_type=UTCDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Set while the person has unfollowed or blocked us."""
    last_interaction_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the person last did something a platform opens its window for, by the platform's clock."""


class Subscription(SQLModel, table=True):
    """An account wants the weekly digest of its contact's agency."""

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", unique=True)
    since: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Purpose(StrEnum):
    """What personal data may be used for; each is agreed to on its own (Luật 91/2025/QH15)."""

    OFFICER_REGISTRATION = "registration"
    PHONE = "phone"
    HANDOFF = "handoff"
    ANSWER = "answer"
    """To be told when a person has answered a question Loa could not."""


class Consent(SQLModel, table=True):
    """Somebody agreed to one purpose: when, to which wording, and when it was withdrawn."""

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    purpose: Purpose = Field(sa_type=state(Purpose, "consent_purpose"))
    wording_hash: str = Field(max_length=64)
    given_at: datetime = Field(sa_type=UTCDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    __table_args__ = (UniqueConstraint("account_id", "purpose", "given_at"),)


async def account_at(db: AsyncSession, address: str) -> Account | None:
    return (await db.exec(select(Account).where(Account.address == address))).one_or_none()


async def see_account(db: AsyncSession, address: str, now: datetime) -> Account:
    """The account at ``address``, made when it is new, marked as seen now."""
    account = await account_at(db, address)
    if account is None:
        account = Account(address=address, channel=address.partition(":")[0], first_seen_at=now, last_seen_at=now)
    account.last_seen_at = now
    db.add(account)
    await db.flush()
    return account


def interacted(account: Account, moment: datetime) -> None:
    """The person did something that opens the platform's window. Events may come late and out of order: the newest
    counts."""
    if account.last_interaction_at is None or account.last_interaction_at < moment:
        account.last_interaction_at = moment


async def interactions(db: AsyncSession, channel: str) -> Sequence[datetime | None]:
    """When each reachable, subscribed officer on the channel last interacted."""
    query = (
        select(Account.last_interaction_at)
        .join(Subscription, col(Subscription.account_id) == col(Account.id))
        .join(Contact, col(Contact.id) == col(Account.contact_id))
        .where(
            Account.channel == channel,
            col(Account.left_at).is_(None),
            col(Subscription.ended_at).is_(None),
            col(Contact.ended_at).is_(None),
        )
    )
    return (await db.exec(query)).all()


async def registered_as(db: AsyncSession, account: Account) -> Contact | None:
    """The contact behind an account, whatever they may do today; None for a citizen and for one who has left."""
    contact = None if account.contact_id is None else await db.get(Contact, account.contact_id)
    return contact if contact is not None and contact.ended_at is None else None


def set_phone(contact: Contact, phone: str | None) -> None:
    """Keep the phone sealed, with the index it can be found by. ``phone`` is in international form, digits only."""
    contact.phone = phone
    contact.phone_index = None if phone is None else keyring().blind_index(phone)


async def with_phone(db: AsyncSession, phone: str) -> Sequence[Contact]:
    """Officers who have not left and have this number, in international form."""
    query = select(Contact).where(Contact.phone_index == keyring().blind_index(phone), col(Contact.ended_at).is_(None))
    return (await db.exec(query.order_by(col(Contact.id)))).all()


async def subscribe(db: AsyncSession, account_id: int, now: datetime) -> Subscription:
    """Make sure the account is subscribed."""
    row = (await db.exec(select(Subscription).where(Subscription.account_id == account_id))).one_or_none()
    if row is None:
        row = Subscription(account_id=account_id, since=now)
    elif row.ended_at is not None:
        row.since, row.ended_at = now, None
    db.add(row)
    return row


async def unsubscribe(db: AsyncSession, account_id: int, now: datetime) -> bool:
    """End the account's subscription; False when there was none."""
    row = (await db.exec(select(Subscription).where(Subscription.account_id == account_id))).one_or_none()
    if row is None or row.ended_at is not None:
        return False
    row.ended_at = now
    db.add(row)
    return True


async def is_subscribed(db: AsyncSession, account_id: int) -> bool:
    row = (await db.exec(select(Subscription).where(Subscription.account_id == account_id))).one_or_none()
    return row is not None and row.ended_at is None


async def give_consent(db: AsyncSession, account_id: int, purpose: Purpose, wording: str, now: datetime) -> None:
    """Record that the account agreed to ``purpose`` as worded; provable by the wording's fingerprint."""
    db.add(
        Consent(
            account_id=account_id,
            purpose=purpose,
            wording_hash=hashlib.sha256(wording.encode()).hexdigest(),
            given_at=now,
        )
    )


async def has_consent(db: AsyncSession, account_id: int, purpose: Purpose, wording: str) -> bool:
    """Whether the account agreed to ``purpose`` in just this wording and has not withdrawn it."""
    query = select(Consent.id).where(
        Consent.account_id == account_id,
        Consent.purpose == purpose,
        Consent.wording_hash == hashlib.sha256(wording.encode()).hexdigest(),
        col(Consent.withdrawn_at).is_(None),
    )
    return (await db.exec(query.limit(1))).first() is not None


async def standing_consents(db: AsyncSession, account_id: int) -> Sequence[Purpose]:
    """The purposes the account agrees to at present."""
    query = select(Consent).where(Consent.account_id == account_id, col(Consent.withdrawn_at).is_(None))
    return sorted({consent.purpose for consent in (await db.exec(query)).all()})


async def erase_contact(db: AsyncSession, contact: Contact, name: str, now: datetime) -> None:
    """End an officer's contact and shred who it was; ``name`` stands where the name was.

    The row stays, because the agency's reports and its audit trail point at it.
    """
    contact.name, contact.position, contact.ended_at = name, None, now
    set_phone(contact, None)
    db.add(contact)


async def names_of(db: AsyncSession, contact_ids: Collection[int]) -> dict[int, str]:
    """The names of these contacts, by id."""
    query = select(Contact).where(col(Contact.id).in_(contact_ids))
    return {contact.id or 0: contact.name for contact in (await db.exec(query)).all()}


async def accounts_of(db: AsyncSession, contact_id: int) -> Sequence[Account]:
    """The accounts linked to an officer."""
    return (await db.exec(select(Account).where(Account.contact_id == contact_id))).all()


async def officers_accounts(db: AsyncSession) -> dict[int, list[Account]]:
    """The accounts of every contact, by contact, the one used last first."""
    query = select(Account).where(col(Account.contact_id).is_not(None)).order_by(col(Account.last_seen_at).desc())
    found: dict[int, list[Account]] = {}
    for account in (await db.exec(query)).all():
        found.setdefault(account.contact_id or 0, []).append(account)
    return found


async def subscribed_accounts(db: AsyncSession) -> set[int]:
    """Ids of the accounts whose subscription stands."""
    return set((await db.exec(select(Subscription.account_id).where(col(Subscription.ended_at).is_(None)))).all())


async def consents_of(db: AsyncSession, account_ids: Sequence[int]) -> Sequence[Consent]:
    """What the accounts agreed to and withdrew, newest first."""
    query = select(Consent).where(col(Consent.account_id).in_(list(account_ids)))
    return (await db.exec(query.order_by(col(Consent.given_at).desc()))).all()


async def subscription_of(db: AsyncSession, account_id: int) -> Subscription | None:
    """The account's subscription, if it stands."""
    query = select(Subscription).where(Subscription.account_id == account_id, col(Subscription.ended_at).is_(None))
    return (await db.exec(query)).one_or_none()


async def withdraw_consents(
    db: AsyncSession, account_id: int, now: datetime, purposes: Collection[Purpose] = tuple(Purpose)
) -> None:
    """The account agrees to these purposes no more; to none when they are not named."""
    await db.exec(
        update(Consent)
        .where(
            col(Consent.account_id) == account_id,
            col(Consent.withdrawn_at).is_(None),
            col(Consent.purpose).in_(list(purposes)),
        )
        .values(withdrawn_at=now)
    )


async def accounts_gone(db: AsyncSession, account_ids: Sequence[int], now: datetime) -> None:
    """The platform says these accounts cannot be reached any more."""
    await db.exec(
        update(Account)
        .where(col(Account.id).in_(list(account_ids)), col(Account.left_at).is_(None))
        .values(left_at=now)
    )
