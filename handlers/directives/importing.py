"""Keeping a document somebody brought as a directive to be reviewed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.directives.draft import draft_of
from storage.archive import archive_directive
from storage.audit import note
from storage.directives import Directive, DirectiveState, store_reading
from storage.files import FilePurpose, keep_file
from storage.reviews import DirectiveReview, review_of_file

KEPT = timedelta(days=20 * 365)
"""An official document's file is kept as long as its directive may be asked for."""
MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".md": "text/markdown",
}


@dataclass(frozen=True, slots=True)
class Brought:
    """A document somebody brought."""

    name: str
    content: bytes
    text: str
    """Its words; for a sheet each row is a line."""
    reading: dict[str, Any]
    doubts: list[dict[str, Any]]
    """``code``, ``line``, ``about`` and the sentence (``words``) of each doubt."""


async def keep(db: AsyncSession, brought: Brought, actor: str, now: datetime) -> tuple[Directive, bool]:
    """The directive, and whether it is new; a file or a reading that is known already is not kept twice.

    The file is kept beside it, sealed. Never commits.
    """
    sha256 = hashlib.sha256(brought.content).hexdigest()
    known = await review_of_file(db, sha256)
    if known is not None:
        return await db.get_one(Directive, known.directive_id), False
    directive = await store_reading(db, brought.reading, now)
    if await db.get(DirectiveReview, directive.id) is not None:
        return directive, False
    kind = MEDIA_TYPES[PurePath(brought.name).suffix.lower()]
    file = await keep_file(db, brought.name, brought.content, kind, FilePurpose.DOCUMENT, now, KEPT)
    db.add(
        DirectiveReview(
            directive_id=directive.id,
            sha256=sha256,
            file_id=file.id,
            source=brought.text,
            doubts=brought.doubts,
            draft=draft_of(brought.reading).model_dump(mode="json"),
        )
    )
    if directive.state is DirectiveState.IMPORTED:
        note(db, actor, "directive.import", f"directive:{directive.id}", now)
    await archive_directive(db, directive)
    return directive, True
