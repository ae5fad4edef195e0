"""Pictures of a plan as it stood at one moment: what documents and the dashboard take their figures from.

A snapshot behind a document is kept for good, so that every number in the document can be traced; the one behind the
dashboard is replaced by the next.
"""

import hashlib
import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import defer
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.codes import new_code
from storage.columns import UTCDateTime, state

CODE = "SL"
"""Before the year in a snapshot's code: số liệu."""
SHAPE = 2
"""Of the sums as they are reckoned now. One more whenever a key of theirs is renamed or comes to be relied upon."""
Json = dict[str, Any]


class SnapshotUse(StrEnum):
    """What a snapshot was taken for."""

    DOCUMENT = "document"
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
    """Of the picture's JSON, so that a changed one is noticed."""
    picture: bytes = Field(sa_type=LargeBinary)
    """Everything counted, as compressed JSON."""
    progress: bytes = Field(sa_type=LargeBinary)
    """The sums the dashboard shows, as compressed JSON: a page need not unpack the whole picture."""
    shape: int = SHAPE
    """Which form the sums have: those of another form are no page's any more, only the picture is."""


class SnapshotChanged(Exception):
    """The stored picture is not the one that was taken."""


async def put_snapshot(
    db: AsyncSession, plan_id: str, picture: Json, progress: Json, use: SnapshotUse, taken_by: str, now: datetime
) -> Snapshot:
    """Keep a picture; one for the dashboard takes the place of the plan's last."""
    if use is SnapshotUse.DASHBOARD:
        await db.exec(delete(Snapshot).where(col(Snapshot.plan_id) == plan_id, col(Snapshot.used_for) == use))
    raw = _packed(picture)
    snapshot = Snapshot(
        code=new_code(CODE, now),
        plan_id=plan_id,
        taken_at=now,
        taken_by=taken_by,
        used_for=use,
        sha256=hashlib.sha256(raw).hexdigest(),
        picture=zlib.compress(raw),
        progress=zlib.compress(_packed(progress)),
    )
    db.add(snapshot)
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
    return None if found is None else (found[0], found[1], _unpacked(found[2]))


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


def picture_of(snapshot: Snapshot) -> Json:
    """The picture as it was taken. Raises SnapshotChanged when it is not that any more."""
    raw = zlib.decompress(snapshot.picture)
    if hashlib.sha256(raw).hexdigest() != snapshot.sha256:
        raise SnapshotChanged(snapshot.code)
    found: Json = json.loads(raw)
    return found


def _packed(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _unpacked(value: bytes) -> Json:
    found: Json = json.loads(zlib.decompress(value))
    return found
