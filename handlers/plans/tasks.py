"""The officer's list of tasks, and one task in full."""

from __future__ import annotations

from collections.abc import Sequence

from content.figures import day, weekday
from content.whole_numbers import whole
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.duties import (
    Duty,
    agency_name,
    due_text,
    duties_of,
    duty_on,
    last_text,
    only_officers,
    short,
    standing_text,
    target_text,
)
from handlers.plans.periods import Period, period_words, read_subject
from handlers.turn import Handler, Turn
from handlers.working_time import working_time
from storage.contacts import Contact
from storage.plans import Plan, Task, indicators_of, leads_of
from storage.reports import latest_version

PAGE = 4
"""Tasks on one page: with "next page" they fill the five buttons the narrowest channel has."""


async def view(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``tasks[:page]``: the agency's tasks."""
    if turn.contact is None:
        return only_officers(turn)
    duties = await duties_of(turn.db, turn.catalog, turn.contact.agency_id, turn.local_now.date())
    agency = agency_name(turn, turn.contact.agency_id)
    if not duties:
        return [turn.say("officer.tasks.none", turn.choice("officer.button.menu", "menu"), agency=agency)]
    page, pages = page_of(arguments, len(duties))
    key = "officer.tasks.heading_page" if pages > 1 else "officer.tasks.heading"
    heading = turn.text(key, agency=agency, count=len(duties), page=page, pages=pages)
    lines, choices = numbered(turn, duties, page, "officer.tasks.line", "task")
    if pages > 1:
        choices.append(turn.choice("officer.button.more", choice_value("tasks", page % pages + 1)))
    return [Reply("\n".join([heading, *lines]), tuple(choices))]


def page_of(arguments: Sequence[str], count: int) -> tuple[int, int]:
    """The page a choice's arguments ask for, counted from 1 and within what there is, and how many pages there are."""
    pages = max(1, -(-count // PAGE))
    page = whole(arguments[0], 3) or 1 if arguments else 1
    return min(max(page, 1), pages), pages


def numbered(turn: Turn, duties: Sequence[Duty], page: int, key: str, verb: str) -> tuple[list[str], list[Choice]]:
    """The duties of a page as numbered lines by the text ``key``, and for each a button that means ``verb``."""
    lines, choices = [], []
    for number, duty in enumerate(duties[(page - 1) * PAGE : page * PAGE], 1):
        title, due, standing = duty.title(turn.catalog.text), due_text(turn, duty), standing_text(turn, duty)
        lines.append(turn.text(key, number=number, title=title, due=due, standing=standing))
        choices.append(Choice(short(f"{number}. {title}"), choice_value(verb, duty.subject)))
    return lines, choices


async def view_one(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``task:<id>[@<period>]``: title, plan, the agency's part, deadline, indicators with targets and last values."""
    if turn.contact is None:
        return only_officers(turn)
    own = turn.choice("officer.button.tasks", "tasks")
    task_id, key = read_subject(arguments[0] if arguments else "")
    task = await turn.db.get(Task, task_id)
    if task is None:
        return [turn.say("officer.tasks.unknown", own)]
    today = turn.local_now.date()
    duty = await duty_on(turn.db, turn.catalog, task, turn.contact.agency_id, key, today)
    agency = agency_name(turn, turn.contact.agency_id)
    if duty is None:
        return [turn.say("officer.tasks.not_yours", own, agency=agency)]
    lines = await _card(turn, duty, agency)
    if duty.broken_down:
        return [await lines_of(turn, duty, turn.contact, "\n".join(lines))]
    lines += await _measures(turn, duty)
    report = turn.choice("officer.button.report", choice_value("report", duty.subject))
    return [Reply("\n".join(lines), (report, own))]


async def _card(turn: Turn, duty: Duty, agency: str) -> list[str]:
    task = duty.task
    plan = await turn.db.get(Plan, task.plan_id)
    leads = (await leads_of(turn.db, [task.id])).get(task.id, [])
    role = turn.text(f"officer.tasks.role.{duty.role.value}")
    part = turn.text("officer.task.part_alone", agency=agency, role=role)
    if leads != [turn.contact.agency_id if turn.contact else ""]:
        names = ", ".join(agency_name(turn, lead) for lead in leads)
        part = turn.text("officer.task.part", agency=agency, role=role, leads=names)
    lines = [turn.text("officer.task.title", title=duty.title(turn.catalog.text))]
    if plan is not None:
        lines.append(turn.text("officer.task.plan", plan=plan.name))
    return [*lines, part, *deadline_lines(turn, task, duty.period)]


def deadline_lines(turn: Turn, task: Task, period: Period) -> list[str]:
    """The deadline as the plan words it and its last safe day; a day off is pointed out, not moved. Of a period also
    what it covers."""
    due = period.due
    if due is None or task.deadline_as_written is None:
        return [turn.text("officer.task.no_deadline")]
    key = "officer.task.recurring" if task.recurrence else "officer.task.deadline"
    lines = [turn.text(key, as_written=task.deadline_as_written, due=day(task.due or due))]
    if period.moved:
        lines.append(turn.text("extension.given", due=day(due)))
    if period.since is not None and period.until is not None:
        words = period_words(turn.catalog.text, period.key)
        lines.append(
            turn.text("period.covers", period=words, since=day(period.since), until=day(period.until), due=day(due))
        )
    working = working_time(turn.catalog)
    if not working.is_working_day(due) and (period.key or period.moved or not task.recurrence):
        name = working.holiday(due) or weekday(due)
        lines.append(turn.text("officer.task.day_off", name=name, day=day(working.last_working_day(due))))
    return lines


async def _measures(turn: Turn, duty: Duty) -> list[str]:
    latest = await latest_version(turn.db, duty.report) if duty.report else None
    lines = [
        turn.text(
            "officer.task.indicator",
            name=indicator.name,
            target=target_text(turn, indicator),
            last=last_text(turn, indicator, latest.answers if latest else None),
        )
        for indicator in await indicators_of(turn.db, duty.task.id)
    ]
    lines = lines or [turn.text("officer.task.no_indicator")]
    return [*lines, turn.text("officer.task.standing", standing=standing_text(turn, duty))]


async def lines_of(turn: Turn, duty: Duty, contact: Contact, heading: str) -> Reply:
    """For a task that is reported on the lines of its annex: the lines in which the agency has a part."""
    duties = await duties_of(turn.db, turn.catalog, contact.agency_id, turn.local_now.date())
    own = [one for one in duties if one.task.parent_id == duty.task.id]
    key = "officer.task.lines" if own else "officer.task.no_lines"
    choices = [Choice(short(one.title(turn.catalog.text)), choice_value("task", one.subject)) for one in own]
    choices.append(turn.choice("officer.button.tasks", "tasks"))
    told_lines = turn.text(key, agency=agency_name(turn, contact.agency_id))
    return Reply(f"{heading}\n{told_lines}".strip(), tuple(choices))


CHOICES: dict[str, Handler] = {"tasks": view, "task": view_one}
INTENTS: dict[str, Handler] = {"view_my_tasks": view}
