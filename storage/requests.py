"""Requests of officers without an invitation: somebody says who they are and for which agency; a person decides.

Name, position and phone are shredded with the decision: an approved officer has a contact, nobody else is kept.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel, col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime, state


class RequestState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class OfficerRequest(SQLModel, table=True):
    """One account asks to speak for one agency."""

    __tablename__ = "officer_request"
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    agency_id: str = Field(foreign_key="agency.id", max_length=60)
    """As asked for; when approved, the one the department chose."""
    name: str | None = Field(default=None, sa_type=EncryptedText)
    position: str | None = Field(default=None, sa_type=EncryptedText)
    phone: str | None = Field(default=None, sa_type=EncryptedText)
    """International form, digits only. These three are None once the request is decided."""
    state: RequestState = Field(default=RequestState.OPEN, sa_type=state(RequestState, "request_state"))
    asked_at: datetime = Field(sa_type=UTCDateTime)
    decided_by: str | None = Field(default=None, max_length=60)
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reason: str | None = None
    """Why it was refused, as the person was told."""
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    """Who the account speaks as since it was approved."""

    __table_args__ = (
        Index(
            "uq_officer_request_open",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    def decide(self, to: RequestState, by: str | None, now: datetime) -> None:
        """Close the request and shred who asked."""
        self.state, self.decided_by, self.decided_at = to, by, now
        self.name = self.position = self.phone = None


async def open_request_of(db: AsyncSession, account_id: int) -> OfficerRequest | None:
    """The account's request that waits; there is one at most."""
    query = select(OfficerRequest).where(
        OfficerRequest.account_id == account_id, OfficerRequest.state == RequestState.OPEN
    )
    return (await db.exec(query.with_for_update())).one_or_none()


async def requests_since(db: AsyncSession, account_id: int, since: datetime) -> int:
    """How often the account has asked from ``since`` on, whatever became of it."""
    query = select(func.count()).where(OfficerRequest.account_id == account_id, OfficerRequest.asked_at >= since)
    return (await db.exec(query)).one()


async def request_for_update(db: AsyncSession, number: int) -> OfficerRequest | None:
    """The request as it stands now, held until the transaction ends."""
    query = select(OfficerRequest).where(OfficerRequest.id == number).with_for_update()
    return (await db.exec(query.execution_options(populate_existing=True))).one_or_none()


async def requests_waiting(db: AsyncSession) -> Sequence[OfficerRequest]:
    """Requests nobody has decided, oldest first."""
    query = select(OfficerRequest).where(OfficerRequest.state == RequestState.OPEN)
    return (await db.exec(query.order_by(col(OfficerRequest.id)))).all()


async def requests_decided(db: AsyncSession, limit: int) -> Sequence[OfficerRequest]:
    """Approved, refused and withdrawn requests, the newest decision first."""
    query = select(OfficerRequest).where(OfficerRequest.state != RequestState.OPEN)
    return (await db.exec(query.order_by(col(OfficerRequest.decided_at).desc()).limit(limit))).all()


async def count_waiting(db: AsyncSession) -> int:
    query = select(func.count()).where(OfficerRequest.state == RequestState.OPEN)
    return (await db.exec(query)).one()


async def forget_requests(db: AsyncSession, account_id: int) -> None:
    """The account's person wants everything forgotten: its requests go, also the decided ones."""
    await db.exec(delete(OfficerRequest).where(col(OfficerRequest.account_id) == account_id))
