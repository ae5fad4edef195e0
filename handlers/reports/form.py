"""Moving through a report: answering, going back, skipping, editing, leaving, and coming back after something else."""

from __future__ import annotations

from dataclasses import replace

from content.figures import NIL
from handlers.choices import folded
from handlers.forms.bubbles import with_way_back
from handlers.forms.manners import asks_something, left_long_ago
from handlers.forms.navigation import Move, Navigation, navigation
from handlers.forms.runner import RunnerUnavailable
from handlers.messages import Reply, choice_value, read_choice
from handlers.plans.duties import Duty, not_today
from handlers.reports import dividing, evidence, opening, sharing, submission
from handlers.reports.course import aside, ask_again, back_to_open, down, enter, first_open, onward
from handlers.reports.filling import EVIDENCE, NAME, Filling, Mode
from handlers.reports.loading import begin, open_filling
from handlers.reports.moves import edit, moved
from handlers.reports.questions import BECAUSE, hint, summary, view
from handlers.reports.several import several, take_several
from handlers.reports.taking import answered, confirmed, explained, fill
from handlers.turn import Turn
from storage.reports import ProgressReport


async def offer(turn: Turn, duty: Duty, report: ProgressReport) -> list[Reply]:
    """Open the report with its card; nothing is asked before the officer begins."""
    filling = await begin(turn, duty.task, duty.period, report, 0)
    if not await _looked(filling):
        return [down(turn, choice_value("report", duty.subject))]
    return [await enter(filling, Mode.START)]


async def start(
    turn: Turn, duty: Duty, report: ProgressReport, said: str, *, over: int = 0, anew: bool = False
) -> list[Reply]:
    """Begin filling in: the draft there is, else version ``over``, else from nothing; a report that is complete begins
    at its summary. ``anew`` leaves out what the officer had drafted."""
    filling = await begin(turn, duty.task, duty.period, report, over, anew)
    if not await _looked(filling):
        return [down(turn, choice_value("report", duty.subject))]
    return [await onward(filling, first_open(filling), [said])]


async def join(turn: Turn, duty: Duty, report: ProgressReport, how: str) -> list[Reply]:
    """A report colleagues are at: who does what (the card), taking some questions on, or looking at the answers."""
    filling = await begin(turn, duty.task, duty.period, report, 0)
    if not await _looked(filling):
        return [down(turn, choice_value("report", duty.subject))]
    if how == "parts":
        return [await enter(filling, Mode.PARTS)]
    if how == "look":
        return [view(filling), await onward(filling, first_open(filling), [])]
    return [sharing.at_work(filling)]


async def _looked(filling: Filling) -> bool:
    """Whether it is known what the form asks as things stand; not while its actions are down."""
    try:
        filling.take(await filling.loop.look(filling.slots))
    except RunnerUnavailable:
        return False
    return True


async def answer(turn: Turn) -> list[Reply] | None:
    """What was typed while a report is open; None when it is about something else."""
    filling = await open_filling(turn)
    if filling is None:
        turn.conversation.form = {}
        return [not_today(turn, turn.lapsed)] if turn.lapsed is not None else None
    text = turn.message.text
    if filling.overtaken:
        return None if asks_something(turn) else [await sharing.handed_in(filling)]
    if turn.message.attachments and filling.asking == EVIDENCE and filling.mode is Mode.ASK:
        return [await evidence.received(filling)]
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
        return await answered(filling, text)
    if filling.mode is Mode.DOUBT:
        return await confirmed(filling, text)
    if filling.mode is Mode.EXPLAIN:
        return [await explained(filling, text)]
    if filling.mode is Mode.PARTS:
        return None if asks_something(turn) else [await dividing.typed(filling, text)]
    if folded(text).isdecimal():
        return await _picked(filling, int(folded(text)[:3]))
    if asks_something(turn):
        return None
    return [hint(filling) if filling.mode is Mode.SUMMARY else ask_again(filling)]


async def resume(turn: Turn) -> list[Reply]:
    """Ask the open question again, after something else was answered. One left long ago is only pointed at."""
    filling = await open_filling(turn)
    if filling is None:
        return []
    if filling.overtaken:
        return [await sharing.handed_in(filling)]
    if left_long_ago(turn):
        return [aside(filling)]
    asked = ask_again(filling)
    return [replace(asked, text=f"{turn.text('report.resuming', title=filling.title)}\n{asked.text}")]


async def set_aside(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The officer went somewhere else by a button: the report is closed, its draft kept, and a way back is offered."""
    filling = await open_filling(turn)
    if filling is None or not replies:
        return replies
    if filling.overtaken:
        return [*replies, await sharing.handed_in(filling)]
    return with_way_back(replies, aside(filling))


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
    if filling.overtaken:
        return [await sharing.handed_in(filling)]
    if token != filling.token:
        asked = ask_again(filling)
        return [replace(asked, text=f"{turn.text('report.stale')}\n{asked.text}")]
    slot = rest[0] if rest else ""
    if action == "pick" and filling.mode is Mode.ASK:
        return await fill(filling, slot)
    if filling.mode is Mode.START and action in ("begin", NIL):
        return await _begun(filling, nothing=action == NIL)
    if action == "page" and slot.isdecimal():
        shown = summary if filling.mode is Mode.SUMMARY else view
        return [shown(filling, page=int(slot[:3]))]
    if action in dividing.ACTIONS:
        return [await dividing.pressed(filling, action, slot)]
    if action == "explain" and filling.mode is Mode.CORRECT:
        return [await enter(filling, Mode.EXPLAIN)]
    if action == "because" and filling.mode is Mode.DOUBT and slot in BECAUSE:
        return await fill(filling, filling.doubted, turn.text(f"report.doubt.because.{slot}"))
    if action == "edit" and slot:
        return [await edit(filling, slot)] if filling.slots.get(slot) is not None else [ask_again(filling)]
    if action == "unfile" and filling.asking == EVIDENCE:
        return [await evidence.dropped(filling)]
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


async def _begun(filling: Filling, nothing: bool) -> list[Reply]:
    """From the card to the first question, or past the figures when nothing arose."""
    if not nothing:
        return [await onward(filling, filling.asked[0], [])]
    try:
        slot = await opening.nothing_arose(filling)
    except RunnerUnavailable:
        return [down(filling.turn)]
    return [await onward(filling, slot, [filling.turn.text("report.nil_taken")], answered=True)]
