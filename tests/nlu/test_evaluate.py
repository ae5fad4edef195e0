"""The accuracy report: what is counted as right, and files that do not read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands.nlu import app
from nlu.evaluation.calibration import Calibration, Scored
from nlu.evaluation.floors import Floor, read_floors
from nlu.evaluation.measure import evaluate
from nlu.evaluation.rows import Row, read_rows
from nlu.understanding import Understander
from nlu.verdict import Level

ROWS = [
    Row("pha oresol thế nào cho đúng", faq="food.oral_rehydration", style="a"),
    Row("pha oresol thế nào cho đúng", faq="food.five_keys", style="b"),
    Row("xin chào", intent="greet", style="a"),
    Row("giá vàng hôm nay bao nhiêu", faq=None, style="a"),
    Row("nhà tôi đang cháy cứu với", emergency=Level.CERTAIN, type="battery_fire"),
    Row("nhà tôi đang cháy cứu với", emergency=Level.NONE),
    Row("xin chào", emergency=Level.CERTAIN),
]


def test_what_is_right_wrong_and_missed_is_counted(understander: Understander) -> None:
    report = evaluate(understander, ROWS)
    data = report.to_json()
    assert data["styles"]["a"]["right"] == 1.0
    assert data["styles"]["b"]["right"] == 0.0
    assert data["total"]["rows"] == 4
    assert data["domains"]["outside"] == {
        "rows": 1, "first": 1.0, "among": 1.0, "right": 1.0, "wrong": 0.0, "offered": 0.0, "refused": 1.0,
    }  # fmt: skip
    assert data["confusions"] == [["food.five_keys", "food.oral_rehydration", 1]]
    assert data["emergency"]["certain_recall"] == 0.5
    assert data["emergency"]["false_certain"] == 1.0
    assert data["emergency"]["missed"] == 1
    assert data["emergency"]["type_right"] == 1.0
    assert json.loads(json.dumps(data)) == data


def test_the_text_names_styles_confusions_and_missed_emergencies(understander: Understander) -> None:
    report = evaluate(understander, ROWS)
    assert "missed: xin chào" not in report.to_text()
    text = report.to_text(missed=True)
    for part in (
        "battery_fire",
        "food.five_keys -> food.oral_rehydration",
        "missed: xin chào",
        "outside",
        "ms a message",
    ):
        assert (part in text) is (part != "battery_fire")


def test_both_forms_of_file_are_read(tmp_path: Path) -> None:
    entries = [{"text": "a", "faq": None, "style": "s"}, {"text": "b", "emergency": {"level": "possible"}}]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(entry) for entry in entries) + "\n\n")
    (tmp_path / "a.yaml").write_text(json.dumps(entries))
    assert read_rows(tmp_path / "a.jsonl") == read_rows(tmp_path / "a.yaml")
    first, second = read_rows(tmp_path / "a.yaml")
    assert (first.meaning, second.meaning, second.emergency) == ("out_of_scope", None, Level.POSSIBLE)


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.jsonl", "not json"), ("a.yaml", "a: [b"), ("a.yaml", "text: a"), ("a.jsonl", '{"text": 5}'),
     ("a.jsonl", '{"text": "a", "emergency": "sure"}')],
)  # fmt: skip
def test_a_file_that_does_not_read_is_a_value_error(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r"."):
        read_rows(tmp_path / name)


def test_scores_are_set_beside_the_truth() -> None:
    calibration = Calibration([Scored(0.95, True, False), Scored(0.91, False, False), Scored(0.2, False, True)])
    data = calibration.to_json()
    assert data["bands"] == [[0.2, 1, 0.2, 0.0], [0.9, 2, 0.93, 0.5]]
    assert data["error"] == pytest.approx((0.2 + 2 * 0.43) / 3, abs=1e-4)
    curve = {point[0]: point[1:] for point in data["curve"]}
    assert curve[0.9] == [0.5, 0.5, 0.0, 0.0]
    assert curve[0.2] == [0.5, 0.5, 0.0, 1.0]
    assert Calibration().to_json()["error"] == 0.0


@pytest.mark.parametrize(
    ("floor", "broken"),
    [
        (Floor("styles.a.first", least=0.9), False),
        (Floor("styles.a.first", least=0.95), True),
        (Floor("total.offered", most=0.1), False),
        (Floor("total.offered", most=0.01), True),
        (Floor("styles.gone.first", least=0.0), True),
        (Floor("styles", least=0.0), True),
    ],
)
def test_a_figure_below_its_floor_is_told(floor: Floor, broken: bool) -> None:
    report = {"styles": {"a": {"first": 0.92}}, "total": {"offered": 0.05}}
    assert (floor.broken(report) is not None) is broken


@pytest.mark.parametrize("text", ["", "[]", "a: 5", "a: {}", "a: {least: x}", "a: {leest: 1}", "a: ["])
def test_floors_that_do_not_read_are_a_value_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "floors.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"."):
        read_floors(tmp_path / "floors.yaml")


def test_the_command_fails_below_a_floor(tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text('[{text: "xin chào", intent: greet, style: a}]')
    (tmp_path / "good.yaml").write_text("styles.a.first: {least: 1}")
    (tmp_path / "bad.yaml").write_text("styles.a.first: {least: 1.1}")
    for name, code in (("good", 0), ("bad", 1)):
        result = CliRunner().invoke(
            app, ["evaluate", "--data", str(tmp_path / "rows.yaml"), "--floors", str(tmp_path / f"{name}.yaml")]
        )
        assert result.exit_code == code, result.output
    assert "styles.a.first" in result.output
