"""What is known about a platform account apart from its tokens: consents under way, and what the last check found."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Field, SQLModel, col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime

CONSENT_LIFE = timedelta(minutes=30)
"""How long somebody may take between asking for the permission page and coming back from it."""


class PlatformConsent(SQLModel, table=True):
    """A permission asked for: what comes back must carry its state, once, for the account that asked."""

    __tablename__ = "platform_consent"
    state_hash: str = Field(primary_key=True, max_length=64)
    platform: str = Field(max_length=60)
    """E.g. ``zalo:<oa id>``."""
    verifier: str = Field(default="", sa_type=EncryptedText)
    """The PKCE verifier made for this request; empty without PKCE."""
    started_by: int = Field(foreign_key="console_user.id")
    started_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class PlatformCheck(SQLModel, table=True):
    """What the last look at a platform account found."""

    __tablename__ = "platform_check"
    platform: str = Field(primary_key=True, max_length=60)
    checked_at: datetime = Field(sa_type=UTCDateTime)
    well_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was last found well."""
    key: str | None = Field(default=None, max_length=60)
    """Key of the operator's sentence; None when all is well."""
    code: str = Field(default="", max_length=60)
    reason: str = Field(default="", max_length=300)
    """The platform's own words."""
    title: str = Field(default="", max_length=200)
    """Name of the account at the platform."""
    package: str = Field(default="", max_length=100)


def state_fingerprint(state: str) -> str:
    """What is stored of a state parameter."""
    return hashlib.sha256(b"loa consent:" + state.encode()).hexdigest()


async def begin_consent(
    db: AsyncSession, platform: str, state: str, verifier: str, user_id: int, now: datetime
) -> None:
    """Note that a permission is asked for; those nobody came back from are forgotten."""
    await db.exec(delete(PlatformConsent).where(col(PlatformConsent.started_at) < now - CONSENT_LIFE))
    db.add(
        PlatformConsent(
            state_hash=state_fingerprint(state),
            platform=platform,
            verifier=verifier,
            started_by=user_id,
            started_at=now,
        )
    )


async def take_consent(
    db: AsyncSession, platform: str, state: str, user_id: int, now: datetime
) -> PlatformConsent | None:
    """The consent this state belongs to, used up with the call; None when it is unknown, used, too old, or was begun by
    somebody else."""
    taken = await db.exec(
        update(PlatformConsent)
        .where(
            col(PlatformConsent.state_hash) == state_fingerprint(state),
            col(PlatformConsent.platform) == platform,
            col(PlatformConsent.started_by) == user_id,
            col(PlatformConsent.started_at) > now - CONSENT_LIFE,
            col(PlatformConsent.used_at).is_(None),
        )
        .values(used_at=now)
    )
    if not taken.rowcount:
        return None
    return await db.get(PlatformConsent, state_fingerprint(state))


async def last_check(db: AsyncSession, platform: str) -> PlatformCheck | None:
    return await db.get(PlatformCheck, platform)


async def note_check(db: AsyncSession, found: PlatformCheck) -> None:
    """Store what a check found; name, package and the last good moment stay when the new one could not tell them."""
    known = await db.get(PlatformCheck, found.platform)
    if known is not None:
        found.title = found.title or known.title
        found.package = found.package or known.package
        found.well_at = found.well_at or known.well_at
    await db.merge(found)
