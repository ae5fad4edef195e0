"""Workbooks (.xlsx) people fill in: the empty one they are handed, and what they bring back, opened only when it is one
and small enough once unpacked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.exports.sheets import FONT, PAPERSIZE_A4, printed_across, row_height
from bot.imports import MOST_BYTES, ImportFault
from content.text import Texts

MOST_UNPACKED = 60 * 1024 * 1024
"""Bytes of a sheet unpacked."""
_GUIDE = 88
"""Letters of a line that tells how to fill a workbook in: as wide as a page."""
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class CellFault:
    """Something wrong in what somebody brought back: where it stands, and which sentence tells it."""

    room: str
    """The keys below which its sentence is found: ``task_sheet.fault``."""
    key: str
    cell: str
    """``B5``; empty for a sheet as a whole."""
    about: str = ""
    sheet: str = ""
    """The sheet's name, where the workbook has several to look for the cell in."""
    left_out: bool = False
    """Whether its row is not taken because of it."""

    def sentence(self, text: Texts) -> str:
        """What is wrong and what to do; where, too, when there are several sheets."""
        what = text(f"{self.room}.{self.key}", cell=self.cell, about=self.about)
        if not self.sheet:
            return what
        where = "workbook.at_cell" if self.cell else "workbook.at_sheet"
        return text(where, sheet=self.sheet, cell=self.cell, what=what)


def to_fill_in(title: str, headings: Sequence[tuple[str, int]], guide_title: str, guide: str) -> Workbook:
    """A workbook whose first sheet has these headings (words, width in letters) and no row, and whose second tells how
    to fill it in, a line a row."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    for place, (words, width) in enumerate(headings, 1):
        cell = sheet.cell(1, place, words)
        cell.font = Font(name=FONT, size=11, bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE7F3")
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    printed_across(sheet)
    page: Worksheet = workbook.create_sheet(guide_title)
    page.column_dimensions["A"].width = _GUIDE
    page.page_setup.paperSize = PAPERSIZE_A4
    for row, line in enumerate(guide.splitlines(), 1):
        page.row_dimensions[row].height = row_height([line], [_GUIDE])
        page.cell(row, 1, line).alignment = Alignment(wrap_text=True, vertical="top")
    return workbook


def opened(content: bytes, most_unpacked: int = MOST_UNPACKED) -> tuple[Workbook, Workbook]:
    """The workbook with the results of its formulas, and with the formulas. Raises ImportFault."""
    if not content:
        raise ImportFault("empty")
    if len(content) > MOST_BYTES:
        raise ImportFault("too_big", most=MOST_BYTES // 1024 // 1024)
    if not content.startswith(_ZIP):
        raise ImportFault("wrong_ending")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise ImportFault("wrong_ending")
            if sum(entry.file_size for entry in archive.infolist()) > most_unpacked:
                raise ImportFault("too_big", most=MOST_BYTES // 1024 // 1024)
        return load_workbook(io.BytesIO(content), data_only=True), load_workbook(io.BytesIO(content))
    except ImportFault:
        raise
    except Exception as error:  # the library raises whatever a broken part of the file leads to
        raise ImportFault("damaged") from error
