"""What the department asks about single answers of a report: one card each, settled by a new answer or by words."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.forms.bubbles import LONGEST_SHOWN, below
from handlers.messages import Reply, choice_value, plain
from handlers.plans.duties import short
from handlers.reports.answers import key_of, label, shown
from handlers.reports.filling import Filling
from handlers.reports.questions import filling_choice

SHORTEST, LONGEST = 3, 500
"""Letters of an explanation, and characters."""


def card(filling: Filling, said: Sequence[str] = ()) -> Reply:
    """The answer in question, what is asked about it, and the ways to settle it."""
    turn, slot = filling.turn, filling.asking
    assert slot is not None
    marks, left = filling.report.marks, filling.open_marks
    text = turn.text(
        "report.correct.card",
        number=len(marks) - len(left) + 1,
        count=len(marks),
        label=label(turn.text, slot, filling.indicators),
        value=short(shown(turn.text, slot, filling.slots[slot], filling.indicators), LONGEST_SHOWN),
        reason=plain(marks[key_of(slot, filling.indicators)]),
    )
    choices = (
        turn.choice("report.correct.button.fix", filling_choice(filling, "edit", slot)),
        turn.choice("report.correct.button.explain", filling_choice(filling, "explain")),
        turn.choice("report.button.save", filling_choice(filling, "save")),
        turn.choice("extension.button.ask", choice_value("extension", "ask", filling.subject)),
    )
    return Reply(below(said, [text]), choices)


def explain_question(filling: Filling) -> Reply:
    """Ask why the answer stays as it is."""
    turn, slot = filling.turn, filling.asking
    assert slot is not None
    back = turn.choice("report.button.back", filling_choice(filling, "back"))
    return turn.say("report.correct.explain", back, label=label(turn.text, slot, filling.indicators))


def explain(filling: Filling, text: str) -> bool:
    """Keep the explanation of the answer in question; False when it says nothing."""
    if sum(letter.isalpha() for letter in text) < SHORTEST or filling.asking is None:
        return False
    key = key_of(filling.asking, filling.indicators)
    filling.answers = {**filling.answers, "explained": {**filling.explained, key: text[:LONGEST]}}
    return True
