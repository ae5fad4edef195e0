"""The simulation's page in a real browser, wide and on a phone: two people talk, a fault comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.simulate.conftest import Running

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium (apt-get install chromium)")
PATIENCE = 20_000
"""Milliseconds; the machine may be busy."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=[1280, 390])
def page(running: Running, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": request.param, "height": 844})
    faults: list[str] = []
    strangers: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("request", lambda asked: strangers.append(asked.url) if not _ours(asked.url, running.base) else None)
    page.goto(f"{running.base}/simulate")
    expect(page.locator(".phone")).to_have_count(4, timeout=PATIENCE)
    yield page
    page.close()
    assert not faults
    assert not strangers


def _ours(url: str, base: str) -> bool:
    return urlsplit(url).netloc == urlsplit(base).netloc


def _phone(page: Page, name: str) -> Locator:
    return page.locator(".phone", has=page.locator(".name", has_text=name))


def _say(phone: Locator, text: str) -> None:
    phone.get_by_role("textbox").fill(text)
    phone.get_by_role("textbox").press("Enter")


def test_two_people_talk_and_a_fault_comes_and_goes(page: Page) -> None:
    lan, an = _phone(page, "Chị Lan"), _phone(page, "Anh An")
    before = {name: phone.locator(".loa").count() for name, phone in (("lan", lan), ("an", an))}
    _say(lan, "ăn nấm rừng bị nôn")
    expect(lan.locator(".loa").nth(before["lan"])).to_contain_text("115", timeout=PATIENCE)
    _say(an, "sạc xe điện qua đêm có sao không")
    expect(an.locator(".loa").nth(before["an"])).to_contain_text("Nguồn:", timeout=PATIENCE)
    an.get_by_role("button", name="Menu").last.click()
    expect(an.locator(".mine").last).to_contain_text("Bấm: Menu", timeout=PATIENCE)
    expect(an.locator(".loa").nth(before["an"] + 1)).to_be_visible(timeout=PATIENCE)

    fault = page.locator("[name=telegram_secret]")
    fault.focus()
    page.keyboard.press("Space")
    expect(page.locator("#count")).to_have_text("1 lỗi đang bật", timeout=PATIENCE)
    seen = an.locator(".loa").count()
    _say(an, "ăn cá nóc có chết không")
    expect(an.locator(".state")).to_have_text("Loa đang trả lời…", timeout=PATIENCE)
    page.wait_for_timeout(1000)
    assert an.locator(".loa").count() == seen
    page.get_by_role("button", name="Tắt hết lỗi").click()
    expect(page.locator("#count")).to_have_text("Không có lỗi nào đang bật", timeout=PATIENCE)
    expect(an.locator(".loa").nth(seen)).to_contain_text("cá nóc", ignore_case=True, timeout=PATIENCE)


def test_it_fits_the_screen_and_everything_to_touch_is_large_enough(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for control in page.locator("header a, .phone form button, .phone summary, #tabs a, fieldset label").all():
        if not control.is_visible():  # the way to the faults, where they stand beside the phones
            continue
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 43.9, control.inner_text()


def test_an_unread_message_counts_until_the_phone_is_touched(page: Page, running: Running) -> None:
    phone = next(each for each in running.rig.phones.values() if each.name == "Anh An")
    page.locator("h1").click()
    _phone(page, "Chị Lan").get_by_role("textbox").focus()
    running.call(lambda: phone.say("menu"))
    badge = _phone(page, "Anh An").locator(".badge")
    expect(badge).to_be_visible(timeout=PATIENCE)
    _phone(page, "Anh An").get_by_role("textbox").focus()
    expect(badge).to_be_hidden(timeout=PATIENCE)
