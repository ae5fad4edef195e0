"""A sheet that comes back: every answer checked as in the chat, said back, and stored only when it is confirmed.

The open form is ``{"name": "report_sheet", "key", "tasks": [{"task", "report", "base", "over", "answers"}], "blocks",
"errors"}``: what was read, by report, and how it was said back.
"""

from __future__ import annotations

import hashlib
from typing import Any

from handlers import start
from handlers.choices import folded
from handlers.forms.bubbles import page_of
from handlers.forms.loop import SKIPPED
from handlers.forms.runner import RunnerUnavailable
from handlers.messages import Choice, Kind, Reply, choice_value
from handlers.plans.duties import short
from handlers.plans.periods import period_for, titled
from handlers.reports.answers import by_key, from_keys, key_of, label, shown
from handlers.reports.course import first_open
from handlers.reports.loading import begin
from handlers.reports.paper import timeliness
from handlers.reports.sheet_cells import LONGEST_VALUE, Read, agency_of, read_cells
from handlers.reports.submission import hand_in
from handlers.sheet_rows import NotOurSheet
from handlers.turn import LOCAL, Handler, Turn
from storage.files import SHEET, content_of
from storage.plans import Task
from storage.reports import ProgressReport

NAME = "report_sheet"
VERB = "sheets"
MOST_ERRORS = 12
"""Cells named in one message; the rest is counted."""


def is_for(turn: Turn) -> bool:
    """Whether the message is a sheet of an officer: nobody else sends one here."""
    files = turn.message.attachments
    return (
        turn.message.kind is Kind.MEDIA
        and turn.contact is not None
        and turn.papers is not None
        and any(file.media_type == SHEET for file in files)
    )


async def received(turn: Turn) -> list[Reply]:
    """Read the sheet, say what was understood cell by cell where something is wrong, and ask for confirmation."""
    assert turn.papers is not None
    file = next(file for file in turn.message.attachments if file.media_type == SHEET)
    content = await content_of(turn.db, file.file_id)
    try:
        filled = await turn.papers.filled(content or b"")
    except NotOurSheet as fault:
        return [turn.say(fault.key, turn.choice("report.button.menu", "menu"))]
    read, errors = await read_cells(turn, filled)
    found = [one for one in read if one.given]
    if not found:
        lines = _told_errors(turn, errors) or [turn.text("report_sheet.not_ours.nothing_filled")]
        return [Reply("\n".join(lines), (turn.choice("report.button.menu", "menu"),))]
    put_aside(turn)
    turn.conversation.form = {
        "name": NAME,
        "key": hashlib.sha256(turn.message.external_id.encode()).hexdigest()[:6],
        "tasks": [
            {
                "task": one.filling.task.id,
                "report": one.filling.report.id,
                "base": one.filling.base,
                "over": one.filling.over,
                "answers": one.given,
            }
            for one in found
        ],
        "ready": sum(one.ready for one in found),
        "blocks": [_block(turn, number, one) for number, one in enumerate(found, 1)],
        "answers": sum(len(one.given) for one in found),
    }
    echo = _echo(turn, 1)
    return [Reply("\n".join(_told_errors(turn, errors))), echo] if errors else [echo]


def _told_errors(turn: Turn, errors: list[str]) -> list[str]:
    if not errors:
        return []
    lines = [turn.text("report_sheet.fault.heading", count=len(errors)), *errors[:MOST_ERRORS]]
    if len(errors) > MOST_ERRORS:
        lines.append(turn.text("report_sheet.fault.more", count=len(errors) - MOST_ERRORS))
    return lines


def _block(turn: Turn, number: int, read: Read) -> str:
    """What was read for one report, and what becomes of it."""
    filling = read.filling
    missing = [label(turn.text, slot, filling.indicators) for slot in filling.asked if filling.slots.get(slot) is None]
    if missing:
        head = turn.text("report_sheet.echo.draft", number=number, title=filling.title, missing=", ".join(missing))
    elif filling.open_marks:
        head = turn.text("report_sheet.echo.marks", number=number, title=filling.title)
    else:
        head = turn.text("report_sheet.echo.ready", number=number, title=filling.title)
    lines = [head]
    for slot in filling.asked:
        key = key_of(slot, filling.indicators)
        if key in read.given:
            value = SKIPPED if read.given[key] is None else read.given[key]
            words = short(shown(turn.text, slot, value, filling.indicators), LONGEST_VALUE)
            name = short(label(turn.text, slot, filling.indicators), LONGEST_VALUE)
            lines.append(turn.text("report_sheet.echo.line", label=name, value=words))
    return "\n".join(lines)


def _echo(turn: Turn, page: int) -> Reply:
    """What was read, a page of it, with the buttons that store it or not."""
    form = turn.conversation.form
    count = len(form["tasks"])
    blocks, page, pages = page_of(form["blocks"], page)
    heading = turn.text("report_sheet.echo.heading", answers=form["answers"], count=count)
    choices = list(_decisions(turn))
    if pages > 1:
        heading = turn.text("report_sheet.echo.paged", heading=heading, page=page, pages=pages)
        following = choice_value(VERB, "page", form["key"], page % pages + 1)
        choices.append(turn.choice("report.button.more", following))
    ask = turn.text("report_sheet.echo.ask", button=choices[0].label)
    return Reply("\n".join([heading, *blocks, ask]), tuple(choices))


def _decisions(turn: Turn) -> tuple[Choice, ...]:
    form = turn.conversation.form
    ready = form["ready"]
    key = "report_sheet.button.send" if ready else "report_sheet.button.save"
    return (
        turn.choice(key, choice_value(VERB, "send", form["key"]), count=ready or len(form["tasks"])),
        turn.choice("report_sheet.button.drop", choice_value(VERB, "drop", form["key"])),
    )


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``sheets:<send|drop|page>:<key>[:<page>]``; a button of another sheet does nothing."""
    act, key, page = [*arguments, "", "", ""][:3]
    form = turn.conversation.form
    if form.get("name") != NAME or key != form["key"] or turn.contact is None:
        return [start.old_button(turn)]
    if act == "page":
        return [_echo(turn, int(page[:3]) if page.isdecimal() else 1)]
    if act == "drop":
        put_aside(turn)
        return [turn.say("report_sheet.dropped", turn.choice("report.button.menu", "menu"))]
    if act != "send":
        return [start.old_button(turn)]
    return await _stored(turn)


async def _stored(turn: Turn) -> list[Reply]:
    """Put everything into the drafts and hand in what is complete; what somebody handed in meanwhile stays as it is."""
    tasks = turn.conversation.form["tasks"]
    put_aside(turn)
    lines = [turn.text("report_sheet.done.heading")]
    for number, kept in enumerate(tasks, 1):
        lines.append(await _one_stored(turn, number, kept))
    lines.append(turn.text("report_sheet.done.reviewed", department=turn.catalog.province.department.name))
    status = turn.choice("report.button.status", choice_value("reports", "status"))
    return [Reply("\n".join(lines), (status, turn.choice("report.button.menu", "menu")))]


async def _one_stored(turn: Turn, number: int, kept: dict[str, Any]) -> str:
    task, report = await turn.db.get_one(Task, kept["task"]), await turn.db.get_one(ProgressReport, kept["report"])
    said: dict[str, Any] = {"number": number, "title": titled(turn.catalog.text, task.title, report.period)}
    policy, today = turn.catalog.province.reporting, turn.local_now.date()
    period = await period_for(turn.db, task, report.agency_id, report.period, policy, today)
    if report.version != kept["base"] or report.awaiting or report.agency_id != agency_of(turn) or period is None:
        return turn.text("report_sheet.done.overtaken", **said)
    filling = await begin(turn, task, period, report, kept["over"])
    filling.answers = {**filling.answers, **from_keys({**by_key(filling.answers), **kept["answers"]})}
    try:
        filling.take(await filling.loop.look(filling.slots))
        known = True
    except RunnerUnavailable:
        known = False  # what was read is kept as a draft; handing in waits
    await filling.contribute()
    if filling.clashes:
        return turn.text("report_sheet.done.clash", **said)
    if not known or first_open(filling) is not None or filling.open_marks or filling.is_closed:
        return turn.text("report_sheet.done.saved", done=filling.done, count=len(filling.asked), **said)
    version = await hand_in(filling)
    if version is None:
        return turn.text("report_sheet.done.confirming", **said)
    day = version.submitted_at.astimezone(LOCAL).date()
    on_time = timeliness(turn.catalog, period.due, day)
    return turn.text("report_sheet.done.sent", code=report.receipt, version=version.version, timeliness=on_time, **said)


async def answer(turn: Turn) -> list[Reply] | None:
    """ "Nộp" and "thôi" as words; anything else is about something else."""
    form, line = turn.conversation.form, folded(turn.message.text)
    if line in ("nop", "dung", "ok", "xac nhan", "luu"):
        return await pressed(turn, ["send", form["key"]])
    if line in ("huy", "huy bo", "thoi", "bo"):
        return await pressed(turn, ["drop", form["key"]])
    return None


async def resume(turn: Turn) -> list[Reply]:
    """That a sheet waits for its confirmation."""
    return [turn.say("report_sheet.waiting", *_decisions(turn))]


async def set_aside(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """Looking at something else keeps what was read; its buttons come along."""
    return [*replies, *await resume(turn)] if replies else replies


def put_aside(turn: Turn) -> None:
    """Close the form that is open: a report's draft is kept with the report."""
    turn.conversation.form = {}


CHOICES: dict[str, Handler] = {VERB: pressed}
INTENTS: dict[str, Handler] = {}
