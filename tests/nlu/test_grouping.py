"""Questions that ask the same are put together, others are not, and the same questions always give the same groups."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from content.catalog import Catalog
from content.lexicon import load_lexicon
from content.words import fold
from nlu.examples import Example, load_examples
from nlu.grouping import Asked, Group, Grouper
from nlu.learned import new_examples, rasa_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from nlu.understanding import Understander

START = datetime(2024, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def grouper(catalog: Catalog, understander: Understander) -> Grouper:
    return Grouper(load_lexicon(catalog.root), [one.text for one in load_examples()], understander.classifier)


def asked(*texts: str) -> list[Asked]:
    return [Asked(number, text, START + timedelta(minutes=number)) for number, text in enumerate(texts, 1)]


def lines(groups: list[Group]) -> list[set[str]]:
    return [{question.text for question in group.members} for group in groups]


def test_spellings_of_one_line_are_one(grouper: Grouper) -> None:
    spellings = (
        "giá vàng hôm nay",
        "gia vang hom nay",
        "GIÁ VÀNG hôm nay???",
        "giá   vàng hôm nay 🙏",
        "giá vàng hôm nayyy",
    )
    (group,) = grouper.group(asked(*spellings))
    assert group.count == 5
    assert group.last == START + timedelta(minutes=5)
    assert [question.id for question in group.members] == [5, 4, 3, 2, 1]


def test_abbreviations_and_hidden_numbers_make_no_difference(grouper: Grouper) -> None:
    groups = grouper.group(asked("thủ tục làm sổ đỏ ko", "thủ tục làm sổ đỏ không", "thủ tục làm sổ đỏ không [dãy số]"))
    assert len(groups) == 1


def test_the_same_in_other_words_is_put_together(grouper: Grouper) -> None:
    groups = grouper.group(
        asked(
            "giá vàng hôm nay bao nhiêu",
            "cho hỏi giá vàng hôm nay bao nhiêu vậy",
            "hôm nay giá vàng bao nhiêu",
            "thủ tục làm sổ đỏ thế nào",
            "làm thủ tục sổ đỏ thế nào ạ",
            "đội tuyển đá bóng mấy giờ",
        )
    )
    assert [group.count for group in groups] == [3, 2, 1]
    assert {"vàng" in text for text in lines(groups)[0]} == {True}


def test_a_shared_common_word_joins_nothing(grouper: Grouper) -> None:
    groups = grouper.group(asked("giá vàng hôm nay", "thời tiết hôm nay", "xổ số hôm nay", "giá xăng tuần này"))
    assert len(groups) == 4


def test_the_typical_one_has_most_askers_and_diacritics(grouper: Grouper) -> None:
    (group,) = grouper.group(asked("gia vang hom nay", "giá vàng hôm nay", "cho mình hỏi giá vàng hôm nay nhé"))
    assert group.typical.text == "giá vàng hôm nay"
    assert group.typical in group.members


def test_the_biggest_come_first_then_the_newest_and_noise_last(grouper: Grouper) -> None:
    groups = grouper.group(
        asked(
            "asdf",
            "asdf",
            "asdf",
            "vé",
            "vé",
            "thời tiết kon tum",
            "giá vàng hôm nay",
            "xổ số miền bắc",
            "gia vang hom nay",
        )
    )
    assert [group.typical.text for group in groups] == [
        "giá vàng hôm nay",
        "xổ số miền bắc",
        "thời tiết kon tum",
        "asdf",
        "vé",
    ]
    assert [group.noise for group in groups] == [False, False, False, True, True]


@pytest.mark.parametrize("text", ["asdfgh qwerty zxcvb", "hhhhh", "ok", "🔥🔥", "123 456", "", "…", "bxzq wkj thời"])
def test_what_nobody_can_answer_is_noise(grouper: Grouper, text: str) -> None:
    assert grouper.is_noise(text)


@pytest.mark.parametrize("text", ["giá vàng", "gia vang hom nay", "pin xe VinFast bị phồng", "ăn nấm đc ko"])
def test_questions_are_no_noise(grouper: Grouper, text: str) -> None:
    assert not grouper.is_noise(text)


def test_every_question_is_in_one_group_and_the_order_they_come_in_does_not_matter(grouper: Grouper) -> None:
    questions = asked(*(example.text for example in load_examples()[:600]), "", "🔥", "asdf")
    shuffled = list(questions)
    random.Random(3).shuffle(shuffled)
    groups = grouper.group(questions)
    assert sorted(question.id for group in groups for question in group.members) == sorted(one.id for one in questions)
    assert groups == grouper.group(shuffled)
    assert grouper.group([]) == []


def test_groups_rarely_mix_entries(grouper: Grouper) -> None:
    """On examples the model knows; what it does not know was measured when the thresholds were chosen."""
    examples = [example for example in load_examples() if example.intent.startswith(("food.", "battery."))][::4]
    groups = grouper.group(asked(*(example.text for example in examples)))
    pairs = right = 0
    for group in groups:
        meant = [examples[question.id - 1].intent for question in group.members]
        pairs += len(meant) * (len(meant) - 1) // 2
        right += sum(meant.count(one) * (meant.count(one) - 1) // 2 for one in set(meant))
    assert pairs > 100
    assert right / pairs > 0.8


def test_the_nearest_entries_are_named_with_scores(grouper: Grouper, catalog: Catalog) -> None:
    near = grouper.nearest("an la ngon roi")
    assert near[0].entry == "food.la_ngon"
    assert len(near) == 3
    assert 1 >= near[0].score >= near[1].score >= near[2].score >= 0
    assert all(one.entry in catalog.faq for one in near)
    assert grouper.nearest("🔥") == []
    assert grouper.nearest("giá vàng hôm nay")[0].score < 0.5


def test_a_thousand_questions_take_seconds(grouper: Grouper) -> None:
    pick = random.Random(1)
    examples = load_examples()
    texts = [pick.choice(examples).text for _ in range(1000)]
    begin = time.process_time()
    grouper.group(asked(*(fold(text) if pick.random() < 0.3 else text for text in texts)))
    assert time.process_time() - begin < 10


def test_accepted_examples_become_a_file_that_can_be_learnt_from(tmp_path: Path) -> None:
    known = [Example("ăn lá ngón", "food.la_ngon", "x.yml", 1)]
    accepted = [
        ("food.la_ngon", "An la ngon"),
        ("food.la_ngon", "lá ngón\ncó độc - không [số điện thoại]"),
        ("food.la_ngon", "lá ngón có độc - không"),
        ("battery.water_or_extinguisher", "- nước: dập được không? #pin"),
        ("food.la_ngon", "[dãy số]"),
    ]
    new = new_examples(accepted, known)
    assert [text for _, text in new] == ["lá ngón có độc - không", "- nước: dập được không? #pin"]
    (tmp_path / "learned.yml").write_text(rasa_yaml(new), encoding="utf-8")
    read = load_examples(tmp_path)
    assert {(one.intent, one.text) for one in read} == {
        ("food.la_ngon", "lá ngón có độc - không"),
        ("battery.water_or_extinguisher", "- nước: dập được không? #pin"),
    }
