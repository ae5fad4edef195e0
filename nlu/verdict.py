"""What understanding a message comes to: the vocabulary of this room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

INTENTS = (
    "start_report", "view_my_tasks", "view_deadlines", "edit_report", "report_status", "subscribe_digest",
    "unsubscribe_digest", "view_digest", "acknowledge_digest", "search_directive", "register_contact", "change_agency",
    "send_feedback", "report_fake_news", "ticket_status", "human_handoff", "delete_my_data", "help_menu", "greet",
    "thanks_bye",
)  # fmt: skip
"""What people ask Loa to do, beside answering."""


class Level(StrEnum):
    """Whether something harmful is happening now."""

    CERTAIN = "certain"
    """The emergency card comes first."""
    POSSIBLE = "possible"
    """One line with the number heads the normal answer."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Emergency:
    """The emergency in a message, if there is one. ``type`` is an id of ``content/vi/emergency.yaml``."""

    level: Level = Level.NONE
    domain: str | None = None
    """``food`` or ``fire``."""
    type: str | None = None


class UnderstandingKind(StrEnum):
    EMERGENCY = "emergency"
    FAQ = "faq"
    CLARIFY = "clarify"
    """In scope but not sure which entry: the person is offered ``alternatives``."""
    INTENT = "intent"
    FALLBACK = "fallback"
    """Outside what the bot answers."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message means, without knowing who sent it."""

    text: str
    kind: UnderstandingKind
    faq: str | None = None
    """Best entry; also set when the kind is EMERGENCY."""
    intent: str | None = None
    score: float = 0.0
    alternatives: tuple[str, ...] = ()
    """Entries, best first, at most three, the chosen one included."""
    emergency: Emergency = Emergency()

    def to_json(self, answer: str) -> dict[str, Any]:
        """The object ``loa ask`` prints."""
        return {
            "text": self.text,
            "kind": self.kind.value,
            "faq": self.faq,
            "intent": self.intent,
            "score": round(self.score, 4),
            "alternatives": list(self.alternatives),
            "emergency": {
                "level": self.emergency.level.value,
                "domain": self.emergency.domain,
                "type": self.emergency.type,
            },
            "answer": answer,
        }
