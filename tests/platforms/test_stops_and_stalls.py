"""What may stop or stall without anything being lost: the process, the work behind a webhook, idle connections."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.channels.zalo.channel import zalo_channel
from bot.config import Settings
from content.catalog import Catalog
from handlers.messages import Address, Reply
from simulators.telegram import TelegramSimulator, slow
from simulators.zalo import ZaloSimulator
from storage.database import Database
from tests.conftest import TestClock
from tests.platforms.conftest import World

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0


async def test_a_webhook_is_acknowledged_while_nothing_is_worked_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's turn comes for as long as it takes: what arrives meanwhile is taken all the same, and answered after."""
    people = [world.zalo.person(f"Người {number}") for number in range(10)]
    gate = asyncio.Event()
    monkeypatch.setattr(world.loa.inbox._rounds, "next", gate.wait)
    for person in people:
        await person.says("rửa tay thế nào")
    assert [push.statuses for push in world.zalo.webhooks.pushes[-10:]] == [[200]] * 10
    assert not any(person.messages for person in people)
    gate.set()
    await world.settle()
    assert all(person.messages for person in people)


async def test_a_connection_closed_while_idle_costs_no_message_and_doubles_none(
    clock: TestClock, sqlite_url: str, catalog: Catalog
) -> None:
    db, zalo = Database(sqlite_url), ZaloSimulator(clock)
    zalo.keepalive = 0.05
    async with zalo:
        channel = zalo_channel(Settings(**zalo.settings()), db, clock, catalog)
        lan = zalo.person("Lan")
        await lan.follows()
        for number in range(4):
            await channel.send(Address("zalo", lan.id), Reply(f"tin {number}"))
            await asyncio.sleep(0.1)
        assert [bubble.text for bubble in lan.messages] == [f"tin {number}" for number in range(4)]
        await channel.aclose()
    await db.close()


def started(url: str, telegram: TelegramSimulator) -> subprocess.Popen[str]:
    """A house in a process of its own, polling the simulator."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "XDG_RUNTIME_DIR") if key in os.environ}
    given = {
        "PYTHONUTF8": "1",
        "DATABASE_URL": url,
        "LOG_LEVEL": "ERROR",
        "SECRET_KEY": "x7Kq-9mWz-Lp3v-Ru5t",
        "DATA_KEYS": "a1B2c3D4e5F6g7H8i9",
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--port", "0"],
        cwd=ROOT,
        env=kept | given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if re.search(r"http://127\.0\.0\.1:\d+", line):
            return process
    raise AssertionError("it did not start")


@pytest.mark.long
@pytest.mark.usefixtures("understander")
async def test_a_process_told_to_stop_with_answers_on_their_way_loses_none(database_url: str) -> None:
    async with TelegramSimulator() as telegram:
        telegram.standing = slow(1.5)
        people = [telegram.person(100 + number, f"Người {number}") for number in range(8)]
        process = await asyncio.to_thread(started, database_url, telegram)
        try:
            for person in people:
                await person.says("rửa tay thế nào")
            async with asyncio.timeout(PATIENCE):
                while not any(person.messages for person in people):
                    await asyncio.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            said = (await asyncio.to_thread(process.communicate, None, 30))[0]
            assert process.returncode == 0, said
            assert time.monotonic() - began < 20, "docker kills after ten seconds; this machine may be busy"
            telegram.standing = None
            process = await asyncio.to_thread(started, database_url, telegram)
            async with asyncio.timeout(PATIENCE):
                while not all(person.messages for person in people):
                    await asyncio.sleep(0.05)
            assert all(len(person.messages) <= 2 for person in people), "at most the one on its way comes twice"
        finally:
            process.kill()
            await asyncio.to_thread(process.communicate)


@pytest.mark.long
@pytest.mark.usefixtures("understander")
async def test_told_twice_it_ends_at_once(database_url: str) -> None:
    async with TelegramSimulator() as telegram:
        telegram.standing = slow(30)
        an = telegram.person(7, "An")
        process = await asyncio.to_thread(started, database_url, telegram)
        try:
            await an.says("rửa tay thế nào")
            await an.sees(1, PATIENCE)
            process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.communicate, None, 8)
            assert process.returncode == 1
        finally:
            process.kill()
            await asyncio.to_thread(process.communicate)
