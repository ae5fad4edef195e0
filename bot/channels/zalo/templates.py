"""Template messages by phone number (ZBS, formerly ZNS): approved in advance, billed, the last way to somebody who has
not written for a week."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from bot.channels.zalo.answers import moment, number, obj, text
from bot.channels.zalo.calls import Host, Tokens
from bot.channels.zalo.errors import RATE_LIMIT, until_next_minute
from bot.clock import Clock
from bot.errors import (
    BadCredentials,
    ChannelUnavailable,
    ContactGone,
    Postponed,
    Rejected,
    SendError,
    Throttled,
    Unclear,
)

LONGEST_TRACKING = 48
UNKNOWN_FAULT = -100
_MOBILE = re.compile(r"84\d{9}")
_LATER = frozenset({-133, -144, -147})
"""Night, daily limits: the same message may pass another day."""
_GONE = frozenset({-114, -118, -119, -139, -140, -141})
"""The person has no Zalo account, cannot receive, or has refused."""
_ACCOUNT = frozenset(
    {-101, -102, -103, -104, -105, -110, -115, -117, -120, -124, -125, -126, -127, -131, -135, -136, -137, -138, -146}
)
"""Application, account, billing, permission or template: operators must act."""


@dataclass(frozen=True, slots=True)
class TemplateSent:
    """A template message Zalo has accepted."""

    message_id: str
    sent_at: datetime | None
    left_today: int | None
    """How many more the account may send today."""


class TemplateApi:
    """The business host. Its error codes have meanings of their own."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, app_secret: str, tokens: Tokens, clock: Clock) -> None:
        self._host = Host(http, base_url, app_secret, tokens, clock, template_error, plain_queries=True)

    async def send(
        self, phone: str, template_id: str, data: Mapping[str, str], tracking_id: str, development: bool = False
    ) -> TemplateSent:
        """Send a template. ``development`` reaches only administrators of the account. Raises SendError."""
        body = {
            "phone": international(phone),
            "template_id": template_id,
            "template_data": dict(data),
            "tracking_id": tracking_id[:LONGEST_TRACKING],
            **({"mode": "development"} if development else {}),
        }
        found = obj(await self._host.post("/message/template", body, lost=Unclear))
        left = number(obj(found.get("quota")).get("remainingQuota"))
        return TemplateSent(text(found, "msg_id", "message_id"), moment(found.get("sent_time")), left)

    async def delivered(self, message_id: str) -> bool:
        """Whether a template message has reached its phone. Raises SendError."""
        found = obj(await self._host.get("/message/status", {"message_id": message_id}))
        return number(found.get("status")) == 1


def international(phone: str) -> str:
    """``84`` and nine digits. Raises Rejected for what is no mobile number."""
    digits = re.sub(r"\D", "", phone)
    if digits.startswith("0"):
        digits = "84" + digits[1:]
    elif not digits.startswith("84"):
        digits = "84" + digits
    if not _MOBILE.fullmatch(digits):
        raise Rejected("-108", "no mobile number")
    return digits


def template_error(code: int, reason: str, now: datetime) -> SendError:
    """The error for a code of the business host."""
    if code == RATE_LIMIT:
        return Throttled(until_next_minute(now), str(code), reason)
    if code == UNKNOWN_FAULT:
        return ChannelUnavailable(str(code), reason)
    for codes, kind in ((_LATER, Postponed), (_GONE, ContactGone), (_ACCOUNT, BadCredentials)):
        if code in codes:
            return kind(str(code), reason)
    return Rejected(str(code), reason)
