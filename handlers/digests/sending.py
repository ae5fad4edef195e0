"""From approved to sent: one delivery per subscribed account, until none is left to send."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.approval import CLOCK, held, refusal
from handlers.digests.freezing import freeze_messages
from handlers.digests.refusals import DigestError
from handlers.digests.steering import SAME_WITHIN
from handlers.turn import LOCAL
from storage.appointments import subscriber_counts
from storage.audit import note
from storage.broadcasts import is_underway, queue_digest, told_the_same
from storage.digests import DigestState, Rank, digests_in, edition_agencies


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
    agencies = await edition_agencies(db, digest_id)
    reached = [found for found in await subscriber_counts(db, day) if found.agency_id in set(agencies)]
    covered = {found.agency_id for found in reached}
    channels: Counter[str] = Counter()
    for found in reached:
        channels[found.channel] += found.accounts
    return Audience(
        accounts=sum(channels.values()),
        channels=dict(channels),
        unreached=tuple(agency for agency in agencies if agency not in covered),
    )


async def start_sending(
    db: AsyncSession,
    catalog: Catalog,
    digest_id: int,
    actor: str,
    now: datetime,
    same: bool = False,
    urgent: bool = False,
) -> int:
    """Approved → sending: a delivery for every subscribed account of an agency with an edition; how many.

    All in the caller's one transaction: after a crash there are all of them or none. ``same`` is the explicit wish to
    send although somebody was sent the very same words within SAME_WITHIN; what is ``urgent`` leaves at night, too.
    Raises DigestError when the digest is not approved, its content is not what was approved, nobody would receive it,
    or somebody would receive it twice.
    """
    digest = await held(db, digest_id)
    if digest.state is not DigestState.APPROVED:
        raise refusal("not_approved", digest, catalog)
    if not await freeze_messages(db, catalog, digest_id, digest.content_hash or ""):
        raise refusal("content_changed", digest, catalog)
    today = now.astimezone(LOCAL).date()
    if not same and (twice := await told_the_same(db, digest_id, today, now - SAME_WITHIN)):
        hours = int(SAME_WITHIN.total_seconds() // 3600)
        raise DigestError("same_content", count=twice, hours=hours)
    queued = await queue_digest(db, digest_id, Rank.URGENT if urgent or digest.is_urgent else Rank.BULK, today, now)
    if not queued:
        raise refusal("nobody_to_send_to", digest, catalog)
    digest.state = DigestState.SENDING
    db.add(digest)
    note(db, actor, "digest.sending", f"digest:{digest_id}", now, deliveries=queued)
    return queued


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
