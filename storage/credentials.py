"""Credentials platforms hand out and change: Zalo's token pair."""

from datetime import datetime

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
