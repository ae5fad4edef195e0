"""Periods of reports: what each covers, one report for each, a second attempt that adds or replaces, the closing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from content.catalog import Catalog
from content.reporting import ReportingPolicy
from handlers.plans.periods import Period, Standing, period_words, periods_begun, read_subject, subject, titled
from handlers.reports.consolidated import consolidated
from storage.plans import Task
from storage.reports import ReportState, ReportVersion, VersionKind, report_at, reports_of_agency, versions_of
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS, SA_THAY
from tests.reports.filling import ANSWERS, fill

MONTHLY, CULTURE = "t000_4_2", "so_vhttdl"
"""A column on tourism each month, which the culture department answers for."""
COLUMN = "1: 1; 2: xong; 3: Đã đăng; 4: không; 5: 10/11; 6: bỏ qua"
POLICY = ReportingPolicy(
    first_day=date(2024, 10, 15), last_day=14, due_day=20, late_days=30, evidence_years=10, form_files_years=5
)


def keys(recurrence: str | None, today: date, due: date | None = None) -> list[str]:
    task = Task(id="t", plan_id="p", position=0, path="1", title="Việc", recurrence=recurrence, due=due)
    return [period.key for period in periods_begun(task, POLICY, today)]


def test_a_month_runs_from_the_15th_to_the_14th() -> None:
    task = Task(id="t", plan_id="p", position=0, path="1", title="Việc", recurrence="monthly", due=date(2024, 12, 31))
    [november, december] = periods_begun(task, POLICY, date(2025, 3, 1))
    assert november == Period("2024-11", date(2024, 10, 15), date(2024, 11, 14), None, date(2024, 11, 20))
    assert (december.key, december.since, december.due) == ("2024-12", date(2024, 11, 15), date(2024, 12, 20))


@pytest.mark.parametrize(
    ("recurrence", "today", "due", "expected"),
    [
        ("monthly", date(2024, 11, 14), None, ["2024-11"]),
        ("monthly", date(2025, 1, 15), None, ["2024-11", "2024-12", "2025-01", "2025-02"]),
        ("quarterly", date(2024, 12, 15), None, ["2024-Q4", "2025-Q1"]),
        ("half_yearly", date(2025, 6, 15), None, ["2024-H2", "2025-H1", "2025-H2"]),
        ("yearly", date(2025, 2, 1), date(2030, 12, 14), ["2024", "2025"]),
        ("recurring", date(2025, 2, 1), None, [""]),
        (None, date(2025, 2, 1), None, [""]),
    ],
)
def test_periods_that_have_begun(recurrence: str | None, today: date, due: date | None, expected: list[str]) -> None:
    assert keys(recurrence, today, due) == expected


def test_a_yearly_task_is_due_on_the_day_the_plan_names() -> None:
    task = Task(id="t", plan_id="p", position=0, path="1", title="Việc", recurrence="yearly", due=date(2030, 12, 14))
    assert periods_begun(task, POLICY, date(2024, 11, 11))[0].due == date(2024, 12, 14)


def test_open_then_closing_then_closed() -> None:
    period = Period(due=date(2024, 11, 20))
    days = {date(2024, 11, 20): "open", date(2024, 11, 21): "closing", date(2024, 12, 20): "closing"}
    assert {day: period.standing(day, 30).value for day in days} == days
    assert period.standing(date(2024, 12, 21), 30) is Standing.CLOSED
    assert Period().standing(date(2099, 1, 1), 30) is Standing.OPEN


def test_periods_are_named_as_people_do(catalog: Catalog) -> None:
    words = [period_words(catalog.text, key) for key in ("2024-11", "2024-Q4", "2024-H2", "2024", "", "x")]
    assert words == ["tháng 11/2024", "quý IV/2024", "6 tháng cuối năm 2024", "năm 2024", "", ""]
    assert titled(catalog.text, "Chuyên mục", "2024-11") == "Tháng 11/2024 – Chuyên mục"
    assert titled(catalog.text, "Chuyên mục", "") == "Chuyên mục"
    assert read_subject(subject("t1", "2024-11")) == ("t1", "2024-11")
    assert read_subject(subject("t1", "")) == ("t1", None)


def test_a_due_day_leaves_a_working_day_after_the_figures() -> None:
    with pytest.raises(ValidationError, match="working day"):
        ReportingPolicy.model_validate({**POLICY.model_dump(), "due_day": 16})


@pytest.fixture
async def culture(citizen: Talk) -> Talk:
    talk = citizen.another("vanhoa")
    await talk.becomes_officer(CULTURE, "Lê Văn (demo)")
    return talk


async def versions(talk: Talk, task: str, agency: str, period: str = "") -> list[ReportVersion]:
    async with talk.db.reading() as db:
        report = await report_at(db, task, agency, period)
        assert report is not None
        return list(await versions_of(db, report.id or 0))


async def test_each_month_has_a_report_of_its_own(culture: Talk, catalog: Catalog) -> None:
    said = await culture.taps(f"report:{MONTHLY}")
    assert "Tháng 11/2024 – Du lịch" in said
    assert "từ 15/10/2024 đến 14/11/2024; hạn gửi **20/11/2024**" in said
    assert "trong tháng 11/2024 được bao nhiêu?" in await culture.taps("Bắt đầu"), "the period's figure, no total"
    await culture.says(COLUMN)
    await culture.says("nộp")
    culture.now += timedelta(days=10)
    assert "Tháng 12/2024 – Du lịch" in await culture.taps("reports")
    said = await culture.taps(f"report:{MONTHLY}")
    assert "Tháng 12/2024" in said
    assert "Có sẵn 6/6 câu từ kỳ trước" in said
    await culture.taps("Giữ nguyên kỳ trước")
    await culture.says("nộp")
    async with culture.db.reading() as db:
        reports = await reports_of_agency(db, CULTURE)
        assert sorted((report.period, report.version) for report in reports) == [("2024-11", 1), ("2024-12", 1)]
        assert len({report.receipt for report in reports}) == 2
        picture = await consolidated(db, catalog, "kh_truyen_thong_2024", culture.now)
    rows = [task for task in picture["tasks"] if task["task"] == MONTHLY]
    assert [(row["period"], row["deadline"]["due"]) for row in rows] == [
        ("2024-11", "2024-11-20"), ("2024-12", "2024-12-20"),
    ]  # fmt: skip
    assert [row["indicators"][0]["reported"] for row in rows] == [1, 1]
    assert "Tháng 11/2024 – Du lịch" in await culture.taps("reports:status")


async def test_a_month_that_was_missed_stays_beside_the_new_one(culture: Talk) -> None:
    culture.now += timedelta(days=14)
    said = await culture.taps("reports")
    assert "Tháng 11/2024 – Du lịch" in said
    assert "quá hạn 5 ngày" in said
    assert "Tháng 12/2024 – Du lịch" in await culture.taps(f"task:{MONTHLY}@2024-12")
    said = await culture.taps(f"report:{MONTHLY}")
    assert "Tháng 11/2024" in said, "what presses most comes first"
    assert "nhận báo cáo muộn đến hết **20/12/2024**" in said


async def test_a_period_that_is_closed_takes_no_report_but_a_correction(culture: Talk) -> None:
    await culture.taps(f"report:{MONTHLY}")
    await culture.says(COLUMN)
    culture.now += timedelta(days=40)
    said = await culture.says("nộp")
    assert "đã đóng từ 21/12/2024 (quá hạn 31 ngày)" in said
    said = await culture.taps(f"report:{MONTHLY}@2024-11:resume")
    assert "đã đóng" in said
    assert "Gặp cán bộ" in culture.labels
    async with culture.db.session() as db:
        report = await report_at(db, MONTHLY, CULTURE, "2024-11")
        assert report is not None
        assert report.draft, "nothing is lost"
        report.state = ReportState.RETURNED
        await db.commit()
    await culture.taps(f"report:{MONTHLY}@2024-11:resume")
    assert "Đã nhận báo cáo" in await culture.says("nộp")


async def test_a_supplement_adds_to_what_was_reported(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    await officer.taps(f"report:{BOARDS}")
    said = await officer.taps("Bổ sung")
    assert "Các câu của bản 1 vẫn giữ" in said
    await officer.says("sửa 4")
    said = await officer.says("Đã lắp thêm 1 bảng tin")
    assert "Đã lắp 5 bảng tin\nĐã lắp thêm 1 bảng tin" in said
    await officer.says("lưu nháp")
    await officer.taps(f"report:{BOARDS}")
    await officer.taps("Tiếp tục bản nháp")
    await officer.says("sửa 1")
    await officer.says("6/7")
    await officer.says("nộp")
    first, second = await versions(officer, BOARDS, SA_THAY)
    assert (first.kind, second.kind) == (VersionKind.FIRST, VersionKind.SUPPLEMENT)
    assert second.answers["work"] == "Đã lắp 5 bảng tin\nĐã lắp thêm 1 bảng tin"
    assert second.answers["values"]["t002_pl02_09.1"]["value"] == 6
    assert second.answers["difficulties"] == first.answers["difficulties"]


async def test_a_replacement_begins_anew(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    await officer.taps(f"report:{BOARDS}")
    assert "7 câu hỏi" in await officer.taps("Thay thế")
    await officer.taps("Bắt đầu")
    for answer in ("6/7 xã", "Chưa", "2", "Đã lắp 6 bảng tin", "Không", "22/12/2024", "bỏ qua"):
        await officer.says(answer)
    await officer.says("nộp")
    second = (await versions(officer, BOARDS, SA_THAY))[1]
    assert second.kind is VersionKind.REPLACEMENT
    assert second.answers["work"] == "Đã lắp 6 bảng tin"
    assert second.answers["difficulties"] is None
