"""The web chat in a real browser, and its edges over plain HTTP."""

from __future__ import annotations

import asyncio
import base64
import io
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from openpyxl import load_workbook
from playwright.async_api import Browser, Page, async_playwright
from sqlmodel import select

from bot.app import Loa
from bot.channels.base import NotFetched
from bot.channels.webchat import HELD, LONGEST_BODY
from bot.config import Settings
from bot.demo import fill_province
from content.catalog import Catalog
from handlers.files import attached
from handlers.messages import Address, FileReference, Reply
from nlu.understanding import Understander
from storage.columns import Keyring, use_keyring
from storage.database import Database
from storage.files import LARGEST_FILE, FilePurpose, StoredFile, keep_file
from storage.webchat import WebchatMessage
from tests.conftest import MONDAY, TestClock
from tests.serving import served

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one point."""
CHROMIUM = "/usr/bin/chromium"
PATIENCE = 15_000
"""Milliseconds a page may take to show something; the machine may be busy."""


@dataclass(slots=True)
class Site:
    loa: Loa
    url: str


def demo_on(path: Path) -> Settings:
    return Settings.model_validate({"LOA_DEMO": True, "database_url": f"sqlite:///{path}"})


@pytest.fixture(scope="session")
def demo(province: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo's officers and accounts in it: enrolling them for each test would take a second."""
    path = tmp_path_factory.mktemp("demo") / "loa.db"
    shutil.copy(province, path)
    asyncio.run(_peopled(path, catalog))
    return path


async def _peopled(path: Path, catalog: Catalog) -> None:
    settings = demo_on(path)
    use_keyring(Keyring(settings.keys))
    db = Database(settings.database_url.get_secret_value())
    async with db.session() as session:
        await fill_province(session, catalog, MONDAY)
        await session.commit()
    await db.close()


@pytest.fixture
async def site(
    demo: Path, tmp_path: Path, clock: TestClock, catalog: Catalog, understander: Understander
) -> AsyncIterator[Site]:
    """A served demo."""
    settings = demo_on(Path(shutil.copy(demo, tmp_path / "loa.db")))
    async with Loa.open(settings, clock, (), catalog, understander) as loa, served(loa) as url:
        yield Site(loa, url)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def _page(browser: Browser, javascript: bool = True) -> Page:
    context = await browser.new_context(java_script_enabled=javascript, viewport={"width": 390, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


async def test_a_citizen_asks_without_diacritics_and_gets_the_number_first(site: Site, browser: Browser) -> None:
    page = await _page(browser)
    hosts: set[str] = set()
    troubles: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    await page.goto(f"{site.url}/chat")
    await page.wait_for_selector("article.loa")
    assert "tự động" in await page.inner_text("#talk")

    await page.fill("#text", "cuu voi ca nha an nam rung dang non oi")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("a[href='tel:115']")
    card = page.locator("article.loa", has=page.locator("a[href='tel:115']")).last
    assert "115" in (await card.inner_text()).splitlines()[0]

    await page.fill("#text", "sạc xe điện qua đêm có sao không")
    await page.keyboard.press("Enter")
    await page.locator(".bubble", has_text="Nguồn:").last.wait_for()
    await page.locator("button", has_text="Hữu ích").last.click()
    await page.locator("article.mine .bubble", has_text="Hữu ích").last.wait_for()

    shown = await page.locator("article").count()
    await page.reload()
    assert await page.locator("article").count() >= shown
    assert hosts == {urlsplit(site.url).netloc}
    assert not troubles


async def test_the_page_works_without_javascript(site: Site, browser: Browser) -> None:
    page = await _page(browser, javascript=False)
    await page.goto(f"{site.url}/chat")
    await page.fill("#text", "sạc xe điện qua đêm có sao không")
    await page.click("#say button")
    assert "Nguồn:" in await page.inner_text("#talk")
    await page.locator(".choices button", has_text="Hữu ích").last.click()
    assert "Hữu ích" in await page.locator("article.mine .bubble").last.inner_text()


async def test_in_a_demo_one_becomes_an_officer_and_sees_the_agencys_tasks(site: Site, browser: Browser) -> None:
    page = await _page(browser)
    await page.goto(site.url)
    assert "loa-demo-2024" in await page.inner_text("table")
    await page.locator("button[value='demo-ubnd_huyen_sa_thay-1']").click()
    await page.wait_for_selector("#text")
    assert "trình diễn" in (await page.inner_text("form.demo")).lower()
    await page.fill("#text", "nhiem vu cua toi")
    await page.keyboard.press("Enter")
    await page.locator(".bubble", has_text="15/12/2024").last.wait_for()


async def test_a_message_of_markup_stays_text(site: Site, browser: Browser) -> None:
    page = await _page(browser)
    await page.goto(f"{site.url}/chat")
    await page.fill("#text", "<img src=x onerror=alert(1)> **đậm**")
    await page.keyboard.press("Enter")
    await page.locator("article.mine").last.wait_for()
    assert await page.locator("#talk img").count() == 0


_ODD_POSTS = (
    (b"", "application/x-www-form-urlencoded", 400),
    (b"text=%20%20", "application/x-www-form-urlencoded", 400),
    (b"choice=" + b"x" * 100, "application/x-www-form-urlencoded", 400),
    (b'{"text": "a"}', "application/json", 400),
    (b"text=" + b"x" * 100_000, "application/x-www-form-urlencoded", 413),
    (b"text=%00%ff%fe", "application/x-www-form-urlencoded", 303),
    (b"text=" + b"%E1%BA%A5" * 5000, "application/x-www-form-urlencoded", 303),
    (b"choice=form:old:send&label=", "application/x-www-form-urlencoded", 303),
)


async def test_odd_posts_are_refused_in_words_or_answered(site: Site) -> None:
    for body, content_type, status in _ODD_POSTS:
        async with httpx.AsyncClient(base_url=site.url, timeout=20) as client:
            await client.get("/chat")
            answer = await client.post(
                "/chat/say", content=body, headers={"content-type": content_type, "accept": "text/html"}
            )
            assert answer.status_code == status, (body[:20], answer.text)
            if status >= 400:
                assert "Traceback" not in answer.text
                assert "115" in answer.text
            else:
                assert (await client.get("/chat")).text.count("<article") >= 2


async def test_somebody_who_types_too_fast_is_asked_to_wait(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, timeout=20) as client:
        await client.get("/chat")
        headers = {"x-requested-with": "fetch"}
        found = [
            (await client.post("/chat/say", data={"text": "chào"}, headers=headers)).status_code for _ in range(20)
        ]
    assert found[:10] == [204] * 10
    assert 429 in found


async def test_another_ones_cookie_cannot_be_made_up(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, cookies={"loa_chat": '"demo-so_y_te-1".forged'}) as client:
        page = await client.get("/chat")
    assert "selected" not in page.text


async def test_unknown_pages_and_foreign_metrics_are_refused_in_vietnamese(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, headers={"accept": "text/html"}) as client:
        missing = await client.get("/nothing")
        assert (missing.status_code, "Không có trang này" in missing.text) == (404, True)
        assert (await client.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"})).status_code == 404
        assert "loa_updates_received" in (await client.get("/metrics")).text
        assert (await client.get("/health/live")).json() == {"status": "ok"}
        assert (await client.get("/health/ready")).status_code == 200


async def test_a_file_is_a_link_only_its_reader_can_open(site: Site, browser: Browser) -> None:
    page = await _page(browser)
    await page.goto(f"{site.url}/chat")
    await page.wait_for_selector(".loa .bubble")
    async with site.loa.db.session() as db:
        [user_id] = set((await db.exec(select(WebchatMessage.user_id))).all())
        kept = [
            await keep_file(db, "Công văn 003.pdf", b"%PDF-1.7", "application/pdf", FilePurpose.DOCUMENT, MONDAY),
            await keep_file(db, "Biểu đồ.png", PIXEL, "image/png", FilePurpose.CHART, MONDAY),
        ]
        await db.commit()
    for file in kept:
        reply = Reply("Kính gửi", attachment=attached(site.loa.catalog.text, file))
        await site.loa.webchat.send(Address("webchat", user_id), reply)
    picture = page.locator("a.file img")
    await picture.wait_for()
    assert await picture.evaluate("each => each.naturalWidth") == 1
    href = await page.locator("a.file[download]").get_attribute("href")
    async with page.expect_download() as started:
        await page.locator("a.file[download]").click()
    download = await started.value
    assert download.suggested_filename == "Công văn 003.pdf"
    assert Path(await download.path()).read_bytes() == b"%PDF-1.7"
    await page.reload()
    assert await page.locator("a.file").count() == 2
    async with httpx.AsyncClient(base_url=site.url) as stranger:
        await stranger.get("/chat")
        assert (await stranger.get(str(href))).status_code == 404
        assert (await stranger.get("/chat/files/999999")).status_code == 404
        assert (await stranger.get("/chat/files/x")).status_code == 422


PDF = b"%PDF-1.7\n" + b"x" * 2_000_000
"""More than is kept in memory while it comes."""


async def _kept(site: Site) -> list[StoredFile]:
    async with site.loa.db.reading() as db:
        return list((await db.exec(select(StoredFile).where(StoredFile.purpose == FilePurpose.RECEIVED))).all())


@pytest.mark.parametrize("javascript", [True, False])
async def test_an_officer_sends_a_document_with_and_without_javascript(
    site: Site, browser: Browser, javascript: bool
) -> None:
    page = await _page(browser, javascript=javascript)
    await page.goto(site.url)
    await page.locator("button[value='demo-ubnd_huyen_sa_thay-1']").click()
    await page.click(".bring summary")
    await page.set_input_files("#file", {"name": "Báo cáo <b>.pdf", "mimeType": "application/pdf", "buffer": PDF})
    await page.click("#bring button")
    await page.locator("article.mine .bubble", has_text="Tệp gửi lên: Báo cáo <b>.pdf").last.wait_for()
    await page.locator("article.loa").last.wait_for()
    async with asyncio.timeout(PATIENCE / 1000):
        while not await _kept(site):
            await asyncio.sleep(0.05)
    [kept] = await _kept(site)
    assert (kept.media_type, kept.size, kept.owner) == (
        "application/pdf",
        len(PDF),
        "webchat:demo-ubnd_huyen_sa_thay-1",
    )
    assert await page.locator("#talk b", has_text=".pdf").count() == 0


async def test_a_file_is_checked_like_one_from_any_platform(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, timeout=20, headers={"accept": "text/html"}) as client:
        await client.get("/chat")
        answer = await client.post("/chat/file", files={"file": ("a.pdf", PDF, "application/pdf")})
        assert answer.status_code == 303
        assert not await _kept(site), "nobody asked a citizen for a file"
        await client.post("/chat/persona", data={"who": "demo-ubnd_huyen_sa_thay-1"})
        await client.post("/chat/file", files={"file": ("../../bieu.xlsx", b"MZ a program", "application/pdf")})
        assert "Tôi không mở được tệp này" in (await client.get("/chat")).text
        await client.post("/chat/file", files={"file": ("../../bieu.pdf", b"%PDF-1.7", "application/pdf")})
        assert [row.name for row in await _kept(site)] == ["bieu.pdf"]


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        ({"files": {"file": ("", b"", "application/pdf")}}, 400, "Chưa có tệp"),
        ({"files": {"file": ("a.pdf", b"", "application/pdf")}}, 400, "Chưa có tệp"),
        ({"files": {"other": ("a.pdf", b"%PDF", "application/pdf")}}, 400, "Chưa có tệp"),
        ({"data": {"file": "a.pdf"}}, 400, "chưa đúng"),
        ({"content": b"--x", "headers": {"content-type": "multipart/form-data"}}, 400, ""),
    ],
    ids=["nothing chosen", "empty", "another field", "no upload", "torn"],
)
async def test_what_is_no_file_is_refused_in_words(site: Site, sent: dict[str, Any], status: int, told: str) -> None:
    async with httpx.AsyncClient(base_url=site.url, timeout=20, headers={"accept": "text/html"}) as client:
        await client.get("/chat")
        answer = await client.post("/chat/file", **sent)
    assert answer.status_code == status, answer.text
    assert told in answer.text
    assert "Traceback" not in answer.text


async def test_a_file_that_is_too_large_is_refused_before_it_is_read(site: Site) -> None:
    for length in (f"Content-Length: {LARGEST_FILE + LONGEST_BODY + 1}", "Transfer-Encoding: chunked"):
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(site.url).port)
        head = f"POST /chat/file HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n{length}\r\n"
        writer.write(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode())
        told = (await reader.readuntil(b"</html>")).decode()
        writer.close()
        await writer.wait_closed()
        assert told.startswith("HTTP/1.1 413")
        assert "20 MB" in told


async def test_files_nobody_asks_for_do_not_pile_up(site: Site) -> None:
    held = [io.BytesIO(b"x") for _ in range(HELD + 3)]
    names = [site.loa.webchat.hold(content) for content in held]
    assert [content.closed for content in held] == [True] * 3 + [False] * HELD
    reader = FileReference(names[-1])
    assert await site.loa.webchat.fetch(Address("webchat", "x"), reader, 1) == b"x"
    for gone in (names[0], names[-1]):
        with pytest.raises(NotFetched):
            await site.loa.webchat.fetch(Address("webchat", "x"), FileReference(gone), 1)
    with pytest.raises(NotFetched):
        await site.loa.webchat.fetch(Address("webchat", "x"), FileReference(names[-2]), 0)


async def _said(client: httpx.AsyncClient, loa: Loa, path: str, **request: object) -> list[dict[str, object]]:
    """The bubbles that answer a post."""
    last = max((bubble["id"] for bubble in (await client.get("/chat/messages")).json()), default=0)
    answer = await client.post(path, headers={"X-Requested-With": "fetch"}, **request)  # type: ignore[arg-type]
    assert answer.status_code == 204, answer.text
    await loa.inbox.drain()
    found: list[dict[str, object]] = (await client.get("/chat/messages", params={"after": last})).json()
    return [bubble for bubble in found if not bubble["mine"]]


async def test_a_sheet_of_reports_there_and_back(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        await client.post("/chat/persona", data={"who": "demo-ubnd_huyen_sa_thay-1"})
        bubbles = await _said(client, site.loa, "/chat/say", data={"text": "bảng excel"})
        file = next(bubble["file"] for bubble in bubbles if bubble["file"])
        assert isinstance(file, dict)
        assert file["name"].endswith(".xlsx")
        book = load_workbook(BytesIO((await client.get(file["href"])).content))
        sheet = book.worksheets[0]
        row = next(row for row in range(2, sheet.max_row + 1) if str(sheet.cell(row, 1).value).endswith("/work"))
        sheet.cell(row, 7).value = "Đã triển khai tới các xã."
        filled = BytesIO()
        book.save(filled)
        bubbles = await _said(client, site.loa, "/chat/file", files={"file": ("báo cáo.xlsx", filled.getvalue())})
        assert "Việc đã làm: Đã triển khai tới các xã." in str(bubbles[-1]["html"])
        choices = bubbles[-1]["choices"]
        assert isinstance(choices, list)
        save = choices[0]
        bubbles = await _said(client, site.loa, "/chat/say", data={"choice": save[1], "label": save[0]})
        assert "lưu nháp, 1/" in str(bubbles[-1]["html"])
