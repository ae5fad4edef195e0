"""kill -9 in the middle of composing, queueing, acknowledging: nothing is half done, and the next one does it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import select

from bot import scheduler
from bot.inbox import Inbox
from content.catalog import Catalog
from handlers.desk import Desk
from storage.acknowledgements import Acknowledgement
from storage.contacts import see_account, subscribe
from storage.digests import DeliveryKind, DeliveryState, Digest, DigestState, Edition
from storage.updates import InboundUpdate, UpdateState
from tests.conftest import MONDAY, TestClock
from tests.digests.province import WEEK, Small
from tests.handlers.talk import Known
from tests.people import Phones

ROOT = Path(__file__).parents[2]
FRIDAY = MONDAY - timedelta(days=3)
DUE = MONDAY + timedelta(minutes=30)


async def killed(small: Small, moment: datetime, work: str, statement: str) -> None:
    """A real process, really killed, with rows already in the transaction."""
    await small.db.engine.dispose()
    command = [
        sys.executable,
        "-m",
        "tests.digests.stopping_process",
        small.db.url,
        moment.isoformat(),
        work,
        statement,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        said = await asyncio.to_thread(process.stdout.readline)
        process.kill()
    assert said == "in the middle\n"


async def test_composing_is_whole_or_not_at_all(small: Small) -> None:
    await killed(small, MONDAY, "compose_week", "INSERT INTO edition")
    async with small.db.reading() as session:
        assert (await session.exec(select(Digest))).all() == []
        assert (await session.exec(select(Edition))).all() == []
    compose = scheduler.TICKS["compose_week"][0]
    assert (await compose(small.db, small.catalog, MONDAY))["composed"] == 1
    assert (await compose(small.db, small.catalog, MONDAY))["composed"] == 0
    async with small.db.reading() as session:
        editions = (await session.exec(select(Edition))).all()
    assert sorted(edition.agency_id for edition in editions) == ["cong_an_tinh", "so_y_te"]


async def test_of_the_rows_there_are_none_then_all(small: Small) -> None:
    account = await small.officer("so_y_te", FRIDAY)
    async with small.db.session() as session:
        for number in range(300):
            other = await see_account(session, f"phone:many{number}", FRIDAY)
            other.contact_id = account.contact_id
            await subscribe(session, other.id or 0, FRIDAY)
        await session.commit()
    digest_id = await small.approved(FRIDAY)
    await killed(small, DUE, "send_digests", "INSERT INTO delivery")
    assert await small.deliveries() == []
    assert (await small.digest(digest_id)).state is DigestState.APPROVED
    assert (await scheduler.send_digests(small.db, small.catalog, DUE))["queued"] == 301
    rows = await small.deliveries()
    assert len({row.account_id for row in rows}) == len(rows) == 301


async def test_an_acknowledgement_is_made_once_and_answered(small: Small, catalog: Catalog, clock: TestClock) -> None:
    """The tap was on disk before the platform was told so; whoever takes it up finds nothing half done."""
    await small.officer("so_y_te", clock.now(), "an")
    await small.sending(clock.now())
    await killed(small, MONDAY, f"tap:ack:{WEEK}", "INSERT INTO acknowledgement")
    async with small.db.reading() as session:
        assert (await session.exec(select(Acknowledgement))).all() == []
        assert (await session.exec(select(InboundUpdate))).one().state is UpdateState.RECEIVED
    clock.move(timedelta(minutes=1))
    phones = Phones()
    inbox = Inbox(small.db, {phones.name: phones}, Desk(catalog, Known()), catalog, clock)
    assert await inbox.resume() == 1
    await inbox.drain()
    await inbox.close()
    async with small.db.reading() as session:
        assert (await session.exec(select(Acknowledgement))).one().agency_id == "so_y_te"
        assert (await session.exec(select(InboundUpdate))).one().state is UpdateState.HANDLED
    [delivery] = await small.deliveries(kind=DeliveryKind.DIGEST)
    assert delivery.state is DeliveryState.ACKNOWLEDGED
    assert any("tiếp nhận bản tin tuần 46/2024" in part.text for part in phones.inbox["an"])
