"""Accounts whose platform has given them another address."""

from datetime import datetime

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.audit import note
from storage.contacts import account_at
from storage.conversations import Conversation
from storage.digests import Delivery, DeliveryState


async def move_account(db: AsyncSession, old: str, new: str, now: datetime) -> None:
    """The account at ``old`` is found at ``new`` from now on: with its conversation and what is still to be sent.

    When the platform has spoken of the new address before, an account stands there already: it takes over what is
    still to be sent, and the old one has left. Telling it twice is harmless.
    """
    account, taken = await account_at(db, old), await account_at(db, new)
    if account is None or old == new:
        return
    conversation, begun = await db.get(Conversation, old), await db.get(Conversation, new)
    if taken is None:
        account.address = new
        db.add(account)
    else:
        account.left_at = now
        db.add(account)
    if conversation is not None and begun is None:
        conversation.address = new
        db.add(conversation)
    waiting = (col(Delivery.account_id) == account.id, col(Delivery.state) == DeliveryState.QUEUED)
    await db.exec(update(Delivery).where(*waiting).values(address=new, account_id=(taken or account).id))
    note(db, "bot", "account.moved", f"account:{account.id}", now, to=(taken or account).id)
