"""The rhythm: every week's digest leaves once, in time, late or is written down as missed; never by surprise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from bot import scheduler
from content.catalog import Catalog
from handlers import digests
from handlers.digests import DigestError, Week, plan_of
from handlers.digests.rhythm import planned
from handlers.working_time import working_time
from storage.audit import AuditEntry
from storage.database import Database
from storage.digests import Digest, DigestState
from storage.rhythm import Missed, Rhythm
from tests.digests.province import WEEK, Small

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
ROOT = Path(__file__).parent.parent.parent
FRIDAY, MONDAY = "2024-11-08 09:00", "2024-11-11 07:30"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


async def tick(small: Small, moment: str) -> dict[str, int]:
    return await scheduler.send_digests(small.db, small.catalog, local(moment))


async def one(small: Small) -> Digest:
    async with small.db.reading() as session:
        return (await session.exec(select(Digest))).one()


async def audit(small: Small, action: str) -> list[AuditEntry]:
    async with small.db.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.id))
        return list((await session.exec(query)).all())


async def missed(small: Small) -> list[str]:
    async with small.db.reading() as session:
        return sorted(row.week for row in (await session.exec(select(Missed))).all())


@pytest.mark.parametrize(
    ("week", "at"),
    [
        ("2024-W46", "2024-11-11 07:30"),
        ("2025-W05", "2025-02-03 07:30"),  # the whole week is Tết
        ("2025-W36", "2025-09-03 07:30"),  # Monday and Tuesday are holidays
        ("2026-W36", "2026-09-03 07:30"),
        ("2025-W18", "2025-04-28 07:30"),
    ],
)
def test_a_holiday_moves_the_digest_to_the_next_working_morning(catalog: Catalog, week: str, at: str) -> None:
    assert planned(Week.parse(week), Rhythm(), working_time(catalog)).at == local(at)


@pytest.fixture(params=["America/New_York", "UTC", "Pacific/Kiritimati"])
def machine_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_the_machines_zone_and_its_summer_time_do_not_matter(catalog: Catalog, machine_zone: str) -> None:
    """The week in which New York leaves summer time, and the one before."""
    found = [planned(Week.parse(week), Rhythm(), working_time(catalog)).at for week in ("2024-W44", "2024-W45")]
    assert found == [local("2024-10-28 07:30"), local("2024-11-04 07:30")], machine_zone


async def test_an_approved_digest_has_its_weeks_moment(small: Small) -> None:
    await small.officer("so_y_te", local(FRIDAY))
    digest_id = await small.approved(local(FRIDAY))
    assert (await small.digest(digest_id)).send_at == local(MONDAY)
    assert (await tick(small, "2024-11-11 07:29"))["started"] == 0
    assert (await tick(small, MONDAY))["started"] == 1
    assert (await tick(small, MONDAY))["started"] == 0


async def test_approved_after_its_moment_it_leaves_at_once_and_much_later_a_person_decides(small: Small) -> None:
    late = await small.approved(local("2024-11-11 12:00"))
    assert (await small.digest(late)).send_at == local("2024-11-11 13:30")
    too_late = await small.approved(local("2024-11-20 09:00"), "2024-W47")
    assert (await small.digest(too_late)).send_at is None


@pytest.mark.parametrize(
    ("back", "then"),
    [
        ("2024-11-11 08:30", "started"),
        ("2024-11-11 12:00", "waits"),
        ("2024-11-12 07:59", "started"),
        ("2024-11-12 08:01", "missed"),
        ("2024-11-14 10:00", "missed"),
    ],
)
async def test_after_a_stop_it_leaves_late_once_or_is_written_down_as_missed(
    small: Small, back: str, then: str
) -> None:
    await small.officer("so_y_te", local(FRIDAY))
    digest_id = await small.approved(local(FRIDAY))
    counts = await tick(small, back)
    assert {name: counts[name] for name in ("started", "missed")} == {
        "started": int(then == "started"),
        "missed": int(then == "missed"),
    }
    again = await tick(small, back)
    assert again["started"] == again["missed"] == 0
    digest = await small.digest(digest_id)
    assert (digest.state, digest.send_at) == {
        "started": (DigestState.SENDING, local(MONDAY)),
        "waits": (DigestState.APPROVED, local(MONDAY)),
        "missed": (DigestState.APPROVED, None),
    }[then]
    assert len(await small.deliveries()) == int(then == "started")
    assert await missed(small) == ([WEEK] if then == "missed" else [])


async def test_a_digest_nobody_approved_in_time_is_written_down_once(small: Small) -> None:
    async with small.db.session() as session:
        await digests.save_draft(session, small.catalog, WEEK, "bientap", local(FRIDAY))
        await session.commit()
    assert (await tick(small, "2024-11-11 07:35"))["missed"] == 0
    assert (await tick(small, "2024-11-11 07:45"))["missed"] == 1
    assert (await tick(small, "2024-11-11 07:50"))["missed"] == 0
    (entry,) = await audit(small, "digest.missed")
    assert entry.subject == f"week:{WEEK}"


async def test_weeks_in_which_nothing_ran_are_written_down(small: Small) -> None:
    await small.officer("so_y_te", local(FRIDAY))
    await small.approved(local(FRIDAY))
    await tick(small, MONDAY)
    counts = await scheduler.compose_week(small.db, small.catalog, local("2024-12-04 09:00"))
    assert counts == {"composed": 1, "missed": 2}
    assert (await scheduler.compose_week(small.db, small.catalog, local("2024-12-04 09:15")))["missed"] == 0
    assert (await tick(small, "2024-12-04 09:16"))["missed"] == 1
    assert await missed(small) == ["2024-W47", "2024-W48", "2024-W49"]


async def test_a_house_that_has_just_begun_has_missed_nothing(small: Small) -> None:
    assert await scheduler.compose_week(small.db, small.catalog, local("2024-11-13 10:00")) == {
        "composed": 1,
        "missed": 0,
    }
    assert (await tick(small, "2024-11-13 10:01"))["missed"] == 0


async def test_a_skipped_week_is_left_alone_until_it_is_taken_back(small: Small) -> None:
    await small.officer("so_y_te", local(FRIDAY))
    digest_id = await small.approved(local(FRIDAY))
    async with small.db.session() as session:
        with pytest.raises(DigestError) as error:
            await digests.skip_week(session, WEEK, "…", "lan", local(FRIDAY))
        assert error.value.reason == "reason_needed"
        await digests.skip_week(session, WEEK, "Tuần nghỉ lễ của tỉnh", "lan", local(FRIDAY))
        await digests.skip_week(session, "2024-W47", "Họp Hội đồng nhân dân", "lan", local(FRIDAY))
        await session.commit()
    assert (await tick(small, "2024-11-11 08:00"))["started"] == 0
    assert await missed(small) == []
    assert await scheduler.compose_week(small.db, small.catalog, local("2024-11-15 09:00")) == {
        "composed": 0,
        "missed": 0,
    }
    async with small.db.session() as session:
        with pytest.raises(DigestError) as error:
            await digests.schedule(session, small.catalog, digest_id, local(MONDAY), "lan", local(FRIDAY))
        assert error.value.reason == "week_skipped"
        await digests.unskip_week(session, small.catalog, WEEK, "lan", local("2024-11-11 08:00"))
        await session.commit()
    assert (await tick(small, "2024-11-11 08:01"))["started"] == 1
    assert (await audit(small, "week.skipped"))[0].detail["reason"] == "Tuần nghỉ lễ của tỉnh"


async def test_another_day_moves_what_waits_for_its_week(small: Small) -> None:
    digest_id = await small.approved(local(FRIDAY))
    async with small.db.session() as session:
        await digests.set_rhythm(session, small.catalog, 2, "08:15", 4, "lan", local(FRIDAY))
        await session.commit()
    assert (await small.digest(digest_id)).send_at == local("2024-11-12 08:15")
    async with small.db.reading() as session:
        (plan,) = await plan_of(session, small.catalog, [Week.parse("2024-W47")])
    assert (plan.at, plan.late_until) == (local("2024-11-19 08:15"), local("2024-11-19 14:15"))
    (entry,) = await audit(small, "rhythm.changed")
    assert entry.detail["before"] == {"weekday": 1, "at": "07:30", "late_hours": 8}


@pytest.mark.parametrize(("weekday", "at", "hours"), [(0, "07:30", 8), (8, "07:30", 8), (1, "25:00", 8), (1, "7", 99)])
async def test_no_such_rhythm(small: Small, weekday: int, at: str, hours: int) -> None:
    async with small.db.session() as session:
        with pytest.raises(DigestError):
            await digests.set_rhythm(session, small.catalog, weekday, at, hours, "lan", local(FRIDAY))


async def test_a_clock_that_jumps_starts_nothing_twice(small: Small) -> None:
    await small.officer("so_y_te", local(FRIDAY))
    await small.approved(local(FRIDAY))
    started = [
        (await tick(small, moment))["started"]
        for moment in (MONDAY, "2024-11-11 06:30", MONDAY, "2024-11-11 08:30", "2024-11-10 07:30", MONDAY)
    ]
    assert started == [1, 0, 0, 0, 0, 0]
    assert len(await small.deliveries()) == 1


async def test_two_schedulers_start_one_digest(small: Small) -> None:
    for number in range(20):
        await small.officer("so_y_te", local(FRIDAY), f"of{number}")
    digest_id = await small.approved(local(FRIDAY))
    houses = [Database(small.db.url) for _ in range(3)]
    found = await asyncio.gather(
        *(scheduler.send_digests(house, small.catalog, local(MONDAY)) for house in houses for _ in range(2))
    )
    for house in houses:
        await house.close()
    assert [sum(counts[name] for counts in found) for name in ("started", "queued", "refused")] == [1, 20, 0]
    assert len(await small.deliveries()) == 20
    assert len(await audit(small, "digest.sending")) == 1
    assert (await small.digest(digest_id)).return_reason is None
