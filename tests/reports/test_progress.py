"""Lights, forecasts and sums: the rule as the pages tell it."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.reports.progress import Light, Span, forecast, light_of, months_of, share_on_time
from handlers.reports.snapshots import count_plan, keep
from storage.database import Database
from storage.reports import report_on, submit
from storage.snapshots import (
    Json,
    Snapshot,
    SnapshotChanged,
    SnapshotPart,
    SnapshotUse,
    head_of,
    newest_progress,
    snapshot_at,
    snapshots_of,
    tasks_in,
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
    return await taken(filled, catalog, SnapshotUse.DOCUMENT)


async def taken(house: Database, catalog: Catalog, use: SnapshotUse) -> Snapshot:
    counted = await count_plan(house, catalog, PLAN, NOW)
    async with house.session() as db:
        found = await keep(db, counted, use, "tests")
        await db.commit()
    return found


async def test_a_snapshot_keeps_the_figures_of_its_moment(
    filled: Database, catalog: Catalog, snapshot: Snapshot
) -> None:
    await hand_in(filled, "t002_pl02_01", "ubnd_huyen_dak_ha", NOW, values={}, status="done")
    async with filled.reading() as db:
        kept = await snapshot_at(db, snapshot.code)
        assert kept is not None
        picture = await picture_of(db, kept)
        assert picture["counts"]["handed_in"] == 1
        assert [one.code for one in await snapshots_of(db, PLAN, 10)] == [snapshot.code]


async def test_a_task_of_a_snapshot_is_looked_at_alone(filled: Database, snapshot: Snapshot) -> None:
    async with filled.reading() as db:
        [task] = [task async for task in tasks_in(db, snapshot, BOARDS)]
    row = next(row for row in task["agencies"] if row["agency"]["id"] == SA_THAY)
    assert row["values"][0]["reported"]["value"] == 5
    assert row["report"]


async def picture_of(db: AsyncSession, snapshot: Snapshot) -> Json:
    """The whole picture as it was taken."""
    return {**await head_of(db, snapshot), "tasks": [task async for task in tasks_in(db, snapshot)]}


@pytest.mark.parametrize("changed", ["head", "part"])
async def test_a_changed_snapshot_is_noticed(filled: Database, snapshot: Snapshot, changed: str) -> None:
    async with filled.session() as db:
        if changed == "head":
            snapshot.picture = zlib.compress(b'{"counts":{}}')
        else:
            part = await db.get(SnapshotPart, (snapshot.code, 0))
            assert part is not None
            part.body = zlib.compress(b'{"id":"nothing"}')
            await db.flush()
        with pytest.raises(SnapshotChanged):
            await picture_of(db, snapshot)


async def test_a_picture_kept_whole_by_an_older_house_is_read(filled: Database, snapshot: Snapshot) -> None:
    async with filled.session() as db:
        whole = json.dumps(await picture_of(db, snapshot)).encode()
        old = Snapshot(
            code="SL-24-OLDOLD",
            plan_id=PLAN,
            taken_at=NOW,
            taken_by="tests",
            used_for=SnapshotUse.DOCUMENT,
            sha256=hashlib.sha256(whole).hexdigest(),
            picture=zlib.compress(whole),
            progress=zlib.compress(b"{}"),
            shape=1,
        )
        db.add(old)
        await db.flush()
        assert (await picture_of(db, old))["counts"]["handed_in"] == 1
        assert [task["id"] async for task in tasks_in(db, old, BOARDS)] == [BOARDS]


async def test_the_dashboard_has_one_snapshot_and_documents_keep_theirs(
    filled: Database, catalog: Catalog, snapshot: Snapshot
) -> None:
    codes = []
    for _ in range(2):
        codes.append((await taken(filled, catalog, SnapshotUse.DASHBOARD)).code)
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
    assert sums["tasks"][agency["missing"][0]["task"]]["title"]
    district = next(one for one in sums["districts"] if one["id"] == SA_THAY)
    assert (district["handed_in"], district["light"]) == (1, "red")
    assert "2024-12" in months_of(sums)
    month = agency["months"]["2024-12"]
    assert (month["late"], month["on_time"]) == (1, 0)
    assert month["owed"] > month["late"] + month["overdue"], "the last of the month is still to come"
    assert share_on_time(month) == 0
    assert sums["on_time"]["actual"] == 1
    board = next(one for one in sums["indicators"] if one["id"] == "t002_pl02_09.1")
    assert board["light"] == "green"


@pytest.mark.parametrize(
    ("today", "light"),
    [("2024-11-11", "grey"), ("2024-12-10", "yellow"), ("2024-12-17", "red")],
)
async def test_an_agency_that_has_handed_nothing_in_is_never_green(
    filled: Database, catalog: Catalog, today: str, light: str
) -> None:
    counted = await count_plan(filled, catalog, PLAN, datetime.fromisoformat(f"{today}T02:00+00:00"))
    agency = next(one for one in counted.sums["agencies"] if one["id"] == SA_THAY)
    assert (agency["handed_in"], agency["light"]) == (0, light)


async def test_sums_of_another_form_are_not_shown(filled: Database, snapshot: Snapshot) -> None:
    async with filled.session() as db:
        kept = await snapshot_at(db, snapshot.code)
        assert kept is not None
        kept.shape -= 1
        db.add(kept)
        await db.commit()
        assert await newest_progress(db, PLAN) is None
        assert (await head_of(db, kept))["counts"]["handed_in"] == 1
