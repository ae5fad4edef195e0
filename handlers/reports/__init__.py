"""Progress reports: filled in by officers in the chat, looked at by the department, added up for the province."""

from __future__ import annotations

from handlers.reports.filling import NAME
from handlers.reports.form import answer, resume, set_aside
from handlers.reports.lists import CHOICES, INTENTS

__all__ = ["CHOICES", "INTENTS", "NAME", "answer", "resume", "set_aside"]
