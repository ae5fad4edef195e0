"""Reminders: of digests nobody acknowledged (the ladder), and of tasks whose deadline is near. Only in working hours.

Both are reconciled, not fired: each look asks what should have been said by now and was not, and a unique key makes
looking twice harmless. Outside working hours nothing is made; the next working morning's look makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.rendering import deadline_words, shortened
from handlers.extensions import remind_department
from handlers.ladder import chase
from handlers.messages import Choice, Reply, choice_value
from handlers.periods import Period, periods_begun, subject, titled
from handlers.turn import LOCAL
from handlers.working_time import WorkingTime, working_time
from storage.agencies import Agency, list_agencies, memberships
from storage.appointments import subscribers
from storage.contacts import Account, Contact
from storage.deliveries import keys_that_exist, new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.plans import AssignmentRole, Task, assigned_tasks
from storage.reports import HANDED_IN, report_states

STEPS = (7, 3, 1)
"""Days before the last safe day on which a lead agency without a report is reminded."""
TITLE_LIMIT = 110
LINES = 12
"""Tasks a deadline reminder names; the rest is counted."""
BUTTONS = 3
"""Tasks of a deadline reminder that have a button of their own."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A task and the period of it that is due."""

    task: Task
    period: Period

    @property
    def key(self) -> tuple[str, str]:
        return self.task.id, self.period.key

    @property
    def due(self) -> date | None:
        return self.period.due

    def title(self, catalog: Catalog) -> str:
        return titled(catalog.text, self.task.title, self.period.key)


async def remind(db: AsyncSession, catalog: Catalog, now: datetime) -> dict[str, int]:
    """Queue every reminder that is due at ``now``; how many of each kind."""
    if not working_time(catalog).is_open(now):
        return {"chased": 0, "deadlines": 0, "extensions": 0}
    return {
        "chased": await chase(db, catalog, now),
        "deadlines": await remind_deadlines(db, catalog, now),
        "extensions": await remind_department(db, catalog, now),
    }


async def remind_deadlines(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """One message per officer and day about their agency's tasks that reach one of the STEPS without a report.

    A step on a day off is told on the working day before it: after it might be too late. A step missed because
    nothing ran that day is told on the next working day.
    """
    today = now.astimezone(LOCAL).date()
    working = working_time(catalog)
    yesterday = working.day_before(today, 1)
    officers = _one_account_each(await subscribers(db, today))
    steps = await _tasks_due_by_agency(db, catalog, {contact.agency_id for _, contact in officers}, (yesterday, today))
    if not steps:
        return 0
    keys = [_key(contact, day) for _, contact in officers for day in (yesterday, today)]
    told = await keys_that_exist(db, keys)
    names = {agency.id: agency for agency in await list_agencies(db)}
    rows = []
    for account, contact in officers:
        if _key(contact, today) in told:
            continue
        days = [day for day in (yesterday, today) if _key(contact, day) not in told]
        tasks = [one for day in days for one in steps.get((contact.agency_id, day), ()) if (one.due or today) >= today]
        if tasks:
            reply = _deadline_reply(catalog, names[contact.agency_id], tasks, today)
            rows.append(new_delivery(DeliveryKind.REMINDER, _key(contact, today), account, reply.to_json(), now))
    return await queue_deliveries(db, rows)


def _key(contact: Contact, day: date) -> str:
    return f"deadline:{contact.id}:{day.isoformat()}"


def _one_account_each(found: Iterable[tuple[Account, Contact]]) -> list[tuple[Account, Contact]]:
    """Of each officer the account they used last."""
    newest: dict[int, tuple[Account, Contact]] = {}
    for account, contact in found:
        assert contact.id is not None
        known = newest.get(contact.id)
        if known is None or account.last_seen_at > known[0].last_seen_at:
            newest[contact.id] = (account, contact)
    return list(newest.values())


async def _tasks_due_by_agency(
    db: AsyncSession, catalog: Catalog, agencies: Iterable[str], days: Sequence[date]
) -> dict[tuple[str, date], list[_Due]]:
    """Tasks the agencies lead and have no report on, by (agency, day on which to remind)."""
    groups = await memberships(db, max(days))
    reports = await report_states(db)
    assigned = await assigned_tasks(db)
    broken_down = {task.parent_id for task, _ in assigned}
    leads: dict[str, list[_Due]] = {}
    for task, assignment in assigned:
        if assignment.role is AssignmentRole.LEAD and task.id not in broken_down:
            periods = periods_begun(task, catalog.province.reporting, days[-1])
            leads.setdefault(assignment.agency_id, []).extend(_Due(task, period) for period in periods)
    found: dict[tuple[str, date], list[_Due]] = {}
    for agency in agencies:
        own = {one.key: one for name in (agency, *groups.get(agency, ())) for one in leads.get(name, ())}
        for (task_id, period), one in own.items():
            if reports.get((task_id, agency, period)) in HANDED_IN:
                continue
            for day in days:
                if _is_told_on(one.due, day, working_time(catalog)):
                    found.setdefault((agency, day), []).append(one)
    return found


def _is_told_on(due: date | None, day: date, working: WorkingTime) -> bool:
    return due is not None and any(working.last_working_day(due - timedelta(days=step)) == day for step in STEPS)


def _deadline_reply(catalog: Catalog, agency: Agency, tasks: Sequence[_Due], today: date) -> Reply:
    ordered = sorted(
        {one.key: one for one in tasks}.values(), key=lambda one: (one.due, one.task.plan_id, one.task.position)
    )
    lines = [catalog.text("digest.reminder.deadline", agency=agency.name, count=len(ordered))]
    for due, together in groupby(ordered[:LINES], key=lambda one: one.due):
        assert due is not None
        same = list(together)
        task, period = same[0].task, same[0].period
        words = deadline_words(catalog, due, period.cut_off, task.deadline_semantics, task.deadline_as_written)
        left = (due - today).days
        key = "digest.reminder.left" if left else "digest.reminder.left_today"
        lines.append(catalog.text(key, deadline=words, days=left))
        lines += [catalog.text("digest.line.bullet", text=shortened(one.title(catalog), TITLE_LIMIT)) for one in same]
    if len(ordered) > LINES:
        lines.append(catalog.text("digest.reminder.more", count=len(ordered) - LINES))
    reports = [
        Choice(
            shortened(catalog.text("digest.button.report", title=one.title(catalog)), 40),
            choice_value("report", subject(*one.key)),
        )
        for one in ordered[:BUTTONS]
    ]
    progress = Choice(catalog.text("digest.button.progress"), "tasks")
    return Reply("\n".join(lines), (*reports, progress))
