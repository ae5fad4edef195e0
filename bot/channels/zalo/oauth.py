"""Zalo's OAuth v4 for an Official Account: the permission page, a code for a first pair, a pair for the next one.

There is no official table of its errors; those below were seen by several clients in production.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.channels.zalo.wire import REASON_LIMIT, ask, body_of, code_of, is_page
from bot.clock import Clock
from bot.errors import BadCredentials, ChannelUnavailable, SendError, Unclear

ACCESS_LIFE = timedelta(hours=25)
"""Life of an access token when Zalo does not say, or when a person pasted it in."""
REFRESH_LIFE = timedelta(days=90)
"""Life of a refresh token: three months from its issue."""
CODE_LIFE = timedelta(minutes=10)
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


class CodeRefused(BadCredentials):
    """The code of a permission is wrong, used or older than ten minutes: ask for the permission again."""


def new_verifier() -> str:
    """A PKCE verifier: 43 characters, as Zalo's own kits make them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def challenge_of(verifier: str) -> str:
    """What is shown of a verifier before it is used: Base64url of its SHA-256, without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def permission_url(base_url: str, app_id: str, callback: str, state: str, verifier: str = "") -> str:
    """The page on which an administrator of the account lets the application in.

    ``callback`` must be the one saved in Zalo's console, to the letter. Without a verifier there is no PKCE.
    """
    query = {"app_id": app_id, "redirect_uri": callback, "state": state}
    if verifier:
        query["code_challenge"] = challenge_of(verifier)
    return f"{base_url.rstrip('/')}/v4/oa/permission?{urlencode(query)}"


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
        form = {"refresh_token": token, "grant_type": "refresh_token"}
        return await self._twice(form, token)

    async def exchange(self, code: str, verifier: str = "") -> Pair:
        """The first pair for the code of a permission.

        Raises CodeRefused, BadCredentials (our settings are refused) or ChannelUnavailable. Zalo does not document
        what becomes of a code whose answer was lost; it is tried once more like a refresh token.
        """
        form = {"code": code, "grant_type": "authorization_code"}
        if verifier:
            form["code_verifier"] = verifier
        try:
            pair = await self._twice(form, "")
        except ConsentNeeded as error:
            raise CodeRefused(error.code, error.reason) from None
        if not pair.refresh:
            raise CodeRefused("no_refresh_token")
        return pair

    async def _twice(self, form: Mapping[str, str], refresh: str) -> Pair:
        try:
            return await self._try(form, refresh)
        except Unclear:
            pass
        try:
            return await self._try(form, refresh)
        except Unclear as lost:
            code, reason = lost.code, lost.reason
        raise ChannelUnavailable(code, reason)

    async def _try(self, form: Mapping[str, str], refresh: str) -> Pair:
        """One request; an answer without a refresh token keeps ``refresh``."""
        request = self._http.build_request(
            "POST", self._url, headers={"secret_key": self._app_secret}, data={**form, "app_id": self._app_id}
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
                refresh=renewed if isinstance(renewed, str) and renewed else refresh,
                expires_at=asked_at + _life(body.get("expires_in")),
            )
        raise self._refusal(response, body, form)

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

    def _refusal(self, response: httpx.Response, body: dict[str, Any], form: Mapping[str, str]) -> SendError:
        code = code_of(body)
        if code == _BUSY or (code is None and response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR):
            return ChannelUnavailable(str(code or f"http_{response.status_code}"))
        words = next((body[key] for key in ("error_name", "error_description", "message") if body.get(key)), "")
        reason = str(words)
        for key in ("refresh_token", "code", "code_verifier"):
            reason = reason.replace(form.get(key) or "\0", "…")
        reason = reason.replace(self._app_secret or "\0", "…")[:REASON_LIMIT]
        kind = BadCredentials if code in _OUR_SETTINGS else ConsentNeeded
        return kind(str(code), reason)


def _life(seconds: object) -> timedelta:
    """``expires_in`` comes as text; a number is taken too. Nonsense counts as the usual life."""
    try:
        life = int(str(seconds))
    except ValueError:
        return ACCESS_LIFE
    return timedelta(seconds=life) if 0 < life <= 366 * 86400 else ACCESS_LIFE
