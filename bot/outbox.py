"""Everything the bot sends on its own: claims due deliveries, sends them at each channel's pace, settles them.

A delivery is claimed (``sending``, with a lease) before it is sent and settled after, many in one commit. A process
that dies in between leaves its claims behind: when their lease has run out they become ``unclear``, because they may
have arrived, and nobody sends them again but a person. So only as many are claimed as leave within a moment.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.channels.base import Channel
from bot.clock import Clock
from bot.errors import BadCredentials, Postponed, SendError, Throttled, Unclear
from bot.logs import scrub
from bot.metrics import DELIVERED
from bot.pace import Pace
from handlers.digests import finish_sent
from handlers.messages import Address, Reply
from handlers.turn import LOCAL
from handlers.working_time import WorkingTime
from storage.contacts import accounts_gone
from storage.database import Database
from storage.deliveries import Recipient, Settlement, postpone_channel, recipients, settle
from storage.digests import Delivery, DeliveryKind, DeliveryState, abandon_lost_leases, claim_deliveries

log = structlog.get_logger()

POLL = 2.0
"""Seconds between looks for due deliveries when nobody wakes the outbox."""
GROUP = 0.1
"""Seconds finished attempts are collected for one commit, unless half of a channel's slots are free before."""
AHEAD = 0.5
"""Seconds' worth of messages claimed at once: what a crash leaves unclear."""
FEWEST, MOST = 4, 128
"""Slots of a channel: messages claimed and not yet settled."""
SEND_LIMIT = 45.0
"""Seconds one send may take; well below the lease, so that only a dead process loses one."""
FIRST_PAUSE = 30.0
"""Seconds before the second attempt; four times as long before each further one."""
LONGEST_PAUSE = 6 * 3600.0
ATTEMPTS = 10
"""Attempts over some 27 hours; then the delivery has failed."""
LIFETIME = timedelta(days=3)
"""A delivery that could not leave this long after it was due is skipped: it is no longer news."""
CREDENTIALS_PAUSE = 600.0
"""Seconds a channel with refused credentials rests before it is tried again."""
CLOSING = 10.0
"""Seconds a send that has begun may still take when the process is asked to stop."""
OUTAGE = 3
"""Failures in a row after which the whole channel rests, ever longer up to a minute."""
LONG_REST = 30.0
"""Seconds from which a channel's rest is written down, to hold across restarts."""
ERROR_LENGTH = 300


@dataclass(slots=True)
class _Lane:
    """One channel's sends."""

    channel: Channel
    pace: Pace
    slots: int
    busy: int = 0
    failures: int = 0
    """Times in a row the channel was unavailable."""
    rests_until: float = 0.0
    """Moment of the event loop's clock."""
    stopped: str = ""
    """Key of the error that stopped the channel, or empty."""
    tails: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    """The newest send to each address: the next one waits for it."""

    @classmethod
    def of(cls, channel: Channel) -> _Lane:
        rate = channel.capabilities.sends_per_second
        return cls(channel, Pace(rate), max(FEWEST, min(MOST, math.ceil(rate * AHEAD))))

    @property
    def rest(self) -> float:
        """Seconds the channel still rests."""
        return max(0.0, self.rests_until - asyncio.get_running_loop().time())

    @property
    def free(self) -> int:
        return 0 if self.rest else self.slots - self.busy

    def take_rest(self, seconds: float) -> None:
        self.rests_until = max(self.rests_until, asyncio.get_running_loop().time() + seconds)


class Outbox:
    """Sends what is due. One per process; several processes share the work through the database."""

    def __init__(
        self, db: Database, channels: Mapping[str, Channel], clock: Clock, working: WorkingTime | None = None
    ) -> None:
        self._db = db
        self._working = working
        self._channels = channels
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._results: list[tuple[Delivery, Settlement]] = []
        self._gone: set[int] = set()
        self._postponed: dict[str, datetime] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        """Tasks whose message may be on the wire."""
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()

    @property
    def stopped(self) -> dict[str, str]:
        """Channels that send nothing until operators act, with the key of the operator's sentence."""
        return {name: lane.stopped for name, lane in self._lanes.items() if lane.stopped}

    def wake(self) -> None:
        """Something has become due: look now."""
        self._wake.set()

    def resume(self, channel: str) -> None:
        """Operators have seen to a stopped channel: try it again now."""
        if channel in self._lanes:
            self._lanes[channel].stopped, self._lanes[channel].rests_until = "", 0.0
        self.wake()

    async def run(self) -> None:
        """Send what is due, for ever; when cancelled, put back what has not left and settle the rest."""
        pause = 1.0
        try:
            while True:
                try:
                    busy = await self._round() and not self._tasks
                    pause = 1.0
                except Exception as error:  # the database is away: nothing is lost, everything is tried again
                    log.error("outbox.failed", error=type(error).__name__, exc_info=error)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 30.0)
                    continue
                if not busy:
                    await self._wait()
        finally:
            await self._close()

    async def drain(self) -> None:
        """Send everything due now, at the channels' pace, and return when it is settled."""
        async with self._db.session() as db:
            await abandon_lost_leases(db, self._clock.now())
            await db.commit()
        while True:
            claimed = await self._round()
            if self._tasks:
                await self._wait()
            elif not claimed and not self._results:
                rests = [lane.rest for lane in self._lanes.values() if 0 < lane.rest <= LONG_REST]
                if not rests:
                    return
                await asyncio.sleep(min(rests) + 0.01)

    async def _wait(self) -> None:
        """Until there is something to do: woken, half of a channel's slots free, or the poll's time."""
        try:
            async with asyncio.timeout(POLL):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
        if self._tasks and not any(lane.free * 2 >= lane.slots for lane in self._lanes.values()):
            await asyncio.sleep(GROUP)

    async def _round(self) -> int:
        """Settle what has finished and claim what is due, in one commit; how many were claimed."""
        async with self._turn:
            for name, channel in self._channels.items():
                if name not in self._lanes:
                    self._lanes[name] = _Lane.of(channel)
            done, self._results = self._results, []
            gone, self._gone = self._gone, set()
            postponed, self._postponed = self._postponed, {}
            free = {name: lane.free for name, lane in self._lanes.items() if lane.free > 0}
            exchange = asyncio.create_task(self._exchange(done, gone, postponed, free))
            try:
                claimed, skipped = await asyncio.shield(exchange)
            except BaseException:
                await asyncio.wait([exchange])
                if exchange.exception() is None:  # cancelled; what was just claimed has not left
                    for delivery in exchange.result()[0]:
                        self._put_back(self._lanes[delivery.channel], delivery)
                else:
                    self._results = done + self._results
                    self._gone |= gone
                    self._postponed = postponed | self._postponed
                raise
            for delivery, settlement in [*done, *skipped]:
                DELIVERED.labels(delivery.channel, settlement.state.value).inc()
            for delivery in claimed:
                self._start(delivery)
            return len(claimed) + len(skipped)

    async def _exchange(
        self,
        done: list[tuple[Delivery, Settlement]],
        gone: set[int],
        postponed: Mapping[str, datetime],
        free: Mapping[str, int],
    ) -> tuple[list[Delivery], list[tuple[Delivery, Settlement]]]:
        now = self._clock.now()
        async with self._db.session() as db:
            await settle(db, [settlement for _, settlement in done], now)
            if gone:
                await accounts_gone(db, sorted(gone), now)
            for channel, until in postponed.items():
                await postpone_channel(db, channel, until)
            claimed: list[Delivery] = []
            for name, slots in free.items():
                claimed += await claim_deliveries(db, now, slots, [name])
            found = (
                await recipients(db, [_id(each) for each in claimed], now.astimezone(LOCAL).date()) if claimed else {}
            )
            skipped = [
                (delivery, Settlement(_id(delivery), DeliveryState.SKIPPED, key=key))
                for delivery in claimed
                if (key := _against(delivery, found.get(_id(delivery)), now))
            ]
            await settle(db, [settlement for _, settlement in skipped], now)
            if (done or skipped) and not self._tasks:
                await finish_sent(db, now)
            await db.commit()
        passed = {_id(delivery) for delivery, _ in skipped}
        return [delivery for delivery in claimed if delivery.id not in passed], skipped

    def _start(self, delivery: Delivery) -> None:
        lane = self._lanes[delivery.channel]
        lane.busy += 1
        task = asyncio.create_task(self._attempt(lane, delivery, lane.tails.get(delivery.address)))
        lane.tails[delivery.address] = task
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(lane, delivery, ended))

    def _ended(self, lane: _Lane, delivery: Delivery, task: asyncio.Task[None]) -> None:
        lane.busy -= 1
        if lane.tails.get(delivery.address) is task:
            del lane.tails[delivery.address]
        self._tasks.discard(task)
        self._leaving.discard(task)
        self._wake.set()

    async def _attempt(self, lane: _Lane, delivery: Delivery, before: asyncio.Task[None] | None) -> None:
        this = asyncio.current_task()
        assert this is not None
        try:
            if before is not None:
                await asyncio.wait([before])
            await lane.pace.turn()
            if lane.rest:
                self._put_back(lane, delivery)
                return
            self._leaving.add(this)
            async with asyncio.timeout(SEND_LIMIT):
                provider_id = await lane.channel.send(Address.parse(delivery.address), Reply.from_json(delivery.reply))
        except asyncio.CancelledError:  # closing
            if this in self._leaving:
                self._settled(delivery, DeliveryState.UNCLEAR, Unclear.key)
            else:
                self._put_back(lane, delivery)
            raise
        except TimeoutError:
            self._settled(delivery, DeliveryState.UNCLEAR, Unclear.key)
        except SendError as error:
            self._refused(lane, delivery, error)
        except Exception as error:  # a fault of ours: nobody knows whether it left
            log.error("outbox.our_fault", delivery=delivery.id, exc_info=error)
            self._settled(delivery, DeliveryState.UNCLEAR, "our_fault", type(error).__name__)
        else:
            lane.pace.faster()
            lane.failures, lane.stopped = 0, ""
            self._results.append((delivery, Settlement(_id(delivery), DeliveryState.SENT, provider_id)))

    def _refused(self, lane: _Lane, delivery: Delivery, error: SendError) -> None:
        """Settle an attempt by the policy the error carries."""
        name, words = lane.channel.name, scrub(f"{error.code} {error.reason}".strip())[:ERROR_LENGTH]
        if isinstance(error, Throttled):
            lane.pace.slower()
            self._rest(lane, error.retry_after * random.uniform(1.0, 1.1))
            log.warning("outbox.throttled", channel=name, seconds=error.retry_after)
            self._put_back(lane, delivery, error.key)
        elif isinstance(error, BadCredentials):
            if not lane.stopped:
                log.error("outbox.channel_stopped", channel=name, reason=error.key, code=error.code)
            lane.stopped = error.key
            self._rest(lane, CREDENTIALS_PAUSE)
            self._put_back(lane, delivery, error.key)
        elif isinstance(error, Postponed) and delivery.attempts < ATTEMPTS:
            log.info("outbox.postponed", delivery=delivery.id, channel=name, code=error.code)
            self._later(delivery, error.key, words, error.PAUSE)
        elif error.retryable and delivery.attempts < ATTEMPTS:
            lane.failures += 1
            if lane.failures >= OUTAGE:
                lane.take_rest(min(2.0 ** (lane.failures - OUTAGE), 60.0))
            log.info("outbox.later", delivery=delivery.id, channel=name, reason=error.key, attempt=delivery.attempts)
            self._later(delivery, error.key, words)
        else:
            if error.unsubscribes:
                self._gone.add(delivery.account_id)
            state = DeliveryState.UNCLEAR if isinstance(error, Unclear) else DeliveryState.FAILED
            report = log.error if error.ours else log.info
            report("outbox.refused", delivery=delivery.id, channel=name, reason=error.key, code=error.code)
            self._settled(delivery, state, error.key, words)

    def _rest(self, lane: _Lane, seconds: float) -> None:
        lane.take_rest(seconds)
        if seconds >= LONG_REST:
            self._postponed[lane.channel.name] = self._clock.now() + timedelta(seconds=seconds)

    def _put_back(self, lane: _Lane, delivery: Delivery, key: str | None = None) -> None:
        """The message did not leave through no fault of its own: due again when the channel has rested."""
        due_at = self._clock.now() + timedelta(seconds=lane.rest)
        settlement = Settlement(_id(delivery), DeliveryState.QUEUED, key=key, due_at=due_at, counts=False)
        self._results.append((delivery, settlement))

    def _later(self, delivery: Delivery, key: str, words: str, least: float = FIRST_PAUSE) -> None:
        pause = max(least, min(FIRST_PAUSE * 4 ** (delivery.attempts - 1), LONGEST_PAUSE)) * random.uniform(0.8, 1.2)
        due_at = self._clock.now() + timedelta(seconds=pause)
        if delivery.kind is DeliveryKind.REMINDER and self._working is not None:
            due_at = self._working.next_open(due_at)
        settlement = Settlement(_id(delivery), DeliveryState.QUEUED, key=key, error=words, due_at=due_at)
        self._results.append((delivery, settlement))

    def _settled(self, delivery: Delivery, state: DeliveryState, key: str, words: str | None = None) -> None:
        self._results.append((delivery, Settlement(_id(delivery), state, key=key, error=words)))

    async def _close(self) -> None:
        """Let what is on the wire arrive, put the rest back, settle."""
        for task in self._tasks - self._leaving:
            task.cancel()
        if self._leaving:
            _, late = await asyncio.wait(set(self._leaving), timeout=CLOSING)
            for task in late:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        done, self._results = self._results, []
        async with self._db.session() as db:
            await settle(db, [settlement for _, settlement in done], self._clock.now())
            await db.commit()


def _id(delivery: Delivery) -> int:
    assert delivery.id is not None
    return delivery.id


def _against(delivery: Delivery, recipient: Recipient | None, now: datetime) -> str | None:
    """The key of what speaks against sending the delivery now, if anything does."""
    if recipient is None or recipient.gone:
        return "contact_left"
    if not recipient.subscribed:
        return "unsubscribed"
    if recipient.digest_over:
        return "cancelled"
    if recipient.acknowledged and delivery.kind is DeliveryKind.REMINDER:
        return "acknowledged"
    return "expired" if now - delivery.due_at > LIFETIME else None
