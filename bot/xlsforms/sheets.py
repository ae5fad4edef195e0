"""The sheets of an XLSForm as rows of text, each cell with its name in Excel; only as large as a form may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.imports import ImportFault
from bot.workbooks import opened
from handlers.messages import clean_text

MOST_UNPACKED = 8 * 1024 * 1024
"""Bytes of a form unpacked: a thousand questions take a fifth of it."""
MOST_ROWS, MOST_COLUMNS = 2_000, 60
SURVEY, CHOICES, SETTINGS = "survey", "choices", "settings"
_BETWEEN = re.compile(r"\s*::?\s*")


@dataclass(slots=True)
class Row:
    """One row of a sheet that has anything in it."""

    number: int
    cells: dict[str, str]
    """By heading, as written: ``label::Tiếng Việt (vi)``."""


@dataclass(slots=True)
class Sheet:
    """One sheet of the form."""

    name: str
    headings: dict[str, int]
    """Columns by heading."""
    rows: list[Row]

    def cell(self, row: Row | None, base: str) -> str:
        """The name of the row's cell below the first heading that means ``base``."""
        if row is None:
            return ""
        column = next((place for heading, place in self.headings.items() if base_of(heading) == base), 1)
        return f"{get_column_letter(column)}{row.number}"


def base_of(heading: str) -> str:
    """What a heading means, without its language: ``label::Tiếng Việt (vi)`` is ``label``; those of Loa's own columns
    keep both parts."""
    first, *rest = _BETWEEN.split(heading.strip().lower())
    base = first.replace(" ", "_").replace("-", "_")
    if base in ("loa", "bind", "media", "body", "control", "instance") and rest:
        return f"{base}::{rest[0]}"
    return base


def language_of(heading: str) -> str:
    """The language of a heading; empty without one."""
    parts = _BETWEEN.split(heading.strip(), maxsplit=1)
    return parts[1] if len(parts) > 1 else ""


def value_of(row: Row, base: str) -> str:
    """What stands below the heading that means ``base``; empty without one."""
    return next((value for heading, value in row.cells.items() if base_of(heading) == base), "")


def read_sheets(content: bytes) -> dict[str, Sheet]:
    """The sheets of a workbook that belong to a form. Raises ImportFault when it is no workbook or has no questions."""
    shown, _ = opened(content, MOST_UNPACKED)
    found = {}
    for sheet in shown.worksheets:
        name = sheet.title.strip().lower()
        if name in (SURVEY, CHOICES, SETTINGS) and name not in found:
            found[name] = _read(sheet, name)
    if SURVEY not in found or "type" not in {base_of(heading) for heading in found[SURVEY].headings}:
        raise ImportFault("no_survey")
    return found


def _read(sheet: Worksheet, name: str) -> Sheet:
    last, width = min(sheet.max_row, MOST_ROWS + 1), min(sheet.max_column, MOST_COLUMNS)
    lines = sheet.iter_rows(max_row=last, max_col=width, values_only=True)
    first = next(lines, ())
    headings = {}
    for place, value in enumerate(first, 1):
        written = _text(value)
        if written and written not in headings:
            headings[written] = place
    rows = []
    for number, line in enumerate(lines, 2):
        cells = {heading: _text(line[place - 1]) for heading, place in headings.items() if place <= len(line)}
        cells = {heading: value for heading, value in cells.items() if value}
        if cells:
            rows.append(Row(number, cells))
    return Sheet(name, headings, rows)


def _text(value: Any) -> str:
    """A cell as XLSForm takes it: whole numbers without a point, days as 2024-11-15, yes and no in lower case."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return clean_text(str(value))
