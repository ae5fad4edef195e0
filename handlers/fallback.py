"""An honest refusal: what was asked lies outside the two topics, or was not understood."""

from __future__ import annotations

from handlers import start, topics
from handlers.faq import meant
from handlers.messages import Reply
from handlers.turn import Handler, Turn
from storage.questions import QuestionLog, Vote


async def answer(turn: Turn, question: QuestionLog) -> list[Reply]:
    """Refuse with the two topics; the second time in a row offer a person."""
    return [refusal(turn)]


def refusal(turn: Turn) -> Reply:
    turn.conversation.failures += 1
    menu = turn.choice("citizen.button.menu", "menu")
    if turn.conversation.failures < 2:
        return turn.say("citizen.fallback", *topics.topic_choices(turn), menu)
    human = turn.choice("citizen.button.human", "human")
    return turn.say("citizen.fallback_again", human, *topics.topic_choices(turn), menu)


async def none_of_these(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``other:<question>``: none of the offered entries was meant."""
    question = await meant(turn, arguments)
    if question is None:
        return [start.old_button(turn)]
    question.vote = Vote.WRONG
    turn.db.add(question)
    turn.conversation.failures = max(turn.conversation.failures, 1)
    return [refusal(turn)]


CHOICES: dict[str, Handler] = {"other": none_of_these}
INTENTS: dict[str, Handler] = {}
