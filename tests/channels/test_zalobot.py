"""The bot of Zalo's Bot Platform: a citizen served by polling and by webhook, and what may go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.app import Loa
from bot.channels import zalobot
from bot.channels.base import MalformedUpdate, WrongSignature
from bot.channels.zalobot import ZaloBotChannel, ZaloBotWebhook, run_zalobot, zalobot_channel
from bot.config import Settings
from bot.errors import BadCredentials, ChannelUnavailable, Rejected, SendError, Throttled, Unclear
from content.catalog import Catalog
from handlers.messages import Address, Choice, Kind, Reply
from nlu.understanding import Understander
from simulators.zalobot import ZaloBotSimulator
from tests.conftest import TestClock
from tests.serving import served

SECRET = "webhook-secret-of-the-tests"
EVENT: dict[str, Any] = {
    "event_name": "message.text.received",
    "message": {
        "message_id": "m1",
        "date": 1760000000000,
        "from": {"id": "u1", "display_name": "A", "is_bot": False},
        "chat": {"id": "c1", "chat_type": "PRIVATE"},
        "text": "hi",
    },
}


@pytest.fixture
async def platform(clock: TestClock) -> AsyncIterator[ZaloBotSimulator]:
    async with ZaloBotSimulator(clock) as simulator:
        yield simulator


def settings_of(platform: ZaloBotSimulator, settings: Settings, **more: str) -> Settings:
    told = {"zalo_bot_token": platform.token, "zalo_bot_api_url": platform.url, **more}
    return Settings.model_validate(settings.model_dump() | told)


@pytest.fixture
async def channel(platform: ZaloBotSimulator, settings: Settings) -> AsyncIterator[ZaloBotChannel]:
    one = zalobot_channel(settings_of(platform, settings))
    yield one
    await one.aclose()


async def heard(platform: ZaloBotSimulator, chat: str, count: int = 1) -> list[str]:
    async with asyncio.timeout(20):
        while len(platform.messages.get(chat, [])) < count:
            await asyncio.sleep(0.02)
    return platform.messages[chat]


@pytest.mark.parametrize("mode", ["polling", "webhook"])
@pytest.mark.parametrize("flat", [False, True])
async def test_a_citizen_is_answered(
    platform: ZaloBotSimulator,
    settings: Settings,
    clock: TestClock,
    catalog: Catalog,
    understander: Understander,
    mode: str,
    flat: bool,
) -> None:
    platform.flat = flat
    wanted = settings_of(platform, settings, zalo_bot_mode=mode, zalo_bot_webhook_secret=SECRET)
    async with Loa.open(wanted, clock, (), catalog, understander) as loa, served(loa) as url:
        at_home = Settings.model_validate(wanted.model_dump() | {"public_url": url})
        loa.run("zalobot", run_zalobot(at_home, loa.channels["zalobot"], loa.accept))
        while mode == "webhook" and not platform.hook:
            await asyncio.sleep(0.01)
        await platform.says("c1", "cuu voi ca nha an nam rung dang non oi")
        card = (await heard(platform, "c1"))[0]
        assert "115" in card.splitlines()[0]
        assert not any("**" in text for text in platform.messages["c1"]), "no marks where there is no bold"
        await loa.inbox.drain()
        before = len(platform.messages["c1"])
        await platform.says("c1", "", "image")
        await heard(platform, "c1", before + 1)
        if mode == "webhook":
            async with aiohttp.ClientSession() as http:
                answer = await http.post(f"{url}/webhooks/zalobot", json=EVENT)
                assert answer.status == 401
        else:
            assert platform.calls[0] == "deleteWebhook"
            assert "getUpdates" in platform.calls


def translated(channel: ZaloBotChannel, **changes: Any) -> Any:
    event = {**EVENT, **changes}
    return channel.translate(json.dumps(event))


async def test_events(channel: ZaloBotChannel) -> None:
    message = channel.translate(json.dumps({"ok": True, "result": EVENT}))
    assert message == channel.translate(json.dumps(EVENT))
    assert message is not None
    assert (str(message.address), message.kind, message.text) == ("zalobot:c1", Kind.TEXT, "hi")
    assert message.external_id == "c1~u1~message.text.received~m1"
    photo = {**EVENT["message"], "caption": "nấm này ăn được không", "photo": "https://p.example/i.jpg"}
    found = translated(channel, event_name="message.image.received", message=photo)
    assert (found.kind, found.media, found.text) == (Kind.MEDIA, "photo", "nấm này ăn được không")
    assert translated(channel, event_name="message.dance.received") is None
    group = {**EVENT["message"], "chat": {"id": "g", "chat_type": "GROUP"}}
    assert translated(channel, message=group) is None
    bot = {**EVENT["message"], "from": {"id": "b", "is_bot": True}}
    assert translated(channel, message=bot) is None
    shapes: list[dict[str, Any]] = [{"message": {}}, {"message": {**EVENT["message"], "date": "soon"}}]
    for broken in shapes:
        with pytest.raises(ValueError):
            translated(channel, **broken)


async def test_choices_are_numbered_and_long_texts_split(channel: ZaloBotChannel, platform: ZaloBotSimulator) -> None:
    await channel.send(Address("zalobot", "c1"), Reply("**Chọn**", (Choice("Một", "a"), Choice("Hai", "b"))))
    assert platform.messages["c1"] == ["Chọn\n\n1. Một\n2. Hai"]
    await channel.send(Address("zalobot", "c2"), Reply("Câu nói. " * 500))
    assert len(platform.messages["c2"]) == 3


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"ok": False, "error_code": 401, "description": "Unauthorized"}, BadCredentials),
        (200, {"ok": False, "error_code": 429, "description": "Quota exceeded"}, Throttled),
        (200, {"ok": False, "error_code": 400, "description": "Bad Request"}, Rejected),
        (502, None, ChannelUnavailable),
        (504, None, Unclear),
        (200, None, Unclear),
    ],
)
async def test_refusals(
    channel: ZaloBotChannel,
    platform: ZaloBotSimulator,
    status: int,
    body: dict[str, Any] | None,
    expected: type[SendError],
) -> None:
    platform.faults.append((status, body))
    with pytest.raises(SendError) as caught:
        await channel.send(Address("zalobot", "c1"), Reply("x"))
    assert type(caught.value) is expected
    assert platform.token not in repr(caught.value) + caught.value.reason


async def test_a_later_part_that_fails_is_not_sent_from_the_beginning(
    channel: ZaloBotChannel, platform: ZaloBotSimulator
) -> None:
    platform.faults = [None, (502, None)]
    with pytest.raises(Unclear, match="502"):
        await channel.send(Address("zalobot", "c1"), Reply("Câu nói. " * 300))
    assert len(platform.messages["c1"]) == 1


async def test_an_update_that_could_not_be_written_down_is_kept(
    channel: ZaloBotChannel, platform: ZaloBotSimulator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zalobot, "FIRST_PAUSE", 0.01)
    taken: list[str] = []
    faults = [OSError("disk full")] * 2

    async def accept(_name: str, arrival: Any) -> None:
        if faults:
            raise faults.pop()
        taken.append(arrival.external_id)

    task = asyncio.create_task(run_zalobot(settings_of(platform, settings), channel, accept))
    await platform.says("c1", "hi")
    async with asyncio.timeout(10):
        while not taken:
            await asyncio.sleep(0.01)
    task.cancel()
    assert taken == ["c1~c1~message.text.received~m1"]


def test_the_webhook_lets_in_only_what_carries_the_secret() -> None:
    body = json.dumps(EVENT).encode()
    hook = ZaloBotWebhook(SECRET)
    assert hook.receive({"x-bot-api-secret-token": SECRET}, body).external_id == "c1~u1~message.text.received~m1"
    for headers in ({}, {"x-bot-api-secret-token": "wrong"}, {"x-bot-api-secret-token": "é"}):
        with pytest.raises(WrongSignature):
            hook.receive(headers, body)
    with pytest.raises(WrongSignature):
        ZaloBotWebhook("").receive({"x-bot-api-secret-token": ""}, body)
    for broken in (b"", b"[]", b"\xff", b"[" * 100_000):
        with pytest.raises(MalformedUpdate):
            hook.receive({"x-bot-api-secret-token": SECRET}, broken)
