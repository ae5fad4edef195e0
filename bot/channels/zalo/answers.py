"""What Zalo's OA API answers, typed. Read defensively: every field may be missing, ids may come as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Quota:
    """Out of which allowance a message was taken."""

    kind: str
    """``reply`` (free, within 48 hours), ``welcome_msg``, ``sub_quota``, ``purchase_quota``, ``reward_quota``."""
    left: int | None
    total: int | None
    owner: str
    """``OA`` or ``App`` where Zalo says so."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message Zalo has accepted."""

    message_id: str
    """By which echoes and receipts name it."""
    user_id: str
    sent_at: datetime | None
    quota: Quota | None
    """None: the message is billed (or Zalo did not say)."""

    @classmethod
    def read(cls, data: Any) -> Self:
        data = obj(data)
        quota = obj(data.get("quota"))
        return cls(
            message_id=text(data, "message_id", "msg_id"),
            user_id=text(data, "user_id"),
            sent_at=moment(data.get("sent_time")),
            quota=Quota(
                text(quota, "quota_type"), number(quota.get("remain")), number(quota.get("total")),
                text(quota, "owner_type"),
            )
            if quota
            else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """The account the token belongs to."""

    id: str
    name: str
    verified: bool
    package: str
    package_until: str
    """As Zalo writes it, or empty."""
    followers: int
    avatar: str
    """Address of a picture, or empty."""

    @classmethod
    def read(cls, data: Any) -> Self:
        data = obj(data)
        return cls(
            id=text(data, "oaid", "oa_id"),
            name=text(data, "name"),
            verified=data.get("is_verified") is True,
            package=text(data, "package_name"),
            package_until=text(data, "package_valid_through_date"),
            followers=number(data.get("num_follower")) or 0,
            avatar=text(data, "avatar"),
        )


@dataclass(frozen=True, slots=True)
class UserDetail:
    """What Zalo tells about somebody who has written to or follows the account."""

    user_id: str
    display_name: str
    follower: bool
    last_interaction: date | None
    """A day in Việt Nam; for the interaction window :class:`UserQuota` is precise."""
    shared_phone: str
    tags: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: Any) -> Self:
        data = obj(data)
        return cls(
            user_id=text(data, "user_id"),
            display_name=text(data, "display_name"),
            follower=data.get("user_is_follower") is True,
            last_interaction=day(text(data, "user_last_interaction_date")),
            shared_phone=text(obj(data.get("shared_info")), "phone"),
            tags=texts(obj(data.get("tags_and_notes_info")).get("tag_names")),
        )


@dataclass(frozen=True, slots=True)
class UserPage:
    """Some of the people the account knows."""

    user_ids: tuple[str, ...]
    total: int

    @classmethod
    def read(cls, data: Any) -> Self:
        data = obj(data)
        users = data.get("users")
        ids = [text(obj(user), "user_id") for user in users] if isinstance(users, list) else []
        return cls(tuple(filter(None, ids)), number(data.get("total")) or 0)


@dataclass(frozen=True, slots=True)
class UserQuota:
    """How far the account may still write to somebody."""

    last_interaction: datetime | None
    replies_left: int | None
    """None since Zalo stopped counting (March 2026)."""

    @classmethod
    def read(cls, data: Any) -> Self:
        data = obj(data)
        return cls(moment(data.get("last_interaction")), number(obj(data.get("cs_reply")).get("remain")))


@dataclass(frozen=True, slots=True)
class Allowance:
    """Messages a package contains or that were bought."""

    id: str
    product: str
    kind: str
    until: date | None
    total: int | None
    left: int | None

    @classmethod
    def read(cls, data: Any) -> Self:
        data = obj(data)
        return cls(
            id=text(data, "asset_id"),
            product=text(data, "product_type"),
            kind=text(data, "quota_type"),
            until=day(text(data, "valid_through")),
            total=number(data.get("total")),
            left=number(data.get("remain")),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a conversation, as the recovery endpoints tell it."""

    message_id: str
    from_user: bool
    """Written by the person, not by the account."""
    user_id: str
    kind: str
    """``text``, ``photo`` and others; only text can be recovered whole."""
    text: str
    sent_at: datetime | None

    @classmethod
    def read(cls, data: Any) -> Self:
        data = obj(data)
        from_user = number(data.get("src")) == 1
        return cls(
            message_id=text(data, "message_id"),
            from_user=from_user,
            user_id=text(data, "from_id" if from_user else "to_id"),
            kind=text(data, "type"),
            text=text(data, "message"),
            sent_at=moment(data.get("time")),
        )


def obj(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(data: dict[str, Any], *keys: str) -> str:
    """The first value present under ``keys``, as text: Zalo's ids come as text and, now and then, as numbers."""
    value = next((data[key] for key in keys if data.get(key) is not None), "")
    return str(value) if isinstance(value, str | int) else ""


def texts(values: object) -> tuple[str, ...]:
    """The texts of a list; empty for anything else."""
    return tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()


def number(value: object) -> int | None:
    """Counts come as numbers and as text."""
    try:
        return int(str(value))
    except ValueError:
        return None


def moment(milliseconds: object) -> datetime | None:
    """Milliseconds since 1970, as number or text."""
    count = number(milliseconds)
    try:
        return datetime.fromtimestamp(count / 1000, UTC) if count else None
    except (ValueError, OverflowError, OSError):
        return None


def day(written: str) -> date | None:
    """``DD/MM/YYYY``."""
    try:
        return datetime.strptime(written, "%d/%m/%Y").replace(tzinfo=UTC).date()
    except ValueError:
        return None
