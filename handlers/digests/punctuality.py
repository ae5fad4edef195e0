"""Starting digests in time: what is due starts once, what was held up starts late or is written down as missed.

Nothing here fires: each look asks the tables what should have left by now. So it may look twice, late, from two
processes, on a clock that jumped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.approval import CLOCK, held
from handlers.digests.composing import compose
from handlers.digests.refusals import DigestError
from handlers.digests.rhythm import Planned, plan_of, weeks_from
from handlers.digests.sending import start_sending
from handlers.digests.weeks import Week
from handlers.working_time import WorkingTime, working_time
from storage.audit import note
from storage.digests import Digest, DigestState, digests_in, first_week
from storage.rhythm import Missed, missed, rhythm

IN_TIME = timedelta(minutes=10)
"""Up to this long after its moment a digest is not late."""
LOOKED_BACK = 8
"""Weeks: who was away for longer looks at the list of digests, not at a warning for each."""


async def start_due(db: AsyncSession, catalog: Catalog, now: datetime) -> dict[str, int]:
    """Start every approved digest whose moment has come; ``missed`` are those for which it is too late.

    One held up (the process was down) is started late while the rhythm allows and the offices work. One that is
    refused loses its moment, with the reason kept.
    """
    counts = {"started": 0, "queued": 0, "refused": 0, "missed": 0}
    for found in await digests_in(db, DigestState.APPROVED):
        if found.send_at is None or found.send_at > now:
            continue
        assert found.id is not None
        digest = await held(db, found.id)
        if digest.state is not DigestState.APPROVED or digest.send_at is None or digest.send_at > now:
            continue  # another process was faster, or a person
        planned_for = digest.send_at
        if now - planned_for > IN_TIME and not digest.is_urgent:
            working = working_time(catalog)
            if now > await _late_until(db, planned_for, working):
                digest.send_at = None
                db.add(digest)
                counts["missed"] += await _miss(db, digest.week, planned_for, now)
                continue
            if not working.is_open(now):
                continue
        try:
            counts["queued"] += await start_sending(db, catalog, found.id, CLOCK, now)
            counts["started"] += 1
        except DigestError as error:
            _refuse(db, digest, catalog.text(error.key, **error.params), error.reason, now)
            counts["refused"] += 1
    return counts


async def due_digests(db: AsyncSession, now: datetime) -> list[int]:
    """Approved digests whose moment has come."""
    found = await digests_in(db, DigestState.APPROVED)
    return [one.id for one in found if one.id is not None and one.send_at is not None and one.send_at <= now]


async def refuse_due(db: AsyncSession, digest_id: int, told: str, reason: str, now: datetime) -> bool:
    """Let a digest lose its moment, with the reason kept for whoever looks; False when it has left meanwhile."""
    digest = await held(db, digest_id)
    if digest.state is not DigestState.APPROVED or digest.send_at is None or digest.send_at > now:
        return False
    _refuse(db, digest, told, reason, now)
    return True


def _refuse(db: AsyncSession, digest: Digest, told: str, reason: str, now: datetime) -> None:
    digest.send_at, digest.return_reason = None, told
    db.add(digest)
    note(db, CLOCK, "digest.refused", f"digest:{digest.id}", now, reason=reason)


async def _late_until(db: AsyncSession, planned_for: datetime, working: WorkingTime) -> datetime:
    hours = (await rhythm(db)).late_hours
    return working.hours_after(planned_for, hours) if hours else planned_for


async def note_missed(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Write down the weeks whose moment has passed while their digest was not approved."""
    count = 0
    for plan in await _passed(db, catalog, now):
        digest = plan.digest
        if digest is None or digest.state not in (DigestState.DRAFT, DigestState.WAITING):
            continue
        if await _was_expected(db, digest, plan.at):
            count += await _miss(db, str(plan.week), plan.at, now)
    return count


async def note_uncomposed(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Write down the weeks gone by that have no digest although there was something to tell: nothing ran then."""
    count = 0
    this = weeks_from(now, 1)[0]
    for plan in await _passed(db, catalog, now):
        if plan.week != this and plan.digest is None and await compose(db, catalog, str(plan.week)):
            count += await _miss(db, str(plan.week), plan.at, now)
    return count


async def _passed(db: AsyncSession, catalog: Catalog, now: datetime) -> list[Planned]:
    """This week and those before it, oldest first, whose moment has passed and of which nothing is written down yet."""
    began = await first_week(db)
    weeks = [week for week in weeks_from(now, LOOKED_BACK, back=LOOKED_BACK - 1) if began and str(week) >= began]
    return [
        plan
        for plan in await plan_of(db, catalog, weeks)
        if plan.missed is None and plan.skip is None and now - plan.at > IN_TIME
    ]


async def _was_expected(db: AsyncSession, digest: Digest, at: datetime) -> bool:
    """Whether the digest was there in time, or is not the first there ever was: a house that has only just begun has
    missed nothing."""
    return digest.composed_at <= at or await first_week(db) != digest.week


async def _miss(db: AsyncSession, week: str, planned_for: datetime, now: datetime) -> int:
    if str(Week.parse(week)) in await missed(db, [week]):
        return 0
    db.add(Missed(week=week, planned_for=planned_for, noted_at=now))
    note(db, CLOCK, "digest.missed", f"week:{week}", now, planned_for=planned_for.isoformat())
    return 1
