"""Console accounts and the chats of the people behind them: to approve from the phone, and to be sent a test."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime
from storage.contacts import Account
from storage.users import ConsoleUser, Role

CODE_LIFE = timedelta(minutes=15)
"""How long a code shown in the console may be typed into a chat."""


class ConsoleLink(SQLModel, table=True):
    """One console account's chat, or the code by which a chat may become it."""

    __tablename__ = "console_link"
    user_id: int = Field(primary_key=True, foreign_key="console_user.id")
    code_hash: str | None = Field(default=None, max_length=64, index=True)
    code_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    account_id: int | None = Field(default=None, foreign_key="account.id", unique=True)
    linked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


async def link_of(db: AsyncSession, user_id: int) -> ConsoleLink | None:
    return await db.get(ConsoleLink, user_id)


async def offer_code(db: AsyncSession, user_id: int, code: str, now: datetime) -> None:
    """Let whoever sends ``code`` within CODE_LIFE become the account's chat; an older code is void."""
    link = await link_of(db, user_id) or ConsoleLink(user_id=user_id)
    link.code_hash, link.code_until = _fingerprint(code), now + CODE_LIFE
    db.add(link)


async def redeem_code(db: AsyncSession, code: str, account_id: int, now: datetime) -> ConsoleUser | None:
    """Make the chat that of the console account the code was shown to, once; None when it is no such code.

    A chat that was another account's is that one's no longer.
    """
    query = (
        select(ConsoleLink)
        .where(ConsoleLink.code_hash == _fingerprint(code), col(ConsoleLink.code_until) > now)
        .with_for_update()
    )
    link = (await db.exec(query)).one_or_none()
    user = None if link is None else await db.get(ConsoleUser, link.user_id)
    if link is None or user is None or not user.active:
        return None
    for other in (await db.exec(select(ConsoleLink).where(ConsoleLink.account_id == account_id))).all():
        other.account_id = other.linked_at = None
        db.add(other)
    await db.flush()
    link.account_id, link.linked_at = account_id, now
    link.code_hash = link.code_until = None
    db.add(link)
    return user


async def unlink(db: AsyncSession, user_id: int) -> bool:
    """The account has no chat any more; False when it had none."""
    link = await link_of(db, user_id)
    if link is None or link.account_id is None:
        return False
    link.account_id = link.linked_at = None
    db.add(link)
    return True


async def user_of_chat(db: AsyncSession, account_id: int) -> ConsoleUser | None:
    """The console account this chat is linked to, while that one is active."""
    query = (
        select(ConsoleUser)
        .join(ConsoleLink, col(ConsoleLink.user_id) == col(ConsoleUser.id))
        .where(ConsoleLink.account_id == account_id, col(ConsoleUser.active).is_(True))
    )
    return (await db.exec(query)).one_or_none()


async def chats_of(db: AsyncSession, roles: Sequence[Role]) -> Sequence[tuple[ConsoleUser, Account]]:
    """Active console accounts with one of the roles, and the chat of each that is linked and reachable."""
    query = (
        select(ConsoleUser, Account)
        .join(ConsoleLink, col(ConsoleLink.user_id) == col(ConsoleUser.id))
        .join(Account, col(Account.id) == col(ConsoleLink.account_id))
        .where(col(ConsoleUser.active).is_(True), col(ConsoleUser.role).in_(roles), col(Account.left_at).is_(None))
        .order_by(col(ConsoleUser.id))
    )
    return (await db.exec(query)).all()


def _fingerprint(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()
