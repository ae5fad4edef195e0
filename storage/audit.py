"""Who did what: every change made in the console, in the chat or on the command line."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime


class AuditEntry(SQLModel, table=True):
    """One action. Rows are added, never changed."""

    __tablename__ = "audit_entry"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime, index=True)
    actor: str = Field(max_length=60, index=True)
    """Console account, ``cli``, ``clock``, ``bot``, or ``account`` for whoever acts in the chat."""
    action: str = Field(max_length=60)
    subject: str = Field(max_length=120)
    """What it was done to, e.g. ``digest:3``."""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


def note(db: AsyncSession, actor: str, action: str, subject: str, now: datetime, **detail: Any) -> None:
    """Add an entry in the caller's transaction, so that it stands exactly when the change does."""
    db.add(AuditEntry(at=now, actor=actor, action=action, subject=subject, detail=detail))


async def times_noted(db: AsyncSession, action: str, subject: str, since: datetime) -> int:
    """How often the action was noted of the subject from ``since`` on."""
    query = select(func.count()).where(
        AuditEntry.action == action, AuditEntry.subject == subject, AuditEntry.at >= since
    )
    return (await db.exec(query)).one()
