"""Drafts of a report: one for every officer of the agency who began to fill it in, so that none overwrites another.

The report keeps them as ``{contact id: {"answers", "done", "count", "at"}}``; ``draft_by`` is who wrote last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.reports.answers import Answers
from storage.reports import ProgressReport, report_for_update


@dataclass(frozen=True, slots=True)
class Draft:
    """One officer's answers so far."""

    contact_id: int
    answers: Answers
    done: int
    """How many questions have an answer, of ``count``."""
    count: int
    at: datetime

    def by(self, giver: int, taker: int) -> Draft:
        """The same draft, the taker's if it was the giver's."""
        return replace(self, contact_id=taker) if self.contact_id == giver else self


def drafts_of(report: ProgressReport) -> list[Draft]:
    """The report's drafts, the newest first."""
    found = [
        Draft(int(contact), kept["answers"], kept["done"], kept["count"], datetime.fromisoformat(kept["at"]))
        for contact, kept in report.draft.items()
    ]
    return sorted(found, key=lambda draft: draft.at, reverse=True)


def draft_by(report: ProgressReport, contact_id: int | None) -> Draft | None:
    """The officer's own draft."""
    return next((draft for draft in drafts_of(report) if draft.contact_id == contact_id), None)


async def put_draft(db: AsyncSession, report: ProgressReport, draft: Draft) -> None:
    """Keep the officer's draft beside those of others."""
    current = await report_for_update(db, report.id or 0) or report
    restore_drafts(current, [draft, *(one for one in drafts_of(current) if one.contact_id != draft.contact_id)])
    current.updated_at = draft.at
    db.add(current)


async def drop_draft(db: AsyncSession, report: ProgressReport, contact_id: int | None, now: datetime) -> None:
    """Forget the officer's draft; others' stay."""
    current = await report_for_update(db, report.id or 0) or report
    restore_drafts(current, [draft for draft in drafts_of(current) if draft.contact_id != contact_id])
    current.updated_at = now
    db.add(current)


def restore_drafts(report: ProgressReport, drafts: list[Draft]) -> None:
    """Let the report hold just these drafts, the newest first."""
    report.draft = {
        str(draft.contact_id): {
            "answers": draft.answers,
            "done": draft.done,
            "count": draft.count,
            "at": draft.at.isoformat(),
        }
        for draft in drafts
    }
    report.draft_by = drafts[0].contact_id if drafts else None
