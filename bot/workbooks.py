"""Workbooks (.xlsx) people bring: opened only when they are one, and small enough once unpacked."""

from __future__ import annotations

import io
import zipfile

from openpyxl import Workbook, load_workbook

from bot.imports import MOST_BYTES, ImportFault

MOST_UNPACKED = 60 * 1024 * 1024
"""Bytes of a sheet unpacked."""
_ZIP = b"PK\x03\x04"


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
