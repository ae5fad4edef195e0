"""What keeps the loop is named; a loop that goes round is left alone."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Any

from structlog.testing import capture_logs

from bot.commands.serve import keep_what_is_loaded
from bot.watchdog import watched


def _reads_a_file_that_hangs() -> None:
    time.sleep(0.5)


async def test_a_handler_that_blocks_the_loop_is_named_once_for_each_time() -> None:
    with capture_logs() as logs, watched():
        for _ in range(2):
            await asyncio.sleep(0.1)
            _reads_a_file_that_hangs()
        await asyncio.sleep(0.1)
    stalls: list[Any] = [entry for entry in logs if entry["event"] == "loop.stalled"]
    stalls = [entry for entry in stalls if any("_reads_a_file_that_hangs" in call for call in entry["at"])]
    assert len(stalls) == 2, logs
    assert stalls[0]["at"][0].startswith("bot/test_watchdog.py:")


async def test_waiting_is_no_stall() -> None:
    with capture_logs() as logs, watched(limit=5.0):
        await asyncio.sleep(0.3)
    assert not [entry for entry in logs if entry["event"] == "loop.stalled"]


def test_what_is_loaded_is_kept_out_of_collections() -> None:
    before = gc.get_freeze_count()
    try:
        keep_what_is_loaded()
        assert gc.get_freeze_count() > max(before, 10_000)
    finally:
        gc.unfreeze()
