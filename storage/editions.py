"""A digest's editions one after the other: fingerprinted, and frozen into the messages that are sent."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.digests import Edition

SLICE = 20
"""Editions read or written at once: some milliseconds of work."""


def message_fingerprint(message: dict[str, Any]) -> str:
    """SHA-256 of a message as stored."""
    return hashlib.sha256(json.dumps(message, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


class DigestFingerprint:
    """SHA-256 over all editions of a digest, given one by one in order of agency."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(b"[")
        self._between = b""

    def add(self, agency_id: str, body: dict[str, Any]) -> None:
        self._hash.update(self._between)
        self._hash.update(json.dumps([agency_id, body], ensure_ascii=False, sort_keys=True).encode())
        self._between = b", "

    def hexdigest(self) -> str:
        """Of what was added so far, as one JSON list."""
        whole = self._hash.copy()
        whole.update(b"]")
        return whole.hexdigest()


def digest_fingerprint(editions: Sequence[Edition]) -> str:
    """The fingerprint of these editions, in whatever order they come."""
    found = DigestFingerprint()
    for edition in sorted(editions, key=lambda e: e.agency_id):
        found.add(edition.agency_id, edition.body)
    return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Composed:
    """An edition as it was approved."""

    id: int
    agency_id: str
    body: dict[str, Any]
    is_frozen: bool
    """It has its message."""


async def composed_editions(db: AsyncSession, digest_id: int) -> AsyncIterator[Composed]:
    """A digest's editions in order of agency, read a few at a time: all of a province's at once would take the event
    loop a moment."""
    connection = await db.connection()
    found = await connection.execute(
        select(col(Edition.id), col(Edition.agency_id)).where(Edition.digest_id == digest_id)
    )
    ids = [number for number, _ in sorted(found.all(), key=lambda row: str(row[1]))]
    for start in range(0, len(ids), SLICE):
        some = ids[start : start + SLICE]
        query = select(col(Edition.id), col(Edition.agency_id), col(Edition.body), col(Edition.message).is_not(None))
        rows = {row[0]: row for row in (await connection.execute(query.where(col(Edition.id).in_(some)))).all()}
        for number in some:
            yield Composed(*rows[number])


async def keep_messages(db: AsyncSession, messages: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Give editions (by id) the messages that are sent."""
    connection = await db.connection()
    statement = (
        update(Edition)
        .where(col(Edition.id) == bindparam("of"))
        .values(message=bindparam("said"), fingerprint=bindparam("print"))
    )
    for start in range(0, len(messages), SLICE):
        some = messages[start : start + SLICE]
        values = [{"of": of, "said": said, "print": message_fingerprint(said)} for of, said in some]
        await connection.execute(statement, values)
