"""Messages that arrive late: a platform tries again for hours when it could not reach us, and more was said since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.messages import Kind, Message, Reply
from handlers.turn import LOCAL, Turn

LATE = timedelta(minutes=30)
"""From then on an answer says when the question was asked."""
TOO_LATE = timedelta(hours=24)
"""From then on a question is not answered any more: whoever asked has found out or asked again."""
GREETING_LATE = timedelta(hours=1)
"""From then on nobody is greeted any more."""


def is_too_late(message: Message, now: datetime) -> bool:
    """Whether an answer would make no sense any more. What a tap or a shared number asks for is done all the same."""
    age = now - message.sent_at
    if message.kind is Kind.FOLLOWED:
        return age > GREETING_LATE and not message.start_code
    return message.kind in (Kind.TEXT, Kind.MEDIA) and age > TOO_LATE


def dated(turn: Turn, replies: Sequence[Reply]) -> list[Reply]:
    """The replies, the first one saying which message it answers when that was a while ago."""
    sent_at = turn.message.sent_at
    if not replies or turn.message.kind is not Kind.TEXT or turn.now - sent_at < LATE:
        return list(replies)
    line = turn.text("citizen.late", moment=f"{sent_at.astimezone(LOCAL):%H:%M %d/%m/%Y}")
    return [replace(replies[0], text=f"{replies[0].text}\n\n{line}"), *replies[1:]]
