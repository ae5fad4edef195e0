"""The commands Telegram offers in its menu beside the text field."""

from __future__ import annotations

from aiogram.methods import SetMyCommands
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats

from bot.channels.telegram.api import BotApi
from bot.channels.telegram.pauses import Pauses
from content.text import Texts


async def publish_commands(api: BotApi, text: Texts, pauses: Pauses | None = None) -> None:
    """Set the menu to the commands of ``telegram.commands``, in their order.

    Tries again for as long as Telegram cannot be reached. Raises BadCredentials or Rejected when it refuses.
    """
    commands = [BotCommand(command=name, description=said) for name, said in text.section("telegram.commands").items()]
    await api.insist(SetMyCommands(commands=commands, scope=BotCommandScopeAllPrivateChats()), pauses or Pauses())
