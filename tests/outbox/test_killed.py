"""kill -9 at any point of sending, of the only worker and of one of two: nothing is lost, each message is sent at most
once, and one whose fate is unknown says so."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.outbox import Outbox
from storage.database import Database
from storage.digests import DeliveryState
from tests.conftest import TestClock
from tests.outbox.post import Post
from tests.outbox.process import MUTE, Journal

ROOT = Path(__file__).parents[2]
IN_FLIGHT = 40
"""Slots of the process's channel: half a second of 80 messages a second."""
LATER = 180
"""Seconds after which the leases of a dead process have run out."""


class Campaign:
    """Processes that send, and what the platform has taken."""

    def __init__(self, post: Post, journal: Path) -> None:
        self.post = post
        self.journal = journal
        self.shift = 1
        """Seconds by which the newest process's clock is ahead."""
        self.kills = 0

    def start(self, takes_ms: int = 40) -> subprocess.Popen[bytes]:
        words = [self.post.db.url, str(self.journal), str(self.shift), str(takes_ms)]
        return subprocess.Popen([sys.executable, "-m", "tests.outbox.process", *words], cwd=ROOT)

    @property
    def arrived(self) -> list[str]:
        return self.journal.read_text().split() if self.journal.exists() else []

    async def kill(self, process: subprocess.Popen[bytes], after: int) -> None:
        """When the platform has taken so many messages."""
        try:
            async with asyncio.timeout(90):
                while len(self.arrived) < after:
                    assert process.poll() is None, "it ended too early"
                    await asyncio.sleep(0.005)
        finally:
            process.kill()
            await asyncio.to_thread(process.wait)
        self.kills += 1
        self.shift += LATER

    async def finish(self) -> None:
        """Somebody sends the rest, after the last lease."""
        channel = Journal(str(self.journal), 0.002)
        await Outbox(self.post.db, {channel.name: channel}, Clock(timedelta(seconds=self.shift))).drain()
        await channel.aclose()

    async def hold_to_account(self, total: int) -> int:
        """Nothing lost, nothing twice; how many are unclear."""
        rows, arrived = await self.post.rows(), self.arrived
        assert len(arrived) == len(set(arrived)), "a message was sent twice"
        assert {row.state for row in rows} <= {DeliveryState.SENT, DeliveryState.UNCLEAR}
        known = {str((row.reply or {})["text"]) for row in rows if row.state is DeliveryState.SENT}
        unclear = {str((row.reply or {})["text"]) for row in rows if row.state is DeliveryState.UNCLEAR}
        assert known <= set(arrived) <= known | unclear
        assert len(known) + len(unclear) == total
        assert len(unclear) <= self.kills * IN_FLIGHT, "as many as the crashes can leave in flight, and no more"
        assert {row.error_key for row in rows if row.state is DeliveryState.UNCLEAR} <= {"lost_lease"}
        return len(unclear)


@pytest.fixture
async def campaign(database: Database, clock: TestClock, tmp_path: Path) -> Campaign:
    clock.moment = Clock().now()
    return Campaign(Post(database, clock), tmp_path / "journal")


async def test_killed_in_the_middle_it_loses_nothing_and_repeats_nothing(campaign: Campaign) -> None:
    await campaign.post.queue_many(160)
    await campaign.kill(campaign.start(), 20)
    first, other = campaign.start(), campaign.start()
    await campaign.kill(first, 60)
    assert await asyncio.to_thread(other.wait, 60) == 0
    await campaign.finish()
    assert await campaign.hold_to_account(160) >= 1


async def test_killed_between_the_platforms_yes_and_our_note_of_it_a_message_is_unclear(campaign: Campaign) -> None:
    """The platform takes all that was in flight and has answered none of it."""
    await campaign.post.queue_many(IN_FLIGHT + 5)
    await campaign.kill(campaign.start(takes_ms=MUTE), IN_FLIGHT)
    assert len(campaign.arrived) == IN_FLIGHT
    await campaign.finish()
    assert len(campaign.arrived) == IN_FLIGHT + 5
    assert await campaign.hold_to_account(IN_FLIGHT + 5) == IN_FLIGHT


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_five_kills_in_a_broadcast_to_1500(campaign: Campaign) -> None:
    """Two workers all the time; whenever one dies another begins."""
    total, seed = 1500, random.Random(46)
    await campaign.post.queue_many(total)
    one, other = campaign.start(), campaign.start()
    for number in range(5):
        await campaign.kill(one, 150 + number * 200 + seed.randrange(120))
        one, other = other, campaign.start()
    for process in (one, other):
        assert await asyncio.to_thread(process.wait, 120) == 0
    await campaign.finish()
    assert await campaign.hold_to_account(total) >= 1
