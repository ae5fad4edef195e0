"""Around an outage: lost answers settled by echoes, lost events read back, late ones answered with sense."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlmodel import select

from bot.channels.zalo import wire
from bot.channels.zalo.start import zalo_watch
from handlers.messages import Reply
from simulators.zalo import Fault, Person
from storage.contacts import Account, account_at
from storage.database import Database
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import Delivery, DeliveryKind, DeliveryState
from storage.templates import TemplateMessage
from tests.conftest import TestClock
from tests.platforms.conftest import World

PATIENCE = 20.0
LONG = "**Bản tin tuần 46**\n\n" + " ".join(f"Rà soát cụm loa truyền thanh thôn {number}." for number in range(120))


@pytest.fixture(params=["sqlite"])
def database_url(province: Path, tmp_path: Path) -> str:
    """What is tried here does not depend on the engine."""
    shutil.copy(province, tmp_path / "loa.db")
    return f"sqlite:///{tmp_path / 'loa.db'}"


async def queue(world: World, person: Person, text: str = LONG) -> None:
    async with world.loa.db.session() as db:
        account = await account_at(db, person.address)
        assert account is not None
        now = world.loa.clock.now()
        await queue_deliveries(
            db, [new_delivery(DeliveryKind.NOTICE, f"x:{text[:9]}", account, Reply(text).to_json(), now)]
        )
        await db.commit()


async def delivery(db: Database) -> Delivery:
    async with db.reading() as session:
        return (await session.exec(select(Delivery))).one()


@pytest.fixture
async def an(world: World) -> Person:
    person = world.zalo.person("An")
    await person.follows()
    await person.sees(1, PATIENCE)
    return person


async def test_an_echo_settles_a_message_whose_answer_was_lost(world: World, an: Person) -> None:
    await queue(world, an)
    world.zalo.webhooks.delay = 0.0
    before = len(an.messages)
    world.zalo.faults += [None, None, Fault.LOST]  # type: ignore[list-item]
    await world.settle()
    await world.zalo.webhooks.settled()
    await world.settle()
    parts = an.messages[before:]
    assert len(parts) == 3, "nothing was sent twice"
    row = await delivery(world.loa.db)
    assert row.state in (DeliveryState.SENT, DeliveryState.DELIVERED)
    assert row.provider_id == parts[-1].id, "so that receipts find it"
    assert row.error_key is None
    await an.reads()
    await world.settle()
    assert (await delivery(world.loa.db)).state is DeliveryState.SEEN


async def test_without_an_echo_it_stays_unclear(world: World, an: Person) -> None:
    world.zalo.webhooks.switched_off |= {"oa_send_text", "user_received_message"}
    await queue(world, an, "Báo cáo đã nhận, cảm ơn anh/chị.")
    world.zalo.faults.append(Fault.LOST)
    await world.settle()
    await world.zalo.webhooks.settled()
    await world.settle()
    assert (await delivery(world.loa.db)).state is DeliveryState.UNCLEAR
    assert wire.LONGEST_EXCHANGE < 45, "an exchange ends before the outbox gives up"


async def test_an_echo_of_something_else_settles_nothing(world: World, an: Person) -> None:
    world.zalo.webhooks.switched_off |= {"oa_send_text", "user_received_message"}
    await queue(world, an, "Báo cáo đã nhận, cảm ơn anh/chị.")
    world.zalo.faults.append(Fault.LOST)
    await world.settle()
    world.zalo.webhooks.switched_off.clear()
    await an.hears_staff("Báo cáo đã nhận, cảm ơn anh/chị.")
    echo = an._to_person("oa_send_text", {"text": "cảm ơn", "msg_id": "0123456789abcdef0999"})
    await world.zalo.push(echo)
    await world.settle()
    assert (await delivery(world.loa.db)).state is DeliveryState.UNCLEAR


async def test_the_window_opens_by_what_people_do_and_by_nothing_else(world: World, clock: TestClock) -> None:
    async def last(person: Person) -> Any:
        await world.settle()
        async with world.loa.db.reading() as db:
            account: Account | None = await account_at(db, person.address)
        return account and account.last_interaction_at

    lan = world.zalo.person("Lan")
    await lan.follows()
    first = clock.now()
    assert await last(lan) == first
    clock.move(timedelta(hours=5))
    await lan.reads()
    await lan.unfollows()
    await lan.hears_staff("Chào chị")
    assert await last(lan) == first
    await lan.says("chào")
    assert await last(lan) == clock.now()
    older = lan._from_person("user_send_text") | {"message": {"text": "x", "msg_id": "1f"}}
    older["timestamp"] = str(int(first.timestamp() * 1000))
    await world.zalo.push(older)
    assert await last(lan) == clock.now(), "a late event does not move it back"


async def test_messages_the_webhook_never_brought_are_read_back_once(
    world: World, an: Person, clock: TestClock
) -> None:
    loa = world.loa
    await zalo_watch(loa.settings, loa.channels["zalo"], loa.db, loa.clock, loa.accept).look()
    watch = zalo_watch(loa.settings, loa.channels["zalo"], loa.db, loa.clock, loa.accept)  # after a restart
    url, world.zalo.webhooks.url = world.zalo.webhooks.url, None
    clock.move(timedelta(minutes=10))
    await an.says("rượu ngâm lá ngón uống được không")
    minh = world.zalo.person("Minh")
    await minh.says("sạc xe điện qua đêm có sao không")
    await minh.sends_image()
    world.zalo.webhooks.url = url
    clock.move(timedelta(minutes=10))
    seen = len(an.messages)
    found = await watch.look()
    assert found.key is None, "after a start that is what one expects"
    await world.settle()
    assert "Nguồn:" in minh.messages[0].text
    assert len(an.messages) > seen
    counts = (len(an.messages), len(minh.messages))
    await watch.look()
    await world.settle()
    for push in world.zalo.webhooks.pushes[-3:]:  # and now Zalo brings them after all
        async with aiohttp.ClientSession() as http:
            await http.post(str(url), data=push.body, headers=push.headers)
    await world.settle()
    assert (len(an.messages), len(minh.messages)) in (counts, (counts[0], counts[1] + 1)), "only the picture is new"


async def test_a_webhook_that_has_died_is_noticed(world: World, an: Person, clock: TestClock) -> None:
    loa = world.loa
    watch = zalo_watch(loa.settings, loa.channels["zalo"], loa.db, loa.clock, loa.accept)
    await watch.look()
    assert (await watch.look()).key is None
    world.zalo.webhooks.url = None
    clock.move(timedelta(minutes=30))
    await an.says("có ai không")
    clock.move(timedelta(minutes=30))
    assert (await watch.look()).key == "webhook_silent"
    await world.settle()
    clock.move(timedelta(hours=1))
    assert (await watch.look()).key is None


async def test_a_message_just_written_is_left_to_the_webhook(world: World, an: Person, clock: TestClock) -> None:
    loa = world.loa
    watch = zalo_watch(loa.settings, loa.channels["zalo"], loa.db, loa.clock, loa.accept)
    await watch.look()
    clock.move(timedelta(hours=1))
    world.zalo.webhooks.url = None
    await an.says("vừa gửi")
    assert (await watch.look()).key is None


@pytest.mark.parametrize(
    ("age", "answered", "dated"),
    [(timedelta(minutes=5), True, False), (timedelta(hours=2), True, True), (timedelta(hours=25), False, False)],
)
async def test_a_late_event_is_answered_only_while_that_makes_sense(
    world: World, an: Person, clock: TestClock, age: timedelta, answered: bool, dated: bool
) -> None:
    asked = an._from_person("user_send_text")
    asked["message"] = {"text": "sạc xe điện qua đêm có sao không", "msg_id": "0123456789abcdef0777"}
    asked["timestamp"] = str(int((clock.now() - age).timestamp() * 1000))
    body = json.dumps(asked).encode()
    plain = world.zalo.app_id.encode() + body + asked["timestamp"].encode() + world.zalo.webhooks.oa_secret.encode()
    headers = {"X-ZEvent-Signature": f"mac={hashlib.sha256(plain).hexdigest()}", "num_retry": "4"}
    before = len(an.messages)
    async with aiohttp.ClientSession() as http:
        await http.post(f"{world.url}/webhooks/zalo", data=body, headers=headers)
    await world.settle()
    fresh = [bubble.text for bubble in an.messages[before:]]
    assert bool(fresh) == answered
    assert any("câu nhắn lúc" in text for text in fresh) == dated


async def test_a_template_that_arrived_is_written_down_and_nobodys_number_becomes_an_address(world: World) -> None:
    now = world.loa.clock.now()
    async with world.loa.db.session() as db:
        db.add(Account(address="zalo:1", channel="zalo", first_seen_at=now, last_seen_at=now))
        await db.flush()
        db.add(TemplateMessage(account_id=1, tracking_id="loa-1f", asked_at=now, sent_at=now))
        await db.commit()
    world.zalo.templates.sent.append({"phone": "84905000111", "tracking_id": "loa-1f", "msg_id": "a" * 20})
    await world.zalo.push(world.zalo.templates.delivery())
    await world.settle()
    async with world.loa.db.reading() as db:
        assert (await db.exec(select(TemplateMessage.delivered_at))).one() == now
        assert list((await db.exec(select(Account.address))).all()) == ["zalo:1"]
