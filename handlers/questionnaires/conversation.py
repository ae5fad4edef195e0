"""A form of the department in the chat: what was typed, sent or tapped while it is open."""

from __future__ import annotations

from dataclasses import replace

from content.courses import MORE
from content.questionnaires import FILES, NAMED, Kind, Question
from handlers.choices import folded
from handlers.duties import not_today
from handlers.forms.loop import Step
from handlers.forms.manners import (
    ANSWER_WORDS,
    ENOUGH,
    LONGEST_REASON,
    SHORTEST_REASON,
    SILENCE,
    SURE,
    YES,
    asks_something,
)
from handlers.forms.navigation import Move, Navigation, navigation
from handlers.forms.runner import RunnerUnavailable
from handlers.messages import Kind as MessageKind
from handlers.messages import Reply, read_choice
from handlers.questionnaires import lists
from handlers.questionnaires.asking import ROOM, ask_again, hint, question, summary, view
from handlers.questionnaires.course import (
    after,
    aside,
    back_to_open,
    down,
    dropped,
    enter,
    first_open,
    may_skip,
    onward,
    renewed,
)
from handlers.questionnaires.filling import ANSWER, NAME, Filling, Mode, kept_at, open_filling
from handlers.questionnaires.moves import edit, moved
from handlers.turn import Turn
from nlu.entities.agencies import AgencyFinder

MOST_FILES = 5
"""Photos or documents in one answer."""
UNLIKELY, WHICH = "utter_form_unlikely", "utter_form_which"
"""How the responses begin that ask whether an answer is meant, and which agency is."""
COMMUNES = "commune"
"""Level of the agencies that stand for a place."""
_ENOUGH_FILES = frozenset({"xong", "xong roi", "het", "het roi", "du", "du roi"})


async def answer(turn: Turn) -> list[Reply] | None:
    """What was typed or sent while a form is open; None when it is about something else."""
    filling = await open_filling(turn)
    if filling is None:
        turn.conversation.form = {}
        return [not_today(turn, turn.lapsed)] if turn.lapsed is not None else None
    if filling.change is not None:
        return [await renewed(filling)]
    if turn.message.kind is MessageKind.MEDIA and turn.message.attachments:
        return [await _received(filling)]
    text = turn.message.text
    move = navigation(text)
    if not folded(text):
        return [ask_again(filling)]
    if move is not None:
        return await moved(filling, move)
    if filling.mode is Mode.ASK:
        return await _answered(filling, text)
    if filling.mode is Mode.DOUBT:
        return await _confirmed(filling, text)
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
    if filling.change is not None:
        return [await renewed(filling)]
    if turn.now - kept_at(turn) > SILENCE:
        return [aside(filling)]
    asked = ask_again(filling)
    return [replace(asked, text=f"{turn.text('forms.resuming', title=filling.row.title)}\n{asked.text}")]


async def set_aside(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The officer went somewhere else by a button: the form is closed, its draft kept, and a way back is offered."""
    filling = await open_filling(turn)
    if filling is None or not replies:
        return replies
    back = aside(filling)
    if not back.text:
        return replies
    *rest, last = replies
    return [*rest, replace(last, text=f"{last.text}\n\n{back.text}", choices=(*last.choices, *back.choices))]


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``bm:<token>:<action>[:argument]``; a button of another question does nothing and says so."""
    filling = await open_filling(turn)
    token, action, *rest = [*arguments, "", ""][: max(2, len(arguments))]
    if filling is None:
        if turn.conversation.form.get("name") == NAME:
            turn.conversation.form = {}
        if turn.lapsed is not None:
            return [not_today(turn, turn.lapsed)]
        return [turn.say("forms.over", *after(turn))]
    if filling.change is not None:
        return [await renewed(filling)]
    if token != filling.token:
        asked = ask_again(filling)
        return [replace(asked, text=f"{turn.text('forms.stale')}\n{asked.text}")]
    given = rest[0] if rest else ""
    if action == "pick" and filling.mode is Mode.ASK:
        return [await _fill(filling, given)]
    if action == "agency" and filling.mode is Mode.ASK and given.isdecimal():
        return [await _named(filling, int(given[:2]))]
    if action == "dropfile" and filling.mode is Mode.ASK:
        return [await _without_last_file(filling)]
    if action == "begin" and filling.mode is Mode.START:
        return [await onward(filling, first_open(filling), [])]
    if action == "earlier" and filling.mode is Mode.START:
        return await lists.earlier(filling)
    if action == "page" and given.isdecimal():
        return [(summary if filling.mode is Mode.SUMMARY else view)(filling, page=int(given[:3]))]
    if action == "because" and filling.mode is Mode.DOUBT:
        return [await _fill(filling, filling.doubted, turn.text("forms.doubt.changed"))]
    if action == "edit" and given.isdecimal():
        return [await edit(filling, int(given[:3]))]
    if action == "stay":
        return [await back_to_open(filling)]
    if action == "drop":
        return [await dropped(filling)]
    if action in set(Move):
        return await moved(filling, Navigation(Move(action)))
    return [ask_again(filling)]


async def _picked(filling: Filling, number: int) -> list[Reply]:
    """A number typed where no answer is open: that of an answer to edit, else that of a button."""
    if filling.mode in (Mode.SUMMARY, Mode.EDIT):
        return [await edit(filling, number)]
    asked = ask_again(filling)
    if not 1 <= number <= len(asked.choices):
        return [asked]
    return await pressed(filling.turn, read_choice(asked.choices[number - 1].value)[1])


async def _answered(filling: Filling, text: str) -> list[Reply] | None:
    """A typed answer to the open question."""
    turn, asked = filling.turn, filling.asked
    if asked is not None and asked.kind is Kind.TEXT:
        return None if turn.now - kept_at(turn) > SILENCE else [await _fill(filling, text)]
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


async def _fill(filling: Filling, text: str, reason: str = "") -> Reply:
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
    asked = filling.asked
    example = filling.turn.text("forms.for_example", example=asked.example) if asked and asked.example else ""
    said = [filling.loop.say(name, params, {"example": example}) for name, params in step.said]
    if not step.accepted:
        return await _refused(filling, step, said, text)
    if not explained:
        filling.reasons.pop(filling.asking, None)
    filling.take(step)
    return await onward(filling, first_open(filling), [] if filling.asking.endswith(f"/{MORE}") else said)


async def _refused(filling: Filling, step: Step, said: list[str], text: str) -> Reply:
    """What was wrong, with the question's own buttons; a person is offered who fails again and again. What is only
    unlikely is asked about."""
    turn, names = filling.turn, [name for name, _ in step.said]
    if any(name.startswith(UNLIKELY) for name in names):
        filling.doubted, filling.doubt_said = text, "\n".join(said)
        return await enter(filling, Mode.DOUBT)
    filling.failures += 1
    filling.mode = Mode.ASK
    if WHICH not in names:
        filling.candidates = []
    await filling.keep()
    asked = question(filling)
    if filling.failures < ENOUGH:
        return replace(asked, text="\n".join(said) or asked.text)
    stuck = "forms.stuck_skip" if may_skip(filling) else "forms.stuck"
    human = turn.choice("forms.button.human", "human")
    return Reply("\n".join([*said, turn.text(stuck)]), (human, *asked.choices)[:ROOM])


async def _confirmed(filling: Filling, text: str) -> list[Reply] | None:
    """What was typed below an answer in doubt: another answer, or the reason why it is right."""
    if any(letter.isdecimal() for letter in text) and len(folded(text).split()) <= ANSWER_WORDS:
        return await _answered(filling, text)
    if sum(letter.isalpha() for letter in text) < SHORTEST_REASON or folded(text) in YES:
        return [ask_again(filling)]
    return [await _fill(filling, filling.doubted, text[:LONGEST_REASON])]


async def _named(filling: Filling, place: int) -> Reply:
    """One of the agencies a line may have named was tapped."""
    assert filling.asking is not None
    if place >= len(filling.candidates):
        return ask_again(filling)
    agency_id, name, _ = filling.candidates[place]
    filling.answers[filling.asking] = agency_id
    return await onward(filling, first_open(filling), [filling.turn.text("forms.noted", value=name)])


async def _received(filling: Filling) -> Reply:
    """Photos or documents were sent as the answer to the open question."""
    turn, asked = filling.turn, filling.asked
    if filling.mode is not Mode.ASK or asked is None or asked.kind not in FILES or filling.asking is None:
        return ask_again(filling)
    arrived = [
        {"file": one.file_id, "name": one.name, "type": one.media_type}
        for one in turn.message.attachments
        if asked.kind is Kind.FILE or one.media_type.startswith("image/")
    ]
    if not arrived:
        return replace(question(filling), text=turn.text("forms.not_a_photo"))
    kept = filling.answers.get(filling.asking)
    files = [*(kept if isinstance(kept, list) else []), *arrived]
    filling.answers[filling.asking] = files[:MOST_FILES]
    filling.failures = 0
    await filling.keep()
    key = "forms.files_full" if len(files) >= MOST_FILES else "forms.files_taken"
    return replace(question(filling), text=turn.text(key, count=len(files[:MOST_FILES]), most=MOST_FILES))


async def _without_last_file(filling: Filling) -> Reply:
    assert filling.asking is not None
    kept = filling.answers.get(filling.asking)
    if not isinstance(kept, list) or not kept:
        return ask_again(filling)
    if len(kept) == 1:
        del filling.answers[filling.asking]
    else:
        filling.answers[filling.asking] = kept[:-1]
    await filling.keep()
    return question(filling, [filling.turn.text("forms.file_dropped", count=len(kept) - 1)])
