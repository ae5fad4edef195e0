"""What stands before every page: proof that forms are ours, headers, a limit on what is sent, pages for faults."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.web.console.guard import LONGEST_FORM
from bot.web.server import STATIC
from tests.web.conftest import NewBrowser
from tests.web.office import EDITOR, TOKEN_COOKIE, Browser, words

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.app import Loa


async def test_a_form_without_its_token_is_refused_in_vietnamese(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    answer = await someone.http.post("/console/digests", data={"week": "2024-W46"})
    assert answer.status_code == 403
    assert "Chưa làm được việc này" in words(answer)
    assert "CSRF" not in answer.text
    assert not [entry for entry in await someone.audit() if entry.action == "digest.composed"]


async def test_a_forged_or_borrowed_token_is_refused(browser: NewBrowser) -> None:
    someone, other = await browser(EDITOR), await browser()
    await other.get("/console/login")
    for token in ("", "x", other.token, someone.token[:-2] + "zz"):
        answer = await someone.http.post("/console/digests", data={"week": "2024-W46", "csrftoken": token})
        assert answer.status_code == 403, token
    assert (await someone.post("/console/digests", week="2024-W46")).status_code == 303


async def test_a_table_action_wants_the_token_too(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    path = "/console/tables/_api/contacts/row-action?name=end&pk=1"
    assert (await someone.http.post(path)).status_code == 403
    edited = await someone.http.post("/console/tables/contacts/edit?pk=1", data={"agency_id": "so_y_te"})
    assert edited.status_code == 403


async def test_there_is_one_token_for_pages_and_tables(browser: NewBrowser) -> None:
    someone = await browser()
    first = await someone.http.get("/console/tables/agencies/list")
    tokens = [line for line in first.headers.get_list("set-cookie") if line.startswith(TOKEN_COOKIE)]
    assert len(tokens) == 1


async def test_webhooks_and_the_web_chat_need_no_token(browser: NewBrowser) -> None:
    stranger = await browser()
    chat = await stranger.http.post("/chat/say", data={"text": "xin chào"})
    assert chat.status_code == 303
    hook = await stranger.http.post("/webhooks/zalo", content=b"{}")
    assert "Chưa làm được việc này" not in hook.text or hook.status_code == 404


async def test_every_answer_has_its_headers(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    for path in ("/console/", "/console/login", "/console/nowhere", "/console/tables/agencies/list"):
        answer = await someone.http.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store", path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] == "same-origin", path
        assert "frame-ancestors 'none'" in policy, path
        script = next(part for part in policy.split(";") if "script-src" in part)
        assert "unsafe" not in script, path


async def test_scripts_of_the_tables_carry_a_fresh_nonce(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    nonces = set()
    for _ in range(2):
        answer = await someone.get("/console/tables/agencies/list")
        nonce = answer.headers["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]
        assert f'<script nonce="{nonce}"' in answer.text
        assert answer.text.count("<script") == answer.text.count(f'<script nonce="{nonce}"')
        nonces.add(nonce)
    assert len(nonces) == 2


async def test_a_form_that_is_too_long_is_refused(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    answer = await someone.post("/console/digests", week="x" * LONGEST_FORM)
    assert answer.status_code == 413
    assert "quá lớn" in words(answer)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"week=2024-W46"

    answer = await someone.http.post("/console/digests", content=chunks())
    assert answer.status_code == 413


NO_FORMS = [
    (b"\xff\xfe=%zz&&&==", "application/x-www-form-urlencoded"),
    (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
    (b"{}", "multipart/form-data"),
    (b'{"week": "2024-W46"}', "application/json"),
    (b"", "text/plain"),
]


async def test_a_body_that_is_no_form_is_refused(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    for body, kind in NO_FORMS:
        answer = await someone.http.post("/console/digests", content=body, headers={"content-type": kind})
        assert answer.status_code in (400, 403), (body, kind)
        assert "Chưa làm được việc này" in words(answer)


NOT_THERE = [
    "/console/nowhere",
    "/console/digests/999",
    "/console/digests/0x1",
    "/console/digests/99999999999999999999",
    "/console/digests/-1",
    "/console/digests/１",
    "/console/digests/1/editions/khong_co",
    "/console/digests/999/ledger",
    "/console/digests/999/ledger/counts",
    "/console/reports/999",
    "/console/reports?plan=khong_co",
    "/console/reports/export?plan=khong_co&format=docx",
    "/console/reports/export?plan=kh_truyen_thong_2024&format=exe",
    "/console/tickets/999",
    "/console/content/faq/food.nothing",
    "/console/directives/khong_co",
    "/console/items/khong_co",
    "/console/tables/khongco/list",
    "/console/tables/contacts/detail?pk=999",
    "/console/tables/contacts/detail?pk=abc",
    "/console/tables/contacts/detail",
    "/console/tables/contacts/edit?pk=" + "9" * 80,
    "/console/tables/agencies/detail?pk=%00",
    "/console/tables/nowhere",
]


async def test_what_is_not_there_is_said_to_be_missing(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    for path in NOT_THERE:
        answer = await someone.get(path)
        assert answer.status_code == 404, path
        assert "Không có trang này" in words(answer), path


async def test_the_wrong_method_is_told(browser: NewBrowser) -> None:
    someone = await browser(EDITOR)
    answer = await someone.get("/console/digests/1/submit")
    assert answer.status_code == 405
    assert "không nhận yêu cầu kiểu đó" in words(answer)


@pytest.mark.parametrize("path", ["/console/", "/console/tables/agencies/list"])
async def test_a_fault_of_ours_shows_no_trace(
    loa: Loa, app: FastAPI, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    someone = Browser(loa, app)
    someone.http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://console.test"
    )
    await someone.log_in(EDITOR)
    monkeypatch.setattr("bot.web.console.paper.Paper.page", _broken)
    monkeypatch.setattr("bot.web.console.tables.base.Table.find_all", _broken)
    answer = await someone.get(path)
    assert answer.status_code == 500
    assert "Hệ thống gặp lỗi" in words(answer)
    assert "Traceback" not in answer.text
    assert "giả vờ hỏng" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    await someone.http.aclose()


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("giả vờ hỏng")


def test_vendored_files_are_what_the_list_says() -> None:
    """A vendored file that was changed, or is not listed, is found."""
    from hashlib import sha256

    listed = json.loads((STATIC / "vendor.json").read_text())
    for entry in listed:
        assert sha256((STATIC / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]
        assert entry["version"]
        assert entry["licence"]
    known = {STATIC / entry["file"] for entry in listed}
    assert set(Path(STATIC).rglob("*.min.*")) == known
