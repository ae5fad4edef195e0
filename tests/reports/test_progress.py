"""Lights, forecasts and sums: the rule as the pages tell it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from content.catalog import Catalog
from handlers.reports.progress import Light, Span, forecast, light_of
from handlers.reports.snapshots import take_snapshot
from storage.database import Database
from storage.reports import report_on, submit
from storage.snapshots import (
    Snapshot,
    SnapshotChanged,
    SnapshotUse,
    newest_progress,
    picture_of,
    snapshot_at,
    snapshots_of,
)
from tests.reports.conftest import BOARDS, SA_THAY

PLAN = "kh_thong_tin_co_so_2024"
NOW = datetime(2024, 12, 17, 2, tzinfo=UTC)
YEAR = Span(date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("percent", "met", "expected", "overdue", "light"),
    [
        (100, True, 50, True, Light.GREEN),
        (45, False, 50, False, Light.GREEN),
        (40, False, 50, False, Light.GREEN),
        (39.9, False, 50, False, Light.YELLOW),
        (20, False, 50, False, Light.YELLOW),
        (19.9, False, 50, False, Light.RED),
        (99, False, 100, True, Light.RED),
        (None, None, 50, True, Light.GREY),
        (None, None, 50, False, Light.GREY),
        (None, False, 50, True, Light.RED),
    ],
)
def test_the_light_follows_its_rule(
    percent: float | None, met: bool | None, expected: float, overdue: bool, light: Light
) -> None:
    assert light_of(percent, met, expected, overdue) is light


def test_a_forecast_goes_on_at_the_same_pace_and_not_before_a_month() -> None:
    assert forecast(10, YEAR, date(2024, 1, 20)) is None
    assert forecast(183, YEAR, date(2024, 7, 1)) == 366
    assert forecast(5, YEAR, date(2024, 12, 31)) is None


def test_time_gone_by_ends_at_its_ends() -> None:
    assert Span(date(2024, 5, 1), date(2024, 5, 1)).gone(date(2024, 5, 1)) == 1
    assert YEAR.gone(date(2023, 1, 1)) == 0
    assert YEAR.gone(date(2026, 1, 1)) == 1


async def hand_in(db: Database, task: str, agency: str, at: datetime, **answers: Any) -> None:
    async with db.session() as session:
        await submit(session, await report_on(session, task, agency, at), answers, None, at)
        await session.commit()


@pytest.fixture
async def snapshot(filled: Database, catalog: Catalog) -> Snapshot:
    value = {"value": 5, "part": 5, "whole": 7}
    await hand_in(
        filled,
        BOARDS,
        SA_THAY,
        datetime(2024, 12, 17, 1, tzinfo=UTC),
        values={"t002_pl02_09.1": value},
        status="partly",
    )
    async with filled.session() as db:
        found, _ = await take_snapshot(db, catalog, PLAN, SnapshotUse.DOCUMENT, "tests", NOW)
        await db.commit()
    return found


async def test_a_snapshot_keeps_the_figures_of_its_moment(
    filled: Database, catalog: Catalog, snapshot: Snapshot
) -> None:
    await hand_in(filled, "t002_pl02_01", "ubnd_huyen_dak_ha", NOW, values={}, status="done")
    async with filled.reading() as db:
        kept = await snapshot_at(db, snapshot.code)
        assert kept is not None
        assert picture_of(kept)["counts"]["handed_in"] == 1
        assert [one.code for one in await snapshots_of(db, PLAN, 10)] == [snapshot.code]


async def test_a_changed_snapshot_is_noticed(snapshot: Snapshot) -> None:
    snapshot.sha256 = "0" * 64
    with pytest.raises(SnapshotChanged):
        picture_of(snapshot)


async def test_the_dashboard_has_one_snapshot_and_documents_keep_theirs(
    filled: Database, catalog: Catalog, snapshot: Snapshot
) -> None:
    codes = []
    for _ in range(2):
        async with filled.session() as db:
            taken, _picture = await take_snapshot(db, catalog, PLAN, SnapshotUse.DASHBOARD, "clock", NOW)
            await db.commit()
            codes.append(taken.code)
    async with filled.reading() as db:
        assert await snapshot_at(db, codes[0]) is None
        assert await snapshot_at(db, codes[1]) is not None
        assert await snapshot_at(db, snapshot.code) is not None


async def test_the_sums_say_who_was_late_and_who_is_missing(filled: Database, snapshot: Snapshot) -> None:
    async with filled.reading() as db:
        found = await newest_progress(db, PLAN)
    assert found is not None
    code, taken_at, sums = found
    assert (code, taken_at) == (snapshot.code, NOW)
    agency = next(one for one in sums["agencies"] if one["id"] == SA_THAY)
    assert agency["light"] == "red"
    assert (agency["handed_in"], agency["late"], agency["on_time"]) == (1, 1, 0)
    assert {"path", "title", "due", "days_late", "task"} == set(agency["missing"][0])
    district = next(one for one in sums["districts"] if one["id"] == SA_THAY)
    assert district["handed_in"] == 1
    month = next(one for one in sums["months"] if one["agency"] == SA_THAY and one["month"] == "2024-12")
    assert month["late"] == 1
    assert month["owed"] == month["late"] + month["missing"] + month["on_time"]
    assert sums["on_time"]["actual"] == 1
    board = next(one for one in sums["indicators"] if one["id"] == "t002_pl02_09.1")
    assert board["light"] == "green"


async def test_sums_of_another_form_are_not_shown(filled: Database, snapshot: Snapshot) -> None:
    async with filled.session() as db:
        kept = await snapshot_at(db, snapshot.code)
        assert kept is not None
        kept.shape -= 1
        db.add(kept)
        await db.commit()
        assert await newest_progress(db, PLAN) is None
        assert picture_of(kept)["counts"]["handed_in"] == 1
