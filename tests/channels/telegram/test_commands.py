"""The command menu, as Telegram takes it. That the house answers each command is asked of the whole house."""

from __future__ import annotations

import re

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.commands import publish_commands
from content.text import Texts
from simulators.telegram import TelegramSimulator


async def test_telegram_takes_the_menu(telegram: TelegramSimulator, channel: TelegramChannel, texts: Texts) -> None:
    await publish_commands(channel.api, texts)
    assert list(telegram.commands.items()) == list(texts.section("telegram.commands").items())
    assert next(iter(telegram.commands)) == "menu"


def test_descriptions_fit_the_menu(texts: Texts) -> None:
    for description in texts.section("telegram.commands").values():
        assert re.fullmatch(r"\S.{2,59}", description), "longer ones are cut on a phone"
