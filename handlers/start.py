"""The first contact, the menu, and everything that is not a question: photos, stickers, old buttons, empty lines."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.choices import folded
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.plans.duties import agency_name
from handlers.questions import topics
from handlers.turn import Handler, Turn

_KIND_WORDS = r"a|ah|nhe|nha|em|anh|chi|ban|co|chu|toi|minh"
_ASSENT = re.compile(
    rf"(?:(?:{_KIND_WORDS}|da|vang) )*"
    r"(?:(?:(?:o+k+(?:e+|i+e*|ay|ela)?|vang|da|u+|u+h+m*|u+m+|ro|hieu|biet|duoc|roi)(?: roi| the| vay)?"
    rf"(?: (?:{_KIND_WORDS}))*(?: |$))+"
    rf"|(?:khong|ko|k|thoi)(?: can)?(?: nua)?(?: (?:{_KIND_WORDS}))*)"
)
"""Folded."""


def menu_choices(turn: Turn) -> tuple[Choice, ...]:
    """The menu's buttons: an officer's work comes before the two topics."""
    human = turn.choice("citizen.button.human", "human")
    my_data = turn.choice("citizen.button.my_data", choice_value("privacy", "view"))
    if turn.contact is None:
        fake_news = turn.choice("citizen.button.fake_news", choice_value("ticket", "open", "fake_news"))
        return (*topics.topic_choices(turn), human, fake_news, my_data)
    return (
        turn.choice("citizen.button.report", "reports"),
        turn.choice("citizen.button.tasks", "tasks"),
        turn.choice("citizen.button.deadlines", "deadlines"),
        turn.choice("citizen.button.digest", choice_value("digest", "view")),
        turn.choice("citizen.button.forms", "bieumau"),
        *topics.topic_choices(turn),
        human,
        my_data,
    )


def greeting(turn: Turn) -> Reply:
    """Who speaks and what can be asked: in full the first time, short after."""
    first = turn.conversation.greeted_at is None
    turn.conversation.greeted_at = turn.conversation.greeted_at or turn.now
    department = turn.catalog.province.department.name
    if turn.contact:
        return turn.say(
            "citizen.greeting_officer",
            *menu_choices(turn),
            name=plain(turn.contact.name),
            agency=agency_name(turn, turn.contact.agency_id),
            department=department,
        )
    choices = (*topics.topic_choices(turn), turn.choice("citizen.button.menu", "menu"))
    if first:
        return turn.say("citizen.greeting", *choices, department=department)
    return turn.say("citizen.greeting_again", *choices)


def introduced(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The replies, with one line saying who speaks when nothing has said so yet in this conversation."""
    if turn.conversation.greeted_at is not None or not replies:
        return replies
    turn.conversation.greeted_at = turn.now
    line = turn.text("citizen.about_me", department=turn.catalog.province.department.name)
    first, *rest = replies
    return [replace(first, text=f"{first.text}\n\n{line}"), *rest]


def led_on(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The replies, the last with the menu's button when none leads anywhere and no question is open: whatever is
    answered, and by whichever room, nobody stands before a wall."""
    if not replies or turn.conversation.form or any(reply.choices or reply.call for reply in replies):
        return replies
    *before, last = replies
    return [*before, replace(last, choices=(turn.choice("citizen.button.menu", "menu"),))]


async def greet(turn: Turn, _arguments: list[str]) -> list[Reply]:
    return [greeting(turn)]


async def thanks(turn: Turn, _arguments: list[str]) -> list[Reply]:
    return [turn.say("citizen.thanks", turn.choice("citizen.button.menu", "menu"))]


def is_assent(text: str) -> bool:
    """Whether a line only says yes, all right or no more: the commonest answer to a bot, and no question."""
    return _ASSENT.fullmatch(folded(text)) is not None


def assented(turn: Turn) -> Reply:
    """A kind word, and the way on."""
    menu = turn.choice("citizen.button.menu", "menu")
    if turn.contact is None:
        return turn.say("citizen.thanks", menu)
    digest = turn.choice("citizen.button.digest", choice_value("digest", "view"))
    return turn.say("officer.assent", digest, turn.choice("citizen.button.report", "reports"), menu)


async def menu(turn: Turn, _arguments: list[str]) -> list[Reply]:
    key = "citizen.menu_officer" if turn.contact else "citizen.menu"
    return [turn.say(key, *menu_choices(turn))]


def media(turn: Turn) -> Reply:
    """What can be said to a photo, a sticker, a voice note, a place: nothing of it is looked at or kept."""
    key = f"citizen.media.{turn.message.media}"
    if key not in turn.catalog.text:
        key = "citizen.media.other"
    return turn.say(key, turn.choice("citizen.button.menu", "menu"))


def empty(turn: Turn) -> Reply:
    """For a line without a letter or a digit."""
    return turn.say("citizen.empty", *topics.topic_choices(turn), turn.choice("citizen.button.menu", "menu"))


def old_button(turn: Turn) -> Reply:
    """For a button that means nothing any more."""
    return turn.say("citizen.old_button", *menu_choices(turn))


def unknown_command(turn: Turn) -> Reply:
    return turn.say("citizen.unknown_command", *menu_choices(turn))


def nothing_to_cancel(turn: Turn) -> Reply:
    return turn.say("citizen.nothing_to_cancel", *menu_choices(turn))


def no_such_number(turn: Turn) -> Reply:
    """For a typed number beyond the buttons on offer, which are offered again."""
    choices = tuple(Choice(str(label), str(value)) for label, value in turn.conversation.offered)
    return turn.say("citizen.no_such_number", *choices, last=len(choices))


CHOICES: dict[str, Handler] = {"menu": menu}
INTENTS: dict[str, Handler] = {"greet": greet, "thanks_bye": thanks, "help_menu": menu}
