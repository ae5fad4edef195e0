"""The words of a digest, made once when sending begins and kept with each edition."""

from __future__ import annotations

import asyncio

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.rendering import edition_reply
from storage.digests import Edition
from storage.editions import DigestFingerprint, composed_editions, keep_messages, message_fingerprint


async def freeze_messages(db: AsyncSession, catalog: Catalog, digest_id: int, approved: str | None = None) -> bool:
    """Give every edition its message; those that have one keep it. False, and nothing is written, when the editions'
    fingerprint is not the one ``approved`` (None: whichever).

    Everybody else has a turn after each agency: of a whole province that is half a second of work.
    """
    fingerprint = DigestFingerprint()
    messages = []
    async for edition in composed_editions(db, digest_id):
        fingerprint.add(edition.agency_id, edition.body)
        if not edition.is_frozen:
            messages.append((edition.id, edition_reply(catalog, edition.body).to_json()))
        await asyncio.sleep(0)
    if approved is not None and fingerprint.hexdigest() != approved:
        return False
    await keep_messages(db, messages)
    return True


def freeze(catalog: Catalog, edition: Edition) -> None:
    """Give the edition the message of its body as it is now."""
    edition.message = edition_reply(catalog, edition.body).to_json()
    edition.fingerprint = message_fingerprint(edition.message)
