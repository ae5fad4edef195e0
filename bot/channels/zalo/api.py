"""Client of Zalo's OA API: sending, and the few questions Loa asks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx

from bot.channels.zalo.bodies import Json, is_visitor
from bot.channels.zalo.errors import RATE_LIMIT, SUCCESS, TOKEN_REFUSED, WRONG_PROOF, send_error, until_next_minute
from bot.channels.zalo.tokens import ZaloTokens
from bot.channels.zalo.wire import REASON_LIMIT, ask, body_of, code_of, is_page
from bot.clock import Clock
from bot.errors import BadCredentials, ChannelUnavailable, Rejected, SendError, Throttled, Unclear


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """The account the token belongs to."""

    id: str
    name: str
    verified: bool
    package: str
    followers: int
    avatar: str
    """Address of a picture, or empty."""


@dataclass(frozen=True, slots=True)
class UserDetail:
    """What Zalo tells about somebody who has written to or follows the account."""

    user_id: str
    display_name: str
    follower: bool
    last_interaction: date | None
    """A day in Việt Nam; for the interaction window :class:`UserQuota` is precise."""
    shared_phone: str


@dataclass(frozen=True, slots=True)
class UserQuota:
    """How far the account may still write to somebody."""

    last_interaction: datetime | None
    replies_left: int | None
    """None since Zalo stopped counting (March 2026)."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    code: int
    reason: str
    data: Any


class ZaloApi:
    """Every method raises SendError: for a message that may have left Unclear, for a question ChannelUnavailable."""

    def __init__(
        self, http: httpx.AsyncClient, base_url: str, app_secret: str, tokens: ZaloTokens, clock: Clock
    ) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self._app_secret = app_secret
        self._tokens = tokens
        self._clock = clock
        self._prove = False
        self._resume_at = 0.0

    async def send(self, body: Json, user_id: str) -> str:
        """Send one message; Zalo's id of it, by which echoes and receipts name it."""
        path = "/v2.0/oa/message" if is_visitor(user_id) else "/v3.0/oa/message/cs"
        data = await self._call("POST", path, body, lost=Unclear)
        return _text(data, "message_id")

    async def official_account(self) -> OfficialAccount:
        """The account itself: a cheap way to see whether token, permissions and package are in order."""
        data = await self._call("GET", "/v2.0/oa/getoa")
        return OfficialAccount(
            id=_text(data, "oaid", "oa_id"),
            name=_text(data, "name"),
            verified=data.get("is_verified") is True,
            package=_text(data, "package_name"),
            followers=_number(data.get("num_follower")) or 0,
            avatar=_text(data, "avatar"),
        )

    async def user_detail(self, user_id: str) -> UserDetail:
        data = await self._call("GET", "/v3.0/oa/user/detail", {"user_id": user_id})
        shared = data.get("shared_info")
        return UserDetail(
            user_id=_text(data, "user_id"),
            display_name=_text(data, "display_name"),
            follower=data.get("user_is_follower") is True,
            last_interaction=_day(_text(data, "user_last_interaction_date")),
            shared_phone=_text(shared, "phone") if isinstance(shared, dict) else "",
        )

    async def user_quota(self, user_id: str) -> UserQuota:
        data = await self._call("POST", "/v3.0/oa/quota/message", {"user_id": user_id})
        replies = data.get("cs_reply")
        return UserQuota(
            last_interaction=_moment(data.get("last_interaction")),
            replies_left=_number(replies.get("remain")) if isinstance(replies, dict) else None,
        )

    async def _call(
        self, method: str, path: str, arguments: Json | None = None, lost: type[SendError] = ChannelUnavailable
    ) -> Json:
        """The ``data`` of the answer; an empty object when it is of another shape."""
        self._keep_pace()
        token = await self._tokens.current()
        answer = await self._attempt(method, path, arguments, token, lost)
        if _token_refused(answer):
            token = await self._tokens.after_refusal(token)
            answer = await self._attempt(method, path, arguments, token, lost)
        if answer.code == WRONG_PROOF and not self._prove:
            self._prove = True  # the application has been set to demand the proof
            answer = await self._attempt(method, path, arguments, token, lost)
        if answer.code == RATE_LIMIT:
            self._pause()
        if _token_refused(answer):
            raise BadCredentials(str(answer.code), answer.reason)
        if answer.code != SUCCESS:
            raise send_error(answer.code, answer.reason, self._clock.now())
        self._tokens.worked(token)
        return answer.data if isinstance(answer.data, dict) else {}

    async def _attempt(
        self, method: str, path: str, arguments: Json | None, token: str, lost: type[SendError]
    ) -> _Answer:
        request = self._http.build_request(
            method,
            self._base + path,
            headers=self._headers(token),
            json=arguments if method == "POST" else None,
            params={"data": json.dumps(arguments)} if method == "GET" and arguments else None,
        )
        response = await ask(self._http, request, lost)
        if response.headers.get("X-RateLimit-Remain") == "0":
            self._pause()
        return self._read(response, token, lost)

    def _read(self, response: httpx.Response, token: str, lost: type[SendError]) -> _Answer:
        status = response.status_code
        body = body_of(response)
        code = code_of(body) if body is not None else None
        if body is not None and code is not None:
            reason = str(body.get("message", "")).replace(token, "…")[:REASON_LIMIT]
            return _Answer(status, code, reason, body.get("data"))
        if status == httpx.codes.UNAUTHORIZED:
            return _Answer(status, status, "", None)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            self._pause()
            raise Throttled(until_next_minute(self._clock.now()), f"http_{status}")
        if status == httpx.codes.GATEWAY_TIMEOUT:
            raise lost(f"http_{status}", "the gateway gave up waiting")
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or is_page(response):
            raise ChannelUnavailable(f"http_{status}", "no envelope in the answer")
        if status != httpx.codes.OK:
            raise Rejected(f"http_{status}", "no envelope in the answer")
        raise lost("unreadable", "no envelope in the answer")

    def _headers(self, token: str) -> dict[str, str]:
        headers = {"access_token": token}
        if self._prove:
            headers["appsecret_proof"] = proof(self._app_secret, token)
        return headers

    def _keep_pace(self) -> None:
        """Raises Throttled while the minute in which Zalo's limit was reached lasts, instead of asking in vain."""
        left = self._resume_at - _monotonic()
        if left > 0:
            raise Throttled(left, str(RATE_LIMIT), "waiting for the next minute")

    def _pause(self) -> None:
        self._resume_at = _monotonic() + until_next_minute(self._clock.now())


def proof(app_secret: str, token: str) -> str:
    """``appsecret_proof``: HMAC-SHA256 of the access token under the application's secret, lower-case hex."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _token_refused(answer: _Answer) -> bool:
    return answer.code in TOKEN_REFUSED or answer.status == httpx.codes.UNAUTHORIZED


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


def _text(data: Json, *keys: str) -> str:
    """The first value present under ``keys``, as text: Zalo's ids come as text and, now and then, as numbers."""
    value = next((data[key] for key in keys if data.get(key) is not None), "")
    return str(value) if isinstance(value, str | int) else ""


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _moment(milliseconds: object) -> datetime | None:
    number = _number(milliseconds)
    try:
        return datetime.fromtimestamp(number / 1000, UTC) if number else None
    except (ValueError, OverflowError, OSError):
        return None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=UTC).date()
    except ValueError:
        return None
