"""Difficulties and proposals: told apart, put under their theme, never reworded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.catalog import Catalog, load_catalog
from handlers.reports.difficulties import sentences, sorted_out, theme_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Thiếu kinh phí. Đề nghị Sở hỗ trợ.", ["Thiếu kinh phí.", "Đề nghị Sở hỗ trợ."]),
        ("- Máy hỏng\n- Chưa có người", ["Máy hỏng", "Chưa có người"]),
        ("1. Máy hỏng; 2) mạng yếu", ["Máy hỏng", "mạng yếu"]),
        ("Tại TP. Kon Tum mạng yếu.", ["Tại TP. Kon Tum mạng yếu."]),
        ("Cần 12.500 đồng/loa", ["Cần 12.500 đồng/loa"]),
        (" ... ", []),
    ],
)
def test_an_answer_falls_into_sentences(text: str, found: list[str]) -> None:
    assert sentences(text) == found


@pytest.mark.parametrize(
    ("sentence", "theme"),
    [
        ("Chưa bố trí được kinh phí lắp loa", "funding"),
        ("Thieu kinh phi", "funding"),
        ("Cụm loa thôn 3 hư hỏng", "equipment"),
        ("Cán bộ kiêm nhiệm nhiều việc", "staff"),
        ("Chưa có hướng dẫn của Bộ", "guidance"),
        ("Địa bàn rộng, dân cư phân tán", "terrain"),
        ("Không kịp tiến độ", "time"),
        ("Lý do khác", "other"),
        ("Vốn từ", "funding"),
        ("Loan báo muộn", "other"),
    ],
)
def test_a_sentence_belongs_to_its_theme_by_whole_words(sentence: str, theme: str, catalog: Catalog) -> None:
    assert theme_of(sentence, catalog.difficulties.themes).id == theme


def test_what_two_agencies_say_alike_stands_once(catalog: Catalog) -> None:
    said = [
        {"agency": "UBND huyện A", "path": "III.1", "text": "Thiếu kinh phí. Đề nghị bố trí vốn."},
        {"agency": "UBND huyện B", "path": "III.1", "text": "thiếu  kinh phí."},
    ]
    found = sorted_out(said, catalog.difficulties)
    [theme] = found["difficulties"]
    assert theme["title"] == "Về kinh phí"
    assert theme["entries"] == [
        {"text": "Thiếu kinh phí.", "agencies": ["UBND huyện A", "UBND huyện B"], "paths": ["III.1"]}
    ]
    assert found["proposals"][0]["entries"][0]["text"] == "Đề nghị bố trí vốn."


THEMES = load_catalog().difficulties


@given(st.text(max_size=400))
def test_no_word_is_lost_or_changed(text: str) -> None:
    found = sorted_out([{"agency": "A", "path": "1", "text": text}], THEMES)
    told = [entry["text"] for kind in found.values() for theme in kind for entry in theme["entries"]]
    plain = " ".join(text.split())
    assert all(sentence in plain for sentence in told)
