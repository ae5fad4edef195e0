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
from openpyxl.worksheet.properties import PageSetupProperties

PAPERSIZE_A4 = "9"
FONT = "Calibri"
"""Of every cell: a font without a name is shown in whatever the reader's program falls back on."""
LINE, TALLEST = 15.0, 405.0
"""Height of a line and of the tallest row in points."""
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
        printed_across(self._sheet)
        height = row_height(*zip(*headings, strict=True))
        if height:
            self._sheet.row_dimensions[1].height = height
        self._sheet.append([_heading(self._sheet, words) for words, _ in headings])
        self._pens = [_pen(self._sheet, wrap) for _ in headings]
        self._widths = [width for _, width in headings] if wrap else []

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows; empty values stay empty cells."""
        for row in rows:
            self._count += 1
            if self._widths and (height := row_height(row, self._widths)):
                self._sheet.row_dimensions[self._count].height = height
            self._sheet.append([pen(value) for pen, value in zip(self._pens, row, strict=True)])

    def close(self) -> None:
        self._sheet.auto_filter.ref = f"A1:{self._last}{self._count}"
        self._sheet.close()


def add_sheet(workbook: Workbook, title: str, headings: Headings, rows: Iterable[Sequence[Any]]) -> None:
    """Add a whole sheet."""
    sheet = SheetWriter(workbook, title, headings)
    sheet.write(rows)
    sheet.close()


def row_height(values: Sequence[Any], widths: Sequence[int]) -> float | None:
    """How tall a row must be for its texts to be read whole in columns of these widths; None when a line is enough.

    Excel would find that out by itself; LibreOffice, and what shows a sheet on a phone, often do not.
    """
    most = 1
    for value, width in zip(values, widths, strict=True):
        if isinstance(value, str) and (len(value) > width or "\n" in value):
            most = max(most, sum(-(-len(line) // width) or 1 for line in value.splitlines()))
    return min(LINE * most, TALLEST) if most > 1 else None


def printed_across(sheet: Any) -> None:
    """Let paper hold every column side by side, and each page begin with the headings."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


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
    cell.font, cell.fill = Font(name=FONT, size=11, bold=True), PatternFill("solid", fgColor="E8EEF7")
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _pen(sheet: Any, wrap: bool) -> Callable[[Any], Any]:
    """Makes the cells of one column. Each is written before the next is asked for, so one cell of each kind does for
    all rows: making one, and finding its style, would take longer than writing it."""
    text, figure, day, moment = (WriteOnlyCell(sheet) for _ in range(4))
    text.alignment = Alignment(wrap_text=wrap, vertical="top")
    figure.alignment = Alignment(vertical="top")
    for cell in (day, moment):
        cell.alignment = Alignment(vertical="top", horizontal="left")  # apart from the words beside it
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
