"""Pictures of a plan as it stood at one moment: what documents and the dashboard take their figures from.

A snapshot behind a document is kept for good, so that every number in the document can be traced; the one behind the
dashboard is replaced by the next. A picture is a head and, for each task, a part: one part can be looked at without
unpacking the others, and none needs to be in memory with the rest while it is made.
"""

import asyncio
import hashlib
import json
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import LargeBinary, insert
from sqlalchemy.orm import defer
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.codes import new_code
from storage.columns import UTCDateTime, state

CODE = "SL"
"""Before the year in a snapshot's code: số liệu."""
SHAPE = 5
"""Of the sums as they are reckoned now. One more whenever a key of theirs is renamed or comes to be relied upon."""
Json = dict[str, Any]


class SnapshotUse(StrEnum):
    """What a snapshot was taken for."""

    DOCUMENT = "document"
    """A document, or a message that left the house: kept for good."""
    DASHBOARD = "dashboard"


class Snapshot(SQLModel, table=True):
    """The figures of a plan at one moment. Never changed."""

    code: str = Field(primary_key=True, max_length=16)
    plan_id: str = Field(foreign_key="plan.id", index=True, max_length=60)
    taken_at: datetime = Field(sa_type=UTCDateTime, index=True)
    taken_by: str = Field(max_length=60)
    """Console account, ``cli`` or ``clock``."""
    used_for: SnapshotUse = Field(sa_type=state(SnapshotUse, "snapshot_use"))
    sha256: str = Field(max_length=64)
    """Of the head's JSON and its parts' fingerprints, so that a changed picture is noticed."""
    picture: bytes = Field(sa_type=LargeBinary)
    """The head as compressed JSON: plan, moment, counts, difficulties. Old ones have their tasks in it."""
    progress: bytes = Field(sa_type=LargeBinary)
    """The sums the dashboard shows, as compressed JSON: a page need not unpack the picture."""
    shape: int = SHAPE
    """Which form the sums have: those of another form are no page's any more, only the picture is."""


class SnapshotPart(SQLModel, table=True):
    """One task of a picture with every report on it."""

    __tablename__ = "snapshot_part"
    code: str = Field(primary_key=True, foreign_key="snapshot.code", max_length=16)
    position: int = Field(primary_key=True)
    """In the order of the plan."""
    task_id: str = Field(max_length=80)
    """With the period where the task has several: ``t000_4_2@2024-11``."""
    sha256: str = Field(max_length=64)
    body: bytes = Field(sa_type=LargeBinary)
    """Compressed JSON."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One part, as it will be stored."""

    task_id: str
    sha256: str
    body: bytes


class SnapshotChanged(Exception):
    """The stored picture is not the one that was taken."""


def pack(task: Json) -> Packed:
    """One task of a picture (it has an ``id``) as a part. Pure work: call it in a thread."""
    raw = _raw(task)
    return Packed(task["id"], hashlib.sha256(raw).hexdigest(), zlib.compress(raw, 3))


def unpack(body: bytes) -> Json:
    """What a part, a head or sums hold."""
    found: Json = json.loads(zlib.decompress(body))
    return found


async def put_snapshot(
    db: AsyncSession,
    plan_id: str,
    head: Json,
    parts: Sequence[Packed],
    progress: Json,
    use: SnapshotUse,
    taken_by: str,
    now: datetime,
) -> Snapshot:
    """Keep a picture; one for the dashboard takes the place of the plan's last."""
    if use is SnapshotUse.DASHBOARD:
        last = select(Snapshot.code).where(Snapshot.plan_id == plan_id, Snapshot.used_for == use)
        await db.exec(delete(SnapshotPart).where(col(SnapshotPart.code).in_(last)))
        await db.exec(delete(Snapshot).where(col(Snapshot.plan_id) == plan_id, col(Snapshot.used_for) == use))
    raw = _raw(head)
    snapshot = Snapshot(
        code=new_code(CODE, now),
        plan_id=plan_id,
        taken_at=now,
        taken_by=taken_by,
        used_for=use,
        sha256=_fingerprint(raw, [part.sha256 for part in parts]),
        picture=zlib.compress(raw),
        progress=zlib.compress(_raw(progress)),
    )
    db.add(snapshot)
    await db.flush()
    if parts:
        rows = [
            {"code": snapshot.code, "position": place, "task_id": part.task_id, "sha256": part.sha256,
             "body": part.body}
            for place, part in enumerate(parts)
        ]  # fmt: skip
        await db.exec(insert(SnapshotPart), params=rows)
    return snapshot


async def snapshot_at(db: AsyncSession, code: str) -> Snapshot | None:
    """The snapshot of that code."""
    return (await db.exec(select(Snapshot).where(Snapshot.code == code))).one_or_none()


async def snapshots_of(db: AsyncSession, plan_id: str, most: int) -> Sequence[Snapshot]:
    """The plan's newest snapshots behind documents, without their pictures."""
    query = (
        select(Snapshot)
        .options(defer(Snapshot.picture), defer(Snapshot.progress))  # type: ignore[arg-type]  # a column once mapped
        .where(Snapshot.plan_id == plan_id, Snapshot.used_for == SnapshotUse.DOCUMENT)
        .order_by(col(Snapshot.taken_at).desc())
        .limit(most)
    )
    return (await db.exec(query)).all()


async def newest_progress(db: AsyncSession, plan_id: str) -> tuple[str, datetime, Json] | None:
    """Code, moment and sums of the plan's newest snapshot; None before the first."""
    query = _newest(select(Snapshot.code, Snapshot.taken_at, Snapshot.progress), plan_id)
    found = (await db.exec(query)).one_or_none()
    return None if found is None else (found[0], found[1], unpack(found[2]))


async def newest_snapshot(db: AsyncSession, plan_id: str) -> Snapshot | None:
    """The plan's newest snapshot."""
    found: Snapshot | None = (await db.exec(_newest(select(Snapshot), plan_id))).one_or_none()
    return found


async def newest_moment(db: AsyncSession, plan_id: str) -> datetime | None:
    """When the plan's newest snapshot was taken; None before the first."""
    found: datetime | None = (await db.exec(_newest(select(Snapshot.taken_at), plan_id))).one_or_none()
    return found


def _newest(query: Any, plan_id: str) -> Any:
    return (
        query.where(Snapshot.plan_id == plan_id, Snapshot.shape == SHAPE)
        .order_by(col(Snapshot.taken_at).desc(), col(Snapshot.code))
        .limit(1)
    )


async def head_of(db: AsyncSession, snapshot: Snapshot) -> Json:
    """The picture without its tasks, once it is sure that none of it was changed. Raises SnapshotChanged."""
    query = select(SnapshotPart.sha256).where(SnapshotPart.code == snapshot.code).order_by(col(SnapshotPart.position))
    raw = zlib.decompress(snapshot.picture)
    if _fingerprint(raw, (await db.exec(query)).all()) != snapshot.sha256:
        raise SnapshotChanged(snapshot.code)
    found: Json = json.loads(raw)
    return found


async def tasks_in(db: AsyncSession, snapshot: Snapshot, task_id: str = "") -> AsyncIterator[Json]:
    """The tasks of the picture in the order of the plan, or that one, unpacked one after the other.

    Raises SnapshotChanged.
    """
    head = await head_of(db, snapshot)
    for task in head.get("tasks", []):
        if task_id in ("", task["id"]):
            yield task
    query = select(SnapshotPart).where(SnapshotPart.code == snapshot.code).order_by(col(SnapshotPart.position))
    if task_id:
        query = query.where(SnapshotPart.task_id == task_id)
    for part in (await db.exec(query)).all():
        yield await asyncio.to_thread(_checked, part)


def _checked(part: SnapshotPart) -> Json:
    raw = zlib.decompress(part.body)
    if hashlib.sha256(raw).hexdigest() != part.sha256:
        raise SnapshotChanged(part.code)
    found: Json = json.loads(raw)
    return found


def _fingerprint(head: bytes, parts: Sequence[str]) -> str:
    return hashlib.sha256(head + "".join(parts).encode()).hexdigest()


def _raw(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
