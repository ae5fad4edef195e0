"""A consolidated report as a file: Word for signing, a sheet for reckoning, JSON for other systems."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

from content.catalog import Catalog

Json = dict[str, Any]


class Format(StrEnum):
    DOCX = "docx"
    XLSX = "xlsx"
    JSON = "json"


def export(report: Json, catalog: Catalog, form: Format, path: Path) -> None:
    """Write the report (of ``handlers.reports.consolidated``) to ``path``, which is replaced as a whole or not at all.

    Raises OSError when the file cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        match form:
            case Format.DOCX:
                from bot.exports.docx import write_docx  # lxml and its friends only when a file is wanted

                write_docx(report, catalog, unfinished)
            case Format.XLSX:
                from bot.exports.xlsx import write_xlsx

                write_xlsx(report, catalog, unfinished)
            case Format.JSON:
                unfinished.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
