"""The token endpoint of Zalo's OAuth v4: a refresh token in, a new pair out.

There is no official table of its errors; those below were seen by several clients in production.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from bot.channels.zalo.wire import REASON_LIMIT, ask, body_of, code_of, is_page
from bot.clock import Clock
from bot.errors import BadCredentials, ChannelUnavailable, SendError, Unclear

ACCESS_LIFE = timedelta(hours=25)
"""Life of an access token when Zalo does not say, or when a person pasted it in."""
_BUSY = -32
_OUR_SETTINGS = frozenset({-14002, -14003, -14004, -14018, -14029})
"""Wrong application id, callback, secret or grant type, application not approved: the refresh token is not spent."""


class ConsentNeeded(BadCredentials):
    """The refresh token is spent, unknown or expired: an administrator of the account must consent again."""


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """An access token and the refresh token that comes after it. Never shown, not even in a traceback."""

    access: str
    refresh: str
    expires_at: datetime


class TokenEndpoint:
    """``POST /v4/oa/access_token``."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, app_id: str, app_secret: str, clock: Clock) -> None:
        self._http = http
        self._url = f"{base_url.rstrip('/')}/v4/oa/access_token"
        self._app_id = app_id
        self._app_secret = app_secret
        self._clock = clock

    async def refresh(self, token: str) -> Pair:
        """A new pair for the refresh token.

        An answer that got lost leaves open whether the token is spent, so the same token is tried once more; only then
        is a refusal believed. Raises ConsentNeeded, BadCredentials (our settings are refused) or ChannelUnavailable.
        """
        if not token:
            raise ConsentNeeded("no_refresh_token")
        try:
            return await self._try(token)
        except Unclear:
            pass
        try:
            return await self._try(token)
        except Unclear as lost:
            code, reason = lost.code, lost.reason
        raise ChannelUnavailable(code, reason)

    async def _try(self, token: str) -> Pair:
        request = self._http.build_request(
            "POST",
            self._url,
            headers={"secret_key": self._app_secret},
            data={"refresh_token": token, "app_id": self._app_id, "grant_type": "refresh_token"},
        )
        asked_at = self._clock.now()
        response = await ask(self._http, request, lost=Unclear)
        body = body_of(response)
        if body is None:
            raise self._without_body(response)
        access = body.get("access_token")
        if isinstance(access, str) and access:
            renewed = body.get("refresh_token")
            return Pair(
                access=access,
                refresh=renewed if isinstance(renewed, str) and renewed else token,  # an answer without one keeps it
                expires_at=asked_at + _life(body.get("expires_in")),
            )
        raise self._refusal(response, body, token)

    def _without_body(self, response: httpx.Response) -> SendError:
        status = response.status_code
        if status == httpx.codes.GATEWAY_TIMEOUT:
            return Unclear(f"http_{status}")
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR or is_page(response):
            return ChannelUnavailable(f"http_{status}", "no token in the answer")
        if status != httpx.codes.OK:
            return BadCredentials(f"http_{status}", "the token endpoint refuses")
        if not response.content.strip():
            return ConsentNeeded("empty", "empty answer, as to a spent refresh token")
        return Unclear("unreadable")

    def _refusal(self, response: httpx.Response, body: dict[str, Any], token: str) -> SendError:
        code = code_of(body)
        if code == _BUSY or (code is None and response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR):
            return ChannelUnavailable(str(code or f"http_{response.status_code}"))
        words = next((body[key] for key in ("error_name", "error_description", "message") if body.get(key)), "")
        reason = str(words).replace(token, "…").replace(self._app_secret or "\0", "…")[:REASON_LIMIT]
        kind = BadCredentials if code in _OUR_SETTINGS else ConsentNeeded
        return kind(str(code), reason)


def _life(seconds: object) -> timedelta:
    """``expires_in`` comes as text; a number is taken too. Nonsense counts as the usual life."""
    try:
        life = int(str(seconds))
    except ValueError:
        return ACCESS_LIFE
    return timedelta(seconds=life) if 0 < life <= 366 * 86400 else ACCESS_LIFE
