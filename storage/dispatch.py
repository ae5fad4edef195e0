"""The hot path of sending: due deliveries are claimed and settled many at a time, without mapping a row to an object.

A claim and a settlement are one statement each, on both engines. Whoever claims holds a lease; a row whose lease has
run out was left behind by a dead process and has an unknown fate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, bindparam, case, func, null, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.appointments import speaks_for
from storage.columns import UTCDateTime
from storage.contacts import Account, Contact, Subscription
from storage.digests import OF_DIGEST, Delivery, DeliveryKind, DeliveryState, Digest, DigestState, Edition, Rank, is_in

LEASE = timedelta(minutes=2)
"""How long one sender may hold a claimed delivery. A row still ``sending`` after that has an unknown fate."""


class Claimed(NamedTuple):
    """A delivery taken for sending, and all the sender needs of it."""

    id: int
    kind: DeliveryKind
    account_id: int
    address: str
    edition_id: int | None
    reply: dict[str, Any] | None
    """The message; None when it is the edition's."""
    attempts: int
    """This one included."""
    due_at: datetime
    rank: int
    """A :class:`storage.digests.Rank`."""
    channel: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one attempt to send."""

    delivery_id: int
    state: DeliveryState
    """SENT, FAILED, UNCLEAR, SKIPPED, or QUEUED for another attempt at ``due_at``."""
    provider_id: str | None = None
    key: str | None = None
    error: str | None = None
    due_at: datetime | None = None
    counts: bool = True
    """False when a re-queued attempt was none: the message never left."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What speaks against sending a claimed delivery now."""

    gone: bool
    """Has left the channel, or the officer has ended or speaks for another agency now."""
    unsubscribed: bool
    digest_over: bool
    """The delivery belongs to a digest that is not being sent any more."""
    acknowledged: bool
    """A reminder or repeat, and the digest has been acknowledged by this account already."""


async def claim_deliveries(
    db: AsyncSession, now: datetime, limit: int, channel: str, urgent_only: bool = False
) -> list[Claimed]:
    """Take up to ``limit`` due deliveries of the channel for sending, the first in rank first; nobody else gets them.
    Those of a paused digest stay."""
    statement = _CLAIM_URGENT if urgent_only else _CLAIM
    values = {"now": now, "until": now + LEASE, "most": limit, "on": channel}
    rows = (await (await db.connection()).execute(statement, values)).all()
    return sorted((Claimed._make((*row, channel)) for row in rows), key=attrgetter("rank", "due_at", "id"))


def _claim(*more: ColumnElement[bool]) -> Any:
    """Made once: putting it together takes longer than most of what it does.

    The rows are chosen in a materialized CTE: with a plain ``WHERE id IN (SELECT … LIMIT …)`` PostgreSQL may run the
    inner query again and take more than the limit.
    """
    paused = select(col(Digest.id)).where(col(Digest.paused_at).is_not(None))
    due = (
        select(col(Delivery.id))
        .where(
            is_in(DeliveryState.QUEUED),
            col(Delivery.due_at) <= bindparam("now", type_=UTCDateTime()),
            col(Delivery.channel) == bindparam("on"),
            or_(col(Delivery.digest_id).is_(None), col(Delivery.digest_id).not_in(paused)),
            *more,
        )
        .order_by(col(Delivery.rank), col(Delivery.due_at), col(Delivery.id))
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )
    chosen = due.cte("chosen").prefix_with("MATERIALIZED")
    return (
        update(Delivery)
        .where(col(Delivery.id) == chosen.c.id)
        .values(
            state=DeliveryState.SENDING,
            lease_until=bindparam("until", type_=UTCDateTime()),
            attempts=col(Delivery.attempts) + 1,
        )
        .returning(
            col(Delivery.id),
            col(Delivery.kind),
            col(Delivery.account_id),
            col(Delivery.address),
            col(Delivery.edition_id),
            col(Delivery.reply),
            col(Delivery.attempts),
            col(Delivery.due_at),
            col(Delivery.rank),
        )
    )


_CLAIM = _claim()
_CLAIM_URGENT = _claim(col(Delivery.rank) == Rank.URGENT)


async def settle(db: AsyncSession, settlements: Sequence[Settlement], now: datetime) -> None:
    """Write down what became of the attempts, few statements for many of them.

    A row that changed meanwhile keeps the change: one acknowledged while the platform still answered stays
    acknowledged, and one given up for lost is only made certain by a success.
    """
    if not settlements:
        return
    connection = await db.connection()
    sent = [found for found in settlements if found.state is DeliveryState.SENT]
    again = [found for found in settlements if found.state is DeliveryState.QUEUED]
    ended = [found for found in settlements if found.state not in (DeliveryState.SENT, DeliveryState.QUEUED)]
    if sent:
        values = [{"of": row.delivery_id, "message": row.provider_id, "at": now} for row in sent]
        await connection.execute(_SENT, values)
    if again:
        values = [
            {
                "of": row.delivery_id,
                "later": row.due_at or now,
                "uncounted": 0 if row.counts else 1,
                "reason": row.error,
                "cause": row.key,
            }
            for row in again
        ]
        await connection.execute(_AGAIN, values)
    if ended:
        values = [{"of": row.delivery_id, "reached": row.state, "reason": row.error, "cause": row.key} for row in ended]
        await connection.execute(_ENDED, values)


_MINE = col(Delivery.id) == bindparam("of")
_HELD = col(Delivery.state) == DeliveryState.SENDING
_SENT = (
    update(Delivery)
    .where(_MINE)
    .values(
        state=case((_HELD | (col(Delivery.state) == DeliveryState.UNCLEAR), DeliveryState.SENT), else_=Delivery.state),
        provider_id=bindparam("message"),
        sent_at=bindparam("at"),
        lease_until=null(),
        error=null(),
        error_key=null(),
    )
)
_AGAIN = (
    update(Delivery)
    .where(_MINE, _HELD)
    .values(
        state=DeliveryState.QUEUED,
        due_at=bindparam("later"),
        attempts=col(Delivery.attempts) - bindparam("uncounted"),
        lease_until=null(),
        error=bindparam("reason"),
        error_key=bindparam("cause"),
    )
)
_ENDED = (
    update(Delivery)
    .where(_MINE, _HELD)
    .values(state=bindparam("reached"), lease_until=null(), error=bindparam("reason"), error_key=bindparam("cause"))
)


async def obstacles(db: AsyncSession, delivery_ids: Sequence[int], day: date) -> dict[int, Obstacle]:
    """What speaks against sending these claimed deliveries on the day, by delivery id; most are not in it."""
    read = aliased(Delivery)
    to_officer = col(Delivery.kind) != DeliveryKind.NOTICE
    agency = func.coalesce(col(Edition.agency_id), col(Contact.agency_id))
    gone = col(Account.left_at).is_not(None) | (to_officer & ~speaks_for(agency, day))
    unsubscribed = to_officer & (col(Subscription.id).is_(None) | col(Subscription.ended_at).is_not(None))
    over = col(Delivery.kind).in_(OF_DIGEST) & (col(Digest.id).is_(None) | (col(Digest.state) != DigestState.SENDING))
    acknowledged = col(read.id).is_not(None)
    query = (
        select(col(Delivery.id), gone, unsubscribed, over, acknowledged)
        .select_from(Delivery)
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .outerjoin(Contact, col(Contact.id) == col(Account.contact_id))
        .outerjoin(Subscription, col(Subscription.account_id) == col(Account.id))
        .outerjoin(Digest, col(Digest.id) == col(Delivery.digest_id))
        .outerjoin(Edition, col(Edition.id) == col(Delivery.edition_id))
        .outerjoin(
            read,
            col(Delivery.kind).in_([DeliveryKind.REMINDER, DeliveryKind.REPEAT])
            & (col(read.digest_id) == col(Delivery.digest_id))
            & (col(read.account_id) == col(Delivery.account_id))
            & (col(read.kind) == DeliveryKind.DIGEST)
            & (col(read.state) == DeliveryState.ACKNOWLEDGED),
        )
        .where(col(Delivery.id).in_(list(delivery_ids)), gone | unsubscribed | over | acknowledged)
    )
    found: dict[int, Obstacle] = {}
    for delivery_id, *speaks_against in (await (await db.connection()).execute(query)).all():
        assert delivery_id is not None
        found[delivery_id] = Obstacle(*map(bool, speaks_against))
    return found


async def with_messages(db: AsyncSession, claimed: Sequence[Claimed]) -> list[Claimed]:
    """The same, with the edition's message where they have none of their own."""
    editions = sorted({one.edition_id for one in claimed if one.reply is None and one.edition_id is not None})
    if not editions:
        return list(claimed)
    query = select(col(Edition.id), col(Edition.message)).where(col(Edition.id).in_(editions))
    said = {row.id: row.message for row in (await (await db.connection()).execute(query)).all()}
    return [one._replace(reply=said.get(one.edition_id)) if one.reply is None else one for one in claimed]


async def abandon_lost_leases(db: AsyncSession, now: datetime) -> int:
    """Deliveries whose sender died in the middle: they may have arrived, so they become unclear."""
    result = await db.exec(
        update(Delivery)
        .where(is_in(DeliveryState.SENDING), col(Delivery.lease_until) < now)
        .values(state=DeliveryState.UNCLEAR, error_key="lost_lease", lease_until=None)
    )
    return int(result.rowcount)
