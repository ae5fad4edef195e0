"""Updates fetched by long polling: what a bot without a public address uses."""

from __future__ import annotations

import json
from typing import Any

import structlog
from aiogram.methods import DeleteWebhook, TelegramMethod

from bot.channels.base import Accept, Arrival
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.errors import CONFLICT
from bot.channels.telegram.pauses import Pauses
from bot.channels.telegram.updates import NAME, WANTED
from bot.errors import SendError

HOLD = 25
"""Seconds Telegram keeps a poll open while there is nothing to tell."""
PATIENCE = 10.0
"""Seconds beyond ``HOLD`` after which a poll counts as lost."""

log = structlog.get_logger()


class _Updates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates, with the updates as they came: one that cannot be read must not hold up those after it."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int = HOLD
    allowed_updates: list[str] = WANTED


class TelegramPoller:
    """Fetches updates and hands each to ``accept``. Only one may run for a bot."""

    def __init__(self, api: BotApi, accept: Accept, pauses: Pauses | None = None, hold: int = HOLD) -> None:
        self._api = api
        self._accept = accept
        self._pauses = pauses or Pauses()
        self._hold = hold
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll until cancelled. No fault ends it: each is logged and followed by a growing pause.

        An update counts as taken once ``accept`` has returned. Telegram hears of it with the next poll, so a crash or
        a cancellation in between brings the update again, and never loses one.
        """
        pushed = True
        while True:
            try:
                if pushed:
                    await self._api(DeleteWebhook())
                    pushed = False
                await self._poll()
            except SendError as error:
                pushed = pushed or error.code == CONFLICT  # another poller, or a webhook set by somebody
                log.warning("telegram.poll_failed", code=error.code, error=error.key)
                await self._pauses.after(error)
            except Exception as error:
                log.error("telegram.update_not_accepted", error=type(error).__name__)
                await self._pauses.after(error)
            else:
                self._pauses.reset()

    async def _poll(self) -> None:
        batch = await self._api(_Updates(offset=self._offset, timeout=self._hold), limit=self._hold + PATIENCE)
        for update in batch:
            number = update["update_id"]
            await self._accept(NAME, Arrival(str(number), json.dumps(update)))
            self._offset = number + 1
        if not batch:
            # All is confirmed by now, and after a quiet week Telegram may begin again at a lower number.
            self._offset = None
