"""Open reports as a sheet (.xlsx) to fill in, and the filled one read row by row.

The keys and everything an officer is told are locked; only answers and reasons can be typed. The lock has no password:
it keeps thumbs away, and a row whose key was changed all the same is said, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bot.exports.sheets import FONT, packed, row_height
from bot.imports import ImportFault
from bot.workbooks import opened, to_fill_in
from content.text import Texts
from content.words import fold
from handlers.sheet_rows import Filled, NotOurSheet, SheetTask

MOST_ROWS = 3_000
MOST_UNPACKED = 8 * 1024 * 1024
"""Bytes of a sheet unpacked: an agency's hundred reports take a fiftieth of it."""
_COLUMNS = (
    ("key", 10), ("task", 34), ("due", 16), ("question", 34), ("target", 14), ("last", 14), ("answer", 26),
    ("reason", 22), ("example", 26),
)  # fmt: skip
"""Columns with their widths in letters."""
_OPEN = frozenset({"answer", "reason"})
_ONCE = frozenset({"task", "due"})
"""Read at the first row of a task; repeated below it on one line, for whoever sorts or filters."""
_HEADER_ROWS = 10
"""Rows from the top in which the names of the columns are looked for."""
_YELLOW, _GREY = PatternFill("solid", fgColor="FFF6D6"), PatternFill("solid", fgColor="F4F6F9")
_LINE = Side(style="thin", color="C9D2DE")
_THICK = Side(style="medium", color="8494AA")


def sheet_of(tasks: Sequence[SheetTask], text: Texts) -> bytes:
    """The sheet to fill in, with a page on how to."""
    headings = [(text(f"report_sheet.column.{name}"), width) for name, width in _COLUMNS]
    guide = text("report_sheet.guide")
    workbook = to_fill_in(text("report_sheet.sheet"), headings, text("report_sheet.guide_sheet"), guide)
    sheet: Worksheet = workbook.worksheets[0]
    at = 1
    for task in tasks:
        for place, row in enumerate(task.rows):
            at += 1
            values = {
                "key": row.key, "task": task.title, "due": task.due, "question": row.question, "target": row.target,
                "last": row.last, "answer": row.answer, "example": row.example,
            }  # fmt: skip
            _put_row(sheet, at, values, first=place == 0)
            if row.choices:
                _offer(sheet, at, row.choices)
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "A2"  # frozen columns would fill the screen of a phone
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_COLUMNS))}{at}"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False  # allowed
    return packed(workbook)


def _put_row(sheet: Worksheet, at: int, values: dict[str, str], *, first: bool) -> None:
    whole = [(name, width) for name, width in _COLUMNS if name != "key" and (first or name not in _ONCE)]
    sheet.row_dimensions[at].height = row_height(
        [values.get(name, "") for name, _ in whole], [width for _, width in whole]
    )
    for place, (name, _) in enumerate(_COLUMNS, 1):
        cell = sheet.cell(at, place)
        value = values.get(name, "")
        if value:
            cell.value = value
            cell.data_type = "s"  # whatever it begins with, it is no formula
        cell.number_format = "@"  # else 5/7 becomes the 5th of July
        cell.alignment = Alignment(wrap_text=first or name not in _ONCE, vertical="top")
        cell.border = Border(top=_THICK if first else _LINE, bottom=_LINE, left=_LINE, right=_LINE)
        cell.protection = Protection(locked=name not in _OPEN)
        cell.fill = _YELLOW if name in _OPEN else _GREY
        grey = name in ("key", "example") or (name in _ONCE and not first)
        size = 9 if name == "key" else 11
        cell.font = Font(name=FONT, size=size, color="808A98" if grey else None, bold=name == "task" and first)


def _offer(sheet: Worksheet, at: int, choices: Sequence[str]) -> None:
    offered = DataValidation(type="list", formula1='"' + ",".join(choices) + '"', allow_blank=True)
    offered.showErrorMessage = False  # what is typed otherwise is read like in the chat
    sheet.add_data_validation(offered)
    offered.add(sheet.cell(at, [name for name, _ in _COLUMNS].index("answer") + 1))


def read_filled(content: bytes, text: Texts) -> list[Filled]:
    """The answers of a filled sheet. Raises NotOurSheet."""
    try:
        shown, written = opened(content, MOST_UNPACKED)
    except ImportFault as fault:
        raise NotOurSheet(f"report_sheet.not_ours.{fault.key}") from None
    names = {fold(text(f"report_sheet.column.{name}")): name for name in ("key", "answer", "reason")}
    for sheet in shown.worksheets:
        header = _header(sheet, names)
        if header is not None:
            return list(_rows(sheet, written[sheet.title], *header))
    raise NotOurSheet("report_sheet.not_ours.no_columns")


def _header(sheet: Worksheet, names: dict[str, str]) -> tuple[int, dict[str, int]] | None:
    """The row that names the columns, with the place of each; None when none names keys and answers."""
    for row in range(1, min(sheet.max_row, _HEADER_ROWS) + 1):
        places = {
            names[called]: place
            for place in range(1, min(sheet.max_column, 30) + 1)
            if (called := fold(str(sheet.cell(row, place).value or "")[:60])) in names
        }
        if "key" in places and "answer" in places:
            return row, places
    return None


def _rows(sheet: Worksheet, formulas: Worksheet, header: int, places: dict[str, int]) -> Iterator[Filled]:
    for row in range(header + 1, min(sheet.max_row, header + MOST_ROWS) + 1):
        answer = sheet.cell(row, places["answer"])
        formula = formulas.cell(row, places["answer"]).data_type == "f"
        if answer.value in (None, "") and not formula:
            continue
        reason = sheet.cell(row, places["reason"]).value if "reason" in places else None
        yield Filled(
            cell=f"{get_column_letter(places['answer'])}{row}",
            key=_typed(sheet.cell(row, places["key"]).value),
            text=_typed(answer.value, answer.number_format),
            reason=_typed(reason),
            fault="formula" if formula and answer.value in (None, "") else "",
        )


def _typed(value: Any, number_format: str = "") -> str:
    """A cell's value as somebody in Việt Nam would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "có" if value else "chưa"
    if isinstance(value, datetime | date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, int | float):
        share = "%" in number_format
        number = round(value * 100 if share else value, 6)
        words = f"{int(number)}" if number == int(number) else f"{number}".replace(".", ",")
        return f"{words}%" if share else words
    return str(value).strip()
