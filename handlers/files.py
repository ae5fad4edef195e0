"""Stored files as attachments of replies, and files people send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from content.text import Texts
from handlers.messages import Attachment, Message, Reply, plain
from handlers.turn import Turn
from storage.files import StoredFile

AWAITS_FILE = "awaits_file"
"""Key of ``conversation.form``, true while the question asked wants a photo or a document: then what comes is fetched
and the form's ``answer`` finds it in ``turn.message.attachments``."""
DOCUMENT = "file"
"""``Message.media`` of what is neither photo nor sticker."""


def attached(text: Texts, file: StoredFile, instead: str = "") -> Attachment:
    """``file`` as what a reply carries. ``file`` must have been flushed: it is named by its id.

    ``instead`` is the sentence for where the file cannot go, when the department's office is not the place to ask.
    """
    assert file.id is not None
    instead = instead or text("files.instead", name=plain(file.name))
    return Attachment(file.id, file.name, file.media_type, file.size, instead)


def wanted(message: Message, is_officer: bool, form: Mapping[str, Any]) -> bool:
    """Whether the files of a message are to be fetched and kept: a form asked for one, or an officer sends a document.
    A citizen's photo nobody asked for is neither looked at nor kept."""
    return bool(message.files) and (bool(form.get(AWAITS_FILE)) or (is_officer and message.media == DOCUMENT))


def refused(turn: Turn) -> Reply:
    """Why a file was not taken in, and what to do."""
    assert turn.message.file_fault is not None
    return turn.say(f"files.fault.{turn.message.file_fault.value}", turn.choice("citizen.button.menu", "menu"))
