"""How long a form waits, when it steps back, and what it lets pass: the same for every form in the chat."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.turn import Turn
from nlu.verdict import UnderstandingKind

SURE = 0.8
"""Score from which a sentence counts as a question although the form might read an answer in it."""
ANSWER_WORDS = 4
"""A line of at most so many words is an answer, whatever it resembles."""
SHORTEST_REASON, LONGEST_REASON = 3, 300
"""Letters of a reason for an unlikely answer, and characters."""
YES = frozenset({"dung", "dung roi", "dung vay", "dung the", "co", "vang", "da", "ok", "phai"})
"""What is no reason."""
ENOUGH = 3
"""Refused answers to one question after which a person is offered."""
SILENCE = timedelta(hours=12)
"""After so long a written answer is not expected any more: the next sentence is about something else."""
LOOKING = frozenset(
    {
        "view_my_tasks", "view_deadlines", "view_digest", "report_status", "search_directive", "ticket_status",
        "help_menu", "greet", "thanks_bye",
    }
)  # fmt: skip
"""Intents that may be answered in the middle of a form: they only look, and open no form of their own."""


def left_long_ago(turn: Turn) -> bool:
    """Whether the open form, which keeps when it was last written, has waited longer than an answer is expected."""
    return turn.now - datetime.fromisoformat(turn.conversation.form["at"]) > SILENCE


def asks_something(turn: Turn) -> bool:
    """Whether the line means something that may be answered without leaving the form."""
    understanding = turn.understanding
    if understanding.kind is UnderstandingKind.INTENT:
        return understanding.intent in LOOKING
    return understanding.kind is UnderstandingKind.FAQ
