"""The delivery report of a digest as a workbook, and as the sheet of paper for the weekly meeting."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

from bot.exports.pages import CENTRE, JUSTIFY, LEFT, blank, line, table
from bot.exports.sheets import add_sheet, new_workbook, packed
from content.catalog import Catalog
from content.figures import day, figure, moment
from handlers.digests.delivery_report import AgencyLine, DeliveryReport
from handlers.digests.rendering import week_span
from handlers.digests.weeks import Week
from handlers.turn import LOCAL

BODY, TABLE = 13, 11
_AGENCIES = (
    ("agency", 40), ("stage", 16), ("channels", 14), ("sent", 18), ("delivered", 18), ("seen", 18),
    ("acknowledged", 18), ("by", 24), ("handed", 24), ("hours", 14), ("items", 12), ("items_taken", 12),
    ("questions", 10), ("chased", 40), ("tasks", 12), ("tasks_reported", 12),
)  # fmt: skip
_ITEMS = (
    ("number", 8), ("title", 70), ("agencies", 16), ("taken", 14), ("given", 12), ("questions", 10), ("note", 16),
)  # fmt: skip
_CAUSES = (("count", 10), ("state", 16), ("cause", 100))
_SUMMARY = (("measure", 24), ("value", 14), ("of", 12), ("unsupported", 20))


def write_workbook(report: DeliveryReport, catalog: Catalog) -> bytes:
    """The report as the bytes of an .xlsx file: one row for each agency, item and cause."""
    workbook = new_workbook()
    text = catalog.text
    summary = [
        [text(f"delivery_report.stage.{one.name}"), one.count, one.of, one.unsupported or None] for one in report.stages
    ]
    causes = [[one.count, text(f"digest.delivery.{one.state.value}"), one.words] for one in report.causes]
    for name, columns, rows in (
        ("summary", _SUMMARY, summary),
        ("agencies", _AGENCIES, [_agency(one, catalog) for one in report.agencies]),
        ("items", _ITEMS, _items(report, catalog)),
        ("causes", _CAUSES, causes),
    ):
        headings = [(text(f"delivery_report.column.{column}"), width) for column, width in columns]
        add_sheet(workbook, text(f"delivery_report.sheet.{name}"), headings, rows)
    return packed(workbook)


def _agency(one: AgencyLine, catalog: Catalog) -> list[Any]:
    text = catalog.text
    channels = ", ".join(text.section("console.channel").get(channel, channel) for channel in one.channels)
    return [
        one.agency,
        text(f"delivery_report.stage.{one.stage}"),
        channels,
        _local(one.sent_at),
        _local(one.delivered_at),
        _local(one.seen_at),
        _local(one.acknowledged_at),
        one.acknowledged_by,
        one.handed_to,
        None if one.hours is None else round(one.hours, 1),
        one.items,
        one.items_taken,
        one.questions,
        rungs(one, catalog),
        one.tasks,
        one.tasks_reported,
    ]


def rungs(one: AgencyLine, catalog: Catalog) -> str:
    """Who was reminded when: "đầu mối 12/11/2024, phó 13/11/2024"."""
    text = catalog.text
    return ", ".join(
        text(
            "delivery_report.rung_at",
            rung=text(f"delivery_report.rung.{rung.value}"),
            day=day(at.astimezone(LOCAL).date()),
        )
        for rung, at in one.rungs
    )


def _items(report: DeliveryReport, catalog: Catalog) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for one in report.items:
        key = "withdrawn" if one.withdrawn else "corrected" if one.corrected else ""
        note = catalog.text(f"delivery_report.items.{key}") if key else ""
        rows.append([one.number, one.title, one.agencies, one.taken, one.handed, one.questions, note])
    return rows


def _local(at: datetime | None) -> datetime | None:
    """Local time without a zone: a sheet knows none."""
    return None if at is None else at.astimezone(LOCAL).replace(tzinfo=None)


def write_paper(report: DeliveryReport, catalog: Catalog) -> bytes:
    """The sheet for the weekly meeting as the bytes of a .docx file."""
    text = catalog.text
    document = blank()
    office = catalog.agency_name(catalog.province.department.id)
    week = week_span(Week.parse(report.digest.week))["week"]
    line(document, office.upper(), BODY - 1, CENTRE, bold=True)
    line(document, text("delivery_report.paper.kind"), BODY + 1, CENTRE, bold=True, before=12)
    line(document, text("delivery_report.paper.week", week=week), BODY, CENTRE, bold=True)
    as_of = text("delivery_report.paper.as_of", moment=moment(report.as_of.astimezone(LOCAL)))
    line(document, as_of, BODY - 1, CENTRE, italic=True, after=8)
    line(document, report.sentence(catalog), BODY, JUSTIFY, bold=True, after=4)
    if report.median_hours is not None:
        hours = figure(round(report.median_hours, 1))
        line(document, text("delivery_report.paper.median", hours=hours), BODY, JUSTIFY)
    if report.waiting_questions:
        line(document, text("delivery_report.paper.questions", count=report.waiting_questions), BODY, JUSTIFY)
    line(document, "", 4)
    _table(document, catalog, _SUMMARY, (52, 35, 30, 45), [
        [text(f"delivery_report.stage.{one.name}"), str(one.count), str(one.of), str(one.unsupported or "–")]
        for one in report.stages
    ])  # fmt: skip
    late = [f"{number}. {_late(one, catalog)}" for number, one in enumerate(report.late, 1)]
    _listed(document, catalog, "late", late)
    _listed(document, catalog, "unreached", ["; ".join(one.agency for one in report.unreached)], len(report.unreached))
    causes = [f"{text('delivery_report.cause.count', count=one.count)}: {one.words}" for one in report.causes]
    _listed(document, catalog, "causes", causes)
    line(document, text("delivery_report.paper.items"), BODY, LEFT, bold=True, before=10, after=4, together=True)
    columns = (("number", 14), ("title", 81), ("agencies", 24), ("taken", 22), ("questions", 21))
    rows = [[str(row[place] or "–") for place in (0, 1, 2, 3, 5)] for row in _items(report, catalog)]
    _table(document, catalog, columns, tuple(width for _, width in columns), rows, left=2)
    line(document, text("delivery_report.paper.conclusion"), BODY, LEFT, bold=True, before=12, after=4)
    for _ in range(4):
        line(document, "." * 120, BODY - 1, LEFT, after=6)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _late(one: AgencyLine, catalog: Catalog) -> str:
    if not one.rungs:
        return one.agency
    return catalog.text("delivery_report.paper.chased", agency=one.agency, rungs=rungs(one, catalog))


def _listed(document: Any, catalog: Catalog, name: str, entries: list[str], count: int | None = None) -> None:
    count = len(entries) if count is None else count
    heading = f"{catalog.text(f'delivery_report.paper.{name}')} ({count})"
    line(document, heading, BODY, LEFT, bold=True, before=10, together=True)
    for words in entries if count else [catalog.text("delivery_report.paper.none")]:
        line(document, words, BODY, LEFT)


def _table(
    document: Any,
    catalog: Catalog,
    columns: tuple[tuple[str, int], ...],
    widths: tuple[int, ...],
    rows: list[list[str]],
    left: int = 1,
) -> None:
    headings = [
        (catalog.text(f"delivery_report.column.{name}"), width)
        for (name, _), width in zip(columns, widths, strict=True)
    ]
    table(document, headings, rows, TABLE, left)
