"""Zalo's Bot Platform: a bot with a token, for agencies without a verified Official Account. Polled or pushed to.

A product of its own, much like Telegram's and nothing like the Official Account: other ids, other host, no tokens to
renew, no interaction window. No buttons are documented, so choices are numbered in the text.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog
from httpx_aiohttp import HttpxAiohttpClient

from bot.channels.base import Accept, Arrival, Channel, MalformedUpdate, WrongSignature
from bot.channels.layout import lay_out
from bot.channels.zalo.wire import LIMITS, REASON_LIMIT, ask, body_of
from bot.channels.zalobot_capabilities import CAPABILITIES
from bot.config import Settings
from bot.errors import BadCredentials, ChannelUnavailable, Rejected, SendError, Throttled, Unclear
from handlers.messages import Address, Kind, Message, Reply, clean_text

log = structlog.get_logger()

NAME = "zalobot"
PATH = "/webhooks/zalobot"
SECRET_HEADER = "x-bot-api-secret-token"  # noqa: S105 - the header's name, not a secret
HOLD = 15
"""Seconds the platform keeps a poll open; below what an exchange may take."""
TIMEOUT = httpx.Timeout(HOLD + 4.0, connect=5.0)
SLOW_DOWN = 30.0
"""Seconds to wait after "quota exceeded": the platform does not say how long."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
NOTHING_NEW = 408
"""What a poll is answered with when nobody has written."""
LONGEST_BODY = 1024 * 1024
MEDIA = {"image": "photo", "sticker": "sticker", "voice": "voice", "unsupported": "other"}
_EVENT = re.compile(r"message\.(text|image|sticker|voice|unsupported)\.received")
_ID = re.compile(r"[A-Za-z0-9_.=-]{1,100}")


class ZaloBotApi:
    """Calls ``<base>/bot<token>/<method>``. No exception carries the address, which holds the token."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, token: str) -> None:
        self._http = http
        self._base = f"{base_url.rstrip('/')}/bot{token}/"
        self._token = token

    async def call(
        self, method: str, body: Mapping[str, Any] | None = None, lost: type[SendError] = ChannelUnavailable
    ) -> Any:
        """The ``result`` of a method. Raises SendError; ``lost`` when no answer came back."""
        request = self._http.build_request("POST", self._base + method, json=dict(body or {}))
        response = await ask(self._http, request, lost)
        answer = body_of(response)
        if answer is not None and answer.get("ok") is True:
            return answer.get("result")
        status = response.status_code
        code = answer.get("error_code", status) if answer else status
        reason = str((answer or {}).get("description", "")).replace(self._token, "…")[:REASON_LIMIT]
        raise _error(code if isinstance(code, int) else status, reason, lost)

    async def aclose(self) -> None:
        await self._http.aclose()


def _error(code: int, reason: str, lost: type[SendError]) -> SendError:
    if code == httpx.codes.TOO_MANY_REQUESTS:
        return Throttled(SLOW_DOWN, str(code), reason)
    if code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
        return BadCredentials(str(code), reason)
    if code == httpx.codes.GATEWAY_TIMEOUT or code == httpx.codes.OK:
        return lost(str(code), reason)
    if code >= httpx.codes.INTERNAL_SERVER_ERROR or code == NOTHING_NEW:
        return ChannelUnavailable(str(code), reason)
    return Rejected(str(code), reason)


class ZaloBotChannel:
    """Implements :class:`bot.channels.base.Channel`."""

    name = NAME
    capabilities = CAPABILITIES

    def __init__(self, api: ZaloBotApi) -> None:
        self.api = api

    def translate(self, payload: str) -> Message | None:
        event = _event(payload)
        found = _EVENT.fullmatch(str(event.get("event_name", "")))
        message = _object(event.get("message"))
        chat, sender = _object(message.get("chat")), _object(message.get("from"))
        if found is None or chat.get("chat_type") == "GROUP" or sender.get("is_bot") is True:
            return None
        user_id = str(chat.get("id", ""))
        if not _ID.fullmatch(user_id):
            raise ValueError("no usable id of the chat")
        words = message.get("text") if found[1] == "text" else message.get("caption")
        text = clean_text(words) if isinstance(words, str) else ""
        if found[1] == "text" and not words:
            return None
        return Message(
            address=Address(NAME, user_id),
            kind=Kind.TEXT if found[1] == "text" else Kind.MEDIA,
            external_id=event_id(event, payload),
            sent_at=_moment(message.get("date")),
            text=text,
            media=MEDIA.get(found[1], ""),
        )

    async def send(self, address: Address, reply: Reply) -> str:
        """Send a reply, part after part. When a later part fails, nobody sends the beginning again: Unclear."""
        last = ""
        for part in lay_out(reply, CAPABILITIES):
            try:
                sent = await self.api.call("sendMessage", {"chat_id": address.user_id, "text": part.text}, Unclear)
            except SendError as error:
                if not last:
                    raise
                raise Unclear(error.code, error.reason) from None
            last = str(_object(sent).get("message_id", "")) or "sent"
        return last

    async def aclose(self) -> None:
        await self.api.aclose()


class ZaloBotWebhook:
    """Implements :class:`bot.channels.base.Webhook`."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def receive(self, headers: Mapping[str, str], body: bytes) -> Arrival:
        """The update in a request. Raises WrongSignature or MalformedUpdate."""
        given = headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not self._secret or not hmac.compare_digest(given, self._secret):
            raise WrongSignature("wrong secret token" if given else "no secret token")
        if len(body) > LONGEST_BODY:
            raise MalformedUpdate(f"{len(body)} bytes")
        try:
            payload = body.decode()
            return Arrival(event_id(_event(payload), payload), payload)
        except ValueError as error:
            raise MalformedUpdate(type(error).__name__) from None


def zalobot_channel(settings: Settings) -> ZaloBotChannel:
    """The channel of the configured bot."""
    http = HttpxAiohttpClient(timeout=TIMEOUT, limits=LIMITS, follow_redirects=False)
    return ZaloBotChannel(ZaloBotApi(http, settings.zalo_bot_api_url, settings.zalo_bot_token.get_secret_value()))


async def run_zalobot(settings: Settings, channel: Channel, accept: Accept) -> None:
    """Fetch updates until cancelled; or tell the platform once where to push them."""
    assert isinstance(channel, ZaloBotChannel)
    polling = settings.zalo_bot_mode == "polling"
    hook = {"url": settings.base_url + PATH, "secret_token": settings.zalo_bot_webhook_secret.get_secret_value()}
    pause, ready = FIRST_PAUSE, False
    while True:
        try:
            if not ready:
                await channel.api.call(*(("deleteWebhook", {}) if polling else ("setWebhook", hook)))
                ready = True
            if not polling:
                await asyncio.Event().wait()
            update = await channel.api.call("getUpdates", {"timeout": HOLD})
        except SendError as error:
            if error.code != str(NOTHING_NEW):
                log.warning("zalobot.call_failed", code=error.code, error=error.key)
                await asyncio.sleep(error.retry_after if isinstance(error, Throttled) else pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            continue
        pause = FIRST_PAUSE
        for each in update if isinstance(update, list) else [update]:
            if isinstance(each, dict):
                await _take(each, accept)


async def _take(update: dict[str, Any], accept: Accept) -> None:
    """Hand an update on. The platform will not tell it again, so it is kept until it has been written down."""
    payload = json.dumps(update, ensure_ascii=False)
    arrival = Arrival(event_id(update, payload), payload)
    pause = FIRST_PAUSE
    while True:
        try:
            return await accept(NAME, arrival)
        except Exception as error:
            log.error("zalobot.update_not_accepted", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def event_id(event: Mapping[str, Any], payload: str) -> str:
    """Unique within the bot: chat, sender, kind of event and id of the message."""
    message = _object(event.get("message"))
    chat, sender = _object(message.get("chat")).get("id"), _object(message.get("from")).get("id")
    parts = [chat, sender, event.get("event_name"), message.get("message_id")]
    if all(isinstance(part, str | int) and _ID.fullmatch(str(part)) for part in parts):
        whole = "~".join(map(str, parts))
        if len(whole) <= 200:
            return whole
    return f"x:{hmac.new(b'zalobot', payload.encode('utf-8', 'backslashreplace'), 'sha256').hexdigest()}"


def _event(payload: str) -> dict[str, Any]:
    """The event; it comes bare or inside ``result``. Raises ValueError."""
    try:
        data = json.loads(payload)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError("an event must be an object")
    inner = data.get("result")
    return inner if isinstance(inner, dict) else data


def _moment(milliseconds: object) -> datetime:
    count = int(str(milliseconds))
    if not 0 < count < 4_102_444_800_000:
        raise ValueError("date out of range")
    return datetime.fromtimestamp(count / 1000, UTC)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
