"""Phone numbers in any spelling, and hiding what identifies people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities.phones import find_phone, mask_personal

SPELLINGS = [
    "0905123456", "+84905123456", "84905123456", "0084905123456", "+84 905 123 456", "0905.123.456", "0905-123-456",
    "090 512 3456", "(+84) 905-123-456", "+84 (0) 905123456", "số em là 0905 123 456 nhé", "sđt:0905123456.",
    "٠٩٠٥١٢٣٤٥٦",
]  # fmt: skip
NOT_PHONES = ["", "115", "0260 3862 567", "012345678901", "09051234567", "090512345", "0105123456", "16/12/2024", "abc"]
MASKED = {
    "gọi em 0905.123.456 nhé": "gọi em [số điện thoại] nhé",
    "cccd 062085001234": "cccd [dãy số]",
    "cmnd 233 123 456": "cmnd [dãy số]",
    "stk 0071000123456 VCB": "stk [dãy số] VCB",
    "nhà em 0260 3862567": "nhà em [dãy số]",
    "thư: nguyen.an+1@gmail.com.vn": "thư: [email]",
    "an @ gmail . com": "[email]",
    "ngày 16/12/2024, 16-12-2024, 2024-12-16": "ngày 16/12/2024, 16-12-2024, 2024-12-16",
    "gọi 115, 114 hay 1900 9095": "gọi 115, 114 hay 1900 9095",
    "công văn 3929/KH-UBND năm 2024": "công văn 3929/KH-UBND năm 2024",
    "1.250.000 đồng": "1.250.000 đồng",
    "cccd 062085001234 ngày 16/12/2024": "cccd [dãy số] ngày 16/12/2024",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_mobile_number_is_found(text: str) -> None:
    assert find_phone(text) == "84905123456"


@pytest.mark.parametrize("text", NOT_PHONES)
def test_what_is_no_mobile_number_is_none(text: str) -> None:
    assert find_phone(text) is None


@pytest.mark.parametrize(("text", "masked"), MASKED.items())
def test_what_identifies_a_person_is_hidden(text: str, masked: str) -> None:
    assert mask_personal(text) == masked


@given(st.integers(0, 10**8 - 1), st.sampled_from("35789"), st.sampled_from(["", " ", ".", "-"]), st.text(max_size=20))
def test_no_mobile_number_survives_masking(rest: int, first: str, gap: str, around: str) -> None:
    digits = f"{first}{rest:08d}"
    text = f"{around} 0{digits[:2]}{gap}{digits[2:5]}{gap}{digits[5:]} {around}"
    assert find_phone(mask_personal(text)) is None
    assert digits not in mask_personal(text)


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask_personal(text)
    assert mask_personal(once) == once
