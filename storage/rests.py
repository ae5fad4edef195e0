"""Channels that send nothing for a while: the platform said so. Written down, so that it holds for every process and
across restarts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime


class ChannelRest(SQLModel, table=True):
    """One channel's rest, the newest."""

    __tablename__ = "channel_rest"

    channel: str = Field(primary_key=True, max_length=20)
    until: datetime = Field(sa_type=UTCDateTime)
    since: datetime = Field(sa_type=UTCDateTime)
    reason: str = Field(max_length=60)
    """Key of the operator's sentence about the error that caused it."""
    share: float
    """Share of the usual rate at which sending begins again, 0 to 1."""


async def rest_channel(
    db: AsyncSession, channel: str, until: datetime, reason: str, share: float, now: datetime
) -> None:
    """The channel sends nothing before ``until``; the longer of two rests counts."""
    known = await db.get(ChannelRest, channel, populate_existing=True)
    if known is not None and known.until > until:
        return
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    values = {"until": until, "since": now, "reason": reason, "share": share}
    statement = insert(ChannelRest).values(channel=channel, **values)
    await db.exec(statement.on_conflict_do_update(index_elements=["channel"], set_=values))


async def rests(db: AsyncSession, now: datetime) -> Sequence[ChannelRest]:
    """The rests that are not over."""
    return (await db.exec(select(ChannelRest).where(col(ChannelRest.until) > now))).all()


async def end_rest(db: AsyncSession, channel: str) -> None:
    """Somebody has seen to the cause: the channel may send again."""
    await db.exec(delete(ChannelRest).where(col(ChannelRest.channel) == channel))
