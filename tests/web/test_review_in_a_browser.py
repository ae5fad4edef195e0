"""A letter on its way from a file into force, walked in a real browser, on a wide screen and on a phone.

``REVIEW_SHOTS=folder`` keeps a picture of each step there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.documents.measure import EXPECTED, HERE
from tests.people import Phones
from tests.web.desks import CHROMIUM, CHROMIUM_ARGUMENTS, Desk, House, housed
from tests.web.office import APPROVER, EDITOR

if TYPE_CHECKING:
    from content.catalog import Catalog
    from nlu.understanding import Understander

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium (apt-get install chromium)")
LETTER = HERE / "seeds" / EXPECTED["003"]["file"]
SHOTS = os.environ.get("REVIEW_SHOTS")


@pytest.fixture
def house(department_url: str, catalog: Catalog, understander: Understander) -> Iterator[House]:
    with housed(department_url, catalog, understander, Phones()) as served_house:
        yield served_house


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


def seated(chromium: Browser, house: House, name: str, width: int) -> Desk:
    desk = Desk(chromium.new_context(viewport={"width": width, "height": 900}, locale="vi-VN"), house.base)
    desk.log_in(name)
    return desk


def shot(desk: Desk, name: str, whole: bool = False) -> None:
    assert not desk.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), name
    if SHOTS:
        width = desk.page.viewport_size["width"] if desk.page.viewport_size else 0
        desk.page.screenshot(path=str(Path(SHOTS) / f"{width}-{name}.png"), full_page=whole)


@pytest.mark.parametrize("width", [1280, 390])
def test_from_a_file_into_force(chromium: Browser, house: House, width: int, tmp_path: Path) -> None:
    editor = seated(chromium, house, EDITOR, width)
    page = editor.page
    editor.open("/console/directives")
    shot(editor, "1-archive")
    page.get_by_label("Tệp văn bản").set_input_files(shutil.copy(LETTER, tmp_path / "cong-van.txt"))
    editor.press("Đọc văn bản")
    expect(page.locator("#progress")).to_contain_text("Đã xem 0/14 mục")
    shot(editor, "2-review")

    # A field shows its sentence; by the keyboard too.
    page.locator("#i1 a.loa-spot", has_text="Phòng ngừa ngộ độc").first.click()
    expect(page.locator(".loa-lit")).to_contain_text("ngộ độc thực phẩm")
    expect(page.locator(".loa-lines mark")).to_contain_text("Phòng ngừa ngộ độc thực phẩm")
    expect(page.locator(".loa-lit").first).to_be_in_viewport()
    shot(editor, "3-sentence")
    page.keyboard.press("Escape")
    page.locator("#i2 a.loa-spot").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".loa-lit").first).to_be_in_viewport()
    page.keyboard.press("Escape")

    # Correct it, with an agency from the registry.
    page.locator("#i1").get_by_role("link", name="Sửa", exact=True).click()
    form = page.locator("#i1.loa-opened")
    form.get_by_label("Tên").fill("Phòng ngộ độc thực phẩm dịp Tết")
    form.get_by_placeholder("Tìm cơ quan").press_sequentially("sa thay")
    expect(form.locator(".loa-candidates")).to_contain_text("UBND huyện Sa Thầy")
    shot(editor, "4-editing")
    form.locator(".loa-candidates").get_by_label("UBND huyện Sa Thầy").check()
    form.get_by_role("button", name="Lưu, đã xem").click()
    expect(page.locator("#progress")).to_contain_text("Đã xem 1/14 mục")
    expect(page.locator("#i1")).to_contain_text("UBND huyện Sa Thầy")
    expect(page.locator("#i1")).to_contain_text("Máy đọc: Phòng ngừa ngộ độc thực phẩm")

    # Cut, join, drop, undo, add.
    page.locator("#i5").get_by_role("link", name="Sửa", exact=True).click()
    page.locator("#i5 .loa-cut summary").click()
    page.locator("#i5 input[name=place]").first.check()
    shot(editor, "5-cutting")
    page.locator("#i5").get_by_role("button", name="Tách từ câu được chọn").click()
    expect(page.locator("#n1.loa-opened")).to_be_visible()
    expect(page.locator("#progress")).to_contain_text("/15 mục")
    editor.open(page.url.partition("?")[0].removeprefix(house.base) + "?open=i5#i5")
    page.locator("#i5 .loa-cut summary").click()
    page.locator("#i5").get_by_role("button", name="Gộp với mục sau").click()
    expect(page.locator("#n1.loa-dropped")).to_be_visible()
    expect(page.locator("#progress")).to_contain_text("/14 mục")
    page.locator("#i7").get_by_role("link", name="Sửa", exact=True).click()
    page.locator("#i7 .loa-cut summary").click()
    page.locator("#i7").get_by_role("button", name="Bỏ mục này").click()
    expect(page.locator("#i7.loa-dropped")).to_be_visible()
    shot(editor, "6-dropped")
    editor.press("Hoàn tác")
    expect(page.locator("#i7.loa-dropped")).to_have_count(0)
    page.get_by_label("Từ dòng").fill("12")
    page.get_by_label("đến dòng").fill("12")
    editor.press("Thêm mục")
    expect(page.locator("#n2.loa-opened")).to_be_visible()
    page.locator("#n2").get_by_role("button", name="Lưu, đã xem").click()
    expect(page.locator("#n2")).to_contain_text("đã xem")

    # Everything seen, then a second person puts it into force.
    while page.locator("button[data-act=see]").count():
        left = page.locator("button[data-act=see]").count()
        page.locator("button[data-act=see]").first.click()
        expect(page.locator("button[data-act=see]")).to_have_count(left - 1)
    expect(page.locator("#progress")).to_contain_text("Đã xem đủ 15 mục")
    shot(editor, "7-seen", whole=True)
    editor.press("Đánh dấu đã rà soát")
    assert "Đã đánh dấu đã rà soát" in editor.text
    address = page.url.removeprefix(house.base)

    approver = seated(chromium, house, APPROVER, width)
    approver.open(address)
    shot(approver, "8-approving")
    approver.press("Cho hiệu lực")
    assert "Văn bản có hiệu lực" in approver.text
    assert "Phòng ngộ độc thực phẩm dịp Tết" in approver.text
    shot(approver, "9-in-force")
    approver.open("/console/directives?q=phong+ngo+doc+dip+tet")
    assert "Phòng ngộ độc thực phẩm dịp Tết" in approver.text
    shot(approver, "10-found")
    assert not editor.complaints + approver.complaints
    assert editor.hosts == approver.hosts == {house.base}
    page.context.close()
    approver.page.context.close()
