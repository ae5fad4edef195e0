"""Officers of the agencies in the console: who is missing, roles over time, handover and standing in."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from bot.scheduler import follow
from handlers.digests import approve, save_draft, start_sending, submit_for_approval
from handlers.reports.drafts import Draft, drafts_of, put_draft
from storage.appointments import ContactRole, appointments_of, contact_of, contacts_of, enrol
from storage.contacts import Account, Contact, Purpose, account_at, give_consent, see_account, subscribe, unsubscribe
from storage.digests import Delivery, DeliveryKind
from storage.reports import report_on
from storage.users import user_named
from tests.conftest import MONDAY
from tests.web.conftest import NewBrowser
from tests.web.office import ADMIN, APPROVER, EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa
    from tests.conftest import TestClock
    from tests.people import Phones

SA_THAY = "ubnd_huyen_sa_thay"
BOARDS = "t002_pl02_09"
TODAY = MONDAY.date()
AN = 1


@pytest.fixture
async def dung(loa: Loa) -> int:
    """A second officer of Sa Thầy, the deputy."""
    now = loa.clock.now()
    async with loa.db.session() as db:
        contact = await enrol(db, SA_THAY, "Hồ Dũng", now, TODAY, by=EDITOR, role=ContactRole.DEPUTY)
        account = await see_account(db, "phone:dung", now)
        account.contact_id = contact.id
        await subscribe(db, account.id or 0, now)
        await db.commit()
    assert contact.id is not None
    return contact.id


async def appointment_of(loa: Loa, contact: int) -> str:
    async with loa.db.reading() as db:
        return str((await appointments_of(db, contact))[0].id)


async def speaks(loa: Loa, address: str, day: date) -> str | None:
    """The agency the account's officer may act for on the day."""
    async with loa.db.reading() as db:
        account = await account_at(db, address)
        assert account is not None
        contact = await contact_of(db, account, day)
        return contact.agency_id if contact else None


def agencies_shown(text: str) -> list[str]:
    return re.findall(r'<h2 class="card-title">([^<]+)</h2>', text)


async def test_agencies_that_lack_somebody_stand_on_top(browser: NewBrowser, loa: Loa, clock: TestClock) -> None:
    viewer = await browser(VIEWER)
    async with loa.db.session() as db:
        account = await account_at(db, "phone:binh")
        await unsubscribe(db, (account.id or 0) if account else 0, clock.now())
        await db.commit()
    page = await viewer.get("/console/contacts")
    shown = agencies_shown(page.text)
    assert shown.index("UBND huyện Đăk Hà") < shown.index("Sở Y tế")
    assert shown.index("Báo Kon Tum") < shown.index("UBND huyện Đăk Hà")
    assert shown[-2:] == ["Sở Y tế", "UBND huyện Sa Thầy"]
    clock.move(timedelta(days=61))
    silent = await (await browser(VIEWER)).get("/console/contacts", lack="silent")
    assert agencies_shown(silent.text) == ["Sở Y tế", "UBND huyện Sa Thầy"]
    assert "Không ai nhắn gì từ 60 ngày" in words(silent)
    assert "Ban Bí thư Trung ương Đảng" not in shown, "nobody has to speak for a central body"


async def test_search_needs_no_diacritics_and_finds_people(browser: NewBrowser) -> None:
    viewer = await browser(VIEWER)
    assert agencies_shown((await viewer.get("/console/contacts", q="so y te")).text) == ["Sở Y tế"]
    assert agencies_shown((await viewer.get("/console/contacts", q="tran thi BINH")).text) == ["UBND huyện Đăk Hà"]
    assert "Không có đơn vị nào khớp" in words(await viewer.get("/console/contacts", q="zzz"))


async def test_the_list_shows_no_number_and_the_page_only_to_administrators(browser: NewBrowser, loa: Loa) -> None:
    async with loa.db.session() as db:
        account = await account_at(db, "phone:an")
        assert account is not None
        await give_consent(db, account.id or 0, Purpose.PHONE, "đồng ý", loa.clock.now())
        await db.commit()
    for name in (VIEWER, EDITOR, ADMIN):
        someone = await browser(name)
        assert "905000111" not in (await someone.get("/console/contacts")).text
        page = await someone.get(f"/console/contacts/{AN}")
        assert ("905000111" in page.text) == (name == ADMIN)
        assert "lưu số điện thoại" in words(page)
    assert "Bàn giao cho người này" not in words(await (await browser(VIEWER)).get(f"/console/contacts/{AN}"))


async def _digest_to_an(loa: Loa) -> int:
    """The week's digest has reached An, who has not acknowledged it."""
    now = loa.clock.now()
    async with loa.db.session() as db:
        digest = await save_draft(db, loa.catalog, "2024-W46", EDITOR, now)
        assert digest.id is not None
        await submit_for_approval(db, loa.catalog, digest.id, EDITOR, now)
        approver = await user_named(db, APPROVER)
        assert approver is not None
        await approve(db, loa.catalog, digest.id, approver, now)
        await start_sending(db, loa.catalog, digest.id, EDITOR, now)
        await db.commit()
    await loa.outbox.drain()
    return digest.id


async def test_a_handover_passes_on_drafts_and_unread_digests(
    browser: NewBrowser, loa: Loa, phones: Phones, clock: TestClock
) -> None:
    await _digest_to_an(loa)
    now = clock.now()
    async with loa.db.session() as db:
        contact = await enrol(db, SA_THAY, "Hồ Dũng", now, TODAY, by=EDITOR, role=ContactRole.DEPUTY)
        account = await see_account(db, "phone:dung", now)
        account.contact_id = contact.id
        await subscribe(db, account.id or 0, now)
        report = await report_on(db, BOARDS, SA_THAY, now)
        await put_draft(db, report, Draft(AN, {"work": "Đã lắp"}, 1, 5, now))
        await db.commit()
    taker = contact.id or 0
    editor = await browser(EDITOR)
    form = {"appointment": await appointment_of(loa, AN), "taker": str(taker), "day": TODAY.isoformat()}
    page = await editor.press(f"/console/contacts/{AN}/handover", **form)
    assert "Đã bàn giao cho Hồ Dũng" in words(page)
    assert "Nguyễn Văn An → Hồ Dũng" in words(page)
    await loa.outbox.drain()
    async with loa.db.reading() as db:
        kept = (await report_on(db, BOARDS, SA_THAY, now)).draft
        assert list(kept) == [str(taker)]
        query = select(Delivery.kind, Account.address).join(Account, col(Account.id) == col(Delivery.account_id))
        sent = {(str(kind), address) for kind, address in (await db.exec(query)).all()}
        mains = [contact.name for _, contact in await contacts_of(db, SA_THAY, TODAY, ContactRole.MAIN)]
    assert (DeliveryKind.DIGEST.value, "phone:dung") in sent
    assert mains == ["Hồ Dũng", "Nguyễn Văn An"]
    told = "Bản nháp được chuyển: 1; bản tin chưa xác nhận được gửi lại: 1"
    assert told in " ".join(part.text for part in phones.inbox["dung"])
    assert "được bàn giao cho Hồ Dũng" in " ".join(part.text for part in phones.inbox["an"])
    assert await speaks(loa, "phone:an", TODAY) == SA_THAY
    assert await speaks(loa, "phone:an", TODAY + timedelta(days=1)) is None
    entry = [one for one in await editor.audit() if one.action == "appointment.handed_over"][-1]
    assert (entry.actor, entry.subject, entry.detail["to"]) == (EDITOR, "contacts:1", f"contacts:{taker}")


async def test_a_handover_to_come_waits_for_its_day(browser: NewBrowser, loa: Loa, dung: int, clock: TestClock) -> None:
    editor = await browser(EDITOR)
    now, day = clock.now(), TODAY + timedelta(days=3)
    async with loa.db.session() as db:
        await put_draft(db, await report_on(db, BOARDS, SA_THAY, now), Draft(AN, {"work": "x"}, 1, 5, now))
        await db.commit()
    form = {"appointment": await appointment_of(loa, AN), "taker": str(dung), "day": day.isoformat()}
    assert "Hôm đó Loa tự chuyển việc" in words(await editor.press(f"/console/contacts/{AN}/handover", **form))
    assert await follow(loa.db, loa.catalog, clock.now()) == {"moved": 0, "handed_over": 0, "changed": 0}
    clock.move(timedelta(days=3))
    assert await follow(loa.db, loa.catalog, clock.now()) == {"moved": 0, "handed_over": 1, "changed": 0}
    assert await follow(loa.db, loa.catalog, clock.now()) == {"moved": 0, "handed_over": 0, "changed": 0}
    async with loa.db.reading() as db:
        report = await report_on(db, BOARDS, SA_THAY, now)
    assert [draft.contact_id for draft in drafts_of(report)] == [dung]


async def test_somebody_stands_in_for_a_while(browser: NewBrowser, loa: Loa, dung: int) -> None:
    editor = await browser(EDITOR)
    form = {"appointment": await appointment_of(loa, AN), "taker": "3", "first": TODAY.isoformat()}
    form["last"] = (TODAY + timedelta(days=4)).isoformat()
    page = await editor.press(f"/console/contacts/{AN}/stand-in", **form)
    assert "Lê Chi thay từ 11/11/2024 đến hết 15/11/2024" in words(page)
    assert "thay Nguyễn Văn An" in words(await editor.get("/console/contacts/3"))
    async with loa.db.reading() as db:
        for days, expected in ((4, ["Lê Chi", "Nguyễn Văn An"]), (5, ["Nguyễn Văn An"])):
            found = await contacts_of(db, SA_THAY, TODAY + timedelta(days=days), ContactRole.MAIN)
            assert sorted(contact.name for _, contact in found) == expected
    assert dung


async def test_steps_that_cannot_be_taken_say_why(browser: NewBrowser, loa: Loa, dung: int) -> None:
    editor = await browser(EDITOR)
    given, soon = await appointment_of(loa, AN), (TODAY + timedelta(days=2)).isoformat()
    past = (TODAY - timedelta(days=2)).isoformat()
    tries = [
        ("handover", {"taker": "1", "day": soon}, "Người giao và người nhận là một"),
        ("handover", {"taker": "", "day": soon}, "Chọn người nhận"),
        ("handover", {"taker": str(dung), "day": past}, "Ngày phải từ hôm nay"),
        ("handover", {"taker": str(dung), "day": "31/12"}, "Không có ngày này"),
        ("stand-in", {"taker": str(dung), "first": soon, "last": TODAY.isoformat()}, "Thời gian chưa đúng"),
        ("end", {"last": past}, "Ngày cuối phải từ hôm qua"),
        ("appoint", {"agency": "khong_co", "role": "main", "first": soon}, "Chọn một đơn vị"),
        ("appoint", {"agency": "so_y_te", "role": "vua", "first": soon}, "Chọn vai trò"),
    ]
    for step, form, told in tries:
        page = await editor.post(f"/console/contacts/{AN}/{step}", appointment=given, **form)
        assert page.status_code == 409, (step, form)
        assert told in words(page), (step, form)
    stranger = await appointment_of(loa, dung)
    assert (await editor.post(f"/console/contacts/{AN}/end", appointment=stranger, last=soon)).status_code == 404


async def test_an_officer_is_appointed_elsewhere_ended_and_departs(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    form = {"agency": "so_y_te", "role": "head", "first": TODAY.isoformat()}
    page = await editor.press(f"/console/contacts/{AN}/appoint", **form)
    assert "Đã phân công: thủ trưởng, Sở Y tế, từ 11/11/2024" in words(page)
    async with loa.db.reading() as db:
        old = next(one for one in await appointments_of(db, AN) if one.agency_id == SA_THAY)
    await editor.press(f"/console/contacts/{AN}/end", appointment=str(old.id), last=TODAY.isoformat())
    assert await speaks(loa, "phone:an", TODAY + timedelta(days=1)) == "so_y_te"
    page = await editor.press(f"/console/contacts/{AN}/depart")
    assert "đã thôi làm đầu mối" in words(page)
    async with loa.db.reading() as db:
        assert (await db.get_one(Contact, AN)).ended_at is not None
    assert await speaks(loa, "phone:an", TODAY) is None
    assert [one.action for one in await editor.audit()][-3:] == [
        "appointment.made",
        "appointment.ended",
        "contacts.ended",
    ]


async def test_administrators_export_the_officers_and_nothing_becomes_a_formula(browser: NewBrowser, loa: Loa) -> None:
    async with loa.db.session() as db:
        contact = await db.get_one(Contact, AN)
        contact.position = "=HYPERLINK(1)"
        db.add(contact)
        await db.commit()
    assert (await (await browser(EDITOR)).get("/console/contacts/export")).status_code == 403
    admin = await browser(ADMIN)
    answer = await admin.get("/console/contacts/export")
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:5] == ["Đơn vị", "Họ và tên", "Chức vụ", "Vai trò", "Điện thoại"]
    assert [row[1] for row in rows[1:]] == ["Lê Chi", "Trần Thị Bình", "Nguyễn Văn An"]
    assert rows[3][2:5] == ["=HYPERLINK(1)", "đầu mối", "+84905000111"]
    assert sheet["C4"].data_type == "s"
    entry = (await admin.audit())[-1]
    assert (entry.actor, entry.action, entry.detail) == (ADMIN, "contacts.exported", {"officers": 3})
