"""The review of an imported directive: the text it was read from, the reading as people corrected it, and by whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime


class DirectiveReview(SQLModel, table=True):
    """One imported directive under review. What the machine read stays in ``Directive.reading``."""

    __tablename__ = "directive_review"
    directive_id: str = Field(primary_key=True, foreign_key="directive.id", max_length=60)
    sha256: str | None = Field(default=None, unique=True, max_length=64)
    """Fingerprint of the file it was read from."""
    file_id: int | None = Field(default=None, foreign_key="stored_file.id", ondelete="SET NULL")
    """The file itself; None for one imported before files were kept."""
    source: str = ""
    """The text as read; line numbers of the reading count in it from 1."""
    doubts: list[Any] = Field(default_factory=list, sa_type=JSON)
    """What the reader was unsure about: ``code``, ``line``, ``words``."""
    draft: dict[str, Any] = Field(sa_type=JSON)
    """The reading as it stands after all corrections; ``handlers.directives.draft`` gives it its shape."""
    revision: int = 0
    """Number of the newest change."""


class ReviewChange(SQLModel, table=True):
    """One change to a draft. Rows are added, never changed."""

    __tablename__ = "review_change"
    id: int | None = Field(default=None, primary_key=True)
    directive_id: str = Field(foreign_key="directive.id", index=True, max_length=60)
    revision: int
    at: datetime = Field(sa_type=UTCDateTime)
    actor: str = Field(max_length=60)
    action: str = Field(max_length=20)
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The changed parts by key as they were; None for one that was not there."""
    after: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


async def review_for_update(db: AsyncSession, directive_id: str) -> DirectiveReview | None:
    """The review, held until the caller's transaction ends, so that two people's changes stand one after the other."""
    query = (
        select(DirectiveReview)
        .where(DirectiveReview.directive_id == directive_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await db.exec(query)).one_or_none()


async def review_of_file(db: AsyncSession, sha256: str) -> DirectiveReview | None:
    """The review of the file with this fingerprint, if it was brought before."""
    return (await db.exec(select(DirectiveReview).where(DirectiveReview.sha256 == sha256))).one_or_none()


async def changes_of(db: AsyncSession, directive_id: str) -> Sequence[ReviewChange]:
    """Every change to the draft, newest first."""
    query = select(ReviewChange).where(ReviewChange.directive_id == directive_id)
    return (await db.exec(query.order_by(col(ReviewChange.revision).desc()))).all()
