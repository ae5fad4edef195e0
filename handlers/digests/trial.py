"""A trial: one agency's edition on the phone of whoever prepares the digest, marked as one."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.rendering import edition_reply
from handlers.messages import Reply
from storage.audit import note
from storage.contacts import Account
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind, Digest, Edition
from storage.links import ConsoleLink
from storage.users import ConsoleUser


async def send_trial(
    db: AsyncSession,
    catalog: Catalog,
    digest: Digest,
    edition: Edition,
    user: ConsoleUser,
    link: ConsoleLink | None,
    now: datetime,
) -> bool:
    """Queue the edition to the account's linked chat, without the button that acknowledges; False when it has none."""
    account = await db.get(Account, link.account_id) if link is not None and link.account_id is not None else None
    if account is None or account.left_at is not None:
        return False
    shown = edition_reply(catalog, edition.body, acknowledge=False)
    reply = Reply(f"{catalog.text('checklist.test_heading')}\n\n{shown.text}", shown.choices, shown.call)
    key = f"trial:{digest.id}:{edition.agency_id}:{user.id}:{now.isoformat()}"
    await queue_deliveries(db, [new_delivery(DeliveryKind.NOTICE, key, account, reply.to_json(), now)])
    note(db, user.name, "digest.tried", f"digest:{digest.id}", now, agency=edition.agency_id)
    return True
