"""Officers without a code ask in chat; the department decides in the console; the person is told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlmodel import select

from bot.scheduler import remind
from bot.web.console.powers import POWERS, Power
from handlers.registration.request import MOST_A_DAY
from handlers.registration.waiting import DECIDERS
from storage.appointments import ContactRole, appointments_of, contacts_of
from storage.contacts import Consent, account_at, is_subscribed, standing_consents
from storage.invitations import invite
from storage.requests import OfficerRequest, RequestState
from tests.conftest import MONDAY
from tests.people import Person
from tests.web.conftest import NewBrowser
from tests.web.office import ADMIN, APPROVER, EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa
    from tests.conftest import TestClock
    from tests.people import Phones

PAGE = "/console/contacts/requests"
TODAY = MONDAY.date()


async def asks(
    loa: Loa, phones: Phones, user: str = "lan2", agency: str = "Sở Y tế", phone: str = "0905000222"
) -> Person:
    person = Person(loa, phones, user)
    await person.says(f"Tôi là cán bộ của {agency}")
    for answer in ("đồng ý", "Y Ngọc Lan", "Chuyên viên", phone):
        await person.says(answer)
    said = await person.taps("Đúng, gửi đề nghị")
    assert "Đã gửi đề nghị" in said[0].text
    return person


async def the_request(loa: Loa) -> OfficerRequest:
    async with loa.db.reading() as db:
        return (await db.exec(select(OfficerRequest))).one()


async def test_a_request_is_approved_with_another_agency_and_role(
    browser: NewBrowser, loa: Loa, phones: Phones
) -> None:
    person = await asks(loa, phones)
    editor = await browser(EDITOR)
    assert "1 Đề nghị làm đầu mối" in words(await editor.get("/console/"))
    assert "Đề nghị chờ duyệt (1)" in words(await editor.get("/console/contacts"))
    page = await editor.get(PAGE)
    for told in ("Y Ngọc Lan", "Chuyên viên", "••••222", "Lê Chi", "Số điện thoại này đã có ở cán bộ Trần Thị Bình"):
        assert told in words(page), told
    assert "905000222" not in page.text
    assert "+84905000222" in words(await (await browser(ADMIN)).get(PAGE))
    page = await editor.press(f"{PAGE}/1/approve", agency="ubnd_huyen_sa_thay", role="deputy")
    assert "Đã duyệt Y Ngọc Lan: phó, UBND huyện Sa Thầy" in words(page)
    await loa.outbox.drain()
    assert "UBND huyện Sa Thầy" in person.seen[-1].text
    assert "đã được duyệt" in person.seen[-1].text
    async with loa.db.reading() as db:
        deputies = await contacts_of(db, "ubnd_huyen_sa_thay", TODAY, ContactRole.DEPUTY)
        account = await account_at(db, person.address)
        assert account is not None
        assert await is_subscribed(db, account.id or 0)
    [(appointment, contact)] = deputies
    assert (contact.name, contact.phone, appointment.made_by) == ("Y Ngọc Lan", "84905000222", EDITOR)
    assert contact.verified_at == loa.clock.now()
    request = await the_request(loa)
    assert (request.state, request.decided_by, request.contact_id) == (RequestState.APPROVED, EDITOR, contact.id)
    assert (request.name, request.position, request.phone) == (None, None, None)
    entry = (await editor.audit())[-1]
    assert (entry.actor, entry.action, entry.detail["role"]) == (EDITOR, "request.approved", "deputy")
    assert "Nhiệm vụ của UBND huyện Sa Thầy" in (await person.taps("tasks"))[0].text


async def test_a_refusal_tells_why_and_shreds_who_asked(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    person = await asks(loa, phones)
    editor = await browser(EDITOR)
    empty = await editor.post(f"{PAGE}/1/refuse", reason=" ")
    assert empty.status_code == 409
    assert "Ghi lý do" in words(empty)
    page = await editor.press(f"{PAGE}/1/refuse", reason="Sở Y tế đã cử *chị Chi*")
    assert "Đã từ chối" in words(page)
    assert "không duyệt" in words(page)
    await loa.outbox.drain()
    assert "«Sở Y tế đã cử ∗chị Chi∗»" in person.seen[-1].text
    request = await the_request(loa)
    assert (request.state, request.name, request.position, request.phone) == (RequestState.REFUSED, None, None, None)
    async with loa.db.reading() as db:
        account = await account_at(db, person.address)
        assert account is not None
        assert account.contact_id is None
        assert not await standing_consents(db, account.id or 0)
    again = await editor.post(f"{PAGE}/1/approve", agency="so_y_te", role="main")
    assert again.status_code == 409
    assert "vừa được xét" in words(again)
    assert (await editor.post(f"{PAGE}/9/refuse", reason="Không có")).status_code == 404


async def test_one_open_request_a_person_and_a_few_a_day(loa: Loa, phones: Phones, clock: TestClock) -> None:
    person = await asks(loa, phones)
    assert "đang chờ" in (await person.taps("reg:ask"))[0].text
    await person.taps("reg:withdraw")
    for _ in range(MOST_A_DAY - 1):
        clock.move(timedelta(minutes=1))
        await asks(loa, phones)
        await person.taps("reg:withdraw")
    assert "3 đề nghị trong 24 giờ" in (await person.taps("reg:ask"))[0].text
    clock.move(timedelta(hours=25))
    await asks(loa, phones)


async def test_an_officer_is_appointed_for_a_second_agency(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    an = Person(loa, phones, "an")
    await an.taps("reg:ask")
    for answer in ("Sở Y tế", "đồng ý", "Chuyên viên"):
        await an.says(answer)
    await an.taps("Đúng, gửi đề nghị")
    editor = await browser(EDITOR)
    assert "Tài khoản này đang là của Nguyễn Văn An" in words(await editor.get(PAGE))
    await editor.press(f"{PAGE}/1/approve", agency="so_y_te", role="main")
    await loa.outbox.drain()
    async with loa.db.reading() as db:
        held = {one.agency_id for one in await appointments_of(db, 1)}
    assert held == {"ubnd_huyen_sa_thay", "so_y_te"}
    assert "làm việc cho Sở Y tế" in (await an.taps("Làm việc cho đơn vị này"))[0].text


async def test_who_left_is_not_written_to_and_an_ended_agency_is_no_choice(
    browser: NewBrowser, loa: Loa, phones: Phones, clock: TestClock
) -> None:
    person = await asks(loa, phones, agency="UBND huyện Sa Thầy")
    clock.move(timedelta(days=300))
    approver, editor = await browser(APPROVER), await browser(EDITOR)
    assert (await approver.post(f"{PAGE}/1/approve", agency="so_y_te", role="main")).status_code == 403
    refused = await editor.post(f"{PAGE}/1/approve", agency="ubnd_huyen_sa_thay", role="main")
    assert "Chọn một đơn vị còn hoạt động" in words(refused)
    async with loa.db.session() as db:
        account = await account_at(db, person.address)
        assert account is not None
        account.left_at = clock.now()
        db.add(account)
        await db.commit()
    assert "đã chặn hoặc rời kênh" in words(await (await browser(VIEWER)).get(PAGE))
    seen = len(person.seen)
    await editor.press(f"{PAGE}/1/refuse", reason="Huyện không còn")
    await loa.outbox.drain()
    assert len(person.seen) == seen


async def test_erasing_takes_the_request_along(loa: Loa, phones: Phones) -> None:
    person = await asks(loa, phones)
    await person.taps("privacy:erase")
    await person.taps("privacy:erase_yes")
    async with loa.db.reading() as db:
        assert not (await db.exec(select(OfficerRequest))).all()
        assert all(one.withdrawn_at is not None for one in (await db.exec(select(Consent))).all())


async def test_an_invitation_that_expires_on_the_way_says_so(loa: Loa, phones: Phones, clock: TestClock) -> None:
    async with loa.db.session() as db:
        await invite(db, "so_y_te", EDITOR, clock.now(), "K7QM2PXA", life=timedelta(hours=1))
        await db.commit()
    person = Person(loa, phones, "moi")
    await person.taps("reg:begin")
    for answer in ("K7QM2PXA", "đồng ý", "Y Lan", "Công chức", "bỏ qua"):
        await person.says(answer)
    clock.move(timedelta(hours=2))
    said = (await person.says("đúng"))[0]
    assert "đã hết hạn ngày 11/11/2024" in said.text
    assert "Tôi chưa có mã" in [choice.label for choice in said.choices]


async def test_a_request_nobody_decides_is_not_forgotten(
    browser: NewBrowser, loa: Loa, phones: Phones, clock: TestClock
) -> None:
    person = await asks(loa, phones)
    code = re.search(r"/lienket \w{8}", (await (await browser(EDITOR)).post("/console/phone/code")).text)
    assert code is not None
    lan = Person(loa, phones, "lan-phone")
    await lan.says(code[0])

    async def day_later() -> tuple[str, str]:
        """What the department and the person hear on the next working day, at nine; the tick runs twice."""
        clock.move(timedelta(days=3 if clock.now().weekday() == 4 else 1))
        before = len(lan.seen), len(person.seen)
        for _ in range(2):
            await remind(loa.db, loa.catalog, clock.now())
            await loa.outbox.drain()
        heard = (lan.seen[before[0] :], person.seen[before[1] :])
        assert all(len(parts) <= 1 for parts in heard)
        return ("".join(part.text for part in heard[0]), "".join(part.text for part in heard[1]))

    clock.move(timedelta(hours=2))  # Monday at nine
    heard = [await day_later() for _ in range(7)]
    assert ["1 đề nghị" in told for told, _ in heard] == [False, True, False, True, False, True, False]
    assert ["vẫn đang chờ" in told for _, told in heard] == [False] * 4 + [True, False, False]


def test_who_is_reminded_may_decide() -> None:
    assert {role for role, powers in POWERS.items() if Power.INVITE in powers} == DECIDERS
