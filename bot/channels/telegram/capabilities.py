"""What Telegram can carry. Apart from the rest, so that a preview can ask without loading aiogram."""

from bot.channels.base import PICTURES, Capabilities, FileKind

CAPABILITIES = Capabilities(
    text_limit=4096,
    buttons=30,  # more, with labels of this length, come near the 10 kB Telegram allows one keyboard
    button_label=64,
    bold=True,
    one_tap_call=False,  # tel: is not allowed in a button; the apps make numbers in the text tappable
    sends_per_second=30.0,  # "no more than about 30 messages per second" to different chats
    chat_seconds=1.0,  # "avoid sending more than one message per second" in one chat
    group_seconds=3.0,  # "no more than 20 messages per minute" in one group
    group_mark="-",
    files=(
        FileKind(largest=10 * 1024 * 1024, media_types=PICTURES, picture=True),  # sendPhoto
        FileKind(largest=50 * 1024 * 1024),  # sendDocument
    ),
)
