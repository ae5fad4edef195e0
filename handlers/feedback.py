"""What people say about the answers: two buttons under each, and messages to the department."""

from __future__ import annotations

from handlers import handoff, start, topics
from handlers.faq import alternatives, meant, name_of
from handlers.messages import Reply
from handlers.turn import Handler, Turn
from storage.questions import TicketKind, Vote

OFFERED = 3
"""Entries offered after "chưa đúng"."""


async def vote(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``vote:<helpful|wrong>:<question>``; voting twice only changes the vote."""
    given = arguments[0] if arguments else ""
    question = await meant(turn, arguments[1:])
    if question is None or given not in (Vote.HELPFUL, Vote.WRONG):
        return [start.old_button(turn)]
    question.vote = Vote(given)
    turn.db.add(question)
    menu = turn.choice("citizen.button.menu", "menu")
    if question.vote is Vote.HELPFUL:
        return [turn.say("citizen.vote_helpful", *topics.topic_choices(turn), menu)]
    entry = turn.catalog.faq.get(question.faq or "")
    others = alternatives(turn, entry.related[:OFFERED] if entry else (), name_of(question))
    human = turn.choice("citizen.button.human", "human")
    return [turn.say("citizen.vote_wrong" if others else "citizen.vote_wrong_plain", *others, human, menu)]


async def send_feedback(turn: Turn, _arguments: list[str]) -> list[Reply]:
    return await handoff.begin(turn, TicketKind.FEEDBACK)


async def report_fake_news(turn: Turn, _arguments: list[str]) -> list[Reply]:
    return await handoff.begin(turn, TicketKind.FAKE_NEWS)


CHOICES: dict[str, Handler] = {"vote": vote}
INTENTS: dict[str, Handler] = {"send_feedback": send_feedback, "report_fake_news": report_fake_news}
