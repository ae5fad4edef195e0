"""The ladder by which agencies that have not taken something in are chased: which rung was reached, and when.

Subjects and revisions are those of ``storage.acknowledgements``.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint, func, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime, state
from storage.contacts import Account
from storage.digests import ARRIVED, Delivery, DeliveryKind, DeliveryState, Digest, Edition

REACHED_STATES = (*ARRIVED, DeliveryState.UNCLEAR)
"""States of a delivery whose recipient has the digest, or may have it."""


class Rung(StrEnum):
    """In order; the first three are the roles of ``storage.appointments``."""

    MAIN = "main"
    DEPUTY = "deputy"
    HEAD = "head"
    DEPARTMENT = "department"
    """Nobody of the agency is told any more: the department calls."""


class ChaseStep(SQLModel, table=True):
    """A rung was reached for a subject: at most once."""

    __tablename__ = "chase_step"
    __table_args__ = (UniqueConstraint("agency_id", "subject", "revision", "rung"),)

    id: int | None = Field(default=None, primary_key=True)
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    subject: str = Field(index=True, max_length=80)
    revision: int = 0
    digest_id: int = Field(foreign_key="digest.id", index=True)
    rung: Rung = Field(sa_type=state(Rung, "rung"))
    told: int
    """Accounts the message was queued for; 0 when the agency has nobody for the rung, and for the last one."""
    at: datetime = Field(sa_type=UTCDateTime)


async def climb(db: AsyncSession, steps: Sequence[dict[str, Any]]) -> Sequence[ChaseStep]:
    """Write the steps (columns by name) down; those that had not been taken before, in the order given."""
    if not steps:
        return []
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    unique = ["agency_id", "subject", "revision", "rung"]
    statement = insert(ChaseStep).values(list(steps)).on_conflict_do_nothing(index_elements=unique)
    taken = set((await db.exec(statement.returning(col(ChaseStep.id)))).scalars().all())
    return await _steps(db, col(ChaseStep.id).in_(sorted(taken))) if taken else []


async def steps_of(db: AsyncSession, digest_ids: Collection[int]) -> Sequence[ChaseStep]:
    """Every step about these digests and their items, in order."""
    return await _steps(db, col(ChaseStep.digest_id).in_(sorted(digest_ids)))


async def _steps(db: AsyncSession, which: Any) -> Sequence[ChaseStep]:
    return (await db.exec(select(ChaseStep).where(which).order_by(col(ChaseStep.id)))).all()


async def sent_since(db: AsyncSession, since: datetime) -> Sequence[tuple[Edition, Digest, datetime]]:
    """Editions that reached an account of their agency, or may have, first sent from ``since`` on; with that moment."""
    sent = func.min(func.coalesce(col(Delivery.sent_at), col(Delivery.created_at)))
    query = (
        select(col(Delivery.edition_id), sent)
        .where(Delivery.kind == DeliveryKind.DIGEST, col(Delivery.state).in_(REACHED_STATES))
        .group_by(col(Delivery.edition_id))
        .having(sent >= since)
    )
    moments = {edition: moment for edition, moment in (await db.exec(query)).all() if edition is not None}
    if not moments:
        return []
    pairs = (
        select(Edition, Digest)
        .join(Digest, col(Digest.id) == col(Edition.digest_id))
        .where(col(Edition.id).in_(sorted(moments)))
        .order_by(col(Edition.id))
    )
    return [(edition, digest, moments[edition.id or 0]) for edition, digest in (await db.exec(pairs)).all()]


async def reminded_since(db: AsyncSession, since: datetime) -> set[int]:
    """Accounts for which a reminder was made from ``since`` on."""
    query = select(Delivery.account_id).where(
        Delivery.kind == DeliveryKind.REMINDER, Delivery.created_at >= since, Delivery.state != DeliveryState.SKIPPED
    )
    return set((await db.exec(query)).all())


async def waiting_reminders(
    db: AsyncSession, contact_ids: Collection[int], prefix: str
) -> Sequence[tuple[Delivery, int]]:
    """Reminders for these contacts that have not left and whose key begins so, with the contact."""
    query = (
        select(Delivery, Account.contact_id)
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .where(
            col(Account.contact_id).in_(sorted(contact_ids)),
            Delivery.kind == DeliveryKind.REMINDER,
            Delivery.state == DeliveryState.QUEUED,
            col(Delivery.key).startswith(prefix, autoescape=True),
        )
        .order_by(col(Delivery.id))
    )
    return [(row, contact) for row, contact in (await db.exec(query)).all() if contact is not None]


async def reword(db: AsyncSession, delivery_id: int, reply: dict[str, Any], digest_id: int | None) -> bool:
    """Give a reminder that has not left other words; False when a sender has taken it meanwhile."""
    return await _change(db, delivery_id, reply=reply, digest_id=digest_id)


async def call_off(db: AsyncSession, delivery_id: int, key: str) -> bool:
    """A reminder that has not left need not leave any more, for the reason ``key``; False when a sender has taken it
    meanwhile."""
    return await _change(db, delivery_id, state=DeliveryState.SKIPPED, error_key=key)


async def _change(db: AsyncSession, delivery_id: int, **values: Any) -> bool:
    waits = col(Delivery.id) == delivery_id, col(Delivery.state) == DeliveryState.QUEUED
    return bool((await db.exec(update(Delivery).where(*waits).values(**values))).rowcount)
