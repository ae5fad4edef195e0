"""``loa bench forms``: how long one answer takes in the form engine, without database and channel: of a report, and of
a form of the department in which what is asked and what is worked out depends on the answers.

One turn is what happens in this process between a typed answer and what is said to it: the call is made, rasa-sdk runs
the form's action, its events are read, the response is put into words. Counted is time on the processor, whatever else
runs on the machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bot.bench.figures import milliseconds
from content.catalog import load_catalog
from content.questionnaires import MOST_QUESTIONS, Questionnaire
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


_KINDS = (
    {"kind": "integer"},
    {"kind": "text"},
    {"kind": "one", "options": [{"name": "a", "label": "Yes"}, {"name": "b", "label": "No"}]},
)
_TYPED = ("12", "in use", "yes")
LARGE = {15: 20, 150: 20, 1_500: 2}
"""Questions of a form that is filled in from the first to the last, and how often."""


def run() -> dict[str, Any]:
    """p50 and p99 of a turn in milliseconds, of a report, of a form, and of forms by how many questions they have; and
    whether the p99 keep to LIMIT_MS, but for the largest, which is only watched."""
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    catalog, runner = load_catalog(), InProcessRunner()
    report = FormLoop(catalog.forms, "progress_report", runner)
    of_reports = await _turns(report, _opened(), ANSWERS)
    form = FormLoop(catalog.forms, "questionnaire", runner)
    definition = catalog.questionnaires[FORM].model_dump(mode="json", exclude_defaults=True)
    blank = {"form": {"digest": FORM, "definition": definition}, "today": "2024-11-11"}
    of_forms = await _turns(form, blank, tuple((f"answer/{path}", text) for path, text in GIVEN))
    of_large = {count: await _filled_whole(form, count, times) for count, times in LARGE.items()}
    judged = (of_reports, of_forms, *(figures for count, figures in of_large.items() if count <= MOST_QUESTIONS))
    slowest = max(figures["p99_ms"] for figures in judged)
    return {
        "report": of_reports,
        "form": of_forms,
        "questions": of_large,
        "limit_ms": LIMIT_MS,
        "within": slowest <= LIMIT_MS,
    }


def _large(count: int) -> Questionnaire:
    """A form of so many questions: numbers, texts and choices; one in five depends on an answer, and each fifteen are
    added up."""
    items: list[dict[str, Any]] = []
    for number in range(count):
        asked: dict[str, Any] = {"id": f"q{number}", "label": f"Question {number}?"}
        asked |= _KINDS[number % len(_KINDS)]
        first = number - number % 15
        if number % 5 == 4:
            asked["relevant"] = f"${{q{first}}} > 0"
        items.append(asked)
        if number % 15 == 14:
            added = f"${{q{first}}} + ${{q{first + 3}}}"
            items.append({"id": f"sum{number}", "kind": "calculation", "calculation": added})
    return Questionnaire.model_validate({"id": "bench", "title": "Form", "items": items})


async def _filled_whole(loop: FormLoop, count: int, times: int) -> dict[str, Any]:
    definition = _large(count).model_dump(mode="json", exclude_defaults=True)
    blank = {"form": {"digest": f"bench-{count}", "definition": definition}, "today": "2024-11-11"}
    await loop.look(blank)  # made ready once
    turns: list[float] = []
    for _ in range(times):
        slots = blank
        asked = (await loop.look(slots)).next
        while asked is not None:
            begin = time.process_time()
            step = await loop.fill(slots, asked, _TYPED[int(asked.rpartition("q")[2]) % len(_TYPED)])
            for name, params in step.said:
                loop.say(name, params, _AROUND)
            turns.append(time.process_time() - begin)
            slots, asked = step.slots, step.next
    return {"turns": len(turns), **milliseconds(turns)}


async def _turns(loop: FormLoop, blank: Slots, answers: Sequence[tuple[str, str]]) -> dict[str, Any]:
    turns: list[float] = []
    for number in range(WARM + ROUNDS):
        took = await _filled(loop, blank, answers)
        turns += took if number >= WARM else []
    return {"turns": len(turns), **milliseconds(turns)}


async def _filled(loop: FormLoop, slots: Slots, answers: Sequence[tuple[str, str]]) -> list[float]:
    """Seconds on the processor every answer took."""
    took = []
    for slot, text in answers:
        begin = time.process_time()
        step = await loop.fill(slots, slot, text)
        for name, params in step.said:
            loop.say(name, params, _AROUND)
        took.append(time.process_time() - begin)
        slots = step.slots
    return took


def _opened() -> Slots:
    indicators = [
        {"name": "a", "target": 5.0, "unit": "xã", "comparison": "ge", "single": False, "last": None},
        {"name": "b", "target": 1.0, "unit": "đài", "comparison": "eq", "single": True, "last": None},
        {"name": "c", "target": 100.0, "unit": "%", "comparison": "eq", "single": False, "last": None},
    ]
    return {"task": {"due": "2024-12-15", "indicators": indicators}, "today": "2024-11-11"}
