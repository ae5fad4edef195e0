"""Reports the department has sent upward: by which outgoing document, for which occasion."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime


class ObligationDone(SQLModel, table=True):
    """One occasion of a periodic report is settled. Taking it back removes the row; the audit log keeps both."""

    __tablename__ = "obligation_done"
    plan_id: str = Field(primary_key=True, foreign_key="plan.id", max_length=60)
    obligation_id: str = Field(primary_key=True, max_length=120)
    """As in :attr:`storage.plans.Plan.obligations`."""
    occasion: str = Field(primary_key=True, max_length=10)
    """The year, or ``once``."""
    number: str = Field(max_length=60)
    """Of the outgoing document: ``215/BC-STTTT``."""
    issued_on: date
    done_by: str = Field(max_length=60)
    """Console account."""
    done_at: datetime = Field(sa_type=UTCDateTime)


async def obligations_done(db: AsyncSession) -> Sequence[ObligationDone]:
    return (await db.exec(select(ObligationDone))).all()
