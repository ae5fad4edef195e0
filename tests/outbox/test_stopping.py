"""Starting, waking, and ending in the middle of the work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from storage.digests import (
    DeliveryState,
)
from tests.outbox.post import Post, Wire


async def test_closing_lets_a_send_arrive_and_puts_the_rest_back(local: Callable[..., Post]) -> None:
    post = local(Wire(rate=10, takes=0.3))
    for number in range(5):
        await post.queue(await post.account(f"user{number}"))
    running = asyncio.create_task(post.outbox.run())
    while not post.wire.log:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    rows = await post.rows()
    sent = [row for row in rows if row.state is DeliveryState.SENT]
    assert len(sent) == len(post.wire.log) >= 1
    assert {(row.state, row.attempts) for row in rows if row not in sent} == {(DeliveryState.QUEUED, 0)}


async def test_a_running_outbox_wakes_for_new_work_and_outlives_a_broken_database(
    local: Callable[..., Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    post = local()
    account = await post.account()
    broken = [True]
    opened = post.db.session

    def sometimes() -> Any:
        if broken:
            broken.pop()
            raise OSError("database is away")
        return opened()

    monkeypatch.setattr(post.db, "session", sometimes)
    running = asyncio.create_task(post.outbox.run())
    await asyncio.sleep(0.05)
    await post.queue(account)
    async with asyncio.timeout(30):
        while not post.wire.log:
            post.outbox.wake()
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert post.wire.texts == ["1"]
