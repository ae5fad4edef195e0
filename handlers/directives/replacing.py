"""What a directive ends: earlier directives it replaces, earlier items it amends; and telling those concerned.

The link is made when the later directive comes into force. Items end on the day before it at once; the earlier
directive itself is called replaced, and its tasks end, when that day has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.rendering import document_label
from handlers.digests.sections import document_json
from handlers.directives.draft import Link
from handlers.messages import Choice, Reply, choice_value
from handlers.turn import LOCAL
from storage.agencies import memberships
from storage.appointments import subscribers
from storage.archive import agencies_concerned
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.directives import Directive, DirectiveLink, DirectiveState, end_items, items_of, links_by, links_due
from storage.plans import Plan


async def close_earlier(
    db: AsyncSession, catalog: Catalog, directive: Directive, links: Sequence[Link], now: datetime
) -> int:
    """End what these links name; how many officers of the agencies concerned will be told, each once per directive."""
    await reopen_earlier(db, directive.id)
    told = 0
    for link in links:
        earlier = await db.get(Directive, link.earlier)
        if earlier is None or earlier.id == directive.id:
            continue
        row = DirectiveLink(
            directive_id=directive.id,
            earlier_id=earlier.id,
            replaces=link.kind == "replaces",
            closes_on=link.closes_on,
            items=link.items,
        )
        await end_items(db, row)
        db.add(row)
        told += await _tell(db, catalog, directive, earlier, row, now)
    await db.flush()
    await settle_replaced(db, now.astimezone(LOCAL).date())
    return told


async def settle_replaced(db: AsyncSession, today: date) -> int:
    """Call the directives replaced whose day has come, and end their tasks; how many."""
    due = await links_due(db, today)
    for link in due:
        link.settled = True
        db.add(link)
        earlier = await db.get_one(Directive, link.earlier_id)
        if earlier.state is DirectiveState.IN_FORCE:
            earlier.state = DirectiveState.REPLACED
            db.add(earlier)
        await _close_plan(db, link.earlier_id, True)
    return len(due)


async def reopen_earlier(db: AsyncSession, directive_id: str) -> None:
    """Undo what a directive has ended: it was withdrawn, or comes into force again with other links."""
    for link in await links_by(db, directive_id):
        for item in await items_of(db, link.earlier_id):
            if item.id in link.ended:
                last = link.ended[item.id]
                item.to_date = date.fromisoformat(last) if last else None
                db.add(item)
        earlier = await db.get_one(Directive, link.earlier_id)
        if link.settled and earlier.state is DirectiveState.REPLACED:
            earlier.state = DirectiveState.IN_FORCE
            db.add(earlier)
            await _close_plan(db, link.earlier_id, False)
        await db.delete(link)
    await db.flush()


async def _close_plan(db: AsyncSession, plan_id: str, closed: bool) -> None:
    plan = await db.get(Plan, plan_id)
    if plan is not None:
        plan.closed = closed
        db.add(plan)


async def _tell(
    db: AsyncSession, catalog: Catalog, directive: Directive, earlier: Directive, link: DirectiveLink, now: datetime
) -> int:
    """Queue a notice to every subscribed officer of an agency the earlier directive concerns."""
    today = now.astimezone(LOCAL).date()
    groups = await memberships(db, today)
    subjects = link.items if link.items and not link.replaces else [earlier.id]
    concerned = await agencies_concerned(db, *subjects)
    key = "review.notice.replaced" if link.replaces else "review.notice.amended"
    text = catalog.text(
        key,
        earlier=document_label(catalog, document_json(earlier)),
        later=document_label(catalog, document_json(directive)),
        day=f"{link.closes_on:%d/%m/%Y}",
    )
    choice = Choice(catalog.text("review.notice.open"), choice_value("directive", directive.id))
    message = Reply(text, (choice,)).to_json()
    rows = [
        new_delivery(DeliveryKind.NOTICE, f"replaced:{directive.id}:{earlier.id}:{account.id}", account, message, now)
        for account, contact in await subscribers(db, today)
        if concerned.intersection({contact.agency_id, *groups.get(contact.agency_id, ())})
    ]
    return await queue_deliveries(db, rows)
