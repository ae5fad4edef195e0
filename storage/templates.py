"""Template messages sent by phone number to officers no ordinary message reaches any more."""

from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime


class TemplateMessage(SQLModel, table=True):
    """One template message, each of them billed: to which account it went and what became of it. Never the number."""

    __tablename__ = "template_message"
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    tracking_id: str = Field(unique=True, max_length=48)
    provider_id: str | None = Field(default=None, index=True, max_length=120)
    asked_at: datetime = Field(sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    error: str | None = Field(default=None, max_length=300)


async def newest_template(db: AsyncSession, account_id: int) -> TemplateMessage | None:
    """The last template message to an account that left, or may have."""
    query = (
        select(TemplateMessage)
        .where(TemplateMessage.account_id == account_id, col(TemplateMessage.error).is_(None))
        .order_by(col(TemplateMessage.asked_at).desc())
        .limit(1)
    )
    return (await db.exec(query)).first()


async def template_delivered(db: AsyncSession, tracking_id: str, delivered_at: datetime) -> bool:
    """The platform says a template message arrived; False when it is none of ours."""
    result = await db.exec(
        update(TemplateMessage)
        .where(
            col(TemplateMessage.tracking_id) == tracking_id,
        )
        .values(delivered_at=func.coalesce(col(TemplateMessage.delivered_at), delivered_at))
    )
    return bool(result.rowcount)


async def latest_templates(db: AsyncSession, limit: int) -> list[TemplateMessage]:
    """Template messages, newest first."""
    query = select(TemplateMessage).order_by(col(TemplateMessage.id).desc()).limit(limit)
    return list((await db.exec(query)).all())
