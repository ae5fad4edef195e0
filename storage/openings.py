"""What has been announced as open to agencies: a reporting period of a task, or a form of the department."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime


class Opening(SQLModel, table=True):
    """Agencies were told that something opened: at most once."""

    subject: str = Field(primary_key=True, max_length=120)
    """``report:t000_4_2@2024-11`` or ``form:3:2024-W46``."""
    at: datetime = Field(sa_type=UTCDateTime)


async def note_openings(db: AsyncSession, subjects: Collection[str], now: datetime) -> set[str]:
    """Write down that these are announced now; those that had not been before."""
    if not subjects:
        return set()
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    rows = [{"subject": subject, "at": now} for subject in subjects]
    statement = insert(Opening).values(rows).on_conflict_do_nothing(index_elements=["subject"])
    return set((await db.exec(statement.returning(col(Opening.subject)))).scalars().all())
