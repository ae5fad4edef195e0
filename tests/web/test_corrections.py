"""The console's pages for correcting a sent item and for the loudspeaker script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.people import Person, Phones
from tests.web.conftest import NewBrowser
from tests.web.office import EDITOR, VIEWER, words
from tests.web.test_digest_pages import approved

if TYPE_CHECKING:
    from bot.app import Loa

ITEM = "/console/corrections/items/i003_1_2"


async def test_one_drafts_another_approves_and_officers_see_both_wordings(
    browser: NewBrowser, loa: Loa, phones: Phones
) -> None:
    assert "Chưa có mục nào được gửi" in words(await (await browser(EDITOR)).get("/console/corrections"))
    approver = await approved(browser)
    await approver.press("/console/digests/1/send", sure="yes")
    await loa.outbox.drain()
    editor = await browser(EDITOR)
    assert "1.2. Phòng ngừa ngộ độc thực phẩm" in words(await editor.get("/console/corrections"))
    assert "Tiếp tục thông tin biện pháp" in words(await editor.get(ITEM))
    refused = await editor.post(ITEM, kind="correct", title="Tiêu đề mới", summary="Nội dung mới", reason="")
    assert refused.status_code == 409
    assert "Cần ghi lý do" in words(refused)
    assert "Nội dung mới" in refused.text
    page = await editor.press(ITEM, kind="correct", title="Tiêu đề mới", summary="Nội dung mới", reason="Ghi nhầm")
    assert "Chờ duyệt" in words(page)
    assert "/approve" not in page.text
    assert (await editor.post("/console/corrections/1/approve")).status_code == 403
    page = await approver.press("/console/corrections/1/approve")
    assert "Đã phát hành: báo 3 tài khoản" in words(page)
    await loa.outbox.drain()
    seen = Person(loa, phones, "chi").seen[-1].text
    assert "Trước: Phòng ngừa ngộ độc thực phẩm. Tiếp tục" in seen
    assert "Nay: Tiêu đề mới. Nội dung mới" in seen
    again = await approver.post("/console/corrections/1/approve")
    assert "đã có người quyết định" in words(again)
    assert "Tiêu đề mới (đính chính 11/11)" in words(await approver.get("/console/digests/1/editions/so_y_te"))


async def test_who_may_only_look(browser: NewBrowser, loa: Loa) -> None:
    await (await approved(browser)).press("/console/digests/1/send", sure="yes")
    viewer = await browser(VIEWER)
    assert "Phòng ngừa ngộ độc thực phẩm" in words(await viewer.get("/console/corrections"))
    assert (await viewer.get(ITEM)).status_code == 403
    assert (await viewer.post(ITEM, kind="withdraw", reason="Vì thế")).status_code == 403
    editor = await browser(EDITOR)
    assert (await editor.get("/console/corrections/items/nothing")).status_code == 404
    await editor.press(f"{ITEM}?kind=withdraw", kind="withdraw", reason="Văn bản đã thay")
    page = await editor.press("/console/corrections/1/reject", answer="Tôi ghi nhầm mục")
    assert "mục giữ nguyên" in words(page)


async def test_a_loudspeaker_script_is_previewed_and_taken_away(browser: NewBrowser) -> None:
    viewer = await browser(VIEWER)
    assert "Chọn ít nhất một mục" in words(await viewer.get("/console/loudspeaker"))
    page = await viewer.get("/console/loudspeaker", item="i003_1_3")
    assert "Sau đây là nội dung tuyên truyền" in words(page)
    assert "giây" in words(page)
    answer = await viewer.get("/console/loudspeaker.docx", item="i003_1_3")
    assert answer.headers["content-disposition"].endswith('"bai-phat-thanh.docx"')
    assert answer.content[:2] == b"PK"
    assert (await viewer.get("/console/loudspeaker.docx", item="nothing")).status_code == 404
