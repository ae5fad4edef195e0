"""The course of a filling: on to the next open question or the summary, back to the open one, out of the way."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.forms.loop import SKIPPED
from handlers.messages import Choice, Reply, choice_value
from handlers.reports import correction, opening, submission
from handlers.reports.answers import indicator_of
from handlers.reports.filling import Filling, Mode
from handlers.reports.questions import (
    doubt_question,
    edit_menu,
    leave_question,
    question,
    response_to,
    summary,
)
from handlers.turn import Turn


async def onward(filling: Filling, slot: str | None, said: Sequence[str], answered: bool = False) -> Reply:
    """To this question, or to the summary when there is none."""
    filling.step += 1
    marked = filling.open_marks if slot is None else []
    filling.asking, filling.mode = slot, Mode.ASK if slot else Mode.SUMMARY
    if marked:
        filling.asking, filling.mode = marked[0], Mode.CORRECT
    filling.failures, filling.doubted = 0, ""
    await filling.keep(answered)
    if marked:
        return correction.card(filling, said)
    return question(filling, said) if slot else summary(filling, said)


async def enter(filling: Filling, mode: Mode) -> Reply:
    """Put another question before the open one: which answer to edit, whether to stop, whether a figure is meant."""
    filling.step += 1
    filling.mode = mode
    await filling.keep()
    return ask_again(filling)


async def back_to_open(filling: Filling) -> Reply:
    """Back to the open question, to the summary, or to the card when nothing was begun."""
    if filling.mode in (Mode.START, Mode.CORRECT):
        return ask_again(filling)
    if filling.mode is Mode.EXPLAIN:
        return await enter(filling, Mode.CORRECT)
    return await enter(filling, Mode.ASK if filling.asking else Mode.SUMMARY)


def ask_again(filling: Filling) -> Reply:
    """The open question as it was asked: its buttons stay good."""
    match filling.mode:
        case Mode.START:
            return opening.card(filling)
        case Mode.CORRECT:
            return correction.card(filling)
        case Mode.EXPLAIN:
            return correction.explain_question(filling)
        case Mode.LEAVE:
            return leave_question(filling)
        case Mode.EDIT:
            return edit_menu(filling)
        case Mode.DOUBT:
            return doubt_question(filling)
        case Mode.CONFLICT:
            return submission.conflict(filling)
        case Mode.SUMMARY:
            return summary(filling)
    return question(filling)


def first_open(filling: Filling) -> str | None:
    """The first question without an answer."""
    slots = filling.slots
    return next((name for name in filling.asked if slots.get(name) is None), None)


def may_skip(filling: Filling, slot: str) -> bool:
    """Whether the question may be left open: any figure, and whatever has a button for it."""
    if indicator_of(slot, filling.indicators) is not None:
        return True
    return any(payload == SKIPPED for _, payload in response_to(filling, slot).buttons)


def aside(filling: Filling) -> Reply:
    """Close the form; its answers stay in the draft."""
    turn, task = filling.turn, filling.task
    filling.close()
    if not filling.done:
        return Reply("")
    resume_choice = turn.choice("report.button.resume", choice_value("report", task.id, "resume"))
    return turn.say("report.aside", resume_choice, title=task.title, done=filling.done, count=len(filling.asked))


def down(turn: Turn, again: str | None = None) -> Reply:
    """The actions cannot be run now: nothing is lost, the same message may be sent again later."""
    choices: list[Choice] = [turn.choice("report.button.report", again)] if again else []
    return turn.say("report.down", *choices)
