"""The two topics, their groups and the entries in them, as pages of buttons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from content.whole_numbers import whole
from handlers.messages import Choice, Reply, choice_value
from handlers.turn import Handler, Turn
from storage.questions import most_asked

TOPICS = ("food", "battery")
PAGE = 6
"""Buttons of one page, before "more" and "menu"."""
ASKED_SINCE = timedelta(days=30)
ASKED_LEAST = 5
"""Times an entry was asked for before it heads its topic: a few askers are no crowd."""
ASKED_SHOWN = 2


def topic_choices(turn: Turn) -> tuple[Choice, ...]:
    return tuple(turn.choice(f"citizen.button.{topic}", choice_value("topic", topic)) for topic in TOPICS)


def entry_choice(turn: Turn, entry_id: str, question: str | None = None) -> Choice:
    """A button for an entry. ``question`` names the free question it may be the answer to."""
    entry = turn.catalog.faq[entry_id]
    return Choice(entry.label, choice_value("faq", entry_id, *([] if question is None else [question])))


async def topic(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``topic:<food|battery>[:page]``: what is asked most, then the groups, the urgent ones first."""
    name, page = _named(arguments)
    groups = turn.catalog.text.section(f"citizen.group.{name}") if name in TOPICS else {}
    if not groups:
        return [_gone(turn)]
    heading = turn.text("citizen.topic_heading", topic=turn.text(f"citizen.topic.{name}"))
    asked = await most_asked(turn.db, name, turn.now - ASKED_SINCE, ASKED_LEAST, ASKED_SHOWN)
    choices = [entry_choice(turn, entry) for entry in asked if entry in turn.catalog.faq]
    choices += [Choice(title, choice_value("group", f"{name}.{group}")) for group, title in groups.items()]
    return [_page(turn, heading, choices, ("topic", name), page)]


async def group(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``group:<domain>.<group>[:page]``: the entries of a group."""
    name, page = _named(arguments)
    domain, _, group_id = name.partition(".")
    entries = [entry.id for entry in turn.catalog.faq.values() if entry.domain == domain and entry.group == group_id]
    title = f"citizen.group.{name}"
    if not entries or title not in turn.catalog.text:
        return [_gone(turn)]
    heading = turn.text("citizen.group_heading", group=turn.text(title))
    return [_page(turn, heading, [entry_choice(turn, entry) for entry in entries], ("group", name), page)]


def _named(arguments: Sequence[str]) -> tuple[str, int]:
    """The name in a choice's arguments and its page, counted from 1."""
    name = arguments[0] if arguments else ""
    page = arguments[1] if len(arguments) > 1 else ""
    return name, whole(page, 3) or 1


def _page(turn: Turn, heading: str, choices: Sequence[Choice], here: tuple[str, str], page: int) -> Reply:
    pages = -(-len(choices) // PAGE)
    page = min(max(page, 1), pages)
    shown = list(choices[(page - 1) * PAGE : page * PAGE])
    if pages > 1:
        first, _, rest = heading.partition("\n")
        heading = turn.text("citizen.page_heading", heading=first, page=page, pages=pages) + f"\n{rest}"
        shown.append(turn.choice("citizen.button.more", choice_value(*here, page % pages + 1)))
    return Reply(heading, (*shown, turn.choice("citizen.button.menu", "menu")))


def _gone(turn: Turn) -> Reply:
    """The topic or group on an old button is no longer there."""
    return turn.say("citizen.old_button", *topic_choices(turn), turn.choice("citizen.button.menu", "menu"))


CHOICES: dict[str, Handler] = {"topic": topic, "group": group}
INTENTS: dict[str, Handler] = {}
