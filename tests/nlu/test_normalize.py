"""One spelling for what people spell in many ways."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.files import ContentError
from content.lexicon import FILE, load_lexicon
from content.words import fold
from nlu.normalize import Normalizer, has_diacritics, placed_tone

NORMALIZER = Normalizer(load_lexicon())
VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"

SAME = {
    "Hoà  BÌNH": "hòa bình",
    "thuý": "thúy",
    "khoẻ": "khỏe",
    "hòan thành": "hoàn thành",
    "quý": "quý",
    "giếng": "giếng",
    "gì": "gì",
    "khuỷu": "khuỷu",
    "nguyễn": "nguyễn",
    "ko dc j z": "không được gì vậy",
    "quáaaa trờiiii ơiii": "quá trời ơi",
    "coooong": "cong",
    "xoong canh": "xoong canh",
    "1000000 đồng": "1000000 đồng",
    "𝐤𝐡𝐨̂𝐧𝐠 cháy 🔥🔥": "không cháy",
    "cứu\u200b em\ufeff với": "cứu em với",
    "xe điện\ncháy": "xe điện. cháy",
    "xem https://vi.dụ/a?b=1 nè": "xem nè",
    "😀🔥": "",
    "": "",
    "\x00\x07": "",
    "Привет мир": "",
}
UNTOUCHED = ["gọi không dậy", "sụp mí mắt", "dị ứng", "hong cay", "mo hinh", "đau răng", "chị dâu", "bà bầu"]


@pytest.mark.parametrize(("text", "normal"), SAME.items())
def test_spellings_are_made_one(text: str, normal: str) -> None:
    assert NORMALIZER.normalize(text) == normal


@pytest.mark.parametrize("text", UNTOUCHED)
def test_words_that_only_look_like_abbreviations_stay(text: str) -> None:
    assert NORMALIZER.normalize(text) == text


@pytest.mark.parametrize(
    ("text", "has"), [("xe dien", False), ("xe điện", True), ("đ", True), ("", False), ("A  B", False)]
)
def test_diacritics_are_seen(text: str, has: bool) -> None:
    assert has_diacritics(text) is has


@given(st.text(max_size=200) | st.text(alphabet=VIETNAMESE + " .,", max_size=80))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = NORMALIZER.normalize(text)
    assert NORMALIZER.normalize(once) == once


@given(st.text(max_size=200) | st.text(alphabet=VIETNAMESE + " .,", max_size=80))
def test_composed_and_decomposed_text_come_out_the_same(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert NORMALIZER.normalize(unicodedata.normalize("NFD", composed)) == NORMALIZER.normalize(composed)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=100))
def test_folding_keeps_ascii(text: str) -> None:
    assert fold(text) == " ".join(text.lower().split())


@given(st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + " ", max_size=100))
def test_folded_vietnamese_is_ascii_and_folding_twice_changes_nothing(text: str) -> None:
    folded = fold(text)
    assert folded.isascii()
    assert fold(folded) == folded


@given(st.text(alphabet=VIETNAMESE, min_size=1, max_size=8))
def test_placing_the_tone_changes_only_its_place(word: str) -> None:
    assert fold(placed_tone(word)) == fold(word)
    assert placed_tone(placed_tone(word)) == placed_tone(word)


def test_a_lexicon_that_expands_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "vi").mkdir()
    (tmp_path / FILE).write_text('teencode:\n  "k": "ko nhé"\n  "ko": "không"\nconcepts: []\n', encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_lexicon(tmp_path)
    (fault,) = caught.value.faults
    assert (fault.file, fault.line) == (FILE, 2)


def test_the_shipped_lexicon_has_no_abbreviation_that_is_a_word_of_an_emergency() -> None:
    for text in ("gọi không dậy", "dị ứng", "sụp mí", "hỏng", "ngất lịm", "mê man"):
        assert NORMALIZER.normalize(text) == text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ngodocthucpham", "ngo doc thuc pham"),
        ("conemuốngnhầmthuốcsâu", "con em uống nhầm thuốc sâu"),
        ("sạcxequađêm", "sạc xe qua đêm"),
        ("pinphồngphảilàmsao", "pin phồng phải làm sao"),
        ("nghiêng", "nghiêng"),
        ("methanol", "methanol"),
        ("facebook", "facebook"),
        ("asdkjhqwlkej", "asdkjhqwlkej"),
        ("x" * 5000, "x"),
    ],
)
def test_syllables_typed_without_blanks_are_cut_apart(typed: str, meant: str) -> None:
    assert NORMALIZER.normalize(typed) == meant
