"""The clockwork: wakes the ticks. Each tick asks what should exist by now and makes what is missing.

APScheduler only wakes; what is due is decided by the tick, on the house's own clock, from the database. So a tick may
run twice, late, or in two processes, and a demo may run on a shifted clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.briefings import send_due
from bot.channels.base import Channel
from bot.channels.directory import CAPABILITIES
from bot.clock import Clock
from bot.lane import LIFETIME
from bot.outbox import Outbox
from bot.preflight import over_quota
from content.catalog import Catalog
from handlers import approvals
from handlers.digests import (
    DigestError,
    due_digests,
    finish_sent,
    note_missed,
    note_uncomposed,
    refuse_due,
    save_draft,
    start_due,
    week_of,
)
from handlers.digests.approval import CLOCK
from handlers.digests.rhythm import is_skipped
from handlers.directives.replacing import settle_replaced
from handlers.officers import handover
from handlers.questions.notify import KEPT
from handlers.registration.waiting import remind_of_requests
from handlers.reminders import look
from handlers.reminders.nudging import nudge
from handlers.reports.announcing import announce
from handlers.reports.confirming import tell_heads
from handlers.reports.keeping import sweep_drafts
from handlers.reports.review_cards import tell_reviewers
from handlers.reports.snapshots import refresh_dashboard
from handlers.succession import carrying_out
from handlers.turn import LOCAL
from handlers.working_time import working_time
from storage.appointments import follow_appointments
from storage.database import Database
from storage.deliveries import drop_deliveries, expire_deliveries, notices_done_before
from storage.digests import digest_of_week
from storage.dispatch import abandon_lost_leases
from storage.files import drop_expired_files
from storage.invitations import forget_invitees
from storage.proposals import forget_askers, forget_notices
from storage.updates import drop_updates, updates_done_before
from storage.webchat import drop_webchat_before

log = structlog.get_logger()

Counts = dict[str, int]
Tick = Callable[[Database, Catalog, datetime], Awaitable[Counts]]

DRAFT_LEAD = timedelta(days=3)
"""A week's digest is drafted from the Friday before, so that it can be approved by Monday."""
UPDATES_KEPT = timedelta(days=30)
"""People's words as the platforms sent them are not kept longer."""
NOTICES_KEPT = timedelta(days=400)
"""Notices are kept longer than any of their keys is asked for again: a plan's year and a month."""
BATCH = 200
"""Rows deleted in one transaction: some milliseconds."""
BREATH = 0.05
"""Seconds between two batches, for everybody else who writes."""
LATE = 3600
"""Seconds a wake-up may be late (a sleeping laptop, a long garbage collection) and still count."""


async def compose_week(db: Database, catalog: Catalog, now: datetime) -> Counts:
    """Draft the digest of the coming week (from Friday on) or of this one, when there is none and it is not skipped.

    Weeks gone by in which nothing ran are written down as missed.
    """
    week = str(week_of((now + DRAFT_LEAD).astimezone(LOCAL).date()))
    async with db.session() as session:
        counts = {"composed": 0, "missed": await note_uncomposed(session, catalog, now)}
        if await digest_of_week(session, week) is None and not await is_skipped(session, week):
            try:
                await save_draft(session, catalog, week, CLOCK, now)
                counts["composed"] = 1
            except DigestError:  # nobody is concerned, or somebody was faster
                pass
        await session.commit()
    return counts


async def send_digests(db: Database, catalog: Catalog, now: datetime) -> Counts:
    """Start the digests whose moment has come, write down the missed ones, close those that are through."""
    async with db.session() as session:
        counts = await start_due(session, catalog, now)
        counts["missed"] += await note_missed(session, catalog, now)
        counts["finished"] = len(await finish_sent(session, now))
        await session.commit()
    return counts


async def remind(db: Database, catalog: Catalog, now: datetime) -> Counts:
    """Queue the reminders that are due."""
    async with db.session() as session:
        counts = await look.remind(session, catalog, now)
        if working_time(catalog).is_open(now):
            counts["requests"] = await remind_of_requests(session, catalog, now)
            counts["openings"] = await announce(session, catalog, now)
        await session.commit()
    return counts


async def follow(db: Database, catalog: Catalog, now: datetime) -> Counts:
    """A new day: officers whose appointment at one agency is over are at the one they are appointed for now, and the
    handovers and changes of agencies of the day are carried out."""
    async with db.session() as session:
        counts = {
            "moved": await follow_appointments(session, now.astimezone(LOCAL).date()),
            "handed_over": await handover.carry_out_due(session, catalog, now),
            "changed": await carrying_out.carry_out_due(session, catalog, now),
        }
        await session.commit()
    return counts


WINDOWS = {name: can.window for name, can in CAPABILITIES.items() if can.window is not None}
"""Interaction windows by channel."""


async def keep_windows_open(db: Database, catalog: Catalog, now: datetime) -> Counts:
    """Mid-week, tell officers what is due whose window closes before the next digest."""
    if not working_time(catalog).is_open(now):
        return {"nudged": 0}
    async with db.session() as session:
        counts = {"nudged": await nudge(session, catalog, WINDOWS, now)}
        await session.commit()
    return counts


async def tell_approvers(db: Database, catalog: Catalog, now: datetime) -> Counts:
    """Send the chats of approvers, reviewers and agencies' heads the cards of what waits for them."""
    async with db.session() as session:
        counts = {
            "cards": await approvals.tell_approvers(session, catalog, now),
            "reports": await tell_reviewers(session, catalog, now),
            "heads": await tell_heads(session, catalog, now),
        }
        await session.commit()
    return counts


async def end_replaced(db: Database, _catalog: Catalog, now: datetime) -> Counts:
    """Call directives replaced whose successor holds from today on."""
    async with db.session() as session:
        counts = {"replaced": await settle_replaced(session, now.astimezone(LOCAL).date())}
        await session.commit()
    return counts


async def take_pictures(db: Database, catalog: Catalog, now: datetime) -> Counts:
    """Bring the figures of the dashboard up to date."""
    return {"taken": await refresh_dashboard(db, catalog, now)}


async def send_briefings(db: Database, catalog: Catalog, now: datetime) -> Counts:
    """Queue the weekly summary for the leaders' chats whose moment has come."""
    return {"briefings": await send_due(db, catalog, now)}


async def settle_lost(db: Database, _catalog: Catalog, now: datetime) -> Counts:
    """Deliveries a dead process left behind, and those nobody will ever send."""
    async with db.session() as session:
        counts = {
            "unclear": await abandon_lost_leases(session, now),
            "expired": await expire_deliveries(session, now - LIFETIME),
        }
        await session.commit()
    return counts


Find = Callable[[AsyncSession, datetime, int], Awaitable[Sequence[int]]]
Drop = Callable[[AsyncSession, Sequence[int]], Awaitable[int]]


async def _prune(db: Database, find: Find, drop: Drop, before: datetime) -> int:
    """Delete what was finished before then, a batch a transaction, so that nobody who writes waits for long. What is
    looked for is looked for outside of them: that may take as long as the table."""
    total = 0
    while True:
        async with db.reading() as session:
            found = await find(session, before, BATCH)
        async with db.session() as session:
            total += await drop(session, found)
            await session.commit()
        if len(found) < BATCH:
            return total
        await asyncio.sleep(BREATH)


async def forget(db: Database, catalog: Catalog, now: datetime) -> Counts:
    """Delete what has been kept long enough; cut old questions and answers loose from who asked."""
    pruned = {
        "updates": await _prune(db, updates_done_before, drop_updates, now - UPDATES_KEPT),
        "deliveries": await _prune(db, notices_done_before, drop_deliveries, now - NOTICES_KEPT),
    }
    async with db.session() as session:
        counts = {
            **pruned,
            "askers": await forget_askers(session, now - KEPT),
            "notices": await forget_notices(session, now - LIFETIME),
            "files": await drop_expired_files(session, now),
            "invitees": await forget_invitees(session, now),
            "drafts": await sweep_drafts(session, catalog, now),
            "bubbles": await drop_webchat_before(session, now - UPDATES_KEPT),
        }
        await session.commit()
    return counts


TICKS: Mapping[str, tuple[Tick, timedelta]] = {
    "compose_week": (compose_week, timedelta(minutes=15)),
    "send_digests": (send_digests, timedelta(seconds=20)),
    "remind": (remind, timedelta(minutes=5)),
    "keep_windows_open": (keep_windows_open, timedelta(minutes=30)),
    "tell_approvers": (tell_approvers, timedelta(minutes=1)),
    "follow": (follow, timedelta(minutes=1)),
    "take_pictures": (take_pictures, timedelta(minutes=15)),
    "send_briefings": (send_briefings, timedelta(minutes=1)),
    "settle_lost": (settle_lost, timedelta(minutes=1)),
    "end_replaced": (end_replaced, timedelta(minutes=15)),
    "forget": (forget, timedelta(hours=6)),
}
"""Every tick and how often it looks."""
QUEUEING = frozenset({"send_digests", "remind", "follow", "keep_windows_open", "tell_approvers", "send_briefings"})
"""Ticks after which the outbox has something to do."""


class Clockwork:
    """Runs the ticks until it is cancelled."""

    def __init__(
        self,
        db: Database,
        catalog: Catalog,
        clock: Clock,
        outbox: Outbox,
        channels: Mapping[str, Channel] | None = None,
        timezone: str = "Asia/Ho_Chi_Minh",
    ) -> None:
        self._db = db
        self._clock = clock
        self._catalog = catalog
        self._outbox = outbox
        self._channels = channels or {}
        self._zone = ZoneInfo(timezone)

    async def run(self) -> None:
        """Wake every tick at once, then each at its interval."""
        scheduler = AsyncIOScheduler(
            timezone=self._zone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": LATE},
        )
        for name, (_, every) in TICKS.items():
            trigger = IntervalTrigger(seconds=int(every.total_seconds()), timezone=self._zone)
            scheduler.add_job(self.tick, trigger, [name], id=name, next_run_time=datetime.now(UTC))
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    async def tick(self, name: str) -> Counts:
        """Run one tick now; what it did, by kind. A fault is logged, and the next wake-up tries again."""
        work, _ = TICKS[name]
        try:
            if name == "send_digests":
                await self._hold_back_what_costs_too_much()
            counts = await work(self._db, self._catalog, self._clock.now())
        except asyncio.CancelledError:  # closing; APScheduler would report it as a fault
            return {}
        except Exception as error:
            log.error("tick.failed", tick=name, error=type(error).__name__, exc_info=error)
            return {}
        report = log.info if any(counts.values()) else log.debug
        report("tick", tick=name, **counts)
        if name in QUEUEING and any(counts.values()):
            self._outbox.wake()
        return counts

    async def _hold_back_what_costs_too_much(self) -> None:
        """What a person could not start for want of messages, the clock does not start either. The platform is asked
        outside of any transaction, and only when something is due."""
        now = self._clock.now()
        async with self._db.reading() as session:
            due = await due_digests(session, now)
        for digest_id in due:
            today = now.astimezone(LOCAL).date()
            told = await over_quota(self._db, self._channels, self._catalog.text, digest_id, today, now)
            if told:
                async with self._db.session() as session:
                    await refuse_due(session, digest_id, told, "over_quota", now)
                    await session.commit()
