"""What strangers and faults may push at the webhooks: refused or ignored, nothing stored, no 500, no trace."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from sqlmodel import func, select

from storage.updates import InboundUpdate, UpdateState
from tests.platforms.conftest import WEBHOOK_SECRET, World
from tests.platforms.test_three_jobs import PATIENCE

TELEGRAM = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET, "Content-Type": "application/json"}

BODIES: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("not JSON", b"hello"),
    ("a list", b"[]"),
    ("a number", b"7"),
    ("half", b'{"update_id": 1, "message": {'),
    ("not UTF-8", b"\xff\xfe{}"),
    ("deep", b'{"a":' * 5000 + b"1" + b"}" * 5000),
    ("wrong types", b'{"update_id": "one", "event_name": 7}'),
    ("no id", b'{"message": {"text": "hi"}}'),
]


async def _push(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.post(url, data=BytesIO(body), headers=headers) as answer:
        return answer.status, await answer.text()


async def _stored(world: World, *states: UpdateState) -> int:
    query = select(func.count()).select_from(InboundUpdate)
    if states:
        query = query.where(InboundUpdate.state.in_(states))  # type: ignore[attr-defined]
    async with world.loa.db.reading() as db:
        return (await db.exec(query)).one()


def _signed(world: World, event: dict[str, Any] | bytes) -> tuple[bytes, dict[str, str]]:
    body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
    try:
        moment = str(json.loads(body)["timestamp"])
    except (ValueError, KeyError, TypeError, RecursionError):
        moment = ""
    text = world.zalo.app_id.encode() + body + moment.encode() + world.zalo.webhooks.oa_secret.encode()
    return body, {"X-ZEvent-Signature": f"mac={hashlib.sha256(text).hexdigest()}", "Content-Type": "application/json"}


@pytest.mark.parametrize(("_name", "body"), BODIES, ids=[name for name, _ in BODIES])
async def test_a_malformed_body_is_no_500_and_leaves_nothing(world: World, _name: str, body: bytes) -> None:
    status, text = await _push(f"{world.url}/webhooks/telegram", body, TELEGRAM)
    assert status == 400, text
    assert "Traceback" not in text
    signed, headers = _signed(world, body)
    status, text = await _push(f"{world.url}/webhooks/zalo", signed, headers)
    assert status == 200
    assert await _stored(world) == 0


async def test_an_oversized_body_is_refused_before_it_is_read_whole(world: World) -> None:
    body = b'{"update_id": 1, "pad": "' + b"x" * (3 * 1024 * 1024) + b'"}'
    status, _ = await _push(f"{world.url}/webhooks/telegram", body, TELEGRAM)
    assert status == 413
    status, _ = await _push(f"{world.url}/webhooks/zalo", *_signed(world, body))
    assert status == 200
    assert await _stored(world) == 0


async def test_a_wrong_secret_or_signature_stores_nothing(world: World) -> None:
    update = json.dumps({"update_id": 5}).encode()
    for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}, {"X-Telegram-Bot-Api-Secret-Token": "é"}):
        status, _ = await _push(f"{world.url}/webhooks/telegram", update, headers)
        assert status == 401
    body, headers = _signed(world, {"event_name": "follow", "timestamp": "1"})
    status, _ = await _push(f"{world.url}/webhooks/zalo", body + b" ", headers)
    assert status == 200
    assert await _stored(world) == 0


async def test_an_update_of_the_wrong_shape_is_kept_for_a_look_and_answers_nobody(world: World) -> None:
    status, _ = await _push(f"{world.url}/webhooks/telegram", b'{"update_id": 1, "message": "\\u0000"}', TELEGRAM)
    assert status == 200
    await world.settle()
    assert await _stored(world, UpdateState.FAILED) == 1
    assert not world.telegram.calls


async def test_unknown_events_are_taken_and_ignored(world: World) -> None:
    update = {"update_id": 9, "chat_boost": {"chat": {"id": 1}}}
    status, _ = await _push(f"{world.url}/webhooks/telegram", json.dumps(update).encode(), TELEGRAM)
    assert status == 200
    event = {
        "event_name": "user_dreams",
        "app_id": world.zalo.app_id,
        "sender": {"id": "1"},
        "recipient": {"id": world.zalo.oa_id},
        "timestamp": "1731283200000",
    }
    status, _ = await _push(f"{world.url}/webhooks/zalo", *_signed(world, event))
    assert status == 200
    await world.settle()
    assert await _stored(world, UpdateState.FAILED, UpdateState.RECEIVED) == 0


async def test_the_same_update_twice_is_answered_once(world: World) -> None:
    lan = world.zalo.person("Lan")
    await lan.follows()
    await world.settle()
    event = {
        "event_name": "user_send_text",
        "app_id": world.zalo.app_id,
        "sender": {"id": lan.id},
        "user_id_by_app": "9",
        "recipient": {"id": world.zalo.oa_id},
        "message": {"text": "rượu ngâm lá ngón uống được không", "msg_id": "0123456789abcdef0123"},
        "timestamp": str(int(world.loa.clock.now().timestamp() * 1000)),
    }
    for _ in range(5):
        status, _ = await _push(f"{world.url}/webhooks/zalo", *_signed(world, event))
        assert status == 200
    await world.settle()
    stored, before = await _stored(world), len(lan.messages)
    assert before == 2
    await _push(f"{world.url}/webhooks/zalo", *_signed(world, event))
    await world.settle()
    assert (await _stored(world), len(lan.messages)) == (stored, before)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "😀🔥🍄",
        "\u202e\u200b\u0007\u0000 a",
        "<script>alert(1)</script> **đậm** _x_ [a](b)",
        "a\u0306n na\u0302\u0301m rừng",  # decomposed
        "#ack:999999",
        "/nothing",
        "'; DROP TABLE account; --",
    ],
    ids=["10000 characters", "emoji", "control", "markup", "NFD", "forged choice", "unknown command", "SQL"],
)
async def test_odd_text_gets_an_answer_a_person_can_use(world: World, text: str) -> None:
    an, lan = world.telegram.person(11, "<b>An</b>"), world.zalo.person("Lan </b>")
    await an.says(text)
    await lan.says(text)
    await an.sees(1, PATIENCE)
    await lan.sees(1, PATIENCE)
    await world.settle()
    for said in (an.messages[-1], lan.messages[-1]):
        assert "Traceback" not in said.text
        assert len(said.text) > 10
    assert await _stored(world, UpdateState.FAILED) == 0


async def test_five_taps_at_once_are_five_turns_in_order_and_an_old_button_harms_nothing(world: World) -> None:
    an = world.telegram.person(12, "An")
    await an.starts()
    await an.sees(1, PATIENCE)
    await an.forges_tap("form:gone:send")
    for label in an.messages[0].labels[:1] * 5:
        await an.taps(label)
    await world.settle()
    await an.sees(2, PATIENCE)
    await world.settle()
    assert await _stored(world, UpdateState.FAILED, UpdateState.RECEIVED) == 0
