"""The rhythm of the weekly digest: its moment in each week, changed, or left out for a week with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.refusals import DigestError
from handlers.digests.weeks import Week, week_of
from handlers.turn import LOCAL
from handlers.working_time import WorkingTime, working_time
from storage.audit import note
from storage.digests import Digest, DigestState, digest_of_week, digests_in, digests_of_weeks
from storage.rhythm import Missed, Rhythm, Skip, missed, rhythm, skipped, take_back_skip

SHORTEST_REASON = 5
"""Letters and digits a reason must have."""
MOST_LATE_HOURS = 30
"""Hours of work after which a weekly digest would only be told of another week's."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One week of the rhythm."""

    week: Week
    at: datetime
    """When its digest is to leave: aware UTC."""
    late_until: datetime
    """Until then it may still leave late; the moment itself when it may not."""
    moved_for: str | None
    """The holiday because of which it is another day than the rhythm's."""
    skip: Skip | None = None
    missed: Missed | None = None
    digest: Digest | None = None


def planned(week: Week, chosen: Rhythm, working: WorkingTime) -> Planned:
    """The week's moment: the rhythm's day and time, or the next working morning when nobody works that day.

    A moment of Việt Nam's wall clock, so neither the machine's zone nor another country's summer time moves it.
    """
    day = week.first + timedelta(days=chosen.weekday - 1)
    at = datetime.combine(day, chosen.time_of_day, LOCAL)
    moved_for = None
    if not working.is_working_day(day):
        moved_for = working.holiday(day) or ""
        at = working.next_morning(datetime.combine(day, time.min, LOCAL))
    late = working.hours_after(at, chosen.late_hours) if chosen.late_hours else at
    return Planned(week, at.astimezone(UTC), late.astimezone(UTC), moved_for)


async def plan_of(db: AsyncSession, catalog: Catalog, weeks: Sequence[Week]) -> list[Planned]:
    """What is to happen, or did, in each of the weeks."""
    chosen, working = await rhythm(db), working_time(catalog)
    names = [str(week) for week in weeks]
    left_out, late, digests = await skipped(db, names), await missed(db, names), await digests_of_weeks(db, names)
    return [
        replace(
            planned(week, chosen, working), skip=left_out.get(name), missed=late.get(name), digest=digests.get(name)
        )
        for week, name in zip(weeks, names, strict=True)
    ]


async def moment_after_approval(db: AsyncSession, catalog: Catalog, week: str, now: datetime) -> datetime | None:
    """When a digest approved now leaves: at its week's moment, or as soon as the offices work while that is not long
    past. None when the week is left out or it is too late: then a person decides."""
    (plan,) = await plan_of(db, catalog, [Week.parse(week)])
    if plan.skip is not None:
        return None
    if plan.at > now:
        return plan.at
    return working_time(catalog).next_open(now) if now < plan.late_until else None


async def set_rhythm(
    db: AsyncSession, catalog: Catalog, weekday: int, at: str, late_hours: int, actor: str, now: datetime
) -> Rhythm:
    """Choose another day or time. Approved digests that wait for their week's moment follow it.

    Raises DigestError when the day, the time or the hours are none.
    """
    try:
        at = f"{time.fromisoformat(at):%H:%M}"
    except ValueError:
        raise DigestError("no_such_time") from None
    if weekday not in range(1, 8) or late_hours not in range(MOST_LATE_HOURS + 1):
        raise DigestError("no_such_rhythm", most=MOST_LATE_HOURS)
    chosen, working = await rhythm(db), working_time(catalog)
    waiting = [
        digest
        for digest in await digests_in(db, DigestState.APPROVED)
        if not digest.is_urgent and digest.send_at == planned(Week.parse(digest.week), chosen, working).at
    ]
    before = {"weekday": chosen.weekday, "at": chosen.at, "late_hours": chosen.late_hours}
    chosen.weekday, chosen.at, chosen.late_hours = weekday, at, late_hours
    chosen.changed_by, chosen.changed_at = actor, now
    db.add(chosen)
    for digest in waiting:
        digest.send_at = await moment_after_approval(db, catalog, digest.week, now)
        db.add(digest)
    note(db, actor, "rhythm.changed", "rhythm", now, before=before, weekday=weekday, at=at, late_hours=late_hours)
    return chosen


async def skip_week(db: AsyncSession, week: str, reason: str, actor: str, now: datetime) -> Skip:
    """Leave the digest of the week out: nothing is drafted, nothing leaves by itself. Its digest keeps its state.

    Raises DigestError when the reason is too short, the week is left out already or its digest has left.
    """
    week = str(Week.parse(week))
    if sum(letter.isalnum() for letter in reason) < SHORTEST_REASON:
        raise DigestError("reason_needed")
    if await skipped(db, [week]):
        raise DigestError("already_skipped", week=week)
    digest = await digest_of_week(db, week)
    if digest is not None and digest.state in (DigestState.SENDING, DigestState.SENT):
        raise DigestError("already_left", week=week)
    if digest is not None:
        digest.send_at = None
        db.add(digest)
    skip = Skip(week=week, reason=reason.strip(), skipped_by=actor, skipped_at=now)
    db.add(skip)
    note(db, actor, "week.skipped", f"week:{week}", now, reason=skip.reason)
    return skip


async def unskip_week(db: AsyncSession, catalog: Catalog, week: str, actor: str, now: datetime) -> None:
    """Take the decision back; an approved digest of the week gets its moment again.

    Raises DigestError when the week is not left out.
    """
    if not await take_back_skip(db, week):
        raise DigestError("not_skipped", week=week[:12])
    digest = await digest_of_week(db, week)
    if digest is not None and digest.state is DigestState.APPROVED:
        digest.send_at = await moment_after_approval(db, catalog, week, now)
        db.add(digest)
    note(db, actor, "week.unskipped", f"week:{week}", now)


async def is_skipped(db: AsyncSession, week: str) -> bool:
    return bool(await skipped(db, [week]))


def weeks_from(now: datetime, count: int, back: int = 0) -> list[Week]:
    """``count`` weeks, the first one ``back`` weeks before this."""
    first = week_of(now.astimezone(LOCAL).date()).first
    return [week_of(first + timedelta(weeks=number)) for number in range(-back, count - back)]
