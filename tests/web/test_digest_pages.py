"""The way of a digest through the console: composed, handed in, approved by another, scheduled, sent, settled."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
import pytest

from bot.errors import ContactGone, Unclear
from bot.web.console import ledger
from storage.contacts import Contact
from storage.digests import DeliveryState, Digest, DigestState, delivery_counts, digest_of_week
from tests.conftest import TestClock
from tests.people import Person, Phones
from tests.web.conftest import NewBrowser
from tests.web.office import ADMIN, APPROVER, EDITOR, VIEWER, Browser, words

if TYPE_CHECKING:
    from bot.app import Loa

WEEK = "2024-W46"


async def digest(loa: Loa) -> Digest:
    async with loa.db.reading() as db:
        found = await digest_of_week(db, WEEK)
    assert found is not None
    return found


async def compose(browser: NewBrowser) -> Browser:
    editor = await browser(EDITOR)
    page = await editor.press("/console/digests", week=WEEK)
    assert "Đã soạn bản nháp" in words(page)
    return editor


async def approved(browser: NewBrowser) -> Browser:
    """A digest that is approved; the browser of whoever approved it."""
    editor = await compose(browser)
    await editor.press("/console/digests/1/submit")
    approver = await browser(APPROVER)
    page = await approver.press("/console/digests/1/approve")
    assert "Đã duyệt" in words(page)
    return approver


async def test_two_accounts_bring_a_digest_to_the_officers(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    approver = await approved(browser)
    found = await digest(loa)
    assert (found.state, found.composed_by, found.approved_by) == (DigestState.APPROVED, EDITOR, APPROVER)
    assert found.content_hash
    page = await approver.get("/console/digests/1")
    assert "gửi cho 3 tài khoản" in words(page)
    page = await approver.press("/console/digests/1/send", sure="yes")
    assert "Bắt đầu gửi 3 lượt" in words(page)
    await loa.outbox.drain()
    assert "BẢN TIN CHỈ ĐẠO TUẦN 46/2024" in phones.inbox["an"][0].text
    assert (await digest(loa)).state is DigestState.SENT
    told = words(await approver.get("/console/digests/1"))
    assert "Nguyễn Văn An" in told
    assert "3 Đã gửi" in told
    actions = [(entry.actor, entry.action) for entry in await approver.audit() if entry.subject == "digest:1"]
    assert actions == [
        (EDITOR, "digest.composed"),
        (EDITOR, "digest.submitted"),
        (APPROVER, "digest.approved"),
        (APPROVER, "digest.sending"),
        ("clock", "digest.sent"),
    ]


async def test_whoever_composed_cannot_approve(browser: NewBrowser, loa: Loa) -> None:
    admin = await browser(ADMIN)
    await admin.press("/console/digests", week=WEEK)
    await admin.press("/console/digests/1/submit")
    page = await admin.get("/console/digests/1")
    assert "không tự duyệt được" in words(page)
    assert "/approve" not in page.text
    answer = await admin.post("/console/digests/1/approve")
    assert answer.status_code == 409
    assert "không tự duyệt được" in words(answer)
    assert (await digest(loa)).state is DigestState.WAITING


async def test_what_the_clock_composed_is_handed_in_by_a_person(browser: NewBrowser, loa: Loa) -> None:
    from handlers import digests

    async with loa.db.session() as db:
        await digests.save_draft(db, loa.catalog, WEEK, "clock", loa.clock.now())
        await db.commit()
    editor = await browser(EDITOR)
    assert "Loa (tự động)" in words(await editor.get("/console/digests/1"))
    await editor.press("/console/digests/1/submit")
    assert (await digest(loa)).composed_by == EDITOR
    assert "Loa (tự động)" in words(await (await browser(ADMIN)).get("/console/tables/audit/list"))


async def test_the_preview_is_what_is_sent(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    """Word for word, on the channel with the same limits as the preview's."""
    from bot.channels.directory import CAPABILITIES
    from bot.channels.layout import lay_out
    from handlers.digests import edition_reply
    from storage.digests import editions_of

    approver = await approved(browser)
    async with loa.db.reading() as db:
        edition = next(row for row in await editions_of(db, 1) if row.agency_id == "ubnd_huyen_sa_thay")
    page = await approver.get("/console/digests/1/editions/ubnd_huyen_sa_thay")
    for channel in ("zalo", "telegram", "webchat"):
        for part in lay_out(edition_reply(loa.catalog, edition.body), CAPABILITIES[channel]):
            assert " ".join(part.text.replace("**", "").split()) in words(page).replace("  ", " "), channel
            for choice in part.choices:
                assert f"<span>{choice.label}</span>" in page.text
    await approver.press("/console/digests/1/send", sure="yes")
    await loa.outbox.drain()
    assert phones.inbox["an"] == lay_out(edition_reply(loa.catalog, edition.body), phones.capabilities)


async def test_agencies_are_found_without_diacritics(browser: NewBrowser) -> None:
    editor = await compose(browser)
    everything = await editor.get("/console/digests/1/editions")
    assert everything.text.count("list-group-item-action") > 50
    found = await editor.get("/console/digests/1/editions", q="sa thay")
    assert found.text.count("list-group-item-action") == 1
    assert "UBND huyện Sa Thầy" in words(found)
    assert "Không có đơn vị nào khớp" in words(await editor.get("/console/digests/1/editions", q="<b>%_"))


async def test_the_preview_leads_to_the_next_agency(browser: NewBrowser) -> None:
    editor = await compose(browser)
    page = await editor.get("/console/digests/1/editions/ubnd_huyen_sa_thay")
    onward = page.text.split('rel="next" href="')[1].split('"')[0]
    assert (await editor.get(onward)).status_code == 200
    back = (await editor.get(onward)).text.split('rel="prev" href="')[1].split('"')[0]
    assert back.endswith("ubnd_huyen_sa_thay")


ODD_WEEKS = ["", "2024", "2024-W54", "tuần này", "<script>alert(1)</script>", "2024-W46'--", "9" * 500]


async def test_a_week_that_is_none_is_explained(browser: NewBrowser) -> None:
    editor = await browser(EDITOR)
    for week in ODD_WEEKS:
        page = await editor.press("/console/digests", week=week)
        assert "Không có tuần" in words(page), week
        assert "2024-W46" in words(page), week
        assert "<script>alert" not in page.text


async def test_returning_wants_a_reason_and_shows_it_as_written(browser: NewBrowser, loa: Loa) -> None:
    editor = await compose(browser)
    await editor.press("/console/digests/1/submit")
    approver = await browser(APPROVER)
    nothing = await approver.post("/console/digests/1/return", reason="  \n ")
    assert nothing.status_code == 409
    assert "Ghi lý do trả lại" in words(nothing)
    page = await approver.press("/console/digests/1/return", reason="Mục 2 <b>sai</b> ngày & thiếu\r\nSở Y tế")
    assert "Mục 2 &lt;b&gt;sai&lt;/b&gt; ngày &amp; thiếu" in page.text
    assert (await digest(loa)).state is DigestState.DRAFT
    assert (await digest(loa)).return_reason == "Mục 2 <b>sai</b> ngày & thiếu\nSở Y tế"
    assert "Mục 2" in words(await editor.get("/console/digests/1"))


async def test_a_reason_that_is_too_long_is_not_lost(browser: NewBrowser, loa: Loa) -> None:
    editor = await compose(browser)
    await editor.press("/console/digests/1/submit")
    approver = await browser(APPROVER)
    reason = "Sai số liệu. " * 800
    answer = await approver.post("/console/digests/1/return", reason=reason)
    assert answer.status_code == 409
    assert "chỉ nhận tối đa 1000" in words(answer)
    assert reason.strip() in answer.text
    assert (await digest(loa)).state is DigestState.WAITING


async def test_scheduling_takes_vietnamese_time(browser: NewBrowser, loa: Loa, clock: TestClock) -> None:
    approver = await approved(browser)
    page = await approver.press("/console/digests/1/schedule", day="2024-11-11", time="07:30")
    assert "Đã hẹn gửi lúc 07:30 11/11/2024" in words(page)
    assert (await digest(loa)).send_at == clock.now() + timedelta(minutes=30)
    assert "Hẹn gửi lúc 07:30" in words(await approver.get("/console/digests/1"))
    await approver.press("/console/digests/1/cancel")
    assert (await digest(loa)).send_at is None


ODD_MOMENTS = [
    ("2024-11-11", "06:00", "đã qua"),
    ("2024-02-31", "07:30", "chưa đúng"),
    ("", "", "chưa đúng"),
    ("<b>", "x", "chưa đúng"),
    ("2024-11-12", "07:30+05:00", "chưa đúng"),
    ("9999-12-31", "23:59", ""),
]


async def test_a_moment_that_cannot_be_is_explained(browser: NewBrowser) -> None:
    approver = await approved(browser)
    for day, time, why in ODD_MOMENTS:
        answer = await approver.post("/console/digests/1/schedule", day=day, time=time)
        assert answer.status_code == (409 if why else 303), (day, time)
        assert why in words(answer), (day, time)


async def test_sending_wants_the_recipients_looked_at(browser: NewBrowser, loa: Loa) -> None:
    approver = await approved(browser)
    answer = await approver.post("/console/digests/1/send")
    assert answer.status_code == 409
    assert "Đánh dấu ô xác nhận" in words(answer)
    assert (await digest(loa)).state is DigestState.APPROVED


async def test_a_step_out_of_turn_is_refused_and_changes_nothing(browser: NewBrowser, loa: Loa) -> None:
    await compose(browser)
    admin = await browser(ADMIN)
    form = {"sure": "yes", "day": "2024-11-12", "time": "07:30", "reason": "Chưa đúng số liệu", "to": "failed"}
    for step in ("approve", "send", "schedule", "cancel", "pause", "resume", "again", "return"):
        answer = await admin.post(f"/console/digests/1/{step}", **form)
        assert answer.status_code == 409, step
        assert 'role="alert"' in answer.text, step
        assert (await digest(loa)).state is DigestState.DRAFT, step


async def test_a_digest_under_way_cannot_be_composed_again(browser: NewBrowser) -> None:
    await approved(browser)
    editor = await browser(EDITOR)
    assert "không còn ở trạng thái đang soạn" in words(await editor.press("/console/digests", week=WEEK))
    assert (await editor.post("/console/digests/1/recompose")).status_code == 409


async def test_there_is_no_sending_to_look_at_before_it_begins(browser: NewBrowser) -> None:
    answer = await (await compose(browser)).get("/console/digests/1/sending")
    assert answer.status_code == 404
    assert "Không có trang này" in words(answer)


async def test_failures_are_explained_filtered_and_sent_again(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    approver = await approved(browser)
    phones.faults = [ContactGone("-213", "user has not followed <oa>"), Unclear("timeout", "")]
    await approver.press("/console/digests/1/send", sure="yes")
    await loa.outbox.drain()
    page = await approver.get("/console/digests/1")
    assert "1 Không gửi được" in words(page)
    assert "1 Không rõ" in words(page)
    assert "-213 user has not followed &lt;oa&gt;" in page.text
    assert "mời quan tâm lại" in words(page)
    failed = await approver.get("/console/digests/1/ledger", state="failed")
    assert failed.text.count("<tr>") == 2
    nowhere = await approver.get("/console/digests/1/ledger", state="failed", agency="khong co")
    assert "Không có lượt gửi nào khớp" in words(nowhere)
    assert "Tải danh sách để gọi điện" in words(page)
    assert "Xem và xác nhận từng tin" in words(page)
    page = await approver.press("/console/digests/1/again", to="failed")
    assert "Không còn ai cần gửi thêm" in words(page), "who blocked us is not tried again"
    page = await approver.press("/console/digests/1/again", to="unacknowledged", same="yes")
    assert "người chưa tiếp nhận" in words(page)


async def test_a_running_digest_is_paused_resumed_and_cancelled(browser: NewBrowser, loa: Loa) -> None:
    approver = await approved(browser)
    await approver.press("/console/digests/1/send", sure="yes")
    page = await approver.press("/console/digests/1/pause")
    assert "Đã tạm dừng" in words(page)
    await loa.outbox.drain()
    assert "Gửi tiếp" in words(await approver.get("/console/digests/1/sending"))
    assert (await digest(loa)).paused_at is not None
    assert "Đang gửi tiếp" in words(await approver.press("/console/digests/1/resume"))
    page = await approver.press("/console/digests/1/cancel")
    assert "Đã dừng hẳn: 0 tin đã gửi" in words(page)
    assert (await digest(loa)).state is DigestState.SENT


async def test_those_who_have_not_acknowledged_are_listed_and_downloaded(
    browser: NewBrowser, loa: Loa, phones: Phones
) -> None:
    async with loa.db.session() as db:
        contact = await db.get(Contact, 2)
        assert contact is not None
        contact.name = "=HYPERLINK(1)"
        db.add(contact)
        await db.commit()
    approver = await approved(browser)
    await approver.press("/console/digests/1/send", sure="yes")
    await loa.outbox.drain()
    await Person(loa, phones, "an").taps("Đã tiếp nhận")
    page = await approver.get("/console/digests/1/ledger", state="unacknowledged")
    assert "2 Chưa tiếp nhận" in words(page)
    assert "Nguyễn Văn An" not in words(page)
    answer = await approver.get("/console/digests/1/ledger.xlsx", state="unacknowledged")
    rows = list(openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows())
    assert [cell.value for cell in rows[0]][:3] == ["Đơn vị", "Cán bộ", "Kênh"]
    assert {row[1].value for row in rows[1:]} == {"=HYPERLINK(1)", "Lê Chi"}
    assert {row[1].data_type for row in rows[1:]} == {"s"}
    everybody = await approver.get("/console/digests/1/ledger.xlsx")
    assert len(list(openpyxl.load_workbook(BytesIO(everybody.content)).worksheets[0].iter_rows())) == 4


@pytest.mark.parametrize(("arrived", "state"), [("yes", DeliveryState.SENT), ("no", DeliveryState.QUEUED)])
async def test_an_unclear_delivery_is_settled_by_hand(
    browser: NewBrowser, loa: Loa, phones: Phones, arrived: str, state: DeliveryState
) -> None:
    approver = await approved(browser)
    phones.faults = [Unclear("timeout", "")]
    await approver.press("/console/digests/1/send", sure="yes")
    await loa.outbox.drain()
    page = await approver.get("/console/digests/1", state="unclear")
    path = page.text.split('action="/console/deliveries/')[1].split('"')[0]
    await approver.press(f"/console/deliveries/{path}", arrived=arrived)
    async with loa.db.reading() as db:
        counts = await delivery_counts(db, 1)
    assert counts[DeliveryState.UNCLEAR] == 0
    assert counts[state] == (3 if arrived == "yes" else 1)
    noted = [entry for entry in await approver.audit() if entry.subject.startswith("delivery:")]
    assert [(entry.actor, entry.action) for entry in noted] == [
        (APPROVER, "delivery.settled" if arrived == "yes" else "delivery.resent")
    ]
    again = await approver.press(f"/console/deliveries/{path}", arrived="yes")
    assert "không ở trạng thái không rõ" in words(again)


async def test_the_ledger_polls_only_while_something_moves(browser: NewBrowser, loa: Loa) -> None:
    approver = await approved(browser)
    await approver.press("/console/digests/1/send", sure="yes")
    assert "every 3s" in (await approver.get("/console/digests/1/ledger")).text
    polled = (await approver.get("/console/digests/1/ledger/counts")).text
    assert "every 3s" in polled
    assert "<table" not in polled, "rows are not fetched again and again"
    assert polled.count("hx-swap-oob") == 2, "what stands on top of the page keeps up"
    assert "Đang gửi: 0/" in polled
    await approver.press("/console/digests/1/pause")
    for paused in (await approver.get("/console/digests/1"), await approver.get("/console/digests/1/ledger/counts")):
        assert "Tạm dừng" in paused.text
        assert "Đang tạm dừng: 0/" in paused.text
    assert "Đang tạm dừng: bấm Gửi tiếp" in (await approver.get("/console/digests/1")).text
    assert "Đang tạm dừng: 0/" in (await approver.get("/console/")).text
    await approver.press("/console/digests/1/resume")
    await loa.outbox.drain()
    last = (await approver.get("/console/digests/1/ledger/counts")).text
    assert "every 3s" not in last
    assert "Đã gửi 3/3 lượt" in last
    assert 'hx-trigger="load"' in last, "the rows once more, as they have ended"
    assert "hx-trigger" not in (await approver.get("/console/digests/1/ledger")).text


async def test_rows_come_in_pages(browser: NewBrowser, loa: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "PAGE", 2)
    approver = await approved(browser)
    await approver.press("/console/digests/1/send", sure="yes")
    found = [await approver.get("/console/digests/1/ledger", page=page) for page in ("1", "2", "9")]
    assert [page.text.count("<tr>") - 1 for page in found] == [2, 1, 1]
    assert "Trang 2/2" in words(found[1])
    one = await approver.get("/console/digests/1/ledger", agency="sa thay")
    assert one.text.count("<tr>") == 2
    assert "Nguyễn Văn An" in words(one)


ODD_FILTERS = ["state=bogus", "page=999", "page=abc", "page=-1", "agency=%00%F0%9F", "state=sent&page=0"]


async def test_odd_filters_of_the_ledger_do_no_harm(browser: NewBrowser, loa: Loa) -> None:
    approver = await approved(browser)
    await approver.press("/console/digests/1/send", sure="yes")
    await loa.outbox.drain()
    for query in ODD_FILTERS:
        assert (await approver.get(f"/console/digests/1/ledger?{query}")).status_code == 200, query


async def test_a_viewer_sees_no_forms(browser: NewBrowser) -> None:
    editor = await compose(browser)
    await editor.press("/console/digests/1/submit")
    viewer = await browser(VIEWER)
    page = await viewer.get("/console/digests/1")
    assert page.text.count('method="post"') == 1, "only the log-out"
    assert "Người có vai trò duyệt làm bước này" in words(page)


async def test_home_names_the_next_step(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    assert "Chưa soạn bản tin tuần này" in words(await editor.get("/console/"))
    await compose(browser)
    assert "xem lại rồi trình duyệt" in words(await editor.get("/console/"))
    await editor.press("/console/digests/1/submit")
    assert "lan đã trình" in words(await editor.get("/console/"))
    approver = await browser(APPROVER)
    await approver.press("/console/digests/1/approve")
    assert "hẹn gửi lúc 07:30 11/11/2024" in words(await editor.get("/console/"))
    await approver.press("/console/digests/1/schedule", day="2024-11-12", time="08:00")
    assert "hẹn gửi lúc 08:00 12/11/2024" in words(await editor.get("/console/"))
    await approver.press("/console/digests/1/send", sure="yes")
    await loa.outbox.drain()
    assert "0/3 tài khoản đã tiếp nhận" in words(await editor.get("/console/"))
