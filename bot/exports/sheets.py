"""Sheets of a workbook: headings in bold that stay in sight, typed cells, nothing anybody wrote ever a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

DAY, MOMENT = "dd/mm/yyyy", "hh:mm dd/mm/yyyy"
LONGEST_CELL = 32_000
"""Characters; Excel refuses a file with a longer cell."""
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def add_sheet(
    workbook: Workbook, title: str, headings: Sequence[tuple[str, int]], rows: Iterable[Sequence[Any]]
) -> None:
    """Add a sheet with these headings (words, width in characters) and rows; empty values stay empty cells."""
    sheet: Worksheet = workbook.create_sheet(title)
    for place, (words, width) in enumerate(headings, 1):
        cell = sheet.cell(1, place)
        _put(cell, words)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8EEF7")
        sheet.column_dimensions[get_column_letter(place)].width = width
    count = 1
    for count, row in enumerate(rows, 2):
        for place, value in enumerate(row, 1):
            _put(sheet.cell(count, place), value)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{count}"


def packed(workbook: Workbook) -> bytes:
    """The workbook as a file."""
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def _put(cell: Cell | MergedCell, value: Any) -> None:
    """Set a cell: text is text whatever it looks like."""
    if value is None or value == "" or isinstance(cell, MergedCell):
        return
    if isinstance(value, str):
        cell.value = _NOT_IN_XML.sub(" ", value)[:LONGEST_CELL]
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        return
    cell.value = value
    cell.alignment = Alignment(vertical="top")
    if isinstance(value, datetime):
        cell.number_format = MOMENT
    elif isinstance(value, date):
        cell.number_format = DAY
