"""The page over HTTP: what it takes, what it refuses, and every fault of the panel."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from bot.simulate.faults import Fault
from bot.simulate.phones import Phone
from tests.simulate.conftest import Running

HEADERS = {"X-Requested-With": "fetch"}
TOKENS = "/v4/oa/access_token"
FAULTS = [
    "clock_skew",
    "telegram_latency",
    "telegram_500",
    "telegram_html",
    "telegram_dropped",
    "telegram_lost",
    "telegram_429",
    "telegram_token",
    "telegram_secret",
    "telegram_twice",
    "telegram_late",
    "telegram_swapped",
    "zalo_latency",
    "zalo_503",
    "zalo_html",
    "zalo_dropped",
    "zalo_lost",
    "zalo_limit",
    "zalo_expired",
    "zalo_reused",
    "zalo_mac",
    "zalo_twice",
    "zalo_late",
    "zalo_swapped",
]


def _post(running: Running, path: str, **fields: object) -> int:
    return httpx.post(f"{running.base}/simulate/{path}", data=fields, headers=HEADERS, timeout=20).status_code


def _new(running: Running, platform: str) -> Phone:
    answer = httpx.post(
        f"{running.base}/simulate/people", data={"platform": platform, "name": " Bà  Năm "}, headers=HEADERS
    )
    assert answer.status_code == 200
    phone = running.rig.phones.pop(answer.json()["id"])  # not for good: there is room for a dozen
    running.rig.phones[phone.id] = phone
    return phone


def _wait(phone: Phone, lines: int) -> list[dict[str, Any]]:
    """Loa's lines on the phone, once there are so many."""
    until = time.monotonic() + 20
    while True:
        seen = [line for line in phone.picture()["lines"] if not line["mine"]]
        if len(seen) >= lines or time.monotonic() > until:
            assert len(seen) >= lines, phone.picture()
            return seen
        time.sleep(0.05)


def _text(line: dict[str, Any]) -> str:
    return "".join(text for text, _ in line["runs"])


def test_there_is_a_label_for_every_fault_and_a_test_knows_them_all(running: Running) -> None:
    assert list(running.rig.faults.faults) == FAULTS
    page = httpx.get(f"{running.base}/simulate").text
    for fault in running.rig.faults.faults.values():
        assert f'name="{fault.name}"' in page


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_set_read_back_and_cleared(running: Running, name: str) -> None:
    fault: Fault = running.rig.faults.faults[name]
    assert _post(running, "fault", name=name, value="1" if fault.kind == "switch" else "2") == 204
    assert fault.read() == (True if fault.kind == "switch" else 2)
    assert [each for each, value in running.rig.faults.values().items() if value] == [name]
    assert _post(running, "calm") == 204
    assert not any(running.rig.faults.values().values())


def test_one_outcome_of_sending_replaces_the_other(running: Running) -> None:
    for name in ("telegram_500", "telegram_lost"):
        assert _post(running, "fault", name=name, value="1") == 204
    assert [name for name, value in running.rig.faults.values().items() if value] == ["telegram_lost"]


@pytest.mark.parametrize("platform", ["zalo", "telegram"])
def test_somebody_new_talks_taps_and_sends_things(running: Running, platform: str) -> None:
    phone = _new(running, platform)
    assert phone.name == "Bà Năm"
    assert _post(running, "say", phone=phone.id, text="sạc xe điện qua đêm có sao không") == 204
    answered = _wait(phone, 1)
    assert "Nguồn:" in "".join(map(_text, answered))
    assert phone.picture()["unread"] == len(answered)
    _post(running, "look", phone=phone.id)
    assert phone.picture()["unread"] == 0
    number = next(number for number, line in enumerate(answered) if line["buttons"])
    assert _post(running, "tap", phone=phone.id, bubble=number, button=len(answered[number]["buttons"]) - 1) == 204
    seen = len(_wait(phone, len(answered) + 1))
    assert _post(running, "do", phone=phone.id, action="sticker") == 204
    _wait(phone, seen + 1)
    del running.rig.phones[phone.id]


@pytest.mark.parametrize("platform", ["zalo", "telegram"])
def test_what_arrives_twice_and_out_of_order_is_answered_once(running: Running, platform: str) -> None:
    phone = _new(running, platform)
    _post(running, "fault", name=f"{platform}_twice", value="1")
    _post(running, "fault", name=f"{platform}_swapped", value="1")
    _post(running, "say", phone=phone.id, text="sạc xe điện qua đêm có sao không")
    _post(running, "say", phone=phone.id, text="pin xe điện bị phồng thì làm gì")
    _wait(phone, 2)
    time.sleep(0.5)
    texts = [_text(line) for line in _wait(phone, 2) if "Nguồn:" in _text(line)]
    assert len(texts) == 2, texts
    assert "ngừng sạc" in texts[0].lower(), "the second question overtook the first"
    del running.rig.phones[phone.id]


def test_a_lost_grant_is_asked_for_again_and_the_answers_come(running: Running) -> None:
    phone, asked = _new(running, "zalo"), running.rig.zalo.requests
    before = asked[TOKENS]
    _post(running, "fault", name="zalo_reused", value="1")
    _post(running, "say", phone=phone.id, text="sạc xe điện qua đêm có sao không")
    until = time.monotonic() + 20
    while asked[TOKENS] == before and time.monotonic() < until:
        time.sleep(0.05)
    assert asked[TOKENS] > before
    _post(running, "calm")
    consent = running.rig.loa.channels["zalo"].consent  # type: ignore[attr-defined]
    page = running.call(lambda: consent.begin(1, "quantri", running.rig.loa.clock.now()))
    back = httpx.get(page, follow_redirects=False)
    assert back.status_code == 302, back.text
    assert back.headers["location"].startswith(f"{running.base}/console/zalo/callback?")
    given = httpx.URL(back.headers["location"]).params
    finish = (given["code"], given["state"], given["oa_id"], 1, "quantri", running.rig.loa.clock.now())
    running.call(lambda: consent.finish(*finish))
    assert "Nguồn:" in "".join(map(_text, _wait(phone, 1)))
    del running.rig.phones[phone.id]


def test_a_line_without_an_answer_says_so_in_the_end(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.simulate.phones.WAIT", 0.0)
    phone = _new(running, "telegram")
    _post(running, "fault", name="telegram_secret", value="1")
    _post(running, "say", phone=phone.id, text="menu")
    assert phone.picture()["unanswered"]
    assert not phone.picture()["waiting"]
    _post(running, "calm")
    _wait(phone, 1)
    assert not phone.picture()["unanswered"]
    del running.rig.phones[phone.id]


def test_a_blocked_bot_and_an_unfollowed_account_show_as_unreachable(running: Running) -> None:
    for platform, leave in (("telegram", "block"), ("zalo", "unfollow")):
        phone = _new(running, platform)
        _post(running, "do", phone=phone.id, action="start" if platform == "telegram" else "follow")
        _wait(phone, 1)
        assert _post(running, "do", phone=phone.id, action=leave) == 204
        assert phone.picture()["gone"]
        assert not phone.picture()["waiting"]
        del running.rig.phones[phone.id]


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("say", {"phone": "nobody", "text": "a"}, 404),
        ("do", {"phone": "telegram-1001", "action": "fly"}, 400),
        ("tap", {"phone": "telegram-1001", "bubble": 999, "button": 0}, 400),
        ("fault", {"name": "nothing", "value": "1"}, 400),
        ("fault", {"name": "telegram_500", "value": "2"}, 400),
        ("fault", {"name": "telegram_429", "value": "-1"}, 400),
        ("fault", {"name": "clock_skew", "value": "a"}, 400),
        ("people", {"platform": "viber", "name": "A"}, 400),
        ("people", {"platform": "zalo", "name": " "}, 400),
    ],
)
def test_what_makes_no_sense_is_refused(running: Running, path: str, fields: dict[str, Any], status: int) -> None:
    assert _post(running, path, **fields) == status


def test_another_site_cannot_play_along(running: Running) -> None:
    for path in ("say", "tap", "do", "look", "people", "fault", "calm"):
        fields = {"phone": "telegram-1001", "text": "a", "bubble": "0", "button": "0", "action": "start"}
        fields |= {"platform": "zalo", "name": "a", "value": "1"}
        assert httpx.post(f"{running.base}/simulate/{path}", data=fields).status_code == 403
