"""One call of Zalo's API: token, proof, pace, envelope, errors. Both hosts work alike; only their errors differ."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import httpx

from bot.channels.zalo.answers import number
from bot.channels.zalo.errors import RATE_LIMIT, SUCCESS, TOKEN_REFUSED, WRONG_PROOF, until_next_minute
from bot.channels.zalo.wire import REASON_LIMIT, ask, body_of, code_of, is_page
from bot.clock import Clock
from bot.errors import BadCredentials, ChannelUnavailable, Rejected, SendError, Throttled

SPARING = 0.2
"""Share of the minute's calls below which what is left is spread over the rest of the minute."""
LONGEST_WAIT = 2.0
"""Seconds a call waits for its turn at most."""

Explain = Callable[[int, str, datetime], SendError]
"""``explain(code, Zalo's words, now)`` is the error for a code of one host."""


class Tokens(Protocol):
    """Where access tokens come from."""

    async def current(self) -> str:
        """The token to use now. Raises SendError."""

    async def after_refusal(self, refused: str) -> str:
        """The token to try after ``refused`` was refused. Raises SendError."""

    def worked(self, access: str) -> None:
        """The API took this token."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to Zalo."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    code: int
    reason: str
    data: Any


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    path: str
    arguments: Mapping[str, Any] | None
    upload: Upload | None
    lost: type[SendError]


class Host:
    """One host of Zalo's API, asked with one application's tokens.

    ``lost`` of a call is the error for an answer that never came: Unclear for what may not be repeated blindly.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        app_secret: str,
        tokens: Tokens,
        clock: Clock,
        explain: Explain,
        plain_queries: bool = False,
    ) -> None:
        """``plain_queries``: whether the arguments of a GET are ordinary parameters or one of JSON named ``data``."""
        self._http = http
        self._base = base_url.rstrip("/")
        self._app_secret = app_secret
        self._tokens = tokens
        self._clock = clock
        self._explain = explain
        self._plain_queries = plain_queries
        self._prove = False
        self._resume_at = 0.0
        self._gap = 0.0
        """Seconds between two calls while little of the minute's allowance is left."""
        self._next = 0.0

    async def get(self, path: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """The ``data`` of the answer to a question. Raises SendError."""
        return await self._call(_Question("GET", path, arguments, None, ChannelUnavailable))

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, lost: type[SendError] = ChannelUnavailable
    ) -> Any:
        """The ``data`` of the answer to a body. Raises SendError."""
        return await self._call(_Question("POST", path, body, None, lost))

    async def upload(self, path: str, upload: Upload) -> Any:
        """The ``data`` of the answer to a file. Raises SendError."""
        return await self._call(_Question("POST", path, None, upload, ChannelUnavailable))

    async def _call(self, question: _Question) -> Any:
        await self._keep_pace()
        token = await self._tokens.current()
        answer = await self._attempt(question, token)
        if _token_refused(answer):
            token = await self._tokens.after_refusal(token)
            answer = await self._attempt(question, token)
        if answer.code == WRONG_PROOF and not self._prove:
            self._prove = True  # the application has been set to demand the proof
            answer = await self._attempt(question, token)
        if answer.code == RATE_LIMIT:
            self._pause()
        if _token_refused(answer):
            raise BadCredentials(str(answer.code), answer.reason)
        if answer.code != SUCCESS:
            raise self._explain(answer.code, answer.reason, self._clock.now())
        self._tokens.worked(token)
        return answer.data

    async def _attempt(self, question: _Question, token: str) -> _Answer:
        response = await ask(self._http, self._request(question, token), question.lost)
        self._note_allowance(response.headers)
        return self._read(response, token, question.lost)

    def _note_allowance(self, headers: httpx.Headers) -> None:
        """What Zalo counts is the whole application's, so this also sees what other processes use."""
        left, most = number(headers.get("X-RateLimit-Remain")), number(headers.get("X-RateLimit-Limit"))
        if left is None:
            return
        if left <= 0:
            self._pause()
            return
        scarce = most is not None and left < most * SPARING
        self._gap = until_next_minute(self._clock.now()) / left if scarce else 0.0

    def _request(self, question: _Question, token: str) -> httpx.Request:
        headers = {"access_token": token}
        if self._prove:
            headers["appsecret_proof"] = proof(self._app_secret, token)
        address = self._base + question.path
        if question.upload is not None:
            files = {"file": (question.upload.name, question.upload.content)}
            return self._http.build_request(question.method, address, headers=headers, files=files)
        if question.method == "POST":
            return self._http.build_request(question.method, address, headers=headers, json=question.arguments)
        arguments = question.arguments
        if arguments and not self._plain_queries:
            arguments = {"data": json.dumps(arguments)}
        return self._http.build_request(question.method, address, headers=headers, params=arguments)

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

    async def _keep_pace(self) -> None:
        """Spread what is left of a scarce minute over the rest of it. Raises Throttled while the minute in which Zalo's
        limit was reached lasts, or when the next turn is far: nothing is asked in vain, and nobody waits here long."""
        now = _monotonic()
        left = self._resume_at - now
        if left > 0:
            raise Throttled(left, str(RATE_LIMIT), "waiting for the next minute")
        if not self._gap:
            return
        wait = max(0.0, self._next - now)
        if wait > LONGEST_WAIT:
            raise Throttled(wait, str(RATE_LIMIT), "sparing what is left of the minute")
        self._next = now + wait + self._gap
        await asyncio.sleep(wait)

    def _pause(self) -> None:
        self._resume_at = _monotonic() + until_next_minute(self._clock.now())


def proof(app_secret: str, token: str) -> str:
    """``appsecret_proof``: HMAC-SHA256 of the access token under the application's secret, lower-case hex."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _token_refused(answer: _Answer) -> bool:
    return answer.code in TOKEN_REFUSED or answer.status == httpx.codes.UNAUTHORIZED


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
