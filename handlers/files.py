"""Stored files as attachments of replies."""

from __future__ import annotations

from content.text import Texts
from handlers.messages import Attachment, plain
from storage.files import StoredFile


def attached(text: Texts, file: StoredFile, instead: str = "") -> Attachment:
    """``file`` as what a reply carries. ``file`` must have been flushed: it is named by its id.

    ``instead`` is the sentence for where the file cannot go, when the department's office is not the place to ask.
    """
    assert file.id is not None
    instead = instead or text("files.instead", name=plain(file.name))
    return Attachment(file.id, file.name, file.media_type, file.size, instead)
