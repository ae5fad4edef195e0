"""The consolidated report as a workbook: totals, every agency's report, difficulties.

Figures are numbers and moments are dates; everything people wrote is stored as text, so that a line beginning with "="
never becomes a formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from bot.exports import Json
from bot.exports.rows import state
from bot.exports.sheets import add_sheet, new_workbook
from content.catalog import Catalog
from content.figures import told
from content.text import Texts
from handlers.turn import LOCAL
from storage.reports import HANDED_IN

_TOTALS = (
    ("path", 10), ("task", 60), ("due", 12), ("indicator", 40), ("target", 10), ("unit", 16), ("value", 10),
    ("whole", 12), ("percent", 12), ("owed", 10), ("handed_in", 10),
)  # fmt: skip
_REPORTS = (
    ("task_id", 16), ("path", 10), ("task", 50), ("due", 12), ("agency", 32), ("role", 12), ("state", 30), ("code", 16),
    ("submitted", 18), ("late_days", 10), ("status", 16), ("date", 14), ("indicator", 36), ("value", 10), ("whole", 12),
    ("unit", 14), ("percent", 12), ("remark", 30), ("work", 60), ("difficulties", 40), ("evidence", 36),
)  # fmt: skip
_DIFFICULTIES = (("path", 10), ("task", 60), ("agency", 34), ("difficulties", 80))


def write_xlsx(report: Json, catalog: Catalog, path: Path) -> None:
    """Write the report to ``path``."""
    text = catalog.text
    workbook = new_workbook()
    _sheet(workbook, text, "totals", _TOTALS, _totals(report))
    _sheet(workbook, text, "reports", _REPORTS, _reports(report, text))
    difficulties = ([one["path"], one["task"], one["agency"], one["text"]] for one in report["difficulties"])
    _sheet(workbook, text, "difficulties", _DIFFICULTIES, difficulties)
    workbook.save(path)


def _sheet(
    workbook: Workbook, text: Texts, name: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Any]]
) -> None:
    headings = [(text(f"report.export.column.{column}"), width) for column, width in columns]
    add_sheet(workbook, text(f"report.export.sheet.{name}"), headings, rows)


def _totals(report: Json) -> Iterable[list[Any]]:
    for task in report["tasks"]:
        owed = [agency for agency in task["agencies"] if agency["role"] == "lead"]
        sent = sum(agency["state"] in HANDED_IN for agency in owed)
        head = [task["path"], task["title"], _day(task["deadline"]["due"])]
        counts = [len(owed), sent] if owed else [None, None]
        for one in task["indicators"] or [None]:
            yield [*head, *_measures(one), *counts]


def _measures(indicator: Json | None) -> list[Any]:
    if indicator is None:
        return [None] * 6
    share = indicator["percent_of_target"]
    return [
        indicator["name"], indicator["target"], indicator["unit"], indicator["reported"], indicator["whole"], share,
    ]  # fmt: skip


def _reports(report: Json, text: Texts) -> Iterable[list[Any]]:
    """One row for every value an agency reported; what holds for the whole report stands on each of them."""
    for task in report["tasks"]:
        for agency in task["agencies"]:
            status = agency.get("status")
            head = [
                task["id"],
                task["path"],
                task["title"],
                _day(task["deadline"]["due"]),
                agency["agency"]["name"],
                text(f"officer.tasks.role.{agency['role']}"),
                state(agency, text),
                agency.get("receipt"),
                _moment(agency.get("submitted_at")),
                agency["late_days"] or None,
                text(f"report.status_value.{status}") if status else None,
                _day(agency.get("finished_on") or agency.get("expected_on")),
            ]
            tail = [agency.get("work"), agency.get("difficulties"), agency.get("evidence")]
            for value in agency.get("values") or [None]:
                yield [*head, *_value(value), *tail]


def _value(value: Json | None) -> list[Any]:
    if value is None:
        return [None] * 6
    reported = value["reported"] or {"value": None, "whole": None}
    remark = told(reported, value["unit"] or "") if reported.get("kind") else reported.get("reason")
    figures = [reported["value"], reported["whole"], value["unit"], value["percent_of_target"]]
    return [value["name"], *figures, remark]


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None


def _moment(iso: str | None) -> datetime | None:
    """Local time without a zone: a sheet knows none."""
    return datetime.fromisoformat(iso).astimezone(LOCAL).replace(tzinfo=None) if iso else None
