"""Moving through a report: answering, going back, skipping, editing, leaving, and coming back after something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from content.figures import NIL
from handlers.choices import folded
from handlers.duties import not_today
from handlers.forms.loop import SKIPPED, Step
from handlers.forms.navigation import Move, Navigation, navigation
from handlers.forms.runner import RunnerUnavailable
from handlers.messages import Reply, choice_value, read_choice
from handlers.reports import correction, opening, submission
from handlers.reports.answers import FREE
from handlers.reports.course import aside, ask_again, back_to_open, down, enter, may_skip, onward
from handlers.reports.filling import NAME, Filling, Mode, begin, kept_at, open_filling
from handlers.reports.moves import edit, moved
from handlers.reports.questions import BECAUSE, ROOM, around, filling_choice, hint, payload_of, question, summary, view
from handlers.reports.several import several, take_several
from handlers.turn import Turn
from nlu.entities.numbers import parse_number
from nlu.verdict import UnderstandingKind
from storage.plans import Task
from storage.reports import ProgressReport

SURE = 0.8
"""Score from which a sentence counts as a question although the form might read a number in it."""
ANSWER_WORDS = 4
"""A line of at most so many words is an answer, whatever it resembles."""
SILENCE = timedelta(hours=12)
"""After so long a written answer is not expected any more: the next sentence is about something else."""
SHORTEST_REASON, LONGEST_REASON = 3, 300
"""Letters of a reason for an unlikely figure, and characters."""
_YES = frozenset({"dung", "dung roi", "dung vay", "dung the", "co", "vang", "da", "ok", "phai"})
LOOKING = frozenset(
    {
        "view_my_tasks", "view_deadlines", "view_digest", "report_status", "search_directive", "ticket_status",
        "help_menu", "greet", "thanks_bye",
    }
)  # fmt: skip
"""Intents that may be answered in the middle of a form: they only look, and open no form of their own."""
ENOUGH = 3
"""Refused answers to one question after which a person is offered."""
UNLIKELY = "utter_unlikely"
"""How the responses begin that ask whether a figure is meant."""


async def offer(turn: Turn, task: Task, report: ProgressReport) -> list[Reply]:
    """Open the report with its card; nothing is asked before the officer begins."""
    filling = await begin(turn, task, report, {})
    try:
        filling.take(await filling.loop.look(filling.slots))
    except RunnerUnavailable:
        return [down(turn, choice_value("report", task.id))]
    return [await enter(filling, Mode.START)]


async def start(turn: Turn, task: Task, report: ProgressReport, answers: dict[str, object], said: str) -> list[Reply]:
    """Begin filling in, from ``answers`` on; a report that is complete begins at its summary."""
    filling = await begin(turn, task, report, answers)
    try:
        step = await filling.loop.look(filling.slots)
    except RunnerUnavailable:
        return [down(turn, choice_value("report", task.id))]
    filling.take(step)
    return [await onward(filling, step.next, [said])]


async def answer(turn: Turn) -> list[Reply] | None:
    """What was typed while a report is open; None when it is about something else."""
    filling = await open_filling(turn)
    if filling is None:
        turn.conversation.form = {}
        return [not_today(turn, turn.lapsed)] if turn.lapsed is not None else None
    text = turn.message.text
    move = navigation(text)
    if not folded(text):
        return [ask_again(filling)]
    if move is not None:
        return await moved(filling, move)
    given = several(filling, text) if filling.mode in (Mode.START, Mode.ASK, Mode.SUMMARY) else []
    if given:
        try:
            return [await take_several(filling, given)]
        except RunnerUnavailable:
            return [down(turn)]
    if filling.mode is Mode.ASK:
        return await _answered(filling, text)
    if filling.mode is Mode.DOUBT:
        return await _confirmed(filling, text)
    if filling.mode is Mode.EXPLAIN:
        return [await _explained(filling, text)]
    if folded(text).isdecimal():
        return await _picked(filling, int(folded(text)[:3]))
    if _asks_something(turn):
        return None
    return [hint(filling) if filling.mode is Mode.SUMMARY else ask_again(filling)]


async def resume(turn: Turn) -> list[Reply]:
    """Ask the open question again, after something else was answered. One left long ago is only pointed at."""
    filling = await open_filling(turn)
    if filling is None:
        return []
    if turn.now - kept_at(turn) > SILENCE:
        return [aside(filling)]
    asked = ask_again(filling)
    return [replace(asked, text=f"{turn.text('report.resuming', title=filling.task.title)}\n{asked.text}")]


async def set_aside(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The officer went somewhere else by a button: the report is closed, its draft kept, and a way back is offered."""
    filling = await open_filling(turn)
    if filling is None or not replies:
        return replies
    back = aside(filling)
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
        asked = ask_again(filling)
        return [replace(asked, text=f"{turn.text('report.stale')}\n{asked.text}")]
    slot = rest[0] if rest else ""
    if action == "pick" and filling.mode is Mode.ASK:
        return await _fill(filling, slot)
    if filling.mode is Mode.START and action in ("begin", NIL):
        return await _begun(filling, nothing=action == NIL)
    if action == "page" and slot.isdecimal():
        shown = summary if filling.mode is Mode.SUMMARY else view
        return [shown(filling, page=int(slot[:3]))]
    if action == "explain" and filling.mode is Mode.CORRECT:
        return [await enter(filling, Mode.EXPLAIN)]
    if action == "because" and filling.mode is Mode.DOUBT and slot in BECAUSE:
        return await _fill(filling, filling.doubted, turn.text(f"report.doubt.because.{slot}"))
    if action == "edit" and slot:
        return [await edit(filling, slot)] if filling.slots.get(slot) is not None else [ask_again(filling)]
    if action == "stay":
        return [await back_to_open(filling)]
    if action == "drop":
        return [await submission.dropped(filling)]
    if action in set(Move):
        return await moved(filling, Navigation(Move(action)))
    return [ask_again(filling)]


async def _picked(filling: Filling, number: int) -> list[Reply]:
    """A number typed where no answer is open: that of an answer to edit, else that of a button."""
    if filling.mode in (Mode.SUMMARY, Mode.EDIT):
        return await moved(filling, Navigation(Move.EDIT, number))
    asked = ask_again(filling)
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
    payload = payload_of(filling, slot, text)
    if payload == SKIPPED:
        return await moved(filling, Navigation(Move.SKIP))
    try:
        step = await filling.loop.fill(filling.slots, slot, payload or text)
    except RunnerUnavailable:
        return [down(turn)]
    if not step.accepted and turn.understanding.score >= SURE and _asks_something(turn):
        return None
    return [await _filled(filling, step, text)]


def _asks_something(turn: Turn) -> bool:
    """Whether the line means something that may be answered without leaving the form."""
    understanding = turn.understanding
    if understanding.kind is UnderstandingKind.INTENT:
        return understanding.intent in LOOKING
    return understanding.kind is UnderstandingKind.FAQ


async def _fill(filling: Filling, text: str, reason: str = "") -> list[Reply]:
    """``reason``: why an unlikely figure is right nevertheless."""
    assert filling.asking is not None
    slots = {**filling.slots, "reason": reason} if reason else filling.slots
    try:
        step = await filling.loop.fill(slots, filling.asking, text)
    except RunnerUnavailable:
        return [down(filling.turn)]
    return [await _filled(filling, step, text)]


async def _confirmed(filling: Filling, text: str) -> list[Reply] | None:
    """What was typed below a figure in doubt: another figure, or the reason why it is right."""
    if parse_number(text) is not None:
        return await _answered(filling, text)
    if sum(letter.isalpha() for letter in text) < SHORTEST_REASON or folded(text) in _YES:
        return [ask_again(filling)]
    return await _fill(filling, filling.doubted, text[:LONGEST_REASON])


async def _explained(filling: Filling, text: str) -> Reply:
    """Keep why the answer stays, and go on to the next one in question or to the summary."""
    if not correction.explain(filling, text):
        return ask_again(filling)
    return await onward(filling, None, [filling.turn.text("report.correct.explained")], answered=True)


async def _begun(filling: Filling, nothing: bool) -> list[Reply]:
    """From the card to the first question, or past the figures when nothing arose."""
    if not nothing:
        return [await onward(filling, filling.asked[0], [])]
    try:
        slot = await opening.nothing_arose(filling)
    except RunnerUnavailable:
        return [down(filling.turn)]
    return [await onward(filling, slot, [filling.turn.text("report.nil_taken")], answered=True)]


async def _filled(filling: Filling, step: Step, text: str) -> Reply:
    """Say what was understood and go on, or what was wrong and ask again."""
    assert filling.asking is not None
    context = around(filling, filling.asking)
    said = [filling.loop.say(name, params, context) for name, params in step.said]
    if not step.accepted:
        return await _refused(filling, step, said, text)
    filling.take(step)
    return await onward(filling, step.next, said, answered=True)


async def _refused(filling: Filling, step: Step, said: list[str], text: str) -> Reply:
    """What was wrong, with the question's own buttons; a person is offered who fails again and again. A figure that is
    only unlikely is asked about."""
    if any(name.startswith(UNLIKELY) for name, _ in step.said):
        filling.doubted, filling.doubt_said = text, "\n".join(said)
        return await enter(filling, Mode.DOUBT)
    filling.failures += 1
    filling.mode = Mode.ASK
    await filling.keep()
    asked = question(filling)
    if not said:
        return asked
    if filling.failures < ENOUGH:
        return replace(asked, text="\n".join(said))
    return _rescued(filling, said, asked)


def _rescued(filling: Filling, said: list[str], asked: Reply) -> Reply:
    """The refusal with a way out: a person, or the next question where this one may stay open."""
    turn, slot = filling.turn, filling.asking
    assert slot is not None
    choices = [turn.choice("report.button.human", "human")]
    key = "report.stuck"
    if may_skip(filling, slot):
        key = "report.stuck_skip"
        choices.append(turn.choice("report.button.skip", filling_choice(filling, "skip")))
    return Reply("\n".join([*said, turn.text(key)]), (*choices, *asked.choices)[:ROOM])
