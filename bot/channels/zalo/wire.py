"""One exchange with Zalo over HTTP: the answer, or what its absence means.

Zalo answers errors with HTTP 200 and a code in the body, so the status is looked at only when the body says nothing.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import HttpxAiohttpClient

from bot.errors import ChannelUnavailable, SendError

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
"""Seconds; each read of an answer, and the connection."""
LONGEST_EXCHANGE = 20.0
"""Seconds for a whole exchange, however slowly the answer drips in."""
LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=5.0)
"""Idle connections are dropped before a gateway is likely to: a request written to a dead one may or may not arrive."""

REASON_LIMIT = 300
"""Characters kept of Zalo's words about an error."""


def open_client() -> httpx.AsyncClient:
    """The one client of a channel. httpx's own pool slows down with every request in flight; aiohttp's does not."""
    return HttpxAiohttpClient(timeout=TIMEOUT, limits=LIMITS, follow_redirects=False)


async def ask(http: httpx.AsyncClient, request: httpx.Request, lost: type[SendError]) -> httpx.Response:
    """The answer to ``request``, whatever it says.

    Raises ChannelUnavailable when the request surely did not reach Zalo, and ``lost`` when it left and no answer came
    back: for a message that is Unclear, for a question ChannelUnavailable. No exception carries the request, which
    holds the token.
    """
    try:
        async with asyncio.timeout(LONGEST_EXCHANGE):
            return await http.send(request)
    except (httpx.HTTPError, aiohttp.ClientError, TimeoutError) as error:
        fault = error
    cause = fault.__cause__ or fault
    if never_left(cause):
        raise ChannelUnavailable("connect", type(cause).__name__)
    raise lost("no_answer", type(cause).__name__)


def never_left(cause: BaseException) -> bool:
    """Whether the request cannot have reached the other side.

    Told by aiohttp's exceptions: httpx-aiohttp reports a connection that broke after the request was written as
    ConnectTimeout, which would invite a second sending.
    """
    return isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL)


def body_of(response: httpx.Response) -> dict[str, Any] | None:
    """The JSON object in an answer; None when there is none."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def is_page(response: httpx.Response) -> bool:
    """Whether a gateway answered with a web page of its own: Zalo itself never saw the request."""
    return response.content.lstrip()[:1] == b"<"


def code_of(body: dict[str, Any]) -> int | None:
    """The error code of an envelope; None when it has none that can be read. Seen as a number and as text."""
    value = body.get("error")
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None
