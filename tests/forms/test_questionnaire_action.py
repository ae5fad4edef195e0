"""The action behind the department's forms: what it understands by kind of question, refuses, and asks next."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.files import Reader
from content.forms import SKIP, load_forms
from content.questionnaires import Questionnaire
from handlers.forms.loop import FormLoop, Step
from handlers.forms.runner import InProcessRunner, Runner
from handlers.messages import clean_text

DOMAIN = load_forms(Reader())
KINDS: list[dict[str, Any]] = [
    {"id": "so", "kind": "integer", "label": "Số", "unit": "xe", "before": True, "constraint": ". >= 0",
     "constraint_message": "Không thể âm.", "warning": ". > 9000", "warning_message": "Nhiều quá."},
    {"id": "so-nha", "kind": "integer", "label": "Số nhà"},
    {"id": "can", "kind": "decimal", "label": "Cân", "unit": "kg"},
    {"id": "ty_le", "kind": "percent", "label": "Tỷ lệ"},
    {"id": "thon", "kind": "ratio", "label": "Thôn", "unit": "thôn"},
    {"id": "tien", "kind": "money", "label": "Tiền"},
    {"id": "ngay", "kind": "date", "label": "Ngày", "constraint": ". <= today()"},
    {"id": "ky", "kind": "period", "label": "Kỳ"},
    {"id": "loai", "kind": "one", "label": "Loại",
     "options": [{"name": "sac", "label": "Nơi sạc"}, {"name": "de", "label": "Nơi để xe"}]},
    {"id": "viec", "kind": "many", "label": "Việc", "options": [
        {"name": "a", "label": "Phát loa"}, {"name": "b", "label": "Tờ rơi, áp phích"}, {"name": "c", "label": "Họp"}]},
    {"id": "y_kien", "kind": "text", "label": "Ý kiến"},
    {"id": "xa", "kind": "place", "label": "Xã"},
    {"id": "anh", "kind": "photo", "label": "Ảnh"},
    {"id": "nha", "label": "Nhà", "repeat": True, "relevant": "${loai} = 'sac'",
     "items": [{"id": "xe", "kind": "integer", "label": "Xe"}]},
    {"id": "tong", "kind": "calculation", "calculation": "sum(${xe})"},
]  # fmt: skip
FORM = Questionnaire.model_validate({"id": "thu", "title": "Thử", "items": KINDS}).model_dump(mode="json")


def slots(**given: Any) -> dict[str, Any]:
    answers = {f"answer/{path.replace('__', '/')}": value for path, value in given.pop("answers", {}).items()}
    return {"form": {"digest": "thu", "definition": FORM}, "today": "2024-11-11", **answers, **given}


async def tell(path: str, text: str, runner: Runner | None = None, **given: Any) -> Step:
    loop = FormLoop(DOMAIN, "questionnaire", runner or InProcessRunner())
    return await loop.fill(slots(**given), f"answer/{path}", text)


@pytest.mark.parametrize(
    ("path", "text", "value", "told"),
    [
        ("so", "1.250", 1250, "1.250 xe"),
        ("so", "hai mươi mốt", 21, "21 xe"),
        ("so-nha", "7", 7, "7"),
        ("can", "1.250,5 kg", 1250.5, "1.250,5 kg"),
        ("ty_le", "85%", 85, "85%"),
        ("ty_le", "3/4", 75, "75%"),
        ("thon", "5/7 thôn", {"part": 5, "whole": 7}, "5/7 thôn (71,4%)"),
        ("tien", "1,5 triệu", 1_500_000, "1.500.000 đồng"),
        ("ngay", "hôm qua", "2024-11-10", "10/11/2024"),
        ("ky", "quý IV", "2024-Q4", "quý 4/2024"),
        ("ky", "tuần trước", "2024-W45", "tuần 45/2024"),
        ("ky", "6 tháng đầu năm 2024", "2024-H1", "6 tháng đầu năm 2024"),
        ("ky", "10/2024", "2024-10", "tháng 10/2024"),
        ("loai", "nơi để xe", "de", "Nơi để xe"),
        ("loai", "1", "sac", "Nơi sạc"),
        ("loai", "/2", "de", "Nơi để xe"),
        ("loai", "sạc", "sac", "Nơi sạc"),
        ("viec", "1, 3", ["a", "c"], "Phát loa, Họp"),
        ("viec", "họp và phát loa", ["a", "c"], "Phát loa, Họp"),
        ("viec", "tờ rơi, áp phích", ["b"], "Tờ rơi, áp phích"),
        ("y_kien", "Cần thêm loa", "Cần thêm loa", "Cần thêm loa"),
    ],
)
async def test_answers_are_understood_and_told_back(path: str, text: str, value: Any, told: str) -> None:
    step = await tell(path, text)
    assert step.accepted
    assert step.slots[f"answer/{path}"] == value
    assert step.said == (("utter_form_noted", {"value": told}),)


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("so", "nhiều lắm", "utter_form_not_a_number"),
        ("so", "5/7", "utter_form_not_a_number"),
        ("so", "2,5", "utter_form_whole_number"),
        ("so", "50%", "utter_form_not_percent"),
        ("so", "-3", "utter_form_constraint"),
        ("so", "10.000", "utter_form_unlikely"),
        ("ty_le", "120%", "utter_form_over_hundred"),
        ("thon", "5", "utter_form_not_a_ratio"),
        ("thon", "8/7", "utter_form_part_over_whole"),
        ("tien", "-5 triệu", "utter_form_negative"),
        ("ngay", "31/02/2024", "utter_form_not_a_date"),
        ("ngay", "12/11/2024", "utter_form_not_possible"),
        ("ky", "tuần 60", "utter_form_not_a_period"),
        ("loai", "nơi", "utter_form_not_an_option"),
        ("loai", "3", "utter_form_not_an_option"),
        ("viec", "1, 9", "utter_form_not_among"),
        ("xa", "xã Mây Trắng", "utter_form_not_an_agency"),
        ("anh", "đây", "utter_form_wants_photo"),
        ("y_kien", "a" * 2001, "utter_form_too_long"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_reason(path: str, text: str, reason: str) -> None:
    step = await tell(path, text)
    assert not step.accepted
    assert [name for name, _ in step.said] == [reason]
    said = FormLoop(DOMAIN, "questionnaire", InProcessRunner()).say(*step.said[0], {"example": ""})
    assert "{" not in said


async def test_the_registry_says_which_agency_is_meant() -> None:
    one = await tell("xa", "Rờ Kơi", found=[["ubnd_xa_ro_koi", "UBND xã Rờ Kơi", 1.0], ["x", "X", 0.7]])
    assert one.slots["answer/xa"] == "ubnd_xa_ro_koi"
    two = await tell("xa", "Đăk", found=[["a", "A", 0.95], ["b", "B", 0.95]])
    assert [name for name, _ in two.said] == ["utter_form_which"]
    unsure = await tell("xa", "Mây Trắng", found=[["a", "A", 0.7]])
    assert [name for name, _ in unsure.said] == ["utter_form_which_one"]


async def test_an_unlikely_number_is_taken_with_its_reason() -> None:
    asked = await tell("so", "100", before={"so": 10})
    assert asked.said == (("utter_form_unlikely_more", {"value": "100 xe", "last": "10 xe", "times": "10"}),)
    assert (await tell("so", "100", before={"so": 10}, reason="mới rà soát")).accepted
    assert (await tell("so", "2", before={"so": 10})).said[0][0] == "utter_form_unlikely_less"
    assert (await tell("so", "40", before={"so": 10})).accepted


async def test_nothing_to_say_is_an_answer_where_none_is_wanted() -> None:
    step = await tell("y_kien", "không có")
    assert step.accepted
    assert step.slots["answer/y_kien"] == SKIP


async def test_what_is_asked_follows_the_answers() -> None:
    step = await tell("loai", "1")
    assert step.asked[-2:] == ("answer/nha/1/xe", "answer/nha/1/+")
    one = await tell("nha/1/+", "thêm", answers={"loai": "sac", "nha__1__xe": 3})
    assert one.slots["answer/nha/1/+"] == "yes"
    assert one.asked[-2:] == ("answer/nha/2/xe", "answer/nha/2/+")
    done = await tell("nha/1/+", "xong rồi", answers={"loai": "sac", "nha__1__xe": 3})
    assert done.slots["answer/nha/1/+"] == "no"
    unclear = await tell("nha/1/+", "bốn", answers={"loai": "sac"})
    assert unclear.said[0][0] == "utter_form_more_or_done"


async def test_both_runners_give_the_same(runner: Runner) -> None:
    for path, text in (
        ("so", "12 xe"), ("so", "nhiều"), ("loai", "1"), ("viec", "1 và 2"), ("ngay", "hôm nay"), ("nha/1/xe", "4"),
    ):  # fmt: skip
        given: dict[str, Any] = {"answers": {"loai": "sac"}}
        assert await tell(path, text, runner, **given) == await tell(path, text, **given)


@settings(max_examples=80, deadline=None)
@given(
    text=st.text(max_size=60) | st.text("0123456789/.,-% thônquý", max_size=25),
    path=st.sampled_from([*(item["id"] for item in KINDS[:13]), "nha/1/xe", "nha/1/+"]),
)
def test_whatever_is_typed_is_taken_or_refused_with_words(text: str, path: str) -> None:
    step = asyncio.run(tell(path, clean_text(text), answers={"loai": "sac"} if path.startswith("nha") else {}))
    assert step.said
    loop = FormLoop(DOMAIN, "questionnaire", InProcessRunner())
    for name, params in step.said:
        assert loop.say(name, params, {"example": ""}).count("**") % 2 == 0
    assert json.loads(json.dumps(step.slots)) == step.slots
