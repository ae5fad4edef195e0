"""Bringing the registry of a house up to date: its day, the agencies it added, the changes it confirmed."""

from __future__ import annotations

from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from content.registry import Registry
from content.schema import Agency
from storage.agencies import members_of
from storage.changes import Stamp, agencies_besides, changes_stamp, changes_standing

Mark = tuple[date, Stamp]
"""Differs as soon as the registry would."""


async def mark_of(db: AsyncSession, today: date) -> Mark:
    """What the registry should have been settled with; an aggregate of a small table."""
    return today, await changes_stamp(db)


async def settle(db: AsyncSession, registry: Registry, today: date) -> None:
    """Let the registry know the day and the rows."""
    rows = await agencies_besides(db, [agency.id for agency in registry.shipped])
    members = await members_of(db, [row.id for row in rows if row.level == "group"])
    made = [
        Agency(
            id=row.id,
            name=row.name,
            kind=row.kind,
            level=row.level,
            parent=row.parent_id,
            district=row.district_id,
            members=members.get(row.id, []),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            note=row.note,
        )
        for row in rows
    ]
    registry.settle(today, made, [row.as_spec() for row in await changes_standing(db)])
