"""Messages the webhook never brought: read from Zalo's conversations after an outage and taken up like events.

Zalo gives up after some two hours and switches the webhook off. What was written meanwhile is only in the
conversations. Each message found there becomes the event it would have been, with the same id: taking one up twice is
harmless.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.channels.base import Accept, Arrival
from bot.channels.zalo.answers import Line
from bot.channels.zalo.api import MOST_CHATS, ZaloApi
from bot.channels.zalo.events import NAME, event_id
from storage.database import Database
from storage.updates import updates_known

log = structlog.get_logger()

MOST_PEOPLE = 300
"""Conversations looked at after one outage, newest first."""
MOST_LINES = 50
"""Messages looked at in one conversation."""


class Recovery:
    """Reads what was missed. Only text can be recovered whole."""

    def __init__(self, api: ZaloApi, app_id: str, oa_id: str, db: Database, accept: Accept) -> None:
        self._api = api
        self._app_id = app_id
        self._oa_id = oa_id
        self._db = db
        self._accept = accept

    async def between(self, moment: datetime, until: datetime) -> int:
        """Take up every message written after ``moment`` that nobody has brought; how many. Raises SendError.

        Those after ``until`` may still be on their way.
        """
        found = 0
        for offset in range(0, MOST_PEOPLE, MOST_CHATS):
            chats = await self._api.recent_chats(offset)
            fresh = [chat for chat in chats if chat.user_id and chat.sent_at is not None and chat.sent_at > moment]
            for chat in fresh:
                if not _is_own_text(chat) or await self._missing([chat]):
                    found += await self._take(await self._written_by(chat.user_id, moment, until))
            if len(fresh) < MOST_CHATS:
                break
        if found:
            log.warning("zalo.recovered", messages=found)
        return found

    async def _written_by(self, user_id: str, moment: datetime, until: datetime) -> list[Line]:
        """What somebody has written since, oldest first."""
        lines: list[Line] = []
        for offset in range(0, MOST_LINES, MOST_CHATS):
            page = await self._api.conversation(user_id, offset)
            fresh = [line for line in page if line.sent_at is not None and line.sent_at > moment]
            lines += [line for line in fresh if line.sent_at is not None and line.sent_at <= until]
            if len(fresh) < MOST_CHATS:
                break
        return lines[::-1]

    async def _take(self, lines: Sequence[Line]) -> int:
        missing = await self._missing(lines)
        for arrival in missing:
            await self._accept(NAME, arrival)
        return len(missing)

    async def _missing(self, lines: Sequence[Line]) -> list[Arrival]:
        arrivals = [self._arrival(line) for line in lines if _is_own_text(line) and line.text and line.message_id]
        async with self._db.reading() as db:
            known = await updates_known(db, NAME, [arrival.external_id for arrival in arrivals])
        return [arrival for arrival in arrivals if arrival.external_id not in known]

    def _arrival(self, line: Line) -> Arrival:
        assert line.sent_at is not None
        event = {
            "event_name": "user_send_text",
            "app_id": self._app_id,
            "sender": {"id": line.user_id},
            "recipient": {"id": self._oa_id},
            "message": {"text": line.text, "msg_id": line.message_id},
            "timestamp": str(round(line.sent_at.timestamp() * 1000)),
        }
        payload = json.dumps(event, ensure_ascii=False)
        return Arrival(event_id(event, payload), payload)


def _is_own_text(line: Line) -> bool:
    """Whether the line can be taken up as it is."""
    return line.from_user and line.kind == "text"
