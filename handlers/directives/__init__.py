"""Directives in chat: finding them, their items, plans and tasks."""

from handlers.directives.searching import CHOICES, INTENTS

__all__ = ["CHOICES", "INTENTS"]
