"""What time it is on the platforms' side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells aware UTC moments."""

    def now(self) -> datetime: ...


class SkewedClock:
    """Another clock, read wrongly: ``skew`` may be changed at any time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.skew = timedelta(0)

    def now(self) -> datetime:
        return self._clock.now() + self.skew


class MachineClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)
