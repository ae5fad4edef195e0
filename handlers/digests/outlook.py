"""What happens next with a digest, and when: for whoever looks at it and wonders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.rhythm import Planned, plan_of
from handlers.digests.weeks import Week
from handlers.working_time import working_time
from storage.digests import Digest, DigestState

WARNED = 2.0
"""Hours of work before the moment of a digest that still waits at which its approvers are reminded."""


class Step(StrEnum):
    """The way of a digest, as people see it; words in ``checklist.step``."""

    COMPOSE = "compose"
    PREVIEW = "preview"
    SUBMIT = "submit"
    APPROVE = "approve"
    SEND = "send"
    FOLLOW = "follow"


CURRENT = {
    DigestState.DRAFT: Step.PREVIEW,
    DigestState.WAITING: Step.APPROVE,
    DigestState.APPROVED: Step.SEND,
    DigestState.SENDING: Step.SEND,
    DigestState.SENT: Step.FOLLOW,
}
"""Where a digest stands in each state."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One thing that will happen. ``checklist.coming.<key>`` says what."""

    key: str
    at: datetime | None = None
    """None: as soon as somebody does it."""
    underway: bool = False
    """It is going on now; nobody need do anything."""


async def outlook(db: AsyncSession, catalog: Catalog, digest: Digest, now: datetime) -> tuple[Planned, list[Coming]]:
    """The digest's week in the rhythm, and what comes, in order of time."""
    (plan,) = await plan_of(db, catalog, [Week.parse(digest.week)])
    working = working_time(catalog)
    found: list[Coming] = []
    match digest.state:
        case DigestState.DRAFT:
            found = [Coming("submit"), Coming("approve")]
        case DigestState.WAITING:
            found = [Coming("approve")]
            warned = working.hours_before(plan.at, WARNED)
            if not digest.is_urgent and plan.skip is None and warned > now:
                found.append(Coming("warn_approver", warned))
        case DigestState.SENDING:
            found = [Coming("resume") if digest.paused_at else Coming("sending", underway=True)]
    if digest.state in (DigestState.DRAFT, DigestState.WAITING):
        found += _leaving(digest, plan, now)
    elif digest.state is DigestState.APPROVED:
        found.append(Coming("leaves", digest.send_at) if digest.send_at else Coming("schedule"))
    left = digest.sent_at or digest.send_at or (None if digest.is_urgent else plan.at)
    if left is not None and digest.state is not DigestState.DRAFT:
        reminded = working.next_open(working.days_after(left, 2))
        if reminded > now - timedelta(days=1):
            found.append(Coming("remind", reminded))
    return plan, found


def _leaving(digest: Digest, plan: Planned, now: datetime) -> list[Coming]:
    if digest.is_urgent:
        return [Coming("leaves_at_once")]
    if plan.skip is not None:
        return [Coming("skipped")]
    if plan.at > now:
        return [Coming("leaves_if_approved", plan.at)]
    if plan.late_until > now:
        return [Coming("leaves_late", plan.late_until)]
    return [Coming("schedule")]
