"""Sessions that may turn out not to be needed, and those who write: nobody waits for what the other holds."""

from __future__ import annotations

import asyncio

from sqlalchemy import text
from sqlmodel import select

from storage.conversations import Conversation, conversation_at
from storage.database import Database
from tests.conftest import MONDAY

MANY = 40
"""More than there are connections."""


async def test_a_writer_gets_its_connection_however_many_wait_in_line(database: Database) -> None:
    async def late(number: int) -> None:
        async with database.late_session() as session:
            await conversation_at(session, f"phone:{number}", MONDAY)
            await session.commit()

    async with asyncio.timeout(20), database.session() as writer:
        waiting = [asyncio.create_task(late(number)) for number in range(MANY)]
        await asyncio.sleep(0.1)  # as many as can have asked for their turn
        await writer.exec(text("SELECT 1"))  # type: ignore[call-overload]
    async with asyncio.timeout(20):
        await asyncio.gather(*waiting)
    async with database.reading() as session:
        assert len((await session.exec(select(Conversation))).all()) == MANY


async def test_a_late_session_that_asked_nothing_takes_nobodys_turn(database: Database) -> None:
    async with asyncio.timeout(20), database.session(), database.late_session() as late:
        assert not late.begun
