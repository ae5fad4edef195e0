"""What each agency is told in a week, from the real documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests import DigestError, compose
from handlers.digests.sections import IssuedItem, WeekMatter, days, provided, slogans
from handlers.digests.weeks import Week, week_of
from storage.agencies import Agency
from storage.database import Database
from storage.directives import Directive, DirectiveItem, DirectiveState
from storage.reports import report_on, submit
from storage.shipped import load_shipped
from tests.conftest import MONDAY, TestClock

Bodies = dict[str, dict[str, Any]]
Composed = Callable[[str], Bodies]


def numbers(body: dict[str, Any], section: str = "items") -> list[str]:
    return [entry["number"] for entry in body[section]]


def test_the_health_department_begins_with_food_poisoning_and_has_no_guard_law(week46: Bodies) -> None:
    body = week46["so_y_te"]
    assert numbers(body) == ["1.2"]
    assert body["items"][0]["title"] == "Phòng ngừa ngộ độc thực phẩm"
    assert "Cảnh vệ" not in json.dumps(body, ensure_ascii=False)


def test_the_police_have_the_guard_law_and_battery_fires(week46: Bodies) -> None:
    assert numbers(week46["cong_an_tinh"]) == ["1.1", "1.3"]


def test_a_district_has_its_groups_items_its_own_tasks_and_its_report(week46: Bodies) -> None:
    body = week46["ubnd_huyen_sa_thay"]
    assert numbers(body) == ["1.1", "1.2"]
    assert {item["group"] for item in body["items"]} == {"UBND các huyện, thành phố"}
    tasks = {task["id"]: task for task in body["tasks"]}
    assert tasks["t002_2"]["cut_off"] == "2024-12-16"
    assert tasks["t002_2"]["due"] == "2024-12-15"
    assert tasks["t002_2"]["as_written"] == "Trước ngày 16 tháng 12 năm 2024"
    assert [part["place"] for part in tasks["t002_1"]["parts"]] == ["Xã Rờ Kơi", "Xã Ya Ly", "Xã Ya Xiêr"]
    assert [task["due"] for task in body["tasks"]] == sorted(task["due"] for task in body["tasks"])
    report = next(report for report in body["reports"] if report["id"] == "r002_huyen")
    assert (report["cut_off"], report["due"]) == ("2024-12-20", "2024-12-19")


def test_an_item_that_names_the_agency_stands_before_one_that_names_its_group(catalog: Catalog) -> None:
    body = _two_items(catalog, named=["nhom_so"], also_named=["so_y_te"])
    assert [item["title"] for item in body["items"]] == ["hai", "một"]


def _two_items(catalog: Catalog, named: list[str], also_named: list[str]) -> dict[str, Any]:
    directive = Directive(id="cv", kind="cong_van", title="x", issuer="so_tttt", created_at=MONDAY)
    items = [
        IssuedItem(
            directive, DirectiveItem(id=title, directive_id="cv", position=1, path="1", title=title), tuple(agencies)
        )
        for title, agencies in (("một", named), ("hai", also_named))
    ]
    matter = WeekMatter(
        Week.parse("2024-W46"), catalog, {}, {"so_y_te": {"nhom_so"}}, [directive], items, plans={}, tasks=[]
    )
    agency = Agency(id="so_y_te", name="Sở Y tế", kind="department", level="province")
    return {"items": provided(matter, agency)}


def test_a_district_without_a_line_in_the_annex_does_not_lead_what_the_annex_breaks_down(week46: Bodies) -> None:
    assert "t002_1" not in [task["id"] for task in week46["ubnd_huyen_ngoc_hoi"]["tasks"]]
    assert [task["place"] for task in week46["ubnd_huyen_ngoc_hoi"]["coordinating"]] == [
        "Xã Đăk Kan",
        "Xã Đăk Dục",
        "Xã Đăk Xú",
    ]


def test_press_agencies_are_told_what_to_make_known_and_differ_in_their_own_work(week46: Bodies) -> None:
    paper, station, magazine = (week46[name] for name in ("bao_kon_tum", "dai_ptth_tinh", "tap_chi_van_nghe"))
    for body in (paper, station, magazine):
        assert body["items"] == []
        assert numbers(body, "topics") == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7"]
        assert len(body["duties"]) == 1
        assert [report["id"] for report in body["reports"]] == ["r000_dv"]
    assert [task["id"] for task in paper["tasks"]] == ["t000_5_b", "t000_6_a"]
    assert magazine["tasks"] == []
    assert "t000_7_b2" not in json.dumps(paper)
    assert len({json.dumps(body, sort_keys=True) for body in week46.values()}) == len(week46)


def test_the_issuer_is_not_addressed_by_its_own_directive_nor_reports_to_itself(week46: Bodies) -> None:
    body = week46["so_tttt"]
    assert body["topics"] == body["duties"] == []
    assert "r000_dv" not in [report["id"] for report in body["reports"]]
    assert {report["id"] for report in body["reports"]} == {"r002_so", "r001_so"}


def test_only_bodies_that_are_concerned_have_an_edition(week46: Bodies) -> None:
    assert not [agency for agency in week46 if agency.startswith("nhom_")]
    assert "chinh_phu" not in week46
    assert "ubnd_xa_ya_ly_sa_thay" in week46


def test_the_congress_directive_is_told_in_its_own_weeks_only(week46: Bodies, composed: Composed) -> None:
    assert "cv_dai_hoi_dtts_2024" not in json.dumps(week46)
    october = composed("2024-W41")
    assert {item["document"]["id"] for item in october["bao_kon_tum"]["topics"]} == {"cv_dai_hoi_dtts_2024"}


def test_the_open_ended_directive_is_marked_as_continued_in_the_next_week(week46: Bodies, composed: Composed) -> None:
    assert not week46["so_y_te"]["items"][0]["continued"]
    assert composed("2024-W47")["so_y_te"]["items"][0]["continued"]


def test_agencies_that_no_longer_exist_get_nothing(composed: Composed) -> None:
    assert "ubnd_huyen_sa_thay" in composed("2025-W26")
    assert composed("2025-W28") == {}


def test_nothing_is_told_before_the_plans_begin(composed: Composed) -> None:
    assert composed("2015-W10") == {}


def test_slogans_are_those_of_the_agencys_items(week46: Bodies) -> None:
    assert week46["so_y_te"]["slogans"] == ["Ăn sạch, sống khỏe, phòng ngừa ngộ độc thực phẩm!"]
    assert len(week46["cong_an_tinh"]["slogans"]) == 2
    assert len(week46["bao_kon_tum"]["slogans"]) == 3


def test_a_slogan_nobody_approved_is_never_told(catalog: Catalog) -> None:
    unapproved = [slogan.text for slogan in catalog.slogans if not slogan.approved]
    directive = Directive(
        id="cv", kind="cong_van", title="x", issuer="y", slogans=["s1", "lời riêng"], created_at=MONDAY
    )
    matter = WeekMatter(Week.parse("2024-W46"), catalog, {}, {}, [directive], [], plans={}, tasks=[])
    found = slogans(matter, [])
    assert found[1] == "lời riêng"
    assert unapproved
    assert not set(unapproved) & set(found)


@pytest.mark.parametrize(
    ("week", "told"),
    [
        ("2024-W46", {"mttq": "2024-11-18", "nha_giao": "2024-11-20"}),
        ("2024-W47", {"mttq": "2024-11-18", "nha_giao": "2024-11-20"}),
        ("2024-W50", {"qdnd_80": "2024-12-22", "qptd_35": "2024-12-22"}),
        ("2025-W50", {}),
    ],
)
def test_days_to_remember(catalog: Catalog, week: str, told: dict[str, str]) -> None:
    """The eightieth anniversary is one of 2024 only."""
    matter = WeekMatter(Week.parse(week), catalog, {}, {}, [], [], plans={}, tasks=[])
    assert {day["id"]: day["date"] for day in days(matter)} == told


def test_overdue_tasks_are_told_until_there_is_a_report(composed: Composed) -> None:
    overdue = [task["id"] for task in composed("2024-W51")["ubnd_huyen_sa_thay"]["tasks"] if task["overdue"]]
    assert "t002_2" in overdue
    assert "t002_2" not in [
        task["id"] for task in composed("2024-W50")["ubnd_huyen_sa_thay"]["tasks"] if task["overdue"]
    ]


async def test_a_submitted_report_ends_overdue_and_is_said_of_what_lies_ahead(
    shipped: Database, catalog: Catalog, clock: TestClock
) -> None:
    async with shipped.session() as session:
        for task in ("t002_2", "t002_pl01_10"):
            report = await report_on(session, task, "ubnd_huyen_sa_thay", clock.now())
            await submit(session, report, {"value": 1}, None, clock.now())
        await session.commit()
        ahead = await _tasks(session, catalog, "2024-W46")
        assert ahead["t002_2"]["report"] == "submitted"
        assert ahead["t002_1"]["report"] is None
        assert [part["report"] for part in ahead["t002_1"]["parts"]] == ["submitted", None, None]
        late = await _tasks(session, catalog, "2024-W51")
        assert "t002_2" not in late
        assert [part["place"] for part in late["t002_1"]["parts"]] == ["Xã Ya Ly", "Xã Ya Xiêr"]


async def _tasks(session: AsyncSession, catalog: Catalog, week: str) -> dict[str, Any]:
    bodies = {edition.agency_id: edition.body for edition in await compose(session, catalog, week)}
    return {task["id"]: task for task in bodies["ubnd_huyen_sa_thay"]["tasks"]}


async def test_composing_twice_gives_the_same_on_both_engines(
    database: Database, catalog: Catalog, clock: TestClock, week46: Bodies
) -> None:
    async with database.session() as session:
        await load_shipped(session, catalog, clock.now())
        first = await compose(session, catalog, "2024-W46")
        second = await compose(session, catalog, "2024-W46")
    as_text = [json.dumps(edition.body, ensure_ascii=False) for edition in first]
    assert as_text == [json.dumps(edition.body, ensure_ascii=False) for edition in second]
    assert as_text == [json.dumps(body, ensure_ascii=False) for body in week46.values()]


@pytest.mark.parametrize("text", ["2024-W53", "2024-46", "tuần 46", "2024-W00", "", "99999-W10", "0000-W01"])
async def test_a_week_that_does_not_exist_is_refused(shipped: Database, catalog: Catalog, text: str) -> None:
    async with shipped.reading() as session:
        with pytest.raises(DigestError) as refused:
            await compose(session, catalog, text)
    assert catalog.text(refused.value.key, **refused.value.params)


def test_weeks() -> None:
    week = Week.parse("2024-w46")
    assert (week.first, week.last, str(week)) == (date(2024, 11, 11), date(2024, 11, 17), "2024-W46")
    assert str(week_of(date(2024, 12, 30))) == "2025-W01"
    assert str(Week.parse("2020-W53")) == "2020-W53"


async def test_more_agencies_and_directives_ask_no_more_queries(shipped: Database, catalog: Catalog) -> None:
    """Neither per agency nor per directive: a larger province takes as many statements."""
    asked: list[str] = []
    event.listen(
        shipped.engine.sync_engine, "before_cursor_execute", lambda *arguments: asked.append(str(arguments[2]))
    )

    async def statements() -> int:
        asked.clear()
        async with shipped.reading() as session:
            await compose(session, catalog, "2024-W46")
        return len(asked)

    before = await statements()
    async with shipped.session() as session:
        for number in range(30):
            session.add(Agency(id=f"moi_{number}", name=f"Xã {number}", kind="x", level="commune"))
            session.add(
                Directive(
                    id=f"cv_{number}",
                    kind="cong_van",
                    title="x",
                    issuer="so",
                    state=DirectiveState.IN_FORCE,
                    created_at=MONDAY,
                )
            )
        await session.commit()
    assert await statements() == before
