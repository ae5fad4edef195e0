"""``loa inbox``: what failed is listed without anybody's words, and worked on again."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from bot.cli import app
from storage.database import Database
from storage.updates import InboundUpdate, UpdateState
from storage.webchat import WebchatMessage, drop_webchat_before, webchat_since
from tests.conftest import MONDAY


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_KEYS", "a-key-only-for-the-tests")


def test_failed_updates_are_listed_and_retried(environment: None, database_url: str) -> None:
    import asyncio

    async def fail() -> int:
        db = Database(database_url)
        async with db.session() as session:
            failed = InboundUpdate(
                channel="telegram",
                external_id="1",
                payload='{"text": "Y Mai nôn"}',
                received_at=MONDAY,
                state=UpdateState.FAILED,
                handled_at=MONDAY,
                error="ValueError\nhandlers/questions/faq.py:7 answer",
            )
            session.add(failed)
            await session.commit()
            number = failed.id
        await db.close()
        return number or 0

    runner = CliRunner()
    assert "Không có tin nào lỗi" in runner.invoke(app, ["inbox", "failed"]).output
    number = asyncio.run(fail())
    listed = runner.invoke(app, ["inbox", "failed"])
    assert "handlers/questions/faq.py:7" in listed.output
    assert "Y Mai" not in listed.output
    [row] = json.loads(runner.invoke(app, ["inbox", "failed", "--json"]).output)
    assert (row["id"], row["channel"]) == (number, "telegram")
    assert runner.invoke(app, ["inbox", "retry"]).exit_code == 1
    assert runner.invoke(app, ["inbox", "retry", "999"]).exit_code == 1
    assert "1 tin" in runner.invoke(app, ["inbox", "retry", str(number)]).output
    assert runner.invoke(app, ["inbox", "retry", "--all"]).exit_code == 1, "nothing is left"


async def test_bubbles_are_unreadable_in_the_file_and_go_after_a_month(database: Database) -> None:
    async with database.session() as db:
        db.add(WebchatMessage(user_id="an", from_person=True, body={"text": "Y Mai nôn"}, at=MONDAY))
        await db.commit()
    async with database.reading() as db:
        connection = await db.connection()
        raw = (await connection.exec_driver_sql("SELECT body FROM webchat_message")).scalar_one()
        assert "Mai" not in str(raw)
        [row] = await webchat_since(db, "an", 0)
        assert row.body == {"text": "Y Mai nôn"}
    async with database.session() as db:
        connection = await db.connection()
        await connection.exec_driver_sql('UPDATE webchat_message SET body = \'{"text": "cũ"}\'')
        await db.commit()
        db.expire_all()
        [row] = await webchat_since(db, "an", 0)
        assert row.body == {"text": "cũ"}, "rows from before they were sealed are read as they stand"
        assert await drop_webchat_before(db, MONDAY) == 0
        assert await drop_webchat_before(db, MONDAY.replace(hour=8)) == 1
