"""``loa bench forms``: how long one answer takes in the form engine, without database and channel: of a report, and of
a form of the department in which what is asked and what is worked out depends on the answers.

One turn is what happens in this process between a typed answer and what is said to it: the call is made, rasa-sdk runs
the form's action, its events are read, the response is put into words.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bot.bench.figures import milliseconds
from content.catalog import load_catalog
from handlers.forms.loop import FormLoop, Slots
from handlers.forms.runner import InProcessRunner

ROUNDS = 300
"""Times each is filled in, after WARM ones that are not counted."""
WARM = 20
LIMIT_MS = 2.0
"""What one turn may take."""
ANSWERS = (
    ("value_1", "5/7 xã"), ("value_1", "nhieu lam"), ("value_2", "roi"), ("value_3", "85,5%"), ("status", "dang lam"),
    ("work", "da lap 5 bang tin"), ("difficulties", "khong co"), ("expected_on", "20/12/2024"),
    ("evidence", "125/BC-UBND"),
)  # fmt: skip
_AROUND = {"example": "5", "unit": "xã", "due": "15/12/2024"}
FORM = "noi_sac_xe_dien"
GIVEN = (
    ("ngay_ra_soat", "hôm nay"), ("thon_da_tuyen_truyen", "5/7 thôn"), ("ke_hoach", "họp thôn trong tháng"),
    ("co_noi_tap_trung", "có"), ("noi_sac/1/loai", "gara"), ("noi_sac/1/so_xe", "12 xe"), ("noi_sac/1/so_xe", "nhiều"),
    ("noi_sac/1/+", "thêm"), ("noi_sac/2/loai", "5"), ("noi_sac/2/ten_noi_khac", "chợ"), ("noi_sac/2/so_xe", "30"),
    ("noi_sac/2/+", "xong"), ("kien_nghi", "không có"),
)  # fmt: skip


def run() -> dict[str, Any]:
    """p50 and p99 of a turn in milliseconds, of a report and of a form, and whether both p99 keep to LIMIT_MS."""
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    catalog, runner = load_catalog(), InProcessRunner()
    report = FormLoop(catalog.forms, "progress_report", runner)
    of_reports = await _turns(report, _opened(), ANSWERS)
    form = FormLoop(catalog.forms, "questionnaire", runner)
    definition = catalog.questionnaires[FORM].model_dump(mode="json", exclude_defaults=True)
    blank = {"form": {"digest": FORM, "definition": definition}, "today": "2024-11-11"}
    of_forms = await _turns(form, blank, tuple((f"answer/{path}", text) for path, text in GIVEN))
    slowest = max(of_reports["p99_ms"], of_forms["p99_ms"])
    return {"report": of_reports, "form": of_forms, "limit_ms": LIMIT_MS, "within": slowest <= LIMIT_MS}


async def _turns(loop: FormLoop, blank: Slots, answers: Sequence[tuple[str, str]]) -> dict[str, Any]:
    turns: list[float] = []
    for number in range(WARM + ROUNDS):
        took = await _filled(loop, blank, answers)
        turns += took if number >= WARM else []
    return {"turns": len(turns), **milliseconds(turns)}


async def _filled(loop: FormLoop, slots: Slots, answers: Sequence[tuple[str, str]]) -> list[float]:
    """Seconds every answer took."""
    took = []
    for slot, text in answers:
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
