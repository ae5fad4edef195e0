"""Forms of the department (:mod:`content.questionnaires`): published by it, filled in by officers in the chat."""

from __future__ import annotations

from handlers.questionnaires.conversation import answer, pressed, resume, set_aside
from handlers.questionnaires.filling import NAME
from handlers.questionnaires.lists import CHOICES as LISTS
from handlers.turn import Handler

CHOICES: dict[str, Handler] = {**LISTS, "bm": pressed}
INTENTS: dict[str, Handler] = {}

__all__ = ["CHOICES", "INTENTS", "NAME", "answer", "resume", "set_aside"]
