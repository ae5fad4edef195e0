"""Composing a week: one edition per agency it concerns. Reads, changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests import sections
from handlers.digests.sections import GivenTask, IssuedItem, WeekMatter
from handlers.digests.weeks import Week
from storage.agencies import Agency, list_agencies, memberships
from storage.corrections import approved_corrections, withdrawn_items
from storage.directives import (
    Directive,
    DirectiveItem,
    directives_in_force,
    items_named,
    items_of_all,
    providers_of,
)
from storage.extensions import extended
from storage.plans import AssignmentRole, Task, assigned_tasks, list_plans
from storage.reports import report_states

BODIES = ("central", "province", "district", "commune")
"""Levels of agencies that can have an edition; a group only passes its matters on to its members."""
CONCERNS = ("items", "topics", "duties", "tasks", "coordinating", "reports")
"""Sections of which one must have something, or the agency gets no edition this week."""


@dataclass(frozen=True, slots=True)
class Composed:
    """One agency's edition before it is stored."""

    agency_id: str
    body: dict[str, Any]


async def compose(db: AsyncSession, catalog: Catalog, week: str) -> list[Composed]:
    """The editions of ``week`` (``2024-W46``) in order of agency id, from what the database holds now.

    Raises DigestError when there is no such week.
    """
    span = Week.parse(week)
    agencies = await list_agencies(db, BODIES)
    matter = await _matter(db, catalog, span)
    return [
        Composed(agency.id, body)
        for agency in sorted(agencies, key=lambda agency: agency.id)
        if agency.exists_on(span.first) and (body := _body(matter, agency)) is not None
    ]


def _body(matter: WeekMatter, agency: Agency) -> dict[str, Any] | None:
    items = sections.provided(matter, agency)
    body: dict[str, Any] = _head(matter, agency) | {
        "items": items,
        "topics": sections.topics(matter, agency, items),
        "duties": sections.duties(matter, agency),
        "tasks": sections.tasks(matter, agency, AssignmentRole.LEAD),
        "coordinating": sections.tasks(matter, agency, AssignmentRole.COORDINATOR),
        "reports": sections.obligations(matter, agency),
    }
    if not any(body[name] for name in CONCERNS):
        return None
    return body | {"days": sections.days(matter), "slogans": sections.slogans(matter, items)}


async def compose_items(db: AsyncSession, catalog: Catalog, name: str, item_ids: Sequence[str]) -> list[Composed]:
    """Urgent editions of these items of directives in force, for every agency that supplies or makes known one of them.

    ``name`` is the digest's (``2024-W46.1``). Nothing else is in them: no tasks, no days to remember.
    """
    span = Week.parse(name.partition(".")[0])
    found = await items_named(db, item_ids)
    directives = list({directive.id: directive for directive, _ in found}.values())
    items = await _issued(db, found)
    matter = WeekMatter(
        span,
        catalog,
        await _names(db, catalog),
        await memberships(db, span.first),
        directives,
        items,
        plans={},
        tasks=(),
    )
    editions = []
    for agency in sorted(await list_agencies(db, BODIES), key=lambda agency: agency.id):
        own = sections.provided(matter, agency)
        other = sections.topics(matter, agency, own)
        if agency.exists_on(span.first) and (own or other):
            editions.append(
                Composed(agency.id, _head(matter, agency) | _NOTHING | {"name": name, "items": own, "topics": other})
            )
    return editions


_NOTHING: dict[str, Any] = {
    name: [] for name in ("items", "topics", "duties", "tasks", "coordinating", "reports", "days", "slogans")
}


def _head(matter: WeekMatter, agency: Agency) -> dict[str, Any]:
    return {
        "week": str(matter.week),
        "first": matter.week.first.isoformat(),
        "last": matter.week.last.isoformat(),
        "agency": {"id": agency.id, "name": agency.name},
    }


async def _issued(db: AsyncSession, found: Sequence[tuple[Directive, DirectiveItem]]) -> list[IssuedItem]:
    """The items that nobody has withdrawn, with their providers and what was corrected in them."""
    providers = await providers_of(db, [item.id for _, item in found])
    corrected, withdrawn = await approved_corrections(db), await withdrawn_items(db)
    return [
        IssuedItem(directive, item, tuple(sorted(providers.get(item.id, ()))), corrected.get(item.id))
        for directive, item in found
        if item.id not in withdrawn
    ]


async def _names(db: AsyncSession, catalog: Catalog) -> dict[str, str]:
    department = catalog.province.department
    return {agency.id: agency.name for agency in await list_agencies(db)} | {department.id: department.short_name}


def _touches(item: DirectiveItem, first: date, last: date) -> bool:
    return (item.from_date is None or item.from_date <= last) and (item.to_date is None or item.to_date >= first)


async def _matter(db: AsyncSession, catalog: Catalog, week: Week) -> WeekMatter:
    """What the week holds, in a number of queries that grows with nothing."""
    directives = {directive.id: directive for directive in await directives_in_force(db, week.first, week.last)}
    current = [
        (directives[item.directive_id], item)
        for item in await items_of_all(db, list(directives))
        if _touches(item, week.first, week.last)
    ]
    parts: dict[str, tuple[Task, dict[str, AssignmentRole]]] = {}
    for task, assignment in await assigned_tasks(db):
        parts.setdefault(task.id, (task, {}))[1][assignment.agency_id] = AssignmentRole(assignment.role)
    return WeekMatter(
        week=week,
        catalog=catalog,
        names=await _names(db, catalog),
        groups=await memberships(db, week.first),
        directives=list(directives.values()),
        items=await _issued(db, current),
        plans={plan.id: plan for plan in await list_plans(db)},
        tasks=[GivenTask(task, roles) for task, roles in parts.values()],
        reports=await report_states(db),
        moved=await extended(db),
    )
