"""From the console to the phone and back: a chat linked by a code, cards to approve, a reason typed with the thumb."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot import scheduler
from handlers import digests
from storage.digests import Digest, DigestState
from storage.users import Role, user_named
from tests.conftest import TestClock
from tests.people import Person, Phones
from tests.web.conftest import NewBrowser
from tests.web.office import APPROVER, EDITOR, words

if TYPE_CHECKING:
    from bot.app import Loa

WEEK = "2024-W47"
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.fixture
async def approver(browser: NewBrowser, loa: Loa, phones: Phones, clock: TestClock) -> Person:
    """The approver's phone, linked."""
    clock.moment = local("2024-11-15 09:00")
    return await linked(browser, loa, phones, APPROVER)


async def linked(browser: NewBrowser, loa: Loa, phones: Phones, name: str) -> Person:
    page = await (await browser(name)).post("/console/phone/code")
    code = re.search(r"/lienket (\w{8})", page.text)
    assert code is not None
    person = Person(loa, phones, f"phone-of-{name}")
    (told,) = await person.says(code[0])
    assert f"liên kết với tài khoản {name}" in told.text
    return person


async def submitted(loa: Loa) -> int:
    async with loa.db.session() as db:
        digest = await digests.save_draft(db, loa.catalog, WEEK, EDITOR, loa.clock.now())
        await digests.submit_for_approval(db, loa.catalog, digest.id or 0, EDITOR, loa.clock.now())
        await db.commit()
    return digest.id or 0


async def told(loa: Loa) -> None:
    await scheduler.tell_approvers(loa.db, loa.catalog, loa.clock.now())
    await loa.outbox.drain()


async def state(loa: Loa, digest_id: int) -> Digest:
    async with loa.db.reading() as db:
        digest = await db.get(Digest, digest_id)
    assert digest is not None
    return digest


async def test_a_digest_is_approved_on_the_phone(approver: Person, loa: Loa) -> None:
    digest_id = await submitted(loa)
    (card,) = await approver.is_sent(told(loa))
    assert "Chờ duyệt: bản tin tuần 47/2024" in card.text
    assert "3 tài khoản nhận" in card.text
    assert "thứ Hai, 07:30 ngày 18/11/2024" in card.text
    assert [choice.label for choice in card.choices] == ["Duyệt", "Trả lại", "Xem mẫu"]
    assert await approver.is_sent(told(loa)) == []
    sample = await approver.taps("Xem mẫu")
    assert "TUẦN 47/2024" in sample[-1].text
    (done,) = await approver.taps("Duyệt")
    assert "gửi lúc thứ Hai, 07:30 ngày 18/11/2024" in done.text
    digest = await state(loa, digest_id)
    assert (digest.state, digest.approved_by) == (DigestState.APPROVED, APPROVER)
    (again,) = await approver.taps("Duyệt")
    assert "chưa được duyệt" not in again.text
    assert (await state(loa, digest_id)).state is DigestState.APPROVED


async def test_it_goes_back_with_a_reason(approver: Person, loa: Loa) -> None:
    digest_id = await submitted(loa)
    await told(loa)
    (asked,) = await approver.taps("Trả lại")
    assert "Gõ lý do" in asked.text
    assert "ít nhất 5 chữ" in (await approver.says("…"))[0].text
    assert "Đã trả lại" in (await approver.says("Thiếu mục 1.2 của công văn 003"))[0].text
    digest = await state(loa, digest_id)
    assert (digest.state, digest.return_reason) == (DigestState.DRAFT, "Thiếu mục 1.2 của công văn 003")
    assert "Gõ lý do" not in (await approver.says("xin chào"))[0].text


async def test_whoever_thinks_better_of_it_returns_nothing(approver: Person, loa: Loa) -> None:
    digest_id = await submitted(loa)
    await told(loa)
    await approver.taps("Trả lại")
    assert "giữ nguyên" in (await approver.says("huỷ"))[0].text
    assert (await state(loa, digest_id)).state is DigestState.WAITING


async def test_what_an_account_may_is_asked_when_it_presses(approver: Person, loa: Loa, phones: Phones) -> None:
    digest_id = await submitted(loa)
    await told(loa)
    async with loa.db.session() as db:
        user = await user_named(db, APPROVER)
        assert user is not None
        user.role = Role.VIEWER
        db.add(user)
        await db.commit()
    assert "chưa liên kết với tài khoản có quyền" in (await approver.taps("Duyệt"))[0].text
    button = next(choice for choice in approver.buttons() if choice.label == "Duyệt")
    stranger = Person(loa, phones, "stranger")
    assert "chưa liên kết" in (await stranger.taps(button.value))[0].text
    assert (await state(loa, digest_id)).state is DigestState.WAITING


async def test_nobody_approves_their_own_on_the_phone_either(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    mai = await linked(browser, loa, phones, "mai")
    async with loa.db.session() as db:
        digest = await digests.save_draft(db, loa.catalog, WEEK, "mai", loa.clock.now())
        await digests.submit_for_approval(db, loa.catalog, digest.id or 0, "mai", loa.clock.now())
        await db.commit()
    assert await mai.is_sent(told(loa)) == []


async def test_a_card_approves_only_what_it_told_of(approver: Person, loa: Loa) -> None:
    digest_id = await submitted(loa)
    await told(loa)
    old = next(choice.value for choice in approver.buttons() if choice.label == "Duyệt")
    async with loa.db.session() as db:
        await digests.return_to_draft(db, loa.catalog, digest_id, "mai", "Sửa lại mục 1", loa.clock.now())
        digest = await state(loa, digest_id)
        await db.commit()
    async with loa.db.session() as db:
        from storage.digests import replace_editions

        bodies = await digests.compose(db, loa.catalog, WEEK)
        await replace_editions(db, digest.id or 0, [(one.agency_id, one.body) for one in bodies[:-1]])
        await digests.submit_for_approval(db, loa.catalog, digest_id, EDITOR, loa.clock.now())
        await db.commit()
    changed, card = await approver.taps(old)
    assert "đã thay đổi" in changed.text
    assert "Chờ duyệt" in card.text
    assert (await state(loa, digest_id)).state is DigestState.WAITING


async def test_approvers_are_reminded_before_the_moment_and_when_it_was_missed(
    approver: Person, browser: NewBrowser, loa: Loa, clock: TestClock
) -> None:
    digest_id = await submitted(loa)
    seen = {}
    for moment in ("2024-11-15 09:00", "2024-11-15 15:00", "2024-11-15 15:10", "2024-11-17 23:00", "2024-11-18 07:45"):
        clock.moment = local(moment)
        await scheduler.send_digests(loa.db, loa.catalog, clock.now())
        seen[moment] = " ".join(part.text for part in await approver.is_sent(told(loa)))
    assert "đúng giờ" in seen["2024-11-15 09:00"]
    assert "Sắp đến giờ gửi" in seen["2024-11-15 15:00"]
    assert seen["2024-11-15 15:10"] == seen["2024-11-17 23:00"] == ""
    assert "Đã lỡ khung gửi" in seen["2024-11-18 07:45"]
    assert "tuần 47 đã lỡ giờ gửi 07:30 18/11/2024" in words(await (await browser(EDITOR)).get("/console/"))
    assert (await state(loa, digest_id)).state is DigestState.WAITING
    await approver.taps("Duyệt")
    assert (await state(loa, digest_id)).send_at == clock.now()
    assert (await scheduler.send_digests(loa.db, loa.catalog, clock.now()))["started"] == 1


async def test_a_code_works_once_and_not_for_long(
    browser: NewBrowser, loa: Loa, phones: Phones, clock: TestClock
) -> None:
    desk = await browser(APPROVER)
    codes = [re.search(r"/lienket \w{8}", (await desk.post("/console/phone/code")).text) for _ in range(2)]
    first, second = (found[0] for found in codes if found)
    person = Person(loa, phones, "an")
    assert "chưa đúng hoặc đã hết hạn" in (await person.says(first))[0].text
    clock.move(timedelta(minutes=16))
    assert "chưa đúng hoặc đã hết hạn" in (await person.says(second))[0].text
    assert "Chưa liên kết" in words(await desk.get("/console/phone"))
    linked_person = await linked(browser, loa, phones, APPROVER)
    assert "Đang liên kết" in words(await desk.get("/console/phone"))
    assert "Đã bỏ liên kết" in words(await desk.press("/console/phone/unlink"))
    assert linked_person.seen
    actions = [entry.action for entry in await desk.audit()]
    assert actions[-2:] == ["chat.linked", "chat.unlinked"]
