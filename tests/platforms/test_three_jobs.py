"""The three jobs, from end to end, on both platforms and both databases."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from handlers import digests
from storage.contacts import Contact
from storage.digests import Delivery, DeliveryState
from storage.invitations import invite
from storage.reports import ProgressReport, ReportState, versions_of
from storage.users import Role, put_user
from tests.conftest import TestClock
from tests.platforms.conftest import World

PATIENCE = 20.0
"""Seconds; the machine may be busy."""


def _person(world: World, platform: str, name: str) -> Any:
    return (
        world.telegram.person(1001 + len(world.telegram.people), name)
        if platform == "telegram"
        else world.zalo.person(name)
    )


async def _opens(person: Any, platform: str) -> None:
    await (person.starts() if platform == "telegram" else person.follows())


@pytest.mark.parametrize("platform", ["telegram", "zalo"])
async def test_a_citizen_is_greeted_answered_and_helped_first_in_an_emergency(world: World, platform: str) -> None:
    an = _person(world, platform, "An <b>")
    await _opens(an, platform)
    [greeting] = await an.sees(1, PATIENCE)
    assert "tự động" in greeting.text
    assert len(greeting.labels) >= 2

    answer = await an.asks("sac xe dien qua dem co sao khong", PATIENCE)
    assert "Nguồn:" in answer.text

    card = await an.asks("cuu voi ca nha an nam rung dang non oi", PATIENCE)
    assert "115" in card.text.splitlines()[0]


@pytest.mark.parametrize("telegram_mode", ["polling"])
async def test_telegram_by_polling_answers_the_same(world: World) -> None:
    an = world.telegram.person(7, "An")
    await an.starts()
    await an.sees(1, PATIENCE)
    answer = await an.asks("xe điện đang sạc bốc khói cháy rồi cứu với", PATIENCE)
    assert "114" in answer.text.splitlines()[0]


async def talk(world: World, person: Any, *lines: str) -> None:
    """Say or (with a leading ``@``) tap one thing after the other, each once the last is answered."""
    for line in lines:
        before = len(person.messages)
        await (person.taps(line[1:]) if line.startswith("@") else person.says(line))
        async with asyncio.timeout(PATIENCE):
            while len(person.messages) == before:
                await world.settle()
                await asyncio.sleep(0.01)
        await world.settle()


async def register(world: World, person: Any, platform: str, agency: str) -> None:
    """Register through the conversation, as an officer with a code in hand would."""
    async with world.loa.db.session() as db:
        code = await invite(db, agency, "test", world.loa.clock.now())
        await db.commit()
    await _opens(person, platform)
    await person.sees(1, PATIENCE)
    await talk(world, person, "đăng ký cán bộ đầu mối", code.lower(), "@Đồng ý", "A Thui", "Phó Trưởng phòng")
    await talk(world, person, "@Bỏ qua", "@Đúng")
    async with world.loa.db.reading() as db:
        contact = (await db.exec(select(Contact).where(Contact.agency_id == agency))).one()
    assert contact.name == "A Thui"


async def _send_the_weeks_digest(world: World) -> int:
    """Composed by one account, approved by another, sent."""
    catalog, now = world.loa.catalog, world.loa.clock.now()
    async with world.loa.db.session() as db:
        approver = await put_user(db, "duyet", Role.APPROVER, "a-long-password", now)
        digest = await digests.save_draft(db, catalog, "2024-W46", "bientap", now)
        assert digest.id is not None
        await digests.submit_for_approval(db, catalog, digest.id, "bientap", now)
        await digests.approve(db, catalog, digest.id, approver, now)
        await digests.start_sending(db, catalog, digest.id, "bientap", now)
        await db.commit()
    return digest.id


async def test_a_digest_reaches_each_agency_with_its_own_words_and_is_acknowledged(
    world: World, clock: TestClock
) -> None:
    health, police = _person(world, "zalo", "Hồng"), _person(world, "telegram", "Dũng")
    await register(world, health, "zalo", "so_y_te")
    await register(world, police, "telegram", "cong_an_tinh")
    number = await _send_the_weeks_digest(world)
    await world.settle()

    to_health, to_police = health.messages[-1], police.messages[-1]
    assert "46/2024" in to_health.text
    assert "ngộ độc thực phẩm" in to_health.text
    assert "Luật Cảnh vệ" not in to_health.text
    assert "Cảnh vệ" in to_police.text
    assert len(to_health.text) <= 2000

    await health.taps("Đã tiếp nhận")
    await health.taps("Đã tiếp nhận")
    await health.reads()
    await world.settle()
    async with world.loa.db.reading() as db:
        found = await digests.status(db, number)
        deliveries = (await db.exec(select(Delivery))).all()
    assert found["counts"]["acknowledged"] == 1
    assert sum(found["counts"].values()) == 2
    assert all(delivery.attempts == 1 for delivery in deliveries)

    clock.move(timedelta(hours=1))
    police.blocks()
    await _resend_to_blocked(world, number)


async def _resend_to_blocked(world: World, number: int) -> None:
    """The one who has left is marked so, and is told to nobody as sent."""
    async with world.loa.db.session() as db:
        waiting = (await db.exec(select(Delivery).where(Delivery.channel == "telegram"))).one()
        waiting.state, waiting.due_at = DeliveryState.QUEUED, world.loa.clock.now()
        db.add(waiting)
        await db.commit()
    await world.settle()
    async with world.loa.db.reading() as db:
        found = await digests.status(db, number)
    assert found["counts"]["sent"] == 0
    assert found["counts"]["failed"] + found["counts"]["skipped"] == 1


@pytest.mark.parametrize("platform", ["telegram", "zalo"])
async def test_an_officer_reports_and_gets_a_receipt(world: World, platform: str) -> None:
    officer = _person(world, platform, "A Thui")
    await register(world, officer, platform, "ubnd_huyen_sa_thay")
    await talk(
        world, officer, "bao cao tien do", "4", "@Bắt đầu", "@Đã có", "@Đã xong", "Đã lắp cụm loa ở 3 thôn", "bỏ qua"
    )
    await talk(world, officer, "hôm qua", "bo qua")
    summary = officer.messages[-1].text
    assert "10/11/2024" in summary
    await talk(world, officer, "@Nộp")
    assert re.search(r"BC-24-[A-Z0-9]{6}", officer.messages[-1].text), officer.messages[-1].text
    async with world.loa.db.reading() as db:
        report = (await db.exec(select(ProgressReport))).one()
        assert report.state is ReportState.SUBMITTED
        assert report.id is not None
        assert len(await versions_of(db, report.id)) == 1
