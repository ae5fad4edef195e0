"""One officer, several accounts: the one-time code by which another account joins a contact."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime
from storage.contacts import Account, unsubscribe, withdraw_consents
from storage.conversations import forget_conversation
from storage.invitations import code_fingerprint, new_code

CODE_LIFE = timedelta(minutes=10)


class JoinCode(SQLModel, table=True):
    """The newest code of a contact. Only its fingerprint is stored."""

    __tablename__ = "join_code"
    contact_id: int = Field(primary_key=True, foreign_key="contact.id")
    code_hash: str = Field(unique=True, max_length=64)
    made_by: int = Field(foreign_key="account.id")
    """The account it was told to."""
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


async def offer_join(db: AsyncSession, contact_id: int, account_id: int, now: datetime) -> str:
    """A fresh code for another account of the contact; one given out before is void."""
    code = new_code()
    await db.merge(
        JoinCode(
            contact_id=contact_id, code_hash=code_fingerprint(code), made_by=account_id, expires_at=now + CODE_LIFE
        )
    )
    return code


async def open_join(db: AsyncSession, code: str, now: datetime) -> JoinCode | None:
    """The code's row, while it may be used."""
    query = select(JoinCode).where(
        JoinCode.code_hash == code_fingerprint(code), col(JoinCode.used_at).is_(None), col(JoinCode.expires_at) > now
    )
    return (await db.exec(query)).one_or_none()


async def claim_join(db: AsyncSession, code: str, now: datetime) -> JoinCode | None:
    """The same, used up with the call; None when somebody else just did."""
    row = await open_join(db, code, now)
    if row is None:
        return None
    taken = await db.exec(
        update(JoinCode)
        .where(
            col(JoinCode.contact_id) == row.contact_id,
            col(JoinCode.code_hash) == row.code_hash,
            col(JoinCode.used_at).is_(None),
        )
        .values(used_at=now)
    )
    return row if taken.rowcount else None


async def part(db: AsyncSession, account: Account, now: datetime) -> None:
    """The account is nobody's any more: no digest, no consent, no open form, and no code it was told is good."""
    assert account.id is not None
    await unsubscribe(db, account.id, now)
    await withdraw_consents(db, account.id, now)
    await db.exec(delete(JoinCode).where(col(JoinCode.made_by) == account.id))
    account.contact_id = None
    db.add(account)
    await db.flush()
    await forget_conversation(db, account.address)
