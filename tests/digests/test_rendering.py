"""How an edition reads, and that it fits a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bot.channels.base import Capabilities
from bot.channels.layout import lay_out
from content.catalog import Catalog
from handlers.digests import details_reply, edition_reply
from handlers.digests.rendering import MAIN_LIMIT, deadline_words, shortened, week_span
from handlers.digests.weeks import Week
from handlers.messages import Reply

Bodies = dict[str, dict[str, Any]]
NARROWEST = Capabilities(text_limit=2000, buttons=5, button_label=100)
"""Zalo's limits."""


def test_every_edition_is_one_message_of_the_narrowest_channel(week46: Bodies, catalog: Catalog) -> None:
    for agency, body in week46.items():
        reply = edition_reply(catalog, body)
        assert len(reply.text) <= 1700, agency
        parts = lay_out(reply, NARROWEST)
        assert len(parts) == 1, agency
        assert 3 <= len(parts[0].choices) <= 5, agency
        assert reply.text.count("**") % 2 == 0
        assert all(f"{agency_part['number']}. " in reply.text for agency_part in body["items"]), agency


def test_the_main_message_of_a_district(week46: Bodies, catalog: Catalog) -> None:
    text = edition_reply(catalog, week46["ubnd_huyen_sa_thay"]).text
    wanted = [
        "TUẦN 46/2024** (11/11–17/11/2024)",
        "Kính gửi: UBND huyện Sa Thầy",
        "1.1. Luật sửa đổi, bổ sung một số điều của Luật Cảnh vệ",
        "1.2. Phòng ngừa ngộ độc thực phẩm",
        "Phần việc",
        "Hạn: trước ngày 16/12/2024 → hạn cuối an toàn: Chủ nhật 15/12/2024",
        "Trang TTĐT cấp xã",
        "Hạn: trước ngày 20/12/2024 → hạn cuối an toàn: Thứ Năm 19/12/2024",
        "18/11: ",
        "20/11: Ngày Nhà giáo Việt Nam",
        "Khẩu hiệu",
    ]
    places = [text.index(words) for words in wanted]
    assert places == sorted(places)


def test_buttons(week46: Bodies, catalog: Catalog) -> None:
    reply = edition_reply(catalog, week46["cong_an_tinh"])
    assert [choice.value for choice in reply.choices] == [
        "ack:2024-W46",
        "hand:d:2024-W46",
        "unclear:d:2024-W46",
        "digest:more:2024-W46",
        "reports",
    ]
    assert [choice.label for choice in reply.choices[:3]] == ["Đã tiếp nhận", "Đã giao cho…", "Cần làm rõ"]
    read = edition_reply(catalog, week46["cong_an_tinh"], acknowledge=False)
    assert [choice.value for choice in read.choices] == [
        "digest:more:2024-W46",
        "reports",
        "item:i003_1_1",
        "item:i003_1_3",
    ]
    assert "xác nhận tiếp nhận" not in read.text


def test_the_details_leave_nothing_out(week46: Bodies, catalog: Catalog) -> None:
    body = week46["so_tttt"]
    text = details_reply(catalog, body).text
    for task in [*body["tasks"], *body["coordinating"]]:
        assert task["title"] in text
        for part in task["parts"]:
            assert part["place"] in text
    press = details_reply(catalog, week46["bao_kon_tum"])
    assert all(topic["summary"] in press.text for topic in week46["bao_kon_tum"]["topics"])
    assert "mục nữa" not in press.text


def test_a_reply_survives_being_stored(week46: Bodies, catalog: Catalog) -> None:
    reply = edition_reply(catalog, week46["so_y_te"])
    assert Reply.from_json(reply.to_json()) == reply


@pytest.mark.parametrize("many", [2, 10, 60])
def test_an_overfull_week_is_squeezed_and_says_how_much_is_left_out(
    week46: Bodies, catalog: Catalog, many: int
) -> None:
    body = week46["ubnd_huyen_sa_thay"]
    crowded = {
        **body,
        "items": [{**item, "title": item["title"] * 3} for item in body["items"] * many],
        "tasks": [{**task, "due": f"2024-12-{1 + place % 20:02}"} for place, task in enumerate(body["tasks"] * many)],
        "reports": body["reports"] * many,
        "duties": body["duties"] * many,
        "slogans": body["slogans"] * many,
    }
    text = edition_reply(catalog, crowded).text
    assert len(text) <= MAIN_LIMIT
    assert text.endswith("tiếp nhận.")
    assert re.search(r"… và \d+ mục nữa, bấm Xem chi tiết", text)


def test_an_agency_with_nothing_new_is_told_so_in_one_line(
    composed: Callable[[str], Bodies], week46: Bodies, catalog: Catalog
) -> None:
    """In week 47 công văn 003 runs on; in week 46 it was new."""
    line = "Tuần này không có nội dung mới"
    assert edition_reply(catalog, composed("2024-W47")["so_y_te"]).text.count(line) == 1
    assert line not in edition_reply(catalog, week46["so_y_te"]).text


def test_overdue_work_is_called_so(week46: Bodies, catalog: Catalog) -> None:
    body = week46["ubnd_huyen_sa_thay"]
    late = {**body, "tasks": [{**body["tasks"][1], "overdue": True}]}
    text = edition_reply(catalog, late).text
    assert "đã quá hạn" in text
    assert text.index("đã quá hạn") < text.index("Trang TTĐT")


def test_titles_cannot_smuggle_in_a_placeholder(week46: Bodies, catalog: Catalog) -> None:
    body = week46["so_y_te"]
    odd = {**body, "items": [{**body["items"][0], "title": "Mục {week} {0} 100%"}]}
    assert "Mục {week} {0} 100%" in edition_reply(catalog, odd).text


def test_deadlines_in_words(catalog: Catalog) -> None:
    sunday = date(2024, 12, 15)
    assert (
        deadline_words(catalog, sunday, date(2024, 12, 16), "before", "Trước ngày 16 tháng 12 năm 2024")
        == "Hạn: trước ngày 16/12/2024 → hạn cuối an toàn: Chủ nhật 15/12/2024"
    )
    year_end = date(2024, 12, 31)
    assert (
        deadline_words(catalog, year_end, None, "within", "Trong quý IV năm 2024")
        == "Trong quý IV năm 2024 → hạn cuối: Thứ Ba 31/12/2024"
    )
    assert deadline_words(catalog, year_end) == "Hạn cuối: Thứ Ba 31/12/2024"
    assert "Hằng tháng" in deadline_words(catalog, year_end, None, "recurring", "Hằng tháng", "monthly")


def test_a_week_across_new_year_names_both_years() -> None:
    assert week_span(Week.parse("2025-W01")) == {"week": "1/2025", "first": "30/12/2024", "last": "05/01/2025"}


def test_titles_are_cut_at_a_word() -> None:
    assert shortened("Phòng ngừa ngộ độc thực phẩm", 20) == "Phòng ngừa ngộ độc…"
    assert shortened("ngắn", 20) == "ngắn"
    assert len(shortened("x" * 50, 20)) <= 20
