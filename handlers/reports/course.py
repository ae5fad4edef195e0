"""The course of a filling: on to the next open question or the summary, back to the open one, out of the way."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.forms.loop import SKIPPED
from handlers.messages import Choice, Reply, choice_value
from handlers.reports import correction, opening, sharing
from handlers.reports.answers import indicator_of
from handlers.reports.drafts import draft_by
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
    """To this question, or to the summary when there is none; before it, what two officers answered differently. An
    open question that a colleague has taken on is left to them."""
    filling.step += 1
    filling.failures, filling.doubted = 0, ""
    just_answered = filling.asking if answered else None
    if answered:
        await filling.keep(answered=True)
        slot = first_open(filling)
    filling.asking, filling.mode = slot, Mode.ASK if slot else Mode.SUMMARY
    if filling.clashes and (slot is None or just_answered in filling.clashes):
        filling.asking, filling.mode = next(iter(filling.clashes)), Mode.CLASH
    elif slot is None and filling.open_marks:
        filling.asking, filling.mode = filling.open_marks[0], Mode.CORRECT
    elif slot is not None and filling.slots.get(slot) is None:
        filling.asking = _left_to_me(filling)
        filling.mode = Mode.ASK if filling.asking else Mode.REST
    said = [*said, *sharing.news(filling)]
    await filling.keep()
    return _put(filling, said)


def _left_to_me(filling: Filling) -> str | None:
    """The first open question the officer has taken on; for who has taken on none, the first nobody else has."""
    mine, others = filling.taken_by(mine=True), filling.taken_by(mine=False)
    share = draft_by(filling.report, filling.contact_id)
    if share is not None and share.taken:
        return next(iter(mine), None)
    slots = filling.slots
    return next((slot for slot in filling.asked if slots.get(slot) is None and slot not in others), None)


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
    return _put(filling)


def _put(filling: Filling, said: Sequence[str] = ()) -> Reply:
    """The open question below what was just said."""
    match filling.mode:
        case Mode.START:
            return opening.card(filling)
        case Mode.CORRECT:
            return correction.card(filling, said)
        case Mode.EXPLAIN:
            return correction.explain_question(filling)
        case Mode.LEAVE:
            return leave_question(filling)
        case Mode.EDIT:
            return edit_menu(filling)
        case Mode.DOUBT:
            return doubt_question(filling)
        case Mode.CLASH if filling.asking in filling.clashes:
            return sharing.clash_card(filling, said)
        case Mode.PARTS:
            return sharing.parts_question(filling)
        case Mode.REST:
            return sharing.rest_question(filling, said)
        case Mode.SUMMARY | Mode.CLASH:
            return summary(filling, said)
    return question(filling, said)


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
    turn = filling.turn
    filling.close()
    if not filling.done:
        return Reply("")
    resume_choice = turn.choice("report.button.resume", choice_value("report", filling.subject, "resume"))
    return turn.say("report.aside", resume_choice, title=filling.title, done=filling.done, count=len(filling.asked))


def down(turn: Turn, again: str | None = None) -> Reply:
    """The actions cannot be run now: nothing is lost, the same message may be sent again later."""
    choices: list[Choice] = [turn.choice("report.button.report", again)] if again else []
    return turn.say("report.down", *choices)
