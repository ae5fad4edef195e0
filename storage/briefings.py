"""The weekly summary of plans for the leaders' chats: who wants it, and when."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime
from storage.contacts import Account
from storage.links import ConsoleLink
from storage.users import ConsoleUser

MONDAY, MORNING = 1, "08:00"
"""The moment offered to whoever has not chosen one."""


class Briefing(SQLModel, table=True):
    """A console account wants the summary in its linked chat; without a row it does not."""

    user_id: int = Field(primary_key=True, foreign_key="console_user.id")
    weekday: int = MONDAY
    """ISO: Monday is 1."""
    at: str = Field(default=MORNING, max_length=5)
    """Time of day in Việt Nam."""
    since: datetime = Field(sa_type=UTCDateTime)
    """When it was switched on, or its moment last changed: nothing due before that is sent."""


async def briefing_of(db: AsyncSession, user_id: int) -> Briefing | None:
    return await db.get(Briefing, user_id)


async def takers(db: AsyncSession) -> Sequence[tuple[Briefing, ConsoleUser, Account]]:
    """Active accounts that want the summary, each with its chat where that is linked and reachable."""
    query = (
        select(Briefing, ConsoleUser, Account)
        .join(ConsoleUser, col(ConsoleUser.id) == col(Briefing.user_id))
        .join(ConsoleLink, col(ConsoleLink.user_id) == col(Briefing.user_id))
        .join(Account, col(Account.id) == col(ConsoleLink.account_id))
        .where(col(ConsoleUser.active).is_(True), col(Account.left_at).is_(None))
        .order_by(col(Briefing.user_id))
    )
    return (await db.exec(query)).all()
