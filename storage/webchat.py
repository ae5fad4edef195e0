"""The web chat's own messages: a browser has no platform that keeps them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel, col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import SealedJson, UTCDateTime


class WebchatMessage(SQLModel, table=True):
    """One bubble of the web chat."""

    __tablename__ = "webchat_message"
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(index=True, max_length=80)
    from_person: bool
    body: dict[str, Any] = Field(sa_type=SealedJson)
    """``{"text": …, "choices": [[label, value]], "call": [...]}``; empty when the key it was sealed with is gone."""
    at: datetime = Field(sa_type=UTCDateTime)


async def webchat_since(db: AsyncSession, user_id: str, after_id: int, limit: int = 200) -> Sequence[WebchatMessage]:
    """The bubbles after ``after_id``, oldest first."""
    query = (
        select(WebchatMessage)
        .where(WebchatMessage.user_id == user_id, col(WebchatMessage.id) > after_id)
        .order_by(col(WebchatMessage.id))
        .limit(limit)
    )
    return [row for row in (await db.exec(query)).all() if row.body]


async def drop_webchat_before(db: AsyncSession, moment: datetime) -> int:
    """Delete bubbles shown before ``moment``: words are not kept longer here than elsewhere."""
    return int((await db.exec(delete(WebchatMessage).where(col(WebchatMessage.at) < moment))).rowcount)


async def forget_webchat(db: AsyncSession, user_id: str) -> None:
    await db.exec(delete(WebchatMessage).where(col(WebchatMessage.user_id) == user_id))


async def webchat_count(db: AsyncSession, user_id: str) -> int:
    """How many bubbles of this talk are kept."""
    return (await db.exec(select(func.count()).where(col(WebchatMessage.user_id) == user_id))).one()
