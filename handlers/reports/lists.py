"""Which report: the list to choose from, opening one, where the agency's reports stand, and which to edit."""

from __future__ import annotations

from content.figures import moment
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.plans.duties import Duty, agency_name, duties_of, duty_on, only_officers
from handlers.plans.periods import Standing, read_subject, subject, titled
from handlers.plans.tasks import PAGE, lines_of, numbered, page_of
from handlers.reports import confirming, extending, form, paper, sheet_asking
from handlers.reports.drafts import Draft, draft_by, drafts_of
from handlers.reports.filling import NAME, local
from handlers.reports.loading import open_filling
from handlers.reports.submission import closed
from handlers.turn import Handler, Turn
from storage.contacts import Contact
from storage.plans import Task
from storage.reports import (
    ProgressReport,
    ReportState,
    ReportVersion,
    latest_version,
    report_on,
    reports_of_agency,
)


async def pick(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``reports[:page|status[:page]]`` and the intent: the tasks the agency owes a report on, the most urgent first.

    A recurring task ("hằng tháng") is offered period by period.
    """
    if turn.contact is None:
        return only_officers(turn)
    if arguments[:1] == ["status"]:
        return await status(turn, arguments[1:])
    put_aside(turn)
    duties = await duties_of(turn.db, turn.catalog, turn.contact.agency_id, turn.local_now.date())
    open_ones = sheet_asking.open_duties(duties)
    if not open_ones:
        agency = agency_name(turn, turn.contact.agency_id)
        status_choice = turn.choice("report.button.status", choice_value("reports", "status"))
        tasks = turn.choice("report.button.tasks", "tasks")
        return [turn.say("report.pick.none", status_choice, tasks, agency=agency)]
    page, pages = page_of(arguments, len(open_ones))
    heading = turn.text("report.pick.heading_page" if pages > 1 else "report.pick.heading", page=page, pages=pages)
    lines, choices = numbered(turn, open_ones, page, "report.pick.line", "report")
    if pages > 1:
        choices.append(turn.choice("report.button.more", choice_value("reports", page % pages + 1)))
    return [Reply("\n".join([heading, *lines]), (*choices, *sheet_asking.button(turn)))]


def put_aside(turn: Turn) -> None:
    """Close an open report before a list is shown, so that a typed number picks from the list; the draft is kept."""
    if turn.conversation.form.get("name") == NAME:
        turn.conversation.form = {}


async def open_report(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``report:<task id>[@<period>][:resume|fresh|parts|look|add|replace]``: a new report, a draft to go on with, or
    another version of what was submitted."""
    if turn.contact is None:
        return only_officers(turn)
    name, how = [*arguments, "", ""][:2]
    task_id, key = read_subject(name)
    task = await turn.db.get(Task, task_id)
    tasks = turn.choice("report.button.tasks", "tasks")
    if task is None:
        return [turn.say("report.unknown_task", tasks)]
    today = turn.local_now.date()
    duty = await duty_on(turn.db, turn.catalog, task, turn.contact.agency_id, key, today)
    if duty is None:
        return [turn.say("report.not_yours", tasks, agency=agency_name(turn, turn.contact.agency_id))]
    if duty.broken_down:
        return [await lines_of(turn, duty, turn.contact, turn.text("officer.task.title", title=task.title))]
    current = await open_filling(turn)
    if current is not None and current.subject == duty.subject and how != "fresh":
        return await form.resume(turn)
    standing = duty.period.standing(today, turn.catalog.province.reporting.late_days)
    returned = duty.report is not None and duty.report.state is ReportState.RETURNED
    if standing is Standing.CLOSED and not returned:
        return [closed(turn, duty.title(turn.catalog.text), duty.subject, duty.period)]
    report = await report_on(turn.db, task.id, turn.contact.agency_id, turn.now, duty.period.key)
    return await _opened(turn, duty, report, turn.contact, how)


async def _opened(turn: Turn, duty: Duty, report: ProgressReport, contact: Contact, how: str) -> list[Reply]:
    if report.awaiting:
        return [await confirming.waiting(turn, duty.title(turn.catalog.text), report)]
    own, shares = draft_by(report, contact.id), drafts_of(report)
    title = duty.title(turn.catalog.text)
    card = turn.text("report.card.title", title=title)
    if shares and how == "resume":
        return await form.start(turn, duty, report, turn.text("report.resuming", title=title))
    if shares and how == "fresh":
        return await form.start(turn, duty, report, card, anew=True)
    if own is not None:
        return [_draft_question(turn, duty, own)]
    if shares:
        return await form.join(turn, duty, report, how)
    latest = await latest_version(turn.db, report)
    if latest is None and how == "fresh":
        return await form.start(turn, duty, report, card)
    if latest is None or (how == "replace" and report.state is not ReportState.RETURNED):
        return await form.offer(turn, duty, report)
    if report.state is ReportState.RETURNED:
        lines = [_reopening(turn, title, report, latest)]
        if report.return_reason:
            lines.append(turn.text("report.returned_because", reason=plain(report.return_reason)))
        return await form.start(turn, duty, report, "\n".join(lines), over=latest.version)
    if how == "add":
        said = turn.text("report.attempt.adding", title=title, version=latest.version)
        return await form.start(turn, duty, report, said, over=latest.version)
    return [_attempt_question(turn, duty, report, latest)]


def _reopening(turn: Turn, title: str, report: ProgressReport, latest: ReportVersion) -> str:
    return turn.text(
        "report.reopening",
        title=title,
        version=latest.version,
        time=moment(local(latest.submitted_at)),
        code=report.receipt,
        next=latest.version + 1,
    )


def _attempt_question(turn: Turn, duty: Duty, report: ProgressReport, latest: ReportVersion) -> Reply:
    """A report was handed in already: whether another version adds to it or replaces it."""
    lines = [_reopening(turn, duty.title(turn.catalog.text), report, latest), turn.text("report.attempt.ask")]
    if report.state is ReportState.ACCEPTED:
        lines.append(turn.text("report.was_accepted"))
    choices = (
        turn.choice("report.attempt.button.add", choice_value("report", duty.subject, "add")),
        turn.choice("report.attempt.button.replace", choice_value("report", duty.subject, "replace")),
        turn.choice("report.button.status", choice_value("reports", "status")),
    )
    return Reply("\n".join(lines), choices)


def _draft_question(turn: Turn, duty: Duty, draft: Draft) -> Reply:
    resume = turn.choice("report.button.resume", choice_value("report", duty.subject, "resume"))
    fresh = turn.choice("report.button.fresh", choice_value("report", duty.subject, "fresh"))
    title, time = duty.title(turn.catalog.text), moment(local(draft.at))
    return Reply(
        turn.text("report.draft_own", title=title, time=time, done=draft.done, count=draft.count), (resume, fresh)
    )


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
    page, pages = page_of(arguments, len(reports))
    key = "report.status_list.heading_page" if pages > 1 else "report.status_list.heading"
    lines, choices = [turn.text(key, agency=agency, page=page, pages=pages)], []
    for number, report in enumerate(reports[(page - 1) * PAGE : page * PAGE], 1):
        lines += await _status_lines(turn, number, report)
        label = _edit_label(turn, report)
        choices.append(Choice(label, choice_value("report", subject(report.task_id, report.period))))
    if pages > 1:
        choices.append(turn.choice("report.button.more", choice_value("reports", "status", page % pages + 1)))
    return [Reply("\n".join(lines), tuple(choices))]


async def _status_lines(turn: Turn, number: int, report: ProgressReport) -> list[str]:
    task = await turn.db.get(Task, report.task_id)
    facts = {
        "number": number,
        "title": titled(turn.catalog.text, task.title if task else report.task_id, report.period),
        "code": report.receipt or turn.text("report.status_list.no_code"),
        "state": turn.text("confirming.console.waiting" if report.awaiting else f"report.state.{report.state.value}"),
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
        return await open_report(turn, [subject(reports[0].task_id, reports[0].period)])
    lines, choices = [turn.text("report.edit_list.heading")], []
    for number, report in enumerate(reports[:PAGE], 1):
        lines += await _status_lines(turn, number, report)
        name = subject(report.task_id, report.period)
        choices.append(Choice(_edit_label(turn, report), choice_value("report", name)))
    return [Reply("\n".join(lines), tuple(choices))]


CHOICES: dict[str, Handler] = {
    "reports": pick,
    "report": open_report,
    "form": form.pressed,
    paper.NAME: paper.pressed,
    **extending.CHOICES,
}
INTENTS: dict[str, Handler] = {"start_report": pick, "report_status": status, "edit_report": edit}
