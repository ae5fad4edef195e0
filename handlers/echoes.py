"""A platform says it has accepted a message of ours: what settles deliveries whose answer got lost on the way."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.choices import spelled_out
from handlers.messages import Reply
from storage.deliveries import deliveries_in_doubt
from storage.digests import Delivery, DeliveryState, advance, delivery_of

RECENT = timedelta(days=3)
"""How old a delivery may be that an echo is about."""
SKEW = timedelta(minutes=2)
"""How far the platform's clock may be behind ours."""
_MARKS = re.compile(r"\*\*([^*]+)\*\*")
SHORTEST = 12
"""Characters of an echo that must fit the end of a longer message: fewer might fit by chance."""


async def settle_echo(db: AsyncSession, address: str, provider_id: str, words: str, sent_at: datetime) -> bool:
    """Mark the delivery these words belong to as sent, if its fate is in doubt; False when there is none.

    The echo of the last part settles a message that went out in parts: they go one after another.
    """
    if await delivery_of(db, provider_id, address) is not None:
        return False
    for delivery, message in await deliveries_in_doubt(db, address, sent_at - RECENT, sent_at + SKEW):
        if is_end_of(words, Reply.from_json(message)):
            _settle(delivery, provider_id, sent_at)
            db.add(delivery)
            return True
    return False


def is_end_of(words: str, reply: Reply) -> bool:
    """Whether these words are the reply, or its last part. Choices may stand numbered below the text."""
    said = _bare(words)
    spelled = spelled_out(reply.text, [choice.label for choice in reply.choices])
    for whole in {_bare(reply.text), _bare(spelled)}:
        if said == whole or (len(said) >= SHORTEST and whole.endswith(said)):
            return True
    return False


def _bare(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", _MARKS.sub(r"\1", text)).split())


def _settle(delivery: Delivery, provider_id: str, sent_at: datetime) -> None:
    advance(delivery, DeliveryState.SENT, sent_at)
    delivery.provider_id, delivery.sent_at = provider_id, delivery.sent_at or sent_at
    delivery.error = delivery.error_key = delivery.lease_until = None
