"""Updates pushed by Telegram: checking what arrives, and telling Telegram where to push."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Mapping

import structlog
from aiogram.methods import GetWebhookInfo, SetWebhook

from bot.channels.base import Arrival, MalformedUpdate, WrongSignature
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.pauses import Pauses
from bot.channels.telegram.updates import WANTED, parse_update
from bot.errors import SendError

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name, not a secret
LARGEST_UPDATE = 1024 * 1024
"""Bytes. Telegram's own updates are a few kilobytes."""
PATH = "/webhooks/telegram"
CHECK_EVERY = 3600.0
"""Seconds between two looks at the webhook."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

log = structlog.get_logger()


class TelegramWebhook:
    """Lets in what carries the secret we gave Telegram, and is an update."""

    def __init__(self, secret: str) -> None:
        """Raises ValueError when Telegram would not take the secret: 1 to 256 of A-Z a-z 0-9 _ - are allowed."""
        if not _SECRET.fullmatch(secret):
            raise ValueError("a webhook secret consists of 1 to 256 characters A-Z a-z 0-9 _ -")
        self._secret = secret.encode()

    def receive(self, headers: Mapping[str, str], body: bytes) -> Arrival:
        """The update in a request. Raises WrongSignature or MalformedUpdate. Header names are lower case."""
        given = headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret):
            raise WrongSignature("wrong secret token" if given else "no secret token")
        if len(body) > LARGEST_UPDATE:
            raise MalformedUpdate(f"{len(body)} bytes")
        try:
            payload = body.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedUpdate("not UTF-8") from None
        return Arrival(str(parse_update(payload)["update_id"]), payload)


async def register_webhook(api: BotApi, base_url: str, secret: str, pauses: Pauses | None = None) -> None:
    """Have Telegram push updates to ``base_url``; updates that waited meanwhile are delivered.

    Tries again for as long as Telegram cannot be reached. Raises BadCredentials or Rejected when it refuses.
    """
    method = SetWebhook(url=_address(base_url), secret_token=secret, allowed_updates=WANTED)
    await api.insist(method, pauses or Pauses())


async def keep_webhook(
    api: BotApi, base_url: str, secret: str, pauses: Pauses | None = None, every: float = CHECK_EVERY
) -> None:
    """Register the webhook, then look after it until cancelled: set it again when somebody has changed it, and log
    what keeps Telegram from delivering. Raises BadCredentials or Rejected when Telegram refuses it."""
    await register_webhook(api, base_url, secret, pauses)
    while True:
        await asyncio.sleep(every)
        try:
            hook = await api(GetWebhookInfo())
        except SendError as error:
            log.warning("telegram.webhook_unchecked", code=error.code, error=error.key)
            continue
        if hook.url != _address(base_url):
            log.warning("telegram.webhook_changed")
            await register_webhook(api, base_url, secret, pauses)
        elif hook.pending_update_count and hook.last_error_message:
            log.warning("telegram.webhook_failing", waiting=hook.pending_update_count, reason=hook.last_error_message)


def _address(base_url: str) -> str:
    return base_url.rstrip("/") + PATH
