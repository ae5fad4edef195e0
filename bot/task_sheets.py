"""Tasks filled into a sheet (.xlsx): the empty sheet to hand out, and a filled one read row by row.

A row that cannot be a task is left out and said, with the name of its cell; the others are read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.exports.sheets import packed
from bot.imports import ImportFault
from bot.workbooks import CellFault, opened, to_fill_in
from content.catalog import Catalog
from content.text import Texts
from nlu.documents.annexes import Column, named_column
from nlu.documents.deadlines import NO_DEADLINE, labelled_deadline
from nlu.documents.indicators import find_indicators
from nlu.documents.outline import shortened
from nlu.documents.parties import Party, Registry
from nlu.entities.agencies import AgencyFinder

MOST_ROWS = 2_000
LONGEST_TITLE = 160
_COLUMNS = (
    ("order", 7), ("task", 60), ("lead", 30), ("coordinators", 36), ("due", 20), ("target", 30), ("note", 30),
)  # fmt: skip
"""Columns of the empty sheet with their widths in letters."""
_HEADER_ROWS = 20
"""Rows from the top in which the names of the columns are looked for."""
_MOST_COLUMNS = 40
_LONGEST_NAME = 80
"""Letters of a column's name."""
_YEARS = range(2000, 2101)
"""Years a day can be due in; Excel shows a stray number as a day of 1900."""
_ROMAN = re.compile(r"[IVX]{1,5}\.?|[A-Z]\.?")


@dataclass(slots=True)
class SheetReading:
    """The tasks of a sheet, in the shape of a document's, and what is wrong in it."""

    title: str | None = None
    tasks: list[dict[str, Any]] = field(default_factory=list)
    errors: list[CellFault] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    """The rows as text, one line each; a task's ``lines`` count in them."""


def empty_sheet(text: Texts) -> bytes:
    """A sheet to fill in, with a page on how to."""
    headings = [(text(f"task_sheet.column.{name}"), width) for name, width in _COLUMNS]
    workbook = to_fill_in(text("task_sheet.sheet"), headings, text("task_sheet.guide_sheet"), text("task_sheet.guide"))
    names = [name for name, _ in _COLUMNS]
    for row in workbook.worksheets[0].iter_rows(min_row=2, max_row=51, max_col=len(names)):
        for name, cell in zip(names, row, strict=True):
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.number_format = "@" if name == "due" else "General"
    return packed(workbook)


def read_sheet(content: bytes, catalog: Catalog) -> SheetReading:
    """The tasks of a filled sheet. Raises ImportFault when the file is no sheet of tasks at all."""
    shown, written = opened(content)
    registry = Registry(AgencyFinder(catalog.province.agencies), home=catalog.province.department.province)
    for sheet in sorted(shown.worksheets, key=lambda sheet: sheet.sheet_state != "visible"):
        header = _header(sheet)
        if header is not None:
            return _Sheet(sheet, written[sheet.title], header, registry).read()
    raise ImportFault("no_task_columns")


def sheet_reading(found: SheetReading, text: Texts) -> dict[str, Any]:
    """What a sheet holds in the shape of a document's reading; ``errors`` names the cells."""
    errors = [{"cell": error.cell, "left_out": error.left_out, "text": error.sentence(text)} for error in found.errors]
    return {
        "document": {
            "kind": None, "number": None, "issued_on": None, "issuer": None, "subject": found.title, "signer": None,
            "recipients": [], "legal_bases": [], "confidential": False,
        },
        "items": [], "tasks": found.tasks, "deadlines": [], "slogans": [], "forms": [], "anniversaries": [],
        "names": [], "errors": errors, "warnings": [error["text"] for error in errors],
    }  # fmt: skip


def _header(sheet: Worksheet) -> tuple[int, int, dict[Column, int]] | None:
    """The first and last row that name the columns, with the place of each; None when none names task and leader."""
    rows = [list(row) for row in sheet.iter_rows(1, _HEADER_ROWS + 1, max_col=_MOST_COLUMNS, values_only=True)]
    for (row, place), (first, begin) in _merged(sheet):
        if row <= len(rows) and place <= _MOST_COLUMNS:
            rows[row - 1][place - 1] = rows[first - 1][begin - 1]
    for row, values in enumerate(rows[:_HEADER_ROWS], 1):
        places = _places(values)
        if Column.TASK in places and Column.LEAD in places:
            above = len(_places(rows[row - 2])) > 1 if row > 1 else False
            return row - above, row, places
    for row, (values, below) in enumerate(pairwise(rows), 1):
        if Column.LEAD in _places(below):  # "Đơn vị" over "Chủ trì" and "Phối hợp"
            places = _places(
                [f"{one} {two}" if isinstance(two, str) else one for one, two in zip(values, below, strict=True)]
            )
            if Column.TASK in places and Column.LEAD in places:
                return row, row + 1, places
    return None


def _places(values: Sequence[Any]) -> dict[Column, int]:
    """Where each column stands in a row of names; the first of several with one name."""
    places: dict[Column, int] = {}
    for place, value in enumerate(values, 1):
        column = named_column(value) if isinstance(value, str) and len(value) < _LONGEST_NAME else None
        if column is not None:
            places.setdefault(column, place)
    return places


def _last_row(sheet: Worksheet) -> int:
    """The last row with words in it; formats and spaces left below count for nothing."""
    rows = enumerate(sheet.iter_rows(values_only=True), 1)
    return max((row for row, values in rows if any(_shown(value) for value in values)), default=0)


class _Sheet:
    """One sheet, row by row."""

    def __init__(
        self, sheet: Worksheet, formulas: Worksheet, header: tuple[int, int, Mapping[Column, int]], registry: Registry
    ) -> None:
        self.sheet = sheet
        self.formulas = formulas
        self.top, self.header, self.places = header
        self.registry = registry
        self.merged = dict(_merged(sheet))
        self.found = SheetReading(self._title())

    def read(self) -> SheetReading:
        filled = _last_row(self.sheet)
        last = max(1, min(filled, self.header + MOST_ROWS))
        if filled > last:
            self._fault(f"A{last + 1}", "too_many_rows", str(MOST_ROWS))
        for cells in self.sheet.iter_rows(1, last, max_col=_MOST_COLUMNS, values_only=True):
            self.found.rows.append(" | ".join(" ".join(_shown(cell).split()) for cell in cells if cell is not None))
        for row in range(self.header + 1, last + 1):
            if any(self._filled(row, place) for place in self.places.values()):
                if self.sheet.row_dimensions[row].hidden:
                    self._fault(f"A{row}", "hidden_row")
                self._row(row)
        return self.found

    def _filled(self, row: int, place: int) -> bool:
        written = self.formulas.cell(row, place).value
        return bool(_shown(self.sheet.cell(row, place).value)) or str(written or "").startswith("=")

    def _title(self) -> str | None:
        above = (self.sheet.cell(row, place).value for row in range(1, self.top) for place in range(1, 8))
        words = [value.strip() for value in above if isinstance(value, str) and len(value.strip()) > 8]
        return " ".join(words[-1].split()) if words else None

    def _row(self, row: int) -> None:
        title = self._text(row, Column.TASK)
        leads = self._text(row, Column.LEAD)
        order = self.sheet.cell(row, 1).value if self.places[Column.TASK] > 1 else None
        if title and not leads and isinstance(order, str) and _ROMAN.fullmatch(order.strip()):
            return  # a heading over rows
        for column, value in ((Column.TASK, title), (Column.LEAD, leads)):
            if not value:
                name = self._name(row, column)
                told = [error for error in self.found.errors if error.cell == name]
                self.found.errors = [error for error in self.found.errors if error.cell != name]
                key = told[0].key if told else "no_task" if column is Column.TASK else "no_lead"
                self._fault(name, key, left_out=True)
                return
        lead = self._parties(row, Column.LEAD, leads)
        target = self._text(row, Column.TARGET)
        indicators = dict.fromkeys([*find_indicators(title), *find_indicators(target, stated=True)])
        self.found.tasks.append(
            {
                "path": f"{self.sheet.title}.{row}",
                "title": shortened(" ".join(title.split()).rstrip(" .;"), LONGEST_TITLE),
                "lead": [party.to_json() for party in lead],
                "coordinators": [
                    party.to_json()
                    for party in self._parties(row, Column.COORDINATORS, self._text(row, Column.COORDINATORS))
                ],
                "due": self._due(row),
                "indicators": [indicator.to_json() for indicator in indicators],
                "lines": [row, row],
            }
        )

    def _value(self, row: int, column: Column) -> Any:
        """What a cell shows; a merged cell shows what its first one holds."""
        if column not in self.places:
            return None
        at = self.merged.get((row, self.places[column]), (row, self.places[column]))
        value = self.sheet.cell(*at).value
        if value is None and str(self.formulas.cell(*at).value or "").startswith("="):
            self._fault(self._name(row, column), "formula")
        return value

    def _text(self, row: int, column: Column) -> str:
        return _shown(self._value(row, column))

    def _fault(self, cell: str, key: str, about: str = "", left_out: bool = False) -> None:
        self.found.errors.append(CellFault("task_sheet.fault", key, cell, about, left_out=left_out))

    def _name(self, row: int, column: Column) -> str:
        return f"{get_column_letter(self.places[column])}{row}"

    def _parties(self, row: int, column: Column, words: str) -> Sequence[Party]:
        found = self.registry.parties(words.replace("\n", "; ")) if words else []
        for party in found:
            if party.agency_id is None:
                self._fault(self._name(row, column), "unknown_agency", party.text)
        return found

    def _due(self, row: int) -> dict[str, str | None]:
        """When a row is due: a day of Excel counts to its end; words are read as in a document."""
        value = self._value(row, Column.DUE)
        if value in (None, ""):
            return dict(NO_DEADLINE)
        if isinstance(value, datetime | date):
            day = value.date() if isinstance(value, datetime) else value
            if day.year not in _YEARS:
                self._fault(self._name(row, Column.DUE), "due_unread", _shown(value))
                return {"as_written": _shown(value), "date": None, "semantics": None}
            return {"as_written": f"{day:%d/%m/%Y}", "date": day.isoformat(), "semantics": "by"}
        deadline = labelled_deadline(str(value))
        if deadline is None:
            return dict(NO_DEADLINE)
        known = deadline.to_json()
        if deadline.date is not None and deadline.meaning is None:
            known["semantics"] = "by"
        if deadline.fault or (deadline.date is None and deadline.meaning is None):
            self._fault(self._name(row, Column.DUE), "due_unread", deadline.as_written)
        return known


def _shown(value: Any) -> str:
    """A cell's value as people read it."""
    if isinstance(value, datetime | date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _merged(sheet: Worksheet) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Every cell of a merged range with the range's first cell."""
    for merged in sheet.merged_cells.ranges:
        if merged.size["rows"] <= MOST_ROWS and merged.size["columns"] <= len(_COLUMNS) * 4:
            for row, place in merged.cells:
                yield (row, place), (merged.min_row, merged.min_col)
