"""Typed lines and the buttons they mean."""

from __future__ import annotations

import pytest

from handlers.choices import NOTHING, Pick, folded, picked

OFFERED = [
    ["Nấm độc: làm gì ngay", "faq:food.mushroom"],
    ["Hữu ích", "vote:helpful:1"],
    ["Chưa đúng", "vote:wrong:1"],
    ["Gặp cán bộ", "human"],
    ["Xem thêm", "topic:food:2"],
]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("Hữu ích", "vote:helpful:1"),
        ("huu ich", "vote:helpful:1"),
        ("HỮU ÍCH!", "vote:helpful:1"),
        ("gặp cán bộ", "human"),
        ("can bo", "human"),
        ("gap", "human"),
        ("2", "vote:helpful:1"),
        ("2.", "vote:helpful:1"),
        ("số 2", "vote:helpful:1"),
        ("so hai", "vote:helpful:1"),
        ("chọn số 4", "human"),
        ("câu 1", "faq:food.mushroom"),
        ("thứ năm", "topic:food:2"),
        ("hai", "vote:helpful:1"),
        ("mục ba", "vote:wrong:1"),
        ("nam", "faq:food.mushroom"),
        ("lam gi ngay", "faq:food.mushroom"),
    ],
)
def test_a_typed_line_picks_the_button_it_means(typed: str, value: str) -> None:
    assert picked(typed, OFFERED, form_open=False) == Pick(value)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "👍",
        "nấm nào ăn được vậy",
        "ch",
        "năm",  # written with its mark it is five or a year, not the mushroom
        "ba",
        "ngay mai",
        "cán bộ ơi giúp với",
    ],
)
def test_other_lines_pick_nothing(typed: str) -> None:
    assert picked(typed, OFFERED, form_open=False) == NOTHING


def test_a_part_of_two_labels_picks_none() -> None:
    offered = [["Sạc qua đêm", "a"], ["Sạc ở hầm", "b"]]
    assert picked("sạc", offered, form_open=False) == NOTHING
    assert picked("sạc qua", offered, form_open=False) == Pick("a")


@pytest.mark.parametrize("typed", ["0", "6", "số 17"])
def test_a_number_no_button_has_is_noticed(typed: str) -> None:
    assert picked(typed, OFFERED, form_open=False).beyond is not None


def test_nothing_is_picked_before_anything_is_offered() -> None:
    assert picked("2", [], form_open=False) == NOTHING


@pytest.mark.parametrize("typed", ["2", "hai", "can", "gặp"])
def test_in_a_form_numbers_and_single_words_are_answers(typed: str) -> None:
    assert picked(typed, OFFERED, form_open=True) == NOTHING


@pytest.mark.parametrize("typed", ["gặp cán bộ", "gap can", "Chưa đúng."])
def test_in_a_form_whole_labels_and_their_beginnings_pick(typed: str) -> None:
    assert picked(typed, OFFERED, form_open=True).value in {"human", "vote:wrong:1"}


def test_folding_drops_marks_case_and_punctuation() -> None:
    assert folded("  Đăk GLEI – hỏi: «Gì?»\n") == "dak glei hoi gi"
    assert folded("😀…") == ""
