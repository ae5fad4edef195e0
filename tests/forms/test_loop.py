"""The form's loop and its actions: what is asked in which order, what is understood, what is refused and why."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.catalog import Catalog
from content.files import Reader
from content.forms import load_forms
from handlers.forms.loop import SKIPPED, FormLoop, Step
from handlers.forms.runner import InProcessRunner, Runner, RunnerUnavailable
from handlers.messages import clean_text

RUNNER = InProcessRunner()
DOMAIN = load_forms(Reader())
COMMUNES = {"name": "Xã có bảng tin", "target": 5.0, "unit": "xã", "comparison": "ge", "single": False}
TOWNSHIP = {"name": "Thị trấn có bảng tin", "target": 1.0, "unit": "thị trấn", "comparison": "eq", "single": True}
SHARE = {"name": "Tỷ lệ xã có trang", "target": 100.0, "unit": "%", "comparison": "eq", "single": False}
UNITS = {"name": "Địa điểm", "target": 30.0, "unit": "xã, phường", "comparison": "eq", "single": False}


def slots(*indicators: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"task": {"due": "2024-12-15", "indicators": list(indicators)}, "today": "2024-11-11", **given}


async def tell(loop: FormLoop, slot: str, text: str, *indicators: dict[str, Any], **given: Any) -> Step:
    return await loop.fill(slots(*indicators, **given), slot, text)


async def test_indicators_come_first_then_the_forms_own_questions(loop: FormLoop) -> None:
    step = await loop.look(slots(COMMUNES, TOWNSHIP))
    assert step.next == "value_1"
    assert step.asked == ("value_1", "value_2", "status", "work", "difficulties", "expected_on", "evidence")


async def test_a_task_without_indicators_asks_the_domains_slots(loop: FormLoop) -> None:
    step = await loop.look(slots())
    assert step.next == "status"
    assert step.asked == ("status", "work", "difficulties", "expected_on", "evidence")


async def test_which_date_is_asked_depends_on_the_status(loop: FormLoop) -> None:
    step = await tell(loop, "status", "xong rồi")
    assert "finished_on" in step.asked
    assert "expected_on" not in step.asked


async def test_a_skipped_slot_is_not_asked_again(loop: FormLoop) -> None:
    step = await loop.skip(slots(COMMUNES), "value_1")
    assert step.slots["value_1"] == SKIPPED
    assert step.next == "status"


async def test_a_complete_form_asks_nothing_more(loop: FormLoop) -> None:
    given = {"status": "done", "work": "đã làm", "difficulties": SKIPPED, "finished_on": SKIPPED}
    step = await tell(loop, "evidence", "125/BC-UBND", **given)
    assert step.accepted
    assert step.next is None


@pytest.mark.parametrize(
    ("text", "indicator", "value", "part", "whole", "told"),
    [
        ("5/7 xã", COMMUNES, 5, 5, 7, "5/7 xã (71,4%)"),
        ("5", COMMUNES, 5, None, None, "5 xã"),
        ("05 xã", COMMUNES, 5, None, None, "5 xã"),
        ("năm trên bảy xã", COMMUNES, 5, 5, 7, "5/7 xã (71,4%)"),
        ("chưa có xã nào", COMMUNES, 0, None, None, "0 xã"),
        ("rồi", TOWNSHIP, 1, None, None, "1 thị trấn"),
        ("chua co", TOWNSHIP, 0, None, None, "0 thị trấn"),
        ("0/1", TOWNSHIP, 0, 0, 1, "0/1 thị trấn (0%)"),
        ("85%", SHARE, 85, None, None, "85%"),
        ("85,5 %", SHARE, 85.5, None, None, "85,5%"),
        ("85", SHARE, 85, None, None, "85%"),
        ("6/11", SHARE, 600 / 11, 6, 11, "54,5% (6/11)"),
        ("12 phường", UNITS, 12, None, None, "12 xã, phường"),
    ],
)
async def test_values_are_understood_and_told_back(
    loop: FormLoop, text: str, indicator: dict[str, Any], value: float, part: float, whole: float, told: str
) -> None:
    step = await tell(loop, "value_1", text, indicator)
    assert step.accepted
    assert step.slots["value_1"] == {"value": pytest.approx(value), "part": part, "whole": whole}
    assert [params["value"] for _, params in step.said] == [told]


@pytest.mark.parametrize(
    ("text", "indicator", "reason"),
    [
        ("nhiều lắm", COMMUNES, "utter_not_a_number"),
        ("chưa có", COMMUNES, "utter_zero_or_unknown"),
        ("5,5", COMMUNES, "utter_whole_number"),
        ("-3", COMMUNES, "utter_negative"),
        ("8/7 xã", COMMUNES, "utter_part_over_whole"),
        ("85%", COMMUNES, "utter_not_percent"),
        ("5 thôn", COMMUNES, "utter_wrong_unit"),
        ("120%", SHARE, "utter_over_hundred"),
        ("3", TOWNSHIP, "utter_only_one"),
        ("1 xã", TOWNSHIP, "utter_wrong_unit"),
    ],
)
async def test_impossible_values_are_refused_with_the_reason(
    loop: FormLoop, catalog: Catalog, text: str, indicator: dict[str, Any], reason: str
) -> None:
    step = await tell(loop, "value_1", text, indicator)
    assert not step.accepted
    assert step.next == "value_1"
    assert [name for name, _ in step.said] == [reason]
    said = loop.say(reason, step.said[0][1], {"example": "5/7 xã", "unit": str(indicator["unit"])})
    assert "{" not in said


async def test_more_than_an_exact_target_is_pointed_out(loop: FormLoop) -> None:
    step = await tell(loop, "value_1", "31", UNITS)
    assert step.accepted
    assert step.said[0][0] == "utter_noted_over"


async def test_a_refused_answer_leaves_the_old_one(loop: FormLoop) -> None:
    old = {"value": 3.0, "part": None, "whole": None}
    step = await tell(loop, "value_1", "nhiều lắm", COMMUNES, value_1=old)
    assert not step.accepted
    assert step.slots["value_1"] == old
    assert step.next == "status"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("1", "done"), ("Xong rồi", "done"), ("hoan thanh", "done"), ("100%", "done"),
        ("2", "partly"), ("đang làm", "partly"), ("cơ bản xong", "partly"), ("80%", "partly"), ("chưa xong", "partly"),
        ("3", "not_yet"), ("chưa làm", "not_yet"), ("0%", "not_yet"),
        ("tốt", None), ("4", None), ("có lẽ xong", None),
    ],
)  # fmt: skip
async def test_status_words(loop: FormLoop, text: str, status: str | None) -> None:
    step = await tell(loop, "status", text)
    assert step.slots.get("status") == status
    assert step.said[0][0] == (f"utter_noted_{status}" if status else "utter_not_a_status")


@pytest.mark.parametrize(
    ("slot", "text", "stored", "said"),
    [
        ("finished_on", "30/10/2024", "2024-10-30", "utter_noted"),
        ("finished_on", "hôm qua", "2024-11-10", "utter_noted"),
        ("finished_on", "11/11/2024", "2024-11-11", "utter_noted"),
        ("finished_on", "12/11/2024", None, "utter_date_ahead"),
        ("finished_on", "31/02/2024", None, "utter_not_a_date"),
        ("expected_on", "cuối tháng 11", "2024-11-30", "utter_noted"),
        ("expected_on", "15/12/2024", "2024-12-15", "utter_noted"),
        ("expected_on", "16/12/2024", "2024-12-16", "utter_noted_late"),
        ("expected_on", "01/11/2024", None, "utter_date_past"),
        ("expected_on", "sớm thôi", None, "utter_not_a_date"),
    ],
)
async def test_dates(loop: FormLoop, slot: str, text: str, stored: str | None, said: str) -> None:
    step = await tell(loop, slot, text, status="done" if slot == "finished_on" else "partly")
    assert step.slots.get(slot) == stored
    assert [name for name, _ in step.said] == [said]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://drive.google.com/x?y=1", True),
        ("dakha.kontum.gov.vn/tin-tuc", True),
        ("Báo cáo 125/BC-UBND", True),
        ("có ảnh", False),
        ("javascript:alert(1)", False),
    ],
)
async def test_evidence_is_a_link_or_a_document_number(loop: FormLoop, text: str, good: bool) -> None:
    step = await tell(loop, "evidence", text)
    assert step.accepted is good


@pytest.mark.parametrize(("text", "good"), [("ok", False), ("…", False), ("Đã lắp 2 loa", True), ("a" * 2001, False)])
async def test_written_answers_have_a_length(loop: FormLoop, text: str, good: bool) -> None:
    assert (await tell(loop, "work", text)).accepted is good


@pytest.mark.parametrize(("text", "stored"), [("không", SKIPPED), ("ko có", SKIPPED), ("thiếu điện", "thiếu điện")])
async def test_no_difficulties_is_an_answer(loop: FormLoop, text: str, stored: str) -> None:
    step = await tell(loop, "difficulties", text)
    assert step.accepted
    assert step.slots["difficulties"] == stored


async def test_the_caller_keeps_its_slots(loop: FormLoop) -> None:
    """The SDK changes the tracker it is given; ours must not be that one."""
    given = slots(COMMUNES, TOWNSHIP)
    before = copy.deepcopy(given)
    await loop.fill(given, "value_1", "5/7 xã")
    assert given == before


async def test_what_people_typed_cannot_mark_up_the_reply(loop: FormLoop) -> None:
    step = await tell(loop, "evidence", "**đậm** 125/BC-UBND")
    said = loop.say(*step.said[0], {})
    assert said.count("**") == 2


async def test_every_question_and_response_is_there(catalog: Catalog) -> None:
    for slot in ["value_1", "value_12", "single", *catalog.forms.required_slots("progress_report")]:
        assert catalog.forms.question("progress_report", slot).text
    with pytest.raises(KeyError):
        catalog.forms.question("progress_report", "nothing")


class Broken(Runner):
    async def run(self, call: dict[str, Any]) -> dict[str, Any]:
        return {"events": [{"event": "slot"}], "responses": []}


async def test_an_answer_of_another_shape_is_no_answer(catalog: Catalog) -> None:
    with pytest.raises(RunnerUnavailable):
        await FormLoop(catalog.forms, "progress_report", Broken()).look(slots())


async def test_both_runners_give_the_same_for_every_kind_of_answer(catalog: Catalog, runner: Runner) -> None:
    """The contract of the two: the same calls, the same JSON."""
    here = FormLoop(catalog.forms, "progress_report", InProcessRunner())
    there = FormLoop(catalog.forms, "progress_report", runner)
    for slot, text in (
        ("value_1", "5/7 xã"),
        ("value_1", "nhiều lắm"),
        ("value_2", "rồi"),
        ("status", "xong"),
        ("work", "Đã lắp 5 bảng tin"),
        ("expected_on", "16/12/2024"),
        ("finished_on", "hôm qua"),
        ("evidence", "125/BC-UBND"),
    ):
        given = slots(COMMUNES, TOWNSHIP)
        assert await there.fill(given, slot, text) == await here.fill(given, slot, text), (slot, text)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=80) | st.text("0123456789/.,-% xãngàytháng", max_size=30),
    slot=st.sampled_from(
        ["value_1", "value_2", "value_3", "status", "work", "difficulties", "finished_on", "expected_on", "evidence"]
    ),
)
def test_whatever_is_typed_is_taken_or_refused_with_words(text: str, slot: str) -> None:
    """No answer breaks the form, none is lost without a word, and nothing but JSON comes out."""
    loop = FormLoop(DOMAIN, "progress_report", RUNNER)
    text = clean_text(text)
    given_before = slots(COMMUNES, TOWNSHIP, SHARE, status="done" if slot == "finished_on" else "partly")
    step = asyncio.run(loop.fill(given_before, slot, text))
    around = {"example": "5", "unit": "xã", "due": "15/12/2024"}
    assert step.said or not text
    for name, params in step.said:
        assert loop.say(name, params, around).count("**") % 2 == 0
    assert json.loads(json.dumps(step.slots)) == step.slots
