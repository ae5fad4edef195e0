"""When the next message may leave through a channel, whichever process sends it: a platform's limit is one for all of
them. A row a channel, moved on by whoever takes turns."""

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

FURTHEST = 60.0
"""Seconds ahead a channel's time can have been given away, or be resting. A row further ahead is from a clock that has
been put back since, and counts as now."""


class ChannelTurns(SQLModel, table=True):
    """How far one channel's time has been given away."""

    __tablename__ = "channel_turns"

    channel: str = Field(primary_key=True, max_length=20)
    next_at: float
    """Seconds since 1970 by the machine's clock, a demo's too: what a platform allows knows no shifted days."""


async def take_turns(db: AsyncSession, channel: str, now: float, span: float) -> float:
    """Take the next ``span`` seconds of the channel's time; the moment they begin, ``now`` or later."""
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    given = col(ChannelTurns.next_at)
    begin = case((given < now, now), (given > now + FURTHEST, now), else_=given)
    statement = (
        insert(ChannelTurns)
        .values(channel=channel, next_at=now + span)
        .on_conflict_do_update(index_elements=["channel"], set_={"next_at": begin + span})
        .returning(col(ChannelTurns.next_at))
    )
    return float((await (await db.connection()).execute(statement)).scalar_one()) - span


async def rest_turns(db: AsyncSession, channel: str, now: float, seconds: float) -> None:
    """Nobody gets a turn for so long, at most FURTHEST."""
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    until, given = now + min(seconds, FURTHEST), col(ChannelTurns.next_at)
    longer = case((given.between(until, now + FURTHEST), given), else_=until)
    statement = insert(ChannelTurns).values(channel=channel, next_at=until)
    await (await db.connection()).execute(
        statement.on_conflict_do_update(index_elements=["channel"], set_={"next_at": longer})
    )
