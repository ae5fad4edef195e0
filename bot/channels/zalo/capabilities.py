"""What Zalo can carry. Apart from the rest, so that a preview can ask without opening a client."""

from datetime import timedelta

from bot.channels.base import PICTURES, Capabilities, FileKind
from handlers.reminders.nudging import Window
from storage.files import WORD

DOCUMENTS = frozenset(
    {
        "application/pdf",
        "application/msword",
        WORD,
    }
)
"""What Zalo takes as a file; spreadsheets are not among it."""
WINDOW = Window(free=timedelta(hours=48), open=timedelta(days=7))
"""Within 48 hours messages cost nothing (unlimited since 2026); until 7 days Zalo bills them; then it refuses."""
CAPABILITIES = Capabilities(
    text_limit=1900,  # Zalo's limit is 2000; in which unit it counts is not documented
    buttons=5,
    button_label=20,  # not documented for these messages; 20 is what careful clients keep to
    one_tap_call=True,
    receipts=True,
    window=WINDOW,
    sends_per_second=50.0,  # 4000 requests a minute, a quarter of them kept for what is no message
    files=(
        FileKind(largest=1024 * 1024, media_types=PICTURES, picture=True),
        FileKind(largest=5 * 1024 * 1024, media_types=DOCUMENTS),
    ),
)
