"""Moving around in a report without answering: back, skip, as before, edit, look, help, out, submit."""

from __future__ import annotations

from dataclasses import replace

from handlers.forms.loop import SKIPPED
from handlers.forms.navigation import Move, Navigation
from handlers.forms.runner import RunnerUnavailable
from handlers.messages import Reply
from handlers.reports import opening, submission
from handlers.reports.answers import shown
from handlers.reports.course import ask_again, back_to_open, down, enter, first_open, may_skip, onward
from handlers.reports.filling import Filling, Mode
from handlers.reports.questions import as_before, view
from handlers.turn import Turn


async def moved(filling: Filling, move: Navigation) -> list[Reply]:
    """Do what was asked for. What needs the form's actions answers that it cannot be done while they are down."""
    try:
        return await _moved(filling, move)
    except RunnerUnavailable:
        return [down(filling.turn)]


async def _moved(filling: Filling, move: Navigation) -> list[Reply]:
    match move.move:
        case Move.BACK:
            return [await _back(filling)]
        case Move.SKIP:
            return [await _skipped(filling)]
        case Move.SAVE:
            return [submission.saved(filling)]
        case Move.CANCEL:
            return [await _leave(filling)]
        case Move.KEEP | Move.BEFORE:
            return [await _kept(filling)]
        case Move.EDIT:
            return [await _edit_number(filling, move.number)]
        case Move.VIEW:
            return [view(filling), ask_again(filling)] if filling.done else [_nothing_yet(filling)]
        case Move.HELP:
            return [_helped(filling)]
    return await _send(filling)


async def edit(filling: Filling, slot: str) -> Reply:
    """Ask an answered question once more."""
    return await onward(filling, slot, []) if slot in filling.asked else ask_again(filling)


async def _back(filling: Filling) -> Reply:
    """One question back; from the summary to the last one; never before the first."""
    if filling.mode not in (Mode.ASK, Mode.SUMMARY):
        return await back_to_open(filling)
    place = filling.asked.index(filling.asking) if filling.asking in filling.asked else len(filling.asked)
    if place == 0:
        return _above(filling, filling.turn.text("report.first_question"))
    return await onward(filling, filling.asked[place - 1], [])


async def _skipped(filling: Filling) -> Reply:
    turn, slot = filling.turn, filling.asking
    if slot is None or filling.mode in (Mode.CORRECT, Mode.EXPLAIN):
        return ask_again(filling)
    if not may_skip(filling, slot):
        return _above(filling, turn.text("report.cannot_skip"))
    step = await filling.loop.skip(filling.slots, slot)
    filling.take(step)
    said = turn.text("report.skipped", value=shown(turn.text, slot, SKIPPED, filling.indicators))
    return await onward(filling, step.next, [said], answered=True)


async def _kept(filling: Filling) -> Reply:
    """The answer stays as it is, or is that of the last version; on the card, all of them are."""
    if filling.mode is Mode.START and filling.past is not None:
        slot = await opening.all_as_before(filling)
        return await onward(filling, slot, [filling.turn.text("report.all_as_before")], answered=True)
    slot, said = filling.asking, list[str]()
    if slot is None:
        return ask_again(filling)
    if filling.slots.get(slot) is None:
        last = as_before(filling, slot)
        if last is None:
            return ask_again(filling)
        filling.hold({**filling.slots, slot: last})
        filling.take(await filling.loop.look(filling.slots))
        said.append(filling.turn.text("report.skipped", value=shown(filling.turn.text, slot, last, filling.indicators)))
    return await onward(filling, first_open(filling), said, answered=bool(said))


async def _edit_number(filling: Filling, number: int | None) -> Reply:
    """ "Sửa 3" asks question 3 again; "sửa" offers every answer, or the figure that is in doubt."""
    if filling.mode is Mode.DOUBT and number is None:
        return await back_to_open(filling)
    if not filling.done:
        return _nothing_yet(filling)
    if number is None:
        return await enter(filling, Mode.EDIT)
    slots = filling.slots
    if 1 <= number <= len(filling.asked) and slots.get(filling.asked[number - 1]) is not None:
        return await edit(filling, filling.asked[number - 1])
    text = filling.turn.text("report.not_yet_answered", number=number, last=filling.done)
    return replace(ask_again(filling), text=text)


async def _leave(filling: Filling) -> Reply:
    """ "Hủy": nothing answered, nothing to keep; else the officer decides about the draft. Twice keeps it."""
    if not filling.done:
        return submission.left(filling)
    if filling.mode is Mode.LEAVE:
        return submission.saved(filling)
    return await enter(filling, Mode.LEAVE)


async def _send(filling: Filling) -> list[Reply]:
    """ "Nộp": only once every question has an answer."""
    missing = first_open(filling)
    if missing is not None:
        return [await onward(filling, missing, [filling.turn.text("report.incomplete")])]
    if filling.clashes or filling.news:
        return [await onward(filling, None, [filling.turn.text("sharing.look_first")])]
    if filling.open_marks:
        return [await onward(filling, None, [filling.turn.text("report.correct.unanswered")])]
    return [await submission.send(filling)]


def _helped(filling: Filling) -> Reply:
    """The words that work anywhere in a report, above the open question."""
    turn: Turn = filling.turn
    return _above(filling, turn.text("report.help"))


def _nothing_yet(filling: Filling) -> Reply:
    return replace(ask_again(filling), text=filling.turn.text("report.nothing_answered"))


def _above(filling: Filling, said: str) -> Reply:
    """A line above the open question."""
    asked = ask_again(filling)
    return replace(asked, text=f"{said}\n\n{asked.text}")
