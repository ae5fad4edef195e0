"""Moving around in a form without answering: back, skip, keep, edit, look, help, out, hand in."""

from __future__ import annotations

from dataclasses import replace

from content.forms import SKIP
from content.questionnaires import Question
from handlers.forms.navigation import Move, Navigation
from handlers.messages import Reply
from handlers.questionnaires.asking import ask_again, offer, view
from handlers.questionnaires.course import (
    above,
    back_to_open,
    enter,
    first_open,
    may_skip,
    onward,
    saved,
    send,
)
from handlers.questionnaires.filling import Filling, Mode


async def moved(filling: Filling, move: Navigation) -> list[Reply]:
    """Do what was asked for."""
    match move.move:
        case Move.BACK:
            return [await _back(filling)]
        case Move.SKIP:
            return [await _skip(filling)]
        case Move.SAVE:
            return [saved(filling)]
        case Move.CANCEL:
            return [await _leave(filling)]
        case Move.KEEP | Move.BEFORE:
            return [await _keep(filling)]
        case Move.EDIT:
            return [await edit(filling, move.number)]
        case Move.VIEW:
            return [view(filling), ask_again(filling)] if filling.answers else [_nothing_yet(filling)]
        case Move.HELP:
            return [above(filling, filling.turn.text("forms.help"))]
    return [await send(filling)]


async def edit(filling: Filling, number: int | None) -> Reply:
    """ "Sửa 3" asks question 3 again; "sửa" offers every answer, or the one that is in doubt."""
    if filling.mode is Mode.DOUBT and number is None:
        return await back_to_open(filling)
    if not filling.answers:
        return _nothing_yet(filling)
    if number is None:
        return await enter(filling, Mode.EDIT)
    steps = filling.course.steps
    if 1 <= number <= len(steps) and steps[number - 1].path in filling.answers:
        return await onward(filling, steps[number - 1].path, [])
    return replace(ask_again(filling), text=filling.turn.text("forms.not_yet_answered", number=number))


async def _back(filling: Filling) -> Reply:
    """One question back; from the summary to the last one; never before the first."""
    if filling.mode not in (Mode.ASK, Mode.SUMMARY):
        return await back_to_open(filling)
    paths = [step.path for step in filling.course.steps]
    place = paths.index(filling.asking) if filling.asking in paths else len(paths)
    if place == 0:
        return above(filling, filling.turn.text("forms.first_question"))
    return await onward(filling, paths[place - 1], [])


async def _skip(filling: Filling) -> Reply:
    if filling.asking is None or filling.mode not in (Mode.ASK, Mode.DOUBT):
        return ask_again(filling)
    if not may_skip(filling):
        return above(filling, filling.turn.text("forms.cannot_skip"))
    filling.answers[filling.asking] = SKIP
    return await onward(filling, first_open(filling), [filling.turn.text("forms.skipped")])


async def _keep(filling: Filling) -> Reply:
    """The answer stays as it is, or is the one that was offered."""
    if filling.asking is None or filling.mode is not Mode.ASK:
        return ask_again(filling)
    if filling.asking not in filling.answers:
        course = filling.course
        step = filling.step_at(filling.asking, course)
        offered = offer(filling, course, step, step.item) if step and isinstance(step.item, Question) else None
        if offered is None or step is None or not isinstance(step.item, Question):
            return ask_again(filling)
        filling.answers[filling.asking] = offered[1]
        told = filling.turn.text("forms.noted", value=filling.told(step.item, offered[1]))
        return await onward(filling, first_open(filling), [told])
    return await onward(filling, first_open(filling), [])


async def _leave(filling: Filling) -> Reply:
    """ "Hủy": nothing answered, nothing to keep; else the officer decides about the draft. Twice keeps it."""
    if not filling.answers or filling.mode is Mode.LEAVE:
        return saved(filling)
    return await enter(filling, Mode.LEAVE)


def _nothing_yet(filling: Filling) -> Reply:
    return replace(ask_again(filling), text=filling.turn.text("forms.nothing_answered"))
