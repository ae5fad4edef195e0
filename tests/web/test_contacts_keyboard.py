"""The contacts' forms without a mouse: every control is reached by Tab, in the order of the page."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook
from playwright.sync_api import Locator, sync_playwright

from tests.people import Phones
from tests.web.desks import CHROMIUM, CHROMIUM_ARGUMENTS, Desk, House, housed
from tests.web.office import EDITOR
from tests.web.test_requests import asks

if TYPE_CHECKING:
    from content.catalog import Catalog
    from nlu.understanding import Understander

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium (apt-get install chromium)")
MOST_TABS = 150


@pytest.fixture
def asked_house(
    department_template: Path, tmp_path: Path, catalog: Catalog, understander: Understander
) -> Iterator[House]:
    """A house with two requests in its queue."""
    path, phones = tmp_path / "loa.db", Phones()
    shutil.copy(department_template, path)
    with housed(f"sqlite:///{path}", catalog, understander, phones) as house:
        for user, agency in (("u1", "Sở Y tế"), ("u2", "Sở Nội vụ")):
            house.run(asks(house.loa, phones, user, agency, "bỏ qua"))
        yield house


def reach(desk: Desk, control: Locator) -> None:
    """Tab on until the control has the focus."""
    for _ in range(MOST_TABS):
        desk.page.keyboard.press("Tab")
        if control.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{control} is not reached by Tab")


def press(desk: Desk, control: Locator, key: str = "Enter") -> None:
    reach(desk, control)
    desk.page.keyboard.press(key)
    desk.page.wait_for_load_state()


@pytest.fixture
def desk(asked_house: House) -> Iterator[Desk]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        desk = Desk(browser.new_context(viewport={"width": 1280, "height": 900}, locale="vi-VN"), asked_house.base)
        desk.log_in(EDITOR)
        yield desk
        browser.close()


def test_requests_lists_and_appointments_need_no_mouse(desk: Desk) -> None:
    page = desk.page
    desk.open("/console/contacts")
    press(desk, page.get_by_role("link", name="Đề nghị chờ duyệt (2)"))
    page.wait_for_url("**/contacts/requests")
    press(desk, page.locator("#role-1"), "ArrowDown")
    press(desk, page.locator("form[action$='/1/approve'] button"))
    page.get_by_text("Đã duyệt Y Ngọc Lan: phó, Sở Y tế").wait_for()
    press(desk, page.get_by_text("Không duyệt…"))
    reach(desk, page.get_by_label("Lý do"))
    page.keyboard.type("Sở đã cử người khác")
    press(desk, page.get_by_role("button", name="Gửi lý do, không duyệt"))
    page.get_by_text("Đã từ chối").wait_for()

    desk.open("/console/contacts/import")
    with page.expect_file_chooser() as chooser:
        press(desk, page.locator("#file"))
    chooser.value.set_files({"name": "a.xlsx", "mimeType": "application/zip", "buffer": _list()})
    press(desk, page.get_by_role("button", name="Xem trước"))
    page.get_by_text("Sẽ mời (1)").wait_for()
    press(desk, page.get_by_role("button", name="Tạo 1 mã mời và mở phiếu in"))
    page.get_by_text("A Hùng, Sở Nội vụ").wait_for()

    desk.open("/console/contacts/1")
    press(desk, page.locator("summary", has_text="Phân công thêm"))
    press(desk, page.locator("#role"), "ArrowDown")
    press(desk, page.get_by_role("button", name="Phân công", exact=True))
    page.get_by_text("Đã phân công: phó, UBND huyện Sa Thầy").wait_for()
    press(desk, page.locator("summary", has_text="Kết thúc").first)
    press(desk, page.get_by_role("button", name="Kết thúc phân công").first)
    page.get_by_text("hết ngày 11/11/2024").first.wait_for()
    assert not desk.complaints


def _list() -> bytes:
    made, out = Workbook(), io.BytesIO()
    for row in (["Đơn vị", "Họ và tên"], ["Sở Nội vụ", "A Hùng"]):
        made.worksheets[0].append(row)
    made.save(out)
    return out.getvalue()
