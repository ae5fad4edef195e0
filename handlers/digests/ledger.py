"""What became of a digest: its state, how many deliveries are where, and one row per recipient."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.words import fold
from handlers.digests.causes import cause_words
from handlers.digests.refusals import DigestError
from storage.agencies import list_agencies
from storage.deliveries import Wanted, delivery_table
from storage.digests import Delivery, DeliveryState, Digest, delivery_counts, editions_of

EVERYBODY = Wanted()


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One recipient of a digest."""

    delivery_id: int
    agency_id: str
    agency: str
    officer: str
    """The officer's name: personal data, for people with a console account only."""
    channel: str
    state: DeliveryState
    state_words: str
    attempts: int
    reason: str
    """The operator's sentence about what went wrong; empty when nothing did."""
    error: str
    """The platform's own code and words."""
    due_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    seen_at: datetime | None
    acknowledged_at: datetime | None
    reminded_at: datetime | None


async def status(db: AsyncSession, digest_id: int) -> dict[str, Any]:
    """The digest's state and the number of deliveries in each state, ready for JSON.

    Raises DigestError when there is no such digest.
    """
    digest = await db.get(Digest, digest_id)
    if digest is None:
        raise DigestError("no_such_digest")
    counts = await delivery_counts(db, digest_id)
    return {
        "digest": digest_id,
        "week": digest.week,
        "state": digest.state.value,
        "composed_by": digest.composed_by,
        "approved_by": digest.approved_by,
        "send_at": None if digest.send_at is None else digest.send_at.isoformat(),
        "sent_at": None if digest.sent_at is None else digest.sent_at.isoformat(),
        "editions": len(await editions_of(db, digest_id)),
        "deliveries": sum(counts.values()),
        "counts": {state.value: number for state, number in counts.items()},
    }


async def wanted(db: AsyncSession, states: Collection[DeliveryState] | None, agency: str) -> Wanted:
    """Deliveries in one of the states (None: any) of agencies whose name has these words, accents or not."""
    if not agency:
        return Wanted(states)
    words = fold(agency)
    return Wanted(states, [found.id for found in await list_agencies(db) if words in fold(found.name)])


async def delivery_rows(
    db: AsyncSession,
    catalog: Catalog,
    digest_id: int,
    wanted: Wanted = EVERYBODY,
    limit: int | None = None,
    offset: int = 0,
) -> list[DeliveryRow]:
    """One row per account the digest went to, in order of agency; at most ``limit``, from ``offset`` on."""
    names = {agency.id: agency.name for agency in await list_agencies(db)}
    rows = []
    for delivery, agency_id, contact, reminded_at in await delivery_table(db, digest_id, wanted, limit, offset):
        assert delivery.id is not None
        agency_id = agency_id or (contact.agency_id if contact else "")
        rows.append(
            DeliveryRow(
                delivery_id=delivery.id,
                agency_id=agency_id,
                agency=names.get(agency_id, agency_id),
                officer=(contact.name or "") if contact else "",
                channel=delivery.channel,
                state=delivery.state,
                state_words=catalog.text(f"digest.delivery.{delivery.state.value}"),
                attempts=delivery.attempts,
                reason=_reason(catalog, delivery),
                error=delivery.error or "",
                due_at=delivery.due_at,
                sent_at=delivery.sent_at,
                delivered_at=delivery.delivered_at,
                seen_at=delivery.seen_at,
                acknowledged_at=delivery.acknowledged_at,
                reminded_at=reminded_at,
            )
        )
    return rows


def _reason(catalog: Catalog, delivery: Delivery) -> str:
    return cause_words(catalog, delivery.channel, delivery.error_key, delivery.error) if delivery.error_key else ""
