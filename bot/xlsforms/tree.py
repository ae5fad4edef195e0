"""The form as pyxform reads it: groups within groups, names and references checked as ODK and Kobo check them."""

from __future__ import annotations

import re
from typing import Any

from bot.xlsforms.book import OR_OTHER, OTHER, Book, Select, select_of, type_of
from bot.xlsforms.columns import METADATA, OWN, SHOWN_ONLY
from bot.xlsforms.sheets import CHOICES, SETTINGS, SURVEY, base_of, value_of

_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SURPRISES = (LookupError, TypeError, AttributeError, ValueError, RecursionError)
"""What the library raises where it has no word of its own."""


def tree_of(book: Book) -> dict[str, Any] | None:
    """pyxform's tree; None after noting what it does not take."""
    from pyxform.errors import PyXFormError  # a second of imports
    from pyxform.xls2json import workbook_to_json
    from pyxform.xls2json_backends import DefinitionData
    from pyxform.xls2xform import create_survey_element_from_dict

    rows, choices = _written_out(book)
    settings = {key: value for key, value in book.setting.cells.items() if not key.startswith("loa")}
    sheets: dict[str, Any] = {SURVEY: rows, CHOICES: choices, SETTINGS: [settings]}
    headers = {
        f"{name}_header": [dict.fromkeys(heading for row in given for heading in row)] for name, given in sheets.items()
    }
    try:
        found: dict[str, Any] = workbook_to_json(
            DefinitionData(**sheets, **headers), form_name="data", fallback_form_name="data", warnings=[]
        )
        create_survey_element_from_dict(found).to_xml(validate=False, warnings=[])  # validating runs Java
    except PyXFormError as error:
        message = " ".join(str(error).split())
        number = _ROW.search(message)
        cell = f"A{number[1]}" if number else ""
        book.fault(cell, "xlsform", _ROW.sub("", message)[:300])
        return None
    except _SURPRISES:
        book.fault("", "unreadable")
        return None
    return found


def _written_out(book: Book) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The rows for pyxform: without Loa's own columns and devices' types, ``or_other`` as an option of the list.

    An empty row keeps the place of a row left out, so that pyxform counts rows as Excel does.
    """
    rows: list[dict[str, str]] = []
    choices = [dict(row.cells) for row in book.choices.rows]
    last = 1
    for row in book.survey.rows:
        rows += [{} for _ in range(row.number - last - 1)]
        last = row.number
        cells = {heading: value for heading, value in row.cells.items() if base_of(heading) not in OWN | SHOWN_ONLY}
        select = select_of(row)
        if type_of(row) in METADATA:
            cells = {}
        elif select is not None and select.other:
            cells = _with_other(book, cells, select, choices)
        rows.append(cells)
    return rows, choices


def _with_other(book: Book, cells: dict[str, str], select: Select, choices: list[dict[str, str]]) -> dict[str, str]:
    """A select whose list has one more option. pyxform's own would be in English; the question for the words comes when
    the form is put together."""
    column = next((heading for heading in book.choices.headings if base_of(heading) == "list_name"), "list_name")
    own = f"{select.list_name}{OR_OTHER}"
    listed = [row for row in book.choices.rows if value_of(row, "list_name") == select.list_name]
    if listed and not any(one.get(column) == own for one in choices):
        label = {heading: book.text("form_sheet.other") for heading in listed[0].cells if base_of(heading) == "label"}
        choices += [*({**row.cells, column: own} for row in listed), {column: own, "name": OTHER, **label}]
    heading = next(heading for heading in cells if base_of(heading) == "type")
    return {**cells, heading: f"{select.kind} {own}"}
