"""What people say about the answers: two buttons under each, and messages to the department."""

from __future__ import annotations

from handlers import start
from handlers.messages import Reply, choice_value
from handlers.questions import handoff, notify, topics
from handlers.questions.faq import BUTTONS, alternatives, meant, name_of
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
    last = [turn.choice("citizen.button.human", "human"), menu]
    thanks = turn.text("citizen.vote_wrong")
    if notify.was_offered(turn, choice_value("vote", *arguments)):
        last.insert(0, notify.button(turn, question))
        thanks += f"\n{notify.wording(turn)}"
    room = min(OFFERED, BUTTONS - len(last))
    others = alternatives(turn, entry.related[:room] if entry else (), name_of(question))
    rest = turn.text("citizen.vote_wrong_next" if others else "citizen.vote_wrong_plain")
    return [Reply(f"{thanks}\n\n{rest}", (*others, *last))]


async def send_feedback(turn: Turn, _arguments: list[str]) -> list[Reply]:
    return await handoff.begin(turn, TicketKind.FEEDBACK)


async def report_fake_news(turn: Turn, _arguments: list[str]) -> list[Reply]:
    return await handoff.begin(turn, TicketKind.FAKE_NEWS)


CHOICES: dict[str, Handler] = {"vote": vote}
INTENTS: dict[str, Handler] = {"send_feedback": send_feedback, "report_fake_news": report_fake_news}
