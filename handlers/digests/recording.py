"""The department writes down what an agency said by telephone or on paper: that it has taken a digest in."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.matters import Matter
from handlers.digests.refusals import DigestError
from handlers.digests.rhythm import SHORTEST_REASON
from handlers.reminders.ladder import reconsider
from storage.acknowledgements import record
from storage.audit import note
from storage.corrections import HAS_LEFT
from storage.digests import Digest, editions_of


async def record_taken(
    db: AsyncSession, catalog: Catalog, digest_id: int, agency_id: str, told: str, actor: str, now: datetime
) -> int:
    """The agency has taken the digest and all its own items in, as ``told`` says; how many of these were new.

    Raises DigestError when the digest has not gone out to the agency or ``told`` says too little.
    """
    if sum(letter.isalnum() for letter in told) < SHORTEST_REASON:
        raise DigestError("who_said_so")
    digest = await db.get(Digest, digest_id)
    editions = await editions_of(db, digest_id)
    edition = next((one for one in editions if one.agency_id == agency_id), None)
    if digest is None or edition is None or digest.state not in HAS_LEFT:
        raise DigestError("no_such_digest")
    matters = [Matter(digest, edition), *(Matter(digest, edition, entry) for entry in edition.body["items"])]
    taken = [await record(db, agency_id, one.subject, one.revision, actor, told.strip(), now) for one in matters]
    await reconsider(db, catalog, agency_id, now)
    note(db, actor, "digest.taken_recorded", f"digest:{digest_id}", now, agency=agency_id, matters=sum(taken))
    return sum(taken)
