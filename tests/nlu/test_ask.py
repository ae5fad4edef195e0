"""``loa ask``: the contract's object and the words of the answer."""

from __future__ import annotations

import json

import pytest

from bot.ask import ask, ask_batch
from content.catalog import Catalog
from nlu.understanding import Understander

KEYS = ["text", "kind", "faq", "intent", "score", "alternatives", "emergency", "answer"]


def _asked(understander: Understander, catalog: Catalog, text: str) -> dict[str, object]:
    found = ask(understander, catalog, text)
    assert list(found) == KEYS
    assert "**" not in found["answer"]
    return found


def test_an_emergency_begins_with_the_card_and_goes_on_with_the_entry(
    understander: Understander, catalog: Catalog
) -> None:
    found = _asked(understander, catalog, "xe điện trong nhà em đang cháy")
    assert found["kind"] == "emergency"
    assert found["emergency"] == {"level": "certain", "domain": "fire", "type": "battery_fire"}
    answer = str(found["answer"])
    assert answer.startswith(catalog.cards["battery_fire"].lines[0])
    assert catalog.faq[str(found["faq"])].act[0] in answer


def test_perhaps_an_emergency_puts_one_line_above_the_answer(understander: Understander, catalog: Catalog) -> None:
    found = _asked(understander, catalog, "pin bị phồng có nguy hiểm không")
    first, second, *_ = str(found["answer"]).splitlines()
    assert "114" in first
    assert second == catalog.faq["battery.swollen_battery"].act[0]


def test_a_question_is_answered_from_its_entry(understander: Understander, catalog: Catalog) -> None:
    found = _asked(understander, catalog, "pha oresol sao cho dung")
    assert (found["kind"], found["faq"]) == ("faq", "food.oral_rehydration")
    assert str(found["answer"]).startswith(catalog.faq["food.oral_rehydration"].act[0])


def test_a_doubtful_question_offers_labels(understander: Understander, catalog: Catalog) -> None:
    found = _asked(understander, catalog, "ngộ độc")
    assert found["kind"] == "clarify"
    lines = str(found["answer"]).splitlines()
    assert "115" in lines.pop(0), "somebody may be in danger"
    assert lines[0] == catalog.text("citizen.clarify")
    alternatives = found["alternatives"]
    assert isinstance(alternatives, list)
    assert lines[1:] == [f"{place}. {catalog.faq[entry].label}" for place, entry in enumerate(alternatives, 1)]


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("thời tiết mai thế nào", "fallback", "citizen.fallback"),
        ("😀", "fallback", "citizen.fallback"),
        ("cảm ơn bạn", "intent", "citizen.thanks"),
        ("tôi muốn nộp báo cáo tiến độ", "intent", "answer.command"),
    ],
)
def test_other_kinds_are_answered_by_their_text(
    understander: Understander, catalog: Catalog, text: str, kind: str, key: str
) -> None:
    found = _asked(understander, catalog, text)
    assert found["kind"] == kind
    assert found["answer"] == catalog.text(key).replace("**", "")


def test_a_batch_answers_each_line_and_names_the_broken_ones(understander: Understander, catalog: Catalog) -> None:
    lines = [
        '{"text": "xin chào"}\n',
        "\n",
        "not json\n",
        '{"t": 1}\n',
        '{"text": 5}\n',
        "[]\n",
        '{"text": "pha oresol"}',
    ]
    found = [json.loads(line) for line in ask_batch(understander, catalog, lines)]
    assert [entry.get("kind", entry.get("line")) for entry in found] == ["intent", 3, 4, 5, 6, "faq"]
