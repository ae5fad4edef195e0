"""Deliveries that come twice, late or in the wrong order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

LONGEST_HELD = 3.0
"""Seconds an event is kept back for the next one to overtake it; alone it comes late."""

Event = dict[str, Any]


class Disorder:
    """Stands between what people do and its delivery. With every switch off, events pass at once."""

    def __init__(self, deliver: Callable[[Event], None]) -> None:
        self._deliver = deliver
        self.twice = False
        self.swapped = False
        """Each event is overtaken by the one after it."""
        self.delay = 0.0
        """Seconds."""
        self._held: Event | None = None
        self._timers: set[asyncio.TimerHandle] = set()

    @property
    def busy(self) -> bool:
        """Whether something goes wrong here at all."""
        return self.twice or self.swapped or self.delay > 0 or self._held is not None

    def put(self, event: Event) -> None:
        if not self.swapped and self._held is None:
            self._pass(event)
        elif self._held is None:
            self._held = event
            self._after(LONGEST_HELD, lambda: self._release(event))
        else:
            held = self._held
            self._pass(event)
            self._release(held)

    def close(self) -> None:
        """Forget what has not been delivered."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._held = None

    def _release(self, event: Event) -> None:
        if self._held is event:
            self._held = None
            self._pass(event)

    def _pass(self, event: Event) -> None:
        for _ in range(2 if self.twice else 1):
            if self.delay:
                self._after(self.delay, lambda: self._deliver(event))
            else:
                self._deliver(event)

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._timers = {timer for timer in self._timers if not timer.cancelled() and timer.when() > loop.time()}
        self._timers.add(loop.call_later(seconds, act))
