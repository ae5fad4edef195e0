"""Accounts of the department's console, and their sessions."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import update
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime, state

SESSION_LIFE = timedelta(hours=10)
MIN_PASSWORD = 10
"""Shortest password in characters."""

_hasher = PasswordHasher()


class Role(StrEnum):
    ADMIN = "admin"
    EDITOR = "editor"
    """Reviews documents, composes digests, answers questions."""
    APPROVER = "approver"
    """Approves what an editor composed; never the same person for one digest."""
    VIEWER = "viewer"


class ConsoleUser(SQLModel, table=True):
    """Somebody of the department who may log in."""

    __tablename__ = "console_user"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=60)
    password_hash: str
    role: Role = Field(sa_type=state(Role, "role"))
    active: bool = True
    created_at: datetime = Field(sa_type=UTCDateTime)


class ConsoleSession(SQLModel, table=True):
    """A log-in. Kept on the server so that it can be revoked; the cookie holds only a random token."""

    __tablename__ = "console_session"
    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="console_user.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


async def user_named(db: AsyncSession, name: str) -> ConsoleUser | None:
    return (await db.exec(select(ConsoleUser).where(ConsoleUser.name == name))).one_or_none()


async def put_user(db: AsyncSession, name: str, role: Role, password: str, now: datetime) -> ConsoleUser:
    """Create the account, or give an existing one this role and password.

    Raises ValueError when the password is shorter than MIN_PASSWORD.
    """
    if len(password) < MIN_PASSWORD:
        raise ValueError("password too short")
    user = await user_named(db, name)
    if user is None:
        user = ConsoleUser(name=name, role=role, password_hash="", created_at=now)
    user.role, user.password_hash, user.active = role, _hasher.hash(password), True
    db.add(user)
    await db.flush()
    return user


def password_fits(user: ConsoleUser | None, password: str) -> bool:
    """Whether the password is the user's; takes as long for a user who does not exist."""
    stored = user.password_hash if user is not None else _nobodys_hash()
    try:
        _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return user is not None and user.active


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """The hash of a password nobody has; made on first use, because making it takes a third of a second."""
    return _hasher.hash(secrets.token_hex(16))


async def open_session(db: AsyncSession, user: ConsoleUser, now: datetime) -> str:
    """Log the user in; the token for the cookie."""
    assert user.id is not None
    token = secrets.token_urlsafe(32)
    db.add(
        ConsoleSession(token_hash=_token_hash(token), user_id=user.id, created_at=now, expires_at=now + SESSION_LIFE)
    )
    return token


async def session_user(db: AsyncSession, token: str, now: datetime) -> ConsoleUser | None:
    """Who is logged in with this token, if the session still holds."""
    query = (
        select(ConsoleUser)
        .join(ConsoleSession, col(ConsoleSession.user_id) == col(ConsoleUser.id))
        .where(
            ConsoleSession.token_hash == _token_hash(token),
            ConsoleSession.expires_at > now,
            col(ConsoleSession.revoked_at).is_(None),
            col(ConsoleUser.active).is_(True),
        )
    )
    return (await db.exec(query)).one_or_none()


async def close_session(db: AsyncSession, token: str, now: datetime) -> None:
    await db.exec(
        update(ConsoleSession).where(col(ConsoleSession.token_hash) == _token_hash(token)).values(revoked_at=now)
    )


async def close_sessions_of(db: AsyncSession, user_id: int, now: datetime) -> None:
    """Log the account out everywhere."""
    await db.exec(
        update(ConsoleSession)
        .where(col(ConsoleSession.user_id) == user_id, col(ConsoleSession.revoked_at).is_(None))
        .values(revoked_at=now)
    )


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
