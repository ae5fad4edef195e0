"""How long to hold back after a failed call, when nothing is lost by waiting."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pauses:
    """Growing, jittered pauses; :meth:`reset` after a success."""

    first: float = 1.0
    """Seconds."""
    longest: float = 60.0
    """Seconds; a platform that asks for more is obeyed all the same."""
    _next: float = field(default=0.0, init=False)

    def reset(self) -> None:
        self._next = 0.0

    async def after(self, error: Exception) -> None:
        """Sleep: at least what ``error`` asks for, else between half and all of a span that doubles each time."""
        span = self._next = min(self.longest, self._next * 2 or self.first)
        asked = getattr(error, "retry_after", 0.0)
        await asyncio.sleep(max(asked, random.uniform(span / 2, span)))
