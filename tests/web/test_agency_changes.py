"""Changes of agencies in the console: described, looked at, confirmed, undone, without a mouse and on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from storage.contacts import Contact
from tests.people import Phones
from tests.web.conftest import NewBrowser
from tests.web.desks import CHROMIUM, CHROMIUM_ARGUMENTS, Desk, House, housed
from tests.web.office import EDITOR, words
from tests.web.test_contacts_keyboard import press, reach

if TYPE_CHECKING:
    from bot.app import Loa
    from content.catalog import Catalog
    from nlu.understanding import Understander
    from tests.conftest import TestClock

PAGE = "/console/agency-changes"
SA_THAY = "ubnd_huyen_sa_thay"


async def test_a_split_is_shared_out_before_it_is_confirmed(loa: Loa, browser: NewBrowser, phones: Phones) -> None:
    desk = await browser(EDITOR)
    answer = await desk.press(
        PAGE, kind="split", before=SA_THAY, names="UBND Sa Thầy Bắc\nUBND Sa Thầy Nam", day="2024-11-11", basis="NQ 1"
    )
    assert "Ai và việc nào về đâu" in words(answer)
    assert "Xác nhận và thực hiện ngay" not in words(answer)
    refused = await desk.press(f"{PAGE}/1/confirm")
    assert "lưu phân chia trước" in words(refused)
    async with loa.db.reading() as db:
        from storage.passing_on import appointments_from, tasks_given

        officers = await appointments_from(db, [SA_THAY], loa.clock.now().date())
        tasks = await tasks_given(db, [SA_THAY])
    shares = {f"contact:{one.id}": "ubnd_sa_thay_nam" for one, _ in officers}
    shares |= {f"task:{task.id}": "ubnd_sa_thay_bac" for task, _ in tasks}
    shared = await desk.press(f"{PAGE}/1/share", rest="ubnd_sa_thay_bac", **shares)
    assert "Đã lưu phân chia" in words(shared)
    done = await desk.press(f"{PAGE}/1/confirm")
    assert "Đã thực hiện" in words(done)
    async with loa.db.reading() as db:
        contact = await db.get_one(Contact, officers[0][1].id)
    assert contact.agency_id == "ubnd_sa_thay_nam"
    assert loa.catalog.agency_name(contact.agency_id) == "UBND Sa Thầy Nam"  # known at once, without a restart
    assert "UBND Sa Thầy Nam" in words(await desk.get("/console/contacts"))
    await loa.outbox.drain()
    assert any("chia tách" in part.text for person in phones.inbox.values() for part in person)


async def test_bad_input_keeps_what_was_written(browser: NewBrowser) -> None:
    desk = await browser(EDITOR)
    answer = await desk.post(PAGE, kind="merge", before="so_y_te", day="2024-11-18", basis="QĐ 7/QĐ-UBND")
    assert answer.status_code == 422
    assert "đúng một đơn vị tiếp nhận" in words(answer)
    assert 'value="QĐ 7/QĐ-UBND"' in answer.text
    assert 'value="so_y_te" checked' in answer.text
    assert (await desk.post(PAGE, kind="merge", before="so_y_te", day="mai", basis="QĐ 7")).status_code == 422
    assert (await desk.post(PAGE, kind="nothing")).status_code == 404
    assert (await desk.post(f"{PAGE}/adopt", spec="nothing")).status_code == 404
    assert (await desk.post(f"{PAGE}/99/confirm")).status_code == 404


async def test_what_the_state_decided_is_offered_and_taken_up(loa: Loa, browser: NewBrowser, clock: TestClock) -> None:
    desk = await browser(EDITOR)
    page = words(await desk.get(PAGE))
    assert "chưa thực hiện tại đây (50)" in page
    assert "cần đối chiếu văn bản" in page
    taken = words(await desk.press(f"{PAGE}/adopt", spec="so_khdt_2025"))
    assert "Sở Kế hoạch và Đầu tư" in taken
    assert "Xác nhận, thực hiện ngày 01/03/2025" in taken
    assert "đã xác nhận, chờ ngày" in words(await desk.press(f"{PAGE}/1/confirm"))
    assert "(49)" in words(await desk.get(PAGE))
    clock.move(timedelta(days=120))
    await loa.settle_agencies()
    assert loa.catalog.province.agencies.has_passed_on("so_khdt")


@pytest.fixture
def house(department_template: Path, tmp_path: Path, catalog: Catalog, understander: Understander) -> Iterator[House]:
    path = tmp_path / "loa.db"
    shutil.copy(department_template, path)
    with housed(f"sqlite:///{path}", catalog, understander, Phones()) as house:
        yield house


def test_a_merger_needs_no_mouse_and_fits_a_phone(house: House, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        desk = Desk(browser.new_context(viewport={"width": 1280, "height": 900}, locale="vi-VN"), house.base)
        page = desk.page
        desk.log_in(EDITOR)
        desk.open(PAGE)
        press(desk, page.get_by_role("link", name="Thay đổi mới"))
        page.wait_for_url("**/new")
        press(desk, page.locator("summary", has_text="Huyện, thành phố").first)
        press(desk, page.locator(f"input[name=before][value={SA_THAY}]"), "Space")
        reach(desk, page.get_by_label("Hoặc tên đơn vị mới lập"))
        page.keyboard.type("UBND khu vực Sa Thầy")
        reach(desk, page.get_by_label("Căn cứ"))
        page.keyboard.type("Nghị quyết 12/NQ-HĐND")
        press(desk, page.get_by_role("button", name="Xem trước"))
        page.get_by_text("Cái gì sẽ đổi").wait_for()
        press(desk, page.get_by_role("button", name="Xác nhận và thực hiện ngay"))
        page.get_by_text("Đã thực hiện, có hiệu lực").wait_for()
        press(desk, page.get_by_text("Hoàn tác…"))
        press(desk, page.get_by_role("button", name="Hoàn tác thay đổi này"))
        page.get_by_text("Đã hoàn tác. Cán bộ được báo.").wait_for()
        page.set_viewport_size({"width": 390, "height": 844})
        for path in (PAGE, f"{PAGE}/new?kind=split", f"{PAGE}/1"):
            desk.open(path)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert not desk.complaints
        browser.close()
