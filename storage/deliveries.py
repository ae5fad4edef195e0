"""Deliveries on their way: queued in bulk, looked at. The table is in storage.digests, claiming and settling in
storage.dispatch, a digest's deliveries as a whole in storage.broadcasts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.contacts import Account, Contact
from storage.digests import ARRIVED, Delivery, DeliveryKind, DeliveryState, Digest, Edition, Rank, is_in

CHUNK = 250
"""Rows of one bulk insert: some tens of milliseconds of work between two looks at everything else."""


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
    """The values of a delivery due now. A notice is something a person waits for."""
    return {
        "kind": kind,
        "key": key,
        "digest_id": digest_id,
        "edition_id": edition_id,
        "account_id": account.id,
        "address": account.address,
        "channel": account.channel,
        "reply": reply,
        "rank": Rank.PERSON if kind is DeliveryKind.NOTICE else Rank.BULK,
        "state": DeliveryState.QUEUED,
        "attempts": 0,
        "due_at": now,
        "created_at": now,
    }


async def deliveries_in_doubt(
    db: AsyncSession, address: str, first: datetime, last: datetime
) -> Sequence[tuple[Delivery, dict[str, Any]]]:
    """Deliveries to the address, made from ``first`` to ``last``, that have been tried and not surely sent, with their
    messages, oldest first."""
    query = (
        select(Delivery, Edition.message)
        .outerjoin(Edition, col(Edition.id) == col(Delivery.edition_id))
        .where(
            Delivery.address == address,
            Delivery.attempts > 0,
            col(Delivery.state).in_([DeliveryState.UNCLEAR, DeliveryState.SENDING, DeliveryState.QUEUED]),
            Delivery.created_at >= first,
            Delivery.created_at <= last,
        )
        .order_by(col(Delivery.id))
    )
    return [(delivery, delivery.reply or dict(message or {})) for delivery, message in (await db.exec(query)).all()]


async def expire_deliveries(db: AsyncSession, due_before: datetime) -> int:
    """Give up deliveries that were due before the moment and never left, e.g. of a channel switched off; not those of a
    digest somebody has paused."""
    paused = select(Digest.id).where(col(Digest.paused_at).is_not(None))
    result = await db.exec(
        update(Delivery)
        .where(
            is_in(DeliveryState.QUEUED),
            col(Delivery.due_at) < due_before,
            or_(col(Delivery.digest_id).is_(None), col(Delivery.digest_id).not_in(paused)),
        )
        .values(state=DeliveryState.SKIPPED, error_key="expired")
    )
    return int(result.rowcount)


_DONE = (*ARRIVED, DeliveryState.FAILED, DeliveryState.SKIPPED)


async def notices_done_before(db: AsyncSession, moment: datetime, limit: int) -> Sequence[int]:
    """The oldest notices made before ``moment`` whose fate is known. What carries or follows up a digest is its record
    and stays."""
    query = (
        select(Delivery.id)
        .where(
            col(Delivery.created_at) < moment,
            Delivery.kind == DeliveryKind.NOTICE,
            col(Delivery.digest_id).is_(None),
            col(Delivery.state).in_(_DONE),
        )
        .order_by(col(Delivery.id))
        .limit(limit)
    )
    return [found for found in (await db.exec(query)).all() if found is not None]


async def drop_deliveries(db: AsyncSession, delivery_ids: Sequence[int]) -> int:
    """Delete these deliveries, unless they are to be sent again."""
    result = await db.exec(delete(Delivery).where(col(Delivery.id).in_(delivery_ids), col(Delivery.state).in_(_DONE)))
    return int(result.rowcount)


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a digest's deliveries are asked for; None means all."""

    states: Collection[DeliveryState] | None = None
    agencies: Collection[str] | None = None


_OF_AGENCY = func.coalesce(col(Edition.agency_id), col(Contact.agency_id))


def _of_digest(query: Any, digest_id: int, wanted: Wanted) -> Any:
    query = (
        query.select_from(Delivery)
        .outerjoin(Edition, col(Edition.id) == col(Delivery.edition_id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .outerjoin(Contact, col(Contact.id) == col(Account.contact_id))
        .where(Delivery.digest_id == digest_id, Delivery.kind == DeliveryKind.DIGEST)
    )
    if wanted.states is not None:
        query = query.where(col(Delivery.state).in_(list(wanted.states)))
    if wanted.agencies is not None:
        query = query.where(_OF_AGENCY.in_(list(wanted.agencies)))
    return query


async def count_deliveries(db: AsyncSession, digest_id: int, wanted: Wanted) -> int:
    """How many rows :func:`delivery_table` has without a limit."""
    return int((await db.exec(_of_digest(select(func.count()), digest_id, wanted))).one())


async def delivery_table(
    db: AsyncSession, digest_id: int, wanted: Wanted, limit: int | None = None, offset: int = 0
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
    query = _of_digest(select(Delivery, Edition.agency_id, Contact, reminded), digest_id, wanted)
    query = query.order_by(col(Edition.agency_id), col(Delivery.id)).limit(limit).offset(offset)
    return [(delivery, agency, contact, at) for delivery, agency, contact, at in (await db.exec(query)).all()]
