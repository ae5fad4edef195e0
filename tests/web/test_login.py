"""Getting in and out of the console."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from storage.users import SESSION_LIFE, Role, close_sessions_of, put_user, user_named
from tests.conftest import TestClock
from tests.web.conftest import NewBrowser, settings_for
from tests.web.office import ADMIN, EDITOR, PASSWORD, Browser, words

if TYPE_CHECKING:
    from bot.app import Loa
    from content.catalog import Catalog
    from nlu.understanding import Understander


async def test_the_door_is_shut_and_says_so_in_vietnamese(browser: NewBrowser) -> None:
    stranger = await browser()
    for path in ("/console", "/console/", "/console/digests", "/console/tables/users/list", "/console/nowhere"):
        answer = await stranger.get(path)
        assert answer.url.path == "/console/login", path
        assert "Tên đăng nhập" in words(answer)
    assert (await stranger.get("/console/tables/static/css/vendor/tabler.min.css")).status_code == 200


async def test_logging_in_sets_a_cookie_scripts_cannot_read(browser: NewBrowser) -> None:
    someone = await browser()
    answer = await someone.log_in(EDITOR)
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("loa_console="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/console" in cookie
    assert "Secure" not in cookie
    home = await someone.get(answer.headers["location"])
    assert EDITOR in words(home)
    assert "Biên tập" in words(home)


async def test_the_cookie_is_secure_behind_https(
    department_url: str, clock: TestClock, catalog: Catalog, understander: Understander
) -> None:
    from bot.app import Loa
    from bot.web.server import create_app

    settings = settings_for(department_url, public_url="https://loa.example.vn")
    async with Loa.open(settings, clock, [], catalog, understander) as loa:
        someone = Browser(loa, create_app(loa))
        answer = await someone.log_in(EDITOR)
        await someone.http.aclose()
    assert any("loa_console=" in line and "Secure" in line for line in answer.headers.get_list("set-cookie"))


async def test_logging_out_ends_the_session_on_the_server_too(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    stolen = someone.http.cookies.get("loa_console")
    assert stolen
    await someone.press("/console/logout")
    someone.http.cookies.set("loa_console", stolen, domain="console.test", path="/console")
    assert (await someone.get("/console/")).url.path == "/console/login"


async def test_a_session_ends_by_itself(browser: NewBrowser, clock: TestClock) -> None:
    someone = await browser(EDITOR)
    clock.move(SESSION_LIFE - timedelta(minutes=1))
    assert (await someone.get("/console/")).url.path == "/console/"
    clock.move(timedelta(minutes=2))
    assert (await someone.get("/console/")).url.path == "/console/login"


async def test_whoever_may_no_longer_log_in_is_out_at_once(browser: NewBrowser, loa: Loa) -> None:
    someone = await browser(EDITOR)
    async with loa.db.session() as db:
        user = await user_named(db, EDITOR)
        assert user is not None
        user.active = False
        db.add(user)
        await db.commit()
    assert (await someone.get("/console/")).url.path == "/console/login"
    assert (await someone.log_in(EDITOR)).status_code == 401


async def test_a_lost_session_is_told_to_a_page_that_polls(browser: NewBrowser, loa: Loa) -> None:
    someone = await browser(EDITOR)
    async with loa.db.session() as db:
        user = await user_named(db, EDITOR)
        assert user is not None
        assert user.id is not None
        await close_sessions_of(db, user.id, loa.clock.now())
        await db.commit()
    answer = await someone.http.get("/console/digests/1/ledger", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/console/login"


async def test_wrong_passwords_are_counted_and_then_refused(browser: NewBrowser, clock: TestClock) -> None:
    someone = await browser()
    await someone.get("/console/login")
    for left in (4, 3, 2, 1):
        answer = await someone.post("/console/login", name=EDITOR, password="sai")
        assert answer.status_code == 401
        assert f"Còn {left} lần thử" in words(answer)
        assert f'value="{EDITOR}"' in answer.text
    answer = await someone.post("/console/login", name=EDITOR, password="sai")
    assert answer.status_code == 429
    assert "Chờ 15 phút" in words(answer)
    assert int(answer.headers["Retry-After"]) > 800
    assert (await someone.post("/console/login", name=EDITOR, password=PASSWORD)).status_code == 429
    elsewhere = await browser(address="10.0.0.8")
    assert (await elsewhere.log_in(EDITOR)).status_code == 303, "another desk must not be locked out"
    clock.move(timedelta(minutes=15, seconds=1))
    assert (await someone.post("/console/login", name=EDITOR, password=PASSWORD)).status_code == 303


async def test_many_names_from_one_address_are_refused_too(
    browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.console.attempts.ADDRESS_TRIES", 4)
    someone = await browser()
    await someone.get("/console/login")
    answers = [await someone.post("/console/login", name=f"ai{n}", password="x") for n in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert (await someone.post("/console/login", name=ADMIN, password=PASSWORD)).status_code == 429


async def test_the_right_password_clears_the_count(browser: NewBrowser) -> None:
    someone = await browser()
    await someone.get("/console/login")
    for _ in range(4):
        await someone.post("/console/login", name=EDITOR, password="sai")
    assert (await someone.post("/console/login", name=EDITOR, password=PASSWORD)).status_code == 303
    await someone.post("/console/logout")
    answer = await someone.post("/console/login", name=EDITOR, password="sai")
    assert "Còn 4 lần thử" in words(answer)


async def test_an_unknown_name_is_answered_like_a_wrong_password(browser: NewBrowser) -> None:
    someone = await browser()
    await someone.get("/console/login")
    unknown = await someone.post("/console/login", name="khongco", password="sai")
    wrong = await someone.post("/console/login", name=EDITOR, password="sai")
    assert unknown.status_code == wrong.status_code == 401
    assert words(unknown).replace("khongco", "") == words(wrong).replace(EDITOR, "")


ONWARD = [
    ("/console/tickets", "/console/tickets"),
    ("https://evil.example/console/", "/console/"),
    ("//evil.example", "/console/"),
    ("/console//evil.example", "/console/"),
    ("/console/\\evil.example", "/console/"),
    ("/chat", "/console/"),
]


async def test_logging_in_leads_on_only_inside_the_console(browser: NewBrowser) -> None:
    someone = await browser()
    await someone.get("/console/login")
    for wanted, led_to in ONWARD:
        query = httpx.QueryParams({"next": wanted})
        answer = await someone.post(f"/console/login?{query}", name=EDITOR, password=PASSWORD)
        assert answer.headers["location"] == led_to, wanted


async def test_logins_are_noted_and_nothing_typed_is(browser: NewBrowser) -> None:
    someone = await browser()
    await someone.get("/console/login")
    await someone.post("/console/login", name="mat-khau-go-nham", password="sai")
    await someone.post("/console/login", name=EDITOR, password="sai")
    await someone.post("/console/login", name=EDITOR, password=PASSWORD)
    await someone.post("/console/logout")
    noted = [(entry.actor, entry.action) for entry in await someone.audit()]
    assert noted == [(EDITOR, "login.refused"), (EDITOR, "login"), (EDITOR, "logout")]


async def test_a_demo_shows_its_accounts_and_its_banner(
    department_url: str, clock: TestClock, catalog: Catalog, understander: Understander
) -> None:
    from bot.app import Loa
    from bot.web.server import create_app

    settings = settings_for(department_url).model_copy(update={"demo": True})
    async with Loa.open(settings, clock, [], catalog, understander) as loa:
        async with loa.db.session() as db:
            await put_user(db, "duyet", Role.APPROVER, "loa-demo-2024", clock.now())
            await db.commit()
        someone = Browser(loa, create_app(loa))
        page = words(await someone.get("/console/login"))
        assert "loa-demo-2024" in page
        await someone.log_in("duyet", "loa-demo-2024")
        assert "Bản trình diễn" in words(await someone.get("/console/"))
        await someone.http.aclose()


async def test_a_real_house_shows_neither(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    assert "Bản trình diễn" not in words(await someone.get("/console/"))
    assert "loa-demo-2024" not in (await (await browser()).get("/console/login")).text
