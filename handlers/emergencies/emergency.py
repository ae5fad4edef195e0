"""Something harmful is happening now: the card with the numbers comes before anything else."""

from __future__ import annotations

from dataclasses import replace

from content import answers
from content.schema import EmergencyCard
from handlers.emergencies import self_harm
from handlers.messages import Reply
from handlers.questions.topics import entry_choice
from handlers.turn import Turn
from nlu.verdict import Level

GENERAL = {"food": "food_poisoning_general", "fire": "battery_fire"}
"""The card of a domain when the type is not known."""
NUMBER = {"food": "115", "fire": "114"}
"""Whom to call first in a domain when the type is not known."""
SELF_HARM_CALLS = ("115", "111")
ENTRIES = 3
BUTTONS = 5
"""Most entries under a card, and most buttons, calls included: nobody should have to scroll past a list now."""

_POISONS = {"food_plant_la_ngon", "food_chemical"}


def is_certain(turn: Turn) -> bool:
    """Whether the text says that something harmful is happening now, to others or by one's own hand."""
    return turn.understanding.emergency.level is Level.CERTAIN or speaks_of_self_harm(turn)


def speaks_of_self_harm(turn: Turn) -> bool:
    emergency = turn.understanding.emergency
    swallowed = emergency.level is Level.CERTAIN and emergency.type in _POISONS
    return self_harm.speaks_of_self_harm(turn.message.text, swallowed)


async def answer(turn: Turn) -> list[Reply]:
    """The card, kind words where somebody may want to die, then entries that tell more."""
    turn.conversation.failures = 0
    replies = []
    found = card_of(turn)
    if found is not None:
        replies.append(card(turn, found))
    if speaks_of_self_harm(turn):
        replies.append(replace(turn.say("citizen.self_harm", call=SELF_HARM_CALLS), urgent=True))
    turn.conversation.greeted_at = turn.conversation.greeted_at or turn.now
    return replies


def card_of(turn: Turn) -> EmergencyCard | None:
    """The card for what was understood; None when somebody only says that they want to die."""
    emergency = turn.understanding.emergency
    if emergency.level is Level.NONE:
        return None
    cards = turn.catalog.cards
    return cards.get(emergency.type or "") or cards[GENERAL[emergency.domain or "food"]]


def card(turn: Turn, found: EmergencyCard) -> Reply:
    """The card with its numbers to tap and the entries it leads to."""
    shown = found.faq[: min(ENTRIES, BUTTONS - len(found.numbers))]
    entries = tuple(entry_choice(turn, entry) for entry in shown)
    return Reply(answers.card_text(found, turn.catalog.text), entries, tuple(found.numbers), urgent=True)


def warned(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The replies under a line with the number to call, when somebody may be in danger."""
    emergency = turn.understanding.emergency
    if emergency.level is not Level.POSSIBLE or not replies:
        return replies
    suspected = turn.catalog.cards.get(emergency.type or "")
    number = suspected.numbers[0] if suspected else NUMBER[emergency.domain or "food"]
    first, *rest = replies
    text = f"{turn.text('citizen.possible_emergency', number=number)}\n{first.text}"
    return [replace(first, text=text, call=tuple(dict.fromkeys((number, *first.call)))), *rest]
