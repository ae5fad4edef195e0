"""``loa bench forms``: how long one answer of a report takes in the form engine, without database and channel.

One turn is what happens in this process between a typed answer and what is said to it: the call is made, rasa-sdk runs
the form's action, its events are read, the response is put into words.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bot.bench.figures import milliseconds
from content.catalog import load_catalog
from handlers.forms.loop import FormLoop, Slots
from handlers.forms.runner import InProcessRunner

ROUNDS = 300
"""Reports filled in, after WARM ones that are not counted."""
WARM = 20
LIMIT_MS = 2.0
"""What one turn may take."""
ANSWERS = (
    ("value_1", "5/7 xã"), ("value_1", "nhieu lam"), ("value_2", "roi"), ("value_3", "85,5%"), ("status", "dang lam"),
    ("work", "da lap 5 bang tin"), ("difficulties", "khong co"), ("expected_on", "20/12/2024"),
    ("evidence", "125/BC-UBND"),
)  # fmt: skip
_AROUND = {"example": "5", "unit": "xã", "due": "15/12/2024"}


def run() -> dict[str, Any]:
    """p50 and p99 of a turn in milliseconds, and whether p99 keeps to LIMIT_MS."""
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    domain = load_catalog().forms
    loop = FormLoop(domain, "progress_report", InProcessRunner())
    turns: list[float] = []
    for number in range(WARM + ROUNDS):
        took = await _report(loop)
        turns += took if number >= WARM else []
    ours = milliseconds(turns)
    return {"turns": len(turns), **ours, "limit_ms": LIMIT_MS, "within": ours["p99_ms"] <= LIMIT_MS}


async def _report(loop: FormLoop) -> list[float]:
    """Seconds every answer of one report took."""
    slots, took = _opened(), []
    for slot, text in ANSWERS:
        begin = time.perf_counter()
        step = await loop.fill(slots, slot, text)
        for name, params in step.said:
            loop.say(name, params, _AROUND)
        took.append(time.perf_counter() - begin)
        slots = step.slots
    return took


def _opened() -> Slots:
    indicators = [
        {"name": "a", "target": 5.0, "unit": "xã", "comparison": "ge", "single": False, "last": None},
        {"name": "b", "target": 1.0, "unit": "đài", "comparison": "eq", "single": True, "last": None},
        {"name": "c", "target": 100.0, "unit": "%", "comparison": "eq", "single": False, "last": None},
    ]
    return {"task": {"due": "2024-12-15", "indicators": indicators}, "today": "2024-11-11"}
