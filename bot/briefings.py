"""Sending the weekly summary: counts the plans, draws the picture, queues both for the leaders' chats."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.exports.charts import png
from bot.exports.plan_charts import indicator_chart
from content.catalog import Catalog
from handlers.briefing import Due, due_now, questions, summary
from handlers.files import attached
from handlers.messages import Reply
from handlers.reports.snapshots import Counted, count_plan, keep
from handlers.turn import LOCAL
from storage.audit import note
from storage.contacts import Account
from storage.database import Database
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.files import FilePurpose, keep_file
from storage.links import link_of
from storage.plans import list_plans
from storage.snapshots import SnapshotUse
from storage.users import ConsoleUser

CLOCK = "clock"
KEPT = timedelta(days=400)
"""How long the picture is kept: as long as the message it went with."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Every open plan as it stands, and the picture; None where there is nothing to draw."""

    plans: Sequence[Counted]
    picture: bytes | None


async def send_due(house: Database, catalog: Catalog, now: datetime) -> int:
    """Queue the summary for the chats whose moment has come; how many. Looking twice sends once."""
    async with house.reading() as db:
        if not await due_now(db, catalog, now):
            return 0
    drawn = await _draw(house, catalog, now)
    async with house.session() as db:
        due = await due_now(db, catalog, now)  # another process may have been faster
        queued = await _queue(db, catalog, drawn, due, CLOCK, now) if due and drawn.plans else 0
        if queued:
            note(db, CLOCK, "briefing.sent", "briefing", now, chats=queued)
            await db.commit()
    return queued


async def send_trial(house: Database, catalog: Catalog, user: ConsoleUser, now: datetime) -> bool:
    """Queue the summary as it stands now for the account's own chat; False when it has none or there is no plan.

    At most one a minute: whoever presses twice gets one.
    """
    assert user.id is not None
    drawn = await _draw(house, catalog, now)
    async with house.session() as db:
        link = await link_of(db, user.id)
        account = await db.get(Account, link.account_id) if link is not None and link.account_id else None
        if account is None or account.left_at is not None or not drawn.plans:
            return False
        due = Due(user, account, f"briefing:trial:{user.id}:{now:%Y%m%d%H%M}")
        if await _queue(db, catalog, drawn, [due], user.name, now):
            note(db, user.name, "briefing.tried", f"user:{user.id}", now)
            await db.commit()
    return True


async def _draw(house: Database, catalog: Catalog, now: datetime) -> _Drawn:
    async with house.reading() as db:
        plans = [plan.id for plan in await list_plans(db)]
    counted = [await count_plan(house, catalog, plan_id, now) for plan_id in plans]
    drawing = indicator_chart(together([one.sums for one in counted]), catalog.text)
    return _Drawn(counted, await asyncio.to_thread(png, drawing) if drawing else None)


def together(sums: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The indicators of several plans, for one chart."""
    return {"indicators": [one for plan in sums for one in plan["indicators"]]}


async def _queue(db: AsyncSession, catalog: Catalog, drawn: _Drawn, due: Sequence[Due], by: str, now: datetime) -> int:
    kept = [await keep(db, one, SnapshotUse.DOCUMENT, by) for one in drawn.plans]
    words = summary([one.sums for one in drawn.plans], [one.code for one in kept], catalog.text, now)
    attachment = None
    if drawn.picture is not None:
        name = catalog.text("briefing.file", day=f"{now.astimezone(LOCAL):%d-%m-%Y}")
        file = await keep_file(db, name, drawn.picture, "image/png", FilePurpose.CHART, now, KEPT)
        attachment = attached(catalog.text, file, catalog.text("briefing.instead"))
    reply = Reply(words, questions(catalog.text), attachment=attachment).to_json()
    rows = [new_delivery(DeliveryKind.NOTICE, one.key, one.account, reply, now) for one in due]
    return await queue_deliveries(db, rows)
