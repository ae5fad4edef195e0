"""What runs in the background for Telegram, by setting."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from aiogram.methods import GetUpdates, SetMyCommands
from pydantic import SecretStr

from bot.channels.base import Arrival
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.start import start_telegram
from bot.channels.telegram.webhook import PATH
from bot.config import Settings
from simulators.telegram import Person, TelegramSimulator, refused


async def accept(_: str, __: Arrival) -> None:
    """Written down."""


async def test_polling(telegram: TelegramSimulator, channel: TelegramChannel, an: Person) -> None:
    await an.says("một")
    running = asyncio.create_task(await start_telegram(Settings(telegram_mode="polling"), channel, accept))
    await telegram.taken()
    assert telegram.commands
    assert telegram.called(GetUpdates)
    assert not running.done()
    running.cancel()


async def test_webhook(telegram: TelegramSimulator, channel: TelegramChannel) -> None:
    settings = Settings(
        telegram_mode="webhook",
        telegram_webhook_secret=SecretStr("s3cret-of-the-webhook"),
        public_url="https://loa.example.vn/",
    )
    running = asyncio.create_task(await start_telegram(settings, channel, accept))
    async with asyncio.timeout(30):
        while not telegram.webhook.url:
            await asyncio.sleep(0.005)
    assert telegram.webhook.url == "https://loa.example.vn" + PATH
    assert telegram.webhook.secret == "s3cret-of-the-webhook"
    assert not running.done()
    running.cancel()


async def test_a_menu_telegram_refuses_stops_nothing(
    telegram: TelegramSimulator, channel: TelegramChannel, an: Person
) -> None:
    telegram.fail("setMyCommands", refused(400, "Bad Request: BOT_COMMAND_INVALID"))
    await an.says("một")
    running = asyncio.create_task(await start_telegram(Settings(), channel, accept))
    await telegram.taken()
    assert len(telegram.called(SetMyCommands)) == 1
    running.cancel()


async def test_another_channel_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        await start_telegram(Settings(), object(), accept)  # type: ignore[arg-type, unused-coroutine]


def test_a_preview_does_not_load_aiogram() -> None:
    code = "import sys, bot.channels.telegram.capabilities; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
