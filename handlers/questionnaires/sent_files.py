"""Photos and documents as answers: several in a row, the last one taken back."""

from __future__ import annotations

from dataclasses import replace

from content.questionnaires import FILES, Kind
from handlers.messages import Reply
from handlers.questionnaires.asking import ask_again, question
from handlers.questionnaires.filling import Filling, Mode

MOST_FILES = 5
"""Photos or documents in one answer."""


async def received(filling: Filling) -> Reply:
    """Photos or documents were sent as the answer to the open question."""
    turn, asked = filling.turn, filling.asked
    if filling.mode is not Mode.ASK or asked is None or asked.kind not in FILES or filling.asking is None:
        return ask_again(filling)
    arrived = [
        {"file": one.file_id, "name": one.name, "type": one.media_type}
        for one in turn.message.attachments
        if asked.kind is Kind.FILE or one.media_type.startswith("image/")
    ]
    if not arrived:
        return replace(question(filling), text=turn.text("forms.not_a_photo"))
    kept = filling.answers.get(filling.asking)
    files = [*(kept if isinstance(kept, list) else []), *arrived]
    filling.answers[filling.asking] = files[:MOST_FILES]
    filling.failures = 0
    await filling.keep()
    key = "forms.files_full" if len(files) >= MOST_FILES else "forms.files_taken"
    return replace(question(filling), text=turn.text(key, count=len(files[:MOST_FILES]), most=MOST_FILES))


async def without_last_file(filling: Filling) -> Reply:
    assert filling.asking is not None
    kept = filling.answers.get(filling.asking)
    if not isinstance(kept, list) or not kept:
        return ask_again(filling)
    if len(kept) == 1:
        del filling.answers[filling.asking]
    else:
        filling.answers[filling.asking] = kept[:-1]
    await filling.keep()
    return question(filling, [filling.turn.text("forms.file_dropped", count=len(kept) - 1)])
