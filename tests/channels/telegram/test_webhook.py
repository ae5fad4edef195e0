"""Pushed updates: what is let in, and telling Telegram where to push."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import structlog
from aiogram.methods import SetWebhook
from aiohttp import web

from bot.channels.base import Arrival, MalformedUpdate, WrongSignature
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.pauses import Pauses
from bot.channels.telegram.updates import WANTED
from bot.channels.telegram.webhook import (
    LARGEST_UPDATE,
    PATH,
    SECRET_HEADER,
    TelegramWebhook,
    keep_webhook,
    register_webhook,
)
from bot.errors import BadCredentials, Rejected
from simulators.telegram import Person, TelegramSimulator, bad_gateway, dropped, refused, throttled
from tests.channels.telegram.test_updates import INCOMING

SECRET = "wh-secret_0123456789"
SIGNED = {SECRET_HEADER: SECRET, "content-type": "application/json"}


@pytest.fixture
def webhook() -> TelegramWebhook:
    return TelegramWebhook(SECRET)


@pytest.mark.parametrize("path", sorted(INCOMING.glob("*.json")), ids=lambda path: path.stem)
def test_every_update_is_let_in_as_it_came(webhook: TelegramWebhook, path: Path) -> None:
    body = path.read_bytes()
    arrival = webhook.receive(SIGNED, body)
    assert arrival == Arrival(str(json.loads(body)["update_id"]), body.decode())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SECRET_HEADER: ""},
        {SECRET_HEADER: SECRET[:-1]},
        {SECRET_HEADER: SECRET + " "},
        {SECRET_HEADER: SECRET.upper()},
        {SECRET_HEADER: "mật khẩu"},
        {SECRET_HEADER: "\udcff"},
        {"authorization": SECRET},
    ],
)
def test_nobody_else_is_let_in(webhook: TelegramWebhook, headers: dict[str, str]) -> None:
    with pytest.raises(WrongSignature) as refusal:
        webhook.receive(headers, b'{"update_id": 1}')
    assert SECRET[:-1] not in str(refusal.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": 1.5}',
        b'{"update_id": true}',
        b'{"update_id": null}',
        b"[" * 100_000,
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b'{"update_id": 1, "x": "' + b"x" * LARGEST_UPDATE + b'"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_update_is_refused(webhook: TelegramWebhook, body: bytes) -> None:
    with pytest.raises(MalformedUpdate):
        webhook.receive(SIGNED, body)


def test_the_secret_is_looked_at_before_the_body(webhook: TelegramWebhook) -> None:
    with pytest.raises(WrongSignature):
        webhook.receive({}, b"nonsense")


@pytest.mark.parametrize("secret", ["", "có dấu", "dấu cách ", "x" * 257, "a.b"])
def test_a_secret_telegram_would_not_take_is_refused_at_once(secret: str) -> None:
    with pytest.raises(ValueError, match="webhook secret"):
        TelegramWebhook(secret)


class Door:
    """A web server of ours, as small as can be."""

    def __init__(self) -> None:
        self.url = ""
        self.arrivals: list[Arrival] = []
        self.statuses: list[int] = []
        """What to answer first instead of taking the update."""

    async def enter(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self.arrivals.append(TelegramWebhook(SECRET).receive(headers, body))
        except WrongSignature:
            return web.Response(status=401)
        return web.Response()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    app = web.Application()
    app.router.add_post(PATH, door.enter)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield door
    await runner.cleanup()


async def test_updates_are_pushed_with_the_secret(
    telegram: TelegramSimulator, channel: TelegramChannel, an: Person, door: Door
) -> None:
    await register_webhook(channel.api, door.url + "/", SECRET)
    assert telegram.webhook.url == door.url + PATH
    assert telegram.allowed == WANTED
    await an.says("cháy pin")
    await telegram.taken()
    [arrival] = door.arrivals
    message = channel.translate(arrival.payload)
    assert message is not None
    assert message.text == "cháy pin"


async def test_what_was_not_taken_is_pushed_again(
    telegram: TelegramSimulator, channel: TelegramChannel, an: Person, door: Door
) -> None:
    door.statuses = [500, 503]
    await register_webhook(channel.api, door.url, SECRET)
    await an.says("một")
    await an.says("hai")
    await telegram.taken()
    assert telegram.webhook.answers == [500, 503, 200, 200]
    assert [json.loads(arrival.payload)["message"]["text"] for arrival in door.arrivals] == ["một", "hai"]


async def test_registering_is_tried_until_telegram_can_be_reached(
    telegram: TelegramSimulator, channel: TelegramChannel, door: Door
) -> None:
    for fault in (bad_gateway(), dropped(), throttled(1)):
        telegram.fail("setWebhook", fault)
    async with asyncio.timeout(30):
        await register_webhook(channel.api, door.url, SECRET, Pauses(0.01, 0.02))
    assert len(telegram.called(SetWebhook)) == 4
    assert telegram.webhook.url == door.url + PATH


async def test_registering_ends_when_telegram_refuses(telegram: TelegramSimulator, channel: TelegramChannel) -> None:
    with pytest.raises(Rejected, match="HTTPS"):
        await register_webhook(channel.api, "http://example.vn", SECRET)
    telegram.fail("setWebhook", refused(401, "Unauthorized"))
    with pytest.raises(BadCredentials):
        await register_webhook(channel.api, "https://example.vn", SECRET)


async def test_a_webhook_is_looked_after(
    telegram: TelegramSimulator, channel: TelegramChannel, an: Person, door: Door
) -> None:
    door.statuses = [500] * 3
    with structlog.testing.capture_logs() as events:
        keeping = asyncio.create_task(keep_webhook(channel.api, door.url, SECRET, Pauses(0.01), every=0.02))
        await until(lambda: telegram.webhook.url == door.url + PATH)
        await an.says("một")
        await telegram.taken()
        telegram.fail("getWebhookInfo", bad_gateway())
        telegram.set_webhook("", "", None)
        await an.says("hai")
        await until(lambda: len(door.arrivals) == 2)
        assert not keeping.done()
        keeping.cancel()
    assert {"event": "telegram.webhook_changed", "log_level": "warning"} in events
    [failing, *_] = [event for event in events if event["event"] == "telegram.webhook_failing"]
    assert (failing["waiting"], failing["reason"]) == (1, "Wrong response from the webhook: 500")


async def until(true: Callable[[], bool], within: float = 3.0) -> None:
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.005)
