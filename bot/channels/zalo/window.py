"""The interaction window: how long after somebody's last sign of life the account may write to them."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from enum import StrEnum

import structlog

from bot.channels.zalo.api import ZaloApi
from bot.channels.zalo.capabilities import WINDOW
from bot.channels.zalo.events import NAME
from bot.clock import Clock
from bot.errors import SendError, WindowClosed
from handlers.messages import OPENING, Address, Message
from storage.contacts import account_at, interacted
from storage.database import Database

log = structlog.get_logger()

REMEMBERED = 5000
"""People whose last interaction is kept in memory, so that answering them asks no database."""


class Stage(StrEnum):
    """Where somebody stands; words in ``zalo.window``."""

    FREE = "free"
    BILLED = "billed"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    """Nothing seen of them since Loa takes notes: Zalo decides."""


def stage(last_interaction: datetime | None, now: datetime) -> Stage:
    """Where somebody stands who last interacted then."""
    if last_interaction is None:
        return Stage.UNKNOWN
    age = now - last_interaction
    return Stage.FREE if age <= WINDOW.free else Stage.BILLED if age <= WINDOW.open else Stage.CLOSED


class Windows:
    """Knows whom the account may write to, from events; asks Zalo before it believes that a window is closed."""

    def __init__(self, api: ZaloApi, db: Database, clock: Clock) -> None:
        self._api = api
        self._db = db
        self._clock = clock
        self._seen: OrderedDict[str, datetime] = OrderedDict()

    def saw(self, message: Message) -> None:
        """An event passed by."""
        if message.kind in OPENING:
            self._remember(message.address.user_id, min(message.sent_at, self._clock.now()))

    async def require(self, user_id: str) -> None:
        """Raises WindowClosed when the account may not write to somebody any more: without spending a request on a
        message that would be refused, and after one question in case an event was lost."""
        now = self._clock.now()
        if stage(self._seen.get(user_id), now) in (Stage.FREE, Stage.BILLED):
            return
        address = str(Address(NAME, user_id))
        async with self._db.reading() as db:
            account = await account_at(db, address)
        last = account.last_interaction_at if account else None
        if stage(last, now) is not Stage.CLOSED:
            if last is not None:
                self._remember(user_id, last)
            return
        try:
            told = (await self._api.user_quota(user_id)).last_interaction
        except SendError as error:
            log.info("zalo.window_not_asked", code=error.code)
            return
        if told is None or stage(told, now) is Stage.CLOSED:
            raise WindowClosed("window", f"{(told or last or now).isoformat()}")
        self._remember(user_id, told)
        async with self._db.session() as db:
            account = await account_at(db, address)
            if account is not None:
                interacted(account, told)
                db.add(account)
                await db.commit()

    def _remember(self, user_id: str, moment: datetime) -> None:
        known = self._seen.pop(user_id, None)
        self._seen[user_id] = moment if known is None or known < moment else known
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
