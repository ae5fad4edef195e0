"""Composing a week: one edition per agency it concerns. Reads, changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests import sections
from handlers.digests.sections import GivenTask, IssuedItem, WeekMatter
from handlers.digests.weeks import Week
from storage.agencies import Agency, list_agencies, memberships
from storage.corrections import approved_corrections, withdrawn_items
from storage.directives import directives_in_force, items_of, providers_of
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
    body: dict[str, Any] = {
        "week": str(matter.week),
        "first": matter.week.first.isoformat(),
        "last": matter.week.last.isoformat(),
        "agency": {"id": agency.id, "name": agency.name},
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


async def _matter(db: AsyncSession, catalog: Catalog, week: Week) -> WeekMatter:
    directives = await directives_in_force(db, week.first, week.last)
    items: list[IssuedItem] = []
    corrected = await approved_corrections(db)
    withdrawn = await withdrawn_items(db)
    for directive in directives:
        current = [
            item
            for item in await items_of(db, directive.id)
            if item.id not in withdrawn
            and (item.from_date is None or item.from_date <= week.last)
            and (item.to_date is None or item.to_date >= week.first)
        ]
        providers = await providers_of(db, [item.id for item in current])
        items += [
            IssuedItem(directive, item, tuple(sorted(providers.get(item.id, ()))), corrected.get(item.id))
            for item in current
        ]
    parts: dict[str, tuple[Task, dict[str, AssignmentRole]]] = {}
    for task, assignment in await assigned_tasks(db):
        parts.setdefault(task.id, (task, {}))[1][assignment.agency_id] = AssignmentRole(assignment.role)
    department = catalog.province.department
    return WeekMatter(
        week=week,
        catalog=catalog,
        names={agency.id: agency.name for agency in await list_agencies(db)} | {department.id: department.short_name},
        groups=await memberships(db),
        directives=directives,
        items=items,
        plans={plan.id: plan for plan in await list_plans(db)},
        tasks=[GivenTask(task, roles) for task, roles in parts.values()],
        reports=await report_states(db),
    )
