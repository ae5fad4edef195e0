"""From a reviewed draft to rows the digests, the reports and the archive work with, and back.

A part keeps the id its key gives it, so that a directive taken back, corrected and published again stays the same
directive: reports on its tasks are still reports on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.words import fold
from handlers.directives.draft import Draft, Part, PartKind, Party
from handlers.directives.replacing import close_earlier, reopen_earlier
from handlers.directives.revising import copy_names
from handlers.turn import LOCAL
from storage.agencies import Agency
from storage.archive import archive_directive
from storage.corrections import Correction, put_corrected_words
from storage.directives import LONGEST_SUMMARY, Directive, DirectiveItem, DirectiveState, ItemProvider
from storage.extensions import Extension
from storage.plans import Assignment, AssignmentRole, Indicator, Plan, Task
from storage.reports import ProgressReport
from storage.reviews import DirectiveReview

_RHYTHM = {"thang": "monthly", "quy": "quarterly", "nam": "yearly", "tuan": "weekly", "ngay": "daily"}
_EVERY = re.compile(r"\b(?:hang|moi|/)\s?(thang|quy|nam|tuan|ngay)\b")
_COMPARED = {"gt": "ge", "lt": "le"}
"""Reports are measured against "at least" and "at most"; a figure to be passed is told as written."""


async def publish(
    db: AsyncSession, catalog: Catalog, directive: Directive, review: DirectiveReview | None, now: datetime
) -> int:
    """Put a reviewed directive into force with everything in its draft; how many officers will be told of what it ends.

    One of the content or of an older Loa, which has no draft, keeps the rows it has. Never commits.
    """
    told = 0
    directive.state = DirectiveState.IN_FORCE
    db.add(directive)
    if review is not None:
        draft = Draft.model_validate(review.draft)
        known = set((await db.exec(select(Agency.id))).all())
        copy_names(directive, draft.document, directive.title)
        directive.folded = fold(f"{directive.number or ''} {directive.title}")
        parts = draft.kept
        items = [part for part in parts if part.kind is PartKind.ITEM]
        directive.period_from = min((part.first for part in items if part.first), default=None)
        ends = [part.last for part in items]
        directive.period_to = None if None in ends else max((end for end in ends if end), default=None)
        await db.flush()
        await _put_items(db, directive.id, items, _addressees(draft), known)
        await _put_plan(db, directive, [part for part in parts if part.kind is not PartKind.ITEM], known, now)
        told = await close_earlier(db, catalog, directive, draft.links, now)
    await archive_directive(db, directive)
    return told


async def withdraw(db: AsyncSession, directive: Directive) -> None:
    """Take a directive out of force: its tasks are owed no longer, what it had ended holds again. Never commits."""
    directive.state = DirectiveState.WITHDRAWN
    db.add(directive)
    plan = await db.get(Plan, directive.id)
    if plan is not None:
        plan.closed = True
        db.add(plan)
    await reopen_earlier(db, directive.id)
    await archive_directive(db, directive)


def _addressees(draft: Draft) -> list[str]:
    to = [recipient.id for recipient in draft.document.recipients if recipient.role == "to"]
    return [agency for agency in dict.fromkeys(to) if agency]


def _ids(parties: Sequence[Party], known: set[str]) -> list[str]:
    return [party.id for party in {one.id: one for one in parties}.values() if party.id in known and party.id]


async def _put_items(
    db: AsyncSession, directive_id: str, parts: Sequence[Part], targets: list[str], known: set[str]
) -> None:
    mine = select(DirectiveItem.id).where(DirectiveItem.directive_id == directive_id)
    await db.exec(delete(ItemProvider).where(col(ItemProvider.item_id).in_(mine)))
    ids = [f"{directive_id}.{part.key}" for part in parts]
    await _drop_items(db, directive_id, ids)
    by_path = {part.path: item_id for part, item_id in zip(reversed(parts), reversed(ids), strict=True)}
    for position, (part, item_id) in enumerate(zip(parts, ids, strict=True)):
        parent = by_path.get(part.path.rpartition(" (")[0])
        await db.merge(
            DirectiveItem(
                id=item_id,
                directive_id=directive_id,
                position=position,
                path=part.path[:40],
                parent_id=parent if parent != item_id else None,
                title=part.title,
                summary=_summary(part.text),
                targets=targets,
                from_date=part.first,
                to_date=part.last,
            )
        )
    await db.flush()
    for part, item_id in zip(parts, ids, strict=True):
        db.add_all(ItemProvider(item_id=item_id, agency_id=agency) for agency in _ids(part.providers, known))
    await put_corrected_words(db, ids)


async def _drop_items(db: AsyncSession, directive_id: str, kept: Sequence[str]) -> None:
    """Delete the items no longer wanted; one that was corrected stays for its history, without a day it holds on."""
    gone = (col(DirectiveItem.directive_id) == directive_id, col(DirectiveItem.id).not_in(kept))
    corrected = select(Correction.item_id)
    await db.exec(delete(DirectiveItem).where(*gone, col(DirectiveItem.id).not_in(corrected)))
    for item in (await db.exec(select(DirectiveItem).where(*gone))).all():
        item.to_date = date.min
        db.add(item)


async def _put_plan(
    db: AsyncSession, directive: Directive, parts: Sequence[Part], known: set[str], now: datetime
) -> None:
    """The tasks and the reports a directive demands, as a plan of its own; a directive without any has none."""
    tasks = [part for part in parts if part.kind is PartKind.TASK]
    plan = await db.get(Plan, directive.id)
    if not parts and plan is None:
        return
    first, last = _years(directive, parts, now)
    await db.merge(
        Plan(
            id=directive.id,
            name=directive.title,
            issuer=directive.issuer,
            number=directive.number,
            year_from=first,
            year_to=last,
            obligations=[
                _obligation(directive.id, part, known, first, last) for part in parts if part.kind is PartKind.REPORT
            ],
        )
    )
    await db.flush()
    await _drop_tasks(db, directive.id, [f"{directive.id}.{part.key}" for part in tasks])
    for position, part in enumerate(tasks):
        task_id = f"{directive.id}.{part.key}"
        await db.merge(
            Task(
                id=task_id,
                plan_id=directive.id,
                position=position,
                path=part.path[:40],
                title=part.title,
                deadline_as_written=part.due.as_written,
                deadline_semantics=part.due.semantics,
                cut_off=part.due.date if part.due.semantics == "before" else None,
                due=part.due.last_day,
                recurrence=_recurrence(part),
            )
        )
        await db.flush()
        roles = dict.fromkeys(_ids(part.coordinators, known), AssignmentRole.COORDINATOR)
        roles |= dict.fromkeys(_ids(part.lead, known), AssignmentRole.LEAD)
        db.add_all(Assignment(task_id=task_id, agency_id=agency, role=role) for agency, role in roles.items())
        db.add_all(_indicators(directive.id, task_id, part))


async def _drop_tasks(db: AsyncSession, plan_id: str, kept: Sequence[str]) -> None:
    """Make room for the tasks. One no longer wanted stays where a report on it, or a request, is kept; nobody owes it
    then."""
    mine = select(Task.id).where(Task.plan_id == plan_id)
    await db.exec(delete(Assignment).where(col(Assignment.task_id).in_(mine)))
    await db.exec(delete(Indicator).where(col(Indicator.plan_id) == plan_id))
    reported = select(ProgressReport.task_id)
    await db.exec(
        delete(Task).where(
            col(Task.plan_id) == plan_id,
            col(Task.id).not_in(kept),
            col(Task.id).not_in(reported),
            col(Task.id).not_in(select(Extension.task_id)),
        )
    )


def _indicators(plan_id: str, task_id: str, part: Part) -> Iterator[Indicator]:
    for position, target in enumerate(part.targets):
        yield Indicator(
            id=f"{task_id}.{position}",
            plan_id=plan_id,
            task_id=task_id,
            position=position,
            name=target.as_written,
            target=target.value,
            unit=target.unit,
            comparison=_COMPARED.get(target.comparison or "", target.comparison),
        )


def _obligation(plan_id: str, part: Part, known: set[str], first: int, last: int) -> dict[str, Any]:
    """A report owed, as plans keep them; one owed each year is so up to the plan's last year."""
    due, day = part.due, part.due.last_day
    return {
        "id": f"{plan_id}.{part.key}",
        "path": part.path,
        "from": _ids(part.reporters, known),
        "to": _ids(part.receivers, known),
        "content": part.title,
        "recurrence": _recurrence(part) or "once",
        "cut_off": due.date.isoformat() if due.date and due.semantics == "before" else None,
        "due": day.isoformat() if day else None,
        "semantics": due.semantics,
        "year_from": first,
        "year_to": last,
        "as_written": due.as_written,
    }


def _recurrence(part: Part) -> str | None:
    if part.due.semantics != "recurring":
        return None
    found = _EVERY.search(fold(part.due.as_written or ""))
    return _RHYTHM[found[1]] if found else "recurring"


def _years(directive: Directive, parts: Sequence[Part], now: datetime) -> tuple[int, int]:
    days: list[date] = [day for part in parts if (day := part.due.last_day)]
    if directive.issued_on:
        days.append(directive.issued_on)
    years = [day.year for day in days] or [now.astimezone(LOCAL).year]
    return min(years), max(years)


def _summary(text: str) -> str:
    """The beginning of an item's words, as long as a digest can show; the draft keeps them whole."""
    return text if len(text) <= LONGEST_SUMMARY else text[: LONGEST_SUMMARY - 1].rpartition(" ")[0] + "…"
