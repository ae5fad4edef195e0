"""What an officer sees of the agency's work: the list, one task, the deadlines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from handlers.plans.deadlines import next_due
from handlers.plans.duties import duties_of, short
from storage.agencies import groups_of
from storage.plans import tasks_of
from storage.reports import ReportState, report_on
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS, SA_THAY, STATION

TODAY = date(2024, 11, 11)


async def test_a_citizen_is_told_how_to_register(citizen: Talk) -> None:
    said = await citizen.taps("tasks")
    assert "đã đăng ký" in said
    assert "Đăng ký cán bộ" in citizen.labels


async def test_the_list_has_own_and_group_tasks_but_no_headings(citizen: Talk) -> None:
    async with citizen.db.reading() as db:
        duties = await duties_of(db, citizen.catalog, SA_THAY, TODAY)
        every = await tasks_of(db, [SA_THAY, *await groups_of(db, SA_THAY, TODAY)])
    ids = [duty.task.id for duty in duties]
    assert BOARDS in ids
    assert "t002_6" in ids, "given to the group of districts"
    assert not {"t002_1", "t002_3"} & set(ids), "reported on the lines of their annexes"
    assert len(ids) == len(every) - 2


async def test_overdue_comes_first_and_what_was_handed_in_last(citizen: Talk) -> None:
    async with citizen.db.session() as db:
        done = await report_on(db, BOARDS, SA_THAY, citizen.now)
        done.state = ReportState.SUBMITTED
        back = await report_on(db, "t002_6", SA_THAY, citizen.now)
        back.state = ReportState.RETURNED
        duties = await duties_of(db, citizen.catalog, SA_THAY, date(2024, 12, 17))
    overdue = [duty for duty in duties if duty.standing(date(2024, 12, 17)) == "overdue"]
    assert len(overdue) == 6
    assert duties[: len(overdue)] == overdue
    assert duties[len(overdue)].task.id == "t002_6", "sent back, but not late yet"
    assert duties[-1].task.id == BOARDS


@pytest.mark.parametrize(
    ("today", "standing"),
    [(date(2024, 12, 14), "open"), (date(2024, 12, 15), "today"), (date(2024, 12, 16), "overdue")],
)
async def test_before_the_16th_means_the_15th_is_the_last_day(citizen: Talk, today: date, standing: str) -> None:
    async with citizen.db.reading() as db:
        duty = next(duty for duty in await duties_of(db, citizen.catalog, SA_THAY, today) if duty.task.id == BOARDS)
    assert duty.standing(today) == standing


async def test_pages_turn_and_end(officer: Talk) -> None:
    first = await officer.taps("tasks")
    assert "trang 1/4" in first
    assert len(officer.buttons) == 5
    await officer.taps("Trang sau")
    await officer.taps("Trang sau")
    last = await officer.taps("Trang sau")
    assert "trang 4/4" in last
    assert "trang 1/4" in await officer.taps("Trang sau")
    assert "trang 4/4" in await officer.taps("tasks:999")
    assert "trang 1/4" in await officer.taps("tasks:x")


async def test_a_task_is_told_with_deadline_targets_and_last_safe_day(officer: Talk) -> None:
    said = await officer.taps(f"task:{BOARDS}")
    assert "«Trước ngày 16 tháng 12 năm 2024»" in said
    assert "ngày cuối còn kịp: **15/12/2024**" in said
    assert "Chủ nhật" in said
    assert "13/12/2024" in said
    assert "mục tiêu ít nhất 5 xã" in said
    assert officer.buttons[0].value == f"report:{BOARDS}"


async def test_a_heading_leads_to_the_agencys_own_lines(officer: Talk) -> None:
    said = await officer.taps("task:t002_1")
    assert "theo từng dòng của phụ lục" in said
    assert [choice.value for choice in officer.buttons[:3]] == [
        "task:t002_pl01_10", "task:t002_pl01_11", "task:t002_pl01_12",
    ]  # fmt: skip


async def test_another_agencys_task_and_an_unknown_one(officer: Talk) -> None:
    assert "không giao cho" in await officer.taps("task:t002_pl02_01")
    assert "không thấy nhiệm vụ" in await officer.taps("task:t999")
    assert "không thấy nhiệm vụ" in await officer.taps("task")


async def test_a_commune_sees_what_it_takes_part_in(citizen: Talk) -> None:
    talk = citizen.another("rokoi")
    await talk.becomes_officer("ubnd_xa_ro_koi_sa_thay")
    said = await talk.taps(f"task:{STATION}")
    assert "phối hợp" in said
    assert "Chủ trì: UBND huyện Sa Thầy" in said


async def test_deadlines_join_tasks_and_periodic_reports(officer: Talk) -> None:
    said = await officer.taps("deadlines")
    days = [line for line in said.splitlines() if line.startswith("•")]
    assert "14/12/2024" in days[0]
    assert any("15/12/2024" in line and "7 nhiệm vụ, 7 chưa báo cáo" in line for line in days)
    assert any("19/12/2024" in line and "gửi Sở Thông tin và Truyền thông" in line for line in days)
    assert "2241" not in said, "years, not days, for what lies far ahead"


async def test_passed_deadlines_stay_while_something_is_missing(officer: Talk) -> None:
    officer.now = datetime(2024, 12, 18, 1, tzinfo=UTC)
    said = await officer.taps("deadlines")
    assert "15/12/2024** (đã qua 3 ngày): 7 nhiệm vụ, 7 chưa báo cáo" in said


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2024, 12, 14), date(2024, 12, 14)),
        (date(2024, 12, 15), date(2025, 12, 14)),
        (date(2023, 1, 1), date(2024, 12, 14)),
        (date(2030, 12, 20), None),
    ],
)
def test_a_yearly_report_comes_round(today: date, due: date | None) -> None:
    yearly = {"due": None, "due_month_day": "12-14", "year_from": 2024, "year_to": 2030}
    assert next_due(yearly, today) == due


def test_a_report_without_a_date_has_no_deadline() -> None:
    assert next_due({"due": None, "due_month_day": None}, TODAY) is None
    once = {"due": "2024-11-10"}
    assert next_due(once, TODAY) is None
    assert next_due(once, TODAY - timedelta(days=1)) == date(2024, 11, 10)


def test_labels_are_cut_at_words() -> None:
    assert short("Bảng tin điện tử công cộng", 16) == "Bảng tin điện…"
    assert short("Bảng tin", 16) == "Bảng tin"
