"""An honest refusal: what was asked lies outside the two topics, or was not understood."""

from __future__ import annotations

from handlers import start
from handlers.emergencies import cries
from handlers.messages import Reply, choice_value
from handlers.questions import notify, topics
from handlers.questions.faq import meant
from handlers.turn import Handler, Turn
from storage.questions import QuestionLog, Vote


async def answer(turn: Turn, question: QuestionLog) -> list[Reply]:
    """Refuse with the two topics; the second time in a row offer a person. Who cries for help is not refused."""
    return [cries.answer(turn) if cries.is_cry(turn.message.text) else refusal(turn, question)]


def refusal(turn: Turn, question: QuestionLog | None) -> Reply:
    """The refusal; whoever asked ``question`` may have himself told when a person has answered it."""
    turn.conversation.failures += 1
    again = turn.conversation.failures > 1
    text = turn.text("citizen.fallback_again" if again else "citizen.fallback")
    choices = [*topics.topic_choices(turn), turn.choice("citizen.button.menu", "menu")]
    if question is not None:
        text += f"\n\n{notify.wording(turn)}"
        choices.insert(0, notify.button(turn, question))
    if again:
        choices.insert(0, turn.choice("citizen.button.human", "human"))
    return Reply(text, tuple(choices))


async def none_of_these(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``other:<question>``: none of the offered entries was meant."""
    question = await meant(turn, arguments)
    if question is None:
        return [start.old_button(turn)]
    asked_here = notify.was_offered(turn, choice_value("other", *arguments))
    question.vote = Vote.WRONG
    turn.db.add(question)
    turn.conversation.failures = max(turn.conversation.failures, 1)
    return [refusal(turn, question if asked_here else None)]


CHOICES: dict[str, Handler] = {"other": none_of_these}
INTENTS: dict[str, Handler] = {}
