"""Whole numbers out of what anybody can write."""

from __future__ import annotations

import pytest

from content.whole_numbers import whole


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("999999999", 999_999_999), ("1000000000", None), ("", None), ("-1", None), ("1.0", None),
     (" 1", None), ("٣", None), ("²", None)],
)  # fmt: skip
def test_only_few_digits_are_a_number(text: str, number: int | None) -> None:
    assert whole(text) == number


def test_fewer_digits_may_be_asked_for() -> None:
    assert (whole("99", 2), whole("100", 2)) == (99, None)
