"""What became of agencies, as the department confirmed it: renamed, merged, split, ended, from a day on.

A change is a draft while it is looked at, planned when it is confirmed, done when its day has come and everything went
where it belongs. Until it is done it can be cancelled; for some days after it can be undone. Rows are never deleted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, func
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from content.changes import AgencyChange as ChangeSpec
from content.changes import ChangeKind
from storage.agencies import Agency, AgencyAlias, AgencyMember
from storage.columns import UTCDateTime, state
from storage.plans import Assignment


class ChangeState(StrEnum):
    DRAFT = "draft"
    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"
    UNDONE = "undone"


STANDING = frozenset({ChangeState.PLANNED, ChangeState.DONE})


class AgencyChange(SQLModel, table=True):
    """One change. Days are days in Việt Nam."""

    __tablename__ = "agency_change"
    id: int | None = Field(default=None, primary_key=True)
    spec: str | None = Field(default=None, index=True, max_length=60)
    """The change of the content that is carried out by this one."""
    kind: ChangeKind = Field(sa_type=state(ChangeKind, "change_kind"))
    day: date = Field(index=True)
    """First day of the new state."""
    basis: str
    note: str | None = None
    before: list[str] = Field(default_factory=list, sa_type=JSON)
    after: list[str] = Field(default_factory=list, sa_type=JSON)
    coming: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """Names of the agencies in ``after`` that the change itself makes, by id."""
    formerly: str | None = None
    name: str | None = None
    shares: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Of a split, who gets what: ``contacts`` and ``tasks`` by id, ``rest`` for all else."""
    moved: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What was changed when it was carried out, by row number, so that it can be undone."""
    state: ChangeState = Field(default=ChangeState.DRAFT, sa_type=state(ChangeState, "change_state"), index=True)
    made_by: str = Field(max_length=60)
    made_at: datetime = Field(sa_type=UTCDateTime)
    confirmed_by: str | None = Field(default=None, max_length=60)
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_by: str | None = Field(default=None, max_length=60)
    """Who cancelled or undid it."""
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    touched_at: datetime = Field(sa_type=UTCDateTime)
    """When the row last changed: tells every process that it has to look again."""

    @property
    def key(self) -> str:
        """Its id among all changes, those of the content included."""
        return self.spec or f"change_{self.id}"

    def as_spec(self) -> ChangeSpec:
        return ChangeSpec(
            id=self.key,
            kind=self.kind,
            day=self.day,
            basis=self.basis,
            before=self.before,
            after=self.after,
            formerly=self.formerly,
            name=self.name,
            note=self.note,
        )


async def change_for_update(db: AsyncSession, number: int) -> AgencyChange | None:
    """The change as it stands now, held until the transaction ends."""
    query = select(AgencyChange).where(AgencyChange.id == number).with_for_update()
    return (await db.exec(query.execution_options(populate_existing=True))).one_or_none()


async def changes_listed(db: AsyncSession) -> Sequence[AgencyChange]:
    """Every change, the newest day first."""
    query = select(AgencyChange).order_by(col(AgencyChange.day).desc(), col(AgencyChange.id).desc())
    return (await db.exec(query)).all()


async def changes_standing(db: AsyncSession) -> Sequence[AgencyChange]:
    """Those that are confirmed and neither cancelled nor undone, in order of their days."""
    query = select(AgencyChange).where(col(AgencyChange.state).in_(sorted(STANDING)))
    return (await db.exec(query.order_by(col(AgencyChange.day), col(AgencyChange.id)))).all()


async def changes_due(db: AsyncSession, day: date) -> Sequence[AgencyChange]:
    """Confirmed changes whose day has come and that nobody has carried out, held until the transaction ends."""
    query = select(AgencyChange).where(AgencyChange.state == ChangeState.PLANNED, AgencyChange.day <= day)
    return (await db.exec(query.order_by(col(AgencyChange.day), col(AgencyChange.id)).with_for_update())).all()


Stamp = tuple[tuple[str, int, datetime], ...]


async def changes_stamp(db: AsyncSession) -> Stamp:
    """Differs from an earlier one as soon as any change was made, confirmed, carried out or taken back."""
    query = select(AgencyChange.state, func.count(), func.max(col(AgencyChange.touched_at)))
    return tuple(sorted((await db.exec(query.group_by(col(AgencyChange.state)))).all()))


async def agencies_besides(db: AsyncSession, known: Iterable[str]) -> Sequence[Agency]:
    """Agencies of the database that are not among these."""
    return (await db.exec(select(Agency).where(col(Agency.id).not_in(list(known))).order_by(col(Agency.id)))).all()


async def put_in_force(db: AsyncSession, change: AgencyChange) -> None:
    """Let the registry's tables say what the change says; saying it again changes nothing.

    Heirs stand under the names of those they follow from the change's day on; a new name and the tasks of a split are
    put in when the change is done.
    """
    if change.kind is ChangeKind.RENAME:
        if change.state is ChangeState.DONE:
            await _rename(db, change.before[0], change.formerly or "", change.name or "")
        return
    for old in change.before:
        agency = await db.get(Agency, old)
        if agency is not None:
            agency.valid_to = change.day - timedelta(days=1)
            db.add(agency)
        for heir in change.after:
            await db.merge(AgencyMember(group_id=old, agency_id=heir, since=change.day))
    if change.state is ChangeState.DONE:
        await share_tasks(db, change.before[0], change.shares.get("tasks", {}))


async def take_out_of_force(db: AsyncSession, change: AgencyChange) -> None:
    """The contrary; agencies get the last days back they had before, which ``moved`` tells."""
    ends = change.moved.get("ends", {})
    if change.kind is ChangeKind.RENAME:
        if change.state is ChangeState.DONE:
            await _rename(db, change.before[0], change.name or "", change.formerly or "")
        return
    for old in change.before:
        agency = await db.get_one(Agency, old)
        last = ends.get(old)
        agency.valid_to = date.fromisoformat(last) if last else None
        db.add(agency)
    await db.exec(
        delete(AgencyMember).where(
            col(AgencyMember.group_id).in_(change.before), col(AgencyMember.agency_id).in_(change.after)
        )
    )
    for made in change.coming:
        agency = await db.get_one(Agency, made)
        agency.valid_to = change.day - timedelta(days=1)
        db.add(agency)
    if change.state is ChangeState.DONE:
        await _take_back_tasks(db, change)


async def _rename(db: AsyncSession, agency_id: str, old: str, new: str) -> None:
    agency = await db.get(Agency, agency_id)
    if agency is not None:
        agency.name = new
        db.add(agency)
        await db.merge(AgencyAlias(agency_id=agency_id, alias=old[:200]))


async def share_tasks(db: AsyncSession, old: str, tasks: Mapping[str, str]) -> list[str]:
    """Let each task that named ``old`` name the agency given for it; those that did not name it already."""
    made = []
    for task_id, heir in sorted(tasks.items()):
        part = await db.get(Assignment, (task_id, old))
        if part is None:
            continue
        if await db.get(Assignment, (task_id, heir)) is None:
            db.add(Assignment(task_id=task_id, agency_id=heir, role=part.role))
            made.append(task_id)
        await db.delete(part)
    await db.flush()
    return made


async def _take_back_tasks(db: AsyncSession, change: AgencyChange) -> None:
    made = set(change.moved.get("tasks", ()))
    for task_id, heir in sorted(change.shares.get("tasks", {}).items()):
        part = await db.get(Assignment, (task_id, heir))
        if part is not None and await db.get(Assignment, (task_id, change.before[0])) is None:
            db.add(Assignment(task_id=task_id, agency_id=change.before[0], role=part.role))
        if part is not None and task_id in made:
            await db.delete(part)
    await db.flush()
