"""Updates as the platforms sent them: written down before anything is done about them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import UniqueConstraint, func, or_, update
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime, state

LONGEST_ID = 200
"""Characters kept of a platform's id."""


class UpdateState(StrEnum):
    RECEIVED = "received"
    ANSWERED = "answered"
    """Its effects are committed together with the replies; the replies are on their way out."""
    HANDLED = "handled"
    IGNORED = "ignored"
    """Nothing a person should get an answer to: an echo, an unknown event."""
    FAILED = "failed"
    """A fault of ours; kept for a person to look at, the sender was told once."""


class InboundUpdate(SQLModel, table=True):
    """One update of a platform. The payload is sealed: it holds people's words and names."""

    __tablename__ = "inbound_update"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(max_length=20)
    external_id: str = Field(max_length=LONGEST_ID)
    payload: str = Field(sa_type=EncryptedText)
    received_at: datetime = Field(sa_type=UTCDateTime)
    state: UpdateState = Field(default=UpdateState.RECEIVED, sa_type=state(UpdateState, "update_state"), index=True)
    replies: str | None = Field(default=None, sa_type=EncryptedText)
    """The replies as JSON while ``answered``: a crash before they left does not lose them."""
    handled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    error: str | None = None
    """Class of the fault and the places it passed through, innermost first; never the person's text."""
    attempts: int = 0
    """Times a process took it up again after another had left it unfinished."""
    taken_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """The lease of the process that works on it; when it has run out, or there is none, anybody may take it."""


async def claim_updates(
    db: AsyncSession, channels: Sequence[str], now: datetime, lease: timedelta, limit: int, patience: int
) -> Sequence[InboundUpdate]:
    """Take the channels' oldest unfinished updates nobody works on, at most ``limit``, for as long as ``lease`` lasts.

    A received one is to be worked on, an answered one only to be sent. One that was left unfinished ``patience`` times
    has brought a process down each time: it is given up. A lease longer than ours was written by a clock that has been
    set back since, and holds nothing.
    """
    row = InboundUpdate
    free = (
        col(row.channel).in_(list(channels)),
        col(row.state).in_([UpdateState.RECEIVED, UpdateState.ANSWERED]),
        or_(col(row.taken_until).is_(None), col(row.taken_until) <= now, col(row.taken_until) > now + lease),
    )
    await db.exec(
        update(row)
        .where(*free, col(row.attempts) >= patience)
        .values(state=UpdateState.FAILED, handled_at=now, error="left unfinished", replies=None)
    )
    query = select(row).where(*free).order_by(col(row.id)).limit(limit).with_for_update(skip_locked=True)
    rows = (await db.exec(query)).all()
    if rows:
        await db.exec(
            update(row)
            .where(col(row.id).in_([found.id for found in rows]))
            .values(taken_until=now + lease, attempts=col(row.attempts) + 1)
            .execution_options(synchronize_session=False)
        )
    return rows


async def hold_updates(db: AsyncSession, update_ids: Sequence[int], until: datetime | None) -> None:
    """Lengthen the lease on updates this process works on; None gives them back."""
    unfinished = col(InboundUpdate.state).in_([UpdateState.RECEIVED, UpdateState.ANSWERED])
    await db.exec(
        update(InboundUpdate).where(col(InboundUpdate.id).in_(list(update_ids)), unfinished).values(taken_until=until)
    )


async def newest_update(db: AsyncSession, channel: str) -> datetime | None:
    """When the platform last brought something."""
    query = select(func.max(col(InboundUpdate.received_at))).where(InboundUpdate.channel == channel)
    moment = (await db.exec(query)).one()
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)


async def updates_known(db: AsyncSession, channel: str, external_ids: Sequence[str]) -> set[str]:
    """Which of these updates have been written down already."""
    query = select(InboundUpdate.external_id).where(
        InboundUpdate.channel == channel, col(InboundUpdate.external_id).in_(list(external_ids))
    )
    return set((await db.exec(query)).all())


async def failed_updates(db: AsyncSession, limit: int) -> Sequence[InboundUpdate]:
    """The newest updates a fault of ours has kept from being answered."""
    query = select(InboundUpdate).where(InboundUpdate.state == UpdateState.FAILED)
    return (await db.exec(query.order_by(col(InboundUpdate.id).desc()).limit(limit))).all()


async def retry_updates(db: AsyncSession, update_ids: Sequence[int] | None = None) -> int:
    """Have failed updates worked on once more, all of them or these; how many. Whoever looks next takes them up."""
    these = [] if update_ids is None else [col(InboundUpdate.id).in_(list(update_ids))]
    result = await db.exec(
        update(InboundUpdate)
        .where(col(InboundUpdate.state) == UpdateState.FAILED, *these)
        .values(state=UpdateState.RECEIVED, attempts=0, taken_until=None, handled_at=None, error=None, replies=None)
    )
    return int(result.rowcount)


async def answer_update(db: AsyncSession, update_id: int, replies: str) -> None:
    """Keep the replies with the update, in the transaction that commits their effects."""
    await db.exec(
        update(InboundUpdate)
        .where(col(InboundUpdate.id) == update_id)
        .values(state=UpdateState.ANSWERED, replies=replies)
    )


async def updates_done_before(db: AsyncSession, moment: datetime, limit: int) -> Sequence[int]:
    """The oldest finished updates received before ``moment``."""
    query = (
        select(InboundUpdate.id)
        .where(col(InboundUpdate.received_at) < moment, col(InboundUpdate.handled_at).is_not(None))
        .order_by(col(InboundUpdate.id))
        .limit(limit)
    )
    return [found for found in (await db.exec(query)).all() if found is not None]


async def drop_updates(db: AsyncSession, update_ids: Sequence[int]) -> int:
    """Delete these updates, unless they are to be worked on again."""
    result = await db.exec(
        delete(InboundUpdate).where(col(InboundUpdate.id).in_(update_ids), col(InboundUpdate.handled_at).is_not(None))
    )
    return int(result.rowcount)
