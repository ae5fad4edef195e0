"""Lists of officers from Excel: every fault named by its cell, a look before anything happens, invitations to print."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import select

from bot.contact_sheets import MOST_ROWS, MOST_UNPACKED, empty_sheet, read_contacts
from bot.scheduler import forget
from storage.appointments import ContactRole, appointments_of
from storage.contacts import Contact
from storage.files import StoredFile
from storage.invitations import Invitation
from tests.conftest import MONDAY
from tests.people import Person
from tests.web.conftest import NewBrowser
from tests.web.office import ADMIN, EDITOR, Browser, words

if TYPE_CHECKING:
    from bot.app import Loa
    from content.catalog import Catalog
    from tests.conftest import TestClock
    from tests.people import Phones

PAGE = "/console/contacts/import"
TODAY = MONDAY.date()
HEAD = ["Đơn vị", "Họ và tên", "Chức vụ", "Vai trò", "Điện thoại", "Từ ngày", "Đến hết ngày"]
CODE = r'<p class="code">([A-Z2-9]{4} [A-Z2-9]{4})</p>'


def workbook(*rows: list[Any], head: list[str] = HEAD) -> bytes:
    made, out = Workbook(), io.BytesIO()
    sheet = made.worksheets[0]
    for row in (head, *rows):
        sheet.append(row)
    made.save(out)
    return out.getvalue()


async def brings(someone: Browser, content: bytes) -> httpx.Response:
    return await someone.http.post(PAGE, data={"csrftoken": someone.token}, files={"file": ("a.xlsx", content)})


def confirmation(page: httpx.Response) -> str:
    found = re.search(rf'action="({PAGE}/\d+/confirm)"', page.text)
    assert found is not None
    return found[1]


def test_every_fault_names_its_cell(catalog: Catalog) -> None:
    content = workbook(
        ["Sở Y tế", "Y Một", "Chuyên viên", "phó", "0905 123 456", date(2024, 12, 1), "31/12/2024"],
        ["", "Y Hai"],
        ["Sở Phép thuật", "Y Ba"],
        ["Đăk Hà", "Y Bốn"],
        ["Sở Y tế", ""],
        ["Sở Y tế", "Y 5"],
        ["so y te", "Y Sáu", None, "vua"],
        [None, None, None],
        ["Sở Y tế", "Y Bảy", None, None, "12345"],
        ["Sở Y tế", "Y Tám", None, None, None, "32/13/2024"],
        ["Sở Y tế", "Y Chín", None, None, None, None, date(2024, 11, 10)],
        ["UBND huyện Sa Thầy", "Y Mười", None, None, 905111222, date(2025, 7, 1)],
        ["Sở Y tế", "=A1&B1"],
        ["Sở Y tế", "Y Muộn", None, "Thủ trưởng", "+84 905.111.333", date(2020, 1, 1)],
    )
    found = read_contacts(content, catalog, TODAY)
    assert [(fault.cell, fault.key, fault.left_out) for fault in found.faults] == [
        ("A3", "no_agency", True),
        ("A4", "unknown_agency", True),
        ("A5", "homonym", True),
        ("B6", "no_name", True),
        ("B7", "bad_name", True),
        ("D8", "unknown_role", True),
        ("E10", "bad_phone", False),
        ("F11", "bad_day", True),
        ("G12", "period", True),
        ("A13", "no_such_agency", True),
        ("B14", "formula", True),
    ]
    first, seven, late = found.invitees
    assert (first.agency_id, first.role, first.named.phone) == ("so_y_te", ContactRole.DEPUTY, "84905123456")
    assert (first.named.first_day, first.named.last_day) == (date(2024, 12, 1), date(2024, 12, 31))
    assert (seven.role, seven.named.phone) == (ContactRole.MAIN, None)
    assert (late.role, late.named.phone, late.named.first_day) == (ContactRole.HEAD, "84905111333", None)
    for fault in found.faults:
        assert fault.sentence(catalog.text)


def test_the_template_reads_back_and_a_long_sheet_is_cut(catalog: Catalog) -> None:
    empty = empty_sheet(catalog.text)
    assert [cell.value for cell in load_workbook(io.BytesIO(empty)).worksheets[0][1]] == HEAD
    found = read_contacts(empty, catalog, TODAY)
    assert (found.invitees, found.faults) == ([], [])
    rows = [["Sở Y tế", f"Y {'abcdefghij'[n % 10]}x"] for n in range(MOST_ROWS + 5)]
    long = read_contacts(workbook(*rows), catalog, TODAY)
    assert len(long.invitees) == MOST_ROWS
    assert [fault.cell for fault in long.faults] == [f"A{MOST_ROWS + 2}"]


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * (MOST_UNPACKED + 1))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Chọn tệp .xlsx"),
        (b"nonsense", "không khớp với đuôi"),
        (b"PK\x03\x04 torn", "Tệp hỏng"),
        (_bomb(), "Tệp quá lớn"),
        (workbook(["x"], head=["Tên", "Ghi chú"]), "Không thấy cột Đơn vị"),
    ],
)
async def test_what_is_no_list_is_refused_and_not_kept(
    browser: NewBrowser, loa: Loa, content: bytes, told: str
) -> None:
    editor = await browser(EDITOR)
    answer = await brings(editor, content)
    assert answer.status_code == 422
    assert told in words(answer)
    async with loa.db.reading() as db:
        assert not (await db.exec(select(StoredFile))).all()


async def test_a_list_is_looked_at_confirmed_printed_and_registers_nobody(
    browser: NewBrowser, loa: Loa, phones: Phones, clock: TestClock
) -> None:
    editor = await browser(EDITOR)
    content = workbook(
        ["Sở Y tế", "Y Ngọc Lan", "Chuyên viên", None, "0905123456", None, date(2024, 12, 1)],
        ["Sở Nội vụ", "A Hùng", None, "phó"],
        ["Sở Y tế", "LÊ CHI"],
        ["UBND huyện Sa Thầy", "Tên Khác", None, None, "0905 000 111"],
        ["Sở Nội vụ", "a hùng"],
        ["Sở Nào", "Y Sai"],
    )
    page = await brings(editor, content)
    shown = words(page)
    for told in ("Sẽ mời (2)", "Y Ngọc Lan", "đến hết 01/12/2024", "Không mời (4)", "Ô A7 : chưa nhận ra đơn vị"):
        assert told in shown, told
    assert shown.count("đã là cán bộ của đơn vị") == 2
    assert "Ô B6 : a hùng, trùng với dòng ở trên" in shown
    async with loa.db.reading() as db:
        assert not (await db.exec(select(Invitation))).all()
    assert (await (await browser(ADMIN)).press(confirmation(page), days="30")).url.path == PAGE, "somebody else's"

    sheet = await editor.post(confirmation(page), days="30")
    assert "Y Ngọc Lan, Sở Y tế" in words(sheet)
    assert "đến 00:00 02/12/2024" in words(sheet)
    codes = re.findall(CODE, sheet.text)
    assert len(codes) == 2
    again = await editor.press(confirmation(page), days="30")
    assert "đã được dùng hoặc quá một giờ" in words(again)
    assert "Sẽ mời" not in words(await brings(editor, content)), "both are invited by now"
    entry = next(one for one in await editor.audit() if one.action == "contacts.imported")
    assert (entry.actor, entry.detail) == (EDITOR, {"invited": 2})
    async with loa.db.reading() as db:
        assert not (await db.exec(select(StoredFile))).all()
        assert len((await db.exec(select(Contact))).all()) == 3

    lan = Person(loa, phones, "lan2")
    await lan.opens(codes[0])
    assert "Số điện thoại" in (await lan.says("đồng ý"))[0].text
    assert "Y Ngọc Lan" in (await lan.says("bỏ qua"))[0].text
    assert "Đã đăng ký Y Ngọc Lan" in (await lan.says("đúng"))[0].text
    async with loa.db.reading() as db:
        [appointment] = await appointments_of(db, 4)
        used, waiting = (await db.exec(select(Invitation).order_by(Invitation.id))).all()  # type: ignore[arg-type]
    assert (appointment.first_day, appointment.last_day, appointment.made_by) == (TODAY, date(2024, 12, 1), EDITOR)
    assert (used.invitee_name, used.invitee_phone, waiting.invitee_name) == (None, None, "A Hùng")
    clock.move(timedelta(days=31))
    assert (await forget(loa.db, loa.catalog, clock.now()))["invitees"] == 1
    async with loa.db.reading() as db:
        assert (await db.get_one(Invitation, waiting.id)).invitee_name is None


async def test_who_begins_later_may_act_from_that_day(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    editor = await browser(EDITOR)
    page = await brings(editor, workbook(["Sở Nội vụ", "A Hùng", "Chuyên viên", None, None, date(2024, 12, 1)]))
    [code] = re.findall(CODE, (await editor.post(confirmation(page), days="30")).text)
    hung = Person(loa, phones, "hung2")
    await hung.opens(code)
    for answer in ("đồng ý", "bỏ qua", "đúng"):
        await hung.says(answer)
    assert "từ ngày 01/12/2024" in (await hung.taps("tasks"))[0].text


async def test_a_look_lasts_an_hour_and_the_number_of_days_is_checked(
    browser: NewBrowser, loa: Loa, clock: TestClock
) -> None:
    editor = await browser(EDITOR)
    page = await brings(editor, workbook(["Sở Nội vụ", "A Hùng"]))
    assert "từ 1 đến 90" in words(await editor.press(confirmation(page), days="400"))
    clock.move(timedelta(minutes=61))
    assert "quá một giờ" in words(await editor.press(confirmation(page), days="30"))
    async with loa.db.reading() as db:
        assert not (await db.exec(select(Invitation))).all()
