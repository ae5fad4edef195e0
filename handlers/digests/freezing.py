"""The words of a digest, made once when sending begins and kept with each edition."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.rendering import edition_reply
from storage.digests import Edition, editions_of, message_fingerprint


async def freeze_messages(db: AsyncSession, catalog: Catalog, digest_id: int) -> None:
    """Give every edition its message; those that have one keep it."""
    for edition in await editions_of(db, digest_id):
        if edition.message is None:
            freeze(catalog, edition)
            db.add(edition)
    await db.flush()


def freeze(catalog: Catalog, edition: Edition) -> None:
    """Give the edition the message of its body as it is now."""
    edition.message = edition_reply(catalog, edition.body).to_json()
    edition.fingerprint = message_fingerprint(edition.message)
