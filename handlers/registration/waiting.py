"""Requests nobody decides: the department is reminded every other working day, and the person is told that it waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import day
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.turn import LOCAL
from handlers.working_time import working_time
from storage.contacts import Account
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.links import chats_of
from storage.requests import OfficerRequest, requests_waiting
from storage.users import Role

DECIDERS = frozenset({Role.ADMIN, Role.EDITOR})
"""Roles that may decide; the console's table of powers says the same."""
EVERY = 2
"""Working days between two reminders to the department."""
LONG = 5
"""Working days after which the person is told that the request still waits."""


async def remind_of_requests(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Queue what is to be told today about requests that wait; how many messages. The caller makes sure that it is
    working time."""
    waiting = await requests_waiting(db)
    if not waiting:
        return 0
    today, working = now.astimezone(LOCAL).date(), working_time(catalog)
    ages = [(one, working.days_between(one.asked_at.astimezone(LOCAL).date(), today)) for one in waiting]
    rows = [row for one, age in ages if age >= LONG and (row := await _to_person(db, catalog, one, now)) is not None]
    if any(age and age % EVERY == 0 for _, age in ages):
        text = catalog.text("request.remind.department", count=len(waiting), days=max(age for _, age in ages))
        rows += [
            new_delivery(DeliveryKind.NOTICE, f"requests:{today}:{account.id}", account, Reply(text).to_json(), now)
            for _, account in await chats_of(db, sorted(DECIDERS))
        ]
    return await queue_deliveries(db, rows)


async def _to_person(
    db: AsyncSession, catalog: Catalog, request: OfficerRequest, now: datetime
) -> dict[str, Any] | None:
    """Once: that nothing was lost, and whom to call. None for somebody who has left the channel."""
    account = await db.get(Account, request.account_id)
    if account is None or account.left_at is not None:
        return None
    department = catalog.province.department
    told = catalog.text(
        "request.remind.person",
        agency=plain(catalog.agency_name(request.agency_id)),
        day=day(request.asked_at.astimezone(LOCAL).date()),
        department=department.name,
    )
    call = catalog.text("request.remind.call", phone=department.phone) if department.phone else ""
    withdraw = Choice(catalog.text("request.button.withdraw"), choice_value("reg", "withdraw"))
    reply = Reply(" ".join(filter(None, [told, call])), (withdraw,))
    return new_delivery(DeliveryKind.NOTICE, f"request:{request.id}:waiting", account, reply.to_json(), now)
