"""The archive: one row for every directive, plan, item and task, with its words as search finds them.

Words are kept folded (no diacritics, lower case, letters and digits only), so that both engines find the same. SQLite
looks them up in an FTS5 table kept by triggers, PostgreSQL in an index over the same column; the migration makes both.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel, col, delete, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from content.words import fold
from storage.agencies import Agency
from storage.columns import state
from storage.directives import Directive, DirectiveItem, DirectiveState, ItemProvider
from storage.plans import Assignment, Plan, Task

ENGINES_OWN = "archive_words"
"""How the names of what an engine keeps for itself begin: the FTS table with its parts, the index."""
MOST = 300
"""Entries looked at for one question."""
_WORD = re.compile(r"[a-z0-9]+")


class ArchiveKind(StrEnum):
    DIRECTIVE = "directive"
    PLAN = "plan"
    """A plan of the content; one that was imported is found as the directive it is."""
    ITEM = "item"
    TASK = "task"


class ArchiveEntry(SQLModel, table=True):
    """One thing that can be found."""

    __tablename__ = "archive_entry"
    __table_args__ = (UniqueConstraint("kind", "subject_id"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: ArchiveKind = Field(sa_type=state(ArchiveKind, "archive_kind"))
    subject_id: str = Field(max_length=60)
    """Id of the directive, plan, item or task."""
    document_id: str = Field(index=True, max_length=60)
    """Id of the directive or plan it stands in."""
    title: str
    body: str = Field(default="", sa_type=Text)
    """Its words as written."""
    words: str = Field(sa_type=Text)
    """Number, title, words and names of the bodies concerned, folded."""
    agencies: str = Field(default="", sa_type=Text)
    """Ids of the bodies concerned, each between blanks."""
    dated: date | None = Field(default=None, index=True)
    """The day of its document."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. Everything given must fit; ``words`` and ``pairs`` are folded."""

    words: tuple[str, ...] = ()
    """All of them must be there."""
    any_of: tuple[str, ...] = ()
    """One of these words, or of these neighbouring words ("ngo doc"), must be there."""
    agencies: tuple[str, ...] = ()
    """One of these bodies must be concerned."""
    first: date | None = None
    last: date | None = None
    states: tuple[DirectiveState, ...] = ()
    """States of the directive; none for any. Plans of the content have no state and fit always."""
    kinds: tuple[ArchiveKind, ...] = ()


def spoken(words: str) -> str:
    """Words as the archive keeps them."""
    return " ".join(_WORD.findall(fold(words)))


async def search_archive(db: AsyncSession, search: Search, limit: int = MOST) -> Sequence[ArchiveEntry]:
    """Entries that fit, newest document first, at most ``limit``."""
    query = select(ArchiveEntry).where(*_conditions(db, search))
    if search.states:
        query = query.outerjoin(Directive, col(Directive.id) == col(ArchiveEntry.document_id)).where(
            or_(col(Directive.id).is_(None), col(Directive.state).in_(search.states))
        )
    newest = (col(ArchiveEntry.dated).is_(None), col(ArchiveEntry.dated).desc(), col(ArchiveEntry.id).desc())
    return (await db.exec(query.order_by(*newest).limit(limit))).all()


def _conditions(db: AsyncSession, search: Search) -> list[ColumnElement[bool]]:
    sqlite = db.get_bind().dialect.name == "sqlite"
    found = [_match(expression, sqlite) for expression in _expressions(search, sqlite)]
    if search.agencies:
        found.append(
            or_(*(col(ArchiveEntry.agencies).contains(f" {one} ", autoescape=True) for one in search.agencies))
        )
    if search.first:
        found.append(col(ArchiveEntry.dated) >= search.first)
    if search.last:
        found.append(col(ArchiveEntry.dated) <= search.last)
    if search.kinds:
        found.append(col(ArchiveEntry.kind).in_(search.kinds))
    return found


def _expressions(search: Search, sqlite: bool) -> list[str]:
    """The questions in the engine's own language; words hold letters and digits only, so nothing needs escaping."""
    found = []
    if search.words:
        found.append((" AND " if sqlite else " & ").join(f'"{word}"' if sqlite else word for word in search.words))
    if search.any_of:
        phrases = [f'"{phrase}"' if sqlite else f"({phrase.replace(' ', ' <-> ')})" for phrase in search.any_of]
        found.append((" OR " if sqlite else " | ").join(phrases))
    return found


def _match(expression: str, sqlite: bool) -> ColumnElement[bool]:
    if sqlite:
        rows = text("SELECT rowid FROM archive_words WHERE archive_words MATCH :asked").bindparams(asked=expression)
        return col(ArchiveEntry.id).in_(rows.columns(SQLModel.metadata.tables["archive_entry"].c.id))
    return func.to_tsvector(text("'simple'"), col(ArchiveEntry.words)).op("@@")(
        func.to_tsquery(text("'simple'"), expression)
    )


async def agencies_concerned(db: AsyncSession, *subject_ids: str) -> set[str]:
    """Ids of the bodies that these directives, plans, items or tasks concern; groups are not expanded."""
    query = select(ArchiveEntry.agencies).where(col(ArchiveEntry.subject_id).in_(subject_ids))
    return {agency for agencies in (await db.exec(query)).all() for agency in agencies.split()}


async def archive_is_empty(db: AsyncSession) -> bool:
    return (await db.exec(select(ArchiveEntry.id).limit(1))).first() is None


async def archive_directive(db: AsyncSession, directive: Directive, more: dict[str, str] | None = None) -> None:
    """Enter a directive with the items and tasks it has now, instead of what was entered before.

    ``more`` gives further words by item id, e.g. the documents an item rests on.
    """
    items = (await db.exec(select(DirectiveItem).where(DirectiveItem.directive_id == directive.id))).all()
    providers = (
        await db.exec(select(ItemProvider).where(col(ItemProvider.item_id).in_([item.id for item in items])))
    ).all()
    names = await _names(db)
    entries = []
    for item in items:
        bodies = [row.agency_id for row in providers if row.item_id == item.id]
        extra = (more or {}).get(item.id, "")
        words = [item.title, item.summary, extra, *(names.get(body, "") for body in bodies)]
        entries.append(
            _entry(ArchiveKind.ITEM, item.id, directive, item.title, item.summary, words, [*bodies, *item.targets])
        )
    entries += await _task_entries(db, directive.id, directive.issued_on or directive.period_from, names)
    bodies = [directive.issuer, *(body for entry in entries for body in entry.agencies.split())]
    words = [directive.number or "", directive.title, directive.folded, names.get(directive.issuer, directive.issuer)]
    entries.append(_entry(ArchiveKind.DIRECTIVE, directive.id, directive, directive.title, "", words, bodies))
    await _replace(db, directive.id, entries)


async def archive_plan(db: AsyncSession, plan: Plan, issued_on: date | None) -> None:
    """Enter a plan of the content with its tasks, instead of what was entered before."""
    names = await _names(db)
    entries = await _task_entries(db, plan.id, issued_on, names)
    bodies = [plan.issuer, *(body for entry in entries for body in entry.agencies.split())]
    entries.append(
        ArchiveEntry(
            kind=ArchiveKind.PLAN,
            subject_id=plan.id,
            document_id=plan.id,
            title=plan.name,
            words=spoken(f"{plan.number or ''} {plan.name} {plan.year_from} {names.get(plan.issuer, plan.issuer)}"),
            agencies=_listed(bodies),
            dated=issued_on,
        )
    )
    await _replace(db, plan.id, entries)


async def _task_entries(
    db: AsyncSession, plan_id: str, dated: date | None, names: dict[str, str]
) -> list[ArchiveEntry]:
    tasks = (await db.exec(select(Task).where(Task.plan_id == plan_id))).all()
    query = select(Assignment).join(Task, col(Task.id) == col(Assignment.task_id)).where(Task.plan_id == plan_id)
    parts: dict[str, list[str]] = {}
    for part in (await db.exec(query)).all():
        parts.setdefault(part.task_id, []).append(part.agency_id)
    entries = []
    for task in tasks:
        bodies = parts.get(task.id, [])
        words = [task.title, task.place or "", *(names.get(body, "") for body in bodies)]
        entries.append(
            ArchiveEntry(
                kind=ArchiveKind.TASK,
                subject_id=task.id,
                document_id=plan_id,
                title=task.title,
                body=task.deadline_as_written or "",
                words=spoken(" ".join(words)),
                agencies=_listed(bodies),
                dated=dated,
            )
        )
    return entries


def _entry(
    kind: ArchiveKind,
    subject_id: str,
    directive: Directive,
    title: str,
    body: str,
    words: Sequence[str],
    bodies: Iterable[str],
) -> ArchiveEntry:
    return ArchiveEntry(
        kind=kind,
        subject_id=subject_id,
        document_id=directive.id,
        title=title,
        body=body,
        words=spoken(" ".join(words)),
        agencies=_listed(bodies),
        dated=directive.issued_on or directive.period_from,
    )


def _listed(bodies: Iterable[str]) -> str:
    known = [body for body in dict.fromkeys(bodies) if body and " " not in body]
    return f" {' '.join(known)} " if known else ""


async def _replace(db: AsyncSession, document_id: str, entries: Sequence[ArchiveEntry]) -> None:
    await db.flush()
    await db.exec(delete(ArchiveEntry).where(col(ArchiveEntry.document_id) == document_id))
    db.add_all(entries)
    await db.flush()


async def _names(db: AsyncSession) -> dict[str, str]:
    return dict((await db.exec(select(Agency.id, Agency.name))).all())
