"""From approved to sent: one delivery per subscribed account, cancelled, tried again, finished."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.approval import CLOCK, held, refusal
from handlers.digests.refusals import DigestError
from handlers.digests.rendering import edition_reply
from handlers.turn import LOCAL
from storage.appointments import subscribers
from storage.audit import note
from storage.deliveries import is_underway, new_delivery, queue_again, queue_deliveries, skip_queued
from storage.digests import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    DigestState,
    advance,
    digest_fingerprint,
    digests_in,
    editions_of,
)

AGAIN = frozenset({DeliveryState.FAILED, DeliveryState.UNCLEAR})
"""States from which a person may have a delivery sent again."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who would receive a digest if it were sent now."""

    accounts: int
    channels: dict[str, int]
    """Accounts per channel."""
    unreached: tuple[str, ...]
    """Agencies with an edition and nobody subscribed, to be told by telephone."""


async def audience(db: AsyncSession, digest_id: int, day: date) -> Audience:
    """Who would receive the digest on that day."""
    editions = await editions_of(db, digest_id)
    agencies = {edition.agency_id for edition in editions}
    reached = [(account, contact) for account, contact in await subscribers(db, day) if contact.agency_id in agencies]
    covered = {contact.agency_id for _, contact in reached}
    return Audience(
        accounts=len(reached),
        channels=dict(Counter(account.channel for account, _ in reached)),
        unreached=tuple(edition.agency_id for edition in editions if edition.agency_id not in covered),
    )


async def start_sending(db: AsyncSession, catalog: Catalog, digest_id: int, actor: str, now: datetime) -> int:
    """Approved → sending: a delivery for every subscribed account of an agency with an edition; how many.

    All in the caller's one transaction: after a crash there are all of them or none. Raises DigestError when the
    digest is not approved, its content is not what was approved, or nobody would receive it.
    """
    digest = await held(db, digest_id)
    if digest.state is not DigestState.APPROVED:
        raise refusal("not_approved", digest, catalog)
    editions = await editions_of(db, digest_id)
    if digest_fingerprint(editions) != digest.content_hash:
        raise refusal("content_changed", digest, catalog)
    by_agency = {
        edition.agency_id: (edition.id, edition_reply(catalog, edition.body).to_json()) for edition in editions
    }
    rows = [
        new_delivery(
            DeliveryKind.DIGEST,
            f"digest:{digest_id}:{account.id}",
            account,
            reply,
            now,
            digest_id=digest_id,
            edition_id=edition_id,
        )
        for account, contact in await subscribers(db, now.astimezone(LOCAL).date())
        if contact.agency_id in by_agency
        for edition_id, reply in [by_agency[contact.agency_id]]
    ]
    if not rows:
        raise refusal("nobody_to_send_to", digest, catalog)
    queued = await queue_deliveries(db, rows)
    digest.state = DigestState.SENDING
    db.add(digest)
    note(db, actor, "digest.sending", f"digest:{digest_id}", now, deliveries=queued)
    return queued


async def cancel(db: AsyncSession, catalog: Catalog, digest_id: int, actor: str, now: datetime) -> int:
    """Stop a digest: a scheduled one loses its moment, one being sent skips all that has not left; how many skipped."""
    digest = await held(db, digest_id)
    skipped = 0
    if digest.state is DigestState.SENDING:
        skipped = await skip_queued(db, digest_id, "cancelled")
        digest.state, digest.sent_at = DigestState.SENT, now
    elif digest.state is not DigestState.APPROVED or digest.send_at is None:
        raise refusal("nothing_to_cancel", digest, catalog)
    digest.send_at = None
    db.add(digest)
    note(db, actor, "digest.cancelled", f"digest:{digest_id}", now, skipped=skipped)
    return skipped


async def resend(
    db: AsyncSession,
    catalog: Catalog,
    digest_id: int,
    states: Sequence[DeliveryState],
    actor: str,
    now: datetime,
) -> int:
    """Queue the digest's deliveries in these states again (FAILED, UNCLEAR): a person's decision; how many."""
    if not states or not AGAIN.issuperset(states):
        raise DigestError("cannot_resend")
    digest = await held(db, digest_id)
    if digest.state not in (DigestState.SENDING, DigestState.SENT):
        raise refusal("not_sent_yet", digest, catalog)
    queued = await queue_again(db, digest_id, states, now)
    if queued:
        digest.state = DigestState.SENDING
        db.add(digest)
    note(db, actor, "digest.resent", f"digest:{digest_id}", now, deliveries=queued, states=[*states])
    return queued


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
    if delivery.kind is DeliveryKind.DIGEST and delivery.digest_id is not None:
        digest = await held(db, delivery.digest_id)
        digest.state = DigestState.SENDING
        db.add(digest)
    note(db, actor, "delivery.resent", f"delivery:{delivery_id}", now)


async def _unclear(db: AsyncSession, delivery_id: int) -> Delivery:
    delivery = await db.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery is None or delivery.state is not DeliveryState.UNCLEAR:
        raise DigestError("not_unclear")
    return delivery


async def finish_sent(db: AsyncSession, now: datetime) -> list[int]:
    """Sending → sent for every digest with nothing left to send; their ids."""
    finished: list[int] = []
    for digest in await digests_in(db, DigestState.SENDING):
        assert digest.id is not None
        if await is_underway(db, digest.id):
            continue
        digest.state, digest.sent_at = DigestState.SENT, now
        db.add(digest)
        note(db, CLOCK, "digest.sent", f"digest:{digest.id}", now)
        finished.append(digest.id)
    return finished
