"""Corrections (đính chính) and withdrawals (thu hồi) of items that have been sent: drafted by one person, approved by
another, kept for ever with the words before and after."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime, state
from storage.digests import Digest, DigestState, Edition
from storage.directives import DirectiveItem


class CorrectionKind(StrEnum):
    CORRECT = "correct"
    WITHDRAW = "withdraw"


class CorrectionState(StrEnum):
    WAITING = "waiting"
    """Waiting for a second person."""
    APPROVED = "approved"
    REJECTED = "rejected"


class Correction(SQLModel, table=True):
    """One change of one item. Its number is the item's revision from then on."""

    id: int | None = Field(default=None, primary_key=True)
    item_id: str = Field(foreign_key="directive_item.id", index=True, max_length=60)
    kind: CorrectionKind = Field(sa_type=state(CorrectionKind, "correction_kind"))
    old_title: str
    old_summary: str
    new_title: str
    new_summary: str
    """The same as before in a withdrawal."""
    reason: str
    state: CorrectionState = Field(
        default=CorrectionState.WAITING, sa_type=state(CorrectionState, "correction_state"), index=True
    )
    drafted_by: str = Field(max_length=60)
    drafted_at: datetime = Field(sa_type=UTCDateTime)
    decided_by: str | None = Field(default=None, max_length=60)
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    answer: str | None = None
    """Why it was rejected."""
    told_first: int = 0
    """Accounts told first: they had seen the old words."""
    told_then: int = 0
    """Accounts told after them: the old words had been sent to them."""
    reworded: int = 0
    """Deliveries that had not left yet and carry the new words."""


async def waiting_correction(db: AsyncSession, item_id: str) -> Correction | None:
    """The item's correction that waits for a second person."""
    query = select(Correction).where(Correction.item_id == item_id, Correction.state == CorrectionState.WAITING)
    return (await db.exec(query.limit(1))).first()


async def waiting_corrections(db: AsyncSession) -> int:
    """How many wait for a second person."""
    is_waiting = Correction.state == CorrectionState.WAITING
    return (await db.exec(select(func.count()).select_from(Correction).where(is_waiting))).one()


async def corrections(db: AsyncSession, limit: int) -> Sequence[tuple[Correction, DirectiveItem]]:
    """Corrections with their items, newest first."""
    query = (
        select(Correction, DirectiveItem)
        .join(DirectiveItem, col(DirectiveItem.id) == col(Correction.item_id))
        .order_by(col(Correction.id).desc())
        .limit(limit)
    )
    return (await db.exec(query)).all()


async def approved_corrections(db: AsyncSession, item_ids: Collection[str] | None = None) -> dict[str, Correction]:
    """The newest approved correction of each of these items, or of every item that has one."""
    query = select(Correction).where(Correction.state == CorrectionState.APPROVED).order_by(col(Correction.id))
    if item_ids is not None:
        query = query.where(col(Correction.item_id).in_(sorted(item_ids)))
    return {row.item_id: row for row in (await db.exec(query)).all()}


async def withdrawn_items(db: AsyncSession) -> set[str]:
    """Items that have been withdrawn: they enter no digest and are read out nowhere."""
    return {item for item, row in (await approved_corrections(db)).items() if row.kind is CorrectionKind.WITHDRAW}


async def put_corrected_words(db: AsyncSession, item_ids: Collection[str]) -> None:
    """Give those of the items that have been corrected their corrected words again."""
    for item_id, correction in (await approved_corrections(db, item_ids)).items():
        item = await db.get_one(DirectiveItem, item_id)
        item.title, item.summary = correction.new_title, correction.new_summary
        db.add(item)


async def newest_editions(db: AsyncSession, digests: int) -> Sequence[tuple[Digest, Edition]]:
    """The editions of that many newest digests, whatever their state."""
    newest = select(Digest.id).order_by(col(Digest.week).desc()).limit(digests)
    query = (
        select(Digest, Edition)
        .join(Edition, col(Edition.digest_id) == col(Digest.id))
        .where(col(Digest.id).in_(newest))
        .order_by(col(Digest.week).desc(), col(Edition.agency_id))
    )
    return (await db.exec(query)).all()


HAS_LEFT = frozenset({DigestState.SENDING, DigestState.SENT})
"""States of a digest whose words people have, or may have."""
