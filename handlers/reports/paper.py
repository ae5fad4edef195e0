"""An agency's report on one task as a document of its own: what stands in it, and sending it into the chat."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import day, moment
from content.whole_numbers import whole
from handlers import start
from handlers.files import attached
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.duties import only_officers, target_words
from handlers.plans.periods import Period, period_for, titled
from handlers.reports.answers import answered, indicator_of, label, shown
from handlers.reports.sharing import author_name
from handlers.turn import LOCAL, Turn
from storage.files import WORD, FilePurpose, keep_file
from storage.plans import Plan, Task, indicators_of
from storage.reports import ProgressReport, ReportVersion, latest_version

Facts = dict[str, Any]
NAME = "paper"


async def facts_of(db: AsyncSession, catalog: Catalog, report: ProgressReport, version: ReportVersion) -> Facts:
    """What the document of a version says, in words, figures as they were given."""
    task = await db.get_one(Task, report.task_id)
    plan = await db.get_one(Plan, task.plan_id)
    indicators = await indicators_of(db, task.id)
    slots = answered(version.answers, indicators)
    words = {slot: shown(catalog.text, slot, value, indicators) for slot, value in slots.items()}
    submitted = version.submitted_at.astimezone(LOCAL)
    policy, handed_in = catalog.province.reporting, submitted.date()
    period = await period_for(db, task, report.agency_id, report.period, policy, handed_in) or Period()
    due, moved = period.due, bool(report.period) or period.moved
    figures = []
    for slot in slots:
        indicator = indicator_of(slot, indicators)
        if indicator is not None:
            target = target_words(catalog.text, indicator.target, indicator.unit, indicator.comparison)
            figures.append({"task": indicator.name, "target": target, "result": words[slot]})
    ends = [f"{label(catalog.text, slot, indicators)}: {words[slot]}" for slot in ENDS if slot in words]
    return {
        "agency": report.agency_id,
        "plan": {"name": plan.name, "number": plan.number, "issuer": plan.issuer},
        "task": {
            "title": titled(catalog.text, task.title, report.period),
            "path": task.path,
            "due": day(due) if due and moved else task.deadline_as_written or (day(due) if due else None),
        },
        "status": words.get("status", ""),
        "ends": ends,
        "work": version.answers.get("work") or "",
        "difficulties": version.answers.get("difficulties") or "",
        "evidence": words.get("evidence", ""),
        "figures": figures,
        "code": report.receipt,
        "version": version.version,
        "submitted": moment(submitted),
        "year": submitted.year,
        "timeliness": timeliness(catalog, due, handed_in),
        "author": await author_name(db, catalog, version.contact_id),
    }


ENDS = ("finished_on", "expected_on")


def timeliness(catalog: Catalog, due: date | None, handed_in: date) -> str:
    """ "đúng hạn", "quá hạn 3 ngày"."""
    if due is None:
        return catalog.text("report.undated")
    late = (handed_in - due).days
    return catalog.text("report.late", days=late) if late > 0 else catalog.text("report.on_time")


def file_name(report: ProgressReport, version: ReportVersion) -> str:
    return f"{report.receipt}-{version.version}.docx"


def button(turn: Turn, report: ProgressReport) -> tuple[Choice, ...]:
    """The button that brings the document, where documents can be made."""
    return () if turn.papers is None else (turn.choice("receipt.button.paper", choice_value(NAME, report.id)),)


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``paper:<report id>``: the agency's newest version as a Word document."""
    if turn.contact is None:
        return only_officers(turn)
    number = arguments[0] if arguments else ""
    report = await turn.db.get(ProgressReport, whole(number) or 0)
    version = await latest_version(turn.db, report) if report is not None else None
    if turn.papers is None or report is None or version is None or report.agency_id != turn.contact.agency_id:
        return [start.old_button(turn)]
    content = await turn.papers.report(await facts_of(turn.db, turn.catalog, report, version))
    file = await keep_file(turn.db, file_name(report, version), content, WORD, FilePurpose.RECEIPT, turn.now)
    await turn.db.flush()
    said = turn.text("receipt.paper", code=report.receipt, version=version.version)
    instead = turn.text("receipt.instead", department=turn.catalog.province.department.name)
    status = turn.choice("report.button.status", choice_value("reports", "status"))
    menu = turn.choice("report.button.menu", "menu")
    return [Reply(said, (status, menu), attachment=attached(turn.catalog.text, file, instead))]
