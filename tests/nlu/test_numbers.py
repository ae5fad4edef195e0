"""Numbers as officers write them in a report."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.figures import figure
from content.words import fold
from nlu.entities.numbers import Number, parse_number

NUMBERS = {
    "5": Number(5),
    "0": Number(0),
    "5 xã": Number(5, unit="xã"),
    "5xã": Number(5, unit="xã"),
    "5 xa": Number(5, unit="xã"),
    "12 câu lạc bộ": Number(12, unit="câu lạc bộ"),
    "5 thị trấn rồi ạ": Number(5, unit="thị trấn"),
    "5/7 xã": Number(5, 7, "xã"),
    "5 / 7": Number(5, 7),
    "7/7": Number(7, 7),
    "được 6/6 xã, phường": Number(6, 6, "xã"),
    "5 trên 7 xã": Number(5, 7, "xã"),
    "5 trong tổng số 7 xã": Number(5, 7, "xã"),
    "năm trên bảy xã": Number(5, 7, "xã"),
    "7／９": Number(7, 9),
    "1.250": Number(1250),
    "1,250": Number(1.25),
    "1.25": Number(1.25),
    "0.125": Number(0.125),
    "1.250,5": Number(1250.5),
    "1,250.5": Number(1250.5),
    "1,250,000": Number(1_250_000),
    "1.250.000 đồng": Number(1_250_000, unit="đồng"),
    "1 250 000 đồng": Number(1_250_000, unit="đồng"),
    "1,5 triệu": Number(1_500_000),
    "2 triệu rưỡi": Number(2_500_000),
    "2 triệu 500 nghìn đồng": Number(2_500_000, unit="đồng"),
    "1tr2": Number(1_200_000),
    "10k": Number(10_000),
    "3 chục hộ": Number(30, unit="hộ"),
    "85%": Number(85, percent=True),
    "85 %": Number(85, percent=True),
    "85 phần trăm": Number(85, percent=True),
    "đạt 71,4% rồi ạ": Number(71.4, percent=True),
    "tám mươi lăm phần trăm": Number(85, percent=True),
    "năm phần trăm": Number(5, percent=True),
    "một nửa": Number(50, percent=True),
    "năm xã": Number(5, unit="xã"),
    "mười": Number(10),
    "mười lăm": Number(15),
    "hai mốt": Number(21),
    "hai mươi mốt thôn": Number(21, unit="thôn"),
    "một trăm linh năm hộ": Number(105, unit="hộ"),
    "ba trăm rưỡi": Number(350),
    "một nghìn hai trăm ba mươi tư": Number(1234),
    "một triệu rưỡi": Number(1_500_000),
    "năm 2024 được 5 xã": Number(5, unit="xã"),
    "chưa có xã nào": Number(0, unit="xã"),
    "không xã nào": Number(0, unit="xã"),
    "-5": Number(-5),
    "âm 5": Number(-5),
}
NOT_NUMBERS = [
    "", " ", "abc", "chưa có", "không", "không biết", "không có", "chưa làm một chút nào", "ba tôi đi vắng", "mươi xã",
    "5-7 xã", "5 xã và 7 thôn", "5 xã, 2 phường", "16/12/2024", "ngày 5/7", "16 tháng 12", "0905123456", "007", "1.2.3",
    "1.250.00", "1,25,0", "5/0", "1/2/3", "hai trăm năm", "năm năm", "abc5", "9" * 30, "5 " * 400, "NaN", "inf",
]  # fmt: skip
ONES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def spoken(number: int) -> str:
    """The number from 1 to 999,999 in words, as it is taught."""
    if number >= 1000:
        rest = number % 1000
        return f"{spoken(number // 1000)} nghìn" + (f" {hundreds(rest)}" if rest else "")
    return hundreds(number) if number >= 100 else tens(number)


def hundreds(number: int) -> str:
    rest = number % 100
    words = f"{ONES[number // 100]} trăm"
    if not rest:
        return words
    return f"{words} linh {ONES[rest]}" if rest < 10 else f"{words} {tens(rest)}"


def tens(number: int) -> str:
    ten, one = divmod(number, 10)
    if ten == 0:
        return ONES[one]
    head = "mười" if ten == 1 else f"{ONES[ten]} mươi"
    if one == 0:
        return head
    return f"{head} {'lăm' if one == 5 else 'mốt' if one == 1 and ten > 1 else ONES[one]}"


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_a_number_is_read(text: str, number: Number) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(("text", "number"), [(text, n) for text, n in NUMBERS.items() if text.isascii() is False])
def test_a_number_is_read_without_diacritics(text: str, number: Number) -> None:
    found = parse_number(fold(text))
    assert found is not None
    assert (found.value, found.denominator, found.percent) == (number.value, number.denominator, number.percent) or (
        text == "âm 5"
    )


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_what_is_no_single_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@given(st.integers(1, 999_999))
def test_spoken_numbers_are_read(number: int) -> None:
    assert parse_number(spoken(number) + " hộ") == Number(number, unit="hộ")


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_figures_as_loa_writes_them_are_read_back(whole: int, hundredths: int) -> None:
    value = whole + hundredths / 100
    found = parse_number(figure(value, 2))
    assert found is not None
    assert math.isclose(found.value, value)


@given(st.integers(0, 9999), st.integers(1, 9999))
def test_a_share_keeps_both_numbers(part: int, whole: int) -> None:
    assert parse_number(f"{part}/{whole}") == Number(part, whole)


@given(st.text(max_size=60) | st.text(alphabet="0123456789.,/% mườihaitrămnghìntriệuphầnkhông", max_size=40))
def test_any_text_gives_a_finite_number_or_none(text: str) -> None:
    found = parse_number(text)
    assert found is None or (math.isfinite(found.value) and found.denominator != 0)
