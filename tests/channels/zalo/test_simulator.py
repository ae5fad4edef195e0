"""The simulator itself: it must refuse what Zalo refuses, or tests that pass against it prove nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels.base import MalformedUpdate, WrongSignature
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.webhook import ZaloWebhook
from handlers.messages import Choice, Kind, Message, Reply
from simulators.zalo import Person, ZaloSimulator
from tests.conftest import TestClock

SEND = "/v3.0/oa/message/cs"


@pytest.fixture
async def lan(zalo: ZaloSimulator) -> Person:
    person = zalo.person("Lan")
    await person.follows()
    return person


async def post(zalo: ZaloSimulator, path: str, body: Any, token: str | None = None) -> dict[str, Any]:
    headers = {"access_token": zalo.grants.access if token is None else token}
    async with (
        aiohttp.ClientSession() as http,
        http.post(zalo.api_url + path, json=body, headers=headers) as answer,
    ):
        assert answer.status == 200
        assert answer.headers["X-RateLimit-Limit"] == str(zalo.calls_per_minute)
        return dict(await answer.json())


def text(user_id: str, words: Any, *buttons: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"text": words}
    if buttons:
        message["attachment"] = {"type": "template", "payload": {"buttons": list(buttons)}}
    return {"recipient": {"user_id": user_id}, "message": message}


HIDE = {"title": "a", "type": "oa.query.hide", "payload": "#a"}

REFUSED: list[tuple[Any, int]] = [
    (["not an object"], -201),
    ({"message": {"text": "a"}}, -201),
    ({"recipient": {"user_id": "LAN"}}, -201),
    (text("LAN", ""), -201),
    (text("LAN", 7), -201),
    (text("2000000000000777777", "a"), -201),
    (text("LAN", "a" * 2001), -210),
    (text("LAN", "👋" * 1001), -210),
    (text("LAN", "a", *[HIDE] * 6), -210),
    (text("LAN", "a", HIDE | {"payload": "x" * 1001}), -210),
    (text("LAN", "a", HIDE | {"title": "x" * 101}), -210),
    (text("LAN", "a", HIDE | {"title": " "}), -201),
    (text("LAN", "a", HIDE | {"type": "oa.fly"}), -201),
    (text("LAN", "a", {"title": "a", "type": "oa.open.phone", "payload": "115"}), -201),
    (text("LAN", "a", {"title": "a", "type": "oa.open.phone", "payload": {"phone_code": "+84"}}), -201),
]


@pytest.mark.parametrize(("body", "code"), REFUSED)
async def test_refused_bodies(zalo: ZaloSimulator, lan: Person, body: Any, code: int) -> None:
    if isinstance(body, dict) and body.get("recipient", {}).get("user_id") == "LAN":
        body = {**body, "recipient": {"user_id": lan.id}}
    assert (await post(zalo, SEND, body))["error"] == code
    assert lan.messages == []


async def test_an_accepted_body(zalo: ZaloSimulator, lan: Person) -> None:
    answer = await post(zalo, SEND, text(lan.id, "a" * 2000, *[HIDE] * 5))
    assert answer["error"] == 0
    assert answer["data"]["user_id"] == lan.id
    assert answer["data"]["quota"] == {"quota_type": "reply"}
    assert len(answer["data"]["message_id"]) == 20


async def test_the_window(zalo: ZaloSimulator, lan: Person, clock: TestClock) -> None:
    clock.move(timedelta(hours=48, seconds=1))
    zalo.grants.consent()
    assert "quota" not in (await post(zalo, SEND, text(lan.id, "a")))["data"], "billed"
    clock.move(timedelta(days=5))
    zalo.grants.consent()
    assert (await post(zalo, SEND, text(lan.id, "a")))["error"] == -230
    assert (await post(zalo, SEND, text(zalo.person("Mới").id, "a")))["error"] == -232


async def test_old_endpoints_are_shut(zalo: ZaloSimulator, lan: Person) -> None:
    assert (await post(zalo, "/v2.0/oa/message", text(lan.id, "a")))["error"] == -240
    assert (await post(zalo, "/v3.0/oa/message/promotion", text(lan.id, "a")))["error"] == -233


async def test_tokens_end(zalo: ZaloSimulator, lan: Person, clock: TestClock) -> None:
    old, _ = zalo.grants.access, zalo.grants.consent()
    assert (await post(zalo, SEND, text(lan.id, "a"), old))["error"] == -220
    assert (await post(zalo, SEND, text(lan.id, "a"), "never heard of"))["error"] == -216
    clock.move(timedelta(hours=25))
    assert (await post(zalo, SEND, text(lan.id, "a")))["error"] == -220


async def test_calls_are_counted_by_the_minute(zalo: ZaloSimulator, lan: Person, clock: TestClock) -> None:
    zalo.calls_per_minute = 2
    codes = [(await post(zalo, SEND, text(lan.id, "a")))["error"] for _ in range(3)]
    assert codes == [0, 0, -32]
    clock.move(timedelta(minutes=1))
    assert (await post(zalo, SEND, text(lan.id, "a")))["error"] == 0


# -- webhooks


class Receiver:
    """The far end of the webhook, as the web layer does it: check, write down, 200."""

    def __init__(self, zalo: ZaloSimulator, channel: ZaloChannel) -> None:
        self.hook = ZaloWebhook(zalo.app_id, zalo.webhooks.oa_secret)
        self.channel = channel
        self.ids: list[str] = []
        self.messages: list[Message | None] = []
        self.dropped: list[str] = []
        self.retries: list[str | None] = []
        self.status = 200
        self.fails = 0
        """How many requests are answered 500 first."""

    async def receive(self, request: web.Request) -> web.Response:
        self.retries.append(request.headers.get("num_retry"))
        if self.fails:
            self.fails -= 1
            return web.Response(status=500)
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            arrival = self.hook.receive(headers, await request.read())
        except (WrongSignature, MalformedUpdate) as error:
            self.dropped.append(type(error).__name__)
            return web.Response()
        if arrival is not None and arrival.external_id not in self.ids:
            self.ids.append(arrival.external_id)
            message = self.channel.translate(arrival.payload)
            self.messages.append(message)
            if message is not None and message.kind is Kind.TEXT:
                await self.channel.send(message.address, Reply(f"«{message.text}»", (Choice("Tiếp", "more:1"),)))
        return web.Response()

    @property
    def kinds(self) -> list[Kind]:
        return [message.kind for message in self.messages if message is not None]


@pytest.fixture
async def receiver(zalo: ZaloSimulator, channel: ZaloChannel) -> Any:
    receiver = Receiver(zalo, channel)
    app = web.Application()
    app.router.add_post("/webhooks/zalo", receiver.receive)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    zalo.webhooks.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/zalo"
    yield receiver
    await zalo.webhooks.close()
    await runner.cleanup()


async def test_a_conversation(zalo: ZaloSimulator, receiver: Receiver) -> None:
    assert await zalo.webhooks.probe() == 200
    lan = zalo.person("Lan")
    await lan.follows()
    assert (await lan.asks("nấm lạ")).text == "«nấm lạ»"
    await lan.taps("Tiếp")
    await lan.sends_image()
    await lan.shares_info("Lan", "84900000001")
    await zalo.webhooks.settled()
    await lan.reads()
    await lan.hears_staff("Chào chị")
    await lan.unfollows()
    assert [kind for kind in receiver.kinds if kind is not Kind.RECEIPT] == [
        Kind.FOLLOWED,
        Kind.TEXT,
        Kind.CHOICE,
        Kind.MEDIA,
        Kind.CONTACT,
        Kind.UNFOLLOWED,
    ]
    receipts = [message.receipt for message in receiver.messages if message is not None and message.receipt]
    assert [(receipt.provider_ids, receipt.seen, receipt.echo) for receipt in receipts] == [
        ((lan.messages[0].id,), False, lan.messages[0].text),
        ((lan.messages[0].id,), False, ""),
        ((lan.messages[0].id,), True, ""),
    ]
    assert receiver.dropped == []


@pytest.mark.parametrize("switch", ["twice", "escaped", "as_numbers", "without_ids"])
async def test_odd_deliveries(zalo: ZaloSimulator, receiver: Receiver, switch: str) -> None:
    setattr(zalo.webhooks, switch, True)
    lan = zalo.person("Lan")
    await lan.says("Xin chào 👋")
    assert [bubble.text for bubble in await lan.sees()] == ["«Xin chào 👋»"]
    await zalo.webhooks.settled()
    assert receiver.kinds.count(Kind.TEXT) == 1
    assert receiver.dropped == []
    assert {str(message.address) for message in receiver.messages if message} == {lan.address}


async def test_forged_and_sample_events_are_dropped(zalo: ZaloSimulator, receiver: Receiver) -> None:
    lan = zalo.person("Lan")
    zalo.webhooks.wrong_mac = True
    await lan.says("giả")
    assert receiver.dropped == ["WrongSignature"]
    assert zalo.webhooks.pushes[-1].arrived
    zalo.webhooks.wrong_mac = False
    zalo.webhooks.oa_secret = "reset in the console"
    await lan.says("thật")
    assert receiver.dropped == ["WrongSignature"] * 2
    assert receiver.ids == []


async def test_retries_until_it_arrives(zalo: ZaloSimulator, receiver: Receiver) -> None:
    receiver.fails = 2
    lan = zalo.person("Lan")
    await lan.follows()
    await zalo.webhooks.settled()
    assert receiver.retries == [None, "1", "2"]
    assert receiver.kinds == [Kind.FOLLOWED]
    assert not zalo.webhooks.disabled


async def test_given_up_after_the_last_retry(zalo: ZaloSimulator, receiver: Receiver) -> None:
    zalo.webhooks.pace = 1e-6
    receiver.fails = 99
    lan = zalo.person("Lan")
    await lan.follows()
    await zalo.webhooks.settled()
    assert len(receiver.retries) == 6
    assert zalo.webhooks.disabled
    await lan.says("a lô")
    assert len(receiver.retries) == 6


async def test_the_documented_mode_retries_only_when_nobody_listens(zalo: ZaloSimulator, receiver: Receiver) -> None:
    zalo.webhooks.connect_only = True
    receiver.fails = 1
    lan = zalo.person("Lan")
    await lan.follows()
    await zalo.webhooks.settled()
    assert receiver.retries == [None]


async def test_events_switched_off_in_the_console(zalo: ZaloSimulator, receiver: Receiver) -> None:
    zalo.webhooks.switched_off |= {"follow", "oa_send_text", "user_received_message"}
    lan = zalo.person("Lan")
    await lan.follows()
    await lan.asks("còn ai không")
    await zalo.webhooks.settled()
    assert receiver.kinds == [Kind.TEXT]
