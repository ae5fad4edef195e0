"""Which report: the list to choose from, opening one, where the agency's reports stand, and which to edit."""

from __future__ import annotations

from collections.abc import Sequence

from content.figures import moment
from handlers.duties import Duty, agency_name, due_text, duties_of, duty_on, only_officers, short, standing_text
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.reports import form, paper
from handlers.reports.drafts import Draft, draft_by, drafts_of
from handlers.reports.filling import NAME, local
from handlers.reports.loading import open_filling
from handlers.tasks import PAGE, lines_of
from handlers.turn import Handler, Turn
from storage.contacts import Contact
from storage.plans import Task
from storage.reports import ProgressReport, ReportState, latest_version, report_on, reports_of_agency

AGAIN = "edit"
"""Asks for the last version itself, not for the next one."""


async def pick(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``reports[:page|status[:page]]`` and the intent: the tasks the agency owes a report on, the most urgent first.

    A recurring task ("hằng tháng") is offered again after it was reported on: its next report is another version.
    """
    if turn.contact is None:
        return only_officers(turn)
    if arguments[:1] == ["status"]:
        return await status(turn, arguments[1:])
    put_aside(turn)
    duties = await duties_of(turn.db, turn.contact.agency_id, turn.local_now.date())
    open_ones = [
        duty
        for duty in duties
        if (not duty.handed_in or duty.task.recurrence) and (duty.owed or duty.report is not None)
    ]
    if not open_ones:
        agency = agency_name(turn, turn.contact.agency_id)
        status_choice = turn.choice("report.button.status", choice_value("reports", "status"))
        tasks = turn.choice("report.button.tasks", "tasks")
        return [turn.say("report.pick.none", status_choice, tasks, agency=agency)]
    page, pages = _page(arguments, len(open_ones))
    key = "report.pick.heading_page" if pages > 1 else "report.pick.heading"
    lines = [turn.text(key, page=page, pages=pages)]
    choices = []
    for number, duty in enumerate(open_ones[(page - 1) * PAGE : page * PAGE], 1):
        due, standing = due_text(turn, duty.task), standing_text(turn, duty)
        lines.append(turn.text("report.pick.line", number=number, title=duty.task.title, due=due, standing=standing))
        choices.append(Choice(short(f"{number}. {duty.task.title}"), choice_value("report", duty.task.id)))
    if pages > 1:
        choices.append(turn.choice("report.button.more", choice_value("reports", page % pages + 1)))
    return [Reply("\n".join(lines), tuple(choices))]


def put_aside(turn: Turn) -> None:
    """Close an open report before a list is shown, so that a typed number picks from the list; the draft is kept."""
    if turn.conversation.form.get("name") == NAME:
        turn.conversation.form = {}


def _page(arguments: Sequence[str], count: int) -> tuple[int, int]:
    """The page asked for, within what there is, and how many pages there are."""
    pages = max(1, -(-count // PAGE))
    text = arguments[0] if arguments else ""
    page = int(text) if text.isdecimal() and len(text) < 4 else 1
    return min(max(page, 1), pages), pages


async def open_report(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``report:<task id>[:resume|fresh|edit]``: a new report, a draft to go on with, or the last version to edit."""
    if turn.contact is None:
        return only_officers(turn)
    task_id, how = [*arguments, "", ""][:2]
    task = await turn.db.get(Task, task_id)
    tasks = turn.choice("report.button.tasks", "tasks")
    if task is None:
        return [turn.say("report.unknown_task", tasks)]
    duty = await duty_on(turn.db, task, turn.contact.agency_id, turn.local_now.date())
    if duty is None:
        return [turn.say("report.not_yours", tasks, agency=agency_name(turn, turn.contact.agency_id))]
    if duty.broken_down:
        return [await lines_of(turn, duty, turn.contact, turn.text("officer.task.title", title=task.title))]
    current = await open_filling(turn)
    if current is not None and current.task.id == task.id and how != "fresh":
        return await form.resume(turn)
    report = await report_on(turn.db, task.id, turn.contact.agency_id, turn.now)
    return await _opened(turn, duty, report, turn.contact, how)


async def _opened(turn: Turn, duty: Duty, report: ProgressReport, contact: Contact, how: str) -> list[Reply]:
    own, shares = draft_by(report, contact.id), drafts_of(report)
    others = [draft for draft in shares if draft.contact_id != contact.id]
    if own is not None and how in ("", AGAIN):
        return [_draft_question(turn, duty.task, own)]
    if others and how in ("", AGAIN, "parts", "look"):
        return await form.join(turn, duty.task, report, how)
    if shares and how == "resume":
        resuming = turn.text("report.resuming", title=duty.task.title)
        return await form.start(turn, duty.task, report, resuming)
    if shares and how == "fresh":
        title = turn.text("report.card.title", title=duty.task.title)
        return await form.start(turn, duty.task, report, title, anew=True)
    latest = await latest_version(turn.db, report)
    if latest is None and how == "fresh":
        return await form.start(turn, duty.task, report, turn.text("report.card.title", title=duty.task.title))
    if latest is None or (how != AGAIN and _is_due_again(duty.task, report)):
        return await form.offer(turn, duty.task, report)
    lines = [
        turn.text(
            "report.reopening",
            title=duty.task.title,
            version=latest.version,
            time=moment(local(latest.submitted_at)),
            code=report.receipt,
            next=latest.version + 1,
        )
    ]
    if report.state is ReportState.RETURNED and report.return_reason:
        lines.append(turn.text("report.returned_because", reason=plain(report.return_reason)))
    if report.state is ReportState.ACCEPTED:
        lines.append(turn.text("report.was_accepted"))
    return await form.start(turn, duty.task, report, "\n".join(lines), over=latest.version)


def _is_due_again(task: Task, report: ProgressReport) -> bool:
    """Whether the last version is done with, so that the next report is a new one and no correction."""
    done = report.state is ReportState.ACCEPTED
    return done or (task.recurrence is not None and report.state is ReportState.SUBMITTED)


def _draft_question(turn: Turn, task: Task, draft: Draft) -> Reply:
    resume = turn.choice("report.button.resume", choice_value("report", task.id, "resume"))
    fresh = turn.choice("report.button.fresh", choice_value("report", task.id, "fresh"))
    facts = {"title": task.title, "time": moment(local(draft.at)), "done": draft.done, "count": draft.count}
    return Reply(turn.text("report.draft_own", **facts), (resume, fresh))


async def status(turn: Turn, arguments: list[str]) -> list[Reply]:
    """The agency's reports with state, receipt code and the reason of a return."""
    if turn.contact is None:
        return only_officers(turn)
    put_aside(turn)
    agency = agency_name(turn, turn.contact.agency_id)
    reports = [one for one in await reports_of_agency(turn.db, turn.contact.agency_id) if one.version or one.draft]
    report_choice = turn.choice("report.button.report", "reports")
    if not reports:
        return [turn.say("report.status_list.none", report_choice, agency=agency)]
    page, pages = _page(arguments, len(reports))
    key = "report.status_list.heading_page" if pages > 1 else "report.status_list.heading"
    lines, choices = [turn.text(key, agency=agency, page=page, pages=pages)], []
    for number, report in enumerate(reports[(page - 1) * PAGE : page * PAGE], 1):
        lines += await _status_lines(turn, number, report)
        label = _edit_label(turn, report)
        again = [AGAIN] if report.version else []
        choices.append(Choice(label, choice_value("report", report.task_id, *again)))
    if pages > 1:
        choices.append(turn.choice("report.button.more", choice_value("reports", "status", page % pages + 1)))
    return [Reply("\n".join(lines), tuple(choices))]


async def _status_lines(turn: Turn, number: int, report: ProgressReport) -> list[str]:
    task = await turn.db.get(Task, report.task_id)
    facts = {
        "number": number,
        "title": task.title if task else report.task_id,
        "code": report.receipt or turn.text("report.status_list.no_code"),
        "state": turn.text(f"report.state.{report.state.value}"),
        "time": moment(local(report.updated_at)),
    }
    lines = [turn.text("report.status_list.line", **facts)]
    if report.state is ReportState.RETURNED and report.return_reason:
        lines.append(turn.text("report.status_list.reason", reason=plain(report.return_reason)))
    return lines


def _edit_label(turn: Turn, report: ProgressReport) -> str:
    if report.receipt is None:
        return turn.text("report.button.resume")
    return turn.text("report.button.fix_one", code=report.receipt)


async def edit(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """Which of the submitted reports is to be edited; the only one is opened at once."""
    if turn.contact is None:
        return only_officers(turn)
    put_aside(turn)
    reports = [one for one in await reports_of_agency(turn.db, turn.contact.agency_id) if one.version]
    reports.sort(key=lambda one: one.state is not ReportState.RETURNED)
    if not reports:
        agency = agency_name(turn, turn.contact.agency_id)
        return [turn.say("report.edit_list.none", turn.choice("report.button.report", "reports"), agency=agency)]
    if len(reports) == 1:
        return await open_report(turn, [reports[0].task_id, AGAIN])
    lines, choices = [turn.text("report.edit_list.heading")], []
    for number, report in enumerate(reports[:PAGE], 1):
        lines += await _status_lines(turn, number, report)
        choices.append(Choice(_edit_label(turn, report), choice_value("report", report.task_id, AGAIN)))
    return [Reply("\n".join(lines), tuple(choices))]


CHOICES: dict[str, Handler] = {"reports": pick, "report": open_report, "form": form.pressed, paper.NAME: paper.pressed}
INTENTS: dict[str, Handler] = {"start_report": pick, "report_status": status, "edit_report": edit}
