"""Agencies: who directs, who reports, what they are called, and until when they exist."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from content.schema import Agency as AgencySpec


class Agency(SQLModel, table=True):
    """A body of the State, the Party or the press, or a named group of them."""

    id: str = Field(primary_key=True, max_length=60)
    name: str
    kind: str = Field(max_length=40)
    level: str = Field(max_length=20, index=True)
    parent_id: str | None = Field(default=None, max_length=60)
    district_id: str | None = Field(default=None, max_length=60)
    open_group: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    """Last day on which the body existed under this name."""
    note: str | None = None

    def exists_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class AgencyAlias(SQLModel, table=True):
    """A name people or documents use for an agency."""

    __tablename__ = "agency_alias"
    agency_id: str = Field(primary_key=True, foreign_key="agency.id", max_length=60)
    alias: str = Field(primary_key=True, max_length=200)


class AgencyMember(SQLModel, table=True):
    """A group ("UBND các huyện, thành phố") and one agency in it; or an agency that is no more and one that has its
    part now, so that what names the old one, or a group it was in, means the new one."""

    __tablename__ = "agency_member"
    group_id: str = Field(primary_key=True, foreign_key="agency.id", max_length=60)
    agency_id: str = Field(primary_key=True, foreign_key="agency.id", max_length=60, index=True)
    since: date | None = None
    """First day; None: always."""


def _belongs(day: date) -> ColumnElement[bool]:
    return or_(col(AgencyMember.since).is_(None), col(AgencyMember.since) <= day)


async def put_agencies(db: AsyncSession, specs: Iterable[AgencySpec]) -> int:
    """Store agencies as the content has them, replacing names and memberships; returns how many."""
    specs = list(specs)
    for spec in specs:
        await db.merge(
            Agency(
                id=spec.id,
                name=spec.name,
                kind=spec.kind,
                level=spec.level,
                parent_id=spec.parent,
                district_id=spec.district,
                open_group=spec.open_group,
                valid_from=spec.valid_from,
                valid_to=spec.valid_to,
                note=spec.note,
            )
        )
    await db.flush()
    ids = [spec.id for spec in specs]
    await db.exec(delete(AgencyAlias).where(col(AgencyAlias.agency_id).in_(ids)))
    await db.exec(delete(AgencyMember).where(col(AgencyMember.group_id).in_(ids)))
    for spec in specs:
        db.add_all(AgencyAlias(agency_id=spec.id, alias=alias) for alias in dict.fromkeys(spec.aliases))
        db.add_all(AgencyMember(group_id=spec.id, agency_id=member) for member in dict.fromkeys(spec.members))
    return len(specs)


async def members_of(db: AsyncSession, groups: Collection[str]) -> dict[str, list[str]]:
    """The members of these groups, as they always were."""
    query = select(AgencyMember).where(
        col(AgencyMember.group_id).in_(sorted(groups)), col(AgencyMember.since).is_(None)
    )
    found: dict[str, list[str]] = {}
    for row in (await db.exec(query.order_by(col(AgencyMember.agency_id)))).all() if groups else ():
        found.setdefault(row.group_id, []).append(row.agency_id)
    return found


async def groups_of(db: AsyncSession, agency_id: str, day: date) -> set[str]:
    """Ids of every name a document may mean the agency by on the day, besides its own: the groups it belongs to,
    directly or through another group, and the agencies whose part it has, with their groups."""
    found: set[str] = set()
    frontier = {agency_id}
    while frontier:
        query = select(AgencyMember.group_id).where(col(AgencyMember.agency_id).in_(sorted(frontier)), _belongs(day))
        rows = await db.exec(query)
        frontier = set(rows.all()) - found
        found |= frontier
    return found


async def list_agencies(db: AsyncSession, levels: Sequence[str] = ()) -> Sequence[Agency]:
    """Agencies in order of name, of the given levels or of all."""
    query = select(Agency).order_by(col(Agency.name))
    if levels:
        query = query.where(col(Agency.level).in_(list(levels)))
    return (await db.exec(query)).all()


async def memberships(db: AsyncSession, day: date) -> dict[str, set[str]]:
    """The same for every agency that has any such name."""
    direct: dict[str, set[str]] = {}
    for row in (await db.exec(select(AgencyMember).where(_belongs(day)))).all():
        direct.setdefault(row.agency_id, set()).add(row.group_id)
    found: dict[str, set[str]] = {}
    for agency_id in direct:
        groups: set[str] = set()
        frontier = {agency_id}
        while frontier:
            frontier = set().union(*(direct.get(member, set()) for member in frontier)) - groups
            groups |= frontier
        found[agency_id] = groups
    return found
