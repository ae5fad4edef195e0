"""Where each conversation stands: greeting given, choices on offer, last topic, an open form and its answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.ext.mutable import MutableDict
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime


class Conversation(SQLModel, table=True):
    """The state of one conversation; committed together with what the turn changed."""

    address: str = Field(primary_key=True, max_length=120)
    greeted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    offered: list[Any] = Field(default_factory=list, sa_type=JSON)
    """Choices last offered, as ``[label, value]``: a typed "2" or part of a label picks one."""
    last_faq: str | None = Field(default=None, max_length=60)
    failures: int = 0
    """Times in a row the bot did not understand."""
    form: dict[str, Any] = Field(default_factory=dict, sa_type=MutableDict.as_mutable(JSON))
    """The open form, or empty: name, slots, slot being asked; its shape belongs to handlers/forms."""
    updated_at: datetime = Field(sa_type=UTCDateTime)


async def conversation_at(db: AsyncSession, address: str, now: datetime) -> Conversation:
    """The conversation with ``address``, begun when there is none."""
    row = (await db.exec(select(Conversation).where(Conversation.address == address))).one_or_none()
    if row is None:
        row = Conversation(address=address, updated_at=now)
        db.add(row)
    return row


async def forget_conversation(db: AsyncSession, address: str) -> None:
    await db.exec(delete(Conversation).where(col(Conversation.address) == address))
