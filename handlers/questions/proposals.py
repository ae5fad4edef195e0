"""What the department does about questions Loa could not answer: answer now, teach, draft an entry, set aside.

Every step is one decision about given questions. It is refused when somebody has dealt with one of them meanwhile, so
that nobody is answered twice; all of it is noted in the audit log. Callers commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import day
from content.words import fold
from handlers.messages import Reply, plain
from handlers.turn import LOCAL
from storage.audit import note
from storage.contacts import Account
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.proposals import (
    NOTICE,
    Decided,
    DraftState,
    EntryDraft,
    LearnedExample,
    QuestionDecision,
    askers,
    decision_held,
    decisions_about,
    draft_held,
    drop_examples,
    questions_by_id,
    release_questions,
)
from storage.questions import QuestionLog

EXAMPLES = 50
"""Spellings of one group kept as examples."""
MAY_FOLLOW: dict[Decided, frozenset[Decided]] = {
    Decided.ANSWERED: frozenset({Decided.DRAFTED}),
    Decided.EXAMPLE: frozenset({Decided.ANSWERED}),
    Decided.DRAFTED: frozenset({Decided.ANSWERED}),
    Decided.DISMISSED: frozenset(),
}
"""After which other decisions a step may still be taken: a question that was answered may still teach Loa, and whoever
waits for a draft may be answered meanwhile."""
TITLE, LINE, LINES = 36, 150, 6
"""Limits of an entry in the content: characters of its title and of a line of the answer, lines."""
QUESTION, SOURCE, SOURCES = 200, 200, 10


class ProposalError(Exception):
    """The step is not possible; ``key`` names the sentence that says why."""

    def __init__(self, key: str, **params: object) -> None:
        self.key, self.params = key, params
        super().__init__(key)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote for a new entry."""

    topic: str
    title: str
    question: str
    answer: tuple[str, ...]
    sources: tuple[str, ...]


async def reachable(db: AsyncSession, ids: Sequence[int], channels: Sequence[str]) -> list[tuple[QuestionLog, Account]]:
    """Whom an answer would reach, each account once, with the newest question it asked."""
    found: dict[int | None, tuple[QuestionLog, Account]] = {}
    for question, account in await askers(db, ids):
        if account.channel in channels:
            found.setdefault(account.id, (question, account))
    return list(found.values())


def notice(catalog: Catalog, question: QuestionLog, text: str) -> Reply:
    """The message an asker gets: in the department's name, with their question and the word that a person wrote it."""
    return Reply(
        catalog.text(
            "citizen.notify.answer",
            department=catalog.province.department.name,
            date=day(question.asked_at.astimezone(LOCAL)),
            question=plain(question.text or catalog.text("citizen.notify.lost")),
            answer=plain(text),
        )
    )


async def answer_askers(
    db: AsyncSession,
    catalog: Catalog,
    ids: Sequence[int],
    text: str,
    channels: Sequence[str],
    actor: str,
    now: datetime,
) -> QuestionDecision:
    """Queue the answer for everybody who wants to be told, and let go of who they were. Raises ProposalError."""
    questions = await _held(db, catalog, ids, Decided.ANSWERED)
    told = await reachable(db, ids, channels)
    if not told:
        raise ProposalError("console.proposal.nobody_waits")
    decision = await _decide(db, questions, Decided.ANSWERED, actor, now, answer=text, told=len(told))
    await queue_deliveries(
        db,
        [
            new_delivery(
                DeliveryKind.NOTICE,
                f"{NOTICE}{question.id}",
                account,
                notice(catalog, question, text).to_json(),
                now,
            )
            for question, account in told
        ],
    )
    reached = {account.id for _, account in told}
    for question in questions:
        if question.account_id in reached:
            question.account_id = None
            db.add(question)
    note(db, actor, "question.answered", f"question_decision:{decision.id}", now, questions=len(ids), told=len(told))
    return decision


async def teach(
    db: AsyncSession, catalog: Catalog, ids: Sequence[int], faq: str, channels: Sequence[str], actor: str, now: datetime
) -> QuestionDecision:
    """Accept the questions as examples of the entry. Raises ProposalError, also while somebody waits for an answer."""
    if faq not in catalog.faq:
        raise ProposalError("console.proposal.no_entry")
    questions = await _held(db, catalog, ids, Decided.EXAMPLE)
    waits = len(await reachable(db, ids, channels))
    if waits:
        raise ProposalError("console.proposal.answer_first", count=waits)
    decision = await _decide(db, questions, Decided.EXAMPLE, actor, now, faq=faq)
    texts = {fold(question.text): question.text for question in reversed(questions) if question.text}
    # Diacritics teach more than their lack: of two spellings of one line the marked one is kept.
    texts |= {fold(question.text): question.text for question in questions if fold(question.text) != question.text}
    assert decision.id is not None
    for text in list(texts.values())[:EXAMPLES]:
        db.add(LearnedExample(decision_id=decision.id, faq=faq, text=text, added_by=actor, added_at=now))
    note(db, actor, "question.example", f"question_decision:{decision.id}", now, questions=len(ids), faq=faq)
    return decision


async def draft_entry(
    db: AsyncSession, catalog: Catalog, ids: Sequence[int], draft: Draft, actor: str, now: datetime
) -> EntryDraft:
    """Store a draft of a new entry for the questions. Raises ProposalError when it could not become an entry."""
    check_draft(catalog, draft)
    questions = await _held(db, catalog, ids, Decided.DRAFTED)
    decision = await _decide(db, questions, Decided.DRAFTED, actor, now)
    assert decision.id is not None
    row = EntryDraft(decision_id=decision.id, author=actor, created_at=now, updated_at=now, **_values(draft))
    db.add(row)
    await db.flush()
    note(db, actor, "draft.written", f"entry_draft:{row.id}", now, questions=len(ids))
    return row


async def rewrite_draft(
    db: AsyncSession, catalog: Catalog, draft_id: int, draft: Draft, actor: str, now: datetime
) -> EntryDraft:
    """Change a draft nobody has reviewed; whoever changed it last is its author. Raises ProposalError."""
    check_draft(catalog, draft)
    row = await _open_draft(db, draft_id)
    for name, value in _values(draft).items():
        setattr(row, name, value)
    row.author, row.updated_at = actor, now
    db.add(row)
    note(db, actor, "draft.changed", f"entry_draft:{draft_id}", now)
    return row


async def review_draft(
    db: AsyncSession, draft_id: int, good: bool, reason: str, actor: str, now: datetime
) -> EntryDraft:
    """A second person finds the draft right, or rejects it with a reason: its questions then wait again."""
    row = await _open_draft(db, draft_id)
    if row.author == actor:
        raise ProposalError("console.draft.own")
    row.state = DraftState.REVIEWED if good else DraftState.REJECTED
    row.reviewer, row.reviewed_at, row.reason = actor, now, None if good else reason
    db.add(row)
    if not good:
        decision = await decision_held(db, row.decision_id)
        assert decision is not None
        decision.undone_at, decision.undone_by = now, actor
        db.add(decision)
        await release_questions(db, row.decision_id)
    note(db, actor, "draft.reviewed" if good else "draft.rejected", f"entry_draft:{draft_id}", now)
    return row


async def dismiss(
    db: AsyncSession, catalog: Catalog, ids: Sequence[int], actor: str, now: datetime
) -> QuestionDecision:
    """Set the questions aside. Raises ProposalError."""
    questions = await _held(db, catalog, ids, Decided.DISMISSED)
    decision = await _decide(db, questions, Decided.DISMISSED, actor, now)
    note(db, actor, "question.dismissed", f"question_decision:{decision.id}", now, questions=len(ids))
    return decision


async def undo(db: AsyncSession, decision_id: int, actor: str, now: datetime) -> int:
    """Take back a dismissal or examples: the questions wait again; how many. Raises ProposalError."""
    decision = await decision_held(db, decision_id)
    if decision is None or decision.undone_at or decision.decided not in (Decided.DISMISSED, Decided.EXAMPLE):
        raise ProposalError("console.proposal.not_undoable")
    decision.undone_at, decision.undone_by = now, actor
    db.add(decision)
    await drop_examples(db, decision_id)
    count = await release_questions(db, decision_id)
    note(db, actor, "question.undone", f"question_decision:{decision_id}", now, questions=count)
    return count


def check_draft(catalog: Catalog, draft: Draft) -> None:
    """Raises ProposalError naming what an entry of the content could not have."""
    if f"citizen.group.{draft.topic}" not in catalog.text:
        raise ProposalError("console.draft.no_topic")
    if not (draft.title and draft.question and draft.answer and draft.sources):
        raise ProposalError("console.draft.incomplete")
    if len(draft.title) > TITLE:
        raise ProposalError("console.draft.title_long", most=TITLE, length=len(draft.title))
    if len(draft.question) > QUESTION:
        raise ProposalError("console.draft.question_long", most=QUESTION, length=len(draft.question))
    if len(draft.answer) > LINES:
        raise ProposalError("console.draft.too_many_lines", most=LINES, count=len(draft.answer))
    for number, line in enumerate(draft.answer, 1):
        if len(line) > LINE:
            raise ProposalError("console.draft.line_long", number=number, most=LINE, length=len(line))
    if len(draft.sources) > SOURCES or any(len(source) > SOURCE for source in draft.sources):
        raise ProposalError("console.draft.sources_long", lines=SOURCES, most=SOURCE)


def _values(draft: Draft) -> dict[str, Any]:
    return {
        "topic": draft.topic,
        "title": draft.title,
        "question": draft.question,
        "answer": list(draft.answer),
        "sources": list(draft.sources),
    }


async def _held(db: AsyncSession, catalog: Catalog, ids: Sequence[int], step: Decided) -> list[QuestionLog]:
    """The questions, held until the transaction ends. Raises ProposalError when one is gone or dealt with."""
    questions = await questions_by_id(db, ids, hold=True)
    if not questions or len(questions) != len(set(ids)):
        raise ProposalError("console.proposal.gone")
    about = {question.decision_id for question in questions if question.decision_id is not None}
    for decision in (await decisions_about(db, sorted(about))).values():
        if decision.decided not in MAY_FOLLOW[step]:
            how = catalog.text(f"console.proposal.decided.{decision.decided.value}")
            raise ProposalError("console.proposal.dealt_with", by=decision.actor, how=how)
    return questions


async def _decide(
    db: AsyncSession, questions: Sequence[QuestionLog], decided: Decided, actor: str, now: datetime, **more: Any
) -> QuestionDecision:
    decision = QuestionDecision(decided=decided, actor=actor, at=now, questions=len(questions), **more)
    db.add(decision)
    await db.flush()
    for question in questions:
        question.decision_id = decision.id
        db.add(question)
    return decision


async def _open_draft(db: AsyncSession, draft_id: int) -> EntryDraft:
    row = await draft_held(db, draft_id)
    if row is None:
        raise ProposalError("console.draft.gone")
    if row.state is not DraftState.DRAFT:
        raise ProposalError("console.draft.reviewed_already", by=row.reviewer or "–")
    return row
