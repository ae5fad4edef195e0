"""Answers from the reviewed content, and the offer of a few entries when it is not clear which one is meant."""

from __future__ import annotations

from collections.abc import Iterable

from content import answers
from content.schema import FaqEntry
from handlers import start
from handlers.messages import Choice, Reply, choice_value
from handlers.questions.topics import entry_choice
from handlers.turn import Handler, Turn
from storage.questions import AnswerKind, QuestionLog, question_named

BUTTONS = 5
"""Buttons kept under an answer, calls included: what fits under one message on every channel."""
SURE = 1.0
"""Score of an entry the person chose themselves."""


async def answer(turn: Turn, question: QuestionLog) -> list[Reply]:
    """The entry that was understood. ``question`` is the logged question the votes belong to."""
    entry = turn.catalog.faq[turn.understanding.faq or ""]
    return [answered(turn, entry, name_of(question))]


def answered(turn: Turn, entry: FaqEntry, question: str) -> Reply:
    """The answer with related questions, the two votes and the numbers to call."""
    turn.conversation.last_faq = entry.id
    turn.conversation.failures = 0
    votes = (
        turn.choice("citizen.button.helpful", choice_value("vote", "helpful", question)),
        turn.choice("citizen.button.wrong", choice_value("vote", "wrong", question)),
    )
    room = BUTTONS - len(votes) - len(entry.call)
    related = tuple(entry_choice(turn, other) for other in entry.related[: max(1, room - 1)])
    menu = (turn.choice("citizen.button.menu", "menu"),) if room > len(related) else ()
    text = answers.answer(entry, turn.catalog.sources, turn.catalog.text)
    return Reply(text, (*related, *votes, *menu), tuple(entry.call))


async def clarify(turn: Turn, question: QuestionLog) -> list[Reply]:
    """Up to three entries to choose from; the second time in a row a person is offered as well."""
    turn.conversation.failures += 1
    choices = [*alternatives(turn, turn.understanding.alternatives, name_of(question))]
    choices.append(turn.choice("citizen.button.none_of_these", choice_value("other", name_of(question))))
    if turn.conversation.failures < 2:
        return [turn.say("citizen.clarify", *choices)]
    return [turn.say("citizen.clarify_again", *choices, turn.choice("citizen.button.human", "human"))]


def alternatives(turn: Turn, entries: Iterable[str], question: str | None) -> list[Choice]:
    """Buttons for the entries that exist."""
    return [entry_choice(turn, entry, question) for entry in entries if entry in turn.catalog.faq]


async def chosen(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``faq:<id>[:<question>]``: an entry was picked, perhaps as what a question had meant."""
    entry = turn.catalog.faq.get(arguments[0]) if arguments else None
    if entry is None:
        return [start.old_button(turn)]
    question = await meant(turn, arguments[1:])
    if question is None:
        question = QuestionLog(
            asked_at=turn.now,
            channel=turn.account.channel,
            text=entry.question,
            kind=AnswerKind.FAQ,
            score=SURE,
        )
    question.faq = entry.id
    turn.db.add(question)
    return [answered(turn, entry, name_of(question))]


def name_of(question: QuestionLog) -> str:
    """What a button carries to name the question; rows from before there were codes have a number only."""
    return question.code or str(question.id)


async def meant(turn: Turn, arguments: list[str]) -> QuestionLog | None:
    """The logged question a button carries, when it carries one."""
    return await question_named(turn.db, arguments[0]) if arguments else None


CHOICES: dict[str, Handler] = {"faq": chosen}
INTENTS: dict[str, Handler] = {}
