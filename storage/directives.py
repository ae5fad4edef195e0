"""Official documents that direct: công văn, chỉ thị …, and the items in them."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime, state


class DirectiveState(StrEnum):
    IMPORTED = "imported"
    """Read by the machine, not yet looked at by a person; never enters a digest."""
    REVIEWED = "reviewed"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Directive(SQLModel, table=True):
    """An official document with items to make known."""

    id: str = Field(primary_key=True, max_length=60)
    kind: str = Field(max_length=20)
    number: str | None = None
    title: str
    issuer: str
    """Agency id when the registry knows the issuer, else the name as written."""
    issued_on: date | None = None
    date_as_written: str | None = None
    period_from: date | None = None
    period_to: date | None = None
    """None for an open-ended period ("từ tuần 46")."""
    state: DirectiveState = Field(
        default=DirectiveState.IMPORTED, sa_type=state(DirectiveState, "directive_state"), index=True
    )
    duties: list[Any] = Field(default_factory=list, sa_type=JSON)
    slogans: list[Any] = Field(default_factory=list, sa_type=JSON)
    reading: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What the importer read, whole, with its warnings; empty for shipped content."""
    folded: str = ""
    """Number and title without diacritics, lower case: what search looks in on both engines."""
    created_at: datetime = Field(sa_type=UTCDateTime)


class DirectiveItem(SQLModel, table=True):
    """One thing to make known, with its period."""

    __tablename__ = "directive_item"
    id: str = Field(primary_key=True, max_length=60)
    directive_id: str = Field(foreign_key="directive.id", index=True, max_length=60)
    position: int
    path: str = Field(max_length=40)
    parent_id: str | None = Field(default=None, max_length=60)
    title: str
    summary: str = ""
    targets: list[Any] = Field(default_factory=list, sa_type=JSON)
    """Agencies asked to make it known."""
    from_date: date | None = None
    to_date: date | None = None
    period_as_written: str | None = None


class ItemProvider(SQLModel, table=True):
    """The agency (or group) that supplies information on an item."""

    __tablename__ = "item_provider"
    item_id: str = Field(primary_key=True, foreign_key="directive_item.id", max_length=60)
    agency_id: str = Field(primary_key=True, foreign_key="agency.id", max_length=60, index=True)


async def directives_in_force(db: AsyncSession, first: date, last: date) -> Sequence[Directive]:
    """Directives in force whose period touches the days from ``first`` to ``last``; open ends are open."""
    query = (
        select(Directive)
        .where(
            Directive.state == DirectiveState.IN_FORCE,
            (col(Directive.period_from).is_(None)) | (col(Directive.period_from) <= last),
            (col(Directive.period_to).is_(None)) | (col(Directive.period_to) >= first),
        )
        .order_by(col(Directive.id))
    )
    return (await db.exec(query)).all()


async def items_of(db: AsyncSession, directive_id: str) -> Sequence[DirectiveItem]:
    query = (
        select(DirectiveItem).where(DirectiveItem.directive_id == directive_id).order_by(col(DirectiveItem.position))
    )
    return (await db.exec(query)).all()


async def providers_of(db: AsyncSession, item_ids: Sequence[str]) -> dict[str, list[str]]:
    """Providers per item, as named in the document (groups are not expanded)."""
    query = select(ItemProvider).where(col(ItemProvider.item_id).in_(list(item_ids)))
    found: dict[str, list[str]] = {}
    for row in (await db.exec(query)).all():
        found.setdefault(row.item_id, []).append(row.agency_id)
    return found


async def directives_known(db: AsyncSession, *states: DirectiveState) -> Sequence[Directive]:
    """Directives in one of the states, newest period first."""
    query = (
        select(Directive)
        .where(col(Directive.state).in_(states))
        .order_by(col(Directive.period_from).is_(None), col(Directive.period_from).desc(), col(Directive.id))
    )
    return (await db.exec(query)).all()


async def items_of_all(db: AsyncSession, directive_ids: Sequence[str]) -> Sequence[DirectiveItem]:
    """Items of several directives, in the order of their documents."""
    query = (
        select(DirectiveItem)
        .where(col(DirectiveItem.directive_id).in_(list(directive_ids)))
        .order_by(col(DirectiveItem.directive_id), col(DirectiveItem.position))
    )
    return (await db.exec(query)).all()
