"""What an outbox holds of each channel: how many messages are out, who waits for whom, what came of the attempts."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.base import Channel
from bot.errors import Throttled
from bot.pace import Pace
from storage.dispatch import Claimed, Obstacle, Settlement

AHEAD = 0.5
"""Seconds' worth of messages claimed at once: what a crash leaves unclear."""
FEWEST, MOST = 4, 256
"""Slots of a channel: messages claimed and not yet settled."""
LIFETIME = timedelta(days=3)
"""A delivery that could not leave this long after it was due is skipped: it is no longer news."""


@dataclass(slots=True)
class Lane:
    """One channel's sends."""

    channel: Channel
    pace: Pace
    slots: int
    busy: int = 0
    failures: int = 0
    """Times in a row the channel was unavailable."""
    reason: str = Throttled.key
    """Key of the error that made it rest last."""
    written: bool = False
    """The rest stands in the database; whoever deletes it there ends it."""
    tails: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    """The newest send to each address: the next one waits for it."""

    @classmethod
    def of(cls, channel: Channel, pace: Pace) -> Lane:
        rate = channel.capabilities.sends_per_second
        return cls(channel, pace, max(FEWEST, min(MOST, math.ceil(rate * AHEAD))))

    @property
    def free(self) -> int:
        return 0 if self.pace.rest else self.slots - self.busy

    @property
    def wants_more(self) -> bool:
        return self.free * 2 >= self.slots


@dataclass(slots=True)
class News:
    """What the attempts have brought since the last commit."""

    done: list[tuple[Claimed, Settlement]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    """Accounts that cannot be reached any more."""
    rests: dict[str, tuple[datetime, str, float]] = field(default_factory=dict)
    """Channels that rest for long: until when, why, and the share of the rate to go on with."""

    def __bool__(self) -> bool:
        return bool(self.done or self.gone or self.rests)

    def before(self, later: News) -> News:
        """Both, when the database did not take these."""
        return News(self.done + later.done, self.gone | later.gone, self.rests | later.rests)


def against(delivery: Claimed, obstacle: Obstacle | None, now: datetime) -> str | None:
    """The key of what speaks against sending the delivery now, if anything does."""
    if obstacle is not None:
        if obstacle.gone:
            return "contact_left"
        if obstacle.unsubscribed:
            return "unsubscribed"
        return "cancelled" if obstacle.digest_over else "acknowledged"
    return "expired" if now - delivery.due_at > LIFETIME else None
