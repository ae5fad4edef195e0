"""The sheet (.xlsx) of everything an agency owes: asked for in the chat, filled in at leisure, sent back as a file."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from content.figures import NIL, PERCENT, UNKNOWN, day, figure
from handlers.choices import folded
from handlers.files import attached
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.duties import Duty, agency_name, due_text, duties_of, only_officers, target_text
from handlers.plans.periods import Standing
from handlers.reports.answers import DATES, NAMED, Answers, by_key, is_single, label
from handlers.reports.drafts import drafts_of, together
from handlers.sheet_rows import SheetRow, SheetTask
from handlers.turn import Handler, Turn
from storage.files import SHEET, FilePurpose, keep_file
from storage.plans import Indicator, indicators_of
from storage.reports import ProgressReport, ReportState, latest_version, version_before

VERB = "sheet"
MOST_REPORTS = 60
"""Reports in one sheet: some four hundred rows."""
_ASKED = re.compile(
    r"(?:(?:cho|gui|xin|lay|can|tai|dien|nhap|bang|file|tep|mau|bieu|bao cao|toi|em|minh|bang) )*(?:excel|xlsx)"
)


def open_duties(duties: list[Duty]) -> list[Duty]:
    """What is to be reported on."""
    return [duty for duty in duties if not duty.handed_in and (duty.owed or duty.report is not None)]


def is_taken(turn: Turn, duty: Duty) -> bool:
    """Whether a report on the period is still taken, and not with the head just now."""
    standing = duty.period.standing(turn.local_now.date(), turn.catalog.province.reporting.late_days)
    returned = duty.report is not None and duty.report.state is ReportState.RETURNED
    waiting = duty.report is not None and bool(duty.report.awaiting)
    return (standing is not Standing.CLOSED or returned) and not waiting


def button(turn: Turn) -> tuple[Choice, ...]:
    """The button that brings the sheet, where files can be made."""
    return () if turn.papers is None else (turn.choice("report_sheet.button.ask", choice_value(VERB)),)


async def spoken(turn: Turn) -> list[Reply] | None:
    """ "Bảng excel", "cho tôi file xlsx", from an officer; None for every other line."""
    if turn.contact is None or not _ASKED.fullmatch(folded(turn.message.text)):
        return None
    return await ask(turn)


async def ask(turn: Turn) -> list[Reply]:
    """The sheet with every open report of the officer's agency."""
    if turn.contact is None:
        return only_officers(turn)
    agency, today = turn.contact.agency_id, turn.local_now.date()
    found = open_duties(await duties_of(turn.db, turn.catalog, agency, today))
    duties = [duty for duty in found if is_taken(turn, duty)]
    named = agency_name(turn, agency)
    if turn.papers is None or not duties:
        status = turn.choice("report.button.status", choice_value("reports", "status"))
        return [turn.say("report_sheet.nothing", status, agency=named)]
    tasks = [await _task(turn, duty) for duty in duties[:MOST_REPORTS]]
    content = await turn.papers.sheet(tasks)
    name = turn.text("report_sheet.file_name", agency=agency, day=today.isoformat())
    file = await keep_file(turn.db, name, content, SHEET, FilePurpose.RECEIPT, turn.now)
    await turn.db.flush()
    questions = sum(len(task.rows) for task in tasks)
    lines = [turn.text("report_sheet.out", count=len(tasks), agency=named, questions=questions)]
    if len(duties) > len(tasks):
        lines.append(turn.text("report_sheet.out_more", count=len(tasks), left=len(duties) - len(tasks)))
    link = turn.papers.link(file.id or 0, turn.now)
    office = turn.catalog.province.department.name
    instead = turn.text("report_sheet.instead", link=link) if link else ""
    instead = instead or turn.text("report_sheet.instead_office", department=office)
    menu = turn.choice("report.button.menu", "menu")
    return [Reply("\n".join(lines), (menu,), attachment=attached(turn.catalog.text, file, instead))]


async def _task(turn: Turn, duty: Duty) -> SheetTask:
    assert turn.contact is not None
    assert turn.contact.id is not None
    indicators = await indicators_of(turn.db, duty.task.id)
    report = duty.report
    latest = await latest_version(turn.db, report) if report is not None else None
    past, answers = latest, Answers()
    if report is not None:
        past = latest or await version_before(turn.db, report)
        base = latest.answers if latest is not None and over_of(report) == latest.version else {}
        answers = together(report, base, turn.contact.id)
    now, last = by_key(answers), by_key(past.answers) if past else {}
    rows = [
        SheetRow(
            f"{duty.subject}/{one.id}",
            one.name,
            target=target_text(turn, one),
            last=typed(turn, one.id, last, one),
            answer=typed(turn, one.id, now, one),
            choices=_choices(turn, one),
            example=turn.text(f"report_sheet.example.{_kind(one)}"),
        )
        for one in indicators
    ]
    for name in NAMED:
        statuses = turn.catalog.text.section("report.status_value") if name == "status" else {}
        rows.append(
            SheetRow(
                f"{duty.subject}/{name}",
                label(turn.text, name, indicators),
                last=typed(turn, name, last),
                answer=typed(turn, name, now),
                choices=list(statuses.values()),
                example=turn.text(f"report_sheet.example.{name}"),
            )
        )
    return SheetTask(duty.title(turn.catalog.text), due_text(turn, duty), rows)


def over_of(report: ProgressReport) -> int:
    """The version a report filled in now is on top of: that of the draft, or the one that was sent back."""
    shares = drafts_of(report)
    if shares:
        return shares[0].over
    return report.version if report.state is ReportState.RETURNED else 0


def _kind(indicator: Indicator) -> str:
    return "single" if is_single(indicator) else "percent" if indicator.unit == PERCENT else "figure"


def _choices(turn: Turn, indicator: Indicator) -> list[str]:
    if not is_single(indicator):
        return []
    return [turn.text(f"report_sheet.{key}") for key in ("single.yes_", "single.no_", "nil", "unknown")]


def typed(turn: Turn, key: str, answers: dict[str, Any], indicator: Indicator | None = None) -> str:
    """An answer as it may be typed again; empty for none."""
    if key not in answers:
        return ""
    value = answers[key]
    if value is None:
        return turn.text("report_sheet.skip")
    if indicator is not None:
        return _typed_figure(turn, value, indicator)
    if key == "status":
        return turn.text(f"report.status_value.{value}")
    return day(date.fromisoformat(value)) if key in DATES else str(value)


def _typed_figure(turn: Turn, value: dict[str, Any], indicator: Indicator) -> str:
    kind = value.get("kind")
    if kind in (NIL, UNKNOWN):
        return turn.text("report_sheet.nil" if kind == NIL else "report_sheet.unknown")
    if value.get("whole") is not None:
        return f"{figure(value['part'])}/{figure(value['whole'])}"
    if is_single(indicator) and value["value"] in (0, 1):
        return turn.text(f"report_sheet.single.{'yes_' if value['value'] else 'no_'}")
    return f"{figure(value['value'], 2)}{'%' if indicator.unit == PERCENT else ''}"


async def pressed(turn: Turn, _arguments: list[str]) -> list[Reply]:
    return await ask(turn)


CHOICES: dict[str, Handler] = {VERB: pressed}
INTENTS: dict[str, Handler] = {}
