"""Writing down what was asked, without who asked it."""

from __future__ import annotations

from handlers.turn import Turn
from nlu.entities.phones import mask_personal
from storage.questions import AnswerKind, QuestionLog, new_code
from storage.standings import new_row


def write_down(turn: Turn, kind: AnswerKind, faq: str | None = None) -> QuestionLog:
    """The question as it was typed, numbers masked, and what was made of it."""
    question = new_row(
        QuestionLog,
        {
            "code": new_code(),
            "asked_at": turn.now,
            "channel": turn.account.channel,
            "text": mask_personal(turn.message.text),
            "kind": kind,
            "faq": faq,
            "intent": turn.understanding.intent,
            "score": turn.understanding.score,
        },
    )
    turn.db.add(question)
    return question
