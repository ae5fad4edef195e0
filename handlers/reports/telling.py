"""Telling an agency something about one of its reports."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.messages import Choice, Reply, choice_value
from handlers.turn import LOCAL
from storage.appointments import ContactRole, reachable
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind


async def tell_agency(
    db: AsyncSession, catalog: Catalog, agency_id: str, text: str, own: Choice, key: str, now: datetime
) -> None:
    """One notice to every subscribed account of whoever is appointed for the agency today, also of who is at another
    agency just now, who is shown the way there; asking twice with one ``key`` makes no second one."""
    elsewhere = Choice(catalog.text("officer.button.go_there"), choice_value("reg", "at", agency_id))
    found = await reachable(db, [agency_id], list(ContactRole), now.astimezone(LOCAL).date())
    rows = []
    for account, contact in {account.id: (account, contact) for _, contact, account in found}.values():
        message = Reply(text, (own if contact.agency_id == agency_id else elsewhere,)).to_json()
        rows.append(new_delivery(DeliveryKind.NOTICE, f"{key}:{account.id}", account, message, now))
    await queue_deliveries(db, rows)
