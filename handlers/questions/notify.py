"""Telling somebody when a person has answered a question Loa could not: one button, pressed to agree.

Without it a question stays anonymous. The button names the question together with a mark only this account's button
can carry, so that nobody can have himself told what somebody else asked.
"""

from __future__ import annotations

from datetime import timedelta
from hmac import compare_digest

from handlers import start
from handlers.messages import Choice, Reply, choice_value
from handlers.questions.faq import meant, name_of
from handlers.turn import Handler, Turn
from storage.columns import keyring
from storage.contacts import Purpose, give_consent, has_consent
from storage.proposals import Decided, QuestionDecision
from storage.questions import QuestionLog

NAME = "notify"
KEPT = timedelta(days=30)
"""How long after it was asked a question may be linked to an account."""
_MARK = 12
"""Letters of the mark: 48 bits."""


def wording(turn: Turn) -> str:
    """What is agreed to by pressing the button."""
    department = turn.catalog.province.department.name
    return turn.text("citizen.notify.consent", department=department, days=KEPT.days)


def button(turn: Turn, question: QuestionLog) -> Choice:
    """The button; the reply it stands under must hold :func:`wording`."""
    return turn.choice("citizen.button.notify", choice_value(NAME, name_of(question), _mark(turn, name_of(question))))


def was_offered(turn: Turn, value: str) -> bool:
    """Whether the last answer in this talk offered the value: whoever makes one up learns of no question by it."""
    return value in [offered for _, offered in turn.conversation.offered]


def _mark(turn: Turn, question: str) -> str:
    return keyring().blind_index(f"{NAME} {turn.account.address} {question}")[:_MARK]


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``notify:<question>:<mark>``."""
    name, mark = arguments if len(arguments) == 2 else ("", "")
    if not (mark.isascii() and compare_digest(mark, _mark(turn, name))):
        return [start.old_button(turn)]
    question = await meant(turn, [name])
    if question is None or question.account_id not in (None, turn.account.id):
        return [start.old_button(turn)]
    human, menu = turn.choice("citizen.button.human", "human"), turn.choice("citizen.button.menu", "menu")
    if question.asked_at < turn.now - KEPT or await _is_settled(turn, question):
        return [turn.say("citizen.notify.over", human, menu)]
    assert turn.account.id is not None
    if not await has_consent(turn.db, turn.account.id, Purpose.ANSWER, wording(turn)):
        await give_consent(turn.db, turn.account.id, Purpose.ANSWER, wording(turn), turn.now)
    question.account_id = turn.account.id
    turn.db.add(question)
    my_data = turn.choice("citizen.button.my_data", choice_value("privacy", "view"))
    return [turn.say("citizen.notify.kept", my_data, menu, days=KEPT.days)]


async def _is_settled(turn: Turn, question: QuestionLog) -> bool:
    """Whether the department is through with the question: nobody would look at it again."""
    if question.decision_id is None:
        return False
    decision = await turn.db.get(QuestionDecision, question.decision_id)
    return decision is not None and decision.decided is not Decided.DRAFTED


CHOICES: dict[str, Handler] = {NAME: pressed}
INTENTS: dict[str, Handler] = {}
