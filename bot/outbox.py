"""Everything the bot sends on its own: claims due deliveries, sends them at each channel's pace, settles them.

A delivery is claimed (``sending``, with a lease) before it is sent and settled after, many in one commit. A process
that dies in between leaves its claims behind: when their lease has run out they become ``unclear``, because they may
have arrived, and nobody sends them again but a person. So only as many are claimed as leave within a moment.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.channels.base import Channel
from bot.clock import Clock
from bot.errors import BadCredentials, Postponed, SendError, Throttled, Unclear
from bot.lane import Lane, News, against
from bot.logs import scrub
from bot.metrics import DELIVERED
from bot.pace import Paces
from handlers.digests import finish_sent
from handlers.messages import Address, Reply
from handlers.turn import LOCAL
from handlers.working_time import WorkingTime
from storage.contacts import accounts_gone
from storage.database import Database
from storage.digests import DeliveryKind, DeliveryState
from storage.dispatch import (
    Claimed,
    Settlement,
    abandon_lost_leases,
    claim_deliveries,
    obstacles,
    settle,
    with_messages,
)
from storage.rests import ChannelRest, end_rest, rest_channel, rests

log = structlog.get_logger()

POLL = 2.0
"""Seconds between looks for due deliveries when nobody wakes the outbox."""
GROUP = 0.1
"""Seconds finished attempts are collected for one commit, unless half of a channel's slots are free before."""
SEND_LIMIT = 45.0
"""Seconds one send may take; well below the lease, so that only a dead process loses one."""
HELD_LIMIT = 60.0
"""Seconds a claimed message may wait for its turn; then it is put back, for its lease is about to run out."""
FIRST_PAUSE = 30.0
"""Seconds before the second attempt; four times as long before each further one, and up to a third more."""
LONGEST_PAUSE = 6 * 3600.0
ATTEMPTS = 10
"""Attempts over some 27 hours or more; then the delivery has failed."""
CREDENTIALS_PAUSE = 600.0
"""Seconds a channel with refused credentials rests before it is tried again."""
CLOSING = 10.0
"""Seconds a send that has begun may still take when the process is asked to stop."""
OUTAGE = 3
"""Failures in a row after which the whole channel rests, ever longer up to a minute."""
LONG_REST = 30.0
"""Seconds from which a channel's rest is written down, to hold across restarts and processes."""
ERROR_LENGTH = 300


class Outbox:
    """Sends what is due. One per process; several processes share the work through the database."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        clock: Clock,
        working: WorkingTime | None = None,
        paces: Paces | None = None,
    ) -> None:
        """``working`` tells when only what is urgent may leave: never, without it. ``paces`` are shared with whoever
        else sends through these channels."""
        self._db = db
        self._working = working
        self._channels = channels
        self._clock = clock
        self._paces = paces or Paces(channels)
        self._lanes: dict[str, Lane] = {}
        self._news = News()
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        """Tasks whose message may be on the wire."""
        self._wake = asyncio.Event()
        self._half_free = asyncio.Event()
        self._turn = asyncio.Lock()

    def wake(self) -> None:
        """Something has become due: look now."""
        self._wake.set()

    async def resume(self, channel: str) -> None:
        """Operators have seen to a resting channel: it is tried again now, by every process."""
        async with self._db.session() as db:
            await end_rest(db, channel)
            await db.commit()
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
        """Send everything that may leave now, at the channels' pace, and return when it is settled."""
        async with self._db.session() as db:
            await abandon_lost_leases(db, self._clock.now())
            await db.commit()
        while True:
            rested = self._short_rests()
            claimed = await self._round()
            if self._tasks:
                await self._wait()
            elif not claimed and not self._news:
                if pauses := self._short_rests():
                    await asyncio.sleep(min(pauses) + 0.01)
                elif not rested:  # else one has ended since, and its channel was not looked at
                    return

    def _short_rests(self) -> list[float]:
        """Seconds for which channels still rest, but those that rest too long to wait for."""
        return [lane.pace.rest for lane in self._lanes.values() if 0 < lane.pace.rest <= LONG_REST]

    async def _wait(self) -> None:
        """Until there is something to do: woken, half of a channel's slots free, or the poll's time."""
        try:
            async with asyncio.timeout(POLL):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
        if self._tasks and not any(lane.wants_more for lane in self._lanes.values() if lane.busy):
            self._half_free.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(GROUP):
                    await self._half_free.wait()

    async def _round(self) -> int:
        """Settle what has finished and claim what is due, in one commit; how many were claimed."""
        async with self._turn:
            for name, channel in self._channels.items():
                if name not in self._lanes:
                    self._lanes[name] = Lane.of(channel, self._paces.of(name))
            self._note_rests()
            news, self._news = self._news, News()
            exchange = asyncio.create_task(self._exchange(news))
            try:
                claimed, skipped = await asyncio.shield(exchange)
            except BaseException:
                await asyncio.wait([exchange])
                if exchange.exception() is None:  # cancelled; what was just claimed has not left
                    for delivery in exchange.result()[0]:
                        self._put_back(delivery)
                else:
                    self._news = news.before(self._news)
                raise
            for delivery, settlement in [*news.done, *skipped]:
                DELIVERED.labels(delivery.channel, settlement.state.value).inc()
            for delivery in claimed:
                self._start(delivery)
            return len(claimed) + len(skipped)

    async def _exchange(self, news: News) -> tuple[list[Claimed], list[tuple[Claimed, Settlement]]]:
        now = self._clock.now()
        quiet = self._working is not None and self._working.is_quiet(now)
        async with self._db.session() as db:
            await settle(db, [settlement for _, settlement in news.done], now)
            if news.gone:
                await accounts_gone(db, sorted(news.gone), now)
            for channel, (until, reason, share) in news.rests.items():
                await rest_channel(db, channel, until, reason, share, now)
            self._keep_rests(await rests(db, now), now)
            claimed: list[Claimed] = []
            for name, lane in self._lanes.items():
                unsettled = sum(
                    delivery.channel == name for delivery, _ in self._news.done
                )  # since this exchange began
                if lane.free > unsettled:
                    claimed += await claim_deliveries(db, now, lane.free - unsettled, name, urgent_only=quiet)
            today = now.astimezone(LOCAL).date()
            found = await obstacles(db, [delivery.id for delivery in claimed], today) if claimed else {}
            skipped = [
                (delivery, Settlement(delivery.id, DeliveryState.SKIPPED, key=key))
                for delivery in claimed
                if (key := against(delivery, found.get(delivery.id), now))
            ]
            await settle(db, [settlement for _, settlement in skipped], now)
            claimed = await with_messages(db, claimed)
            if (news.done or skipped) and not self._tasks:
                await finish_sent(db, now)
            await db.commit()
        passed = {delivery.id for delivery, _ in skipped}
        return [delivery for delivery in claimed if delivery.id not in passed], skipped

    def _note_rests(self) -> None:
        """Long rests are written down, whoever was told to take them: this outbox, or somebody answering a person."""
        for name, lane in self._lanes.items():
            if lane.pace.rest >= LONG_REST and not lane.written:
                until = self._clock.now() + timedelta(seconds=lane.pace.rest)
                self._news.rests[name] = until, lane.reason, lane.pace.share

    def _keep_rests(self, standing: Sequence[ChannelRest], now: datetime) -> None:
        """Rest as is written down, whichever process wrote it; go on where somebody has struck it out."""
        by_channel = {rest.channel: rest for rest in standing}
        for name, lane in self._lanes.items():
            rest = by_channel.get(name)
            if rest is not None and not lane.written:
                lane.pace.take_rest((rest.until - now).total_seconds())
                lane.pace.begin_at(rest.share)
            elif rest is None and lane.written:
                lane.pace.end_rest()
            lane.written = rest is not None

    def _start(self, delivery: Claimed) -> None:
        lane = self._lanes[delivery.channel]
        lane.busy += 1
        task = asyncio.create_task(self._attempt(lane, delivery, lane.tails.get(delivery.address)))
        lane.tails[delivery.address] = task
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(lane, delivery, ended))

    def _ended(self, lane: Lane, delivery: Claimed, task: asyncio.Task[None]) -> None:
        lane.busy -= 1
        if lane.tails.get(delivery.address) is task:
            del lane.tails[delivery.address]
        self._tasks.discard(task)
        self._leaving.discard(task)
        self._wake.set()
        if lane.wants_more or not self._tasks:
            self._half_free.set()

    async def _attempt(self, lane: Lane, delivery: Claimed, before: asyncio.Task[None] | None) -> None:
        this, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert this is not None
        begun = loop.time()
        try:
            if before is not None:
                await asyncio.wait([before])
            if not await lane.pace.turn(delivery.address) or loop.time() - begun > HELD_LIMIT:
                self._put_back(delivery)
                return
            reply = Reply.from_json(delivery.reply or {})
            self._leaving.add(this)
            async with asyncio.timeout(SEND_LIMIT):
                provider_id = await lane.channel.send(Address.parse(delivery.address), reply)
        except asyncio.CancelledError:  # closing
            if this in self._leaving:
                self._settled(delivery, DeliveryState.UNCLEAR, Unclear.key)
            else:
                self._put_back(delivery)
            raise
        except TimeoutError:
            self._settled(delivery, DeliveryState.UNCLEAR, Unclear.key)
        except SendError as error:
            self._refused(lane, delivery, error)
        except Exception as error:  # a fault of ours: nobody knows whether it left
            log.error("outbox.our_fault", delivery=delivery.id, exc_info=error)
            self._settled(delivery, DeliveryState.UNCLEAR, "our_fault", type(error).__name__)
        else:
            lane.failures = 0
            self._news.done.append((delivery, Settlement(delivery.id, DeliveryState.SENT, provider_id)))

    def _refused(self, lane: Lane, delivery: Claimed, error: SendError) -> None:
        """Settle an attempt by the policy the error carries."""
        name, words = lane.channel.name, scrub(f"{error.code} {error.reason}".strip())[:ERROR_LENGTH]
        if isinstance(error, Throttled):
            lane.pace.refused(delivery.address, error)
            log.warning("outbox.throttled", channel=name, seconds=error.retry_after, chat_only=error.chat_only)
            lane.reason = error.key
            self._put_back(delivery, error.key, error.retry_after if error.chat_only else 0.0)
        elif isinstance(error, BadCredentials):
            if not lane.pace.rest:
                log.error("outbox.channel_stopped", channel=name, reason=error.key, code=error.code)
            lane.pace.take_rest(CREDENTIALS_PAUSE)
            lane.reason = error.key
            self._put_back(delivery, error.key)
        elif isinstance(error, Postponed) and delivery.attempts < ATTEMPTS:
            log.info("outbox.postponed", delivery=delivery.id, channel=name, code=error.code)
            self._later(delivery, error.key, words, error.PAUSE)
        elif error.retryable and delivery.attempts < ATTEMPTS:
            lane.failures += 1
            if lane.failures >= OUTAGE:
                lane.pace.take_rest(min(2.0 ** (lane.failures - OUTAGE), 60.0) * random.uniform(0.8, 1.2))
            log.info("outbox.later", delivery=delivery.id, channel=name, reason=error.key, attempt=delivery.attempts)
            self._later(delivery, error.key, words)
        else:
            if error.unsubscribes:
                self._news.gone.add(delivery.account_id)
            state = DeliveryState.UNCLEAR if isinstance(error, Unclear) else DeliveryState.FAILED
            report = log.error if error.ours else log.info
            report("outbox.refused", delivery=delivery.id, channel=name, reason=error.key, code=error.code)
            self._settled(delivery, state, error.key, words)

    def _put_back(self, delivery: Claimed, key: str | None = None, seconds: float = 0.0) -> None:
        """The message did not leave through no fault of its own: it keeps its place, or waits so long."""
        due_at = self._clock.now() + timedelta(seconds=seconds) if seconds else delivery.due_at
        settlement = Settlement(delivery.id, DeliveryState.QUEUED, key=key, due_at=due_at, counts=False)
        self._news.done.append((delivery, settlement))

    def _later(self, delivery: Claimed, key: str, words: str, least: float = FIRST_PAUSE) -> None:
        pause = max(least, min(FIRST_PAUSE * 4 ** (delivery.attempts - 1), LONGEST_PAUSE)) * random.uniform(1.0, 1.3)
        due_at = self._clock.now() + timedelta(seconds=pause)
        if delivery.kind is DeliveryKind.REMINDER and self._working is not None:
            due_at = self._working.next_open(due_at)
        settlement = Settlement(delivery.id, DeliveryState.QUEUED, key=key, error=words, due_at=due_at)
        self._news.done.append((delivery, settlement))

    def _settled(self, delivery: Claimed, state: DeliveryState, key: str, words: str | None = None) -> None:
        self._news.done.append((delivery, Settlement(delivery.id, state, key=key, error=words)))

    async def _close(self) -> None:
        """Let what is on the wire arrive, put the rest back, settle."""
        for task in self._tasks - self._leaving:
            task.cancel()
        if self._leaving:
            _, late = await asyncio.wait(set(self._leaving), timeout=CLOSING)
            for task in late:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        news, self._news = self._news, News()
        async with self._db.session() as db:
            await settle(db, [settlement for _, settlement in news.done], self._clock.now())
            await db.commit()
