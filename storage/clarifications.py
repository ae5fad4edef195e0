"""What officers found unclear in a digest, and what whoever drafted it answered."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Field, SQLModel, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime
from storage.contacts import Contact


class Clarification(SQLModel, table=True):
    """One agency's questions about one subject (see ``storage.acknowledgements``): a thread with the drafter."""

    id: int | None = Field(default=None, primary_key=True)
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    subject: str = Field(index=True, max_length=80)
    digest_id: int = Field(foreign_key="digest.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    """Of whoever asked last: there the answer goes."""
    drafter: str = Field(max_length=60)
    """Console account that composed the digest, or ``clock``."""
    opened_at: datetime = Field(sa_type=UTCDateTime)
    asked_at: datetime = Field(sa_type=UTCDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """None while the newest question waits."""
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_by: str | None = Field(default=None, max_length=60)


class ClarificationEntry(SQLModel, table=True):
    """One question or one answer of a thread. Rows are added, never changed."""

    __tablename__ = "clarification_entry"
    id: int | None = Field(default=None, primary_key=True)
    clarification_id: int = Field(foreign_key="clarification.id", index=True)
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    """The officer who asked; None for an answer."""
    answered_by: str | None = Field(default=None, max_length=60)
    """Console account that answered; None for a question."""
    text: str = Field(sa_type=EncryptedText)
    told: int = 0
    """Accounts the answer was sent to."""
    to_all: bool = False
    at: datetime = Field(sa_type=UTCDateTime)


async def thread_on(db: AsyncSession, agency_id: str, subject: str) -> Clarification | None:
    """The agency's thread about the subject that has not been closed."""
    query = select(Clarification).where(
        Clarification.agency_id == agency_id,
        Clarification.subject == subject,
        col(Clarification.closed_at).is_(None),
    )
    return (await db.exec(query.order_by(col(Clarification.id).desc()).limit(1))).first()


async def ask(
    db: AsyncSession,
    agency_id: str,
    subject: str,
    digest_id: int,
    drafter: str,
    account_id: int,
    contact_id: int,
    text: str,
    now: datetime,
) -> Clarification:
    """Put a question into the agency's open thread about the subject, or begin one."""
    thread = await thread_on(db, agency_id, subject)
    if thread is None:
        thread = Clarification(
            agency_id=agency_id,
            subject=subject,
            digest_id=digest_id,
            account_id=account_id,
            drafter=drafter,
            opened_at=now,
            asked_at=now,
        )
    thread.account_id, thread.asked_at, thread.answered_at = account_id, now, None
    db.add(thread)
    await db.flush()
    assert thread.id is not None
    db.add(ClarificationEntry(clarification_id=thread.id, contact_id=contact_id, text=text, at=now))
    return thread


async def entries_of(db: AsyncSession, clarification_id: int) -> Sequence[tuple[ClarificationEntry, Contact | None]]:
    """The thread's questions and answers with the officer who asked, oldest first."""
    query = (
        select(ClarificationEntry, Contact)
        .outerjoin(Contact, col(Contact.id) == col(ClarificationEntry.contact_id))
        .where(ClarificationEntry.clarification_id == clarification_id)
        .order_by(col(ClarificationEntry.id))
    )
    return [(entry, contact) for entry, contact in (await db.exec(query)).all()]


async def threads(db: AsyncSession, waiting: bool, limit: int) -> Sequence[Clarification]:
    """Threads that wait for an answer, the longest waiting first; or all, newest question first."""
    query = select(Clarification).limit(limit)
    if waiting:
        query = query.where(_waits()).order_by(col(Clarification.asked_at))
    else:
        query = query.order_by(col(Clarification.asked_at).desc())
    return (await db.exec(query)).all()


async def threads_about(db: AsyncSession, subjects: Collection[str]) -> Sequence[Clarification]:
    """Every agency's threads about the subjects, oldest first."""
    query = select(Clarification).where(col(Clarification.subject).in_(sorted(subjects)))
    return (await db.exec(query.order_by(col(Clarification.id)))).all()


async def waiting_threads(db: AsyncSession) -> int:
    """How many threads wait for an answer."""
    return (await db.exec(select(func.count()).select_from(Clarification).where(_waits()))).one()


def _waits() -> ColumnElement[bool]:
    return col(Clarification.answered_at).is_(None) & col(Clarification.closed_at).is_(None)
