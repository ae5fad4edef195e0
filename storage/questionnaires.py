"""Forms of the department: their versions, what officers have begun, what agencies handed in."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, tuple_
from sqlalchemy.orm import defer
from sqlmodel import Field, SQLModel, col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.codes import new_code
from storage.columns import SealedJson, UTCDateTime, state

RECEIPT = "BM"
"""Before the year in a receipt code: biểu mẫu."""


class FormState(StrEnum):
    PREPARED = "prepared"
    """Only the department sees it."""
    OPEN = "open"
    CLOSED = "closed"
    """Nobody fills it in any more; what was handed in stays."""


class DepartmentForm(SQLModel, table=True):
    """A form of the department, whichever of its versions holds."""

    __tablename__ = "department_form"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=40)
    """The form's own id: a file with the same one is its next version."""
    title: str = Field(max_length=200)
    state: FormState = Field(default=FormState.PREPARED, sa_type=state(FormState, "department_form_state"), index=True)
    version: int = 0
    """The newest version."""
    made_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was last opened; None when that was before this column."""


class FormVersion(SQLModel, table=True):
    """A form as it was brought once; never changed."""

    __tablename__ = "form_version"
    __table_args__ = (UniqueConstraint("form_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    form_id: int = Field(foreign_key="department_form.id", index=True)
    version: int
    definition: dict[str, Any] = Field(sa_type=JSON)
    """A :class:`content.questionnaires.Questionnaire`, whole."""
    digest: str = Field(max_length=64)
    """SHA-256 of the definition."""
    made_by: str = Field(max_length=60)
    made_at: datetime = Field(sa_type=UTCDateTime)


class FormDraft(SQLModel, table=True):
    """What one officer has answered so far, wherever they answered it."""

    __tablename__ = "form_draft"
    __table_args__ = (UniqueConstraint("form_id", "contact_id", "agency_id", "period"),)

    id: int | None = Field(default=None, primary_key=True)
    form_id: int = Field(foreign_key="department_form.id", index=True)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    agency_id: str = Field(foreign_key="agency.id", max_length=60)
    period: str = Field(default="", max_length=10)
    """``2024-W46``; empty where the form has no periods."""
    version: int
    """The form's version the answers were last given to."""
    content: dict[str, Any] = Field(default_factory=dict, sa_type=SealedJson)
    """``{"answers": {path: answer}, "reasons": {path: why an unlikely answer is right}, "done", "count"}``."""
    updated_at: datetime = Field(sa_type=UTCDateTime)


class FormSubmission(SQLModel, table=True):
    """What an agency handed in, once and for all; a corrected one is the next revision."""

    __tablename__ = "form_submission"
    __table_args__ = (
        UniqueConstraint("form_id", "agency_id", "period", "revision"),
        Index("ix_form_submission_listed", "form_id", "period", "submitted_at", "id", "agency_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    form_id: int = Field(foreign_key="department_form.id", index=True)
    version: int
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    period: str = Field(default="", max_length=10)
    revision: int
    """From 1. Of a form that may be handed in as often as wanted, each is a fact of its own."""
    receipt: str = Field(unique=True, max_length=16)
    contact_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
    channel: str | None = Field(default=None, max_length=20)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=SealedJson)
    """``{"answers": {path: answer}, "reasons": {path: text}}``; what was worked out stands among the answers."""
    submitted_at: datetime = Field(sa_type=UTCDateTime, index=True)


async def form_named(db: AsyncSession, name: str) -> DepartmentForm | None:
    return (await db.exec(select(DepartmentForm).where(DepartmentForm.name == name))).one_or_none()


async def department_forms(db: AsyncSession) -> Sequence[DepartmentForm]:
    """Every form, the one changed last first."""
    return (await db.exec(select(DepartmentForm).order_by(col(DepartmentForm.updated_at).desc()))).all()


async def open_forms(db: AsyncSession) -> Sequence[DepartmentForm]:
    """The forms officers may fill in, by title."""
    query = select(DepartmentForm).where(DepartmentForm.state == FormState.OPEN)
    return (await db.exec(query.order_by(col(DepartmentForm.title), col(DepartmentForm.id)))).all()


async def form_for_update(db: AsyncSession, form_id: int) -> DepartmentForm | None:
    """The form as it is now, held until the caller's transaction ends."""
    query = select(DepartmentForm).where(DepartmentForm.id == form_id).with_for_update()
    return (await db.exec(query.execution_options(populate_existing=True))).one_or_none()


async def version_of(db: AsyncSession, form_id: int, version: int) -> FormVersion | None:
    query = select(FormVersion).where(FormVersion.form_id == form_id, FormVersion.version == version)
    return (await db.exec(query)).one_or_none()


async def versions_of_form(db: AsyncSession, form_id: int) -> Sequence[FormVersion]:
    """Every version, the newest first."""
    query = select(FormVersion).where(FormVersion.form_id == form_id).order_by(col(FormVersion.version).desc())
    return (await db.exec(query)).all()


async def draft_of(db: AsyncSession, form_id: int, contact_id: int, agency_id: str, period: str) -> FormDraft | None:
    query = select(FormDraft).where(
        FormDraft.form_id == form_id,
        FormDraft.contact_id == contact_id,
        FormDraft.agency_id == agency_id,
        FormDraft.period == period,
    )
    return (await db.exec(query)).one_or_none()


async def drafts_by(db: AsyncSession, contact_id: int, agency_id: str) -> Sequence[FormDraft]:
    """What the officer has begun for the agency, the newest first."""
    query = select(FormDraft).where(FormDraft.contact_id == contact_id, FormDraft.agency_id == agency_id)
    return (await db.exec(query.order_by(col(FormDraft.updated_at).desc()))).all()


async def form_drafts_of(db: AsyncSession, agencies: Collection[str], hold: bool = False) -> Sequence[FormDraft]:
    """What officers have begun for the agencies, also without an answer yet; on wish held until the transaction
    ends."""
    query = select(FormDraft).where(col(FormDraft.agency_id).in_(sorted(agencies))).order_by(col(FormDraft.id))
    if hold:
        query = query.with_for_update()
    return (await db.exec(query.execution_options(populate_existing=True))).all()


async def count_drafts(db: AsyncSession, form_id: int) -> int:
    """How many officers are in the middle of it."""
    return (await db.exec(select(func.count()).where(FormDraft.form_id == form_id))).one()


async def forget_form_drafts(db: AsyncSession, contact_id: int) -> None:
    """Forget what an officer has begun."""
    await db.exec(delete(FormDraft).where(col(FormDraft.contact_id) == contact_id))


async def pass_form_drafts(db: AsyncSession, agency_id: str, giver_id: int, taker_id: int) -> int:
    """Give the agency's drafts of one officer to another, but where that one has begun the same; how many."""
    own = {(draft.form_id, draft.period) for draft in await drafts_by(db, taker_id, agency_id)}
    passed = [one for one in await drafts_by(db, giver_id, agency_id) if (one.form_id, one.period) not in own]
    for draft in passed:
        draft.contact_id = taker_id
        db.add(draft)
    return len(passed)


async def newest_submission(
    db: AsyncSession, form_id: int, agency_id: str, period: str | None = None, before: str = ""
) -> FormSubmission | None:
    """What the agency handed in last: in ``period``, or ever, or in a period earlier than ``before``."""
    query = select(FormSubmission).where(FormSubmission.form_id == form_id, FormSubmission.agency_id == agency_id)
    if period is not None:
        query = query.where(FormSubmission.period == period)
    if before:
        query = query.where(FormSubmission.period < before)
    order = (col(FormSubmission.period).desc(), col(FormSubmission.submitted_at).desc(), col(FormSubmission.id).desc())
    return (await db.exec(query.order_by(*order).limit(1))).first()


async def submissions_of(db: AsyncSession, form_id: int) -> Sequence[FormSubmission]:
    """Everything handed in, the newest first."""
    query = select(FormSubmission).where(FormSubmission.form_id == form_id)
    order = (col(FormSubmission.submitted_at).desc(), col(FormSubmission.id).desc())
    return (await db.exec(query.order_by(*order))).all()


async def periods_handed_in(db: AsyncSession, form_id: int) -> Sequence[str]:
    """The periods something was handed in for, the latest first."""
    query = select(FormSubmission.period).where(FormSubmission.form_id == form_id).distinct()
    return (await db.exec(query.order_by(col(FormSubmission.period).desc()))).all()


async def agencies_that_handed_in(db: AsyncSession, form_id: int, period: str) -> dict[str, int]:
    """Who handed in for the period, and how often."""
    query = select(FormSubmission.agency_id, func.count()).where(
        FormSubmission.form_id == form_id, FormSubmission.period == period
    )
    return dict((await db.exec(query.group_by(col(FormSubmission.agency_id)))).all())


async def listed_submissions(
    db: AsyncSession, form_id: int, period: str, most: int, after: int | None = None
) -> Sequence[FormSubmission]:
    """What was handed in for the period without its answers, the newest first, or what follows the submission of that
    number."""
    query = (
        select(FormSubmission)
        .options(defer(FormSubmission.content))  # type: ignore[arg-type]  # a column once mapped
        .where(FormSubmission.form_id == form_id, FormSubmission.period == period)
    )
    last = None if after is None else await db.get(FormSubmission, after, options=[defer(FormSubmission.content)])  # type: ignore[arg-type]
    if last is not None:
        place = tuple_(col(FormSubmission.submitted_at), col(FormSubmission.id))
        query = query.where(place < tuple_(last.submitted_at, last.id))
    order = (col(FormSubmission.submitted_at).desc(), col(FormSubmission.id).desc())
    return (await db.exec(query.order_by(*order).limit(most))).all()


async def count_submissions(db: AsyncSession) -> dict[int, tuple[int, int]]:
    """By form: how many submissions there are, of how many agencies."""
    query = select(FormSubmission.form_id, func.count(), func.count(func.distinct(FormSubmission.agency_id))).group_by(
        col(FormSubmission.form_id)
    )
    return {form_id: (count, agencies) for form_id, count, agencies in (await db.exec(query)).all()}


async def hand_in(
    db: AsyncSession, draft: FormDraft, content: dict[str, Any], channel: str, now: datetime
) -> FormSubmission:
    """Store ``content`` as the agency's next revision and forget the draft. The form's row must be held."""
    query = select(func.max(FormSubmission.revision)).where(
        FormSubmission.form_id == draft.form_id,
        FormSubmission.agency_id == draft.agency_id,
        FormSubmission.period == draft.period,
    )
    revision = ((await db.exec(query)).one() or 0) + 1
    made = FormSubmission(
        form_id=draft.form_id,
        version=draft.version,
        agency_id=draft.agency_id,
        period=draft.period,
        revision=revision,
        receipt=new_code(RECEIPT, now),
        contact_id=draft.contact_id,
        channel=channel,
        content=content,
        submitted_at=now,
    )
    db.add(made)
    await db.delete(draft)
    await db.flush()
    return made
