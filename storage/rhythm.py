"""When the weekly digest goes out, and the weeks in which it does not: skipped by somebody, or missed."""

from collections.abc import Sequence
from datetime import datetime, time

from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime

ONLY = 1
"""The one row of the rhythm."""


class Rhythm(SQLModel, table=True):
    """The department's choice; without a row the defaults hold."""

    id: int = Field(default=ONLY, primary_key=True)
    weekday: int = 1
    """ISO: Monday is 1."""
    at: str = Field(default="07:30", max_length=5)
    """Time of day in Việt Nam."""
    late_hours: int = 8
    """Hours of work after its moment in which a digest that could not leave in time is still sent."""
    changed_by: str | None = Field(default=None, max_length=60)
    changed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def time_of_day(self) -> time:
        return time.fromisoformat(self.at)


class Skip(SQLModel, table=True):
    """A week somebody decided to leave out. Taking it back deletes the row; the audit log keeps both."""

    __tablename__ = "skipped_week"
    week: str = Field(primary_key=True, max_length=8)
    reason: str = Field(max_length=1000)
    skipped_by: str = Field(max_length=60)
    skipped_at: datetime = Field(sa_type=UTCDateTime)


class Missed(SQLModel, table=True):
    """A week whose digest did not leave in time; stays, also when it was sent later by hand."""

    __tablename__ = "missed_week"
    week: str = Field(primary_key=True, max_length=8)
    planned_for: datetime = Field(sa_type=UTCDateTime)
    noted_at: datetime = Field(sa_type=UTCDateTime)


async def rhythm(db: AsyncSession) -> Rhythm:
    """The rhythm that holds now."""
    return await db.get(Rhythm, ONLY) or Rhythm()


async def skipped(db: AsyncSession, weeks: Sequence[str]) -> dict[str, Skip]:
    """Those of the weeks that are left out."""
    rows = await db.exec(select(Skip).where(col(Skip.week).in_(list(weeks))))
    return {row.week: row for row in rows.all()}


async def take_back_skip(db: AsyncSession, week: str) -> bool:
    """The week is not left out any more; False when it was not."""
    result = await db.exec(delete(Skip).where(col(Skip.week) == week))
    return bool(result.rowcount)


async def missed(db: AsyncSession, weeks: Sequence[str]) -> dict[str, Missed]:
    """Those of the weeks whose moment passed without a digest."""
    rows = await db.exec(select(Missed).where(col(Missed.week).in_(list(weeks))))
    return {row.week: row for row in rows.all()}
