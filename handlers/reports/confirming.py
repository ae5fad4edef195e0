"""The head's confirmation: where a plan asks for it, a report counts only once the head of the agency has agreed.

What an officer hands in is frozen with the report (``ProgressReport.awaiting``) and shown to the head on their own
phone: confirmed, it becomes the next version at that moment; sent back, it is a draft again. Officers may take it back
meanwhile. A head is asked twice at most, and whoever becomes one later is asked then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import day, moment
from content.whole_numbers import whole
from handlers import start
from handlers.choices import folded
from handlers.covering import cover, uncover
from handlers.messages import Choice, Reply, choice_value, clean_text, plain
from handlers.plans.duties import only_officers
from handlers.plans.periods import period_for, subject, titled
from handlers.reports.answers import Answers
from handlers.reports.chasing import reconsider
from handlers.reports.filling import Filling, local
from handlers.reports.paper import button as paper_button
from handlers.reports.paper import timeliness
from handlers.reports.review import LONGEST_REASON, SHORTEST_REASON
from handlers.reports.review_cards import answer_lines
from handlers.reports.sharing import author_name
from handlers.turn import LOCAL, Handler, Turn
from handlers.working_time import working_time
from storage.appointments import ContactRole, contacts_of, reachable
from storage.audit import note
from storage.contacts import Account
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.plans import Task
from storage.reports import ProgressReport, VersionKind, report_for_update, reports_awaiting, submit

NAME = "confirming"
VERB = "hd"
AGAIN = timedelta(hours=24)
"""After so long the head is asked once more; then never again."""


async def is_head(turn: Turn, agency_id: str) -> bool:
    """Whether who writes is the head of the agency today."""
    heads = await contacts_of(turn.db, agency_id, turn.local_now.date(), ContactRole.HEAD)
    return turn.contact is not None and any(contact.id == turn.contact.id for _, contact in heads)


async def put_to_head(filling: Filling, answers: Answers, givers: dict[str, Any], kind: VersionKind) -> None:
    """Freeze what stands in the report until the head has decided."""
    turn, report = filling.turn, filling.report
    report.awaiting = {
        "answers": answers,
        "givers": givers,
        "explained": filling.explained,
        "by": filling.contact_id,
        "channel": turn.account.channel,
        "kind": kind.value,
    }
    report.awaiting_since = report.updated_at = turn.now
    turn.db.add(report)
    note(turn.db, "account", "report.put_to_head", f"report:{report.id}", turn.now, contact=filling.contact_id)


async def put_receipt(turn: Turn, title: str, report: ProgressReport) -> Reply:
    """That the report waits for the head; without one, how to go on."""
    found = await reachable(turn.db, [report.agency_id], [ContactRole.HEAD], turn.local_now.date())
    withdraw = turn.choice("confirming.button.withdraw", choice_value(VERB, "withdraw", report.id))
    menu = turn.choice("report.button.menu", "menu")
    department = turn.catalog.province.department.name
    if not found:
        human = turn.choice("report.button.human", "human")
        return turn.say("confirming.no_head", human, withdraw, menu, title=title, department=department)
    names = ", ".join(dict.fromkeys(plain(contact.name) for _, contact, _ in found))
    return turn.say("confirming.put", withdraw, menu, title=title, names=names, department=department)


async def tell_heads(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Send each head the card of what waits for them, and once more after a day. Nothing at night."""
    if working_time(catalog).is_quiet(now):
        return 0
    rows = []
    for report in await reports_awaiting(db):
        assert report.awaiting_since is not None
        stamp = _stamp(report)
        occasions = ["card", "again"] if now - report.awaiting_since >= AGAIN else ["card"]
        heads = await reachable(db, [report.agency_id], [ContactRole.HEAD], now.astimezone(LOCAL).date())
        for _, contact, account in heads:
            choices = () if contact.agency_id == report.agency_id else (_go_there(catalog, report.agency_id),)
            card = await _card(db, catalog, report, now, occasions[-1], choices)
            key = f"{NAME}:{report.id}:{stamp}:{occasions[-1]}:{account.id}"
            rows.append(new_delivery(DeliveryKind.NOTICE, key, account, card.to_json(), now))
    return await queue_deliveries(db, rows)


def _go_there(catalog: Catalog, agency_id: str) -> Choice:
    """For a head who is at another agency just now."""
    return Choice(catalog.text("officer.button.go_there"), choice_value("reg", "at", agency_id))


def _stamp(report: ProgressReport) -> str:
    """Tells one asking from another."""
    assert report.awaiting_since is not None
    return f"{int(report.awaiting_since.timestamp() * 1000):x}"


async def _card(
    db: AsyncSession,
    catalog: Catalog,
    report: ProgressReport,
    now: datetime,
    occasion: str,
    more: tuple[Choice, ...] = (),
) -> Reply:
    text, task = catalog.text, await db.get_one(Task, report.task_id)
    assert report.awaiting_since is not None
    today, policy = now.astimezone(LOCAL).date(), catalog.province.reporting
    period = await period_for(db, task, report.agency_id, report.period, policy, today)
    due = period.due if period else None
    lines = [
        text(
            f"confirming.heading.{occasion}",
            title=titled(text, task.title, report.period),
            agency=catalog.agency_name(report.agency_id),
            author=await author_name(db, catalog, report.awaiting["by"]),
            time=moment(local(report.awaiting_since)),
        ),
        text("officer.tasks.due", day=day(due)) if due else text("officer.tasks.no_due"),
    ]
    lines += [line for _, _, line in await answer_lines(db, catalog, report, report.awaiting["answers"])]
    of = (report.id, _stamp(report))
    choices = (
        Choice(text("confirming.button.confirm"), choice_value(VERB, "confirm", *of)),
        Choice(text("confirming.button.return"), choice_value(VERB, "return", *of)),
    )
    return Reply("\n".join(lines), (*choices, *more))


async def waiting(turn: Turn, title: str, report: ProgressReport) -> Reply:
    """For an officer who opens a report that is with the head; the head gets the card again."""
    if await is_head(turn, report.agency_id):
        return await _card(turn.db, turn.catalog, report, turn.now, "card")
    assert report.awaiting_since is not None
    return turn.say(
        "confirming.waiting",
        turn.choice("confirming.button.withdraw", choice_value(VERB, "withdraw", report.id)),
        turn.choice("report.button.status", choice_value("reports", "status")),
        title=title,
        name=await author_name(turn.db, turn.catalog, report.awaiting["by"]),
        time=moment(local(report.awaiting_since)),
    )


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``hd:<confirm|return>:<report>:<stamp>``, ``hd:withdraw:<report>``."""
    act, number, stamp = [*arguments, "", "", ""][:3]
    if turn.contact is None:
        return only_officers(turn)
    report = await report_for_update(turn.db, whole(number) or 0)
    if report is None or report.agency_id != turn.contact.agency_id or act not in ("confirm", "return", "withdraw"):
        return [start.old_button(turn)]
    if not report.awaiting or (act != "withdraw" and stamp != _stamp(report)):
        return [turn.say("confirming.over", turn.choice("report.button.status", choice_value("reports", "status")))]
    if act == "withdraw":
        return [await _withdrawn(turn, report)]
    if not await is_head(turn, report.agency_id):
        return [turn.say("confirming.not_head")]
    return [await _confirmed(turn, report)] if act == "confirm" else _begin_return(turn, report)


async def _confirmed(turn: Turn, report: ProgressReport) -> Reply:
    assert turn.contact is not None
    held = report.awaiting
    version = await submit(
        turn.db,
        report,
        held["answers"],
        held["by"],
        turn.now,
        held["channel"],
        held["explained"],
        held["givers"],
        VersionKind(held["kind"]),
        turn.contact.id,
    )
    note(turn.db, "account", "report.confirmed", f"report:{report.id}", turn.now, contact=turn.contact.id)
    await reconsider(turn.db, turn.catalog, report.agency_id, turn.now)
    task = await turn.db.get_one(Task, report.task_id)
    policy, today = turn.catalog.province.reporting, turn.local_now.date()
    period = await period_for(turn.db, task, report.agency_id, report.period, policy, today)
    said: dict[str, Any] = {
        "title": titled(turn.catalog.text, task.title, report.period),
        "code": report.receipt,
        "version": version.version,
        "time": moment(local(version.submitted_at)),
        "timeliness": timeliness(turn.catalog, period.due if period else None, local(version.submitted_at).date()),
        "department": turn.catalog.province.department.name,
    }
    text = turn.text("confirming.told.confirmed", name=plain(turn.contact.name), **said)
    status = turn.choice("report.button.status", choice_value("reports", "status"))
    await _tell_officers(turn, report, f"confirmed:{version.version}", Reply(text, (status,)))
    menu = turn.choice("report.button.menu", "menu")
    return turn.say("confirming.confirmed", *paper_button(turn, report), status, menu, **said)


async def _withdrawn(turn: Turn, report: ProgressReport) -> Reply:
    assert turn.contact is not None
    _release(turn, report)
    note(turn.db, "account", "report.withdrawn", f"report:{report.id}", turn.now, contact=turn.contact.id)
    return turn.say("confirming.withdrawn", turn.choice("report.button.resume", _to_draft(report)))


def _to_draft(report: ProgressReport) -> str:
    return choice_value("report", subject(report.task_id, report.period), "resume")


def _release(turn: Turn, report: ProgressReport) -> None:
    """The report is a draft again, with every answer."""
    report.awaiting, report.awaiting_since, report.updated_at = {}, None, turn.now
    turn.db.add(report)


async def _tell_officers(turn: Turn, report: ProgressReport, occasion: str, reply: Reply) -> None:
    """Tell everybody appointed for the agency but the head who just decided."""
    found = await reachable(turn.db, [report.agency_id], list(ContactRole), turn.local_now.date())
    accounts: dict[int | None, Account] = {
        account.id: account for _, contact, account in found if turn.contact is None or contact.id != turn.contact.id
    }
    key = f"{NAME}:{report.id}:{turn.message.external_id[-40:]}:{occasion}"
    rows = [
        new_delivery(DeliveryKind.NOTICE, f"{key}:{account.id}", account, reply.to_json(), turn.now)
        for account in accounts.values()
    ]
    await queue_deliveries(turn.db, rows)


# Sending back: the reason is typed


def _begin_return(turn: Turn, report: ProgressReport) -> list[Reply]:
    cover(turn, {"name": NAME, "report": report.id, "stamp": _stamp(report)})
    return [turn.say("confirming.reason")]


async def cancel(turn: Turn) -> list[Reply]:
    """The report goes on waiting."""
    uncover(turn, NAME)
    return [turn.say("confirming.kept")]


async def answer(turn: Turn) -> list[Reply] | None:
    """The typed reason; "thôi" leaves the report waiting."""
    form, reason = turn.conversation.form, clean_text(turn.message.text)
    if folded(reason) in ("huy", "huy bo", "thoi"):
        return await cancel(turn)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        return [turn.say("confirming.reason_length", longest=LONGEST_REASON)]
    report = await report_for_update(turn.db, form["report"])
    uncover(turn, NAME)
    if report is None or not report.awaiting or _stamp(report) != form["stamp"]:
        return [turn.say("confirming.over", turn.choice("report.button.status", choice_value("reports", "status")))]
    if not await is_head(turn, report.agency_id):
        return [turn.say("confirming.not_head")]
    assert turn.contact is not None
    task = await turn.db.get_one(Task, report.task_id)
    _release(turn, report)
    note(turn.db, "account", "report.head_returned", f"report:{report.id}", turn.now, contact=turn.contact.id)
    title = titled(turn.catalog.text, task.title, report.period)
    said = {"title": title, "name": plain(turn.contact.name), "reason": plain(reason)}
    resume = turn.choice("report.button.fix", _to_draft(report))
    await _tell_officers(turn, report, "returned", Reply(turn.text("confirming.told.returned", **said), (resume,)))
    return [turn.say("confirming.returned", title=title)]


async def resume(turn: Turn) -> list[Reply]:
    """Ask for the reason (again)."""
    return [turn.say("confirming.reason")]


CHOICES: dict[str, Handler] = {VERB: pressed}
INTENTS: dict[str, Handler] = {}
