"""Weekly digests, one edition per agency, and every message the bot sends on its own."""

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    and_,
    func,
    insert,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.columns import UTCDateTime, state


class DigestState(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"
    """Waiting for a second person's approval."""
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"


class Digest(SQLModel, table=True):
    """The digest of one ISO week, or an urgent one within it, with an edition for every agency it concerns."""

    __table_args__ = (UniqueConstraint("week", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    week: str = Field(max_length=8)
    """``2024-W46``."""
    number: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """0 is the weekly digest; urgent ones count from 1 in each week."""
    items: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    """Ids of the items somebody chose for an urgent digest."""
    state: DigestState = Field(default=DigestState.DRAFT, sa_type=state(DigestState, "digest_state"), index=True)
    content_hash: str | None = Field(default=None, max_length=64)
    """Fingerprint of all editions, frozen on approval; sending refuses when it no longer fits."""
    composed_at: datetime = Field(sa_type=UTCDateTime)
    composed_by: str = Field(max_length=60)
    approved_by: str | None = Field(default=None, max_length=60)
    approved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    send_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Scheduled moment; None until somebody schedules it."""
    return_reason: str | None = None
    paused_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Set while nothing more of it leaves, until somebody resumes or cancels."""
    paused_by: str | None = Field(default=None, max_length=60)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def name(self) -> str:
        """What buttons call it: ``2024-W46``, or ``2024-W46.1`` for the first urgent one of that week."""
        return f"{self.week}.{self.number}" if self.number else self.week

    @property
    def is_urgent(self) -> bool:
        return self.number > 0


class Edition(SQLModel, table=True):
    """What one agency is told this week."""

    __table_args__ = (UniqueConstraint("digest_id", "agency_id"), UniqueConstraint("id", "digest_id"))

    id: int | None = Field(default=None, primary_key=True)
    digest_id: int = Field(foreign_key="digest.id", index=True)
    agency_id: str = Field(foreign_key="agency.id", index=True, max_length=60)
    body: dict[str, Any] = Field(sa_type=JSON)
    """The structured edition (sections of items and deadlines); channels lay it out."""
    message: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    """What is sent, frozen when sending begins: a Reply as JSON. Stored once, not with every recipient."""
    fingerprint: str | None = Field(default=None, max_length=64)
    """Of the message: two editions with the same one say the same."""


class DeliveryState(StrEnum):
    """docs/life-of-a-digest.md draws these with the same words."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    """The platform accepted it."""
    DELIVERED = "delivered"
    SEEN = "seen"
    ACKNOWLEDGED = "acknowledged"
    """The contact pressed the button."""
    FAILED = "failed"
    UNCLEAR = "unclear"
    """May have arrived (time-out after the request left); never sent again blindly."""
    SKIPPED = "skipped"
    """Unsubscribed, expired or cancelled before it was sent."""


ARRIVED = (
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.SEEN,
    DeliveryState.ACKNOWLEDGED,
)
"""States in order: a receipt may only move a delivery forward along them."""


class DeliveryKind(StrEnum):
    DIGEST = "digest"
    REPEAT = "repeat"
    """The same digest once more, to somebody who has not seen or not acknowledged it; what comes of it also counts for
    the first."""
    REMINDER = "reminder"
    NOTICE = "notice"
    """Answers to a question a person took over, a report sent back, and the like."""


OF_DIGEST = (DeliveryKind.DIGEST, DeliveryKind.REPEAT)
"""What carries an edition."""


class Rank(IntEnum):
    """Who goes first when more is due than may leave. Answers in a talk are no deliveries: they go before all these."""

    URGENT = 0
    """Also at night."""
    PERSON = 1
    """Somebody waits for it."""
    BULK = 2


def _only(name: str, *columns: str, where: str) -> Index:
    """An index of some rows alone: what is not in it costs nothing when ten thousand are queued at once."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Delivery(SQLModel, table=True):
    """One message to one account: a row before it is a message, and the whole truth about it after.

    One key says that its edition is there and is one of its digest's: PostgreSQL looks up every key of every row, and
    a digest's ten thousand are queued in one statement.
    """

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "digest_id"], ["edition.id", "edition.digest_id"]),
        _only("ix_delivery_claim", "channel", "rank", "due_at", "id", where="state = 'queued'"),
        _only("ix_delivery_state", "state", where="state = 'sending' OR state = 'unclear' OR state = 'failed'"),
        _only("ix_delivery_provider_id", "provider_id", where="provider_id IS NOT NULL"),
        Index("ix_delivery_account_id_fingerprint", "account_id", "fingerprint"),
        Index("ix_delivery_digest_id_account_id", "digest_id", "account_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: DeliveryKind = Field(sa_type=state(DeliveryKind, "delivery_kind"))
    key: str = Field(unique=True, max_length=160)
    """What makes asking twice harmless, e.g. ``digest:3:17``."""
    digest_id: int | None = None
    edition_id: int | None = None
    account_id: int = Field(foreign_key="account.id")
    address: str = Field(max_length=120)
    channel: str = Field(max_length=20)
    reply: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    """The message, frozen when the row is made: a Reply as JSON. None when it is the edition's."""
    fingerprint: str | None = Field(default=None, max_length=64)
    """Of a digest's message, by which a second sending of the same to the same account is noticed."""
    rank: int = Field(default=Rank.BULK, sa_type=SmallInteger, sa_column_kwargs={"server_default": "2"})
    """A :class:`Rank`."""
    state: DeliveryState = Field(default=DeliveryState.QUEUED, sa_type=state(DeliveryState, "delivery_state"))
    attempts: int = 0
    due_at: datetime = Field(sa_type=UTCDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    provider_id: str | None = Field(default=None, max_length=120)
    """The platform's id of the (last part of the) message, by which receipts find it."""
    error: str | None = None
    error_key: str | None = Field(default=None, max_length=60)
    """Key of the operator's sentence about the error."""
    created_at: datetime = Field(sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


def is_in(state: DeliveryState) -> ColumnElement[bool]:
    """Whether a delivery is in the state, which is written into the statement: with a parameter no plan would use the
    indexes of some states alone."""
    return col(Delivery.state) == literal_column(f"'{state.value}'")


async def digest_of_week(db: AsyncSession, week: str) -> Digest | None:
    """The digest of that name: a week's own, or an urgent one's (``2024-W46.1``)."""
    return (await db.exec(select(Digest).where(*_named(week)))).one_or_none()


async def digests_of_weeks(db: AsyncSession, weeks: Sequence[str]) -> dict[str, Digest]:
    """The weeks' own digests, by week."""
    query = select(Digest).where(col(Digest.week).in_(list(weeks)), Digest.number == 0)
    return {digest.week: digest for digest in (await db.exec(query)).all()}


def _named(name: str) -> tuple[ColumnElement[bool], ...]:
    week, _, number = name.partition(".")
    wanted = int(number) if number.isdecimal() and len(number) < 4 else 0 if not number else -1
    return col(Digest.week) == week, col(Digest.number) == wanted


async def digest_for_update(db: AsyncSession, digest_id: int) -> Digest | None:
    """The digest as it is now, held until the caller's transaction ends, so that two people cannot both change it."""
    query = select(Digest).where(Digest.id == digest_id).with_for_update().execution_options(populate_existing=True)
    return (await db.exec(query)).one_or_none()


async def open_digest(db: AsyncSession, week: str, actor: str, now: datetime) -> Digest:
    """The week's digest, begun as an empty draft when there is none; held until the transaction ends."""
    begin = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    values = {"week": week, "state": DigestState.DRAFT, "composed_at": now, "composed_by": actor}
    await db.exec(begin(Digest).values(**values).on_conflict_do_nothing(index_elements=["week", "number"]))
    query = select(Digest).where(*_named(week)).with_for_update().execution_options(populate_existing=True)
    return (await db.exec(query)).one()


async def new_urgent(db: AsyncSession, week: str, items: Sequence[str], actor: str, now: datetime) -> Digest:
    """Begin an urgent digest of these items in the week; two begun at once collide on their number."""
    last = (await db.exec(select(func.max(Digest.number)).where(Digest.week == week))).one()
    digest = Digest(week=week, number=(last or 0) + 1, items=list(items), composed_at=now, composed_by=actor)
    db.add(digest)
    await db.flush()
    return digest


async def replace_editions(db: AsyncSession, digest_id: int, bodies: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Store these (agency id, body) as the digest's editions instead of those it had."""
    await db.exec(delete(Edition).where(col(Edition.digest_id) == digest_id))
    values = [{"digest_id": digest_id, "agency_id": agency, "body": body} for agency, body in bodies]
    await (await db.connection()).execute(insert(Edition), values)


async def newest_edition(db: AsyncSession, agency_id: str, week: str | None = None) -> Edition | None:
    """The agency's edition of the newest weekly digest that has gone out (or is going), or of the one named."""
    query = (
        select(Edition)
        .join(Digest, col(Digest.id) == col(Edition.digest_id))
        .where(Edition.agency_id == agency_id, col(Digest.state).in_([DigestState.SENDING, DigestState.SENT]))
        .order_by(col(Digest.week).desc())
        .limit(1)
    )
    query = query.where(*(_named(week) if week is not None else [col(Digest.number) == 0]))
    return (await db.exec(query)).first()


async def digests_in(db: AsyncSession, *states: DigestState) -> Sequence[Digest]:
    """Digests in one of the states, oldest week first."""
    query = select(Digest).where(col(Digest.state).in_(states)).order_by(col(Digest.week))
    return (await db.exec(query)).all()


async def first_week(db: AsyncSession) -> str | None:
    """The oldest week with a digest; None while there is none."""
    return (await db.exec(select(func.min(Digest.week)))).one()


async def edition_of(db: AsyncSession, digest_id: int, agency_id: str) -> Edition | None:
    """One agency's edition."""
    query = select(Edition).where(Edition.digest_id == digest_id, Edition.agency_id == agency_id)
    return (await db.exec(query)).one_or_none()


async def edition_agencies(db: AsyncSession, digest_id: int) -> Sequence[str]:
    """Agencies with an edition, in order."""
    query = select(Edition.agency_id).where(Edition.digest_id == digest_id).order_by(col(Edition.agency_id))
    return (await db.exec(query)).all()


async def editions_of(db: AsyncSession, digest_id: int) -> Sequence[Edition]:
    query = select(Edition).where(Edition.digest_id == digest_id).order_by(col(Edition.agency_id))
    return (await db.exec(query)).all()


async def delivery_of(db: AsyncSession, provider_id: str, address: str) -> Delivery | None:
    """The delivery the platform knows by this id."""
    query = select(Delivery).where(Delivery.provider_id == provider_id, Delivery.address == address)
    return (await db.exec(query)).one_or_none()


async def settle_receipt(db: AsyncSession, provider_id: str, address: str, seen: bool, now: datetime) -> bool:
    """The platform says a message arrived or was seen; False when it is none of ours."""
    row = await delivery_of(db, provider_id, address)
    if row is None:
        return False
    reached = DeliveryState.SEEN if seen else DeliveryState.DELIVERED
    advance(row, reached, now)
    db.add(row)
    if row.kind is DeliveryKind.REPEAT:
        for first in (await db.exec(select(Delivery).where(_first_of(row)))).all():
            advance(first, reached, now)
            db.add(first)
    return True


def _first_of(repeat: Delivery) -> ColumnElement[bool]:
    return and_(
        col(Delivery.digest_id) == repeat.digest_id,
        col(Delivery.account_id) == repeat.account_id,
        col(Delivery.kind) == DeliveryKind.DIGEST,
    )


async def is_ours(db: AsyncSession, provider_ids: Sequence[str], address: str) -> bool:
    """Whether one of these messages to ``address`` was a delivery; most receipts are about answers, which are not."""
    query = select(Delivery.id).where(col(Delivery.provider_id).in_(list(provider_ids)), Delivery.address == address)
    return (await db.exec(query.limit(1))).first() is not None


def advance(delivery: Delivery, reached: DeliveryState, now: datetime) -> None:
    """Move a delivery forward to ``reached``; a late receipt never moves it back, an unclear one becomes certain."""
    if reached is DeliveryState.DELIVERED:
        delivery.delivered_at = delivery.delivered_at or now
    if reached is DeliveryState.SEEN:
        delivery.seen_at = delivery.seen_at or now
    if reached is DeliveryState.ACKNOWLEDGED:
        delivery.acknowledged_at = delivery.acknowledged_at or now
    rank = {name: place for place, name in enumerate(ARRIVED)}
    if rank.get(delivery.state, -1) < rank[reached]:
        delivery.state = reached


async def delivery_counts(db: AsyncSession, digest_id: int) -> dict[DeliveryState, int]:
    """How many deliveries of the digest (its reminders not counted) are in each state; every state is named."""
    query = (
        select(Delivery.state, func.count())
        .where(Delivery.digest_id == digest_id, Delivery.kind == DeliveryKind.DIGEST)
        .group_by(col(Delivery.state))
    )
    found = dict((await db.exec(query)).all())
    return {name: found.get(name, 0) for name in DeliveryState}
