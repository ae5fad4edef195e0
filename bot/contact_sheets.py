"""Officers in a sheet (.xlsx): the empty sheet to hand out, and a filled one read row by row.

A row that names nobody who could be invited is left out and said, with the name of its cell; the others are read all
the same. Nothing here knows who is registered already (``handlers.officers.invitees``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.exports.sheets import packed
from bot.imports import ImportFault
from bot.workbooks import CellFault, opened, to_fill_in
from content.catalog import Catalog
from content.text import Texts
from content.words import fold
from handlers.officers.invitees import Invitee
from nlu.entities.agencies import AgencyFinder
from nlu.entities.phones import find_phone
from storage.appointments import ContactRole
from storage.invitations import Named

MOST_ROWS = 1_000
MOST_UNPACKED = 8 * 1024 * 1024
"""Bytes of a sheet unpacked: a thousand officers take a tenth of it."""
LONGEST_NAME, LONGEST_POSITION = 60, 100
SURE, APART = 0.9, 0.03
"""An agency is taken at its name from this likeness on, when no other is as near."""
_COLUMNS = {
    "agency": (40, ("don vi", "co quan", "ten don vi")),
    "name": (28, ("ho va ten", "ho ten", "can bo")),
    "position": (30, ("chuc vu", "chuc danh")),
    "role": (14, ("vai tro",)),
    "phone": (18, ("dien thoai", "so dien thoai", "sdt", "di dong")),
    "first": (14, ("tu ngay",)),
    "last": (14, ("den het ngay", "den ngay")),
}
"""Columns with their widths in letters and what they may be called, folded."""
_ROLES = {
    "": ContactRole.MAIN, "dau moi": ContactRole.MAIN, "dau moi chinh": ContactRole.MAIN, "chinh": ContactRole.MAIN,
    "pho": ContactRole.DEPUTY, "dau moi pho": ContactRole.DEPUTY, "du phong": ContactRole.DEPUTY,
    "thu truong": ContactRole.HEAD, "lanh dao": ContactRole.HEAD,
}  # fmt: skip
_HEADER_ROWS = 10
"""Rows from the top in which the names of the columns are looked for."""


@dataclass(slots=True)
class ContactReading:
    """Who is to be invited, and what is wrong in the sheet."""

    invitees: list[Invitee] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)


class _LeftOut(Exception):
    """The row invites nobody."""

    def __init__(self, column: str, key: str, about: str = "") -> None:
        self.column, self.key, self.about = column, key, about
        super().__init__(key)


def empty_sheet(text: Texts) -> bytes:
    """A sheet to fill in, with a page on how to."""
    headings = [(text(f"contacts.sheet_file.column.{name}"), width) for name, (width, _) in _COLUMNS.items()]
    workbook = to_fill_in(
        text("contact_sheet.sheet"), headings, text("contact_sheet.guide_sheet"), text("contact_sheet.guide")
    )
    for row in workbook.worksheets[0].iter_rows(min_row=2, max_row=101, max_col=len(headings)):
        for cell in row:
            cell.number_format = "@"
    return packed(workbook)


def read_contacts(content: bytes, catalog: Catalog, today: date) -> ContactReading:
    """Who a filled sheet names. Raises ImportFault when the file is no sheet of officers at all."""
    shown, written = opened(content, MOST_UNPACKED)
    finder = AgencyFinder(one for one in catalog.province.agencies.values() if one.level != "group")
    for sheet in shown.worksheets:
        found = _header(sheet)
        if found is not None:
            return _Sheet(sheet, written[sheet.title], found, finder, today).read()
    raise ImportFault("no_contact_columns")


def _header(sheet: Worksheet) -> tuple[int, dict[str, int]] | None:
    """The row that names the columns, with the place of each; None when none names an agency and a person."""
    for row in range(1, min(sheet.max_row, _HEADER_ROWS) + 1):
        places: dict[str, int] = {}
        for place in range(1, min(sheet.max_column, 30) + 1):
            called = fold(str(sheet.cell(row, place).value or "")[:40]).strip(" :*")
            for name, (_, names) in _COLUMNS.items():
                if called in names:
                    places.setdefault(name, place)
        if "agency" in places and "name" in places:
            return row, places
    return None


class _Sheet:
    """One sheet, row by row."""

    def __init__(
        self,
        sheet: Worksheet,
        formulas: Worksheet,
        header: tuple[int, Mapping[str, int]],
        finder: AgencyFinder,
        today: date,
    ) -> None:
        self.sheet = sheet
        self.formulas = formulas
        self.header, self.places = header
        self.finder = finder
        self.today = today
        self.found = ContactReading()

    def read(self) -> ContactReading:
        last = min(self.sheet.max_row, self.header + MOST_ROWS)
        if self.sheet.max_row > last:
            self._fault(f"A{last + 1}", "too_many_rows", str(MOST_ROWS))
        for row in range(self.header + 1, last + 1):
            if not any(self._value(row, column) not in (None, "") for column in self.places):
                continue
            try:
                self.found.invitees.append(self._invitee(row))
            except _LeftOut as fault:
                self._fault(self._cell(row, fault.column), fault.key, fault.about)
        return self.found

    def _invitee(self, row: int) -> Invitee:
        first, last = self._day(row, "first"), self._day(row, "last")
        if first is not None and first < self.today:
            first = None  # who is in office already begins today
        if last is not None and last < (first or self.today):
            raise _LeftOut("last", "period")
        name, position = self._text(row, "name"), self._text(row, "position")
        if not name:
            raise _LeftOut("name", "no_name")
        if len(name) > LONGEST_NAME or sum(map(str.isalpha, name)) < 2 or any(map(str.isdigit, name)):
            raise _LeftOut("name", "bad_name")
        if len(position) > LONGEST_POSITION:
            raise _LeftOut("position", "bad_position")
        role = _ROLES.get(fold(self._text(row, "role")))
        if role is None:
            raise _LeftOut("role", "unknown_role", self._text(row, "role")[:40])
        phone = self._phone(row)
        agency_id = self._agency(row, first or self.today)
        named = Named(name, position or None, phone, first, last)
        return Invitee(self._cell(row, "name"), agency_id, role, named)

    def _agency(self, row: int, day: date) -> str:
        words = self._text(row, "agency")
        if not words:
            raise _LeftOut("agency", "no_agency")
        found = self.finder.find(words)
        if not found or found[0].score < SURE:
            raise _LeftOut("agency", "unknown_agency", words[:80])
        if len(found) > 1 and found[0].score - found[1].score < APART:
            raise _LeftOut("agency", "homonym", words[:80])
        agency = self.finder.agencies[found[0].agency_id]
        if (agency.valid_to is not None and agency.valid_to < day) or agency.level == "central":
            raise _LeftOut("agency", "no_such_agency", agency.name)
        return agency.id

    def _phone(self, row: int) -> str | None:
        """The number in international form. A wrong one is said, and its officer invited without."""
        written = self._text(row, "phone")
        if not written:
            return None
        # Excel drops the leading zero of a number it was not told is text.
        phone = find_phone(f"0{written}" if written.isdecimal() and len(written) == 9 else written)
        if phone is None:
            self._fault(self._cell(row, "phone"), "bad_phone", left_out=False)
        return phone

    def _day(self, row: int, column: str) -> date | None:
        value = self._value(row, column)
        if value in (None, ""):
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        for form in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                return datetime.strptime(str(value).strip(), form).date()  # noqa: DTZ007 - a day, no moment
            except ValueError:
                continue
        raise _LeftOut(column, "bad_day", str(value)[:20])

    def _value(self, row: int, column: str) -> Any:
        """What a cell shows. Raises _LeftOut for a formula nobody has worked out."""
        if column not in self.places:
            return None
        value = self.sheet.cell(row, self.places[column]).value
        formula = self.formulas.cell(row, self.places[column])
        if value is None and formula.data_type == "f":
            raise _LeftOut(column, "formula")
        return value

    def _text(self, row: int, column: str) -> str:
        value = self._value(row, column)
        if isinstance(value, float) and value == int(value):
            value = int(value)
        return "" if value is None else " ".join(str(value).split())

    def _fault(self, cell: str, key: str, about: str = "", left_out: bool = True) -> None:
        self.found.faults.append(CellFault("contact_sheet.fault", key, cell, about, left_out=left_out))

    def _cell(self, row: int, column: str) -> str:
        return f"{get_column_letter(self.places.get(column, 1))}{row}"
