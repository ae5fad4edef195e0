"""What officers at one report do about each other: taking questions on, and choosing between two answers."""

from __future__ import annotations

from dataclasses import replace

from handlers.messages import Reply
from handlers.reports.answers import key_of
from handlers.reports.course import ask_again, first_open, onward
from handlers.reports.drafts import Draft, draft_by, drafts_of, put_draft, restore_drafts, settle
from handlers.reports.filling import Filling, Mode
from handlers.reports.sharing import named_questions, numbers

ACTIONS = frozenset({"choose", "all"})
"""Buttons answered here."""


async def pressed(filling: Filling, action: str, argument: str) -> Reply:
    if action == "choose" and filling.mode is Mode.CLASH and argument.isdecimal():
        return await _chosen(filling, int(argument[:9]))
    if action == "all" and filling.mode in (Mode.PARTS, Mode.REST):
        return await _all_taken(filling)
    return ask_again(filling)


async def typed(filling: Filling, text: str) -> Reply:
    """The numbers of the questions the officer takes on."""
    slots = filling.slots
    others = filling.taken_by(mine=False)
    named = [slot for slot in named_questions(filling, text) if slots.get(slot) is None and slot not in others]
    if not named:
        return ask_again(filling)
    await _take_on(filling, named)
    said = filling.turn.text("sharing.parts.taken", numbers=numbers(filling, named))
    return await onward(filling, first_open(filling), [said])


async def _chosen(filling: Filling, contact_id: int) -> Reply:
    """Let this officer's answer stand; a colleague may have chosen already."""
    slot, turn = filling.asking, filling.turn
    if slot is not None and slot in filling.clashes:
        key = key_of(slot, filling.indicators)
        filling.report = await settle(turn.db, filling.report, key, contact_id, turn.now)
        await filling.gather()
    return await onward(filling, first_open(filling), [turn.text("sharing.clash.settled")])


async def _all_taken(filling: Filling) -> Reply:
    """The officer answers whatever is open, also what others had taken on."""
    shares = [replace(one, taken=()) for one in drafts_of(filling.report)]
    restore_drafts(filling.report, shares)
    filling.turn.db.add(filling.report)
    return await onward(filling, first_open(filling), [])


async def _take_on(filling: Filling, slots: list[str]) -> None:
    turn = filling.turn
    keys = tuple(key_of(slot, filling.indicators) for slot in slots)
    own = draft_by(filling.report, filling.contact_id) or Draft(
        filling.contact_id, {}, filling.done, len(filling.asked), turn.now, over=filling.over
    )
    filling.report = await put_draft(turn.db, filling.report, replace(own, taken=keys, at=turn.now))
