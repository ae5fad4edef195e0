"""From what somebody brings to what is kept for review: its text, its reading, and everything doubtful about it."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from bot.imports import ImportFault, doubt_words, in_words, read_text, text_of
from bot.task_sheets import read_sheet, sheet_reading
from content.catalog import Catalog
from handlers.directives.importing import Brought
from nlu.documents.stamps import bears_secret_stamp

PASTED = "van-ban.txt"
"""What pasted text is called."""
SHEET = ".xlsx"


def bring(name: str, content: bytes, catalog: Catalog, secret: bool = False) -> Brought:
    """Read a file called ``name``.

    Raises ImportFault; for a secret document too, unless ``secret`` says that it is only shown and not kept.
    """
    if PurePath(name).suffix.lower() == SHEET:
        sheet = read_sheet(content, catalog)
        if bears_secret_stamp("\n".join(sheet.rows)) and not secret:
            raise ImportFault("confidential")
        doubts: list[dict[str, Any]] = [
            {"code": "cell", "line": None, "about": "", "words": error.sentence(catalog.text)} for error in sheet.errors
        ]
        return Brought(name, content, "\n".join(sheet.rows), sheet_reading(sheet, catalog.text), doubts)
    text = text_of(name, content)
    found = read_text(text, catalog)
    if found.heading.confidential and not secret:
        raise ImportFault("confidential")
    doubts = [
        {"code": doubt.code, "line": doubt.line, "about": doubt.about, "words": doubt_words(catalog.text, doubt)}
        for doubt in found.doubts
    ]
    return Brought(name, content, text, in_words(found, catalog.text), doubts)
