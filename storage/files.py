"""Files people send and are sent: kept sealed, each for as long as its purpose needs, and what platforms call them."""

import asyncio
import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.fernet import InvalidToken
from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel, col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime, keyring

_OFFICE = "application/vnd.openxmlformats-officedocument."
WORD, SHEET = f"{_OFFICE}wordprocessingml.document", f"{_OFFICE}spreadsheetml.sheet"
"""Media types of the files made here."""
LARGEST_FILE = 20 * 1024 * 1024
"""Bytes; what Telegram lets a bot fetch, and more than any other platform."""
KEPT = timedelta(days=30)
"""How long a file is kept when nobody says otherwise: as long as people's words."""


class FilePurpose(StrEnum):
    """Why a file is kept."""

    DOCUMENT = "document"
    """The original of an official document."""
    RECEIPT = "receipt"
    CHART = "chart"
    RECEIVED = "received"
    """Sent by a person; belongs to ``StoredFile.owner``."""
    EVIDENCE = "evidence"
    """Handed in with a report: the agency's, kept with it."""
    CONTACTS = "contacts"
    """A list of officers on its way into the console; belongs to ``console:<account>``."""


class StoredFile(SQLModel, table=True):
    """One file, without its bytes (see :class:`StoredContent`)."""

    __tablename__ = "stored_file"
    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(max_length=64, index=True)
    name: str = Field(sa_type=EncryptedText)
    """As people read it: no folders, with its ending. Names of files name people."""
    media_type: str = Field(max_length=100)
    """Told by the content, never by the name alone."""
    size: int
    """Bytes."""
    purpose: str = Field(max_length=20)
    """A :class:`FilePurpose`."""
    owner: str = Field(default="", max_length=120, index=True)
    """Address of the account that sent it; empty for what is ours. Erased with the account's data."""
    made_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime, index=True)


class StoredContent(SQLModel, table=True):
    """The bytes of a file, sealed. Apart, so that a list of files does not load them."""

    __tablename__ = "stored_content"
    file_id: int = Field(primary_key=True, foreign_key="stored_file.id")
    sealed: bytes = Field(sa_type=LargeBinary)


class FileUpload(SQLModel, table=True):
    """What a platform calls a file it has been given: it need not be given it again."""

    __tablename__ = "file_upload"
    platform: str = Field(primary_key=True, max_length=60)
    """E.g. ``zalo:<oa id>``."""
    file_id: int = Field(primary_key=True, foreign_key="stored_file.id")
    reference: str
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """None when the platform keeps it for good."""


async def keep_file(
    db: AsyncSession,
    name: str,
    content: bytes,
    media_type: str,
    purpose: FilePurpose,
    now: datetime,
    keep_for: timedelta = KEPT,
    owner: str = "",
) -> StoredFile:
    """Keep a file; the same one kept before for the same purpose and owner is kept on instead of twice.

    Raises ValueError for an empty file or one above LARGEST_FILE.
    """
    if not 0 < len(content) <= LARGEST_FILE:
        raise ValueError(f"a file of 1 to {LARGEST_FILE} bytes wanted, not {len(content)}")
    digest = hashlib.sha256(content).hexdigest()
    query = select(StoredFile).where(
        StoredFile.sha256 == digest,
        StoredFile.purpose == purpose,
        StoredFile.owner == owner,
        StoredFile.media_type == media_type,
        col(StoredFile.expires_at) > now,
    )
    for known in (await db.exec(query)).all():
        if known.name == name:
            known.expires_at = max(known.expires_at, now + keep_for)
            db.add(known)
            return known
    sealed = await asyncio.to_thread(keyring().seal_bytes, content)
    row = StoredFile(
        sha256=digest,
        name=name,
        media_type=media_type,
        size=len(content),
        purpose=purpose,
        owner=owner,
        made_at=now,
        expires_at=now + keep_for,
    )
    db.add(row)
    await db.flush()
    assert row.id is not None
    db.add(StoredContent(file_id=row.id, sealed=sealed))
    return row


async def files_from(db: AsyncSession, owner: str) -> int:
    """How many files of an account are kept."""
    return (await db.exec(select(func.count()).where(StoredFile.owner == owner))).one()


async def content_of(db: AsyncSession, file_id: int) -> bytes | None:
    """The bytes of a file; None when it is gone, or was sealed with a key that is."""
    sealed = (await db.exec(select(StoredContent.sealed).where(StoredContent.file_id == file_id))).one_or_none()
    if sealed is None:
        return None
    try:
        return await asyncio.to_thread(keyring().open_bytes, sealed)
    except InvalidToken:
        return None


async def upload_known(db: AsyncSession, platform: str, file_id: int, now: datetime) -> str:
    """What the platform calls the file, as long as that holds; else empty."""
    row = await db.get(FileUpload, (platform, file_id))
    return row.reference if row is not None and (row.expires_at is None or row.expires_at > now) else ""


async def note_upload(
    db: AsyncSession, platform: str, file_id: int, reference: str, expires_at: datetime | None
) -> None:
    await db.merge(FileUpload(platform=platform, file_id=file_id, reference=reference, expires_at=expires_at))


async def forget_upload(db: AsyncSession, platform: str, file_id: int) -> None:
    """The platform does not know the file any more."""
    await db.exec(delete(FileUpload).where(col(FileUpload.platform) == platform, col(FileUpload.file_id) == file_id))


async def drop_expired_files(db: AsyncSession, now: datetime) -> int:
    """Delete the files whose time is over; how many."""
    return await _drop(db, list((await db.exec(select(StoredFile.id).where(col(StoredFile.expires_at) <= now))).all()))


async def forget_files(db: AsyncSession, owner: str) -> int:
    """Delete the files an account has sent; how many."""
    return await _drop(db, list((await db.exec(select(StoredFile.id).where(StoredFile.owner == owner))).all()))


async def _drop(db: AsyncSession, ids: list[int | None]) -> int:
    if ids:
        await db.exec(delete(FileUpload).where(col(FileUpload.file_id).in_(ids)))
        await db.exec(delete(StoredContent).where(col(StoredContent.file_id).in_(ids)))
        await db.exec(delete(StoredFile).where(col(StoredFile.id).in_(ids)))
    return len(ids)
