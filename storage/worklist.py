"""What waits for somebody of the department, and the lists the console shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.contacts import Contact
from storage.digests import Delivery, DeliveryState, Digest, is_in
from storage.directives import Directive, DirectiveState
from storage.questions import AnswerKind, QuestionLog, Ticket, TicketState, Vote
from storage.submitted import count_waiting_for_review
from storage.users import ConsoleUser, Role


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of each kind waits for a person."""

    tickets: int
    oldest_ticket: datetime | None
    directives: int
    """Imported and not looked at."""
    contacts: int
    """Registered without an invitation, not yet confirmed."""
    failed: int
    """Deliveries that failed since the moment asked for."""
    unclear: int
    """Deliveries of unclear fate, however old."""
    reports: int
    """Progress reports handed in and not looked at."""


async def waiting(db: AsyncSession, failed_since: datetime) -> Waiting:
    """What waits now. Failed deliveries count from ``failed_since`` on: nobody mends last year's."""
    is_open = Ticket.state == TicketState.OPEN
    tickets, oldest = (await db.exec(select(func.count(), func.min(col(Ticket.created_at))).where(is_open))).one()
    imported = select(func.count()).select_from(Directive).where(Directive.state == DirectiveState.IMPORTED)
    unconfirmed = (
        select(func.count())
        .select_from(Contact)
        .where(col(Contact.verified_at).is_(None), col(Contact.ended_at).is_(None))
    )
    failed = (
        select(func.count())
        .select_from(Delivery)
        .where(is_in(DeliveryState.FAILED), Delivery.created_at >= failed_since)
    )
    unclear = select(func.count()).select_from(Delivery).where(is_in(DeliveryState.UNCLEAR))
    return Waiting(
        tickets=tickets,
        oldest_ticket=oldest,
        directives=(await db.exec(imported)).one(),
        contacts=(await db.exec(unconfirmed)).one(),
        failed=(await db.exec(failed)).one(),
        unclear=(await db.exec(unclear)).one(),
        reports=await count_waiting_for_review(db),
    )


async def channels_refused(db: AsyncSession, since: datetime) -> set[str]:
    """Channels that refused our credentials for a delivery made since then."""
    query = select(Delivery.channel).where(Delivery.error_key == "bad_credentials", Delivery.created_at >= since)
    return set((await db.exec(query.distinct())).all())


async def latest_digests(db: AsyncSession, limit: int) -> Sequence[Digest]:
    """Digests, newest week first."""
    return (await db.exec(select(Digest).order_by(col(Digest.week).desc()).limit(limit))).all()


class Which(StrEnum):
    """Which questions to look at."""

    ALL = "all"
    UNANSWERED = "unanswered"
    """Loa was not sure or did not know."""
    WRONG = "wrong"
    """The asker found the answer wrong."""
    EMERGENCY = "emergency"


async def questions_asked(db: AsyncSession, which: Which, before: int | None, limit: int) -> Sequence[QuestionLog]:
    """Questions, newest first, from those older than the row ``before``."""
    query = select(QuestionLog).order_by(col(QuestionLog.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(QuestionLog.id) < before)
    if which is Which.UNANSWERED:
        query = query.where(col(QuestionLog.kind).in_([AnswerKind.FALLBACK, AnswerKind.CLARIFY]))
    elif which is Which.WRONG:
        query = query.where(QuestionLog.vote == Vote.WRONG)
    elif which is Which.EMERGENCY:
        query = query.where(QuestionLog.kind == AnswerKind.EMERGENCY)
    return (await db.exec(query)).all()


async def question_counts(db: AsyncSession, since: datetime) -> dict[AnswerKind, int]:
    """How many questions since then ended in each way."""
    query = select(QuestionLog.kind, func.count()).where(QuestionLog.asked_at >= since).group_by(col(QuestionLog.kind))
    found = dict((await db.exec(query)).all())
    return {kind: found.get(kind, 0) for kind in AnswerKind}


async def tickets_in(db: AsyncSession, state: TicketState | None, limit: int) -> Sequence[Ticket]:
    """Tickets in the state, or all: open ones oldest first (they wait), others newest first."""
    query = select(Ticket).limit(limit)
    if state is not None:
        query = query.where(Ticket.state == state)
    oldest_first = state is TicketState.OPEN
    return (await db.exec(query.order_by(col(Ticket.id) if oldest_first else col(Ticket.id).desc()))).all()


async def other_admins(db: AsyncSession, user_id: int) -> int:
    """Active administrators besides this one."""
    query = (
        select(func.count())
        .select_from(ConsoleUser)
        .where(ConsoleUser.role == Role.ADMIN, col(ConsoleUser.active).is_(True), ConsoleUser.id != user_id)
    )
    return (await db.exec(query)).one()
