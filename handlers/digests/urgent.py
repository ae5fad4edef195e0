"""Urgent digests (hỏa tốc): chosen items, outside the rhythm, approved on their own and sent at once, also at night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.approval import held, refusal
from handlers.digests.composing import compose_items
from handlers.digests.refusals import DigestError
from handlers.digests.weeks import week_of
from handlers.turn import LOCAL
from storage.audit import note
from storage.digests import Digest, DigestState, new_urgent, replace_editions

MOST_ITEMS = 5
"""More is no longer urgent."""


async def begin_urgent(
    db: AsyncSession, catalog: Catalog, item_ids: Sequence[str], actor: str, now: datetime
) -> Digest:
    """An urgent digest of these items as a draft: an edition for every agency that supplies or makes one known.

    Raises DigestError when none or too many are chosen, or they concern nobody.
    """
    week = str(week_of(now.astimezone(LOCAL).date()))
    chosen = list(dict.fromkeys(item_ids))
    if not 0 < len(chosen) <= MOST_ITEMS:
        raise DigestError("choose_items", most=MOST_ITEMS)
    digest = await new_urgent(db, week, chosen, actor, now)
    return await _filled(db, catalog, digest, actor, now)


async def recompose_urgent(db: AsyncSession, catalog: Catalog, digest_id: int, actor: str, now: datetime) -> Digest:
    """Compose an urgent draft again from its items as they are now. Raises DigestError when it is no draft."""
    digest = await held(db, digest_id)
    if digest.state is not DigestState.DRAFT:
        raise refusal("not_a_draft", digest, catalog)
    return await _filled(db, catalog, digest, actor, now)


async def _filled(db: AsyncSession, catalog: Catalog, digest: Digest, actor: str, now: datetime) -> Digest:
    assert digest.id is not None
    editions = await compose_items(db, catalog, digest.name, digest.items or [])
    if not editions:
        raise DigestError("items_concern_nobody")
    await replace_editions(db, digest.id, [(edition.agency_id, edition.body) for edition in editions])
    digest.composed_at, digest.composed_by = now, actor
    db.add(digest)
    note(
        db, actor, "digest.composed", f"digest:{digest.id}", now, name=digest.name, editions=len(editions), urgent=True
    )
    return digest
