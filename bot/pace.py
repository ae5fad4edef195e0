"""Pacing: a platform that allows 30 messages a second gets one every 34 ms, never 30 at once.

One pace for each channel, shared by answers and by what Loa sends on its own. Answers go first: a broadcast becomes
slower by the answers, an answer waits for at most one message of the broadcast.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Mapping

from bot.channels.base import Capabilities, Channel
from bot.errors import Throttled

MARGIN = 0.97
"""Share of the platform's rate that is used: strict platforms count in sliding windows."""
BACK_OFF = 0.7
"""What is left of the rate when the platform complains."""
SLOWEST = 0.1
"""A throttled pace is never less than this share of the usual one."""
RECOVERY = 0.01
"""Share of the usual rate that comes back with each second of sending without complaint."""
SLACK = 0.06
"""Share of the gap by which a late timer may be made up for; without it the rate would fall behind by every delay."""
PATIENCE = 120.0
"""Seconds an answer waits at most for a resting channel."""
FINEST = 0.0005
"""Seconds below which waiting is not worth the timer."""
CHATS = 10_000
"""Addresses whose last message is remembered; after that the old ones are let go of."""


class Pace:
    """Gives turns one after the other, never closer than the gap: time lost to a busy machine is not caught up in a
    burst. Slows down at once when the platform complains and recovers little by little."""

    def __init__(self, capabilities: Capabilities) -> None:
        self._can = capabilities
        self._usual = 1 / (capabilities.sends_per_second * MARGIN)
        self._share = 1.0
        self._next = 0.0
        """Moment of the event loop's clock from which the next message may leave; the same clock below."""
        self._recovered = 0.0
        self._rests_until = 0.0
        self._first: deque[asyncio.Future[bool]] = deque()
        self._others: deque[asyncio.Future[bool]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._chats: dict[str, float] = {}

    @property
    def share(self) -> float:
        """Share of the usual rate that is used now, 0 to 1."""
        return self._share

    @property
    def rest(self) -> float:
        """Seconds for which nothing leaves."""
        return max(0.0, self._rests_until - asyncio.get_running_loop().time())

    async def turn(self, address: str, first: bool = False) -> bool:
        """Wait until a message to ``address`` may leave; ``first`` before all who are not. False when the channel
        rests: at once, or for who is ``first``, when it rests too long to wait for.

        A person who has just been written to is waited for here, in nobody's way.
        """
        loop = asyncio.get_running_loop()
        gap = self._can.gap_to(address)
        while True:
            wait = self._chats.get(address, 0.0) - loop.time()
            if wait > FINEST:
                await asyncio.sleep(wait)
                continue
            if not await self._line_up(first):
                return False
            if self._chats.get(address, 0.0) <= loop.time() + FINEST:
                break
        if gap:
            self._remember(address, loop.time() + gap)
        return True

    def refused(self, address: str, error: Throttled) -> None:
        """The platform complains: about one chat, which waits alone, or about the rate. Then everything rests and goes
        on more slowly. Several complaints of one moment count once."""
        seconds = error.retry_after * random.uniform(1.0, 1.1)
        if error.chat_only:
            self._remember(address, asyncio.get_running_loop().time() + seconds)
            return
        if not self.rest:
            self._share = max(self._share * BACK_OFF, SLOWEST)
        self.take_rest(seconds)
        self._recovered = self._rests_until

    def take_rest(self, seconds: float) -> None:
        """Nothing leaves for so long, answers neither; who cannot wait for that is sent away."""
        now = asyncio.get_running_loop().time()
        self._rests_until = max(self._rests_until, now + seconds)
        self._next = max(self._next, self._rests_until)
        for first, line in ((True, self._first), (False, self._others)):
            if self._is_too_long(first):
                while line:
                    gate = line.popleft()
                    if not gate.done():
                        gate.set_result(False)
        if self._first:
            self._schedule(now)

    def _is_too_long(self, first: bool) -> bool:
        return self.rest > (PATIENCE if first else 0.0)

    def end_rest(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._rests_until > now:
            self._rests_until = self._next = now
            self._schedule(now)

    def begin_at(self, share: float) -> None:
        """Go on at the share another process, or the one before, had come down to."""
        self._share = max(SLOWEST, min(self._share, share))
        self._recovered = max(self._rests_until, asyncio.get_running_loop().time())

    async def _line_up(self, first: bool) -> bool:
        if self._is_too_long(first):
            return False
        now = asyncio.get_running_loop().time()
        if not self._first and not self._others and self._next - now <= FINEST:
            self._leave(now)
            return True
        line = self._first if first else self._others
        gate: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        line.append(gate)
        self._schedule(now)
        try:
            return await gate
        except asyncio.CancelledError:
            if gate.done() and not gate.cancelled() and gate.result():  # had its turn: somebody else may use it
                self._next = asyncio.get_running_loop().time()
                self._schedule(self._next)
            raise

    def _leave(self, now: float) -> None:
        if self._share < 1.0 and now > self._recovered:
            self._share = min(1.0, self._share + min(now - self._recovered, 1.0) * RECOVERY)
            self._recovered = now
        gap = self._usual / self._share
        self._next = max(self._next, now - gap * SLACK) + gap

    def _schedule(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(max(self._next, now), self._give)

    def _give(self) -> None:
        """The next in line may leave. A pace too fine for timers gives several turns at once."""
        self._timer = None
        now = asyncio.get_running_loop().time()
        while (self._first or self._others) and self._next - now <= FINEST:
            gate = (self._first or self._others).popleft()
            if not gate.done():
                gate.set_result(True)
                self._leave(now)
        if self._first or self._others:
            self._schedule(now)

    def _remember(self, address: str, until: float) -> None:
        if len(self._chats) >= CHATS:
            now = asyncio.get_running_loop().time()
            self._chats = {chat: moment for chat, moment in self._chats.items() if moment > now}
        self._chats[address] = max(until, self._chats.get(address, 0.0))


class Paces:
    """The pace of every channel, one for the whole process."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._paces: dict[str, Pace] = {}

    def of(self, channel: str) -> Pace:
        if channel not in self._paces:
            self._paces[channel] = Pace(self._channels[channel].capabilities)
        return self._paces[channel]
