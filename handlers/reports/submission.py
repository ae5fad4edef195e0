"""The ways out of a report: kept as a draft, dropped, or submitted as the next version."""

from __future__ import annotations

from content.figures import moment
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.reports.answers import answers_of
from handlers.reports.drafts import drafts_of, drop_draft, restore_drafts
from handlers.reports.filling import Filling, Mode, local
from handlers.reports.questions import filling_choice
from handlers.turn import Turn
from storage.contacts import Contact
from storage.reports import latest_version, report_for_update, submit


def saved(filling: Filling) -> Reply:
    """Close the form; the draft, written after every answer, stays."""
    turn = filling.turn
    if not filling.done:
        return left(filling)
    filling.close()
    resume = turn.choice("report.button.resume", choice_value("report", filling.task.id, "resume"))
    menu = turn.choice("report.button.menu", "menu")
    return turn.say("report.saved", resume, menu, title=filling.task.title, done=filling.done, count=len(filling.asked))


def left(filling: Filling) -> Reply:
    """Close a form in which nothing was answered."""
    filling.close()
    return filling.turn.say("report.left", *_after(filling.turn))


async def dropped(filling: Filling) -> Reply:
    """Close the form and forget the officer's draft."""
    turn = filling.turn
    await drop_draft(turn.db, filling.report, turn.contact.id if turn.contact else None, turn.now)
    filling.close()
    return turn.say("report.dropped", *_after(turn), title=filling.task.title)


async def send(filling: Filling) -> Reply:
    """Submit as the next version. What a colleague submitted or drafts meanwhile stays as it is."""
    turn = filling.turn
    assert filling.report.id is not None
    assert turn.contact is not None
    report = await report_for_update(turn.db, filling.report.id)
    assert report is not None
    if report.version != filling.base:
        filling.latest = await latest_version(turn.db, report)
        filling.base, filling.mode = report.version, Mode.CONFLICT
        filling.step += 1
        await filling.keep()
        return conflict(filling, await author(turn, filling.latest.contact_id if filling.latest else None))
    answers = answers_of(filling.slots, filling.indicators, filling.asked)
    others = [draft for draft in drafts_of(report) if draft.contact_id != turn.contact.id]
    channel, explained = turn.account.channel, filling.explained
    version = await submit(turn.db, report, answers, turn.contact.id, turn.now, channel, explained)
    restore_drafts(report, others)
    filling.close()
    return turn.say(
        "report.sent",
        *_after(turn),
        code=report.receipt,
        version=version.version,
        time=moment(local(turn.now)),
        timeliness=_timeliness(filling),
        department=turn.catalog.province.department.name,
    )


def conflict(filling: Filling, name: str = "") -> Reply:
    """A colleague submitted while this report was being filled in: whether to add another version is asked."""
    turn, latest = filling.turn, filling.latest
    assert latest is not None
    return turn.say(
        "report.conflict",
        turn.choice("report.button.send_anyway", filling_choice(filling, "send")),
        turn.choice("report.button.discard", filling_choice(filling, "drop")),
        name=name or turn.text("report.somebody"),
        version=latest.version,
        time=moment(local(latest.submitted_at)),
        next=latest.version + 1,
    )


async def author(turn: Turn, contact_id: int | None) -> str:
    """The colleague's name, made safe; a neutral word once it was erased."""
    contact = None if contact_id is None else await turn.db.get(Contact, contact_id)
    return plain(contact.name) if contact is not None and contact.name else turn.text("report.somebody")


def _timeliness(filling: Filling) -> str:
    turn, due = filling.turn, filling.task.due
    if due is None:
        return turn.text("report.undated")
    late = (turn.local_now.date() - due).days
    return turn.text("report.late", days=late) if late > 0 else turn.text("report.on_time")


def _after(turn: Turn) -> tuple[Choice, ...]:
    return (
        turn.choice("report.button.other_report", "reports"),
        turn.choice("report.button.status", choice_value("reports", "status")),
        turn.choice("report.button.menu", "menu"),
    )
