"""Mid-week, before a platform's window closes: one message that says what is due, so that next week's digest may come.

A platform with an interaction window lets the account write for nothing for a while after somebody's last sign of life,
then for money, then not at all. Whoever will have fallen out of the free window by the next digest is told, while it
still costs nothing where that can be had, what waits for their agency; a tap on any button opens the window again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import day
from handlers.digests.rendering import shortened
from handlers.digests.rhythm import plan_of
from handlers.digests.weeks import Week, week_of
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.duties import Duty, duties_of
from handlers.reminders.ladder import Owed, owed
from handlers.turn import LOCAL
from storage.appointments import subscribers
from storage.contacts import Account, Contact
from storage.deliveries import keys_that_exist, new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.ladder import reminded_since

FIRST_DAY, LAST_DAY = 3, 4
"""Wednesday and Thursday, as ISO weekdays."""
AHEAD = 7
"""Days ahead within which a task's last day in time is told."""
QUIET = timedelta(hours=24)
"""After another reminder nobody is nudged for this long: that one asked for a tap too."""
LINES = 4
TITLE_LIMIT = 90


@dataclass(frozen=True, slots=True)
class Window:
    """A platform's interaction window: how long after somebody's last sign of life the account may write."""

    free: timedelta
    open: timedelta


@dataclass(frozen=True, slots=True)
class Due:
    """What waits for an agency: what it has not taken in, tasks whose deadline is near."""

    owed: tuple[Owed, ...]
    tasks: tuple[Duty, ...]

    @property
    def count(self) -> int:
        return len(self.owed) + len(self.tasks)


async def nudge(db: AsyncSession, catalog: Catalog, windows: Mapping[str, Window], now: datetime) -> int:
    """Queue the nudges that are due, one to an account and week; how many. ``windows`` by channel.

    The caller makes sure that it is working time.
    """
    today = now.astimezone(LOCAL).date()
    if not FIRST_DAY <= today.isoweekday() <= LAST_DAY:
        return 0
    week = week_of(today)
    (coming,) = await plan_of(db, catalog, [week_of(week.last + timedelta(days=1))])
    candidates = await _candidates(db, windows, week, coming.at, now)
    owing = await owed(db, now) if candidates else []
    due: dict[str, Due] = {}
    rows = []
    for account, contact in candidates:
        agency = contact.agency_id
        if agency not in due:
            untaken = tuple(one for one in owing if one.agency_id == agency)
            due[agency] = Due(untaken, tuple(await _tasks(db, catalog, agency, today)))
        if due[agency].count or _misses(account, windows[account.channel], coming.at):
            reply = _reply(catalog, agency, due[agency])
            rows.append(new_delivery(DeliveryKind.REMINDER, _key(week, account), account, reply.to_json(), now))
    return await queue_deliveries(db, rows) if rows else 0


async def _candidates(
    db: AsyncSession, windows: Mapping[str, Window], week: Week, coming: datetime, now: datetime
) -> list[tuple[Account, Contact]]:
    """Officers whose window is open now and no longer free when the next digest comes, not nudged this week and not
    reminded of anything just now. One whose window is shut cannot be reached; of one never seen nothing is known."""
    reminded = await reminded_since(db, now - QUIET)
    found = [
        (account, contact)
        for account, contact in await subscribers(db, now.astimezone(LOCAL).date())
        if account.id not in reminded
        and (window := windows.get(account.channel)) is not None
        and (last := account.last_interaction_at) is not None
        and now <= last + window.open
        and last + window.free < coming
    ]
    told = await keys_that_exist(db, [_key(week, account) for account, _ in found])
    return [(account, contact) for account, contact in found if _key(week, account) not in told]


def _key(week: Week, account: Account) -> str:
    return f"nudge:{week}:{account.id}"


def _misses(account: Account, window: Window, coming: datetime) -> bool:
    """Whether without a tap the next digest could not be delivered at all."""
    return account.last_interaction_at is not None and account.last_interaction_at + window.open < coming


async def _tasks(db: AsyncSession, catalog: Catalog, agency_id: str, today: date) -> list[Duty]:
    """Tasks the agency leads and has not reported on whose last day in time is near, soonest first."""
    last = today + timedelta(days=AHEAD)
    return [
        duty
        for duty in await duties_of(db, catalog, agency_id, today)
        if duty.owed and not duty.handed_in and duty.due is not None and today <= duty.due <= last
    ]


def _reply(catalog: Catalog, agency_id: str, due: Due) -> Reply:
    """What is due, in one message; without anything one line that asks for a tap."""
    agency = catalog.agency_name(agency_id)
    if not due.count:
        follow = Choice(catalog.text("nudge.button.follow"), choice_value("digest", "view"))
        return Reply(catalog.text("nudge.nothing", agency=agency), (follow,))
    lines = [catalog.text("nudge.heading", agency=agency, count=due.count)]
    lines += [catalog.text("nudge.owed", title=one.matter.title(catalog)) for one in due.owed]
    for duty in due.tasks:
        assert duty.due is not None
        title = shortened(duty.title(catalog.text), TITLE_LIMIT)
        lines.append(catalog.text("nudge.task", title=title, day=day(duty.due)))
    if len(lines) > LINES + 1:
        lines[LINES + 1 :] = [catalog.text("nudge.more", count=len(lines) - LINES - 1)]
    return Reply("\n".join(lines), _choices(catalog, due))


def _choices(catalog: Catalog, due: Due) -> tuple[Choice, ...]:
    choices = []
    if due.owed:
        choices.append(Choice(catalog.text("digest.button.view"), choice_value("digest", "view")))
    if due.tasks:
        choices.append(Choice(catalog.text("digest.button.progress"), "tasks"))
    return tuple(choices)


async def due_words(db: AsyncSession, catalog: Catalog, agency_id: str, now: datetime) -> str:
    """What is due at an agency in a few words, for a template message: "2 nội dung chưa tiếp nhận, 1 việc …"."""
    waiting = sum(one.agency_id == agency_id for one in await owed(db, now))
    tasks = await _tasks(db, catalog, agency_id, now.astimezone(LOCAL).date())
    counted: list[tuple[str, dict[str, Any]]] = []
    if waiting:
        counted.append(("nudge.template.owed", {"count": waiting}))
    if tasks and tasks[0].due is not None:
        counted.append(("nudge.template.tasks", {"count": len(tasks), "day": day(tasks[0].due)}))
    return ", ".join(catalog.text(key, **words) for key, words in counted) or catalog.text("nudge.template.nothing")
