"""Everything handed in as one flat table, for whoever reckons on: a row for each version of a report and indicator.

Versions are never changed, so neither are rows of this table; whoever wants each report once keeps the newest ones. Who
submitted a version is not in it.
"""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.exports.sheets import SheetWriter, new_workbook, plain_text
from content.catalog import Catalog
from content.figures import NIL, UNKNOWN
from content.text import Texts
from handlers.plans.periods import Period, period_of, titled
from handlers.reports.totals import percent_of_target
from handlers.turn import LOCAL
from storage.database import Database
from storage.extensions import extended
from storage.plans import Indicator, Plan, Task, indicators_of_plan, tasks_of_plan
from storage.reports import Key
from storage.submitted import SubmittedVersion, versions_on

COLUMNS: Mapping[str, int] = {
    "task_id": 16, "path": 10, "task": 50, "period": 10, "due": 12, "agency_id": 22, "agency": 34, "receipt": 16,
    "version": 8, "newest": 12, "state": 16, "submitted_at": 18, "channel": 12, "indicator_id": 18, "indicator": 40,
    "unit": 14, "target": 10, "value": 12, "part": 10, "whole": 10, "kind": 18, "percent_of_target": 12, "reason": 30,
    "status": 16, "finished_on": 14, "expected_on": 14, "work": 60, "difficulties": 40, "evidence": 36,
    "return_reason": 30,
}  # fmt: skip
"""Names of the columns, as JSON has them, with their widths in characters."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula in a CSV file."""
Row = dict[str, Any]


class RowsFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    CSV_VI = "csv_vi"
    """For a double click in an Excel set to Vietnamese."""
    JSON = "json"

    @property
    def ending(self) -> str:
        """Of the file's name."""
        return self.value.removesuffix("_vi")


class Writer(Protocol):
    """A file rows are added to."""

    def write(self, rows: Iterable[Row]) -> None: ...

    def close(self) -> None: ...


async def write_rows(house: Database, catalog: Catalog, plan_id: str, form: RowsFormat, path: Path) -> int:
    """Write the plan's rows to ``path``, which is replaced as a whole or not at all; how many they were.

    A few at a time, so that neither the memory nor those who share the process feel how many there are. Raises
    LookupError for an unknown plan, OSError when the file cannot be written.
    """
    count = 0
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        async with house.still() as db:
            if await db.get(Plan, plan_id) is None:
                raise LookupError(plan_id)
            writer = await asyncio.to_thread(_writer, form, unfinished, catalog.text)
            try:
                async for rows in _rows(db, catalog, plan_id):
                    await asyncio.to_thread(writer.write, rows)
                    count += len(rows)
            finally:
                await asyncio.to_thread(writer.close)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


async def _rows(db: AsyncSession, catalog: Catalog, plan_id: str) -> AsyncIterator[list[Row]]:
    indicators, moved = await indicators_of_plan(db, plan_id), await extended(db)
    for task in await tasks_of_plan(db, plan_id):
        async for versions in versions_on(db, task.id):
            yield await asyncio.to_thread(_of_task, catalog, task, indicators.get(task.id, []), versions, moved)


def _of_task(
    catalog: Catalog,
    task: Task,
    indicators: Sequence[Indicator],
    versions: Sequence[SubmittedVersion],
    moved: Mapping[Key, date],
) -> list[Row]:
    return [row for one in versions for row in _of_version(catalog, task, indicators, one, moved)]


def _of_version(
    catalog: Catalog, task: Task, indicators: Sequence[Indicator], one: SubmittedVersion, moved: Mapping[Key, date]
) -> Iterator[Row]:
    text, answers, submitted = catalog.text, one.answers, one.submitted_at.astimezone(LOCAL)
    period = period_of(task, one.period, catalog.province.reporting, submitted.date()) or Period()
    status = answers.get("status")
    channels = text.section("console.channel")
    whole: Row = {
        "task_id": task.id,
        "path": task.path,
        "task": titled(text, task.title, one.period),
        "period": one.period or None,
        "due": period.extended(moved.get((task.id, one.agency_id, one.period))).due,
        "agency_id": one.agency_id,
        "agency": catalog.agency_name(one.agency_id),
        "receipt": one.receipt,
        "version": one.version,
        "newest": text(f"rows.newest.{'yes' if one.newest else 'no'}"),
        "state": text(f"console.report.states.{one.state.value}") if one.newest else None,
        "submitted_at": submitted.replace(tzinfo=None),
        "channel": channels.get(one.channel or "", one.channel),
        "status": text(f"report.status_value.{status}") if status else None,
        "finished_on": _day(answers.get("finished_on")),
        "expected_on": _day(answers.get("expected_on")),
        "work": answers.get("work"),
        "difficulties": answers.get("difficulties"),
        "evidence": answers.get("evidence"),
        "return_reason": one.return_reason if one.newest else None,
    }
    values = answers.get("values") or {}
    blank = dict.fromkeys(COLUMNS)
    if not indicators:
        yield {**blank, **whole}
    for indicator in indicators:
        yield {**blank, **whole, **_value(text, indicator, values.get(indicator.id))}


def _value(text: Texts, indicator: Indicator, value: Mapping[str, Any] | None) -> Row:
    row: Row = {
        "indicator_id": indicator.id,
        "indicator": indicator.name,
        "unit": indicator.unit,
        "target": indicator.target,
    }
    if value is None:
        return row
    kind = value.get("kind")
    return {
        **row,
        **{key: value[key] for key in ("value", "part", "whole")},
        "kind": text(f"rows.kind.{kind if kind in (NIL, UNKNOWN) else 'figure'}"),
        "percent_of_target": percent_of_target(indicator, value["value"]),
        "reason": value.get("reason"),
    }


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None


def _writer(form: RowsFormat, path: Path, text: Texts) -> Writer:
    match form:
        case RowsFormat.XLSX:
            return _Xlsx(path, text)
        case RowsFormat.CSV | RowsFormat.CSV_VI:
            return _Csv(path, text, vietnamese=form is RowsFormat.CSV_VI)
        case RowsFormat.JSON:
            return _Json(path)


class _Xlsx:
    """A sheet whose figures are numbers, whose days are days, and whose text is text."""

    def __init__(self, path: Path, text: Texts) -> None:
        self._path = path
        self._workbook = new_workbook()
        headings = [(text(f"rows.column.{name}"), width) for name, width in COLUMNS.items()]
        self._sheet = SheetWriter(self._workbook, text("rows.sheet"), headings, wrap=False)

    def write(self, rows: Iterable[Row]) -> None:
        self._sheet.write(list(row.values()) for row in rows)

    def close(self) -> None:
        self._sheet.close()
        self._workbook.save(self._path)


class _Csv:
    """RFC 4180 in UTF-8 with a byte order mark, without which Excel mangles Vietnamese; days and moments as ISO 8601.
    What looks like a formula is kept from being one by an apostrophe before it.

    Excel parts fields and decimals as its machine is set: "," and "." where that is English, ";" and "," where it is
    Vietnamese by the Unicode CLDR, and no file is right for both. A first line ``sep=;`` would tell it the one, but
    makes it pass over the byte order mark.
    """

    def __init__(self, path: Path, text: Texts, *, vietnamese: bool) -> None:
        self._comma = vietnamese
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file, delimiter=";" if vietnamese else ",")
        self._csv.writerow(text(f"rows.column.{name}") for name in COLUMNS)

    def write(self, rows: Iterable[Row]) -> None:
        self._csv.writerows([self._field(value) for value in row.values()] for row in rows)

    def _field(self, value: Any) -> Any:
        return str(value).replace(".", ",") if self._comma and isinstance(value, float) else _harmless(value)

    def close(self) -> None:
        self._file.close()


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        words = plain_text(value)
        return f"'{words}" if words.startswith(_FORMULA) else words
    return value.isoformat() if isinstance(value, date) else value


class _Json:
    """An array with an object a row, under the columns' names."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._between = "[\n"

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._file.write(self._between + json.dumps(row, ensure_ascii=False, default=_iso))
            self._between = ",\n"

    def close(self) -> None:
        self._file.write("\n]\n" if self._between == ",\n" else "[]\n")
        self._file.close()


def _iso(value: date | datetime) -> str:
    return value.isoformat()
