"""Sheets of a workbook: headings in bold that stay in sight, typed cells, nothing anybody wrote ever a formula.

Rows go to the file as they come: a sheet of a hundred thousand rows needs no more memory than one of ten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

DAY, MOMENT = "dd/mm/yyyy", "hh:mm dd/mm/yyyy"
LONGEST_CELL = 32_000
"""Characters; Excel refuses a file with a longer cell."""
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Headings = Sequence[tuple[str, int]]
"""Words and width in characters of each column."""


def new_workbook() -> Workbook:
    """A workbook for :class:`SheetWriter` and :func:`add_sheet`."""
    return Workbook(write_only=True)


class SheetWriter:
    """One sheet being written; the workbook's other sheets wait until it is closed."""

    def __init__(self, workbook: Workbook, title: str, headings: Headings, *, wrap: bool = True) -> None:
        """``wrap`` breaks long lines, which makes rows as tall as their longest text: not for sheets that are only
        reckoned with."""
        self._sheet: Any = workbook.create_sheet(title)
        self._last = get_column_letter(len(headings))
        self._count = 1
        for place, (_, width) in enumerate(headings, 1):
            self._sheet.column_dimensions[get_column_letter(place)].width = width
        self._sheet.freeze_panes = "A2"
        self._sheet.append([_heading(self._sheet, words) for words, _ in headings])
        self._pens = [_pen(self._sheet, wrap) for _ in headings]

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows; empty values stay empty cells."""
        for row in rows:
            self._sheet.append([pen(value) for pen, value in zip(self._pens, row, strict=True)])
            self._count += 1

    def close(self) -> None:
        self._sheet.auto_filter.ref = f"A1:{self._last}{self._count}"
        self._sheet.close()


def add_sheet(workbook: Workbook, title: str, headings: Headings, rows: Iterable[Sequence[Any]]) -> None:
    """Add a whole sheet."""
    sheet = SheetWriter(workbook, title, headings)
    sheet.write(rows)
    sheet.close()


def packed(workbook: Workbook) -> bytes:
    """The workbook as a file."""
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def plain_text(words: str) -> str:
    """Text as a cell can hold it."""
    return _NOT_IN_XML.sub(" ", words)[:LONGEST_CELL]


def _heading(sheet: Any, words: str) -> Any:
    cell = WriteOnlyCell(sheet, words)
    cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EEF7")
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _pen(sheet: Any, wrap: bool) -> Callable[[Any], Any]:
    """Makes the cells of one column. Each is written before the next is asked for, so one cell of each kind does for
    all rows: making one, and finding its style, would take longer than writing it."""
    text, figure, day, moment = (WriteOnlyCell(sheet) for _ in range(4))
    text.alignment = Alignment(wrap_text=wrap, vertical="top")
    for cell in (figure, day, moment):
        cell.alignment = Alignment(vertical="top")
    day.number_format, moment.number_format = DAY, MOMENT

    def pen(value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, str):
            text.value = plain_text(value)
            text.data_type = "s"  # whatever it looks like
            return text
        cell = moment if isinstance(value, datetime) else day if isinstance(value, date) else figure
        cell.value = value
        return cell

    return pen
