"""What the webhook lets in: only what Zalo signed, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given as any_given
from hypothesis import settings
from hypothesis import strategies as st

from bot.channels.base import Arrival, MalformedUpdate, WrongSignature
from bot.channels.zalo.calls import proof
from bot.channels.zalo.signature import signature
from bot.channels.zalo.webhook import LONGEST_BODY, ZaloWebhook, verification_page

APP, SECRET = "1000000000000000001", "oaSecretExample0001"
BODY = (
    '{"event_name":"user_send_text","app_id":"1000000000000000001","sender":{"id":"2000000000000000002"},'
    '"recipient":{"id":"3000000000000000003"},"message":{"text":"%s","msg_id":"0123456789abcdef0123"},'
    '"timestamp":"1760000000000","user_id_by_app":"4000000000000000004"}'
)
VECTORS = {
    "ascii": ("hello", 267, "3d17507cd586839a7e44fa8bc188a6c45a1b8a95507bc3c8b893b34b684d4758"),
    "vietnamese and emoji": ("Xin chào 👋", 276, "0bb99ed1fe095f6c109511f6018008664ebfa7b033bf10c11902c287e8fd8bf0"),
}
HELLO = (BODY % "hello").encode()
MAC = VECTORS["ascii"][2]
ID = "user_send_text:0123456789abcdef0123"


@pytest.fixture
def hook() -> ZaloWebhook:
    return ZaloWebhook(APP, SECRET)


@pytest.mark.parametrize("vector", VECTORS)
def test_vectors(hook: ZaloWebhook, vector: str) -> None:
    text, size, mac = VECTORS[vector]
    body = (BODY % text).encode()
    assert len(body) == size
    assert signature(APP, body, "1760000000000", SECRET) == mac
    assert hook.receive({"x-zevent-signature": f"mac={mac}"}, body) == Arrival(ID, body.decode())


def test_proof_vector() -> None:
    expected = "aad5f44bdb4811df2add9be87afe5481ecf1b2b6e038ef24b64883dcf9fd0191"
    assert proof("appSecretExample01", "accessTokenExample01") == expected


@pytest.mark.parametrize("header", [MAC, f"MAC={MAC.upper()}", f" mac={MAC} "])
def test_ways_to_write_the_header(hook: ZaloWebhook, header: str) -> None:
    assert hook.receive({"x-zevent-signature": header}, HELLO) is not None


@pytest.mark.parametrize("given", [None, "", "mac=", f"mac={MAC[:-1]}9", "mac=é", f"mac={MAC}{MAC}", f"sha256={MAC}"])
def test_wrong_signatures(hook: ZaloWebhook, given: str | None) -> None:
    with pytest.raises(WrongSignature):
        hook.receive({} if given is None else {"x-zevent-signature": given}, HELLO)


def test_one_changed_byte_or_another_secret(hook: ZaloWebhook) -> None:
    headers = {"x-zevent-signature": f"mac={MAC}"}
    for body in (HELLO.replace(b"hello", b"hallo"), HELLO + b" ", json.dumps(json.loads(HELLO)).encode()):
        with pytest.raises(WrongSignature):
            hook.receive(headers, body)
    with pytest.raises(WrongSignature):
        ZaloWebhook(APP, "the application's secret").receive(headers, HELLO)


def test_timestamp_as_a_number_or_only_in_the_header(hook: ZaloWebhook) -> None:
    number = HELLO.replace(b'"1760000000000"', b"1760000000000")
    mac = signature(APP, number, "1760000000000", SECRET)
    assert hook.receive({"x-zevent-signature": mac}, number) is not None
    without = HELLO.replace(b'"timestamp":"1760000000000",', b"")
    mac = signature(APP, without, "1760000000000", SECRET)
    assert hook.receive({"x-zevent-signature": mac, "x-zevent-timestamp": "1760000000000"}, without) is not None
    with pytest.raises(MalformedUpdate):
        hook.receive({"x-zevent-signature": mac}, without)


def test_unknown_events_are_let_in(hook: ZaloWebhook) -> None:
    body = b'{"event_name":"of_tomorrow","timestamp":"1"}'
    arrival = hook.receive({"x-zevent-signature": signature(APP, body, "1", SECRET)}, body)
    assert arrival is not None
    assert arrival.external_id.startswith("of_tomorrow:")


@pytest.mark.parametrize("body", [b"{}", b" {} \n"])
def test_the_probe_of_the_console(hook: ZaloWebhook, body: bytes) -> None:
    assert hook.receive({}, body) is None


HOSTILE = {
    "empty": b"",
    "not utf-8": b'{"timestamp":"1","event_name":"\xff"}',
    "not json": b"event_name=user_send_text",
    "array": b"[]",
    "text": b'"x"',
    "number": b"1",
    "nested": b"[" * 200_000,
    "long number": b'{"timestamp":' + b"9" * 5000 + b"}",
    "too large": b" " * LONGEST_BODY + b"{}",
    "control character": b'{"timestamp":"1","x":"\x00"}',
}


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_bodies(hook: ZaloWebhook, body: str) -> None:
    with pytest.raises(MalformedUpdate):
        hook.receive({"x-zevent-signature": f"mac={MAC}"}, HOSTILE[body])


def test_the_reason_of_a_refusal_tells_nothing_of_the_content(hook: ZaloWebhook) -> None:
    for body in (b'{"text": "An 0900000001 \xff', b'{"text": "0900000001"'):
        with pytest.raises(MalformedUpdate) as caught:
            hook.receive({}, body)
        assert str(caught.value) in ("UnicodeDecodeError", "JSONDecodeError")


@settings(max_examples=200, deadline=None)
@any_given(st.binary(max_size=60), st.text(max_size=80))
def test_anything_else_is_refused(body: bytes, header: str) -> None:
    with pytest.raises((MalformedUpdate, WrongSignature)):
        ZaloWebhook(APP, SECRET).receive({"x-zevent-signature": header}, b"x" + body)


def test_domain_verification() -> None:
    page = verification_page('K"9<x>')
    assert '<meta name="zalo-platform-site-verification" content="K&quot;9&lt;x&gt;" />' in page


def test_every_stored_event_passes_when_signed(hook: ZaloWebhook) -> None:
    for path in (Path(__file__).parent / "events").glob("*.json"):
        body = path.read_bytes()
        mac = signature(APP, body, str(json.loads(body)["timestamp"]), SECRET)
        assert hook.receive({"x-zevent-signature": f"mac={mac}"}, body) is not None


def test_strangers_who_do_not_sign_say_nothing_about_the_secret(hook: ZaloWebhook) -> None:
    for _ in range(10):
        with pytest.raises(WrongSignature, match="unsigned"):
            hook.receive({}, HELLO)
    assert not hook.signatures.suspicious
    for _ in range(3):
        with pytest.raises(WrongSignature, match="does_not_fit"):
            hook.receive({"x-zevent-signature": f"mac={MAC[::-1]}"}, HELLO)
    assert hook.signatures.suspicious
    hook.receive({"x-zevent-signature": f"mac={MAC}"}, HELLO)
    assert not hook.signatures.suspicious


def test_an_empty_secret_lets_nobody_in() -> None:
    mac = signature(APP, HELLO, "1760000000000", "")
    with pytest.raises(WrongSignature, match="no_secret"):
        ZaloWebhook(APP, "").receive({"x-zevent-signature": mac}, HELLO)


def test_the_likeliest_reason_is_named() -> None:
    hook = ZaloWebhook(APP, "something else", app_secret=SECRET)
    with pytest.raises(WrongSignature, match="secrets_swapped"):
        hook.receive({"x-zevent-signature": MAC}, HELLO)
    with pytest.raises(WrongSignature, match="other_app"):
        ZaloWebhook("1000000000000000009", SECRET).receive({"x-zevent-signature": MAC}, HELLO)
