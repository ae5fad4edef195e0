"""The database goes away while the platforms push: nothing is refused, nothing is lost, and nobody has to restart."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import or_
from sqlmodel import col, func, select

from bot.channels.base import Arrival
from bot.spool import CORRUPT, Spool
from storage.questions import QuestionLog
from storage.updates import InboundUpdate, UpdateState
from tests.platforms.conftest import World
from tests.platforms.test_hostile_webhooks import TELEGRAM, _push, _signed
from tests.platforms.test_three_jobs import PATIENCE


@contextmanager
def away(request: pytest.FixtureRequest, url: str) -> Iterator[None]:
    """SQLite: another process keeps the write lock. PostgreSQL: the database is gone from where it was."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(Path(url.removeprefix("sqlite:///")), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    server: str = request.getfixturevalue("postgresql")
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(server, autocommit=True) as connection:
        _rename(connection, name, f"{name}_away")
        yield
        _rename(connection, f"{name}_away", name)


def _rename(connection: psycopg.Connection[Any], old: str, new: str) -> None:
    for _ in range(50):
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            (old,),
        )
        try:
            connection.execute(f"ALTER DATABASE {old} RENAME TO {new}")
        except psycopg.errors.ObjectInUse:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("somebody keeps coming back")


def _event(world: World, number: int, user: str) -> dict[str, Any]:
    return {
        "event_name": "user_send_text",
        "app_id": world.zalo.app_id,
        "sender": {"id": user},
        "user_id_by_app": "9",
        "recipient": {"id": world.zalo.oa_id},
        "message": {"text": f"rượu ngâm lá ngón uống được không {number}", "msg_id": f"{number:020x}"},
        "timestamp": str(int(world.loa.clock.now().timestamp() * 1000)),
    }


def _said(number: int) -> bytes:
    chat = {"id": 11, "type": "private", "first_name": "An"}
    person = {"id": 11, "is_bot": False, "first_name": "An"}
    message = {
        "message_id": number,
        "date": 1731283200,
        "chat": chat,
        "from": person,
        "text": f"sạc xe qua đêm {number}",
    }
    return json.dumps({"update_id": 900_000_000 + number, "message": message}).encode()


def _spooled(world: World) -> list[Path]:
    return sorted(world.loa.spool._folder.glob("*"))


async def test_what_is_pushed_meanwhile_is_kept_and_answered_when_it_is_back(
    world: World, request: pytest.FixtureRequest, database_url: str
) -> None:
    lan, an = world.zalo.person("Lan"), world.telegram.person(11, "An")
    await lan.follows()
    await an.starts()
    await lan.sees(1, PATIENCE)
    await an.sees(1, PATIENCE)
    await world.settle()
    with away(request, database_url):
        for number in range(1, 4):
            began = time.monotonic()
            for url, (body, headers) in (
                ("zalo", _signed(world, _event(world, number, lan.id))),
                ("telegram", (_said(number), TELEGRAM)),
            ):
                status, _ = await _push(f"{world.url}/webhooks/{url}", body, headers)
                assert status == 200
            assert time.monotonic() - began < 15, "two seconds each; whoever waited for the lock would take twenty"
        [spool] = _spooled(world)
        assert b"ngon" not in spool.read_bytes()
        assert "ngón" not in spool.read_text(), "people's words are sealed"
        # The same events again, as a platform that heard nothing might.
        status, _ = await _push(f"{world.url}/webhooks/zalo", *_signed(world, _event(world, 2, lan.id)))
        assert status == 200
    async with asyncio.timeout(PATIENCE * 2):
        while _spooled(world) or world.loa.spool.waiting:
            await asyncio.sleep(0.05)
    await an.sees(3, PATIENCE)
    await lan.sees(3, PATIENCE)
    await world.settle()
    async with world.loa.db.reading() as db:
        asked = (await db.exec(select(QuestionLog).order_by("id"))).all()
        states = set((await db.exec(select(InboundUpdate.state))).all())
        said = (col(InboundUpdate.external_id).like("9000%"), col(InboundUpdate.external_id).like("user_send_text%"))
        count = (await db.exec(select(func.count()).where(or_(*said)))).one()
    for channel in ("zalo", "telegram"):
        numbers = [row.text[-1] for row in asked if row.channel == channel]
        assert numbers == ["1", "2", "3"]
    assert states <= {UpdateState.HANDLED, UpdateState.IGNORED}
    assert count == 3 + 3


async def test_a_damaged_line_is_put_aside_and_the_others_are_handed_on(world: World) -> None:
    dead = Spool(world.loa.spool._folder)  # another process, which dies
    await dead.keep("telegram", Arrival("5", _said(5).decode()))
    await dead.keep("telegram", Arrival("6", _said(6).decode()))
    dead.aclose()
    [path] = _spooled(world)
    first, second = path.read_bytes().splitlines()
    path.write_bytes(first + b"\n" + second[: len(second) // 2])
    assert await world.loa.spool.hand_on(world.loa.inbox.accept) == 2
    await world.settle()
    assert [left.suffix for left in _spooled(world)] == [CORRUPT]
    async with world.loa.db.reading() as db:
        assert [row.text[-1] for row in (await db.exec(select(QuestionLog))).all()] == ["5"]
    _spooled(world)[0].unlink()


async def test_when_the_disk_takes_nothing_either_the_platform_is_asked_to_wait(
    world: World, request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    an = world.telegram.person(11, "An")
    await an.starts()
    await an.sees(1, PATIENCE)
    await world.settle()
    world.loa.spool._folder = blocked
    with away(request, database_url):
        status, text = await _push(f"{world.url}/webhooks/telegram", _said(1), TELEGRAM)
        assert status == 503
        assert "Traceback" not in text
    async with asyncio.timeout(PATIENCE):
        while (await _push(f"{world.url}/webhooks/telegram", _said(1), TELEGRAM))[0] != 200:
            await asyncio.sleep(0.1)
    await an.sees(1, PATIENCE)
    await world.settle()
    assert len(an.messages) == 2
