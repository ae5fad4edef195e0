"""Handovers: from a day on another officer does an agency's work, and what was open goes to them."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.appointments import ContactRole
from storage.columns import UTCDateTime, state
from storage.contacts import Account
from storage.digests import ARRIVED, Delivery, DeliveryKind, DeliveryState, Digest, DigestState, Edition
from storage.reports import ProgressReport


class Handover(SQLModel, table=True):
    """Agreed on one day, carried out on ``day`` by whoever looks first."""

    id: int | None = Field(default=None, primary_key=True)
    agency_id: str = Field(foreign_key="agency.id", max_length=60)
    role: ContactRole = Field(sa_type=state(ContactRole, "handover_role"))
    giver_id: int = Field(foreign_key="contact.id", index=True)
    taker_id: int = Field(foreign_key="contact.id", index=True)
    day: date = Field(index=True)
    """The taker's first day and the giver's last: on it both may act."""
    made_by: str = Field(max_length=60)
    made_at: datetime = Field(sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


async def handovers_due(db: AsyncSession, day: date) -> Sequence[Handover]:
    """Handovers whose day has come and that nobody has carried out."""
    query = select(Handover).where(col(Handover.done_at).is_(None), Handover.day <= day)
    return (await db.exec(query.order_by(col(Handover.id)).with_for_update())).all()


async def handovers_with(db: AsyncSession, contact_id: int) -> Sequence[Handover]:
    """Handovers the contact gave or took, newest first."""
    query = select(Handover).where((Handover.giver_id == contact_id) | (Handover.taker_id == contact_id))
    return (await db.exec(query.order_by(col(Handover.day).desc(), col(Handover.id).desc()))).all()


async def drafts_begun_by(db: AsyncSession, agency_id: str, contact_id: int) -> Sequence[ProgressReport]:
    """The agency's reports in which the contact has a draft, held until the transaction ends."""
    query = select(ProgressReport).where(ProgressReport.agency_id == agency_id).with_for_update()
    reports = (await db.exec(query.execution_options(populate_existing=True))).all()
    return [report for report in reports if str(contact_id) in report.draft]


async def unread_editions(
    db: AsyncSession, agency_id: str, contact_id: int, since: datetime
) -> Sequence[tuple[Digest, Edition]]:
    """Digests sent to the contact for the agency from ``since`` on that none of their accounts acknowledged."""
    query = (
        select(Digest, Edition, Delivery.state)
        .join(Edition, col(Edition.digest_id) == col(Digest.id))
        .join(Delivery, col(Delivery.edition_id) == col(Edition.id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .where(
            Account.contact_id == contact_id,
            Edition.agency_id == agency_id,
            Delivery.kind == DeliveryKind.DIGEST,
            Delivery.created_at >= since,
            col(Digest.state).in_([DigestState.SENDING, DigestState.SENT]),
        )
        .order_by(col(Digest.week))
    )
    found: dict[int, tuple[Digest, Edition]] = {}
    read: set[int] = set()
    open_states = {*ARRIVED, DeliveryState.FAILED, DeliveryState.UNCLEAR, DeliveryState.QUEUED}
    for digest, edition, standing in (await db.exec(query)).all():
        assert digest.id is not None
        if standing is DeliveryState.ACKNOWLEDGED:
            read.add(digest.id)
        elif standing in open_states:
            found[digest.id] = (digest, edition)
    return [pair for number, pair in found.items() if number not in read]
