"""Several answers in one message: ``1: 12; 2: 3; 3: không``, on one line or on several."""

from __future__ import annotations

from handlers.forms.navigation import Move, navigation
from handlers.forms.numbered import numbered_answers
from handlers.messages import Reply
from handlers.reports.answers import FREE, label, shown
from handlers.reports.course import first_open, may_skip, onward
from handlers.reports.filling import Filling
from handlers.reports.questions import around, payload_of


def several(filling: Filling, text: str) -> list[tuple[int, str]]:
    """The numbers and answers a message consists of; empty when it is one answer. Where any text is an answer, it only
    counts when it begins with that question's own number."""
    found = numbered_answers(text)
    if found and filling.asking in FREE and filling.number(filling.asking) != found[0][0]:
        return []
    return found


async def take_several(filling: Filling, given: list[tuple[int, str]]) -> Reply:
    """Take what can be taken, say by number what was understood and what was not, and go on. Raises
    RunnerUnavailable."""
    said = [await _taken(filling, number, text) for number, text in given]
    return await onward(filling, first_open(filling), said, answered=True)


async def _taken(filling: Filling, number: int, text: str) -> str:
    turn = filling.turn
    if not 1 <= number <= len(filling.asked):
        return turn.text("report.several.unknown", number=number, count=len(filling.asked))
    slot = filling.asked[number - 1]
    reason = await put_answer(filling, slot, payload_of(filling, slot, text) or text)
    if reason:
        return turn.text("report.several.refused", number=number, reason=reason)
    name = label(turn.text, slot, filling.indicators)
    value = shown(turn.text, slot, filling.slots[slot], filling.indicators)
    return turn.text("report.several.taken", number=number, label=name, value=value)


async def put_answer(filling: Filling, slot: str, text: str, why: str = "") -> str:
    """Put one answer to any question, ``why`` being the reason of an unlikely figure; what is wrong with it, empty when
    it was taken. Raises RunnerUnavailable."""
    move = navigation(text)
    if move is not None and move.move is Move.SKIP and may_skip(filling, slot):
        step = await filling.loop.skip(filling.slots, slot)
    else:
        slots = {**filling.slots, "reason": why} if why else filling.slots
        step = await filling.loop.fill(slots, slot, text)
    if not step.accepted:
        context = around(filling, slot)
        return " ".join(filling.loop.say(name, params, context) for name, params in step.said)
    filling.take(step)
    return ""
