"""Moving through a report: answering, going back, skipping, editing, leaving, and coming back after something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from handlers.choices import folded
from handlers.duties import not_today
from handlers.forms.loop import SKIPPED, Step
from handlers.forms.navigation import Move, Navigation, navigation
from handlers.forms.runner import RunnerUnavailable
from handlers.messages import Reply, choice_value, read_choice
from handlers.reports import submission
from handlers.reports.answers import FREE, shown
from handlers.reports.filling import NAME, Filling, Mode, begin, kept_at, open_filling
from handlers.reports.questions import (
    around,
    edit_menu,
    hint,
    leave_question,
    question,
    response_to,
    summary,
)
from handlers.turn import Turn
from nlu.verdict import UnderstandingKind
from storage.plans import Task
from storage.reports import ProgressReport

SURE = 0.8
"""Score from which a sentence counts as a question although the form might read a number in it."""
ANSWER_WORDS = 4
"""A line of at most so many words is an answer, whatever it resembles."""
SILENCE = timedelta(hours=12)
"""After so long a written answer is not expected any more: the next sentence is about something else."""
LOOKING = frozenset(
    {
        "view_my_tasks", "view_deadlines", "view_digest", "report_status", "search_directive", "ticket_status",
        "help_menu", "greet", "thanks_bye",
    }
)  # fmt: skip
"""Intents that may be answered in the middle of a form: they only look, and open no form of their own."""


async def start(
    turn: Turn, task: Task, report: ProgressReport, answers: dict[str, object], opening: str
) -> list[Reply]:
    """Begin filling in, from ``answers`` on; a report that is complete begins at its summary."""
    filling = await begin(turn, task, report, answers)
    try:
        step = await filling.loop.look(filling.slots)
    except RunnerUnavailable:
        return [_down(turn, choice_value("report", task.id))]
    filling.take(step)
    return [await _onward(filling, step.next, [opening])]


async def answer(turn: Turn) -> list[Reply] | None:
    """What was typed while a report is open; None when it is about something else."""
    filling = await open_filling(turn)
    if filling is None:
        turn.conversation.form = {}
        return [not_today(turn, turn.lapsed)] if turn.lapsed is not None else None
    text = turn.message.text
    move = navigation(text)
    if not folded(text):
        return [_ask_again(filling)]
    if move is not None:
        return await _moved(filling, move)
    if filling.mode is Mode.ASK:
        return await _answered(filling, text)
    if folded(text).isdecimal():
        return await _picked(filling, int(folded(text)[:3]))
    if _asks_something(turn):
        return None
    return [hint(filling) if filling.mode is Mode.SUMMARY else _ask_again(filling)]


async def resume(turn: Turn) -> list[Reply]:
    """Ask the open question again, after something else was answered. One left long ago is only pointed at."""
    filling = await open_filling(turn)
    if filling is None:
        return []
    if turn.now - kept_at(turn) > SILENCE:
        return [_aside(filling)]
    asked = _ask_again(filling)
    return [replace(asked, text=f"{turn.text('report.resuming', title=filling.task.title)}\n{asked.text}")]


async def set_aside(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The officer went somewhere else by a button: the report is closed, its draft kept, and a way back is offered."""
    filling = await open_filling(turn)
    if filling is None or not replies:
        return replies
    back = _aside(filling)
    if not back.text:
        return replies
    *rest, last = replies
    return [*rest, replace(last, text=f"{last.text}\n\n{back.text}", choices=(*last.choices, *back.choices))]


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``form:<token>:<action>[:argument]``; a button of another question does nothing and says so."""
    filling = await open_filling(turn)
    token, action, *rest = [*arguments, "", ""][: max(2, len(arguments))]
    if filling is None:
        if turn.conversation.form.get("name") == NAME:
            turn.conversation.form = {}
        if turn.lapsed is not None:
            return [not_today(turn, turn.lapsed)]
        status = turn.choice("report.button.status", "reports:status")
        return [turn.say("report.closed", status, turn.choice("report.button.menu", "menu"))]
    if token != filling.token:
        asked = _ask_again(filling)
        return [replace(asked, text=f"{turn.text('report.stale')}\n{asked.text}")]
    slot = rest[0] if rest else ""
    if action == "pick" and filling.mode is Mode.ASK:
        return await _fill(filling, slot)
    if action == "edit" and slot:
        return [await _edit(filling, slot)] if filling.slots.get(slot) is not None else [_ask_again(filling)]
    if action == "stay":
        return [await _asked(filling)]
    if action == "drop":
        return [await submission.dropped(filling)]
    if action in set(Move):
        return await _moved(filling, Navigation(Move(action)))
    return [_ask_again(filling)]


async def _picked(filling: Filling, number: int) -> list[Reply]:
    """A number typed where no answer is open: that of an answer to edit, else that of a button."""
    if filling.mode in (Mode.SUMMARY, Mode.EDIT):
        return await _moved(filling, Navigation(Move.EDIT, number))
    asked = _ask_again(filling)
    if not 1 <= number <= len(asked.choices):
        return [asked]
    return await pressed(filling.turn, read_choice(asked.choices[number - 1].value)[1])


# One answer


async def _answered(filling: Filling, text: str) -> list[Reply] | None:
    """A typed answer to the open question."""
    turn, slot = filling.turn, filling.asking
    assert slot is not None
    if slot in FREE:
        if turn.now - kept_at(turn) > SILENCE:
            return None
        return await _fill(filling, text)
    short = len(folded(text).split()) <= ANSWER_WORDS
    if not short and turn.understanding.score >= SURE and _asks_something(turn):
        return None
    payload = _numbered(filling, slot, text)
    if payload == SKIPPED:
        return await _skip(filling)
    try:
        step = await filling.loop.fill(filling.slots, slot, payload or text)
    except RunnerUnavailable:
        return [_down(turn)]
    if not step.accepted and turn.understanding.score >= SURE and _asks_something(turn):
        return None
    return [await _filled(filling, step)]


def _asks_something(turn: Turn) -> bool:
    """Whether the line means something that may be answered without leaving the form."""
    understanding = turn.understanding
    if understanding.kind is UnderstandingKind.INTENT:
        return understanding.intent in LOOKING
    return understanding.kind is UnderstandingKind.FAQ


def _numbered(filling: Filling, slot: str, text: str) -> str | None:
    """The payload of the button a number stands for, where a number can be nothing else: "2" for the second button."""
    buttons = response_to(filling, slot).buttons
    payloads = [payload for _, payload in buttons]
    typed = folded(text)
    if len(buttons) < 3 or typed in payloads or not typed.isdecimal() or not 1 <= int(typed[:3]) <= len(buttons):
        return None
    return payloads[int(typed) - 1]


async def _fill(filling: Filling, text: str) -> list[Reply]:
    assert filling.asking is not None
    try:
        step = await filling.loop.fill(filling.slots, filling.asking, text)
    except RunnerUnavailable:
        return [_down(filling.turn)]
    return [await _filled(filling, step)]


async def _filled(filling: Filling, step: Step) -> Reply:
    """Say what was understood and go on, or what was wrong and ask again."""
    assert filling.asking is not None
    context = around(filling, filling.asking)
    said = [filling.loop.say(name, params, context) for name, params in step.said]
    if not step.accepted:
        asked = _ask_again(filling)
        return replace(asked, text="\n".join(said)) if said else asked
    filling.take(step)
    return await _onward(filling, step.next, said, answered=True)


async def _skip(filling: Filling) -> list[Reply]:
    turn, slot = filling.turn, filling.asking
    if slot is None:
        return [_ask_again(filling)]
    if all(payload != SKIPPED for _, payload in response_to(filling, slot).buttons):
        asked = _ask_again(filling)
        return [replace(asked, text=f"{turn.text('report.cannot_skip')}\n{asked.text}")]
    try:
        step = await filling.loop.skip(filling.slots, slot)
    except RunnerUnavailable:
        return [_down(turn)]
    filling.take(step)
    said = turn.text("report.skipped", value=shown(turn, slot, SKIPPED, filling.indicators))
    return [await _onward(filling, step.next, [said], answered=True)]


async def _onward(filling: Filling, slot: str | None, said: list[str], answered: bool = False) -> Reply:
    """To the next open question, or to the summary when there is none."""
    filling.step += 1
    filling.asking, filling.mode = slot, Mode.ASK if slot else Mode.SUMMARY
    await filling.keep(answered)
    return question(filling, said) if slot else summary(filling, said)


# Moves


async def _moved(filling: Filling, move: Navigation) -> list[Reply]:
    match move.move:
        case Move.BACK:
            return [await _back(filling)]
        case Move.SKIP:
            return await _skip(filling)
        case Move.SAVE:
            return [submission.saved(filling)]
        case Move.CANCEL:
            return [await _leave(filling)]
        case Move.KEEP:
            return [await _kept(filling)]
        case Move.EDIT:
            return [await _edit_number(filling, move.number)]
    return await _send(filling)


async def _back(filling: Filling) -> Reply:
    """One question back; from the summary to the last one; never before the first."""
    if filling.mode not in (Mode.ASK, Mode.SUMMARY):
        return await _asked(filling)
    place = filling.asked.index(filling.asking) if filling.asking in filling.asked else len(filling.asked)
    if place == 0:
        asked = _ask_again(filling)
        return replace(asked, text=f"{filling.turn.text('report.first_question')}\n{asked.text}")
    return await _onward(filling, filling.asked[place - 1], [])


async def _kept(filling: Filling) -> Reply:
    """The answer stays as it is: on to the next open question."""
    slots = filling.slots
    if filling.asking is None or slots.get(filling.asking) is None:
        return _ask_again(filling)
    return await _onward(filling, next((name for name in filling.asked if slots.get(name) is None), None), [])


async def _edit(filling: Filling, slot: str) -> Reply:
    return await _onward(filling, slot, []) if slot in filling.asked else _ask_again(filling)


async def _edit_number(filling: Filling, number: int | None) -> Reply:
    """ "Sửa 3" asks question 3 again; "sửa" offers every answer."""
    slots = filling.slots
    if not filling.done:
        return replace(_ask_again(filling), text=filling.turn.text("report.nothing_answered"))
    if number is None:
        return await _enter(filling, Mode.EDIT)
    if 1 <= number <= len(filling.asked) and slots.get(filling.asked[number - 1]) is not None:
        return await _edit(filling, filling.asked[number - 1])
    text = filling.turn.text("report.not_yet_answered", number=number, last=filling.done)
    return replace(_ask_again(filling), text=text)


async def _leave(filling: Filling) -> Reply:
    """ "Hủy": nothing answered, nothing to keep; else the officer decides about the draft. Twice keeps it."""
    if not filling.done:
        return submission.left(filling)
    if filling.mode is Mode.LEAVE:
        return submission.saved(filling)
    return await _enter(filling, Mode.LEAVE)


async def _send(filling: Filling) -> list[Reply]:
    """ "Nộp": only once every question has an answer."""
    slots = filling.slots
    missing = next((name for name in filling.asked if slots.get(name) is None), None)
    if missing is not None:
        return [await _onward(filling, missing, [filling.turn.text("report.incomplete")])]
    return [await submission.send(filling)]


# The question that is open


async def _enter(filling: Filling, mode: Mode) -> Reply:
    """Put another question before the open one: which answer to edit, or whether to stop."""
    filling.step += 1
    filling.mode = mode
    await filling.keep()
    return _ask_again(filling)


async def _asked(filling: Filling) -> Reply:
    """Back to the open question, or to the summary."""
    return await _enter(filling, Mode.ASK if filling.asking else Mode.SUMMARY)


def _ask_again(filling: Filling) -> Reply:
    """The open question as it was asked: its buttons stay good."""
    match filling.mode:
        case Mode.LEAVE:
            return leave_question(filling)
        case Mode.EDIT:
            return edit_menu(filling)
        case Mode.CONFLICT:
            return submission.conflict(filling)
        case Mode.SUMMARY:
            return summary(filling)
    return question(filling)


def _aside(filling: Filling) -> Reply:
    """Close the form; its answers stay in the draft."""
    turn, task = filling.turn, filling.task
    filling.close()
    if not filling.done:
        return Reply("")
    resume_choice = turn.choice("report.button.resume", choice_value("report", task.id, "resume"))
    return turn.say("report.aside", resume_choice, title=task.title, done=filling.done, count=len(filling.asked))


def _down(turn: Turn, again: str | None = None) -> Reply:
    """The actions cannot be run now: nothing is lost, the same message may be sent again later."""
    choices = [turn.choice("report.button.report", again)] if again else []
    return turn.say("report.down", *choices)
