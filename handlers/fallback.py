"""An honest refusal: what was asked lies outside the two topics, or was not understood."""

from __future__ import annotations

from handlers import start, topics
from handlers.choices import folded
from handlers.faq import follow_up, meant
from handlers.messages import Reply
from handlers.turn import Handler, Turn
from nlu.verdict import Level
from storage.questions import QuestionLog, Vote

FOLLOW_UPS = frozenset(
    """
    la sao; sao; sao vay; vi sao; tai sao; nghia la sao; la gi; chua hieu; khong hieu; noi ro hon; noi ro di; ro hon di;
    con gi nua; con gi nua khong; roi sao nua; con tre em thi sao; tre em thi sao; con nguoi gia thi sao;
    con ba bau thi sao; the con tre em; tiep di
    """.replace("\n    ", " ")
    .strip()
    .split("; ")
)
"""Folded lines that ask on about the last answer."""


async def answer(turn: Turn, question: QuestionLog) -> list[Reply]:
    """Offer to go on from the last answer, else refuse with the two topics; the second time in a row offer a person."""
    if asks_on(turn):
        return follow_up(turn)
    return [refusal(turn)]


def asks_on(turn: Turn) -> bool:
    """Whether the line only makes sense after the answer given last."""
    return (
        turn.conversation.last_faq in turn.catalog.faq
        and folded(turn.message.text) in FOLLOW_UPS
        and turn.understanding.emergency.level is Level.NONE
    )


def refusal(turn: Turn) -> Reply:
    turn.conversation.failures += 1
    menu = turn.choice("citizen.button.menu", "menu")
    if turn.conversation.failures < 2:
        return turn.say("citizen.fallback", *topics.topic_choices(turn), menu)
    human = turn.choice("citizen.button.human", "human")
    return turn.say("citizen.fallback_again", human, *topics.topic_choices(turn), menu)


async def none_of_these(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``other:<question id>``: none of the offered entries was meant."""
    question = await meant(turn, arguments)
    if question is None:
        return [start.old_button(turn)]
    question.vote = Vote.WRONG
    turn.db.add(question)
    turn.conversation.failures = max(turn.conversation.failures, 1)
    return [refusal(turn)]


CHOICES: dict[str, Handler] = {"other": none_of_these}
INTENTS: dict[str, Handler] = {}
