"""What a bot of Zalo's Bot Platform can carry. Apart from the rest: a preview asks without opening a client."""

from bot.channels.base import Capabilities

CAPABILITIES = Capabilities(text_limit=1900, buttons=0, button_label=20, sends_per_second=10.0)
"""No way to send a file of one's own is documented."""
