"""What people asked and how it was answered, and the questions a person took over."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlmodel import Field, SQLModel, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.codes import letters
from storage.columns import EncryptedText, UTCDateTime, state


class AnswerKind(StrEnum):
    EMERGENCY = "emergency"
    FAQ = "faq"
    CLARIFY = "clarify"
    INTENT = "intent"
    FALLBACK = "fallback"


class Vote(StrEnum):
    HELPFUL = "helpful"
    WRONG = "wrong"


def new_code() -> str:
    """A code of 10 letters and digits (45 bits); never digits alone, which is how buttons once named a question."""
    return "q" + base64.b32encode(secrets.token_bytes(6)).decode().rstrip("=").lower()[:9]


class QuestionLog(SQLModel, table=True):
    """One question and what was made of it. Holds no address: only the question's own words, sealed.

    The one exception is an asker who pressed the button to be told of an answer.
    """

    __tablename__ = "question_log"
    id: int | None = Field(default=None, primary_key=True)
    code: str | None = Field(default_factory=new_code, max_length=12, unique=True, index=True)
    """By which buttons under the answer name the question: known before the row is written, and not to be guessed."""
    asked_at: datetime = Field(sa_type=UTCDateTime, index=True)
    channel: str = Field(max_length=20)
    text: str = Field(sa_type=EncryptedText)
    """Phone numbers and the like are masked before this is stored."""
    kind: AnswerKind = Field(sa_type=state(AnswerKind, "answer_kind"), index=True)
    faq: str | None = Field(default=None, max_length=60, index=True)
    intent: str | None = Field(default=None, max_length=60)
    score: float = 0.0
    vote: Vote | None = Field(default=None, sa_type=state(Vote, "vote"))
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    """Who wants to be told of an answer and agreed to be kept for that; None again once told, erased or too old."""
    decision_id: int | None = Field(default=None, foreign_key="question_decision.id", index=True)
    """What the department decided about it last; None while it waits."""


LOGGED = ("code", "asked_at", "channel", "text", "kind", "faq", "intent", "score")
"""Columns of a question that are known when it is asked."""


class TicketState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class TicketKind(StrEnum):
    QUESTION = "question"
    FEEDBACK = "feedback"
    FAKE_NEWS = "fake_news"


class Ticket(SQLModel, table=True):
    """Something a person of the department is to answer. The asker agreed to be written back to."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=16)
    kind: TicketKind = Field(sa_type=state(TicketKind, "ticket_kind"))
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    """None once the asker erased their data."""
    text: str = Field(sa_type=EncryptedText)
    state: TicketState = Field(default=TicketState.OPEN, sa_type=state(TicketState, "ticket_state"), index=True)
    answer: str | None = None
    answered_by: str | None = Field(default=None, max_length=60)
    created_at: datetime = Field(sa_type=UTCDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


async def open_ticket(db: AsyncSession, kind: TicketKind, account_id: int, text: str, now: datetime) -> Ticket:
    """A new ticket with a code the person can quote."""
    ticket = Ticket(code=f"YC-{letters(5)}", kind=kind, account_id=account_id, text=text, created_at=now)
    db.add(ticket)
    await db.flush()
    return ticket


async def question_named(db: AsyncSession, name: str) -> QuestionLog | None:
    """The question a button names: by its code, or, where it was asked before there were codes, by its number.

    Whoever counts through the numbers meets no question of somebody else's that has a code.
    """
    if name.isdecimal():
        found = await db.get(QuestionLog, int(name)) if len(name) < 10 else None
        return found if found is not None and found.code is None else None
    return (await db.exec(select(QuestionLog).where(QuestionLog.code == name))).one_or_none()


async def ticket_by_code(db: AsyncSession, code: str) -> Ticket | None:
    return (await db.exec(select(Ticket).where(Ticket.code == code.upper()))).one_or_none()


async def most_asked(db: AsyncSession, domain: str, since: datetime, least: int, limit: int) -> Sequence[str]:
    """Entries of ``food`` or ``battery`` asked for at least ``least`` times since then, the most asked first."""
    query = (
        select(QuestionLog.faq)
        .where(col(QuestionLog.asked_at) >= since, col(QuestionLog.faq).startswith(f"{domain}."))
        .group_by(col(QuestionLog.faq))
        .having(func.count() >= least)
        .order_by(func.count().desc(), col(QuestionLog.faq))
        .limit(limit)
    )
    return [faq for faq in (await db.exec(query)).all() if faq is not None]


async def tickets_of(db: AsyncSession, account_id: int, limit: int) -> Sequence[Ticket]:
    """The account's newest tickets, newest first."""
    query = select(Ticket).where(Ticket.account_id == account_id).order_by(col(Ticket.id).desc()).limit(limit)
    return (await db.exec(query)).all()


async def forget_asker(db: AsyncSession, account_id: int) -> int:
    """Cut the account's tickets and questions loose from it; open tickets are closed, for nobody is left to answer.

    How many tickets.
    """
    await db.exec(update(QuestionLog).where(col(QuestionLog.account_id) == account_id).values(account_id=None))
    mine = col(Ticket.account_id) == account_id
    await db.exec(update(Ticket).where(mine, col(Ticket.state) == TicketState.OPEN).values(state=TicketState.CLOSED))
    return int((await db.exec(update(Ticket).where(mine).values(account_id=None))).rowcount)
