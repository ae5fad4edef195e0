"""Pacing: a platform that allows 30 messages a second gets one every 34 ms, never 30 at once.

One pace for each channel, shared by answers and by what Loa sends on its own, and by all processes. Answers go first:
a broadcast becomes slower by the answers, an answer waits for at most one message of the broadcast; for those of
AHEAD seconds where another process sends it.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import Mapping

from bot.channels.base import Capabilities, Channel
from bot.errors import Throttled
from bot.shared_turns import SharedTurns
from storage.database import Database

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
AHEAD = 0.15
"""Seconds' worth of turns a broadcast takes at once where they are shared: another process's answer waits so long."""
NO_LIMIT = 1000.0
"""Messages a second from which a channel's limit is none, and nothing is shared."""


class Pace:
    """Gives turns one after the other, never closer than the gap: time lost to a busy machine is not caught up in a
    burst. Slows down at once when the platform complains and recovers little by little."""

    def __init__(self, capabilities: Capabilities, shared: SharedTurns | None = None) -> None:
        """``shared`` is where turns are taken from when other processes send through the same channel."""
        self._can = capabilities
        self._shared = shared
        self._mine: deque[float] = deque()
        """Moments of the shared turns that are ours."""
        self._taking: asyncio.Task[None] | None = None
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
        self._mine.clear()
        if self._shared is not None:
            self._shared.rest(seconds)
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
        if self._shared is None and not self._first and not self._others and self._next - now <= FINEST:
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

    @property
    def _gap(self) -> float:
        return self._usual / self._share

    def _leave(self, now: float) -> None:
        if self._share < 1.0 and now > self._recovered:
            self._share = min(1.0, self._share + min(now - self._recovered, 1.0) * RECOVERY)
            self._recovered = now
        self._next = max(self._next, now - self._gap * SLACK) + self._gap

    def _schedule(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._next
        if self._shared is not None:
            self._take_more()
            if not self._mine:
                return
            due = max(due, self._mine[0])
        self._timer = asyncio.get_running_loop().call_at(max(due, now), self._give)

    def _give(self) -> None:
        """The next in line may leave. A pace too fine for timers gives several turns at once."""
        self._timer = None
        now = asyncio.get_running_loop().time()
        self._let_pass(now)
        while (self._first or self._others) and self._next - now <= FINEST:
            if self._shared is not None and not (self._mine and self._mine[0] - now <= FINEST):
                break
            gate = (self._first or self._others).popleft()
            if not gate.done():
                gate.set_result(True)
                self._leave(now)
                if self._mine:
                    self._mine.popleft()
        if self._first or self._others:
            self._schedule(now)

    def _let_pass(self, now: float) -> None:
        """A shared turn not used in its time is lost: later it would be too close to somebody else's."""
        while self._mine and self._mine[0] < now - self._gap:
            self._mine.popleft()

    def _take_more(self) -> None:
        """Have shared turns at hand for all answers that wait, and for a moment of the broadcast."""
        ahead = max(1, math.ceil(AHEAD / self._gap))
        wanted = len(self._first) + min(len(self._others), ahead)
        if self._taking is None and wanted and len(self._mine) <= wanted // 2:
            self._taking = asyncio.create_task(self._take(wanted - len(self._mine)))

    async def _take(self, count: int) -> None:
        assert self._shared is not None
        gap, loop = self._gap, asyncio.get_running_loop()
        try:
            wait = await self._shared.take(count, gap)
        finally:
            self._taking = None
        now = loop.time()
        begin = max(self._next, now) if wait is None else now + wait
        self._mine.extend(begin + number * gap for number in range(count))
        if self._first or self._others:
            self._schedule(now)

    async def aclose(self) -> None:
        """Take no more shared turns."""
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.gather(self._taking, return_exceptions=True)
        if self._shared is not None:
            await self._shared.aclose()

    def _remember(self, address: str, until: float) -> None:
        if len(self._chats) >= CHATS:
            now = asyncio.get_running_loop().time()
            self._chats = {chat: moment for chat, moment in self._chats.items() if moment > now}
        self._chats[address] = max(until, self._chats.get(address, 0.0))


class Paces:
    """The pace of every channel, one for the whole process; with ``db``, one for all processes on that database."""

    def __init__(self, channels: Mapping[str, Channel], db: Database | None = None) -> None:
        self._channels = channels
        self._db = db
        self._paces: dict[str, Pace] = {}

    def of(self, channel: str) -> Pace:
        if channel not in self._paces:
            can = self._channels[channel].capabilities
            shared = self._db is not None and can.sends_per_second < NO_LIMIT
            self._paces[channel] = Pace(can, SharedTurns(self._db, channel) if self._db and shared else None)
        return self._paces[channel]

    async def aclose(self) -> None:
        """Ask the database no more."""
        await asyncio.gather(*(pace.aclose() for pace in self._paces.values()))
