"""What a sheet of open reports holds, row by row, on its way out and back: plain values between the desk and whoever
makes and reads files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One question of one report."""

    key: str
    """Names the question wherever the row is moved to: ``<task id>[@<period>]/<indicator id or field name>``."""
    question: str
    target: str = ""
    last: str = ""
    """What the agency reported last."""
    answer: str = ""
    """What the draft has, as it may be typed again."""
    choices: Sequence[str] = ()
    """The answers there are, where only these will do."""
    example: str = ""


@dataclass(frozen=True, slots=True)
class SheetTask:
    """One report."""

    title: str
    due: str
    rows: Sequence[SheetRow]


@dataclass(frozen=True, slots=True)
class Filled:
    """A row that came back with an answer."""

    cell: str
    """The cell of the answer, as the person sees it: ``G12``."""
    key: str
    text: str
    """As it would be typed: ``5/7``, ``85%``, ``15/12/2024``."""
    reason: str = ""
    """Why an unlikely figure is right."""
    fault: str = ""
    """Why the cell could not be read: a key below ``report_sheet.fault``."""


class NotOurSheet(Exception):
    """The file is not a sheet of reports; ``key`` names the sentence that says why."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)
