"""What a person does with a digest on its way: pause, resume, cancel, send again, settle what is unclear."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.approval import held, refusal
from handlers.digests.freezing import freeze_messages
from handlers.digests.refusals import DigestError
from handlers.turn import LOCAL
from storage.audit import note
from storage.broadcasts import (
    due_again,
    failed_deliveries,
    queue_again,
    queue_repeats,
    queued_of,
    repeatable,
    skip_queued,
)
from storage.digests import Delivery, DeliveryKind, DeliveryState, DigestState, advance, delivery_counts

SAME_WITHIN = timedelta(hours=24)
"""Nobody is sent the same words twice within this time, unless a person says so explicitly."""


class Again(StrEnum):
    """To whom a digest may be sent once more."""

    FAILED = "failed"
    """It did not leave: the same delivery is tried again."""
    UNSEEN = "unseen"
    """Arrived, and the platform has not said that it was seen; only on channels that say so."""
    UNACKNOWLEDGED = "unacknowledged"
    """Arrived, and the button has not been pressed."""


_STATES = {
    Again.UNSEEN: (DeliveryState.SENT, DeliveryState.DELIVERED),
    Again.UNACKNOWLEDGED: (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.SEEN),
}


@dataclass(frozen=True, slots=True)
class Reach:
    """How many recipients sending again would be for."""

    count: int
    recent: int = 0
    """Of these, how many have been sent the same words within SAME_WITHIN: left out unless somebody insists."""

    @property
    def at_once(self) -> int:
        return self.count - self.recent


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a cancel has come to. Exact at the moment of the commit."""

    skipped: int
    """Will not leave any more."""
    arrived: int
    underway: int
    """Already handed to a sender: may still leave, within about a second."""


async def pause(db: AsyncSession, catalog: Catalog, digest_id: int, actor: str, now: datetime) -> int:
    """Nothing more of the digest leaves until it is resumed; how many wait. What a sender has in hand still leaves."""
    digest = await held(db, digest_id)
    if digest.state is not DigestState.SENDING or digest.paused_at is not None:
        raise refusal("nothing_to_pause", digest, catalog)
    digest.paused_at, digest.paused_by = now, actor
    db.add(digest)
    waiting = await queued_of(db, digest_id)
    note(db, actor, "digest.paused", f"digest:{digest_id}", now, waiting=waiting)
    return waiting


async def resume(db: AsyncSession, catalog: Catalog, digest_id: int, actor: str, now: datetime) -> int:
    """Go on with a paused digest; how many are to be sent. The time it was paused makes nothing too old."""
    digest = await held(db, digest_id)
    if digest.paused_at is None:
        raise refusal("nothing_to_resume", digest, catalog)
    digest.paused_at = digest.paused_by = None
    db.add(digest)
    await due_again(db, digest_id, now)
    waiting = await queued_of(db, digest_id)
    note(db, actor, "digest.resumed", f"digest:{digest_id}", now, waiting=waiting)
    return waiting


async def cancel(db: AsyncSession, catalog: Catalog, digest_id: int, actor: str, now: datetime) -> Stopped:
    """Stop a digest: a scheduled one loses its moment, one being sent skips all that has not left."""
    digest = await held(db, digest_id)
    skipped = 0
    if digest.state is DigestState.SENDING:
        skipped = await skip_queued(db, digest_id, "cancelled")
        digest.state, digest.sent_at = DigestState.SENT, now
        digest.paused_at = digest.paused_by = None
    elif digest.state is not DigestState.APPROVED or digest.send_at is None:
        raise refusal("nothing_to_cancel", digest, catalog)
    digest.send_at = None
    db.add(digest)
    counts = await delivery_counts(db, digest_id)
    arrived = sum(counts[state] for state in (DeliveryState.ACKNOWLEDGED, *_STATES[Again.UNACKNOWLEDGED]))
    note(db, actor, "digest.cancelled", f"digest:{digest_id}", now, skipped=skipped, arrived=arrived)
    return Stopped(skipped, arrived, counts[DeliveryState.SENDING])


async def reach_of(
    db: AsyncSession, digest_id: int, verb: Again, seen_channels: Collection[str], now: datetime
) -> Reach:
    """How many :func:`send_again` would be for. ``seen_channels`` are those whose platform says what was seen."""
    if verb is Again.FAILED:
        return Reach(await failed_deliveries(db, digest_id))
    return Reach(*await repeatable(db, digest_id, _STATES[verb], _channels(verb, seen_channels), now - SAME_WITHIN))


async def send_again(
    db: AsyncSession,
    catalog: Catalog,
    digest_id: int,
    verb: Again,
    seen_channels: Collection[str],
    actor: str,
    now: datetime,
    same: bool = False,
) -> int:
    """Queue the digest once more for those the verb means; how many.

    Asking twice is harmless: what failed is queued already, and everybody else is repeated to once a day; with
    ``same``, the explicit wish to reach also those who were sent the same within SAME_WITHIN, once an hour.
    """
    digest = await held(db, digest_id)
    if digest.state not in (DigestState.SENDING, DigestState.SENT):
        raise refusal("not_sent_yet", digest, catalog)
    if verb is Again.FAILED:
        queued = await queue_again(db, digest_id, [DeliveryState.FAILED], now)
    else:
        await freeze_messages(db, catalog, digest_id)
        ask = f"{now.astimezone(LOCAL):%Y%m%d%H}" if same else f"{now.astimezone(LOCAL):%Y%m%d}"
        since = None if same else now - SAME_WITHIN
        channels = _channels(verb, seen_channels)
        queued = await queue_repeats(db, digest_id, _STATES[verb], channels, ask, since, now)
    if queued:
        digest.state = DigestState.SENDING
        db.add(digest)
    note(db, actor, "digest.resent", f"digest:{digest_id}", now, deliveries=queued, to=verb.value)
    return queued


def _channels(verb: Again, seen_channels: Collection[str]) -> Collection[str] | None:
    return seen_channels if verb is Again.UNSEEN else None


async def settle_unclear(db: AsyncSession, delivery_id: int, arrived: bool, actor: str, now: datetime) -> None:
    """A person has found out what became of an unclear delivery: it arrived, or it failed."""
    delivery = await _unclear(db, delivery_id)
    if arrived:
        advance(delivery, DeliveryState.SENT, now)
        delivery.sent_at, delivery.error_key = delivery.sent_at or now, None
    else:
        delivery.state = DeliveryState.FAILED
    db.add(delivery)
    note(db, actor, "delivery.settled", f"delivery:{delivery_id}", now, arrived=arrived)


async def resend_unclear(db: AsyncSession, delivery_id: int, actor: str, now: datetime) -> None:
    """A person is sure that an unclear delivery did not arrive: it is queued again."""
    delivery = await _unclear(db, delivery_id)
    delivery.state, delivery.attempts, delivery.due_at = DeliveryState.QUEUED, 0, now
    delivery.error = delivery.error_key = None
    db.add(delivery)
    if delivery.kind in (DeliveryKind.DIGEST, DeliveryKind.REPEAT) and delivery.digest_id is not None:
        digest = await held(db, delivery.digest_id)
        digest.state = DigestState.SENDING
        db.add(digest)
    note(db, actor, "delivery.resent", f"delivery:{delivery_id}", now)


async def _unclear(db: AsyncSession, delivery_id: int) -> Delivery:
    delivery = await db.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None or delivery.state is not DeliveryState.UNCLEAR:
        raise DigestError("not_unclear")
    return delivery
