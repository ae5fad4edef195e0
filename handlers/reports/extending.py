"""Asking for more time on a report in the chat: until which day, why; taking the request back.

The open form is ``{"name": "extension", "subject", "day"}``: without a day it is asked for, then the reason is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from content.figures import day as day_words
from content.whole_numbers import whole
from handlers.forms.manners import asks_something
from handlers.forms.navigation import Move, navigation
from handlers.messages import Choice, Reply, choice_value, clean_text, plain
from handlers.plans.duties import Duty, agency_name, duty_on, not_today, only_officers
from handlers.plans.periods import read_subject
from handlers.reports.extensions import put_request, withdraw
from handlers.turn import Handler, Turn
from handlers.working_time import working_time
from nlu.entities.dates import parse_date
from storage.extensions import Extension, ExtensionState, newest_extension
from storage.plans import Task

NAME = VERB = "extension"
OFFERED = (3, 5, 10)
"""Working days more that are offered as buttons."""
FARTHEST = timedelta(days=180)
SHORTEST, LONGEST = 3, 500
"""Letters of a reason, and characters."""


def button(turn: Turn, name: str) -> Choice:
    """Asks for more time on the report of this task and period."""
    return turn.choice("extension.button.ask", choice_value(VERB, "ask", name))


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``extension:ask:<task>[@<period>]``, ``extension:day:<ISO day>``, ``extension:stop``, ``extension:back:<id>``."""
    if turn.contact is None:
        return only_officers(turn)
    act, rest = [*arguments, "", ""][:2]
    form = turn.conversation.form
    if act == "ask":
        return [await _asked(turn, rest)]
    if act == "back":
        return [await _taken_back(turn, whole(rest) or 0)]
    if act == "stop":
        put_aside(turn)
        return [turn.say("extension.stopped", *_ways(turn))]
    if act == "day" and form.get("name") == NAME:
        return [await _day_given(turn, date.fromisoformat(rest) if len(rest) == 10 else None)]
    return [turn.say("extension.stale", *_ways(turn))]


async def answer(turn: Turn) -> list[Reply] | None:
    """What was typed while the request is open; None when it is about something else."""
    if turn.contact is None:
        put_aside(turn)
        return [not_today(turn, turn.lapsed)] if turn.lapsed is not None else None
    move = navigation(turn.message.text)
    if move is not None and move.move is Move.CANCEL:
        put_aside(turn)
        return [turn.say("extension.stopped", *_ways(turn))]
    if not turn.conversation.form.get("day"):
        found = parse_date(turn.message.text, turn.local_now.date())
        return None if found is None and asks_something(turn) else [await _day_given(turn, found)]
    return [await _reason_given(turn, clean_text(turn.message.text))]


async def resume(turn: Turn) -> list[Reply]:
    """Ask the open question again."""
    duty = await _duty(turn, turn.conversation.form["subject"])
    if duty is None or duty.due is None:
        put_aside(turn)
        return []
    given = turn.conversation.form.get("day")
    return [_why(turn, duty, date.fromisoformat(given)) if given else _until_when(turn, duty, duty.due)]


async def set_aside(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The officer went somewhere else: nothing was asked for yet, and is begun anew."""
    put_aside(turn)
    return replies


def put_aside(turn: Turn) -> None:
    """Close the form."""
    if turn.conversation.form.get("name") == NAME:
        turn.conversation.form = {}


async def _duty(turn: Turn, name: str) -> Duty | None:
    task_id, key = read_subject(name)
    task = await turn.db.get(Task, task_id)
    if task is None or turn.contact is None:
        return None
    return await duty_on(turn.db, turn.catalog, task, turn.contact.agency_id, key, turn.local_now.date())


async def _asked(turn: Turn, name: str) -> Reply:
    """Whether there is something to ask for, and then until when."""
    assert turn.contact is not None
    put_aside(turn)
    duty = await _duty(turn, name)
    if duty is None or not (duty.owed or duty.report is not None):
        return turn.say("report.not_yours", *_ways(turn), agency=agency_name(turn, turn.contact.agency_id))
    title = duty.title(turn.catalog.text)
    if duty.handed_in or duty.due is None:
        return turn.say("extension.not_needed" if duty.handed_in else "extension.no_due", *_ways(turn), title=title)
    newest = await newest_extension(turn.db, duty.task.id, turn.contact.agency_id, duty.period.key)
    if newest is not None and newest.state is ExtensionState.WAITING:
        return _waits(turn, newest, title)
    turn.conversation.form = {"name": NAME, "subject": duty.subject, "day": None}
    asked = _until_when(turn, duty, duty.due)
    if newest is not None and newest.state is ExtensionState.REFUSED:
        before = turn.text("extension.refused_before", reason=plain(newest.answer or ""))
        return replace(asked, text=f"{asked.text}\n{before}")
    return asked


def _waits(turn: Turn, request: Extension, title: str) -> Reply:
    back = turn.choice("extension.button.back", choice_value(VERB, "back", request.id))
    until = day_words(request.until)
    return turn.say("extension.waits", back, *_ways(turn), title=title, until=until)


def _until_when(turn: Turn, duty: Duty, due: date) -> Reply:
    working, today = working_time(turn.catalog), turn.local_now.date()
    days = [working.day_after(max(due, today), more) for more in OFFERED]
    choices = [Choice(day_words(day), choice_value(VERB, "day", day.isoformat())) for day in days]
    return turn.say(
        "extension.until_when", *choices, _stop(turn), title=duty.title(turn.catalog.text), due=day_words(due)
    )


def _stop(turn: Turn) -> Choice:
    return turn.choice("extension.button.stop", choice_value(VERB, "stop"))


async def _day_given(turn: Turn, day: date | None) -> Reply:
    duty = await _duty(turn, turn.conversation.form["subject"])
    if duty is None or duty.due is None:
        put_aside(turn)
        return turn.say("extension.stale", *_ways(turn))
    asked, today = _until_when(turn, duty, duty.due), turn.local_now.date()
    if day is None:
        return replace(asked, text=f"{turn.text('extension.no_day')}\n{asked.text}")
    if day <= duty.due or day < today:
        return replace(asked, text=f"{turn.text('extension.too_early', day=day_words(day))}\n{asked.text}")
    if day > max(duty.due, today) + FARTHEST:
        return replace(asked, text=f"{turn.text('extension.too_late', days=FARTHEST.days)}\n{asked.text}")
    turn.conversation.form = {**turn.conversation.form, "day": day.isoformat()}
    return _why(turn, duty, day)


def _why(turn: Turn, duty: Duty, day: date) -> Reply:
    return turn.say("extension.why", _stop(turn), title=duty.title(turn.catalog.text), until=day_words(day))


async def _reason_given(turn: Turn, reason: str) -> Reply:
    assert turn.contact is not None
    form = turn.conversation.form
    duty = await _duty(turn, form["subject"])
    if duty is None or duty.due is None:
        put_aside(turn)
        return turn.say("extension.stale", *_ways(turn))
    day = date.fromisoformat(form["day"])
    if sum(letter.isalpha() for letter in reason) < SHORTEST or len(reason) > LONGEST:
        asked = _why(turn, duty, day)
        return replace(asked, text=f"{turn.text('extension.no_reason', most=LONGEST)}\n{asked.text}")
    put_aside(turn)
    request = await put_request(turn.db, duty, turn.contact, day, reason, turn.now)
    back = turn.choice("extension.button.back", choice_value(VERB, "back", request.id))
    return turn.say(
        "extension.sent",
        back,
        *_ways(turn),
        title=duty.title(turn.catalog.text),
        until=day_words(request.until),
        due=day_words(duty.due),
        department=turn.catalog.province.department.name,
    )


async def _taken_back(turn: Turn, request_id: int) -> Reply:
    assert turn.contact is not None
    taken = await withdraw(turn.db, request_id, turn.contact, turn.now)
    return turn.say("extension.taken_back" if taken else "extension.too_late_to_take_back", *_ways(turn))


def _ways(turn: Turn) -> tuple[Choice, ...]:
    return (turn.choice("report.button.report", "reports"), turn.choice("report.button.tasks", "tasks"))


CHOICES: dict[str, Handler] = {VERB: pressed}
