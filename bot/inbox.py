"""From a recorded update to an answer: one lane per person, so that nobody's messages overtake each other.

An update passes ``received → answered → handled``. What a crash left in the first two states is taken up again at the
next start: a received one is worked on, an answered one only sent.
"""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.channels.base import Arrival, Channel
from bot.clock import Clock
from bot.errors import ContactGone, SendError
from bot.metrics import ANSWERED, RECEIVED
from content.catalog import Catalog
from handlers.desk import Desk
from handlers.messages import Address, Message, Reply
from storage.contacts import account_at, accounts_gone
from storage.database import Database
from storage.updates import (
    UpdateState,
    answer_update,
    finish_update,
    record_update,
    unfinished_updates,
)

log = structlog.get_logger()

SEND_ATTEMPTS = 4
"""Times a reply is tried while the channel is unavailable."""
FIRST_PAUSE = 0.5
"""Seconds before the second attempt; doubled each time."""
LONGEST_WAIT = 30.0
"""Seconds a reply waits at most for a channel that asks to slow down."""
TURN_LIMIT = 60.0
"""Seconds one turn may take before it counts as failed."""


@dataclass(frozen=True, slots=True)
class _Job:
    update_id: int
    message: Message
    replies: tuple[Reply, ...] | None = None
    """Set when only the sending is left to do."""


class Inbox:
    """Writes updates down, then works through them."""

    def __init__(
        self, db: Database, channels: Mapping[str, Channel], desk: Desk, catalog: Catalog, clock: Clock
    ) -> None:
        self._db = db
        self._channels = channels
        self._desk = desk
        self._catalog = catalog
        self._clock = clock
        self._lanes: dict[Address, asyncio.Queue[_Job]] = {}
        self._workers: dict[Address, asyncio.Task[None]] = {}
        self._open = True

    async def accept(self, channel: str, arrival: Arrival) -> None:
        """Write an update down; when this returns it survives a crash. One the platform sent before is ignored."""
        async with self._db.session() as db:
            update_id = await record_update(db, channel, arrival.external_id, arrival.payload, self._clock.now())
            await db.commit()
        RECEIVED.labels(channel).inc()
        if update_id is not None:
            await self._take(update_id, channel, arrival.payload)

    async def resume(self) -> int:
        """Take up what the last process left unfinished; how many updates that is."""
        async with self._db.reading() as db:
            rows = await unfinished_updates(db)
        for row in rows:
            assert row.id is not None
            await self._take(row.id, row.channel, row.payload, row.replies)
        return len(rows)

    async def drain(self) -> None:
        """Wait until every update taken so far is finished."""
        while self._workers:
            await asyncio.gather(*self._workers.values(), return_exceptions=True)

    async def idle(self, address: Address, patience: float) -> None:
        """Wait until nothing of this person's is being worked on, for at most ``patience`` seconds."""
        worker = self._workers.get(address)
        if worker is not None:
            await asyncio.wait([worker], timeout=patience)

    async def close(self, grace: float = 10.0) -> None:
        """Finish what is being worked on, for at most ``grace`` seconds; the rest is taken up at the next start."""
        self._open = False
        workers = list(self._workers.values())
        if not workers:
            return
        _, late = await asyncio.wait(workers, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _take(self, update_id: int, channel: str, payload: str, replies: str | None = None) -> None:
        if channel not in self._channels:  # switched off since
            return
        try:
            message = self._channels[channel].translate(payload)
        except ValueError:
            await self._finish(update_id, UpdateState.FAILED, "untranslatable")
            log.error("inbox.untranslatable", update=update_id, channel=channel)
            return
        if message is None:
            await self._finish(update_id, UpdateState.IGNORED)
            return
        kept = None if replies is None else tuple(Reply.from_json(data) for data in json.loads(replies))
        self._enqueue(_Job(update_id, message, kept))

    def _enqueue(self, job: _Job) -> None:
        address = job.message.address
        lane = self._lanes.setdefault(address, asyncio.Queue())
        lane.put_nowait(job)
        if address not in self._workers and self._open:
            self._workers[address] = asyncio.create_task(self._work(address, lane))

    async def _work(self, address: Address, lane: asyncio.Queue[_Job]) -> None:
        try:
            while not lane.empty() and self._open:
                await self._handle(lane.get_nowait())
        finally:
            self._workers.pop(address, None)
            if lane.empty():
                self._lanes.pop(address, None)

    async def _handle(self, job: _Job) -> None:
        replies = job.replies
        if replies is None:
            try:
                async with asyncio.timeout(TURN_LIMIT):
                    replies = await self._answer(job)
            except Exception as error:
                await self._fail(job, error)
                return
        await self._send(job.message.address, replies)
        await self._finish(job.update_id, UpdateState.HANDLED)
        ANSWERED.labels(job.message.address.channel).inc()

    async def _answer(self, job: _Job) -> tuple[Reply, ...]:
        async with self._db.session() as db:
            replies = tuple(await self._desk.answer(db, job.message, self._clock.now()))
            await answer_update(
                db,
                job.update_id,
                json.dumps([reply.to_json() for reply in replies], ensure_ascii=False),
            )
            await db.commit()
        return replies

    async def _fail(self, job: _Job, error: Exception) -> None:
        """A fault of ours: keep the update, tell the person once, go on with the next one."""
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {where.name}:{where.lineno}"
        log.error("inbox.failed", update=job.update_id, error=place, exc_info=error)
        await self._finish(job.update_id, UpdateState.FAILED, place)
        await self._send(job.message.address, (Reply(self._catalog.text("citizen.our_fault")),))

    async def _finish(self, update_id: int, outcome: UpdateState, error: str | None = None) -> None:
        async with self._db.session() as db:
            await finish_update(db, update_id, outcome, self._clock.now(), error)
            await db.commit()

    async def _send(self, address: Address, replies: tuple[Reply, ...]) -> None:
        channel = self._channels[address.channel]
        for reply in replies:
            pause = FIRST_PAUSE
            for attempt in range(1, SEND_ATTEMPTS + 1):
                try:
                    await channel.send(address, reply)
                    break
                except ContactGone:
                    await self._mark_gone(address)
                    return
                except SendError as error:
                    log.warning(
                        "inbox.send", channel=address.channel, error=error.key, code=error.code, attempt=attempt
                    )
                    if not error.retryable or attempt == SEND_ATTEMPTS:
                        return
                    await asyncio.sleep(min(getattr(error, "retry_after", pause), LONGEST_WAIT))
                    pause *= 2

    async def _mark_gone(self, address: Address) -> None:
        async with self._db.session() as db:
            account = await account_at(db, str(address))
            if account is not None and account.id is not None:
                await accounts_gone(db, [account.id], self._clock.now())
                await db.commit()
