"""Forms as data: the ones that ship, what is wrong with others, and the course a form takes with its answers."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from content.catalog import Catalog
from content.courses import Course, Outline
from content.files import ROOT, ContentError
from content.forms import SKIP
from content.questionnaire_checks import flaws
from content.questionnaires import FILES, Kind, Question, Questionnaire, check_questionnaires

TODAY = date(2024, 11, 11)


def form(*items: dict[str, Any]) -> Questionnaire:
    return Questionnaire.model_validate({"id": "thu", "title": "Thử", "items": list(items)})


def ask(name: str, kind: str = "integer", **more: Any) -> dict[str, Any]:
    label = {} if kind == "calculation" else {"label": f"Câu {name}"}
    return {"id": name, "kind": kind, **label, **more}


def course(made: Questionnaire, answers: dict[str, Any], before: dict[str, Any] | None = None) -> Course:
    return Course(Outline(made), answers, TODAY, before)


def paths(found: Course) -> list[str]:
    return [step.path for step in found.steps]


SHOPS = {
    "id": "co_so", "label": "Cơ sở", "repeat": True, "relevant": "${co} = 'co'",
    "items": [ask("so_xe"), ask("khac", "text", relevant="${so_xe} > 10"), ask("ghi", "note")],
}  # fmt: skip
YES_NO: dict[str, Any] = {"options": [{"name": "co", "label": "Có"}, {"name": "khong", "label": "Không"}]}
YES = ask("co", "one", **YES_NO)
WHOLE = form(YES, SHOPS, ask("tong", "calculation", calculation="sum(${so_xe})"), ask("y_kien", "text"))


def test_the_forms_that_ship_are_whole(catalog: Catalog) -> None:
    assert set(catalog.questionnaires) == {"noi_sac_xe_dien", "thong_tin_an_toan"}
    check_questionnaires()


def test_a_fault_in_a_file_names_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "vi" / "forms"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "vi/forms/noi_sac_xe_dien.yaml", folder)
    text = (folder / "noi_sac_xe_dien.yaml").read_text(encoding="utf-8")
    broken = text.replace("sum(${so_xe})", "sum(${so_xee})")
    (folder / "noi_sac_xe_dien.yaml").write_text(broken, encoding="utf-8")
    line = next(number for number, words in enumerate(broken.splitlines(), 1) if "id: tong_so_xe" in words)
    with pytest.raises(ContentError, match=rf":{line}: tong_so_xe: calculation: unknown so_xee"):
        check_questionnaires(tmp_path)


@pytest.mark.parametrize(
    ("items", "wrong"),
    [
        ([ask("a"), ask("a")], ("a", "id", "twice", "")),
        ([ask("a", relevant="${b} = 1")], ("a", "relevant", "unknown", "b")),
        ([ask("a", constraint="pulldata(1)")], ("a", "constraint", "formula.function", "pulldata")),
        ([ask("a", "one")], ("a", "options", "options_wanted", "")),
        ([ask("a", **YES_NO)], ("a", "options", "options_elsewhere", "")),
        ([ask("a", "calculation")], ("a", "calculation", "calculation_wanted", "")),
        ([ask("a", "note")], ("", "items", "nothing_asked", "")),
        ([ask("a"), {"id": "n", "kind": "text"}], ("n", "label", "label_wanted", "")),
        ([ask("a", warning=". > 3")], ("a", "warning_message", "message_wanted", "")),
        ([YES, SHOPS, ask("a", relevant="${so_xe} > 1")], ("a", "relevant", "repeated", "so_xe")),
        ([YES, SHOPS, ask("a", relevant="${co_so} > 1")], ("a", "relevant", "group", "co_so")),
        ([YES, {**SHOPS, "id": "x", "items": [SHOPS]}], ("co_so", "repeat", "nested", "")),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_named(items: list[dict[str, Any]], wrong: tuple[str, ...]) -> None:
    found = [(flaw.id, flaw.field, flaw.key, flaw.about) for flaw in flaws(form(*items))]
    assert wrong in found


def test_what_turns_in_a_circle_is_named() -> None:
    made = form(ask("a", "calculation", calculation="${b} + 1"), ask("b", "calculation", calculation="${a}"), ask("c"))
    found = flaws(made)
    assert [flaw.key for flaw in found] == ["circle"]
    assert {"a", "b"} <= set(found[0].about.split(" → "))


def test_a_question_is_asked_where_it_is_relevant() -> None:
    assert paths(course(WHOLE, {})) == ["co", "y_kien"]
    assert paths(course(WHOLE, {"co": "khong"})) == ["co", "y_kien"]
    assert paths(course(WHOLE, {"co": "co"})) == ["co", "co_so/1/so_xe", "co_so/1/+", "y_kien"]


def test_a_group_repeats_as_long_as_there_is_one_more() -> None:
    answers = {"co": "co", "co_so/1/so_xe": 12, "co_so/1/khac": "gara", "co_so/1/+": "yes", "co_so/2/so_xe": 3}
    found = course(WHOLE, answers)
    assert paths(found) == [
        "co", "co_so/1/so_xe", "co_so/1/khac", "co_so/1/+", "co_so/2/so_xe", "co_so/2/+", "y_kien",
    ]  # fmt: skip
    assert found.worked == {"tong": 15.0}
    assert found.steps[3].notes == ()
    assert found.steps[4].place == 2
    assert found.closing == ()


def test_answers_of_what_is_not_asked_any_more_are_left_out() -> None:
    answers = {"co": "khong", "co_so/1/so_xe": 12, "co_so/1/+": "yes", "y_kien": SKIP}
    found = course(WHOLE, answers)
    assert found.kept() == {"co": "khong", "y_kien": SKIP, "tong": 0.0}


def test_a_count_says_how_often_a_group_repeats() -> None:
    made = form(ask("n"), {"id": "nha", "repeat": True, "count": "${n}", "items": [ask("xe")]})
    assert paths(course(made, {"n": 2})) == ["n", "nha/1/xe", "nha/2/xe"]
    assert paths(course(made, {"n": 1e9}))[-1] == "nha/30/xe"
    assert paths(course(made, {"n": -1})) == paths(course(made, {})) == ["n"]


def test_formulas_see_the_last_submission_and_the_day() -> None:
    made = form(ask("n", relevant="${last-saved#n} > 3 and today() = '2024-11-11'"), ask("m"))
    assert paths(course(made, {}, {"n": 4})) == ["n", "m"]
    assert paths(course(made, {}, {"n": 2})) == ["m"]


def test_text_that_doubles_itself_comes_to_an_end() -> None:
    doubled = [ask(f"a{i}", "calculation", calculation=f"concat(${{a{i - 1}}}, ${{a{i - 1}}})") for i in range(1, 60)]
    found = course(form(ask("a0", "text"), *doubled), {"a0": "x" * 100})
    assert len(found.worked["a59"]) == 2000


GIVEN: dict[str, list[Any]] = {
    "integer": [0, 3, 12, SKIP], "decimal": [0.5, 20.0], "percent": [50.0], "money": [1000000.0],
    "text": ["a", "b", SKIP],
    "date": ["2024-11-01", "2024-12-01"], "ratio": [{"part": 1, "whole": 2}], "period": ["2024-W46"],
    "agency": ["ubnd_huyen_sa_thay"], "place": ["ubnd_xa_ro_koi"],
}  # fmt: skip
"""Answers to try by kind of question."""


def _some_answer(asked: Question, dice: Random) -> object:
    names = [option.name for option in asked.options]
    if asked.kind is Kind.MANY:
        return dice.sample(names, dice.randint(1, len(names)))
    if asked.kind in FILES:
        return [{"file": 1, "name": "a.jpg", "type": "image/jpeg"}]
    return dice.choice(names or GIVEN[asked.kind.value])


TANGLED = form(
    YES, SHOPS,
    ask("dem", "integer"),
    {"id": "lan", "label": "Lần", "repeat": True, "count": "${dem}", "items": [
        ask("tai", "integer"), ask("gap_doi", "calculation", calculation="${tai} * 2 + position(..)"),
        ask("vi_sao", "text", relevant="${gap_doi} > ${tong}"),
    ]},
    ask("tong", "calculation", calculation="sum(${so_xe}) + ${dem}"),
    ask("ca_hai", "calculation", calculation="sum(${gap_doi}) + ${tong}"),
    ask("het", "text", relevant="${ca_hai} > 20"),
)  # fmt: skip


@pytest.mark.parametrize("name", ["tangled", "noi_sac_xe_dien", "thong_tin_an_toan"])
def test_what_an_answer_touches_is_all_that_changes(catalog: Catalog, name: str) -> None:
    """A course made from the one before is the one made from nothing, answer by answer, also of answers taken back."""
    outline = Outline(TANGLED if name == "tangled" else catalog.questionnaires[name])
    dice, answers = Random(name), dict[str, Any]()
    for _ in range(150):
        steps = outline.course(answers, TODAY).steps
        open_ = [step for step in steps if step.path not in answers]
        if answers and dice.random() < 0.2:
            del answers[dice.choice(sorted(answers))]
        else:
            step = dice.choice(open_[:3] or list(steps))
            answers[step.path] = (
                _some_answer(step.item, dice) if isinstance(step.item, Question) else dice.choice(["yes", "no"])
            )
        found, anew = outline.course(answers, TODAY), Course(outline, answers, TODAY)
        assert (found.steps, found.closing) == (anew.steps, anew.closing)
        assert list(found.worked.items()) == list(anew.worked.items())
        assert found.kept() == anew.kept()
        assert [found.required(step) for step in found.steps] == [anew.required(step) for step in anew.steps]
