"""What of an agency is still open and goes to those that have its part from a day on."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.appointments import Appointment
from storage.contacts import Contact
from storage.digests import Delivery, DeliveryKind, DeliveryState, Edition
from storage.extensions import Extension, ExtensionState
from storage.invitations import Invitation
from storage.plans import Assignment, Plan, Task
from storage.reports import ProgressReport
from storage.requests import OfficerRequest, RequestState


async def appointments_from(
    db: AsyncSession, agencies: Collection[str], day: date
) -> Sequence[tuple[Appointment, Contact]]:
    """Appointments for the agencies that hold on the day or begin after it, of officers who have not left."""
    query = (
        select(Appointment, Contact)
        .join(Contact, col(Contact.id) == col(Appointment.contact_id))
        .where(
            col(Appointment.agency_id).in_(sorted(agencies)),
            or_(col(Appointment.last_day).is_(None), col(Appointment.last_day) >= day),
            col(Contact.ended_at).is_(None),
        )
        .order_by(col(Appointment.agency_id), col(Appointment.id))
    )
    return (await db.exec(query)).all()


async def invitations_open(db: AsyncSession, agencies: Collection[str], now: datetime) -> Sequence[Invitation]:
    """Codes for the agencies that can still be used."""
    query = select(Invitation).where(
        col(Invitation.agency_id).in_(sorted(agencies)),
        col(Invitation.expires_at) > now,
        col(Invitation.uses) < col(Invitation.most_uses),
    )
    return (await db.exec(query.order_by(col(Invitation.id)))).all()


async def requests_open(db: AsyncSession, agencies: Collection[str]) -> Sequence[OfficerRequest]:
    """Requests to speak for the agencies that nobody has decided."""
    query = select(OfficerRequest).where(
        col(OfficerRequest.agency_id).in_(sorted(agencies)), OfficerRequest.state == RequestState.OPEN
    )
    return (await db.exec(query.order_by(col(OfficerRequest.id)))).all()


async def drafts_open(db: AsyncSession, agencies: Collection[str], hold: bool = False) -> Sequence[ProgressReport]:
    """Reports of the agencies in which somebody has begun to write, on wish held until the transaction ends."""
    query = select(ProgressReport).where(col(ProgressReport.agency_id).in_(sorted(agencies)))
    query = query.order_by(col(ProgressReport.id))
    if hold:
        query = query.with_for_update()
    found = (await db.exec(query.execution_options(populate_existing=True))).all()
    return [report for report in found if report.draft]


async def extensions_standing(db: AsyncSession, agencies: Collection[str], day: date) -> Sequence[Extension]:
    """Requests of the agencies for more time that wait, and time they were given that runs on the day."""
    waits = col(Extension.state) == ExtensionState.WAITING
    runs = and_(col(Extension.state) == ExtensionState.GRANTED, col(Extension.granted_until) >= day)
    query = select(Extension).where(col(Extension.agency_id).in_(sorted(agencies)), or_(waits, runs))
    return (await db.exec(query.order_by(col(Extension.id)))).all()


async def has_extension(db: AsyncSession, task_id: str, agency_id: str, period: str) -> bool:
    query = select(Extension.id).where(
        Extension.task_id == task_id, Extension.agency_id == agency_id, Extension.period == period
    )
    return (await db.exec(query.limit(1))).first() is not None


async def tasks_given(db: AsyncSession, agencies: Collection[str]) -> Sequence[tuple[Task, Assignment]]:
    """Tasks of open plans that name one of the agencies itself, in the order of their plans."""
    query = (
        select(Task, Assignment)
        .join(Assignment, col(Assignment.task_id) == col(Task.id))
        .join(Plan, col(Plan.id) == col(Task.plan_id))
        .where(col(Assignment.agency_id).in_(sorted(agencies)), col(Plan.closed).is_(False))
        .order_by(col(Task.plan_id), col(Task.position))
    )
    return (await db.exec(query)).all()


async def is_being_sent_to(db: AsyncSession, agencies: Collection[str]) -> bool:
    """Whether a digest's message for one of the agencies has yet to leave: it is for whoever speaks for them now."""
    query = (
        select(Delivery.id)
        .join(Edition, col(Edition.id) == col(Delivery.edition_id))
        .where(
            col(Edition.agency_id).in_(sorted(agencies)),
            Delivery.kind == DeliveryKind.DIGEST,
            col(Delivery.state).in_([DeliveryState.QUEUED, DeliveryState.SENDING]),
        )
    )
    return (await db.exec(query.limit(1))).first() is not None
