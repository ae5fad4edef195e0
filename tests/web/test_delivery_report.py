"""The delivery report in the console: one line on top, links to what to do, files to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import WindowClosed
from tests.people import Person, Phones
from tests.web.conftest import NewBrowser
from tests.web.office import VIEWER, words
from tests.web.test_digest_pages import approved

if TYPE_CHECKING:
    from bot.app import Loa


async def test_the_report_says_how_far_it_got_and_what_to_do(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    approver = await approved(browser)
    phones.faults.append(WindowClosed("window", "7 days"))
    await approver.press("/console/digests/1/send", sure="yes")
    await loa.outbox.drain()
    people = [name for name in ("an", "binh", "chi") if phones.inbox[name]]
    await Person(loa, phones, people[0]).taps("Đã tiếp nhận")
    viewer = await browser(VIEWER)
    assert "/console/digests/1/report" in (await viewer.get("/console/digests/1")).text
    page = await viewer.get("/console/digests/1/report")
    told = words(page)
    assert "1/2 cơ quan đã tiếp nhận, còn 1 cơ quan" in told
    assert "1 cơ quan: kênh không hỗ trợ" in told
    assert "Mở danh sách để gọi điện" in told
    assert "/console/digests/1?state=failed#ledger" in page.text
    shown = (await approver.get("/console/digests/1/report")).text
    left = next(one for one in ("ubnd_huyen_sa_thay", "ubnd_huyen_dak_ha", "so_y_te") if f"told-{one}" in shown)
    assert (await viewer.post(f"/console/digests/1/report/{left}/taken", told="Chị Lan, điện thoại")).status_code == 403
    page = await approver.press(f"/console/digests/1/report/{left}/taken", told="?")
    assert "Ghi rõ ai của cơ quan xác nhận" in words(page)
    page = await approver.press(f"/console/digests/1/report/{left}/taken", told="Chị Lan, điện thoại")
    assert "Loa không nhắc cơ quan này nữa" in words(page)
    assert "cả 2 cơ quan nhận được đều đã tiếp nhận" in words(page)
    assert "Chị Lan, điện thoại" in words(page)
    assert (await approver.post("/console/digests/1/report/nobody/taken", told="Chị Lan")).status_code == 303
    assert (await viewer.get("/console/digests/1/report.xlsx")).content[:2] == b"PK"
    paper = await viewer.get("/console/digests/1/report.docx")
    assert paper.headers["content-disposition"].endswith('"phieu-giao-ban-2024-W46.docx"')
    assert (await viewer.get("/console/digests/9/report")).status_code == 404
    assert "46/2024" in words(await viewer.get("/console/uptake"))


async def test_before_anything_was_sent(browser: NewBrowser) -> None:
    viewer = await browser(VIEWER)
    assert "Chưa có bản tin nào được gửi" in words(await viewer.get("/console/uptake"))
