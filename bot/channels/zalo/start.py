"""What is needed around the channel where Zalo pushes to us and where it is looked after."""

from __future__ import annotations

from bot.channels.base import Accept, Channel
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.recovery import Recovery
from bot.channels.zalo.watch import EVERY, ZaloWatch
from bot.channels.zalo.webhook import ZaloWebhook
from bot.clock import Clock
from bot.config import Settings
from storage.database import Database


def zalo_webhook(settings: Settings, channel: Channel) -> ZaloWebhook:
    """The webhook whose findings about signatures the channel shows."""
    return ZaloWebhook(
        settings.zalo_app_id,
        settings.zalo_oa_secret.get_secret_value(),
        settings.zalo_app_secret.get_secret_value(),
        channel.signatures if isinstance(channel, ZaloChannel) else None,
    )


def zalo_watch(
    settings: Settings, channel: Channel, db: Database, clock: Clock, accept: Accept, every: float = EVERY
) -> ZaloWatch:
    """The watch over the configured account, which looks every so many seconds."""
    assert isinstance(channel, ZaloChannel)
    recovery = Recovery(channel.api, settings.zalo_app_id, settings.zalo_oa_id, db, accept)
    return ZaloWatch(channel, recovery, settings.zalo_oa_id, db, clock, every)
