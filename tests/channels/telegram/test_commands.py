"""The command menu: what Telegram takes, and what the house answers."""

from __future__ import annotations

import re

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.commands import publish_commands
from content.text import Texts
from handlers.choices import folded
from handlers.router import COMMANDS
from tests.simulators.telegram import TelegramSimulator


async def test_telegram_takes_the_menu(telegram: TelegramSimulator, channel: TelegramChannel, texts: Texts) -> None:
    await publish_commands(channel.api, texts)
    assert list(telegram.commands.items()) == list(texts.section("telegram.commands").items())
    assert next(iter(telegram.commands)) == "menu"


def test_every_command_is_answered(texts: Texts) -> None:
    for name, description in texts.section("telegram.commands").items():
        assert folded(name).replace(" ", "") in {"huy", *COMMANDS}, name
        assert re.fullmatch(r"\S.{2,59}", description), "longer ones are cut on a phone"
