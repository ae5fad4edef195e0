"""Polling, and what may happen to whoever polls: killed before anything was written down, not alone with its token."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from sqlmodel import select

from bot.app import Loa
from bot.channels.telegram.start import start_telegram
from content.catalog import Catalog
from nlu.understanding import Understander
from simulators.telegram import TelegramSimulator
from storage.database import Database
from storage.questions import QuestionLog
from storage.updates import InboundUpdate, UpdateState
from tests.conftest import TestClock
from tests.platforms.conftest import World
from tests.platforms.test_stops_and_stalls import started

PATIENCE = 60.0


@pytest.fixture
def paced() -> bool:
    return False


@pytest.mark.parametrize("telegram_mode", ["polling"])
async def test_two_houses_with_one_token_answer_each_message_once(
    world: World, clock: TestClock, catalog: Catalog, understander: Understander
) -> None:
    people = [world.telegram.person(4000 + number, f"Người {number}") for number in range(12)]
    async with Loa.open(world.loa.settings, clock, (), catalog, understander) as other:
        other.run("telegram", await start_telegram(other.settings, other.channels["telegram"], other.accept))
        for person in people:
            await person.says("rửa tay thế nào")
            await asyncio.sleep(0.02)  # so that both come to have their turn
        async with asyncio.timeout(PATIENCE):
            while not all(person.messages for person in people):
                await asyncio.sleep(0.01)
        await world.settle()
        await other.inbox.drain()
    assert all(len(person.messages) == 1 for person in people)
    async with world.loa.db.reading() as db:
        updates = (await db.exec(select(InboundUpdate))).all()
        asked = (await db.exec(select(QuestionLog))).all()
    assert [update.state for update in updates] == [UpdateState.HANDLED] * len(people)
    assert len(asked) == len(people)


@contextmanager
def nothing_can_be_written(url: str) -> Iterator[None]:
    """Another process holds the table of updates."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    with psycopg.connect(url) as held:
        held.execute("LOCK TABLE inbound_update IN ACCESS EXCLUSIVE MODE")
        yield
        held.rollback()


@pytest.mark.long
@pytest.mark.usefixtures("understander")
async def test_killed_between_fetching_and_writing_down_it_loses_nothing(database_url: str) -> None:
    async with TelegramSimulator() as telegram:
        an = telegram.person(7, "An")
        process = await asyncio.to_thread(started, database_url, telegram)
        with nothing_can_be_written(database_url):
            await an.says("rửa tay thế nào")
            await asyncio.sleep(1.0)  # fetched at once, and not to be written down
            process.kill()
            await asyncio.to_thread(process.communicate)
        assert telegram.pending, "what was fetched is not confirmed"
        assert not an.messages
        process = await asyncio.to_thread(started, database_url, telegram)
        try:
            await an.sees(1, PATIENCE)
            await telegram.taken()
        finally:
            process.kill()
            await asyncio.to_thread(process.communicate)
    assert len(an.messages) == 1
    db = Database(database_url)
    async with db.reading() as session:
        asked = (await session.exec(select(QuestionLog))).all()
    await db.close()
    assert len(asked) == 1
