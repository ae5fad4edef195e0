"""The weekly summary for the leaders' chats: whose moment has come, and its five lines.

Its moment moves for a holiday as the digest's does. The figures are those of snapshots taken for it and kept for good,
whose codes the last line tells; the picture that goes with it is the chart of the progress page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import figure, moment
from content.text import Texts
from handlers.digests.rhythm import planned
from handlers.digests.weeks import Week, week_of
from handlers.messages import Choice, choice_value, plain
from handlers.reports.progress import Light
from handlers.reports.standing import MISSING
from handlers.turn import LOCAL
from handlers.working_time import working_time
from storage.audit import note
from storage.briefings import Briefing, briefing_of, takers
from storage.contacts import Account
from storage.deliveries import keys_that_exist
from storage.rhythm import Rhythm
from storage.users import ConsoleUser

Json = dict[str, Any]

LATE_HOURS = 8
"""Hours of work after its moment in which a summary that was held up is still sent."""
IN_TIME = timedelta(minutes=10)
"""Up to this long after its moment it leaves whether the offices work or not."""
NAMED = 3
"""Agencies named as the ones with most overdue."""


class NoSuchMoment(ValueError):
    """No day or time of a week, or one at night."""


@dataclass(frozen=True, slots=True)
class Due:
    """One chat that is to get this week's summary now."""

    user: ConsoleUser
    account: Account
    key: str
    """Of its delivery: the same week's is never sent twice."""


async def due_now(db: AsyncSession, catalog: Catalog, now: datetime) -> list[Due]:
    """The chats whose moment has come this week and that have not got the summary."""
    working, week = working_time(catalog), week_of(now.astimezone(LOCAL).date())
    found = []
    for briefing, user, account in await takers(db):
        plan = planned(week, _rhythm(briefing), working)
        in_time = now - plan.at <= IN_TIME or working.is_open(now)
        if briefing.since <= plan.at <= now <= plan.late_until and in_time:
            found.append(Due(user, account, _key(week, user)))
    sent = await keys_that_exist(db, [one.key for one in found])
    return [one for one in found if one.key not in sent]


def next_moment(catalog: Catalog, briefing: Briefing, now: datetime) -> datetime:
    """When the next summary leaves; aware UTC."""
    working, week = working_time(catalog), week_of(now.astimezone(LOCAL).date())
    while True:
        plan = planned(week, _rhythm(briefing), working)
        if plan.at > max(now, briefing.since):
            return plan.at
        week = week_of(week.first + timedelta(weeks=1))


async def switch_on(
    db: AsyncSession, catalog: Catalog, user: ConsoleUser, weekday: int, at: str, now: datetime
) -> Briefing:
    """Send the account's chat the summary each week at that moment. Raises NoSuchMoment."""
    assert user.id is not None
    try:
        chosen = time.fromisoformat(at)
    except ValueError:
        raise NoSuchMoment(at) from None
    if weekday not in range(1, 8) or working_time(catalog).calendar.quiet.holds(chosen):
        raise NoSuchMoment(at)
    briefing = await briefing_of(db, user.id) or Briefing(user_id=user.id, since=now)
    briefing.weekday, briefing.at, briefing.since = weekday, f"{chosen:%H:%M}", now
    db.add(briefing)
    note(db, user.name, "briefing.on", f"user:{user.id}", now, weekday=weekday, at=briefing.at)
    return briefing


async def switch_off(db: AsyncSession, user: ConsoleUser, now: datetime) -> bool:
    """Send it no more; False when it was off."""
    assert user.id is not None
    briefing = await briefing_of(db, user.id)
    if briefing is None:
        return False
    await db.delete(briefing)
    note(db, user.name, "briefing.off", f"user:{user.id}", now, weekday=briefing.weekday, at=briefing.at)
    return True


def summary(sums: Sequence[Json], codes: Sequence[str], text: Texts, now: datetime) -> str:
    """A heading and five lines over all plans: handed in, overdue, due this week, indicators, where it is from."""
    agencies = [row for one in sums for row in one["agencies"]]
    owed, handed_in, on_time = (sum(row[key] for row in agencies) for key in ("owed", "handed_in", "on_time"))
    left = 7 - now.astimezone(LOCAL).isoweekday()
    soon = [(row["id"], _soon(row, left)) for row in agencies]
    lights = [one["light"] for plan in sums for one in plan["indicators"]]
    return "\n".join(
        [
            text("briefing.heading", plans=len(sums)),
            text("briefing.handed_in", handed_in=handed_in, owed=owed, share=_share(handed_in, owed), on_time=on_time),
            _overdue(agencies, text),
            text(
                "briefing.soon",
                reports=sum(count for _, count in soon),
                agencies=len({agency for agency, count in soon if count}),
            ),
            text("briefing.indicators", **{light.value: lights.count(light) for light in Light}),
            text("briefing.source", moment=moment(now.astimezone(LOCAL)), codes=", ".join(codes)),
        ]
    )


def questions(text: Texts) -> tuple[Choice, ...]:
    """What a leader may ask next. A tap also keeps the chat open on platforms that close silent ones."""
    plans, missing = choice_value("progress"), choice_value("progress", MISSING)
    return Choice(text("briefing.button.plans"), plans), Choice(text("briefing.button.missing"), missing)


def _overdue(agencies: Sequence[Json], text: Texts) -> str:
    late: dict[str, int] = {}
    for row in agencies:
        if row["overdue"]:
            late[row["name"]] = late.get(row["name"], 0) + row["overdue"]
    if not late:
        return text("briefing.none_overdue")
    worst = sorted(late.items(), key=lambda one: (-one[1], one[0]))[:NAMED]
    named = ", ".join(text("briefing.named", agency=plain(name), count=count) for name, count in worst)
    return text("briefing.overdue", reports=sum(late.values()), agencies=len(late), named=named)


def _soon(row: Json, left: int) -> int:
    """Missing reports of an agency whose last day is in the days left of this week."""
    return sum(one["days_late"] is not None and -left <= one["days_late"] <= 0 for one in row["missing"])


def _share(part: int, whole: int) -> str:
    return figure(100 * part / whole) if whole else "0"


def _rhythm(briefing: Briefing) -> Rhythm:
    return Rhythm(weekday=briefing.weekday, at=briefing.at, late_hours=LATE_HOURS)


def _key(week: Week, user: ConsoleUser) -> str:
    return f"briefing:{week}:{user.id}"
