"""The console's thread about what an officer found unclear: who asked, who answered, to whom it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.people import Person, Phones
from tests.web.conftest import NewBrowser
from tests.web.office import EDITOR, VIEWER, words
from tests.web.test_digest_pages import approved

if TYPE_CHECKING:
    from bot.app import Loa


async def test_a_question_is_answered_and_the_thread_keeps_who_and_when(
    browser: NewBrowser, loa: Loa, phones: Phones
) -> None:
    await (await approved(browser)).press("/console/digests/1/send", sure="yes")
    await loa.outbox.drain()
    chi = Person(loa, phones, "chi")
    await chi.taps("Cần làm rõ")
    await chi.taps("Mục 1.2")
    await chi.says("Nộp <b>bản giấy</b> hay bản điện tử?")

    editor = await browser(EDITOR)
    assert 'class="card loa-urgent" id="duty-clarifications"' in (await editor.get("/console/")).text
    page = await editor.get("/console/clarifications")
    assert "mục 1.2. Phòng ngừa ngộ độc thực phẩm" in words(page)
    assert "Sở Y tế" in words(page)
    refused = await editor.post("/console/clarifications/1/answer", answer=" ", to="all")
    assert refused.status_code == 409
    assert "Chưa ghi câu trả lời" in words(refused)
    page = await editor.press("/console/clarifications/1/answer", answer="Nộp bản điện tử.", to="asker")
    told = words(page)
    assert "Đã gửi câu trả lời cho 1 tài khoản" in told
    assert "Lê Chi hỏi · 07:00 11/11/2024 Nộp <b>bản giấy</b> hay bản điện tử?" in told
    assert "lan trả lời · 07:00 11/11/2024 Nộp bản điện tử." in told
    await loa.outbox.drain()
    assert chi.seen[-1].text.endswith("Trả lời: Nộp bản điện tử.")
    assert "Không có câu hỏi nào đang chờ" in words(await editor.get("/console/clarifications"))

    viewer = await browser(VIEWER)
    page = await viewer.get("/console/clarifications/1")
    assert "bản giấy" not in words(page)
    assert (await viewer.post("/console/clarifications/1/answer", answer="x", to="all")).status_code == 403
    page = await editor.press("/console/clarifications/1/close")
    assert "Đã đóng câu hỏi" in words(page)
    again = await editor.post("/console/clarifications/1/answer", answer="Thêm", to="all")
    assert "đã đóng" in words(again)
    actions = [entry.action for entry in await editor.audit() if entry.subject == "clarification:1"]
    assert actions == ["clarification.answered", "clarification.closed"]
    assert (await editor.get("/console/clarifications/99")).status_code == 404
