"""The console's page of requests for more time: decided there, counted on the first page, taken back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import select

from storage.digests import Delivery
from tests.people import Person, Phones
from tests.web.conftest import NewBrowser
from tests.web.office import EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa


async def test_a_request_is_granted_and_the_decision_taken_back(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    chi = Person(loa, phones, "chi")
    editor, viewer = await browser(EDITOR), await browser(VIEWER)
    assert "Không có đề nghị nào" in words(await editor.get("/console/extensions"))
    task = await owed_by(loa, "so_y_te")
    await chi.taps(f"extension:ask:{task}")
    await chi.says("31/1/2031")
    await chi.says("Chờ <b>thiết bị</b>")
    assert 'class="card loa-urgent" id="duty-extensions"' in (await editor.get("/console/")).text
    assert "Chờ <b>thiết bị</b>" in words(await editor.get("/console/extensions"))
    assert "vai trò này không xem" in words(await viewer.get("/console/extensions"))
    assert (await viewer.post("/console/extensions/1/grant", until="2031-01-31")).status_code == 403
    refused = await editor.post("/console/extensions/1/grant", until="2020-01-31", words="Nhanh")
    assert refused.status_code == 409
    assert "Ngày cho phải muộn hơn" in words(refused)
    assert 'value="Nhanh"' in refused.text
    assert (await editor.post("/console/extensions/1/refuse", reason=" ")).status_code == 409
    page = await editor.press("/console/extensions/1/grant", until="2031-01-20", words="")
    assert "Đã gia hạn" in words(page)
    assert "đến hết 20/01/2031" in words(page)
    again = await editor.post("/console/extensions/1/refuse", reason="Muộn")
    assert "không còn ở trạng thái đó" in words(again)
    page = await editor.press("/console/extensions/1/reopen")
    assert "trở lại danh sách chờ" in words(page)
    await editor.press("/console/extensions/1/refuse", reason="Sở phải tổng hợp")
    async with loa.db.reading() as db:
        told = [row.reply["text"] for row in (await db.exec(select(Delivery))).all() if row.reply]
    assert [("đồng ý gia hạn" in text, "xem lại" in text, "chưa đồng ý" in text) for text in told[-3:]] == [
        (True, False, False), (False, True, False), (True, False, True),
    ]  # fmt: skip
    actions = [entry.action for entry in await editor.audit() if entry.subject == "extension:1"]
    assert actions == ["extension.ask", "extension.grant", "extension.reopen", "extension.refuse"]
    assert (await editor.post("/console/extensions/99/reopen")).status_code == 404


async def owed_by(loa: Loa, agency: str) -> str:
    """A task the agency owes a report on, with a day."""
    from handlers.plans.duties import duties_of
    from handlers.turn import LOCAL

    async with loa.db.reading() as db:
        duties = await duties_of(db, loa.catalog, agency, loa.clock.now().astimezone(LOCAL).date())
    return next(duty.subject for duty in duties if duty.owed and duty.due is not None and duty.due.year == 2030)
