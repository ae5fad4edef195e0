"""What an agency has taken in: which digest, which item, by whom and when; and to whom it was given.

A *subject* names what is taken in: ``digest:12`` or ``item:i003_1_2``. A *revision* is the number of the correction
that made its wording, 0 as first sent: a corrected item is to be taken in again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime
from storage.contacts import Account, Contact
from storage.digests import Delivery, DeliveryKind, DeliveryState, Digest, DigestState, Edition

CONSOLE = "console"
"""Channel of an acknowledgement that the department wrote down."""


class Acknowledgement(SQLModel, table=True):
    """An agency has taken a subject in; the officer who said so first stands for all of them.

    Whoever of the department was told so by telephone writes it down too: then there is no account and no contact.
    """

    __table_args__ = (UniqueConstraint("agency_id", "subject", "revision"),)

    id: int | None = Field(default=None, primary_key=True)
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    subject: str = Field(index=True, max_length=80)
    revision: int = 0
    account_id: int | None = Field(default=None, foreign_key="account.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    recorded_by: str | None = Field(default=None, max_length=60)
    """Console account that wrote it down for the agency."""
    told: str | None = Field(default=None, sa_type=EncryptedText)
    """Who of the agency said so, and how, as that account wrote it down."""
    channel: str = Field(max_length=20)
    at: datetime = Field(sa_type=UTCDateTime)


class HandOver(SQLModel, table=True):
    """An officer has given a subject to somebody of the agency. Rows are added, never changed; the newest counts."""

    __tablename__ = "hand_over"
    id: int | None = Field(default=None, primary_key=True)
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    subject: str = Field(index=True, max_length=80)
    from_contact_id: int = Field(foreign_key="contact.id")
    to_contact_id: int | None = Field(default=None, foreign_key="contact.id")
    """The colleague, when it is one Loa knows."""
    to_words: str | None = Field(default=None, sa_type=EncryptedText)
    """Who it is, as typed; None for a colleague."""
    at: datetime = Field(sa_type=UTCDateTime)


def digest_subject(digest_id: int) -> str:
    return f"digest:{digest_id}"


def item_subject(item_id: str) -> str:
    return f"item:{item_id}"


async def acknowledge(
    db: AsyncSession, agency_id: str, subject: str, revision: int, account: Account, contact_id: int, now: datetime
) -> bool:
    """The agency takes the subject in; False when one of its officers had done so already."""
    by = {"account_id": account.id, "contact_id": contact_id, "channel": account.channel}
    return await _write_down(db, agency_id, subject, revision, now, by)


async def record(
    db: AsyncSession, agency_id: str, subject: str, revision: int, actor: str, told: str, now: datetime
) -> bool:
    """The department writes down that the agency has taken the subject in; False when it had been already."""
    by = {"recorded_by": actor, "told": told, "channel": CONSOLE}
    return await _write_down(db, agency_id, subject, revision, now, by)


async def _write_down(
    db: AsyncSession, agency_id: str, subject: str, revision: int, now: datetime, by: dict[str, Any]
) -> bool:
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    values = {"agency_id": agency_id, "subject": subject, "revision": revision, "at": now, **by}
    unique = ["agency_id", "subject", "revision"]
    statement = insert(Acknowledgement).values(**values).on_conflict_do_nothing(index_elements=unique)
    return (await db.exec(statement.returning(col(Acknowledgement.id)))).first() is not None


async def acknowledgements(
    db: AsyncSession, subjects: Collection[str], agency_id: str | None = None
) -> Sequence[tuple[Acknowledgement, Contact | None]]:
    """Who took the subjects in, oldest first; of one agency or of all. No contact: the department wrote it down."""
    query = (
        select(Acknowledgement, Contact)
        .outerjoin(Contact, col(Contact.id) == col(Acknowledgement.contact_id))
        .where(col(Acknowledgement.subject).in_(sorted(subjects)))
        .order_by(col(Acknowledgement.id))
    )
    if agency_id is not None:
        query = query.where(Acknowledgement.agency_id == agency_id)
    return [(taken, contact) for taken, contact in (await db.exec(query)).all()]


async def hand_overs(
    db: AsyncSession, subjects: Collection[str], agency_id: str | None = None
) -> Sequence[tuple[HandOver, Contact | None]]:
    """To whom the subjects were given, with the colleague where it is one, oldest first; of one agency or of all."""
    query = (
        select(HandOver, Contact)
        .outerjoin(Contact, col(Contact.id) == col(HandOver.to_contact_id))
        .where(col(HandOver.subject).in_(sorted(subjects)))
        .order_by(col(HandOver.id))
    )
    if agency_id is not None:
        query = query.where(HandOver.agency_id == agency_id)
    return [(given, to) for given, to in (await db.exec(query)).all()]


async def editions_sent(db: AsyncSession, agency_id: str, limit: int) -> Sequence[tuple[Edition, Digest]]:
    """The agency's editions that have gone out (or are going), newest week first."""
    query = (
        select(Edition, Digest)
        .join(Digest, col(Digest.id) == col(Edition.digest_id))
        .where(Edition.agency_id == agency_id, col(Digest.state).in_([DigestState.SENDING, DigestState.SENT]))
        .order_by(col(Digest.week).desc())
        .limit(limit)
    )
    return (await db.exec(query)).all()


async def recipients_of(db: AsyncSession, digest_id: int) -> Sequence[tuple[Delivery, Edition, Account]]:
    """The digest's deliveries with their editions and accounts, whatever became of them, in order."""
    query = (
        select(Delivery, Edition, Account)
        .join(Edition, col(Edition.id) == col(Delivery.edition_id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .where(Delivery.digest_id == digest_id, Delivery.kind == DeliveryKind.DIGEST)
        .order_by(col(Delivery.id))
    )
    return (await db.exec(query)).all()


MAY_HAVE_IT = (
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.SEEN,
    DeliveryState.ACKNOWLEDGED,
    DeliveryState.UNCLEAR,
)
"""States in which the recipient has the message, or may have it."""
