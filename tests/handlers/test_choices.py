"""Typed lines and the buttons they mean."""

from __future__ import annotations

import pytest

from handlers.choices import NOTHING, Pick, folded, numbered, picked, spelled_out

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


@pytest.mark.parametrize(
    ("labels", "numbers"),
    [
        (["Nấm", "Gặp cán bộ"], [1, 2]),
        (["1. Nấm", "2. Cá", "Trang sau"], [1, 2, 3]),
        (["3. Số xã", "5. Số buổi", "Nộp"], [3, 5, 6]),
        (["Quay lại", "1. Nấm"], [1, 2]),
        (["5/7 xã", "100 xã"], [1, 2]),
    ],
)
def test_a_label_with_a_number_of_its_own_is_offered_under_it(labels: list[str], numbers: list[int]) -> None:
    assert numbered(labels) == numbers
    for place, number in enumerate(numbers):
        assert picked(str(number), [[label, f"{at}"] for at, label in enumerate(labels)], False) == Pick(str(place))


def test_a_number_between_those_of_the_labels_is_noticed() -> None:
    assert picked("4", [["3. Số xã", "a"], ["5. Số buổi", "b"]], form_open=False) == Pick(beyond=4)


def test_choices_are_spelled_out_once() -> None:
    assert spelled_out("Chọn", ["Một", "Hai"]) == "Chọn\n\n1. Một\n2. Hai"
    assert spelled_out("Việc:\n1. Nấm, hạn 5/7\n2. Cá", ["1. Nấm", "2. Cá", "Sau"]) == (
        "Việc:\n1. Nấm, hạn 5/7\n2. Cá\n\n3. Sau"
    )
    assert spelled_out("Sửa câu nào?", ["3. Số xã", "5. Số buổi"]) == "Sửa câu nào?\n\n3. Số xã\n5. Số buổi"
    assert spelled_out("1. Nấm", ["1. Nấm"]) == "1. Nấm"
