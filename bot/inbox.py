"""From a recorded update to an answer: one lane per person, so that nobody's messages overtake each other.

An update passes ``received → answered → handled``. While it is worked on this process holds a lease on it, lengthened
as long as the process lives; one whose lease has run out was left behind by a crash and is taken up again by whoever
looks first: a received one is worked on, an answered one only sent.
"""

from __future__ import annotations

import asyncio
import json
import traceback
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Arrival, Channel
from bot.clock import Clock
from bot.errors import BadCredentials, ContactGone, SendError, Throttled, Unclear
from bot.interpreter import Interpreter
from bot.metrics import ANSWERED, RECEIVED
from bot.pace import Paces
from bot.received import Received
from bot.rounds import Rounds
from bot.turns import LONGEST_AWAY, Turns
from content.catalog import Catalog
from handlers.desk import Desk
from handlers.messages import Address, Kind, Message, Reply
from storage.contacts import account_at, accounts_gone
from storage.database import Database
from storage.journal import DatabaseAway, Journal
from storage.journal_entries import Recorded
from storage.standings import Standing
from storage.updates import LONGEST_ID, InboundUpdate, UpdateState, claim_updates, hold_updates

log = structlog.get_logger()

SEND_FOR = 120.0
"""Seconds for which a reply is tried while the channel is unavailable or asks to slow down; then the person will have
asked again, or somewhere else."""
FIRST_PAUSE = 0.5
"""Seconds before the second attempt; doubled each time."""
LONGEST_PAUSE = 15.0
"""Seconds between two attempts at most, unless the channel itself names more."""
LEASE = timedelta(seconds=20)
"""How long an update stays taken after its process has last been heard of."""
LOOK = 5.0
"""Seconds between two looks for updates left behind, and between two lengthenings of our leases."""
HELD = 2000
"""Updates in hand at most; what arrives beyond waits in the database."""
REFILL = 500
TRACE = 12
"""Places of a fault that are kept with the update it befell."""
CRASHES = 5
"""Times an update may be left unfinished before it is given up: it may be what brings the process down."""


def trace(error: BaseException) -> str:
    """The class of a fault and the places it passed through, innermost first: no words of anybody's."""
    frames = traceback.extract_tb(error.__traceback__)[::-1][:TRACE]
    places = [f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}" for frame in frames]
    return "\n".join([type(error).__name__, *places])


@dataclass(frozen=True, slots=True)
class _Job:
    update_id: int
    message: Message
    replies: tuple[Reply, ...] | None = None
    """Set when only the sending is left to do."""
    standing: Standing | None = None
    """Of the person when the update was written down; only good for whoever begins at once."""


class Inbox:
    """Writes updates down, then works through them."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        desk: Desk,
        catalog: Catalog,
        clock: Clock,
        interpreter: Interpreter | None = None,
        paces: Paces | None = None,
    ) -> None:
        """``paces`` are shared with whoever else sends through these channels."""
        self._paces = paces or Paces(channels)
        self._db = db
        self._channels = channels
        self._desk = desk
        self._catalog = catalog
        self._clock = clock
        self._journal = Journal(db)
        self._journal.late = self._arrived_late
        self._lanes: dict[Address, deque[_Job]] = {}
        self._workers: dict[Address, asyncio.Task[None]] = {}
        self._newest: dict[Address, Message] = {}
        """What came last of a lane's person, while the lane has work."""
        self._held: set[int] = set()
        """Updates in hand, of whatever lane."""
        self._passed_over = 0
        """Updates being written down that will not be in hand: there are too many."""
        self._behind = False
        """Older updates wait in the database, so newer ones must wait there too."""
        self._keeper: asyncio.Task[None] | None = None
        self._look = asyncio.Event()
        self._received = Received(db, channels, clock)
        self._rounds = Rounds()
        self._turns = Turns(db, self._journal, desk, clock, self._rounds, interpreter)
        self._open = True

    async def accept(self, channel: str, arrival: Arrival) -> None:
        """Write an update down; when this returns it survives a crash. One the platform sent before is ignored.

        Raises DatabaseAway when it could not be written down.
        """
        if self._behind or len(self._held) >= HELD:
            await self._leave_for_later(channel, arrival)
            return
        now = self._clock.now()
        message, (state, fault) = self._read(channel, arrival.payload)
        entry = Recorded(
            channel,
            arrival.external_id[:LONGEST_ID],
            arrival.payload,
            now,
            None if message is None else now + LEASE,
            state,
            fault,
            None if message is None or message.receipt is not None else str(message.address),
        )
        kept = await self._journal.record(entry)
        RECEIVED.labels(channel).inc()
        if kept is None or message is None:
            return
        self._held.add(kept.update_id)
        self._enqueue(_Job(kept.update_id, message, standing=kept.standing))

    def _read(self, channel: str, payload: str) -> tuple[Message | None, tuple[UpdateState, str | None]]:
        """The message in an update and the state it begins in; None when there is nothing to answer."""
        if channel not in self._channels:  # switched off since; it waits until that changes
            return None, (UpdateState.RECEIVED, None)
        try:
            message = self._channels[channel].translate(payload)
        except ValueError:
            log.error("inbox.untranslatable", channel=channel)
            return None, (UpdateState.FAILED, "untranslatable")
        return message, (UpdateState.RECEIVED if message else UpdateState.IGNORED, None)

    async def resume(self) -> int:
        """Take up what was left unfinished, and go on looking for it; how many updates that is now."""
        found = await self._claim()
        self._keep()
        return found

    async def drain(self) -> None:
        """Wait until every update taken so far is finished."""
        while self._workers or self._behind:
            await asyncio.gather(*self._workers.values(), return_exceptions=True)
            if self._behind:
                await asyncio.sleep(0.01)

    async def idle(self, address: Address, patience: float) -> None:
        """Wait until nothing of this person's is being worked on, for at most ``patience`` seconds."""
        worker = self._workers.get(address)
        if worker is not None:
            await asyncio.wait([worker], timeout=patience)

    async def close(self, grace: float = 10.0) -> None:
        """Finish what is being worked on, for at most ``grace`` seconds; the rest is given back, for the next start or
        another process."""
        self._open = False
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        workers = list(self._workers.values())
        if workers:
            _, late = await asyncio.wait(workers, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._held:
            try:
                async with self._db.session() as db:
                    await hold_updates(db, sorted(self._held), None)
                    await db.commit()
            except (SQLAlchemyError, OSError) as error:  # the leases run out by themselves
                log.warning("inbox.not_given_back", error=type(error).__name__)
        await self._journal.aclose()

    # What is in hand, and what waits in the database.

    async def _leave_for_later(self, channel: str, arrival: Arrival) -> None:
        self._behind = True
        self._passed_over += 1
        try:
            now, external_id = self._clock.now(), arrival.external_id[:LONGEST_ID]
            await self._journal.record(Recorded(channel, external_id, arrival.payload, now, None))
        finally:
            self._passed_over -= 1
        RECEIVED.labels(channel).inc()
        self._keep()

    def _keep(self) -> None:
        if self._keeper is None and self._open:
            self._keeper = asyncio.create_task(self._look_after())

    async def _look_after(self) -> None:
        """Lengthen our leases and take up what nobody holds, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()
            try:
                await self._lengthen()
                await self._claim()
            except Exception as error:  # most likely the database is away; the next look tries again
                log.warning("inbox.not_looked", error=type(error).__name__)

    async def _lengthen(self) -> None:
        if self._held:
            async with self._db.session() as db:
                await hold_updates(db, sorted(self._held), self._clock.now() + LEASE)
                await db.commit()

    async def _claim(self) -> int:
        """Take up updates nobody holds, while there is room; how many."""
        total = 0
        while self._open and len(self._held) <= HELD - REFILL:
            in_flight = self._passed_over
            async with self._db.session() as db:
                rows = await claim_updates(db, sorted(self._channels), self._clock.now(), LEASE, REFILL, CRASHES)
                await db.commit()
            for row in rows:
                self._take_up(row)
            total += len(rows)
            if not rows and not in_flight and not self._passed_over:
                self._behind = False
            if not rows:
                break
            await asyncio.sleep(0)
        return total

    def _take_up(self, row: InboundUpdate) -> None:
        assert row.id is not None
        if row.id not in self._held:
            self._take(row.id, row.channel, row.payload, row.replies)

    def _take(self, update_id: int, channel: str, payload: str, replies: str | None = None) -> None:
        self._held.add(update_id)
        message, outcome = self._read(channel, payload)
        if message is None:
            self._dismiss(update_id, *outcome)
            return
        kept = None if replies is None else tuple(Reply.from_json(data) for data in json.loads(replies))
        self._enqueue(_Job(update_id, message, kept))

    def _arrived_late(self, entry: Recorded, update_id: int) -> None:
        if entry.state is UpdateState.RECEIVED:
            self._take(update_id, entry.channel, entry.payload)

    def _dismiss(self, update_id: int, outcome: UpdateState, error: str | None = None) -> None:
        """Finish an update that belongs to nobody's lane."""
        nobody = Address("", str(update_id))
        task = asyncio.create_task(self._finish(update_id, outcome, error))
        self._workers[nobody] = task
        task.add_done_callback(lambda _: self._workers.pop(nobody, None))

    # The lanes.

    def _enqueue(self, job: _Job) -> None:
        address = job.message.address
        if job.replies is None and _same_tap(self._newest.get(address), job.message):
            self._dismiss(job.update_id, UpdateState.IGNORED)
            return
        self._newest[address] = job.message
        lane = self._lanes.get(address)
        if lane is None:
            lane = self._lanes[address] = deque()
        if lane or address in self._workers:
            job = replace(job, standing=None)  # the turns before it will change that
        lane.append(job)
        if address not in self._workers and self._open:
            self._workers[address] = asyncio.create_task(self._work(address, lane))

    async def _work(self, address: Address, lane: deque[_Job]) -> None:
        try:
            while lane and self._open:
                await self._handle(lane.popleft())
        finally:
            self._workers.pop(address, None)
            if not lane:
                self._lanes.pop(address, None)
                self._newest.pop(address, None)

    async def _handle(self, job: _Job) -> None:
        replies = job.replies
        if replies is None:
            replies = await self._answered(job)
            if replies is None:
                return
        await self._send(job.message.address, replies)
        await self._finish(job.update_id, UpdateState.HANDLED)
        ANSWERED.labels(job.message.address.channel).inc()

    async def _answered(self, job: _Job) -> tuple[Reply, ...] | None:
        """The replies, committed; None when there is no answering this update."""
        try:
            message = await self._received.brought_in(job.message) if job.message.files else job.message
            return await self._turns.answer(job.update_id, message, job.standing)
        except Exception as error:
            await self._fail(job, error)
            return None

    async def _fail(self, job: _Job, error: Exception) -> None:
        """A fault of ours: keep the update, tell the person once, go on with the next one."""
        place = trace(error)
        log.error("inbox.failed", update=job.update_id, error=place, exc_info=error)
        await self._finish(job.update_id, UpdateState.FAILED, place)
        await self._send(job.message.address, (Reply(self._catalog.text("citizen.our_fault")),))

    async def _finish(self, update_id: int, outcome: UpdateState, error: str | None = None) -> None:
        """Written down however long the database is away: a finished update must not be taken up again."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._journal.finish(update_id, outcome, self._clock.now(), error)
                break
            except DatabaseAway:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_AWAY)
        self._held.discard(update_id)
        if self._behind and len(self._held) <= HELD - REFILL:
            self._look.set()

    async def _send(self, address: Address, replies: tuple[Reply, ...]) -> None:
        channel, pace = self._channels[address.channel], self._paces.of(address.channel)
        for reply in replies:
            pause, until = FIRST_PAUSE, asyncio.get_running_loop().time() + SEND_FOR
            once_more = reply.urgent
            while True:
                await self._rounds.next()
                try:
                    if not await pace.turn(str(address), first=True):
                        log.warning("inbox.channel_rests", channel=address.channel)
                        return
                    await channel.send(address, reply)
                    break
                except ContactGone:
                    await self._mark_gone(address)
                    return
                except SendError as error:
                    log.warning("inbox.send", channel=address.channel, error=error.key, code=error.code)
                    wait = getattr(error, "retry_after", pause)
                    trying = error.retryable or isinstance(error, BadCredentials)  # a token may be renewed meanwhile
                    if isinstance(error, Unclear):  # in an emergency twice is better than never
                        trying, once_more = once_more, False
                    if not trying or asyncio.get_running_loop().time() + wait > until:
                        return
                    if isinstance(error, Throttled):  # the next turn comes when the rest is over
                        pace.refused(str(address), error)
                        continue
                    await asyncio.sleep(wait)
                    pause = min(pause * 2, LONGEST_PAUSE)

    async def _mark_gone(self, address: Address) -> None:
        async with self._db.session() as db:
            account = await account_at(db, str(address))
            if account is not None and account.id is not None:
                await accounts_gone(db, [account.id], self._clock.now())
                await db.commit()


def _same_tap(before: Message | None, message: Message) -> bool:
    """Whether a button is tapped again by somebody impatient, before what the first tap asked for has come."""
    return before is not None and message.kind is before.kind is Kind.CHOICE and message.choice == before.choice
