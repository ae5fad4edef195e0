"""What Zalo can carry. Apart from the rest, so that a preview can ask without opening a client."""

from bot.channels.base import Capabilities

CAPABILITIES = Capabilities(
    text_limit=1900,  # Zalo's limit is 2000; in which unit it counts is not documented
    buttons=5,
    button_label=20,  # not documented for these messages; 20 is what careful clients keep to
    one_tap_call=True,
    sends_per_second=50.0,  # 4000 requests a minute, a quarter of them kept for answers
)
