"""Bringing the shipped province (agencies, directives, plans) into the database.

Runs at every start and does nothing when the content is the one already loaded. What people changed in the console
(the state of a directive) is kept.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel, col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.files import stamp
from content.schema import DirectiveSpec, IndicatorSpec, OfficialDocument, PlanSpec
from content.words import fold
from storage.agencies import put_agencies
from storage.archive import archive_directive, archive_is_empty, archive_plan
from storage.changes import changes_standing, put_in_force
from storage.columns import UTCDateTime
from storage.corrections import put_corrected_words
from storage.directives import Directive, DirectiveItem, DirectiveState, ItemProvider, end_linked_items
from storage.plans import Assignment, AssignmentRole, Indicator, Plan, Task


class ShippedContent(SQLModel, table=True):
    """Which version of a content folder the database holds."""

    __tablename__ = "shipped_content"
    folder: str = Field(primary_key=True, max_length=60)
    stamp: str = Field(max_length=64)
    loaded_at: datetime = Field(sa_type=UTCDateTime)


async def load_shipped(db: AsyncSession, catalog: Catalog, now: datetime) -> bool:
    """Load the province's folder unless this very version is loaded; whether anything was done."""
    current = stamp(catalog.root, "kontum/**/*.yaml")
    row = await db.get(ShippedContent, "kontum")
    if row is not None and row.stamp == current and not await archive_is_empty(db):
        return False
    province = catalog.province
    await put_agencies(db, province.agencies.shipped)
    for spec in province.directives.values():
        await _put_directive(db, spec, province.documents[spec.document], now)
    await end_linked_items(db)
    for plan in province.plans.values():
        await _put_plan(db, plan, province.documents[plan.document])
        await archive_plan(db, await db.get_one(Plan, plan.document), province.documents[plan.document].issued_on)
    for change in await changes_standing(db):
        await put_in_force(db, change)
    await db.merge(ShippedContent(folder="kontum", stamp=current, loaded_at=now))
    return True


async def _put_directive(db: AsyncSession, spec: DirectiveSpec, document: OfficialDocument, now: datetime) -> None:
    existing = await db.get(Directive, document.id)
    starts = [start for item in spec.items if (start := item.from_ or item.focus_from)]
    ends = [item.to or item.focus_to for item in spec.items]
    directive = await db.merge(
        Directive(
            id=document.id,
            kind=document.kind,
            number=document.number,
            title=document.title,
            issuer=document.issuer,
            issued_on=document.issued_on,
            date_as_written=document.date_as_written,
            period_from=min(starts, default=None),
            period_to=_latest(ends),
            state=existing.state if existing else DirectiveState.IN_FORCE,
            duties=[duty.model_dump() for duty in spec.duties],
            slogans=spec.slogans,
            folded=fold(f"{document.number or ''} {document.symbol or ''} {document.title}"),
            created_at=existing.created_at if existing else now,
        )
    )
    await db.flush()
    ids = [item.id for item in spec.items]
    await db.exec(delete(ItemProvider).where(col(ItemProvider.item_id).in_(ids)))
    for position, item in enumerate(spec.items):
        await db.merge(
            DirectiveItem(
                id=item.id,
                directive_id=document.id,
                position=position,
                path=item.path,
                parent_id=item.parent,
                title=item.title,
                summary=item.summary,
                targets=item.target,
                from_date=item.from_ or item.focus_from,
                to_date=item.to or item.focus_to,
                period_as_written=item.period_as_written,
            )
        )
    await db.flush()
    await put_corrected_words(db, ids)
    db.add_all(
        ItemProvider(item_id=item.id, agency_id=agency)
        for item in spec.items
        for agency in dict.fromkeys(item.providers)
    )
    await archive_directive(db, directive, {item.id: " ".join(item.basis) for item in spec.items})


def _latest(ends: Iterable[date | None]) -> date | None:
    """The last end, or None as soon as one item is open-ended."""
    known: list[date] = []
    for end in ends:
        if end is None:
            return None
        known.append(end)
    return max(known, default=None)


async def _put_plan(db: AsyncSession, spec: PlanSpec, document: OfficialDocument) -> None:
    existing = await db.get(Plan, spec.document)
    await db.merge(
        Plan(
            id=spec.document,
            name=spec.name,
            issuer=document.issuer,
            number=document.number,
            year_from=spec.year_from,
            year_to=spec.year_to,
            closed=existing.closed if existing else False,
            obligations=[_plain(entry) for entry in spec.report_obligations],
        )
    )
    await db.flush()
    ids = [task.id for task in spec.tasks]
    await db.exec(delete(Assignment).where(col(Assignment.task_id).in_(ids)))
    for position, task in enumerate(spec.tasks):
        deadline = task.deadline
        await db.merge(
            Task(
                id=task.id,
                plan_id=spec.document,
                position=position,
                path=task.path,
                parent_id=task.parent,
                title=task.title,
                place=task.place,
                district_id=task.district,
                deadline_as_written=deadline.as_written if deadline else None,
                deadline_semantics=deadline.semantics.value if deadline and deadline.semantics else None,
                cut_off=deadline.cut_off if deadline else None,
                due=deadline.due if deadline else None,
                recurrence=deadline.recurrence if deadline else None,
                head_confirms=task.head_confirms or spec.head_confirms,
            )
        )
    await db.flush()
    for task in spec.tasks:
        roles = dict.fromkeys(task.coordinators, AssignmentRole.COORDINATOR)
        roles |= dict.fromkeys(task.lead, AssignmentRole.LEAD)
        db.add_all(Assignment(task_id=task.id, agency_id=agency, role=role) for agency, role in roles.items())
        await _put_indicators(db, spec.document, task.id, task.indicators)
    await _put_indicators(db, spec.document, None, spec.indicators)


async def _put_indicators(db: AsyncSession, plan_id: str, task_id: str | None, specs: Iterable[IndicatorSpec]) -> None:
    for position, spec in enumerate(specs):
        await db.merge(
            Indicator(
                id=spec.id,
                plan_id=plan_id,
                task_id=task_id,
                position=position,
                name=spec.name,
                target=spec.target,
                unit=spec.unit,
                comparison=spec.comparison,
                cadence=spec.cadence,
            )
        )


def _plain(value: Any) -> Any:
    """Dates inside free-form content as ISO text, so that it fits a JSON column."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value
