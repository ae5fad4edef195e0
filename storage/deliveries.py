"""Deliveries on their way: queued in bulk, settled in groups. The table is in storage.digests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, func, null, update
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.appointments import speaks_for
from storage.contacts import Account, Contact, Subscription
from storage.digests import Delivery, DeliveryKind, DeliveryState, Digest, DigestState, Edition

CHUNK = 250
"""Rows of one bulk insert: some tens of milliseconds of work between two looks at everything else."""


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
class Recipient:
    """What speaks against sending a claimed delivery now."""

    gone: bool
    """Has left the channel, or the officer has ended or speaks for another agency now."""
    subscribed: bool
    digest_over: bool
    """The delivery belongs to a digest that is not being sent any more."""
    acknowledged: bool
    """The digest has been acknowledged by this account already."""


async def queue_deliveries(db: AsyncSession, rows: Sequence[dict[str, Any]]) -> int:
    """Insert deliveries, leaving out those whose key exists; how many were new."""
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(Delivery).on_conflict_do_nothing(index_elements=["key"]).returning(col(Delivery.id))
    connection = await db.connection()
    queued = 0
    for start in range(0, len(rows), CHUNK):
        result = await connection.execute(statement, list(rows[start : start + CHUNK]))
        queued += len(result.all())
    return queued


def new_delivery(
    kind: DeliveryKind,
    key: str,
    account: Account,
    reply: dict[str, Any],
    now: datetime,
    digest_id: int | None = None,
    edition_id: int | None = None,
) -> dict[str, Any]:
    """The values of a delivery due now."""
    return {
        "kind": kind,
        "key": key,
        "digest_id": digest_id,
        "edition_id": edition_id,
        "account_id": account.id,
        "address": account.address,
        "channel": account.channel,
        "reply": reply,
        "state": DeliveryState.QUEUED,
        "attempts": 0,
        "due_at": now,
        "created_at": now,
    }


async def settle(db: AsyncSession, settlements: Sequence[Settlement], now: datetime) -> None:
    """Write down what became of the attempts, few statements for many of them.

    A row that changed meanwhile keeps the change: one acknowledged while the platform still answered stays
    acknowledged, and one given up for lost is only made certain by a success.
    """
    connection = await db.connection()
    sent = [found for found in settlements if found.state is DeliveryState.SENT]
    again = [found for found in settlements if found.state is DeliveryState.QUEUED]
    ended = [found for found in settlements if found.state not in (DeliveryState.SENT, DeliveryState.QUEUED)]
    mine = col(Delivery.id) == bindparam("of")
    held = col(Delivery.state) == DeliveryState.SENDING
    if sent:
        in_doubt = held | (col(Delivery.state) == DeliveryState.UNCLEAR)
        statement = (
            update(Delivery)
            .where(mine)
            .values(
                state=case((in_doubt, DeliveryState.SENT), else_=col(Delivery.state)),
                provider_id=bindparam("message"),
                sent_at=now,
                lease_until=null(),
                error=null(),
                error_key=null(),
            )
        )
        await connection.execute(statement, [{"of": row.delivery_id, "message": row.provider_id} for row in sent])
    if again:
        statement = (
            update(Delivery)
            .where(mine, held)
            .values(
                state=DeliveryState.QUEUED,
                due_at=bindparam("later"),
                attempts=col(Delivery.attempts) - bindparam("uncounted"),
                lease_until=null(),
                error=bindparam("reason"),
                error_key=bindparam("cause"),
            )
        )
        await connection.execute(
            statement,
            [
                {
                    "of": row.delivery_id,
                    "later": row.due_at or now,
                    "uncounted": 0 if row.counts else 1,
                    "reason": row.error,
                    "cause": row.key,
                }
                for row in again
            ],
        )
    if ended:
        statement = (
            update(Delivery)
            .where(mine, held)
            .values(
                state=bindparam("reached"),
                lease_until=null(),
                error=bindparam("reason"),
                error_key=bindparam("cause"),
            )
        )
        await connection.execute(
            statement,
            [{"of": row.delivery_id, "reached": row.state, "reason": row.error, "cause": row.key} for row in ended],
        )


async def recipients(db: AsyncSession, delivery_ids: Sequence[int], day: date) -> dict[int, Recipient]:
    """What speaks against sending these claimed deliveries on the day, by delivery id."""
    read = aliased(Delivery)
    query = (
        select_columns(
            col(Delivery.id),
            col(Delivery.kind),
            col(Account.left_at),
            col(Account.contact_id),
            speaks_for(func.coalesce(col(Edition.agency_id), col(Contact.agency_id)), day),
            col(Subscription.id),
            col(Subscription.ended_at),
            col(Digest.state),
            col(read.id),
        )
        .select_from(Delivery)
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .outerjoin(Contact, col(Contact.id) == col(Account.contact_id))
        .outerjoin(Subscription, col(Subscription.account_id) == col(Account.id))
        .outerjoin(Digest, col(Digest.id) == col(Delivery.digest_id))
        .outerjoin(Edition, col(Edition.id) == col(Delivery.edition_id))
        .outerjoin(
            read,
            (col(read.digest_id) == col(Delivery.digest_id))
            & (col(read.account_id) == col(Delivery.account_id))
            & (col(read.kind) == DeliveryKind.DIGEST)
            & (col(read.state) == DeliveryState.ACKNOWLEDGED),
        )
        .where(col(Delivery.id).in_(list(delivery_ids)))
    )
    found: dict[int, Recipient] = {}
    rows = (await (await db.connection()).execute(query)).all()
    for delivery_id, kind, left, contact, speaks, subscription, unsubscribed, digest, read_id in rows:
        assert delivery_id is not None
        notice = kind == DeliveryKind.NOTICE
        found[delivery_id] = Recipient(
            gone=left is not None or (not notice and (contact is None or not speaks)),
            subscribed=notice or (subscription is not None and unsubscribed is None),
            digest_over=kind == DeliveryKind.DIGEST and digest != DigestState.SENDING,
            acknowledged=read_id is not None,
        )
    return found


async def postpone_channel(db: AsyncSession, channel: str, until: datetime) -> None:
    """Nothing of the channel is due before ``until``; it holds across restarts and processes."""
    await db.exec(
        update(Delivery)
        .where(
            col(Delivery.state) == DeliveryState.QUEUED,
            col(Delivery.channel) == channel,
            col(Delivery.due_at) < until,
        )
        .values(due_at=until)
    )


async def deliveries_in_doubt(db: AsyncSession, address: str, first: datetime, last: datetime) -> Sequence[Delivery]:
    """Deliveries to the address, made from ``first`` to ``last``, that have been tried and not surely sent, oldest
    first."""
    query = (
        select(Delivery)
        .where(
            Delivery.address == address,
            Delivery.attempts > 0,
            col(Delivery.state).in_([DeliveryState.UNCLEAR, DeliveryState.SENDING, DeliveryState.QUEUED]),
            Delivery.created_at >= first,
            Delivery.created_at <= last,
        )
        .order_by(col(Delivery.id))
    )
    return (await db.exec(query)).all()


async def expire_deliveries(db: AsyncSession, due_before: datetime) -> int:
    """Give up deliveries that were due before the moment and never left, e.g. of a channel switched off."""
    result = await db.exec(
        update(Delivery)
        .where(col(Delivery.state) == DeliveryState.QUEUED, col(Delivery.due_at) < due_before)
        .values(state=DeliveryState.SKIPPED, error_key="expired")
    )
    return int(result.rowcount)


async def skip_queued(db: AsyncSession, digest_id: int, key: str) -> int:
    """Skip what is still queued of a digest, for the reason ``key``; how many."""
    result = await db.exec(
        update(Delivery)
        .where(
            col(Delivery.digest_id) == digest_id,
            col(Delivery.kind) == DeliveryKind.DIGEST,
            col(Delivery.state) == DeliveryState.QUEUED,
        )
        .values(state=DeliveryState.SKIPPED, error_key=key)
    )
    return int(result.rowcount)


async def queue_again(db: AsyncSession, digest_id: int, states: Sequence[DeliveryState], now: datetime) -> int:
    """Queue a digest's deliveries in these states once more, with all attempts before them; how many."""
    result = await db.exec(
        update(Delivery)
        .where(
            col(Delivery.digest_id) == digest_id,
            col(Delivery.kind) == DeliveryKind.DIGEST,
            col(Delivery.state).in_(states),
        )
        .values(state=DeliveryState.QUEUED, attempts=0, due_at=now, error=None, error_key=None)
    )
    return int(result.rowcount)


async def is_underway(db: AsyncSession, digest_id: int) -> bool:
    """Whether a delivery of the digest is still queued or being sent."""
    query = select(func.count()).where(
        Delivery.digest_id == digest_id,
        Delivery.kind == DeliveryKind.DIGEST,
        col(Delivery.state).in_([DeliveryState.QUEUED, DeliveryState.SENDING]),
    )
    return bool((await db.exec(query)).one())


async def digest_delivery(db: AsyncSession, digest_id: int, account_id: int) -> Delivery | None:
    """The delivery of a digest to an account."""
    query = select(Delivery).where(
        Delivery.digest_id == digest_id, Delivery.account_id == account_id, Delivery.kind == DeliveryKind.DIGEST
    )
    return (await db.exec(query)).one_or_none()


async def digest_deliveries(db: AsyncSession, account_id: int) -> Sequence[tuple[Delivery, Digest]]:
    """The account's digest deliveries, newest week first."""
    query = (
        select(Delivery, Digest)
        .join(Digest, col(Digest.id) == col(Delivery.digest_id))
        .where(Delivery.account_id == account_id, Delivery.kind == DeliveryKind.DIGEST)
        .order_by(col(Digest.week).desc())
    )
    return (await db.exec(query)).all()


async def keys_that_exist(db: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Which of the keys a delivery has already."""
    return set((await db.exec(select(Delivery.key).where(col(Delivery.key).in_(list(keys))))).all())


async def delivery_table(
    db: AsyncSession, digest_id: int
) -> Sequence[tuple[Delivery, str | None, Contact | None, datetime | None]]:
    """A digest's deliveries with the agency of the edition, the officer, and when the last reminder was queued."""
    reminder = aliased(Delivery)
    reminded = (
        select(func.max(reminder.created_at))
        .where(
            col(reminder.digest_id) == col(Delivery.digest_id),
            col(reminder.account_id) == col(Delivery.account_id),
            col(reminder.kind) == DeliveryKind.REMINDER,
        )
        .correlate(Delivery)
        .scalar_subquery()
    )
    query = (
        select(Delivery, Edition.agency_id, Contact, reminded)
        .outerjoin(Edition, col(Edition.id) == col(Delivery.edition_id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .outerjoin(Contact, col(Contact.id) == col(Account.contact_id))
        .where(Delivery.digest_id == digest_id, Delivery.kind == DeliveryKind.DIGEST)
        .order_by(col(Edition.agency_id), col(Delivery.id))
    )
    return [(delivery, agency, contact, at) for delivery, agency, contact, at in (await db.exec(query)).all()]
