"""The hot path's rows: what arrives, who wrote it, what was answered, written for many people in one transaction.

Whoever hands something in waits until it is committed. What comes in company waits a moment for more, and what is
handed in while a commit runs goes with the next one: the more arrives the less each costs. The connection is the
journal's own, and so is the thread on which it waits: for the network, for another writer, and for a disk that is not
quicker than the way to the thread and back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Any

from storage.database import Database
from storage.journal_entries import Answered, Entry, Finished, Kept, Recorded, Seen
from storage.journal_pages import Page, PostgresPage, SqlitePage
from storage.standings import Standing
from storage.updates import UpdateState

MOST = 250
"""Entries of one transaction: on SQLite some five milliseconds of the event loop."""
PATIENCE = 1.5
"""Seconds an update may wait to be written down: Zalo gives a webhook two."""
GATHER = 0.003
"""Seconds between two transactions while entries come in company."""
ENOUGH = 16
"""Entries for which nothing more is waited."""
LINGER = 0.005
"""Seconds an entry nobody waits for looks for company: under load it goes with the next transaction anyway."""
QUICK = 0.0005
"""Seconds. The event loop waits for a commit as quick as this itself: a thread would have to be given the interpreter
twice, which takes as long and keeps a second core busy."""
SPARED = 8
"""Commits the loop does not wait for after one that was not quick, for each QUICK it took."""


class DatabaseAway(Exception):
    """The database cannot be asked or written to at the moment; nothing of what was handed in is certain."""


class Journal:
    """Commits in groups. One per process and database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[tuple[Entry, asyncio.Future[Any]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "journal")
        self._page: Page | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        """Moment of the event loop's clock from which the next transaction may begin."""
        self._spared = 0
        """Commits the thread is to wait for, until the loop tries again."""
        self.late: Callable[[Recorded, int], None] = lambda _entry, _id: None
        """Told of an update that was written down after its platform had been sent away."""
        self._group: list[tuple[Entry, asyncio.Future[Any]]] = []
        self._stuck = False
        self._closed = False
        self._open: Callable[[], Page] = (
            (lambda: SqlitePage(db.url)) if db.is_sqlite else (lambda: PostgresPage(db.url))
        )

    async def record(self, entry: Recorded) -> Kept | None:
        """Write an update down; None when the platform had already sent it.

        Raises DatabaseAway, at the latest after PATIENCE; the update may be written down even so.
        """
        if self._stuck:
            raise DatabaseAway("the last transaction has not ended")
        kept: Kept | None = await self._committed(entry)
        return kept

    async def see(self, address: str, now: datetime) -> Standing:
        """The account at ``address``, made when it is new and marked as seen now, with its conversation.

        Raises DatabaseAway.
        """
        standing: Standing = await self._committed(Seen(address, now))
        return standing

    async def answer(self, entry: Answered) -> None:
        """Commit what a turn changed together with its replies. Raises DatabaseAway."""
        await self._committed(entry)

    async def finish(self, update_id: int, state: UpdateState, now: datetime, error: str | None = None) -> None:
        """Raises DatabaseAway."""
        await self._committed(Finished(update_id, state, now, error), hurry=False)

    async def aclose(self) -> None:
        """Commit what was handed in, then let go of the connection. Closing twice is fine."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._begin()
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._let_go)
        self._thread.shutdown()

    def _committed(self, entry: Entry, hurry: bool = True) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((entry, done))
        if self._writing is None:
            now = loop.time()
            due = now if len(self._waiting) >= ENOUGH else self._next if hurry else now + LINGER
            if due <= now:
                self._begin()
            elif self._timer is None or due < self._timer.when():
                self._stop_timer()
                self._timer = loop.call_at(due, self._begin)
        return done

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._stop_timer()
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                patience = loop.call_later(PATIENCE, self._send_away)
                if self._db.is_sqlite:
                    await self._db.turnstile.enter(urgent=True)
                group = self._group = self._waiting[:MOST]
                del self._waiting[:MOST]
                self._next = loop.time() + (GATHER if len(group) > 1 else 0.0)
                entries = [entry for entry, _ in group]
                try:
                    results = self._written_here(entries)
                    if results is None:
                        results = await loop.run_in_executor(self._thread, self._commit, entries)
                    elif self._spared:
                        self._spared -= 1
                        await loop.run_in_executor(self._thread, self._sync)
                    else:
                        began = time.perf_counter()
                        self._sync()
                        self._spared = SPARED * int((time.perf_counter() - began) / QUICK)
                except Exception as error:
                    results = [error] * len(group)
                finally:
                    patience.cancel()
                    self._group, self._stuck = [], False
                    if self._db.is_sqlite:
                        self._db.turnstile.leave()
                for (entry, done), result in zip(group, results, strict=True):
                    self._tell(entry, done, result)
        finally:
            self._writing = None

    def _tell(self, entry: Entry, done: asyncio.Future[Any], result: Any) -> None:
        if done.done():
            if isinstance(entry, Recorded) and isinstance(result, Kept):
                self.late(entry, result.update_id)
        elif isinstance(result, DatabaseAway):  # each gets one of its own: they are raised in different tasks
            done.set_exception(DatabaseAway(str(result)))
        elif isinstance(result, Exception):
            done.set_exception(result)
        else:
            done.set_result(result)

    def _send_away(self) -> None:
        """A transaction takes too long: the platforms get their answer from elsewhere."""
        self._stuck = True
        for entry, done in [*self._group, *self._waiting]:
            if isinstance(entry, Recorded) and not done.done():
                done.set_exception(DatabaseAway("took too long"))
        self._waiting = [(entry, done) for entry, done in self._waiting if not isinstance(entry, Recorded)]

    def _written_here(self, entries: Sequence[Entry]) -> list[Any] | None:
        """The statements on SQLite, when the write lock is free: they take microseconds, and each of them on the
        thread would have to wait for the interpreter. Only the commit waits for the disk, see :meth:`_sync`.

        None when the thread is to do it all: it can wait, and sort out what cannot be written.
        """
        page = self._page
        if page is None or not page.begin_at_once():
            return None
        try:
            return self._statements(page, entries)
        except Exception:
            page.rollback()
            return None

    def _sync(self) -> None:
        """Commit what was written here. Raises DatabaseAway."""
        assert self._page is not None
        try:
            self._page.commit()
        except Exception as error:
            self._let_go()
            raise DatabaseAway(type(error).__name__) from error

    def _commit(self, entries: Sequence[Entry]) -> list[Any]:
        """All entries in one transaction; when one of them cannot be written, each in its own, and its fault as its
        result. Runs on the thread. Raises DatabaseAway."""
        fresh = self._page is None
        try:
            return self._written(entries)
        except DatabaseAway:
            if fresh or self._db.is_sqlite:
                raise
        except Exception as fault:
            if len(entries) == 1:
                return [fault]
            return [result for entry in entries for result in self._commit([entry])]
        return self._written(entries)  # the connection had died: once more over a new one

    def _written(self, entries: Sequence[Entry]) -> list[Any]:
        page = self._page
        try:
            if page is None:
                page = self._page = self._open()
            page.begin()
            results = self._statements(page, entries)
            page.commit()
        except Exception as error:
            away = page is None or page.is_away(error)
            if page is not None and not away:
                try:
                    page.rollback()
                except Exception:
                    away = True
            if away:
                self._let_go()
                raise DatabaseAway(type(error).__name__) from error
            raise
        return results

    def _statements(self, page: Page, entries: Sequence[Entry]) -> list[Any]:
        recorded = page.record([entry for entry in entries if isinstance(entry, Recorded)])
        page.answer([entry for entry in entries if isinstance(entry, Answered)])
        page.finish([entry for entry in entries if isinstance(entry, Finished)])
        wanted = [entry for entry in entries if isinstance(entry, Seen)]
        wanted += [
            Seen(entry.seen, entry.at)
            for entry in entries
            if isinstance(entry, Recorded) and entry.seen and (entry.channel, entry.external_id) in recorded
        ]
        seen = page.see(wanted)
        results: list[Any] = []
        for entry in entries:
            if isinstance(entry, Recorded):
                number = recorded.pop((entry.channel, entry.external_id), None)
                results.append(None if number is None else Kept(number, seen.get(entry.seen or "")))
            elif isinstance(entry, Seen):
                results.append(seen[entry.address])
            else:
                results.append(None)
        return results

    def _let_go(self) -> None:
        page, self._page = self._page, None
        if page is not None:
            with suppress(Exception):  # a broken connection may fail to close
                page.close()
