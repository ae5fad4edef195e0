"""What the department and the clock do in a running house, for the transcripts."""

from __future__ import annotations

from bot.app import Loa
from bot.scheduler import Clockwork
from handlers.digests import approve, save_draft, start_sending, submit_for_approval
from tests.digests.province import approver


async def send_week(loa: Loa, week: str) -> None:
    """Compose the week's digest, have a second person approve it, and send it."""
    now = loa.clock.now()
    async with loa.db.session() as session:
        digest = await save_draft(session, loa.catalog, week, "bientap", now)
        assert digest.id is not None
        await submit_for_approval(session, loa.catalog, digest.id, "bientap", now)
        await approve(session, loa.catalog, digest.id, approver(), now)
        await start_sending(session, loa.catalog, digest.id, "bientap", now)
        await session.commit()
    await loa.outbox.drain()


async def wound(loa: Loa, tick: str) -> None:
    """Let the clockwork look, and send what it queued."""
    await Clockwork(loa.db, loa.catalog, loa.clock, loa.outbox).tick(tick)
    await loa.outbox.drain()
