"""Official documents that direct: công văn, chỉ thị …, and the items in them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from content.words import fold
from storage.agencies import Agency
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


async def store_reading(db: AsyncSession, reading: Mapping[str, Any], now: datetime) -> Directive:
    """Keep what was read from a document as an imported directive with its items; returns the directive.

    The same reading is kept once: until a person has reviewed it, storing again renews it; after that it is left as it
    is (its state then is no longer ``imported``). Providers the registry does not know stay in ``reading`` only.
    """
    document: Mapping[str, Any] = reading["document"]
    items: Sequence[Mapping[str, Any]] = reading["items"]
    parts = {key: reading[key] for key in ("document", "items", "tasks", "deadlines")}
    stamp = hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    directive_id = f"import_{stamp[:16]}"
    existing = await db.get(Directive, directive_id)
    if existing is not None and existing.state is not DirectiveState.IMPORTED:
        return existing
    issuer: Mapping[str, Any] = document["issuer"] or {}
    title = document["subject"] or document["number"] or directive_id
    starts = [_day(item["from"]) for item in items]
    ends = [_day(item["to"]) for item in items]
    directive = await db.merge(
        Directive(
            id=directive_id,
            kind=(document["kind"] or "")[:20],
            number=document["number"],
            title=title,
            issuer=issuer.get("id") or issuer.get("text") or "",
            issued_on=_day(document["issued_on"]),
            period_from=min((start for start in starts if start), default=None),
            period_to=None if None in ends else max((end for end in ends if end), default=None),
            reading=dict(reading),
            folded=fold(f"{document['number'] or ''} {title}"),
            created_at=existing.created_at if existing else now,
        )
    )
    await db.flush()
    await _put_read_items(db, directive_id, items, [to["id"] for to in document["recipients"] if to["role"] == "to"])
    return directive


async def _put_read_items(
    db: AsyncSession, directive_id: str, items: Sequence[Mapping[str, Any]], addressees: Sequence[str | None]
) -> None:
    ids = {item["path"]: f"{directive_id}.{position}" for position, item in enumerate(items)}
    await db.exec(delete(ItemProvider).where(col(ItemProvider.item_id).in_(list(ids.values()))))
    for position, item in enumerate(items):
        await db.merge(
            DirectiveItem(
                id=f"{directive_id}.{position}",
                directive_id=directive_id,
                position=position,
                path=item["path"][:40],
                parent_id=ids.get(item["path"].rpartition(" (")[0]),
                title=item["title"],
                summary=_summary(item["text"]),
                targets=[agency for agency in dict.fromkeys(addressees) if agency],
                from_date=_day(item["from"]),
                to_date=_day(item["to"]),
            )
        )
    await db.flush()
    known = set((await db.exec(select(Agency.id))).all())
    for position, item in enumerate(items):
        named = dict.fromkeys(provider["id"] for provider in item["providers"])
        db.add_all(
            ItemProvider(item_id=f"{directive_id}.{position}", agency_id=agency) for agency in named if agency in known
        )


def _summary(text: str) -> str:
    """The beginning of an item's words, as long as a digest can show; ``reading`` keeps them whole."""
    return text if len(text) <= LONGEST_SUMMARY else text[: LONGEST_SUMMARY - 1].rpartition(" ")[0] + "…"


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
