"""What a process does for Telegram besides answering: fetch updates, or see to it that they are pushed."""

from __future__ import annotations

from collections.abc import Coroutine

import structlog

from bot.channels.base import Accept, Channel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.commands import publish_commands
from bot.channels.telegram.poller import TelegramPoller
from bot.channels.telegram.webhook import keep_webhook
from bot.config import Settings
from bot.errors import SendError

log = structlog.get_logger()


async def start_telegram(settings: Settings, channel: Channel, accept: Accept) -> Coroutine[None, None, None]:
    """The work to run in the background until cancelled: polling, or looking after the webhook, as the settings say.

    Nothing is waited for here, so that a start needs no Telegram.
    """
    if not isinstance(channel, TelegramChannel):
        raise TypeError(f"not the Telegram channel: {channel!r}")
    return _work(settings, channel, accept)


async def _work(settings: Settings, channel: TelegramChannel, accept: Accept) -> None:
    try:
        await publish_commands(channel.api, channel.text)
    except SendError as error:  # without its menu the bot still answers
        log.warning("telegram.commands_refused", code=error.code, error=error.key)
    if settings.telegram_mode == "polling":
        await TelegramPoller(channel.api, accept).run()
    else:
        secret = settings.telegram_webhook_secret.get_secret_value()
        await keep_webhook(channel.api, settings.base_url, secret)
