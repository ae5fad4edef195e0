"""Credentials platforms hand out and change: Zalo's token pair."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime


class PlatformCredential(SQLModel, table=True):
    """The newest tokens of one platform account; sealed."""

    __tablename__ = "platform_credential"
    name: str = Field(primary_key=True, max_length=60)
    """E.g. ``zalo:<oa id>``."""
    access_token: str = Field(sa_type=EncryptedText)
    refresh_token: str = Field(sa_type=EncryptedText)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    revoked_reason: str | None = None
    """Set when the platform refused the pair and a person must consent again."""
    updated_at: datetime = Field(sa_type=UTCDateTime)


async def credential(db: AsyncSession, name: str, lock: bool = False) -> PlatformCredential | None:
    """The stored pair; with ``lock`` its row is held until the transaction ends (PostgreSQL)."""
    return await db.get(PlatformCredential, name, with_for_update=lock or None)


async def seed_credential(
    db: AsyncSession, name: str, access_token: str, refresh_token: str, expires_at: datetime, now: datetime
) -> None:
    """Store a first pair under ``name``; one that is there already stays, also when two processes start at once."""
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    await db.exec(
        insert(PlatformCredential)
        .values(
            name=name,
            access_token=access_token,
            refresh_token=refresh_token,
            expires_at=expires_at,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["name"])
    )
