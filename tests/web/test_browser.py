"""The console in a real browser: what two people do with it, and that it asks nobody but us."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.people import Phones
from tests.web.desks import CHROMIUM, CHROMIUM_ARGUMENTS, Desk, House, housed
from tests.web.office import ADMIN, APPROVER, EDITOR, TABLES

if TYPE_CHECKING:
    from content.catalog import Catalog
    from nlu.understanding import Understander

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium (apt-get install chromium)")

PAGES = (
    "/console/",
    "/console/digests",
    "/console/digests/1",
    "/console/digests/1/editions/ubnd_huyen_sa_thay",
    "/console/digests/1/report",
    "/console/uptake",
    "/console/clarifications",
    "/console/extensions",
    "/console/obligations",
    "/console/corrections",
    "/console/loudspeaker?item=i003_1_2",
    "/console/reports",
    "/console/progress",
    "/console/forms",
    "/console/tickets",
    "/console/questions",
    "/console/questions/proposals/1",
    "/console/questions/decided",
    "/console/questions/drafts",
    "/console/questions/log",
    "/console/content",
    "/console/content/conflicts",
    "/console/content/emergency",
    "/console/content/hotlines",
    "/console/contacts",
    "/console/contacts/1",
    "/console/contacts/requests",
    "/console/contacts/import",
    "/console/agency-changes",
    "/console/agency-changes/new?kind=split",
    "/console/invitations",
    "/console/rhythm",
    "/console/digests/1/recipients",
    "/console/phone",
    "/console/directives",
    "/console/directives?q=ngo+doc",
    "/console/directives/cv_tuan_46_2024",
    *(f"/console/tables/{table}/list" for table in (*TABLES, "audit", "users")),
    "/console/tables/contacts/detail?pk=1",
    "/console/tables/contacts/edit?pk=1",
    "/console/tables/users/create",
    "/console/nowhere",
)


@pytest.fixture(scope="module")
def house(
    department_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    catalog: Catalog,
    understander: Understander,
) -> Iterator[House]:
    """One house for all tests of this file, with the week's digest on its way through it."""
    path = tmp_path_factory.mktemp("browser") / "loa.db"
    shutil.copy(department_template, path)
    with housed(f"sqlite:///{path}", catalog, understander, Phones()) as served_house:
        yield served_house


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def sits(chromium: Browser, house: House) -> Iterator[object]:
    """``sits("lan")`` is a desk at which she is logged in."""
    contexts: list[BrowserContext] = []

    def new(name: str, width: int = 1280) -> Desk:
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale="vi-VN")
        contexts.append(context)
        desk = Desk(context, house.base)
        desk.log_in(name)
        return desk

    yield new
    for context in contexts:
        context.close()


def test_two_people_send_the_weeks_digest(sits, house: House) -> None:  # type: ignore[no-untyped-def]
    editor: Desk = sits(EDITOR)
    editor.page.get_by_role("link", name="Soạn bản tin").click()
    editor.press("Soạn")
    assert "Đã soạn bản nháp" in editor.text
    editor.page.get_by_placeholder("Tìm đơn vị, gõ không dấu được").press_sequentially("sa thay")
    expect(editor.page.locator("#editions a")).to_have_count(1)
    editor.page.get_by_role("link", name="UBND huyện Sa Thầy").click()
    editor.page.wait_for_load_state()
    assert editor.page.locator(".loa-phone").count() == 4
    assert "Đã tiếp nhận" in editor.page.locator(".loa-zalo .loa-buttons").first.inner_text()
    editor.page.get_by_role("link", name="Bản tin tuần 46/2024").click()
    editor.press("Trình duyệt")
    assert "Chờ duyệt" in editor.text
    assert not editor.page.get_by_role("button", name="Duyệt", exact=True).count()

    approver: Desk = sits(APPROVER)
    approver.page.get_by_role("link", name="Mở bản tin").click()
    approver.page.wait_for_load_state()
    approver.page.get_by_text("Trả lại để sửa…").click()
    approver.page.get_by_label("Lý do trả lại").fill("Xem lại <b>mục 2</b>")
    approver.press("Trả lại")
    assert "Xem lại <b>mục 2</b>" in approver.text

    editor.open("/console/digests/1")
    assert "Xem lại <b>mục 2</b>" in editor.text
    editor.press("Soạn lại")
    editor.press("Trình duyệt")

    approver.open("/console/digests/1")
    approver.press("Duyệt")
    assert "Nội dung được niêm phong" in approver.text
    approver.press("Gửi ngay")  # the browser itself asks for the tick
    assert "Đã duyệt, chưa gửi" in approver.text
    approver.page.get_by_label("Tôi đã xem").check()
    approver.press("Gửi ngay")
    assert "Bắt đầu gửi 3 lượt" in approver.text
    assert "đang cập nhật" in approver.text
    house.drain()
    expect(approver.page.locator("#ledger-counts")).not_to_have_attribute(
        "hx-trigger", re.compile(".*"), timeout=15_000
    )
    expect(approver.page.locator("#ledger-live tbody")).not_to_contain_text("Chờ gửi")
    assert "3 Đã gửi" in approver.text
    assert not editor.complaints + approver.complaints
    assert editor.hosts == approver.hosts == {house.base}


def test_a_week_is_composed_approved_and_leaves_by_the_rhythm(sits, house: House) -> None:  # type: ignore[no-untyped-def]
    """What comes next stands beside each step, with its time; on a phone for the approver."""
    editor: Desk = sits(EDITOR)
    editor.open("/console/digests")
    editor.page.get_by_label("Tuần", exact=True).fill("2024-W47")
    editor.press("Soạn")
    assert "Xem trước" in editor.page.locator(".loa-checklist [aria-current]").inner_text()
    editor.press("Trình duyệt")
    timeline = editor.page.locator(".loa-timeline").inner_text()
    assert "15:00 15/11/2024" in timeline
    assert "07:30 18/11/2024" in timeline
    address = editor.page.url.removeprefix(house.base)

    approver: Desk = sits(APPROVER, 390)
    approver.open(address)
    approver.press("Duyệt")
    assert "Bản tin tự gửi" in approver.page.locator(".loa-timeline").inner_text()
    assert "07:30 18/11/2024" in approver.text
    approver.page.get_by_label("Ngày gửi").fill("2024-11-19")
    approver.page.get_by_label("Giờ gửi").fill("08:00")
    approver.press("Hẹn giờ")
    assert "08:00 19/11/2024" in approver.page.locator(".loa-timeline").inner_text()
    approver.page.get_by_role("link", name="Người nhận và kiểm tra trước khi gửi").click()
    approver.page.wait_for_load_state()
    assert "Miễn phí" in approver.text
    assert approver.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not editor.complaints + approver.complaints


def test_nothing_is_asked_of_other_hosts_and_no_rule_is_broken(sits, house: House) -> None:  # type: ignore[no-untyped-def]
    """Over every page: no request leaves, no script is refused by the policy, nothing fails to load."""
    admin: Desk = sits(ADMIN)
    for path in PAGES:
        admin.open(path)
        assert admin.page.locator("html").get_attribute("lang") == "vi", path
        assert not admin.complaints, (path, admin.complaints)
    assert admin.hosts == {house.base}


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(sits, width: int) -> None:  # type: ignore[no-untyped-def]
    admin: Desk = sits(ADMIN, width)
    for path in PAGES:
        admin.open(path)
        assert not admin.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), path


def test_the_menu_opens_on_a_phone(sits) -> None:  # type: ignore[no-untyped-def]
    editor: Desk = sits(EDITOR, 390)
    assert not editor.page.get_by_role("link", name="Báo cáo tiến độ").is_visible()
    editor.page.get_by_role("button", name="Mở danh mục").click()
    editor.page.get_by_role("link", name="Báo cáo tiến độ").click()
    editor.page.wait_for_url("**/console/reports")


def test_the_keyboard_is_enough(sits) -> None:  # type: ignore[no-untyped-def]
    editor: Desk = sits(EDITOR)
    editor.open("/console/tickets")
    editor.page.keyboard.press("Tab")
    assert editor.page.evaluate("document.activeElement.textContent") == "Đến nội dung chính"
    editor.page.keyboard.press("Enter")
    assert editor.page.evaluate("document.activeElement.id") == "main"
    editor.open("/console/tables/contacts/list")
    editor.page.get_by_role("link", name="Nguyễn Văn An").focus()
    editor.page.keyboard.press("Enter")
    editor.page.wait_for_url("**/detail?**")


def test_what_the_keyboard_is_on_can_be_seen(sits) -> None:  # type: ignore[no-untyped-def]
    editor: Desk = sits(EDITOR)
    editor.open("/console/tickets")
    ringed = set()
    for _ in range(40):
        editor.page.keyboard.press("Tab")
        kind, width = editor.page.evaluate(
            "(() => { const on = document.activeElement; return [on.tagName, getComputedStyle(on).outlineWidth] })()"
        )
        if kind == "BODY":
            break
        assert width == "3px", kind
        ringed.add(kind)
    assert {"A", "BUTTON"} <= ringed


def test_an_action_of_a_table_asks_before_it_is_taken(sits, house: House) -> None:  # type: ignore[no-untyped-def]
    editor: Desk = sits(EDITOR)
    editor.open("/console/tables/contacts/detail?pk=3")
    editor.page.get_by_role("button", name="Kết thúc").click()
    dialog = editor.page.get_by_role("dialog")
    dialog.wait_for()
    assert "không còn là đầu mối" in dialog.inner_text()
    dialog.get_by_role("button", name="Hủy").click()
    dialog.wait_for(state="hidden")
    editor.page.get_by_role("button", name="Kết thúc").click()
    dialog.get_by_role("button", name="Kết thúc").click()
    expect(editor.page.get_by_role("button", name="Sửa")).to_have_count(0)
    assert not editor.complaints


def test_a_filter_is_built_by_hand(sits) -> None:  # type: ignore[no-untyped-def]
    admin: Desk = sits(ADMIN)
    admin.open("/console/tables/agencies/list")
    admin.page.get_by_role("button", name="Bộ lọc").click()
    admin.page.get_by_role("button", name="Thêm điều kiện").click()
    menu = admin.page.locator(".dropdown-menu.show")
    assert "Lọc" in menu.inner_text()
    assert not re.search(r"[A-Za-z]{3,} (of|is|the)\b", menu.inner_text())
    assert not admin.complaints


def test_logging_out(sits) -> None:  # type: ignore[no-untyped-def]
    editor: Desk = sits(EDITOR)
    editor.press("Đăng xuất")
    editor.page.wait_for_url("**/console/login")
    editor.page.go_back()
    editor.page.reload()
    assert "Tên đăng nhập" in editor.text
