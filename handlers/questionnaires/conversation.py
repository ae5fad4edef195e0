"""A form of the department in the chat: what was typed, sent or tapped while it is open."""

from __future__ import annotations

from dataclasses import replace

from handlers.choices import folded
from handlers.forms.bubbles import with_way_back
from handlers.forms.manners import asks_something, left_long_ago
from handlers.forms.navigation import Move, Navigation, navigation
from handlers.forms.numbered import numbered_answers
from handlers.messages import Kind as MessageKind
from handlers.messages import Reply, read_choice
from handlers.plans.duties import not_today
from handlers.questionnaires import lists
from handlers.questionnaires.asking import ask_again, hint, summary, view
from handlers.questionnaires.course import (
    after,
    aside,
    back_to_open,
    dropped,
    first_open,
    onward,
    renewed,
)
from handlers.questionnaires.filling import NAME, Filling, Mode, open_filling
from handlers.questionnaires.moves import edit, moved
from handlers.questionnaires.sent_files import received, without_last_file
from handlers.questionnaires.taking import answered, confirmed, fill, meant, named, take_several
from handlers.turn import Turn


async def answer(turn: Turn) -> list[Reply] | None:
    """What was typed or sent while a form is open; None when it is about something else."""
    filling = await open_filling(turn)
    if filling is None:
        turn.conversation.form = {}
        return [not_today(turn, turn.lapsed)] if turn.lapsed is not None else None
    if filling.change is not None:
        return [await renewed(filling)]
    if turn.message.kind is MessageKind.MEDIA and turn.message.attachments:
        return [await received(filling)]
    text = turn.message.text
    move = navigation(text)
    if not folded(text):
        return [ask_again(filling)]
    if move is not None:
        return await moved(filling, move)
    given = numbered_answers(text) if filling.mode in (Mode.START, Mode.ASK, Mode.SUMMARY) else []
    if given and meant(filling, given[0][0]):
        return [await take_several(filling, given)]
    if filling.mode is Mode.ASK:
        return await answered(filling, text)
    if filling.mode is Mode.DOUBT:
        return await confirmed(filling, text)
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
    if left_long_ago(turn):
        return [aside(filling)]
    asked = ask_again(filling)
    return [replace(asked, text=f"{turn.text('forms.resuming', title=filling.row.title)}\n{asked.text}")]


async def set_aside(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The officer went somewhere else by a button: the form is closed, its draft kept, and a way back is offered."""
    filling = await open_filling(turn)
    if filling is None or not replies:
        return replies
    return with_way_back(replies, aside(filling))


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
        return [await fill(filling, given)]
    if action == "agency" and filling.mode is Mode.ASK and given.isdecimal():
        return [await named(filling, int(given[:2]))]
    if action == "dropfile" and filling.mode is Mode.ASK:
        return [await without_last_file(filling)]
    if action == "begin" and filling.mode is Mode.START:
        return [await onward(filling, first_open(filling), [])]
    if action == "earlier" and filling.mode is Mode.START:
        return await lists.earlier(filling)
    if action == "page" and given.isdecimal():
        return [(summary if filling.mode is Mode.SUMMARY else view)(filling, page=int(given[:3]))]
    if action == "because" and filling.mode is Mode.DOUBT:
        return [await fill(filling, filling.doubted, turn.text("forms.doubt.changed"))]
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
