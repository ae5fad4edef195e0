"""Where the platforms push: check the raw bytes, write down, answer 200. The work happens after.

They stand in front of all that serves pages, proxy headers included: the platforms allow two seconds and count every
miss, so nothing the pages need stands in the way.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from prometheus_client import Histogram
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.app import Loa
from bot.channels.base import MalformedUpdate, Webhook, WrongSignature
from bot.metrics import WEBHOOK_SECONDS

log = structlog.get_logger()

LONGEST_BODY = 1024 * 1024
"""Bytes; no platform sends more in one update."""
RETRY_AFTER = b"5"
"""Seconds a platform is asked to wait when an update could be kept nowhere."""


@dataclass(frozen=True, slots=True)
class _Door:
    """One channel's address."""

    channel: str
    hook: Webhook
    refusal: int
    """Status of an answer to what did not come from the platform."""
    seconds: Histogram


class Ingress:
    """Answers the webhooks; everything else is passed on to ``app``."""

    def __init__(self, app: ASGIApp, loa: Loa) -> None:
        self._app = app
        self._loa = loa
        self._doors = _doors(loa)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._doors.get(scope["path"]) if scope["type"] == "http" else None
        if door is None:
            await self._app(scope, receive, send)
        elif scope["method"] != "POST":
            await _refuse(send, 405, (b"allow", b"POST"))
        else:
            await self._receive(door, scope, receive, send)

    async def _receive(self, door: _Door, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        channel = door.channel
        body = await limited_body(receive, LONGEST_BODY)
        if body is None:
            log.warning("webhook.too_large", channel=channel)
            await _refuse(send, door.refusal if door.refusal == 200 else 413)
            return
        try:
            arrival = door.hook.receive(_headers(scope), body)
        except WrongSignature as error:
            log.warning("webhook.refused", channel=channel, reason=str(error))
            await _refuse(send, door.refusal)
            return
        except MalformedUpdate as error:
            log.warning("webhook.malformed", channel=channel, reason=str(error))
            await _refuse(send, door.refusal if door.refusal == 200 else 400)
            return
        if arrival is not None:
            try:
                await self._loa.keep(channel, arrival)
            except Exception as error:  # neither the database nor the disk takes it
                log.error("webhook.not_kept", channel=channel, error=type(error).__name__)
                await _refuse(send, 503, (b"retry-after", RETRY_AFTER))
                return
        door.seconds.observe(time.perf_counter() - began)
        await _thank(send)


def _doors(loa: Loa) -> dict[str, _Door]:
    """The addresses of the channels that are on and are pushed to."""
    doors = []
    settings = loa.settings
    if settings.telegram_on and settings.telegram_mode == "webhook":
        from bot.channels.telegram.webhook import TelegramWebhook

        hook = TelegramWebhook(settings.telegram_webhook_secret.get_secret_value())
        doors.append(_Door("telegram", hook, 401, WEBHOOK_SECONDS.labels("telegram")))
    if settings.zalo_on:
        from bot.channels.zalo.start import zalo_webhook

        zalo = zalo_webhook(settings, loa.channels["zalo"])
        # A refusal counts as a failed delivery, and enough of those get the webhook switched off: a forged event is
        # dropped, logged and answered with 200.
        doors.append(_Door("zalo", zalo, 200, WEBHOOK_SECONDS.labels("zalo")))
    if settings.zalo_bot_on and settings.zalo_bot_mode == "webhook":
        from bot.channels.zalobot import ZaloBotWebhook

        bot = ZaloBotWebhook(settings.zalo_bot_webhook_secret.get_secret_value())
        doors.append(_Door("zalobot", bot, 401, WEBHOOK_SECONDS.labels("zalobot")))
    return {f"/webhooks/{door.channel}": door for door in doors}


def router(loa: Loa) -> APIRouter:
    """The page by which Zalo knows the domain."""
    routes = APIRouter()
    if loa.settings.zalo_verifier:
        from bot.channels.zalo.webhook import verification_page

        page = verification_page(loa.settings.zalo_verifier)

        @routes.get(f"/zalo_verifier{loa.settings.zalo_verifier}.html")
        async def verify_domain() -> HTMLResponse:
            return HTMLResponse(page)

    return routes


async def limited_body(receive: Receive, limit: int) -> bytes | None:
    """The body, or None when it is longer than ``limit`` bytes or the sender hung up.

    What comes beyond the limit is thrown away as it arrives, up to sixteen times as much, so that the sender hears the
    answer instead of a broken connection.
    """
    message = await receive()
    if message["type"] != "http.request":
        return None
    if not message.get("more_body", False):
        whole: bytes = message.get("body", b"")
        return whole if len(whole) <= limit else None
    body = bytearray(message.get("body", b""))
    length = len(body)
    while message.get("more_body", False) and length <= limit * 16:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunk: bytes = message.get("body", b"")
        length += len(chunk)
        if length <= limit:
            body += chunk
    return bytes(body) if length <= limit else None


def _headers(scope: Scope) -> Mapping[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _refuse(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    if status == 200:
        await _thank(send)
        return
    await send({"type": "http.response.start", "status": status, "headers": [*_headers_of(_NOT_OK), *headers]})
    await send({"type": "http.response.body", "body": _NOT_OK})


async def _thank(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _OK_HEADERS})
    await send({"type": "http.response.body", "body": _OK})


def _headers_of(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]


_OK = json.dumps({"ok": True}).encode()
_OK_HEADERS = _headers_of(_OK)
_NOT_OK = json.dumps({"ok": False}).encode()
