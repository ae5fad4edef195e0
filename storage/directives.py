"""Official documents that direct: công văn, chỉ thị …, and the items in them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from content.words import fold
from storage.columns import UTCDateTime, state

LONGEST_SUMMARY = 500
"""Characters of an item's summary, as in the shipped content."""


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


class DirectiveLink(SQLModel, table=True):
    """A directive in force ends an earlier one, or some of its items, as of a day."""

    __tablename__ = "directive_link"
    directive_id: str = Field(primary_key=True, foreign_key="directive.id", max_length=60)
    earlier_id: str = Field(primary_key=True, foreign_key="directive.id", index=True, max_length=60)
    replaces: bool
    """The earlier directive as a whole; otherwise the items named."""
    closes_on: date
    """First day on which the earlier words no longer hold."""
    items: list[Any] = Field(default_factory=list, sa_type=JSON)
    ended: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The last day of each item that was cut short, as it was before."""
    settled: bool = False
    """The day has come and the earlier directive is called replaced."""


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


async def items_in_force(db: AsyncSession) -> Sequence[tuple[Directive, DirectiveItem]]:
    """Every item of the directives in force, newest directive first."""
    query = (
        select(Directive, DirectiveItem)
        .join(DirectiveItem, col(DirectiveItem.directive_id) == col(Directive.id))
        .where(Directive.state == DirectiveState.IN_FORCE)
        .order_by(col(Directive.period_from).desc(), col(Directive.id), col(DirectiveItem.position))
    )
    return (await db.exec(query)).all()


async def items_named(db: AsyncSession, item_ids: Sequence[str]) -> Sequence[tuple[Directive, DirectiveItem]]:
    """These items of directives in force, in the order of their documents."""
    query = (
        select(Directive, DirectiveItem)
        .join(DirectiveItem, col(DirectiveItem.directive_id) == col(Directive.id))
        .where(col(DirectiveItem.id).in_(list(item_ids)), Directive.state == DirectiveState.IN_FORCE)
        .order_by(col(Directive.id), col(DirectiveItem.position))
    )
    return (await db.exec(query)).all()


async def end_items(db: AsyncSession, link: DirectiveLink) -> None:
    """Let the items a link names end on the day before it; what their last day was is kept in the link."""
    last = link.closes_on - timedelta(days=1)
    ended = dict(link.ended)
    for item in await items_of(db, link.earlier_id):
        if (link.replaces or item.id in link.items) and (item.to_date is None or item.to_date > last):
            ended[item.id] = item.to_date.isoformat() if item.to_date else None
            item.to_date = last
            db.add(item)
    link.ended = ended


async def end_linked_items(db: AsyncSession) -> None:
    """End again what later directives ended, after a new version of the content has brought its own days."""
    for link in (await db.exec(select(DirectiveLink))).all():
        await end_items(db, link)
        db.add(link)


async def links_by(db: AsyncSession, directive_id: str) -> Sequence[DirectiveLink]:
    """What a directive has ended."""
    return (await db.exec(select(DirectiveLink).where(DirectiveLink.directive_id == directive_id))).all()


async def links_to(db: AsyncSession, directive_id: str) -> Sequence[DirectiveLink]:
    """By what a directive is replaced or amended."""
    return (await db.exec(select(DirectiveLink).where(DirectiveLink.earlier_id == directive_id))).all()


async def links_due(db: AsyncSession, today: date) -> Sequence[DirectiveLink]:
    """Replacements whose day has come and which nobody has settled yet."""
    query = select(DirectiveLink).where(
        col(DirectiveLink.replaces).is_(True),
        col(DirectiveLink.settled).is_(False),
        col(DirectiveLink.closes_on) <= today,
    )
    return (await db.exec(query)).all()


async def store_reading(db: AsyncSession, reading: Mapping[str, Any], now: datetime) -> Directive:
    """Keep what was read from a document as an imported directive; returns the directive.

    The same reading is kept once: storing it again finds what is there. Items and tasks become rows when a person has
    reviewed them and the directive comes into force.
    """
    document: Mapping[str, Any] = reading["document"]
    parts = {key: reading[key] for key in ("document", "items", "tasks", "deadlines")}
    stamp = hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    directive_id = f"import_{stamp[:16]}"
    existing = await db.get(Directive, directive_id)
    if existing is not None:
        return existing
    issuer: Mapping[str, Any] = document["issuer"] or {}
    title = document["subject"] or document["number"] or directive_id
    directive = Directive(
        id=directive_id,
        kind=(document["kind"] or "")[:20],
        number=document["number"],
        title=title,
        issuer=issuer.get("id") or issuer.get("text") or "",
        issued_on=_day(document["issued_on"]),
        reading=dict(reading),
        folded=fold(f"{document['number'] or ''} {title}"),
        created_at=now,
    )
    db.add(directive)
    await db.flush()
    return directive


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
