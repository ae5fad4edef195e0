"""What each channel can carry, by name, without loading any platform's library."""

from __future__ import annotations

from bot.channels import terminal, webchat
from bot.channels.base import Capabilities
from bot.channels.telegram.capabilities import CAPABILITIES as TELEGRAM
from bot.channels.zalo.capabilities import CAPABILITIES as ZALO
from bot.channels.zalobot_capabilities import CAPABILITIES as ZALOBOT

CAPABILITIES: dict[str, Capabilities] = {
    "zalo": ZALO,
    "telegram": TELEGRAM,
    "zalobot": ZALOBOT,
    "webchat": webchat.WebchatChannel.capabilities,
    "terminal": terminal.TerminalChannel.capabilities,
}
"""In the order they are shown."""
