"""The deliveries of one digest as a whole: queued, repeated, skipped, counted. One statement each, inside the database:
the time grows with the number of officers, the memory does not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, func, literal, null, update
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.appointments import speaks_for_own
from storage.columns import UTCDateTime
from storage.contacts import Account, Contact, Subscription
from storage.digests import ARRIVED, OF_DIGEST, Delivery, DeliveryKind, DeliveryState, Edition, Rank

MAY_HAVE_COME = (*ARRIVED, DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNCLEAR)
"""States of a delivery whose content the account has, may have, or is about to get."""


async def queue_digest(db: AsyncSession, digest_id: int, rank: Rank, day: date, now: datetime) -> int:
    """One delivery of the digest for every account of a subscribed officer of an agency with an edition, on
    the day; how many.

    One statement inside the database: its time grows with the number of officers, its memory does not.
    """
    edition_of = aliased(Edition)
    found = (
        _columns(DeliveryKind.DIGEST, edition_of, rank, now, literal(f"digest:{digest_id}:"))
        .join(Contact, col(Contact.agency_id) == col(edition_of.agency_id))
        .join(Account, col(Account.contact_id) == col(Contact.id))
        .join(Subscription, col(Subscription.account_id) == col(Account.id))
        .where(
            col(edition_of.digest_id) == digest_id,
            col(Subscription.ended_at).is_(None),
            speaks_for_own(day),
            col(Account.left_at).is_(None),
        )
    )
    return await _insert_found(db, found, edition_of)


async def told_the_same(db: AsyncSession, digest_id: int, day: date, since: datetime) -> int:
    """Accounts the digest would go to that have been sent the very same words since then."""
    query = (
        select_columns(func.count())
        .select_from(Edition)
        .join(Contact, col(Contact.agency_id) == col(Edition.agency_id))
        .join(Account, col(Account.contact_id) == col(Contact.id))
        .join(Subscription, col(Subscription.account_id) == col(Account.id))
        .where(
            col(Edition.digest_id) == digest_id,
            col(Subscription.ended_at).is_(None),
            speaks_for_own(day),
            col(Account.left_at).is_(None),
            _has_the_same(col(Account.id), col(Edition.fingerprint), since),
        )
    )
    return int((await (await db.connection()).execute(query)).scalar_one())


async def queue_repeats(
    db: AsyncSession,
    digest_id: int,
    states: Collection[DeliveryState],
    channels: Collection[str] | None,
    ask: str,
    same_since: datetime | None,
    now: datetime,
) -> int:
    """The digest once more for those whose delivery is in one of the states, on these channels (None: all); how many.

    ``ask`` is part of the key: asking twice queues nothing more.
    """
    first, edition_of = aliased(Delivery), aliased(Edition)
    found = (
        _columns(DeliveryKind.REPEAT, edition_of, Rank.BULK, now, literal(f"repeat:{digest_id}:{ask}:"))
        .join(first, col(first.edition_id) == col(edition_of.id))
        .join(Account, col(Account.id) == col(first.account_id))
        .where(_repeatable(first, digest_id, states, channels))
    )
    if same_since is not None:
        found = found.where(~_has_the_same(col(Account.id), col(edition_of.fingerprint), same_since))
    return await _insert_found(db, found, edition_of)


async def repeatable(
    db: AsyncSession,
    digest_id: int,
    states: Collection[DeliveryState],
    channels: Collection[str] | None,
    same_since: datetime,
) -> tuple[int, int]:
    """How many :func:`queue_repeats` would be for, and how many of them have been sent the same words since then."""
    first = aliased(Delivery)
    recent = _has_the_same(col(first.account_id), col(first.fingerprint), same_since)
    query = (
        select_columns(func.count(), func.count().filter(recent))
        .select_from(first)
        .join(Account, col(Account.id) == col(first.account_id))
        .where(_repeatable(first, digest_id, states, channels))
    )
    every, lately = (await (await db.connection()).execute(query)).one()
    return int(every), int(lately)


def _repeatable(
    first: Any, digest_id: int, states: Collection[DeliveryState], channels: Collection[str] | None
) -> ColumnElement[bool]:
    fits = (
        (col(first.digest_id) == digest_id)
        & (col(first.kind) == DeliveryKind.DIGEST)
        & col(first.state).in_(list(states))
        & col(Account.left_at).is_(None)
    )
    return fits if channels is None else fits & col(first.channel).in_(list(channels))


def _has_the_same(account: Any, fingerprint: Any, since: datetime) -> ColumnElement[bool]:
    """Whether the account has been sent these words since then, or may have been, or is about to be."""
    other = aliased(Delivery)
    return exists().where(
        col(other.fingerprint) == fingerprint,
        col(other.account_id) == account,
        func.coalesce(col(other.sent_at), col(other.created_at)) >= since,
        col(other.state).in_(MAY_HAVE_COME),
    )


def _columns(kind: DeliveryKind, edition_of: Any, rank: Rank, now: datetime, key: ColumnElement[str]) -> Any:
    """The values of deliveries of editions, selected: to be joined with the accounts they are for."""
    moment = literal(now, UTCDateTime())
    return select_columns(
        literal(kind.value),
        key + cast(col(Account.id), String),
        col(edition_of.digest_id),
        col(edition_of.id),
        col(Account.id),
        col(Account.address),
        col(Account.channel),
        null(),
        col(edition_of.fingerprint),
        literal(int(rank)),
        literal(DeliveryState.QUEUED.value),
        literal(0),
        moment,
        moment,
    ).select_from(edition_of)


_INTO = (
    "kind",
    "key",
    "digest_id",
    "edition_id",
    "account_id",
    "address",
    "channel",
    "reply",
    "fingerprint",
    "rank",
    "state",
    "attempts",
    "due_at",
    "created_at",
)


async def _insert_found(db: AsyncSession, found: Any, edition_of: Any) -> int:
    """One agency after the other, so that the senders read and lay out each edition once."""
    found = found.order_by(col(edition_of.id), col(Account.id))
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(Delivery).from_select(_INTO, found).on_conflict_do_nothing(index_elements=["key"])
    statement = statement.execution_options(preserve_rowcount=True)
    return int((await (await db.connection()).execute(statement)).rowcount)


async def queued_of(db: AsyncSession, digest_id: int) -> int:
    """How many of the digest are queued, repeats included."""
    query = select(func.count()).where(
        Delivery.digest_id == digest_id,
        col(Delivery.kind).in_(OF_DIGEST),
        Delivery.state == DeliveryState.QUEUED,
    )
    return (await db.exec(query)).one()


async def skip_queued(db: AsyncSession, digest_id: int, key: str) -> int:
    """Skip what is still queued of a digest, for the reason ``key``; how many."""
    result = await db.exec(
        update(Delivery)
        .where(
            col(Delivery.digest_id) == digest_id,
            col(Delivery.kind).in_(OF_DIGEST),
            col(Delivery.state) == DeliveryState.QUEUED,
        )
        .values(state=DeliveryState.SKIPPED, error_key=key)
    )
    return int(result.rowcount)


async def due_again(db: AsyncSession, digest_id: int, now: datetime) -> None:
    """What is queued of a digest that was paused is due from now on: the time it was paused makes nothing too old."""
    await db.exec(
        update(Delivery)
        .where(
            col(Delivery.digest_id) == digest_id,
            col(Delivery.state) == DeliveryState.QUEUED,
            col(Delivery.due_at) < now,
        )
        .values(due_at=now)
    )


async def queue_again(db: AsyncSession, digest_id: int, states: Sequence[DeliveryState], now: datetime) -> int:
    """Queue a digest's deliveries in these states once more, with all attempts before them, where the person can be
    reached; how many."""
    result = await db.exec(
        update(Delivery)
        .where(*_to_be_tried_again(digest_id, states))
        .values(state=DeliveryState.QUEUED, attempts=0, due_at=now, error=None, error_key=None)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)


async def failed_deliveries(db: AsyncSession, digest_id: int) -> int:
    """How many :func:`queue_again` would queue of those that failed."""
    query = select(func.count()).select_from(Delivery).where(*_to_be_tried_again(digest_id, [DeliveryState.FAILED]))
    return (await db.exec(query)).one()


def _to_be_tried_again(digest_id: int, states: Sequence[DeliveryState]) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Delivery.digest_id) == digest_id,
        col(Delivery.kind).in_(OF_DIGEST),
        col(Delivery.state).in_(states),
        col(Delivery.account_id).in_(select(Account.id).where(col(Account.left_at).is_(None))),
    )


@dataclass(frozen=True, slots=True)
class ChannelPace:
    """What a digest still has to send on a channel now, and how much it has sent there since a moment."""

    channel: str
    left: int
    sent: int
    first_at: datetime | None
    """When the first of those that were sent left."""

    def per_second(self, now: datetime) -> float:
        return self.sent / max(1.0, (now - self.first_at).total_seconds()) if self.first_at else 0.0


@dataclass(frozen=True, slots=True)
class SendingPace:
    """Where a digest's deliveries are, and how fast they leave."""

    total: int
    waiting: int
    underway: int
    later: int
    later_at: datetime | None
    channels: Sequence[ChannelPace]
    """Those that still have something to send."""
    bulk: int
    """Of those waiting, how many are not urgent."""


async def sending_pace(db: AsyncSession, digest_id: int, now: datetime, since: datetime) -> SendingPace:
    """The figures of all the digest's deliveries, repeats included; reminders are none of them."""
    queued, due = col(Delivery.state) == DeliveryState.QUEUED, col(Delivery.due_at) <= now
    query = (
        select_columns(
            col(Delivery.channel),
            func.count(),
            func.count().filter(queued, due),
            func.count().filter(col(Delivery.state) == DeliveryState.SENDING),
            func.count().filter(queued, ~due),
            func.min(col(Delivery.due_at)).filter(queued, ~due),
            func.count().filter(col(Delivery.sent_at) > since),
            func.min(col(Delivery.sent_at)).filter(col(Delivery.sent_at) > since),
            func.count().filter(queued, due, col(Delivery.rank) != Rank.URGENT),
        )
        .where(col(Delivery.digest_id) == digest_id, col(Delivery.kind).in_(OF_DIGEST))
        .group_by(col(Delivery.channel))
    )
    rows = (await (await db.connection()).execute(query)).all()
    return SendingPace(
        total=sum(row[1] for row in rows),
        waiting=sum(row[2] for row in rows),
        underway=sum(row[3] for row in rows),
        later=sum(row[4] for row in rows),
        later_at=min((row[5] for row in rows if row[5] is not None), default=None),
        channels=[ChannelPace(row[0], row[2] + row[3], row[6], row[7]) for row in rows if row[2] or row[3]],
        bulk=sum(row[8] for row in rows),
    )


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many deliveries on a channel are in a state for the same reason."""

    channel: str
    state: DeliveryState
    error_key: str
    error: str | None
    """The platform's code and words."""
    count: int


async def troubles(db: AsyncSession, digest_id: int) -> Sequence[Trouble]:
    """What kept the digest's deliveries from arriving, counted by reason."""
    query = (
        select_columns(
            col(Delivery.channel), col(Delivery.state), col(Delivery.error_key), col(Delivery.error), func.count()
        )
        .where(
            col(Delivery.digest_id) == digest_id,
            col(Delivery.kind).in_(OF_DIGEST),
            col(Delivery.state).not_in(ARRIVED),
            col(Delivery.error_key).is_not(None),
        )
        .group_by(col(Delivery.channel), col(Delivery.state), col(Delivery.error_key), col(Delivery.error))
    )
    rows = (await (await db.connection()).execute(query)).all()
    return [Trouble(channel, state, key or "", error, count) for channel, state, key, error, count in rows]


async def is_underway(db: AsyncSession, digest_id: int) -> bool:
    """Whether a delivery of the digest is still queued or being sent."""
    query = select(Delivery.id).where(
        Delivery.digest_id == digest_id,
        col(Delivery.kind).in_(OF_DIGEST),
        col(Delivery.state).in_([DeliveryState.QUEUED, DeliveryState.SENDING]),
    )
    return (await db.exec(query.limit(1))).first() is not None
