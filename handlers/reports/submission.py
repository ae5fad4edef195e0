"""The ways out of a report: kept as a draft, dropped, or submitted as the next version."""

from __future__ import annotations

from datetime import timedelta

from content.figures import day, moment
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.periods import Period
from handlers.reports import confirming, paper, sharing
from handlers.reports.answers import answers_of
from handlers.reports.chasing import reconsider
from handlers.reports.drafts import drop_draft, given_in
from handlers.reports.evidence import keep_for_good
from handlers.reports.filling import Filling, local
from handlers.turn import Turn
from storage.audit import note
from storage.reports import ProgressReport, ReportVersion, VersionKind, report_for_update, submit


def saved(filling: Filling) -> Reply:
    """Close the form; the draft, written after every answer, stays."""
    turn = filling.turn
    if not filling.done:
        return left(filling)
    filling.close()
    resume = turn.choice("report.button.resume", choice_value("report", filling.subject, "resume"))
    menu = turn.choice("report.button.menu", "menu")
    said = turn.text("report.saved", title=filling.title, done=filling.done, count=len(filling.asked))
    closes = filling.period.closes(turn.catalog.province.reporting.late_days)
    kept = [turn.text("period.draft.kept", day=day(closes))] if closes is not None and not filling.is_returned else []
    return Reply("\n".join([said, *kept]), (resume, menu))


def left(filling: Filling) -> Reply:
    """Close a form in which nothing was answered."""
    filling.close()
    return filling.turn.say("report.left", *_after(filling.turn))


async def dropped(filling: Filling) -> Reply:
    """Close the form and forget the officer's draft."""
    turn = filling.turn
    await drop_draft(turn.db, filling.report, filling.contact_id, turn.now)
    who = {"contact": filling.contact_id}
    note(turn.db, "account", "report.draft_dropped", f"report:{filling.report.id}", turn.now, **who)
    filling.close()
    return turn.say("report.dropped", *_after(turn), title=filling.title)


async def send(filling: Filling) -> Reply:
    """Submit what the agency's officers have answered as the next version; everybody's share goes with it."""
    turn = filling.turn
    assert filling.report.id is not None
    report = await report_for_update(turn.db, filling.report.id)
    assert report is not None
    filling.report = report
    if filling.overtaken:
        return await sharing.handed_in(filling)
    if filling.is_closed:
        filling.close()
        return closed(turn, filling.title, filling.subject, filling.period)
    version = await hand_in(filling)
    filling.close()
    if version is None:
        return await confirming.put_receipt(turn, filling.title, report)
    return receipt(turn, filling.period, report, version)


async def hand_in(filling: Filling) -> ReportVersion | None:
    """Store what stands in the report as its next version, with who gave which answer; the draft is emptied. None where
    the head of the agency has to confirm it first.

    The report must be complete, and nothing of it overtaken.
    """
    turn, report = filling.turn, filling.report
    answers = await keep_for_good(filling, answers_of(filling.slots, filling.indicators, filling.asked))
    givers = {
        key: {"contact": ones[0].contact_id, "at": ones[0].at.isoformat()} for key, ones in given_in(report).items()
    }
    kind = VersionKind.SUPPLEMENT if filling.adds else VersionKind.REPLACEMENT
    head = None
    if filling.task.head_confirms:
        if not await confirming.is_head(turn, report.agency_id):
            await confirming.put_to_head(filling, answers, givers, kind)
            return None
        head = filling.contact_id
    channel, explained = turn.account.channel, filling.explained
    version = await submit(
        turn.db, report, answers, filling.contact_id, turn.now, channel, explained, givers, kind, head
    )
    detail = {"version": version.version, "contact": filling.contact_id}
    note(turn.db, "account", "report.submitted", f"report:{report.id}", turn.now, **detail)
    await reconsider(turn.db, turn.catalog, report.agency_id, turn.now)
    return version


def receipt(turn: Turn, period: Period, report: ProgressReport, version: ReportVersion) -> Reply:
    """That a version was received: its code and moment, whether in time, and who looks at it."""
    return turn.say(
        "report.sent",
        *paper.button(turn, report),
        *_after(turn),
        code=report.receipt,
        version=version.version,
        time=moment(local(version.submitted_at)),
        timeliness=paper.timeliness(turn.catalog, period.due, local(version.submitted_at).date()),
        department=turn.catalog.province.department.name,
    )


def closed(turn: Turn, title: str, name: str, period: Period) -> Reply:
    """No report is taken for the period any more; what was drafted stays as it is."""
    closes = period.closes(turn.catalog.province.reporting.late_days)
    assert closes is not None
    assert period.due is not None
    return turn.say(
        "period.closed",
        turn.choice("extension.button.ask", choice_value("extension", "ask", name)),
        turn.choice("report.button.human", "human"),
        turn.choice("report.button.status", choice_value("reports", "status")),
        title=title,
        day=day(closes + timedelta(days=1)),
        days=(turn.local_now.date() - period.due).days,
        department=turn.catalog.province.department.name,
    )


def _after(turn: Turn) -> tuple[Choice, ...]:
    return (
        turn.choice("report.button.other_report", "reports"),
        turn.choice("report.button.status", choice_value("reports", "status")),
        turn.choice("report.button.menu", "menu"),
    )
