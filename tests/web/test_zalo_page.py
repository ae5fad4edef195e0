"""The page of the Official Account: consent from the first click to the stored pair, and everything it must tell."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest

from bot.channels.zalo.start import zalo_watch
from bot.config import Settings
from bot.metrics import REGISTRY
from handlers.messages import Address, Reply
from simulators.zalo import ZaloSimulator
from storage.appointments import enrol
from storage.contacts import Account, account_at, interacted, see_account, subscribe
from storage.credentials import credential
from tests.conftest import TestClock
from tests.web.conftest import NewBrowser, settings_for
from tests.web.office import ADMIN, EDITOR, VIEWER, Browser, words

if TYPE_CHECKING:
    from bot.app import Loa
    from content.catalog import Catalog
    from nlu.understanding import Understander

PAGE = "/console/zalo"
Opened = Callable[..., Awaitable["House"]]


class House:
    """A running house with Zalo on, and its browsers."""

    def __init__(self, loa: Loa, zalo: ZaloSimulator) -> None:
        from bot.web.server import create_app

        self.loa = loa
        self.zalo = zalo
        self.app = create_app(loa)
        self.opened: list[httpx.AsyncClient] = []

    async def browser(self, name: str) -> Browser:
        one = Browser(self.loa, self.app)
        one.http.base_url = httpx.URL("https://loa.example")  # the cookie of the log-in wants https
        self.opened.append(one.http)
        assert (await one.log_in(name)).status_code == 303
        return one

    async def push(self, event: dict[str, Any], **changes: str) -> None:
        """Push an event as Zalo does."""
        packed = self.zalo.webhooks.pack(event)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://loa.test") as http:
            headers = packed.headers | changes
            answer = await http.post("/webhooks/zalo", content=packed.body, headers=headers)
            assert answer.status_code == 200

    async def look(self) -> None:
        loa = self.loa
        await zalo_watch(loa.settings, loa.channels["zalo"], loa.db, loa.clock, loa.accept).look()

    async def close(self) -> None:
        for http in self.opened:
            await http.aclose()


@pytest.fixture
async def zalo(clock: TestClock) -> AsyncIterator[ZaloSimulator]:
    async with ZaloSimulator(clock) as simulator:
        yield simulator


@pytest.fixture
async def house(
    department_url: str, clock: TestClock, catalog: Catalog, understander: Understander, zalo: ZaloSimulator
) -> AsyncIterator[Opened]:
    from bot.app import Loa

    stack: list[Any] = []

    async def open_house(**more: Any) -> House:
        base = settings_for(department_url, public_url="https://loa.example").model_dump()
        settings = Settings.model_validate(base | zalo.settings() | more)
        context = Loa.open(settings, clock, (), catalog, understander)
        one = House(await context.__aenter__(), zalo)
        stack.append((context, one))
        return one

    yield open_house
    for context, one in stack:
        await one.close()
        await context.__aexit__(None, None, None)


NOTHING = {"zalo_access_token": "", "zalo_refresh_token": ""}


async def allowed(page: httpx.Response) -> str:
    """Follow the link to Zalo's page and press "allow": the address of the callback, below our host."""
    found = re.search(r'href="(http[^"]*/v4/oa/permission[^"]*)"', page.text)
    assert found, words(page)
    async with aiohttp.ClientSession() as http:
        answer = await http.get(unescape(found[1]), allow_redirects=False)
        assert answer.status == 302
        back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


async def test_from_no_permission_to_the_first_message(house: Opened, zalo: ZaloSimulator) -> None:
    one = await house(**NOTHING)
    mai = await one.browser(ADMIN)
    home = await mai.get("/console/")
    assert "mất quyền gửi tin" in words(home)
    assert f'href="{PAGE}"' in home.text
    page = await mai.get(PAGE)
    assert "https://loa.example/console/zalo/callback" in words(page), "what must be saved at Zalo"
    done = await mai.get(await allowed(await mai.post(f"{PAGE}/consent")))
    assert done.url.path == PAGE
    assert not done.url.query, "the code does not stay in the address"
    assert "Đã nhận quyền gửi tin" in words(done)
    assert "còn 25 giờ" in words(done)
    assert "còn khoảng 90 ngày" in words(done)
    assert "mất quyền" not in words(await mai.get("/console/")).lower()
    lan = zalo.person("Lan")
    await lan.follows()
    await one.loa.channels["zalo"].send(Address.parse(lan.address), Reply("Chào bạn"))
    assert [entry.action for entry in await mai.audit()][-2:] == ["zalo.consent_asked", "zalo.consented"]
    everything = home.text + page.text + done.text
    assert zalo.grants.access not in everything
    assert zalo.grants.refresh not in everything


async def test_a_lost_permission_is_told_first_thing_and_given_again(house: Opened, zalo: ZaloSimulator) -> None:
    one = await house()
    zalo.grants.withdraw()
    await one.look()
    mai, tam = await one.browser(ADMIN), await one.browser(VIEWER)
    assert "mất quyền gửi tin" in words(await tam.get("/console/"))
    told = words(await tam.get(PAGE))
    assert "Quản trị OA phải cấp quyền lại" in told
    assert "Khóa gia hạn không còn dùng được" in told, "the sentence about -14014"
    assert "Chỉ quản trị" in told
    await mai.get(await allowed(await mai.post(f"{PAGE}/consent")))
    await one.look()
    assert "OA hoạt động bình thường" in words(await tam.get(PAGE))
    async with one.loa.db.reading() as db:
        row = await credential(db, f"zalo:{zalo.oa_id}")
    assert row is not None
    assert (row.refresh_token, row.revoked_reason) == (zalo.grants.refresh, None)


async def test_another_persons_callback_is_refused(house: Opened, zalo: ZaloSimulator) -> None:
    one = await house(**NOTHING)
    mai, lan = await one.browser(ADMIN), await one.browser(EDITOR)
    callback = await allowed(await mai.post(f"{PAGE}/consent"))
    assert (await lan.get(callback)).status_code == 403
    again = await mai.get(callback)
    assert "Đã nhận quyền" in words(again)
    assert "Bấm xin cấp quyền lần nữa" in words(await mai.get(callback)), "a code comes back twice"
    stranger = Browser(one.loa, one.app)
    one.opened.append(stranger.http)
    answer = await stranger.http.get(callback)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/console/login?next={PAGE.replace('/', '%2F')}%2Fcallback",
    )
    assert zalo.requests["/v4/oa/access_token"] == 1


async def test_an_error_is_told_in_vietnamese_with_zalos_words(house: Opened, zalo: ZaloSimulator) -> None:
    one = await house(**NOTHING, zalo_app_secret="not-this-one")
    mai = await one.browser(ADMIN)
    told = words(await mai.get(await allowed(await mai.post(f"{PAGE}/consent"))))
    assert "Kiểm tra ZALO_APP_SECRET" in told
    assert "-14004 Invalid secret key" in told
    zalo.granting_oa = "3000000000000000077"
    told = words(await mai.get(await allowed(await mai.post(f"{PAGE}/consent"))))
    assert "OA khác (3000000000000000077)" in told


async def test_the_hourly_check_says_what_is_wrong_and_renews_in_time(
    house: Opened, zalo: ZaloSimulator, clock: TestClock
) -> None:
    one = await house()
    await one.look()
    mai = await one.browser(ADMIN)
    assert "OA hoạt động bình thường. Sở TTTT, gói OA Premium" in words(await mai.get(PAGE))
    for _ in range(30):
        clock.move(timedelta(hours=1))
        await one.look()
    assert zalo.grants.refreshes == 1, "once in some 23 hours, ahead of the end"
    assert REGISTRY.get_sample_value("loa_channel_well", {"channel": "zalo"}) == 1
    zalo.verified = False
    await one.look()
    assert REGISTRY.get_sample_value("loa_channel_well", {"channel": "zalo"}) == 0
    told = words(await (await one.browser(ADMIN)).get("/console/"))
    assert "Xác thực OA với Zalo" in told
    zalo.verified = True
    await one.look()
    assert "Xác thực OA" not in words(await (await one.browser(ADMIN)).get("/console/"))


async def test_a_wrong_secret_is_found_out_and_explained(house: Opened, zalo: ZaloSimulator) -> None:
    one = await house()
    mai = await one.browser(ADMIN)
    zalo.webhooks.oa_secret = zalo.app_secret
    lan = zalo.person("Lan")
    for _ in range(3):
        await lan.says("ăn nấm lạ bị nôn")
        await one.push(lan._from_person("user_send_text"))
    told = words(await mai.get(PAGE))
    assert "0 chữ ký đúng, 3 sai" in told
    assert "hai khóa bị đặt nhầm chỗ" in told
    assert "có lẽ ZALO_OA_SECRET không đúng" in words(await mai.get("/console/"))
    await one.loa.inbox.drain()
    assert lan.messages == []


async def test_a_trial_takes_wrong_signatures_for_a_day_and_says_so_loudly(
    house: Opened, zalo: ZaloSimulator, clock: TestClock
) -> None:
    one = await house(zalo_oa_secret="", zalo_signature_trial_until=clock.now() + timedelta(hours=24))
    mai = await one.browser(ADMIN)
    lan = zalo.person("Lan")
    await lan.says("rượu ngâm lá ngón uống được không")
    await one.push(lan._from_person("user_send_text") | {"message": {"text": "chào", "msg_id": "1f"}})
    await lan.sees(1)
    assert "KHÔNG chặn tin sai chữ ký" in words(await mai.get("/console/"))
    clock.move(timedelta(hours=24))
    before = len(lan.messages)
    await one.push(lan._from_person("user_send_text") | {"message": {"text": "chào", "msg_id": "2f"}})
    await one.loa.inbox.drain()
    assert len(lan.messages) == before
    assert "Đã hết thời gian chạy thử" in words(await (await one.browser(ADMIN)).get(PAGE))


async def test_a_trial_longer_than_a_day_does_not_count(house: Opened, zalo: ZaloSimulator, clock: TestClock) -> None:
    one = await house(zalo_signature_trial_until=clock.now() + timedelta(hours=25))
    lan = zalo.person("Lan")
    zalo.webhooks.wrong_mac = True
    await one.push(lan._from_person("user_send_text") | {"message": {"text": "chào", "msg_id": "1f"}})
    await asyncio.sleep(0)
    await one.loa.inbox.drain()
    assert lan.messages == []
    assert "quá 24 giờ nên không có hiệu lực" in words(await (await one.browser(ADMIN)).get(PAGE))


async def test_how_many_officers_may_be_written_to(house: Opened, clock: TestClock) -> None:
    one = await house()
    now = clock.now()
    ages = {"1": timedelta(hours=47), "2": timedelta(days=6), "3": timedelta(days=8), "4": None}
    async with one.loa.db.session() as db:
        for user_id, age in ages.items():
            account: Account = await see_account(db, f"zalo:{user_id}", now)
            contact = await enrol(db, "so_y_te", "A", now, now.date(), by=EDITOR)
            account.contact_id = contact.id
            if age is not None:
                interacted(account, now - age)
            assert account.id is not None
            await subscribe(db, account.id, now)
        await db.commit()
        found = await account_at(db, "zalo:3")
        assert found is not None
    told = words(await (await one.browser(VIEWER)).get(PAGE))
    assert "Trong 48 giờ (miễn phí): 1" in told
    assert "Từ 48 giờ đến 7 ngày (Zalo tính phí): 1" in told
    assert "Quá 7 ngày (không gửi được): 1" in told
    assert "Chưa biết (Zalo quyết định): 1" in told


async def test_without_zalo_the_page_says_how_to_switch_it_on(browser: NewBrowser) -> None:
    tam = await browser(VIEWER)
    assert "ZALO_APP_ID" in words(await tam.get(PAGE))
    mai = await browser(ADMIN)
    assert "đang tắt" in words(await mai.press(f"{PAGE}/consent"))
    assert "đang tắt" in words(await mai.get(f"{PAGE}/callback", code="x", state="y"))
