"""What Telegram can carry. Apart from the rest, so that a preview can ask without loading aiogram."""

from bot.channels.base import PICTURES, Capabilities, FileKind

CAPABILITIES = Capabilities(
    text_limit=4096,
    buttons=30,  # more, with labels of this length, come near the 10 kB Telegram allows one keyboard
    button_label=64,
    bold=True,
    one_tap_call=False,  # tel: is not allowed in a button; the apps make numbers in the text tappable
    sends_per_second=25.0,  # Telegram asks for no more than about 30
    files=(
        FileKind(largest=10 * 1024 * 1024, media_types=PICTURES, picture=True),  # sendPhoto
        FileKind(largest=50 * 1024 * 1024),  # sendDocument
    ),
)
