"""What the department makes of questions Loa could not answer: decisions, accepted examples, drafts of entries.

A question waits until somebody decides about it. A decision covers the questions it was made for, taken together
because they ask the same; what comes of it (an answer sent, examples, a draft) hangs on the decision.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, or_, update
from sqlmodel import Field, SQLModel, col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import EncryptedText, UTCDateTime, state
from storage.contacts import Account
from storage.digests import ARRIVED, Delivery, DeliveryState
from storage.questions import AnswerKind, QuestionLog, Vote

NOTICE = "question:"
"""Beginning of the keys of deliveries that carry an answer to an asker."""
_BLANKED = "told:"
"""Takes its place once the text is blanked."""
CHUNK = 500
"""Ids of one statement: below every engine's limit of parameters."""


class Decided(StrEnum):
    ANSWERED = "answered"
    """Those who wanted to be told were sent an answer."""
    EXAMPLE = "example"
    """Accepted as examples of an entry."""
    DRAFTED = "drafted"
    """A new entry was drafted for them."""
    DISMISSED = "dismissed"


class Kind(StrEnum):
    """Why a question is among the unanswered."""

    REFUSED = "refused"
    WRONG = "wrong"
    """Answered, and the asker found the answer wrong."""
    CLARIFY = "clarify"
    """Loa asked back."""


class QuestionDecision(SQLModel, table=True):
    """One step somebody of the department took about questions that ask the same."""

    __tablename__ = "question_decision"
    id: int | None = Field(default=None, primary_key=True)
    decided: Decided = Field(sa_type=state(Decided, "decided"))
    actor: str = Field(max_length=60)
    at: datetime = Field(sa_type=UTCDateTime, index=True)
    questions: int
    """How many it was made about."""
    answer: str | None = Field(default=None, sa_type=EncryptedText)
    """What the askers were sent; it may quote them."""
    told: int = 0
    """How many askers it was sent to."""
    faq: str | None = Field(default=None, max_length=60)
    """The entry the examples belong to."""
    undone_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    undone_by: str | None = Field(default=None, max_length=60)


class LearnedExample(SQLModel, table=True):
    """A question accepted as an example of an entry. It teaches nothing before somebody puts it into ``nlu/data``."""

    __tablename__ = "learned_example"
    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="question_decision.id", index=True)
    faq: str = Field(max_length=60, index=True)
    text: str = Field(sa_type=EncryptedText)
    """A person's words, numbers masked."""
    added_by: str = Field(max_length=60)
    added_at: datetime = Field(sa_type=UTCDateTime)


class DraftState(StrEnum):
    DRAFT = "draft"
    REVIEWED = "reviewed"
    """A second person found it right; it is served only once it stands in the reviewed content."""
    REJECTED = "rejected"


class EntryDraft(SQLModel, table=True):
    """A new entry on its way into the content. The bot never reads this table."""

    __tablename__ = "entry_draft"
    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="question_decision.id", index=True)
    topic: str = Field(max_length=60)
    """Domain and group as in the menu, e.g. ``food.ruou``."""
    title: str = Field(max_length=60)
    question: str
    answer: list[str] = Field(sa_type=JSON)
    """What to do, a line each."""
    sources: list[str] = Field(sa_type=JSON)
    """What the answer rests on, as the author names it."""
    state: DraftState = Field(default=DraftState.DRAFT, sa_type=state(DraftState, "draft_state"), index=True)
    author: str = Field(max_length=60)
    """Who wrote it last; never who reviews it."""
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
    reviewer: str | None = Field(default=None, max_length=60)
    reviewed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reason: str | None = None
    """Why it was rejected."""


def _unanswered(kind: Kind | None) -> Any:
    """Of which kind an unanswered question is; a vote against the answer weighs more than how it came about."""
    wrong = col(QuestionLog.vote) == Vote.WRONG
    not_wrong = or_(col(QuestionLog.vote).is_(None), col(QuestionLog.vote) != Vote.WRONG)
    refused = (col(QuestionLog.kind) == AnswerKind.FALLBACK) & not_wrong
    clarify = (col(QuestionLog.kind) == AnswerKind.CLARIFY) & not_wrong & col(QuestionLog.faq).is_(None)
    match kind:
        case Kind.REFUSED:
            return refused
        case Kind.WRONG:
            return wrong
        case Kind.CLARIFY:
            return clarify
    return wrong | refused | clarify


def kind_of(question: QuestionLog) -> Kind:
    """Why the question is among the unanswered."""
    if question.vote is Vote.WRONG:
        return Kind.WRONG
    return Kind.CLARIFY if question.kind is AnswerKind.CLARIFY else Kind.REFUSED


async def waiting_questions(
    db: AsyncSession, since: datetime | None, kind: Kind | None, limit: int
) -> Sequence[QuestionLog]:
    """The newest unanswered questions nobody has decided about, newest first. A question that was asked back about and
    led to an entry is answered, unless the asker said otherwise."""
    query = (
        select(QuestionLog)
        .where(_unanswered(kind), col(QuestionLog.decision_id).is_(None))
        .order_by(col(QuestionLog.id).desc())
        .limit(limit)
    )
    if since is not None:
        query = query.where(col(QuestionLog.asked_at) >= since)
    return (await db.exec(query)).all()


async def waiting_mark(db: AsyncSession) -> tuple[int, ...]:
    """Changes when :func:`waiting_questions` may give something else: counts that tell without reading any text."""
    waits = col(QuestionLog.decision_id).is_(None)
    counts = (
        select(func.count()).where(_unanswered(None), waits),
        select(func.count()).where(_unanswered(Kind.WRONG), waits),
        select(func.coalesce(func.max(col(QuestionLog.id)), 0)),
        select(func.coalesce(func.max(col(QuestionDecision.id)), 0)),
        select(func.count(col(QuestionDecision.undone_at))),
        select(func.count(col(QuestionLog.account_id))),
    )
    return tuple([int((await db.exec(query)).one() or 0) for query in counts])


async def questions_by_id(db: AsyncSession, ids: Sequence[int], hold: bool = False) -> list[QuestionLog]:
    """The questions that exist, newest first. With ``hold`` they are held until the transaction ends."""
    found: list[QuestionLog] = []
    for start in range(0, len(ids), CHUNK):
        query = select(QuestionLog).where(col(QuestionLog.id).in_(ids[start : start + CHUNK]))
        if hold:
            query = query.order_by(col(QuestionLog.id)).with_for_update().execution_options(populate_existing=True)
        found += (await db.exec(query)).all()
    return sorted(found, key=lambda question: question.id or 0, reverse=True)


async def questions_of(db: AsyncSession, decision_id: int, limit: int) -> Sequence[QuestionLog]:
    """The questions a decision stands for at present, newest first."""
    query = (
        select(QuestionLog)
        .where(QuestionLog.decision_id == decision_id)
        .order_by(col(QuestionLog.id).desc())
        .limit(limit)
    )
    return (await db.exec(query)).all()


async def askers(db: AsyncSession, ids: Sequence[int]) -> list[tuple[QuestionLog, Account]]:
    """The questions among these whose askers want to be told and can be reached, with their accounts, newest first."""
    found: list[tuple[QuestionLog, Account]] = []
    for start in range(0, len(ids), CHUNK):
        query = (
            select(QuestionLog, Account)
            .join(Account, col(Account.id) == col(QuestionLog.account_id))
            .where(col(QuestionLog.id).in_(ids[start : start + CHUNK]), col(Account.left_at).is_(None))
        )
        found += (await db.exec(query)).all()
    return sorted(found, key=lambda pair: pair[0].id or 0, reverse=True)


async def decisions_about(db: AsyncSession, ids: Sequence[int]) -> dict[int, QuestionDecision]:
    """Decisions by their id."""
    if not ids:
        return {}
    rows = (await db.exec(select(QuestionDecision).where(col(QuestionDecision.id).in_(list(ids))))).all()
    return {row.id: row for row in rows if row.id is not None}


async def decisions_made(db: AsyncSession, before: int | None, limit: int) -> Sequence[QuestionDecision]:
    """Decisions, newest first, from those older than the row ``before``."""
    query = select(QuestionDecision).order_by(col(QuestionDecision.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(QuestionDecision.id) < before)
    return (await db.exec(query)).all()


async def decision_held(db: AsyncSession, decision_id: int) -> QuestionDecision | None:
    """The decision as it is now, held until the transaction ends."""
    return await db.get(QuestionDecision, decision_id, with_for_update=True, populate_existing=True)


async def release_questions(db: AsyncSession, decision_id: int) -> int:
    """Put the decision's questions back among the waiting ones; how many."""
    mine = col(QuestionLog.decision_id) == decision_id
    return int((await db.exec(update(QuestionLog).where(mine).values(decision_id=None))).rowcount)


async def drop_examples(db: AsyncSession, decision_id: int) -> None:
    await db.exec(delete(LearnedExample).where(col(LearnedExample.decision_id) == decision_id))


async def examples_of(db: AsyncSession, decision_id: int) -> Sequence[LearnedExample]:
    query = select(LearnedExample).where(LearnedExample.decision_id == decision_id).order_by(col(LearnedExample.id))
    return (await db.exec(query)).all()


async def learned_examples(db: AsyncSession) -> Sequence[LearnedExample]:
    """All accepted examples, by entry, oldest first."""
    return (await db.exec(select(LearnedExample).order_by(col(LearnedExample.faq), col(LearnedExample.id)))).all()


async def draft_held(db: AsyncSession, draft_id: int) -> EntryDraft | None:
    """The draft as it is now, held until the transaction ends."""
    return await db.get(EntryDraft, draft_id, with_for_update=True, populate_existing=True)


async def draft_of(db: AsyncSession, decision_id: int) -> EntryDraft | None:
    return (await db.exec(select(EntryDraft).where(EntryDraft.decision_id == decision_id))).one_or_none()


async def drafts_in(db: AsyncSession, states: Sequence[DraftState], limit: int) -> Sequence[EntryDraft]:
    """Drafts in one of the states, newest first."""
    query = select(EntryDraft).where(col(EntryDraft.state).in_(list(states))).order_by(col(EntryDraft.id).desc())
    return (await db.exec(query.limit(limit))).all()


async def questions_wanted_by(db: AsyncSession, account_id: int) -> int:
    """How many questions this account waits for an answer to."""
    return (await db.exec(select(func.count()).where(col(QuestionLog.account_id) == account_id))).one()


async def forget_askers(db: AsyncSession, asked_before: datetime) -> int:
    """Cut questions asked before the moment loose from who wanted an answer; how many."""
    old = (col(QuestionLog.asked_at) < asked_before) & col(QuestionLog.account_id).is_not(None)
    return int((await db.exec(update(QuestionLog).where(old).values(account_id=None))).rowcount)


async def forget_notices(db: AsyncSession, made_before: datetime, account_id: int | None = None) -> int:
    """Blank the answers sent to askers before the moment, or all of one account's: beside the address they quote what
    was asked. What has not left by then, or may not have, is given up. How many.
    """
    which = col(Delivery.key).startswith(NOTICE)
    if account_id is None:
        which &= col(Delivery.created_at) < made_before
    else:
        which &= col(Delivery.account_id) == account_id
    blank = {"reply": {"text": ""}, "key": func.replace(col(Delivery.key), NOTICE, _BLANKED)}
    waits = [DeliveryState.QUEUED, DeliveryState.UNCLEAR]
    over = [*ARRIVED, DeliveryState.FAILED, DeliveryState.SKIPPED]
    given_up = {"state": DeliveryState.SKIPPED, "error_key": "expired"}
    count = 0
    for states, more in ((waits, given_up), (over, {})):
        found = update(Delivery).where(which, col(Delivery.state).in_(states)).values(**blank, **more)
        count += int((await db.exec(found)).rowcount)
    return count
