"""Taking answers: typed or tapped, understood or refused, several at once, meant although they are unlikely."""

from __future__ import annotations

from dataclasses import replace

from content.courses import MORE
from content.forms import SKIP
from content.questionnaires import FILES, NAMED, Kind, Question
from handlers.choices import folded
from handlers.forms.bubbles import ROOM
from handlers.forms.loop import Step
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
from handlers.forms.navigation import Move, Navigation, navigation
from handlers.forms.runner import RunnerUnavailable
from handlers.messages import Reply
from handlers.questionnaires.asking import ask_again, question
from handlers.questionnaires.course import down, enter, first_open, may_skip, onward
from handlers.questionnaires.filling import ANSWER, Filling, Mode
from handlers.questionnaires.moves import moved
from nlu.entities.agencies import AgencyFinder

UNLIKELY, WHICH = "utter_form_unlikely", "utter_form_which"
"""How the responses begin that ask whether an answer is meant, and which agency is."""
COMMUNES = "commune"
"""Level of the agencies that stand for a place."""
_ENOUGH_FILES = frozenset({"xong", "xong roi", "het", "het roi", "du", "du roi"})


async def answered(filling: Filling, text: str) -> list[Reply] | None:
    """A typed answer to the open question."""
    turn, asked = filling.turn, filling.asked
    if asked is not None and asked.kind is Kind.TEXT:
        return None if left_long_ago(turn) else [await fill(filling, text)]
    if asked is not None and asked.kind in FILES and folded(text) in _ENOUGH_FILES:
        return await moved(filling, Navigation(Move.KEEP if filling.asking in filling.answers else Move.SKIP))
    sure = turn.understanding.score >= SURE and asks_something(turn)
    if sure and len(folded(text).split()) > ANSWER_WORDS:
        return None
    try:
        step = await _called(filling, text)
    except RunnerUnavailable:
        return [down(turn)]
    if not step.accepted and sure:
        return None
    return [await _filled(filling, step, text)]


async def _called(filling: Filling, text: str, reason: str = "") -> Step:
    """The action's word on an answer. Raises RunnerUnavailable."""
    assert filling.asking is not None
    asked = filling.asked
    filling.candidates = _candidates(filling, asked, text) if asked is not None and asked.kind in NAMED else []
    slots = {**filling.slots, "reason": reason} if reason else filling.slots
    return await filling.loop.fill(slots, f"{ANSWER}{filling.asking}", text)


def _candidates(filling: Filling, asked: Question, text: str) -> list[list[object]]:
    """What the registry of agencies says of a line: of a place, only what stands for one."""
    agencies = filling.turn.catalog.province.agencies.values()
    fitting = [
        one for one in agencies if one.level != "group" and (asked.kind is not Kind.PLACE or one.level == COMMUNES)
    ]
    finder = AgencyFinder(fitting)
    return [[one.agency_id, finder.agencies[one.agency_id].name, one.score] for one in finder.find(text)]


async def fill(filling: Filling, text: str, reason: str = "") -> Reply:
    """``reason``: why an unlikely answer is right nevertheless."""
    try:
        step = await _called(filling, text, reason)
    except RunnerUnavailable:
        return down(filling.turn)
    if step.accepted and reason and filling.asking is not None:
        filling.reasons[filling.asking] = reason
    return await _filled(filling, step, text, explained=bool(reason))


async def _filled(filling: Filling, step: Step, text: str, explained: bool = False) -> Reply:
    """Say what was understood and go on, or what was wrong and ask again."""
    assert filling.asking is not None
    said = _said(filling, step)
    if not step.accepted:
        return await _refused(filling, step, said, text)
    if not explained:
        filling.reasons.pop(filling.asking, None)
    filling.take(step)
    return await onward(filling, first_open(filling), [] if filling.asking.endswith(f"/{MORE}") else said)


def _said(filling: Filling, step: Step) -> list[str]:
    """What the action says, in words."""
    asked = filling.asked
    example = filling.turn.text("forms.for_example", example=asked.example) if asked and asked.example else ""
    return [filling.loop.say(name, params, {"example": example}) for name, params in step.said]


async def _refused(filling: Filling, step: Step, said: list[str], text: str) -> Reply:
    """What was wrong, with the question's own buttons; a person is offered who fails again and again. What is only
    unlikely is asked about."""
    turn, names = filling.turn, [name for name, _ in step.said]
    if any(name.startswith(UNLIKELY) for name in names):
        filling.doubted, filling.doubt_said = text, "\n".join(said)
        return await enter(filling, Mode.DOUBT)
    filling.failures += 1
    filling.mode = Mode.ASK
    if not any(name.startswith(WHICH) for name in names):
        filling.candidates = []
    await filling.keep()
    asked = question(filling)
    if filling.failures < ENOUGH:
        return replace(asked, text="\n".join(said) or asked.text)
    stuck = "forms.stuck_skip" if may_skip(filling) else "forms.stuck"
    human = turn.choice("forms.button.human", "human")
    return Reply("\n".join([*said, turn.text(stuck)]), (human, *asked.choices)[:ROOM])


async def confirmed(filling: Filling, text: str) -> list[Reply] | None:
    """What was typed below an answer in doubt: another answer, or the reason why it is right."""
    if any(letter.isdecimal() for letter in text) and len(folded(text).split()) <= ANSWER_WORDS:
        return await answered(filling, text)
    if sum(letter.isalpha() for letter in text) < SHORTEST_REASON or folded(text) in YES:
        return [ask_again(filling)]
    return [await fill(filling, filling.doubted, text[:LONGEST_REASON])]


def meant(filling: Filling, number: int) -> bool:
    """Whether a line with numbers before its answers is meant so: where any text is an answer, only with the question's
    own number."""
    steps, asked = filling.course.steps, filling.asked
    if asked is None or asked.kind is not Kind.TEXT:
        return True
    return number <= len(steps) and steps[number - 1].path == filling.asking


async def take_several(filling: Filling, given: list[tuple[int, str]]) -> Reply:
    """Take what can be taken, say by number what was understood and what was not, and go on. Every answer may change
    what is asked after it: numbers are those of that moment."""
    said = []
    try:
        for number, text in given:
            said.append(await _taken(filling, number, text))
    except RunnerUnavailable:
        return down(filling.turn)
    return await onward(filling, first_open(filling), said)


async def _taken(filling: Filling, number: int, text: str) -> str:
    turn, steps = filling.turn, filling.course.steps
    if not 1 <= number <= len(steps):
        return turn.text("forms.several.unknown", number=number, count=len(steps))
    filling.asking = steps[number - 1].path
    move = navigation(text)
    if move is not None and move.move is Move.SKIP and may_skip(filling):
        filling.answers[filling.asking] = SKIP
        return turn.text("forms.several.skipped", number=number)
    step = await _called(filling, text)
    said = " ".join(_said(filling, step))
    if not step.accepted:
        return turn.text("forms.several.refused", number=number, reason=said)
    filling.take(step)
    return turn.text("forms.several.taken", number=number, said=said)


async def named(filling: Filling, place: int) -> Reply:
    """One of the agencies a line may have named was tapped."""
    assert filling.asking is not None
    if place >= len(filling.candidates):
        return ask_again(filling)
    agency_id, name, _ = filling.candidates[place]
    filling.answers[filling.asking] = agency_id
    return await onward(filling, first_open(filling), [filling.turn.text("forms.noted", value=name)])
