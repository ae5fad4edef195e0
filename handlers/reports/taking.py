"""Taking one answer to the open question: typed or tapped, understood or refused, meant although it is unlikely."""

from __future__ import annotations

from dataclasses import replace

from handlers.choices import folded
from handlers.forms.bubbles import ROOM
from handlers.forms.loop import SKIPPED, Step
from handlers.forms.manners import (
    ANSWER_WORDS,
    ENOUGH,
    LONGEST_REASON,
    SHORTEST_REASON,
    SURE,
    YES,
    asks_something,
    left_long_ago,
)
from handlers.forms.navigation import Move, Navigation
from handlers.forms.runner import RunnerUnavailable
from handlers.messages import Reply
from handlers.reports import correction, evidence
from handlers.reports.answers import FREE
from handlers.reports.course import ask_again, down, enter, may_skip, onward
from handlers.reports.filling import EVIDENCE, Filling, Mode
from handlers.reports.moves import moved
from handlers.reports.questions import around, filling_choice, payload_of, question
from nlu.entities.numbers import parse_number

UNLIKELY = "utter_unlikely"
"""How the responses begin that ask whether a figure is meant."""


async def answered(filling: Filling, text: str) -> list[Reply] | None:
    """A typed answer to the open question."""
    turn, slot = filling.turn, filling.asking
    assert slot is not None
    if slot in FREE:
        if left_long_ago(turn):
            return None
        return await fill(filling, text)
    short = len(folded(text).split()) <= ANSWER_WORDS
    if not short and turn.understanding.score >= SURE and asks_something(turn):
        return None
    payload = payload_of(filling, slot, text)
    if payload == SKIPPED:
        return await moved(filling, Navigation(Move.SKIP))
    try:
        step = await filling.loop.fill(filling.slots, slot, payload or text)
    except RunnerUnavailable:
        return [down(turn)]
    if not step.accepted and turn.understanding.score >= SURE and asks_something(turn):
        return None
    return [await filled(filling, step, text)]


async def fill(filling: Filling, text: str, reason: str = "") -> list[Reply]:
    """``reason``: why an unlikely figure is right nevertheless."""
    assert filling.asking is not None
    slots = {**filling.slots, "reason": reason} if reason else filling.slots
    try:
        step = await filling.loop.fill(slots, filling.asking, text)
    except RunnerUnavailable:
        return [down(filling.turn)]
    return [await filled(filling, step, text)]


async def confirmed(filling: Filling, text: str) -> list[Reply] | None:
    """What was typed below a figure in doubt: another figure, or the reason why it is right."""
    if parse_number(text) is not None:
        return await answered(filling, text)
    if sum(letter.isalpha() for letter in text) < SHORTEST_REASON or folded(text) in YES:
        return [ask_again(filling)]
    return await fill(filling, filling.doubted, text[:LONGEST_REASON])


async def explained(filling: Filling, text: str) -> Reply:
    """Keep why the answer stays, and go on to the next one in question or to the summary."""
    if not correction.explain(filling, text):
        return ask_again(filling)
    return await onward(filling, None, [filling.turn.text("report.correct.explained")], answered=True)


async def filled(filling: Filling, step: Step, text: str) -> Reply:
    """Say what was understood and go on, or what was wrong and ask again."""
    assert filling.asking is not None
    context = around(filling, filling.asking)
    said = [filling.loop.say(name, params, context) for name, params in step.said]
    if not step.accepted:
        return await _refused(filling, step, said, text)
    filling.take(step)
    if filling.asking == EVIDENCE:
        evidence.add_files(filling)
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
