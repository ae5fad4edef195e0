"""How far the sending of a digest has come, how fast it goes, when it will be through and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.working_time import WorkingTime
from storage.broadcasts import sending_pace
from storage.digests import Digest
from storage.rests import rests

WINDOW = timedelta(minutes=1)
"""What the rate is measured over."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Of everything the digest is to be sent as, repeats included."""

    total: int
    waiting: int
    """Due, and not yet with a sender."""
    underway: int
    later: int
    """To be tried again at a later moment."""
    later_at: datetime | None
    """When the first of these is due."""
    per_minute: float
    """Sent during the last minute."""
    ends_at: datetime | None
    """When all that is due will have left at this rate; None while nothing moves."""
    held: str
    """What keeps it from leaving: ``paused``, ``quiet``, ``rest``, or nothing."""
    held_until: datetime | None = None

    @property
    def done(self) -> int:
        return self.total - self.waiting - self.underway - self.later

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0


async def progress(db: AsyncSession, digest: Digest, now: datetime, working: WorkingTime) -> Progress:
    """How the sending of the digest stands at ``now``, in all processes."""
    assert digest.id is not None
    pace = await sending_pace(db, digest.id, now, now - WINDOW)
    seconds = max(1.0, (now - pace.first_at).total_seconds()) if pace.first_at else 0.0
    per_second = pace.sent / seconds if seconds else 0.0
    left = pace.waiting + pace.underway
    held, until = "", None
    if digest.paused_at is not None:
        held = "paused"
    elif pace.bulk and working.is_quiet(now):
        held, until = "quiet", working.after_quiet(now)
    elif left:
        resting = [rest.until for rest in await rests(db, now) if rest.channel in pace.channels]
        held, until = ("rest", max(resting)) if resting else ("", None)
    moves = left and per_second > 0 and not held
    return Progress(
        total=pace.total,
        waiting=pace.waiting,
        underway=pace.underway,
        later=pace.later,
        later_at=pace.later_at,
        per_minute=per_second * 60,
        ends_at=now + timedelta(seconds=left / per_second) if moves else None,
        held=held,
        held_until=until,
    )
