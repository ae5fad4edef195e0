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
SOON = timedelta(minutes=1)
"""What no clock that shows minutes can tell."""


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
    """How many leave now, on the channels that are not through."""
    ends_at: datetime | None
    """When the slowest channel will be through at its rate; None while one of them does not move."""
    soon: bool
    """Whether that is within SOON."""
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
    rates = {one.channel: one.per_second(now) for one in pace.channels}
    held, until = "", None
    if digest.paused_at is not None:
        held = "paused"
    elif pace.bulk and working.is_quiet(now):
        held, until = "quiet", working.after_quiet(now)
    elif pace.channels:
        resting = [rest.until for rest in await rests(db, now) if rest.channel in rates]
        held, until = ("rest", max(resting)) if resting else ("", None)
    moves = rates and all(rates.values()) and not held
    seconds = max(one.left / rates[one.channel] for one in pace.channels) if moves else 0.0
    return Progress(
        total=pace.total,
        waiting=pace.waiting,
        underway=pace.underway,
        later=pace.later,
        later_at=pace.later_at,
        per_minute=sum(rates.values()) * 60,
        ends_at=now + timedelta(seconds=seconds) if moves else None,
        soon=timedelta(seconds=seconds) < SOON,
        held=held,
        held_until=until,
    )
