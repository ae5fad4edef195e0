"""Reminding agencies of reports they owe: by working days before and after the last day in time, then up the agency.

Only who owes is told; all that is due for a person stands in one message a day. A look asks which steps are due and
were not told: a step of the working day before is made up for, and the delivery's key, one for a person and day, makes
looking twice harmless. Handing in ends it, also for what waits in the outbox; a request for more time that waits holds
it once the last day is past. The steps of ``kontum/report_chase.yaml`` say when and whom.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.chasing import RUNGS, ReportStep
from handlers.digests.rendering import deadline_words, shortened
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.periods import Period, Standing, periods_begun, subject, titled
from handlers.succession.inherited import standing_for
from handlers.turn import LOCAL
from handlers.working_time import WorkingTime, working_time
from storage.agencies import memberships
from storage.appointments import ContactRole, contacts_of, reachable
from storage.contacts import Account
from storage.deliveries import keys_that_exist, new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.extensions import extended, extensions
from storage.ladder import call_off, reword, waiting_reminders
from storage.plans import AssignmentRole, Task, assigned_tasks
from storage.reports import HANDED_IN, report_states

TITLE_LIMIT = 110
LINES = 12
"""Tasks a reminder names; the rest is counted."""
BUTTONS = 3
"""Tasks of a reminder that have a button of their own."""
DEADLINE = "deadline:"
"""Begins the keys of reminders of reports."""
MOST = 10_000
"""Requests for more time looked at."""


@dataclass(frozen=True, slots=True)
class Due:
    """A report an agency owes: the task, and the period as it is for the agency."""

    agency_id: str
    task: Task
    period: Period

    @property
    def due(self) -> date:
        assert self.period.due is not None
        return self.period.due

    @property
    def subject(self) -> str:
        return subject(self.task.id, self.period.key)

    def title(self, catalog: Catalog) -> str:
        return titled(catalog.text, self.task.title, self.period.key)


async def owed(db: AsyncSession, catalog: Catalog, agencies: Collection[str], today: date) -> list[Due]:
    """Reports the agencies lead and have not handed in that have a last day, and whose period is not closed."""
    groups, policy = await memberships(db, today), catalog.province.reporting
    reports, moved = await report_states(db), await extended(db)
    assigned = await assigned_tasks(db)
    broken_down = {task.parent_id for task, _ in assigned}
    leads: dict[str, list[tuple[Task, Period]]] = {}
    named: dict[str, list[str]] = {}
    for task, assignment in assigned:
        if assignment.role is AssignmentRole.LEAD and task.id not in broken_down:
            pairs = [(task, period) for period in periods_begun(task, policy, today) if period.due is not None]
            leads.setdefault(assignment.agency_id, []).extend(pairs)
            named.setdefault(task.id, []).append(assignment.agency_id)

    def inherited(agency: str, task_id: str, period: str) -> bool:
        """Whether what agencies it followed handed in stands for it."""
        registry, given = catalog.province.agencies, named[task_id]
        return bool(standing_for(registry, agency, given, lambda one: reports.get((task_id, one, period)) in HANDED_IN))

    found: dict[tuple[str, str], Due] = {}
    for agency in agencies:
        for name in (agency, *groups.get(agency, ())):
            for task, begun in leads.get(name, ()):
                key = (task.id, agency, begun.key)
                one = Due(agency, task, begun.extended(moved.get(key)))
                closed = one.period.standing(today, policy.late_days) is Standing.CLOSED
                if reports.get(key) not in HANDED_IN and not closed and not inherited(agency, task.id, begun.key):
                    found[agency, one.subject] = one
    return list(found.values())


async def remind_of_reports(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Queue the reminders that are due; how many. The caller makes sure that it is working time."""
    today = now.astimezone(LOCAL).date()
    wanted = await _wanted(db, catalog, today)
    told = await keys_that_exist(db, [_key(contact, today) for contact in wanted])
    rows = []
    for contact, (account, own) in wanted.items():
        if _key(contact, today) not in told:
            reply = _reply(catalog, own, today, working_time(catalog)).to_json()
            rows.append(new_delivery(DeliveryKind.REMINDER, _key(contact, today), account, reply, now))
    return await queue_deliveries(db, rows) if rows else 0


async def reconsider(db: AsyncSession, catalog: Catalog, agency_id: str, now: datetime) -> int:
    """What waits to remind somebody of the agency names only reports still owed; how many messages have nothing left to
    name and are called off. For the transaction in which the agency has handed something in."""
    today = now.astimezone(LOCAL).date()
    officers = await contacts_of(db, agency_id, today)
    waiting = await waiting_reminders(db, [contact.id for _, contact in officers if contact.id is not None], DEADLINE)
    count = 0
    made = sorted((_day(row.key), row.id or 0, contact) for row, contact in waiting)
    for day, rows in groupby(made, key=lambda one: one[0]):
        wanted = await _wanted(db, catalog, day)
        for _, delivery_id, contact in rows:
            if contact in wanted:
                reply = _reply(catalog, wanted[contact][1], today, working_time(catalog))
                await reword(db, delivery_id, reply.to_json(), None)
            else:
                count += await call_off(db, delivery_id, "handed_in")
    return count


async def _wanted(db: AsyncSession, catalog: Catalog, today: date) -> dict[int, tuple[Account, list[Due]]]:
    """By contact, what a reminder of the day is to name, and the account it goes to."""
    working = working_time(catalog)
    days = (working.day_before(today, 1), today)
    people = await people_by_rung(db, today)
    duties = await _unheld(db, catalog, await owed(db, catalog, {agency for agency, _ in people}, today), today)
    by_day: dict[int, dict[date, list[Due]]] = {}
    accounts: dict[int, Account] = {}
    for one in duties:
        for day in days:
            step = step_on(catalog.province.report_chase.steps, one.due, day, working)
            if step is None or (step.day <= 0 and one.due < today):
                continue
            for contact_id, account in recipients(people, one.agency_id, step):
                accounts[contact_id] = account
                by_day.setdefault(contact_id, {}).setdefault(day, []).append(one)
    told = await keys_that_exist(db, [_key(contact, days[0]) for contact in by_day])
    found = {}
    for contact, of_days in by_day.items():
        own = [
            one for day, several in of_days.items() if day == today or _key(contact, day) not in told for one in several
        ]
        if own:
            found[contact] = accounts[contact], own
    return found


async def to_call(db: AsyncSession, catalog: Catalog, today: date) -> dict[str, list[Due]]:
    """What the department has to call about, by agency: nobody there has reacted to any step."""
    working, after = working_time(catalog), catalog.province.report_chase.department_after
    everybody = set(catalog.province.agencies)
    found: dict[str, list[Due]] = {}
    for one in await _unheld(db, catalog, await owed(db, catalog, everybody, today), today):
        if one.due < today and working.days_between(one.due, today) >= after:
            found.setdefault(one.agency_id, []).append(one)
    return found


async def _unheld(db: AsyncSession, catalog: Catalog, duties: Iterable[Due], today: date) -> list[Due]:
    """Without what is late while the department has not answered a request for more time."""
    waiting = {(row.task_id, row.agency_id, row.period) for row in await extensions(db, waiting=True, limit=MOST)}
    return [one for one in duties if one.due >= today or (one.task.id, one.agency_id, one.period.key) not in waiting]


def step_on(steps: Sequence[ReportStep], due: date, day: date, working: WorkingTime) -> ReportStep | None:
    """The step that falls on the working day. Up to the last day in time steps count back from the last working day of
    it, so that none is told when it is too late."""
    last = working.last_working_day(due)
    for step in steps:
        when = working.day_before(last, -step.day) if step.day <= 0 else working.day_after(due, step.day)
        if when == day:
            return step
    return None


People = Mapping[tuple[str, str], Mapping[int, Account]]
"""By agency and rung: of each officer, by contact, the account they used last."""


async def people_by_rung(db: AsyncSession, today: date) -> People:
    """Officers who can be told something on the day."""
    found: dict[tuple[str, str], dict[int, Account]] = {}
    for appointment, contact, account in await reachable(db, None, list(ContactRole), today):
        known = found.setdefault((appointment.agency_id, appointment.role.value), {})
        assert contact.id is not None
        if contact.id not in known or known[contact.id].last_seen_at < account.last_seen_at:
            known[contact.id] = account
    return found


def recipients(people: People, agency_id: str, step: ReportStep) -> list[tuple[int, Account]]:
    """Whom the step tells; where the agency has nobody for it, the next rung up."""
    wanted = {contact: account for rung in step.to for contact, account in people.get((agency_id, rung), {}).items()}
    if not wanted and "department" not in step.to:
        for rung in RUNGS[step.highest + 1 : -1]:
            wanted = dict(people.get((agency_id, rung), {}))
            if wanted:
                break
    return list(wanted.items())


def _key(contact_id: int, day: date) -> str:
    return f"{DEADLINE}{contact_id}:{day.isoformat()}"


def _day(key: str) -> date:
    return date.fromisoformat(key.rpartition(":")[2])


def _reply(catalog: Catalog, duties: Sequence[Due], today: date, working: WorkingTime) -> Reply:
    ordered = sorted(
        {(one.agency_id, one.subject): one for one in duties}.values(),
        key=lambda one: (one.due, one.task.plan_id, one.task.position),
    )
    agencies = dict.fromkeys(catalog.agency_name(one.agency_id) for one in ordered)
    late = any(one.due < today for one in ordered)
    heading = "period.reminder.late_heading" if late else "period.reminder.heading"
    lines = [catalog.text(heading, agency="; ".join(agencies), count=len(ordered))]
    for due, together in groupby(ordered[:LINES], key=lambda one: one.due):
        same = list(together)
        task, period = same[0].task, same[0].period
        as_written = None if period.moved else task.deadline_as_written
        words = deadline_words(catalog, due, period.cut_off, task.deadline_semantics, as_written)
        days = working.days_between(today, due)
        key = "late" if due < today else "left" if days else "today"
        count = (today - due).days if key == "late" else days
        lines.append(catalog.text(f"period.reminder.{key}", deadline=words, days=count))
        lines += [catalog.text("digest.line.bullet", text=shortened(one.title(catalog), TITLE_LIMIT)) for one in same]
    if len(ordered) > LINES:
        lines.append(catalog.text("digest.reminder.more", count=len(ordered) - LINES))
    return Reply("\n".join(lines), _choices(catalog, ordered))


def _choices(catalog: Catalog, ordered: Sequence[Due]) -> tuple[Choice, ...]:
    reports = [
        Choice(
            shortened(catalog.text("digest.button.report", title=one.title(catalog)), 40),
            choice_value("report", one.subject),
        )
        for one in ordered[:BUTTONS]
    ]
    more_time = Choice(catalog.text("extension.button.ask"), choice_value("extension", "ask", ordered[0].subject))
    progress = Choice(catalog.text("digest.button.progress"), "tasks")
    return (*reports, more_time, progress)
