"""The accuracy report: what is counted as right, and files that do not read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlu.evaluate import Row, evaluate, read_rows
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
        "rows": 1, "right": 1.0, "best": 1.0, "among": 1.0, "offered": 0.0, "refused": 1.0,
    }  # fmt: skip
    assert data["confusions"] == [["food.five_keys", "food.oral_rehydration", 1]]
    assert data["emergency"]["certain_recall"] == 0.5
    assert data["emergency"]["false_certain"] == 1.0
    assert data["emergency"]["missed"] == ["xin chào"]
    assert data["emergency"]["type_right"] == 1.0
    assert json.loads(json.dumps(data)) == data


def test_the_text_names_styles_confusions_and_missed_emergencies(understander: Understander) -> None:
    text = evaluate(understander, ROWS).to_text()
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
