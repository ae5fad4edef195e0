"""Whatever the text is: no crash, the agreed shape, lines that exist, and an end in time."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.catalog import Catalog
from nlu.documents.doubts import MOST
from nlu.documents.kinds import KINDS
from nlu.documents.layout import LONGEST
from tests.documents.conftest import Read
from tests.documents.measure import EXPECTED, seed

LINES = sorted({line for number in EXPECTED for line in seed(number).split("\n")})
PIECES = [
    "I. ", "1. ", "1.1. ", "a) ", "đ) ", "- ", "+ ", "Điều 1. ", "Phụ lục 01\n", "TT Nhiệm vụ Đơn vị chủ trì\n", "1 ",
    "2\n", "Đơn vị thực hiện: ", "Thời gian: ", "Kính gửi:", "Nơi nhận:", "KT. GIÁM ĐỐC\n", "KẾ HOẠCH\n", "V/v ",
    "Số: /KH-UBND", "ngày 31 tháng 2 năm 2024", "trước ngày 99/99/0000", "từ tuần 53/9999", "100%", "ít nhất 05 xã",
    "báo cáo ", "phối hợp ", "chủ trì ", "Sở Y tế", "UBND các huyện: A, B", "các đơn vị", "; ", ", ", " và ", ": ", "¹",
    "thông1", "\n1 Ghi chú\n", "| TT | Việc |\n", "| 1 | x |\n", "\f", "\r", "\x00", "\u0300", "\u200b", "\ud800", "…",
    "./.", "\n", "\n\n\n", "   ",
]  # fmt: skip
KINDS_OF_PARTS = ("items", "tasks", "deadlines", "slogans", "forms", "anniversaries", "names")
AGENCY = {"text": str, "id": (str, type(None))}
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.lists(st.sampled_from(LINES), max_size=60).map("\n".join),
    st.lists(st.sampled_from(PIECES + LINES), max_size=60).map("\n".join),
)
PATIENT = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def check(reading: dict[str, Any], text: str) -> None:
    """The shape other programs rely on."""
    json.dumps(reading).encode()
    last = len(re.split(r"\r\n|\r|\n", text))
    assert list(reading) == [
        "document", "items", "tasks", "deadlines", "slogans", "forms", "anniversaries", "names", "warnings",
    ]  # fmt: skip
    document = reading["document"]
    assert list(document) == [
        "kind", "number", "issued_on", "issuer", "subject", "signer", "recipients", "legal_bases", "confidential",
    ]  # fmt: skip
    assert document["kind"] is None or document["kind"] in KINDS.values()
    _days(document["issued_on"], *(base["date"] for base in document["legal_bases"]))
    for item in reading["items"]:
        assert list(item) == ["path", "title", "text", "providers", "from", "to", "lines"]
        _agencies(item["providers"])
        _days(item["from"], item["to"])
    for task in reading["tasks"]:
        assert list(task) == ["path", "title", "lead", "coordinators", "due", "indicators", "lines"]
        assert len(task["title"]) <= 160
        _agencies([*task["lead"], *task["coordinators"]])
        assert list(task["due"]) == ["as_written", "date", "semantics"]
        _days(task["due"]["date"])
        for indicator in task["indicators"]:
            assert list(indicator) == ["as_written", "value", "unit", "comparison"]
    for deadline in reading["deadlines"]:
        assert list(deadline) == ["as_written", "date", "semantics", "reporter", "receiver", "lines"]
        assert deadline["semantics"] in (None, "before", "by", "within", "recurring")
        _days(deadline["date"])
    parts = [part for kind in KINDS_OF_PARTS for part in reading[kind]]
    for part in parts:
        first, end = part["lines"]
        assert 1 <= first <= end <= last
    for kind in ("items", "tasks"):
        paths = [part["path"] for part in reading[kind]]
        assert len(paths) == len(set(paths))
    dues = [task["due"] for task in reading["tasks"]] + reading["deadlines"]
    figures = [figure for task in reading["tasks"] for figure in task["indicators"]]
    letters = _letters(text)
    for written in [*dues, *figures]:
        assert _letters(written["as_written"] or "") in letters
    for name in reading["names"]:
        assert list(name) == ["text", "why", "choices", "lines"]
        assert name["why"] in ("unknown", "homonym", "elsewhere", "ended")
    assert all(isinstance(warning, str) for warning in reading["warnings"])
    assert len(reading["warnings"]) <= MOST


def _letters(text: str) -> str:
    """Letters and figures of a text: spaces, breaks and the marks of footnotes between them do not count."""
    known = unicodedata.normalize("NFC", text).translate({ord(digit): None for digit in "⁰¹²³⁴⁵⁶⁷⁸⁹"})
    return "".join(letter for letter in known if letter.isalnum())


def _agencies(named: list[dict[str, Any]]) -> None:
    for agency in named:
        assert list(agency) == list(AGENCY)
        assert agency["text"].strip()


def _days(*days: str | None) -> None:
    assert all(day is None or re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days)


@given(text=TEXTS)
@PATIENT
def test_any_text_is_read(read: Read, text: str) -> None:
    check(read(text), text)


@given(number=st.sampled_from(sorted(EXPECTED)), cuts=st.tuples(st.integers(0, 30_000), st.integers(0, 30_000)))
@settings(PATIENT, max_examples=40)
def test_a_torn_document_is_read(read: Read, number: str, cuts: tuple[int, int]) -> None:
    text = seed(number)[min(cuts) : max(cuts)]
    check(read(text), text)


def test_every_kind_has_a_name(catalog: Catalog) -> None:
    assert set(catalog.text.section("directive.kind")) == set(KINDS.values())


HUGE = 5_000_000


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param("Sở Y tế báo cáo về Sở A trước ngày 1/1/2024 ", id="one line"),
        pytest.param("1. Sở Y tế\n- Đơn vị thực hiện: Sở Nội vụ; Ban B\n- Thời gian: 1/1/2025\n", id="tasks"),
        pytest.param("\n", id="blank lines"),
        pytest.param("(", id="brackets"),
        pytest.param("Kính gửi:\n- Sở A\n", id="heads"),
        pytest.param(
            "Phụ lục\nTT\nNhiệm vụ\nĐơn vị chủ trì\n1\nviệc rất dài đây nhé bạn\nSở A\nvà B\nCác\n", id="annexes"
        ),
        pytest.param("", id="a plan again and again"),
    ],
)
def test_a_huge_text_ends_in_time(read: Read, unit: str) -> None:
    """Five million characters: only the first part is read, and no pattern runs away on them."""
    unit = unit or seed("002")
    text = (unit * (HUGE // len(unit) + 1))[:HUGE]
    began = time.monotonic()
    reading = read(text)
    assert time.monotonic() - began < 60
    check(reading, text[:LONGEST])
    assert any("chỉ đọc đến dòng" in warning for warning in reading["warnings"])
