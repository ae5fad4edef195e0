"""Where the platforms push: check the raw bytes, write down, answer 200. The work happens after."""

from __future__ import annotations

import time

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from bot.app import Loa
from bot.channels.base import MalformedUpdate, Webhook, WrongSignature
from bot.metrics import WEBHOOK_SECONDS

log = structlog.get_logger()

LONGEST_BODY = 1024 * 1024
"""Bytes; no platform sends more in one update."""


def router(loa: Loa) -> APIRouter:
    """The routes of the channels that are on and are pushed to."""
    routes = APIRouter()
    settings = loa.settings
    if settings.telegram_on and settings.telegram_mode == "webhook":
        from bot.channels.telegram.webhook import TelegramWebhook

        hook = TelegramWebhook(settings.telegram_webhook_secret.get_secret_value())
        _serve(routes, loa, "telegram", hook, refusal=401)
    if settings.zalo_on:
        from bot.channels.zalo.start import zalo_webhook

        zalo = zalo_webhook(settings, loa.channels["zalo"])
        # A refusal counts as a failed delivery, and enough of those get the webhook switched off: a forged event is
        # dropped, logged and answered with 200.
        _serve(routes, loa, "zalo", zalo, refusal=200)
    if settings.zalo_bot_on and settings.zalo_bot_mode == "webhook":
        from bot.channels.zalobot import ZaloBotWebhook

        secret = settings.zalo_bot_webhook_secret.get_secret_value()
        _serve(routes, loa, "zalobot", ZaloBotWebhook(secret), refusal=401)
    if settings.zalo_verifier:
        from bot.channels.zalo.webhook import verification_page

        page = verification_page(settings.zalo_verifier)

        @routes.get(f"/zalo_verifier{settings.zalo_verifier}.html")
        async def verify_domain() -> HTMLResponse:
            return HTMLResponse(page)

    return routes


def _serve(routes: APIRouter, loa: Loa, channel: str, hook: Webhook, refusal: int) -> None:
    seconds = WEBHOOK_SECONDS.labels(channel)

    @routes.post(f"/webhooks/{channel}", name=f"{channel}_webhook")
    async def receive(request: Request) -> Response:
        began = time.perf_counter()
        body = await limited_body(request, LONGEST_BODY)
        if body is None:
            log.warning("webhook.too_large", channel=channel)
            return JSONResponse({"ok": False}, refusal if refusal == 200 else 413)
        try:
            arrival = hook.receive(request.headers, body)
        except WrongSignature as error:
            log.warning("webhook.refused", channel=channel, reason=str(error))
            return JSONResponse({"ok": False}, refusal)
        except MalformedUpdate as error:
            log.warning("webhook.malformed", channel=channel, reason=str(error))
            return JSONResponse({"ok": False}, refusal if refusal == 200 else 400)
        if arrival is not None:
            await loa.accept(channel, arrival)
        seconds.observe(time.perf_counter() - began)
        return JSONResponse({"ok": True})


async def limited_body(request: Request, limit: int) -> bytes | None:
    """The body, or None when it is longer than ``limit`` bytes.

    What comes beyond the limit is thrown away as it arrives, up to sixteen times as much, so that the sender hears the
    answer instead of a broken connection.
    """
    body = bytearray()
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= limit:
            body += chunk
        elif length > limit * 16:
            break
    return bytes(body) if length <= limit else None
