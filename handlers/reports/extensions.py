"""More time for a report: an agency asks, the department gives a day or says why not, and can take that back.

Every function works in the caller's session and never commits. The day given is the report's last day in time from
then on: for duties, reminders, digests and the figures of who was in time.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import day
from handlers.messages import Choice, Reply, choice_value, clean_text, plain
from handlers.plans.duties import Duty
from handlers.plans.periods import subject, titled
from handlers.reports.review import REVIEWERS
from handlers.reports.telling import tell_agency
from handlers.turn import LOCAL
from handlers.working_time import working_time
from storage.audit import note
from storage.contacts import Contact
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.extensions import (
    Extension,
    ExtensionState,
    extension_for_update,
    extensions,
    newest_extension,
)
from storage.links import chats_of
from storage.plans import Task

EVERY = 2
"""Working days after which the department is reminded of a request, again and again until it is decided."""
LONGEST_ANSWER = 500
MOST = 500


class Decided(Exception):
    """The request does not wait any more: somebody decided it, or the agency took it back."""


class NoAnswer(ValueError):
    """A refusal without a reason, or one longer than LONGEST_ANSWER; a day that gives no time."""


async def put_request(
    db: AsyncSession, duty: Duty, contact: Contact, until: date, reason: str, now: datetime
) -> Extension:
    """Write the request down; the one that waits already, when a colleague was faster."""
    task_id, agency_id, key = duty.task.id, contact.agency_id, duty.period.key
    newest = await newest_extension(db, task_id, agency_id, key)
    if newest is not None and newest.state is ExtensionState.WAITING:
        return newest
    assert duty.due is not None
    request = Extension(
        task_id=task_id,
        agency_id=agency_id,
        period=key,
        due=duty.due,
        until=until,
        reason=reason,
        contact_id=contact.id,
        asked_at=now,
    )
    db.add(request)
    await db.flush()
    note(db, "account", "extension.ask", f"extension:{request.id}", now, contact=contact.id, until=until.isoformat())
    return request


async def withdraw(db: AsyncSession, request_id: int, contact: Contact, now: datetime) -> bool:
    """Take a request of one's agency back; False when it was decided already, or is not theirs."""
    request = await extension_for_update(db, request_id)
    if request is None or request.agency_id != contact.agency_id or request.state is not ExtensionState.WAITING:
        return False
    request.state, request.decided_at = ExtensionState.WITHDRAWN, now
    db.add(request)
    note(db, "account", "extension.withdraw", f"extension:{request_id}", now, contact=contact.id)
    return True


async def grant(
    db: AsyncSession, catalog: Catalog, request_id: int, until: date, words: str, actor: str, now: datetime
) -> None:
    """Give the agency until this day. Raises Decided, NoAnswer; LookupError for an unknown request."""
    request, words = await _waiting(db, request_id), clean_text(words)
    if until <= request.due or until < now.astimezone(LOCAL).date() or len(words) > LONGEST_ANSWER:
        raise NoAnswer
    request.state, request.granted_until, request.answer = ExtensionState.GRANTED, until, words or None
    request.decided_by, request.decided_at = actor, now
    db.add(request)
    note(db, actor, "extension.grant", f"extension:{request_id}", now, until=until.isoformat())
    line = catalog.text("extension.notice.words", words=plain(words)) if words else ""
    await _tell(db, catalog, request, "extension.notice.granted", now, until=day(until), words=line)


async def refuse(db: AsyncSession, catalog: Catalog, request_id: int, reason: str, actor: str, now: datetime) -> None:
    """Say why not. Raises Decided, NoAnswer; LookupError for an unknown request."""
    request, reason = await _waiting(db, request_id), clean_text(reason)
    if not reason or len(reason) > LONGEST_ANSWER:
        raise NoAnswer
    request.state, request.answer = ExtensionState.REFUSED, reason
    request.decided_by, request.decided_at = actor, now
    db.add(request)
    note(db, actor, "extension.refuse", f"extension:{request_id}", now, reason=reason)
    await _tell(db, catalog, request, "extension.notice.refused", now, reason=plain(reason), due=day(request.due))


async def reopen(db: AsyncSession, catalog: Catalog, request_id: int, actor: str, now: datetime) -> None:
    """Take the decision back: the request waits again. Raises Decided when there is nothing to take back, or the agency
    has asked anew; LookupError for an unknown request."""
    request = await extension_for_update(db, request_id)
    if request is None:
        raise LookupError(request_id)
    newest = await newest_extension(db, request.task_id, request.agency_id, request.period)
    if request.state not in (ExtensionState.GRANTED, ExtensionState.REFUSED) or newest is not request:
        raise Decided
    request.state, request.granted_until, request.answer = ExtensionState.WAITING, None, None
    request.decided_by, request.decided_at = None, now
    db.add(request)
    note(db, actor, "extension.reopen", f"extension:{request_id}", now)
    await _tell(db, catalog, request, "extension.notice.reopened", now, due=day(request.due))


async def _waiting(db: AsyncSession, request_id: int) -> Extension:
    request = await extension_for_update(db, request_id)
    if request is None:
        raise LookupError(request_id)
    if request.state is not ExtensionState.WAITING:
        raise Decided
    return request


async def title_of(db: AsyncSession, catalog: Catalog, request: Extension) -> str:
    """What the request is about."""
    task = await db.get(Task, request.task_id)
    return titled(catalog.text, task.title if task else request.task_id, request.period)


async def _tell(db: AsyncSession, catalog: Catalog, request: Extension, key: str, now: datetime, **params: str) -> None:
    title, agency = await title_of(db, catalog, request), catalog.agency_name(request.agency_id)
    open_it = choice_value("report", subject(request.task_id, request.period))
    choice = Choice(catalog.text("report.button.report"), open_it)
    text = catalog.text(key, title=title, agency=agency, **params)
    name = f"extension:{request.id}:{request.state.value}:{now:%Y%m%d%H%M%S}"
    await tell_agency(db, catalog, request.agency_id, text, choice, name, now)


async def remind_department(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Tell those who decide, once a day and all together, of requests that have waited EVERY working days, or twice as
    long, and so on; how many messages. The caller makes sure that it is working time."""
    working, today = working_time(catalog), now.astimezone(LOCAL).date()
    due = []
    for request in await extensions(db, waiting=True, limit=MOST):
        days = working.days_between(request.asked_at.astimezone(LOCAL).date(), today)
        if days and days % EVERY == 0:
            due.append((request, days))
    chats = await chats_of(db, sorted(REVIEWERS)) if due else []
    if not chats:
        return 0
    lines = [catalog.text("extension.department.heading", count=len(due))]
    for request, days in due[:10]:
        agency, title = catalog.agency_name(request.agency_id), await title_of(db, catalog, request)
        until = day(request.until)
        lines.append(catalog.text("extension.department.line", agency=agency, title=title, until=until, days=days))
    text = "\n".join([*lines, catalog.text("extension.department.where")])
    rows = [
        new_delivery(DeliveryKind.NOTICE, f"extensions:{today}:{account.id}", account, Reply(text).to_json(), now)
        for _, account in chats
    ]
    return await queue_deliveries(db, rows)
