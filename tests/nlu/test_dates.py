"""Days as people write them, seen from Monday 11 November 2024."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.words import fold
from nlu.entities.dates import parse_date

TODAY = date(2024, 11, 11)

DAYS = {
    "16/12/2024": "2024-12-16",
    "16-12": "2024-12-16",
    "16.12": "2024-12-16",
    "16/12/24": "2024-12-16",
    "2024-12-16": "2024-12-16",
    "16 tháng 12": "2024-12-16",
    "16 tháng 12 năm 2025": "2025-12-16",
    "ngày 05 tháng 3 năm 2025": "2025-03-05",
    "ngày mười sáu tháng mười hai": "2024-12-16",
    "mùng 5 tháng 12": "2024-12-05",
    "khoảng 15/12 ạ": "2024-12-15",
    "trước ngày 15/12/2024": "2024-12-15",
    "10h30 ngày 16/12": "2024-12-16",
    "thứ hai 16/12/2024": "2024-12-16",
    "5/1": "2025-01-05",
    "20/8": "2024-08-20",
    "ngày 16": "2024-11-16",
    "ngày 16 tháng trước": "2024-10-16",
    "ngày 3 tháng sau": "2024-12-03",
    "hôm nay": "2024-11-11",
    "xong sáng nay": "2024-11-11",
    "hôm qua": "2024-11-10",
    "tối qua": "2024-11-10",
    "hôm kia": "2024-11-09",
    "ngày mai": "2024-11-12",
    "chiều mai": "2024-11-12",
    "mai": "2024-11-12",
    "mốt": "2024-11-13",
    "ngày kia": "2024-11-13",
    "3 ngày trước": "2024-11-08",
    "ba ngày nữa": "2024-11-14",
    "cách đây 2 tuần": "2024-10-28",
    "sau 5 ngày": "2024-11-16",
    "1 tháng trước": "2024-10-11",
    "thứ hai tuần trước": "2024-11-04",
    "thứ 2 tuần trước": "2024-11-04",
    "thứ năm tuần sau": "2024-11-21",
    "chủ nhật tuần này": "2024-11-17",
    "t6 tuần sau": "2024-11-22",
    "thứ sáu": "2024-11-15",
    "thứ hai tới": "2024-11-18",
    "thứ hai vừa rồi": "2024-11-04",
    "tuần trước": "2024-11-10",
    "tuần sau": "2024-11-24",
    "đầu tuần sau": "2024-11-18",
    "cuối tuần": "2024-11-17",
    "cuối tháng": "2024-11-30",
    "đầu tháng sau": "2024-12-01",
    "giữa tháng 12": "2024-12-15",
    "tháng trước": "2024-10-31",
    "tháng 12": "2024-12-31",
    "cuối tháng 2/2025": "2025-02-28",
    "cuối quý I/2025": "2025-03-31",
    "quý 4": "2024-12-31",
    "cuối năm": "2024-12-31",
    "giữa năm sau": "2025-06-30",
}
NOT_DAYS = [
    "", " ", "abc", "chưa xong", "1.250", "16", "mot", "31/11", "ngày 31", "30/2/2024", "29/2/2025", "99/99/9999",
    "tháng 13", "từ 5/12 đến 16/12", "từ ngày 5 đến 16/12", "15/12 hoặc 16/12", "thứ ba 16/12/2024", "mùng 5 tết",
    "tháng chạp", "ngày 5 tuần sau", "15122024", "năm 2024", "ngày 0", "0/5", "x" * 5000, "9" * 400,
]  # fmt: skip


@pytest.mark.parametrize(("text", "day"), DAYS.items())
def test_a_day_is_read(text: str, day: str) -> None:
    assert parse_date(text, TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize("text", [text for text in DAYS if text != "mốt" and text != "ngày kia"])
def test_a_day_is_read_without_diacritics(text: str) -> None:
    assert parse_date(fold(text).upper(), TODAY) == parse_date(text, TODAY)


@pytest.mark.parametrize("text", NOT_DAYS)
def test_what_is_no_day_is_none(text: str) -> None:
    assert parse_date(text, TODAY) is None


def test_the_year_that_is_nearest_is_meant() -> None:
    assert parse_date("28/12", date(2025, 1, 3)) == date(2024, 12, 28)
    assert parse_date("29/2", date(2025, 1, 3)) == date(2024, 2, 29)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.dates(date(2000, 1, 1), date(2080, 1, 1)))
def test_a_full_date_is_read_whatever_today_is(day: date, today: date) -> None:
    for written in (
        f"{day:%d/%m/%Y}",
        f"{day.day}-{day.month}-{day.year}",
        f"{day.day} tháng {day.month} năm {day.year}",
    ):
        assert parse_date(written, today) == day


@given(st.dates(date(2000, 1, 1), date(2080, 1, 1)), st.sampled_from(["truoc", "sau"]), st.integers(2, 7))
def test_a_weekday_of_another_week_is_in_that_week(today: date, side: str, weekday: int) -> None:
    found = parse_date(f"thu {weekday} tuan {side}", today)
    assert found is not None
    assert found.weekday() == weekday - 2
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 if side == "sau" else -7)
    assert monday <= found < monday + timedelta(days=7)


@given(st.text(max_size=60) | st.text(alphabet="0123456789/-. ngàythángnămtuầntrướcsau", max_size=40), st.dates())
def test_any_text_gives_a_day_or_none(text: str, today: date) -> None:
    found = parse_date(text, today)
    assert found is None or isinstance(found, date)
