"""Working time: what the offices' calendar says of days, mornings, hours and nights."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from content.catalog import Catalog
from handlers.working_time import WorkingTime, working_time

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture(scope="session")
def work(catalog: Catalog) -> WorkingTime:
    return working_time(catalog)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("year", "off"),
    [
        (
            2024,
            "01-01 02-08 02-09 02-12 02-13 02-14 04-18 04-29 04-30 05-01 09-02 09-03",
        ),
        (2025, "01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 05-02 09-01 09-02"),
        (
            2026,
            "01-01 01-02 02-16 02-17 02-18 02-19 02-20 04-27 04-30 05-01 08-31 09-01 09-02 11-24",
        ),
    ],
)
def test_weekdays_nobody_works_on(work: WorkingTime, year: int, off: str) -> None:
    """The years' notices, written out."""
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    found = [f"{day:%m-%d}" for day in days if day.year == year and day.weekday() < 5 and not work.is_working_day(day)]
    assert found == off.split()


def test_saturdays_everybody_works_on(work: WorkingTime) -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(3 * 366)]
    found = [day.isoformat() for day in days if day.weekday() >= 5 and work.is_working_day(day)]
    assert found == ["2024-05-04", "2025-04-26", "2026-01-10", "2026-08-22"]


def test_a_year_not_yet_announced_keeps_its_fixed_days_and_says_what_is_missing(work: WorkingTime) -> None:
    assert work.holiday(date(2027, 4, 30)) == "Ngày Chiến thắng 30/4"
    assert not work.is_working_day(date(2027, 4, 16))
    assert any("Tết Nguyên đán" in words for words in work.missing(2027) or ())
    assert work.missing(2025) == ()
    assert work.missing(2031) is None
    assert not work.is_working_day(date(2031, 9, 2))


@pytest.mark.parametrize(
    ("day", "days", "then"),
    [
        ("2024-11-13", 2, "2024-11-15"),
        ("2024-11-15", 1, "2024-11-18"),
        ("2024-11-16", 1, "2024-11-18"),
        ("2025-01-24", 1, "2025-02-03"),
        ("2025-04-25", 1, "2025-04-26"),
        ("2024-11-13", 0, "2024-11-13"),
    ],
)
def test_working_days_later(work: WorkingTime, day: str, days: int, then: str) -> None:
    assert work.day_after(date.fromisoformat(day), days) == date.fromisoformat(then)
    assert work.days_after(local(f"{day} 08:00"), days) == local(f"{then} 08:00")


@pytest.mark.parametrize(("moment", "then"), [("2024-11-13", "2024-11-11"), ("2024-11-18", "2024-11-14")])
def test_working_days_earlier(work: WorkingTime, moment: str, then: str) -> None:
    assert work.days_after(local(f"{moment} 08:00"), -2) == local(f"{then} 08:00")


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        ("2024-11-13 09:30", "2024-11-13 09:30"),
        ("2024-11-13 07:29", "2024-11-13 07:30"),
        ("2024-11-13 11:30", "2024-11-13 13:30"),
        ("2024-11-13 16:59", "2024-11-13 16:59"),
        ("2024-11-13 17:00", "2024-11-14 07:30"),
        ("2024-11-15 21:30", "2024-11-18 07:30"),
        ("2024-11-16 10:00", "2024-11-18 07:30"),
        ("2025-01-25 10:00", "2025-02-03 07:30"),
    ],
)
def test_when_the_offices_are_open_next(work: WorkingTime, moment: str, then: str) -> None:
    assert work.next_open(local(moment).astimezone(UTC)) == local(then)
    assert work.is_open(local(moment)) is (moment == then)


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        ("2024-11-11 07:30", "2024-11-11 07:30"),
        ("2024-11-11 07:31", "2024-11-12 07:30"),
        ("2026-08-31 07:30", "2026-09-03 07:30"),
        ("2025-04-25 08:00", "2025-04-26 07:30"),
    ],
)
def test_the_next_working_morning(work: WorkingTime, moment: str, then: str) -> None:
    assert work.next_morning(local(moment)) == local(then)


@pytest.mark.parametrize(
    ("moment", "hours", "then"),
    [
        ("2024-11-13 08:00", 2, "2024-11-13 10:00"),
        ("2024-11-13 10:30", 2, "2024-11-13 14:30"),
        ("2024-11-13 16:00", 4, "2024-11-14 10:30"),
        ("2024-11-15 20:00", 7.5, "2024-11-18 17:00"),
    ],
)
def test_hours_of_work_later(work: WorkingTime, moment: str, hours: float, then: str) -> None:
    assert work.hours_after(local(moment).astimezone(UTC), hours) == local(then)


@pytest.mark.parametrize(
    ("moment", "hours", "then"),
    [
        ("2024-11-18 07:30", 2, "2024-11-15 15:00"),
        ("2024-11-13 14:30", 2, "2024-11-13 10:30"),
        ("2025-02-03 08:00", 1, "2025-01-24 16:30"),
    ],
)
def test_hours_of_work_earlier(work: WorkingTime, moment: str, hours: float, then: str) -> None:
    assert work.hours_before(local(moment).astimezone(UTC), hours) == local(then)


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        ("2024-11-13 21:59", "2024-11-13 21:59"),
        ("2024-11-13 22:00", "2024-11-14 06:00"),
        ("2024-11-14 05:59", "2024-11-14 06:00"),
        ("2024-11-14 06:00", "2024-11-14 06:00"),
    ],
)
def test_nights_are_quiet(work: WorkingTime, moment: str, then: str) -> None:
    assert work.after_quiet(local(moment).astimezone(UTC)) == local(then)
