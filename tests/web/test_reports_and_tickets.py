"""Progress reports looked at, messages of people answered, what was asked, and what Loa knows."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
import pytest
from docx import Document

from handlers.reports.snapshots import refresh_dashboard
from storage.appointments import enrol
from storage.contacts import Account, see_account
from storage.files import FilePurpose, keep_file
from storage.plans import indicators_of
from storage.questions import AnswerKind, QuestionLog, Ticket, TicketKind, TicketState, Vote, open_ticket
from storage.reports import ProgressReport, ReportState, report_on, submit
from tests.conftest import TestClock
from tests.people import Phones
from tests.web.conftest import NewBrowser
from tests.web.office import ADMIN, APPROVER, EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa

PLAN = "kh_thong_tin_co_so_2024"
SA_THAY = "ubnd_huyen_sa_thay"


async def reported(loa: Loa, share: float = 0.8) -> int:
    """A submitted report of Sa Thầy on a task it leads; its number."""
    from handlers.plans.duties import duties_of
    from handlers.turn import LOCAL

    now = loa.clock.now()
    async with loa.db.session() as db:
        duties = await duties_of(db, loa.catalog, SA_THAY, now.astimezone(LOCAL).date())
        owed = [duty.task for duty in duties if duty.owed and duty.task.plan_id == PLAN]
        found = [(task, await indicators_of(db, task.id)) for task in owed]
        task, indicators = next((task, some) for task, some in found if some and some[0].target)
        values = {one.id: {"value": (one.target or 1) * share, "part": None, "whole": None} for one in indicators}
        report = await report_on(db, task.id, SA_THAY, now)
        answers = {"values": values, "status": "partly", "work": "Đã treo 8 băng rôn <b>lớn</b>", "evidence": None}
        await submit(db, report, answers, 1, now)
        await db.commit()
        assert report.id is not None
        return report.id


async def state_of(loa: Loa, report_id: int) -> ProgressReport:
    async with loa.db.reading() as db:
        report = await db.get(ProgressReport, report_id)
    assert report is not None
    return report


async def test_the_list_says_who_owes_what(browser: NewBrowser, loa: Loa) -> None:
    await reported(loa)
    viewer = await browser(VIEWER)
    page = await viewer.get("/console/reports", plan=PLAN)
    assert "Chưa nộp" in words(page)
    mine = await viewer.get("/console/reports", plan=PLAN, agency="sa thay", state="submitted")
    assert "BC-24-" in words(mine)
    assert "dưới chỉ tiêu" in words(mine)
    assert "Đăk Tô" not in words(mine)
    nothing = await viewer.get("/console/reports", plan=PLAN, state="accepted")
    assert "Không có báo cáo nào khớp" in words(nothing)


async def test_single_answers_are_asked_about_and_versions_compared(
    browser: NewBrowser, loa: Loa, phones: Phones
) -> None:
    number = await reported(loa)
    editor = await browser(EDITOR)
    path = f"/console/reports/{number}/return"
    refused = await editor.post(path, **{"mark:work": "?"})
    assert refused.status_code == 409
    assert 'name="mark:work" value="?"' in refused.text
    await editor.press(path, **{"mark:work": "Nêu rõ <b>nơi</b> treo", "reason": ""})
    await loa.outbox.drain()
    assert "• Việc đã làm: «Nêu rõ" in phones.inbox["an"][-1].text
    report = await state_of(loa, number)
    assert report.marks == {"work": "Nêu rõ <b>nơi</b> treo"}
    async with loa.db.session() as db:
        current = await db.get(ProgressReport, number)
        assert current is not None
        given = {"values": {}, "status": "partly", "work": "Đã treo tại thôn 1"}
        explained = {"work": "Nay đã ghi nơi treo"}
        await submit(db, current, given, 1, loa.clock.now(), "zalo", explained)
        await db.commit()
    page = await editor.get(f"/console/reports/{number}")
    told = words(page)
    assert "Đã treo tại thôn 1 Bản trước: Đã treo 8 băng rôn" in told
    assert "Ý kiến của Sở: «Nêu rõ &lt;b&gt;nơi&lt;/b&gt; treo»" in page.text
    assert "Giải trình: «Nay đã ghi nơi treo»" in told
    assert "Nguyễn Văn An · Zalo" in told
    assert 'name="mark:work"' in page.text
    assert "Minh chứng (không hỏi) Bản trước: chưa có" in told
    assert 'name="mark:evidence"' not in page.text, "what is not asked any more cannot be corrected"


async def test_a_long_list_comes_in_parts(browser: NewBrowser, loa: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.console.reports.SHOWN", 2)
    await reported(loa)
    viewer = await browser(VIEWER)
    path, seen, turns = f"/console/reports?plan={PLAN}&agency=sa+thay", set(), 0
    while path:
        page = await viewer.get(path)
        assert f"Dòng {2 * turns + 1}–" in words(page)
        seen |= set(re.findall(r'href="(/console/reports/\d+)"', page.text))
        ways = re.findall(r'href="(/console/reports\?[^"]+&amp;(before|after)=[^"]+)"', page.text)
        onward = [unescape(way) for way, kind in ways if kind == "after"]
        path, turns = onward[0] if onward else "", turns + 1
    assert turns > 2
    assert len(seen) == 1, "the one report is on one of the pages"
    [back] = [unescape(way) for way, kind in ways if kind == "before"]
    assert f"Dòng {2 * turns - 3}–{2 * turns - 2}" in words(await viewer.get(back))
    assert "Dòng" in words(await viewer.get("/console/reports", plan=PLAN, after="gone/gone"))


async def test_everything_handed_in_is_handed_out_as_a_table(browser: NewBrowser, loa: Loa) -> None:
    await reported(loa)
    viewer = await browser(VIEWER)
    assert "/console/reports/rows?plan=" in (await viewer.get("/console/reports", plan=PLAN)).text
    answer = await viewer.get("/console/reports/rows", plan=PLAN, format="csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{PLAN}-rows.csv"'
    assert answer.text.count("BC-24-") >= 1
    for wrong in ({"plan": PLAN, "format": "exe"}, {"plan": "../x", "format": "csv"}):
        assert (await viewer.get("/console/reports/rows", **wrong)).status_code == 404
    assert [entry.action for entry in await viewer.audit()].count("report.rows_exported") == 1


async def test_overdue_reports_are_marked_and_counted_at_home(browser: NewBrowser, loa: Loa, clock: TestClock) -> None:
    clock.move(timedelta(days=60))
    viewer = await browser(VIEWER)
    page = await viewer.get("/console/reports", plan=PLAN, late="1")
    assert "quá hạn" in words(page)
    await refresh_dashboard(loa.db, loa.catalog, loa.clock.now())
    home = await viewer.get("/console/")
    assert 'class="card loa-urgent" id="duty-overdue"' in home.text


async def test_a_report_is_accepted_and_the_agency_told(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    number = await reported(loa)
    editor = await browser(EDITOR)
    page = await editor.get(f"/console/reports/{number}")
    assert "Đã treo 8 băng rôn &lt;b&gt;lớn&lt;/b&gt;" in page.text
    assert "xong một phần" in words(page)
    assert "Nguyễn Văn An" in words(page)
    page = await editor.press(f"/console/reports/{number}/accept")
    assert "Đã tiếp nhận và báo cho đơn vị" in words(page)
    await loa.outbox.drain()
    assert "đã được tiếp nhận" in phones.inbox["an"][-1].text
    assert (await state_of(loa, number)).state is ReportState.ACCEPTED
    assert [(entry.actor, entry.action) for entry in await editor.audit()][-1] == (EDITOR, "report.accept")
    again = await editor.post(f"/console/reports/{number}/accept")
    assert again.status_code == 409
    assert "không còn chờ xem" in words(again)


async def test_a_report_is_sent_back_with_its_reason(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    number = await reported(loa)
    editor = await browser(EDITOR)
    for reason in ("", "  ", "ừ"):
        answer = await editor.post(f"/console/reports/{number}/return", reason=reason)
        assert answer.status_code == 409
        assert "Ghi lý do trả lại" in words(answer)
    long = "Xem lại số liệu. " * 600
    answer = await editor.post(f"/console/reports/{number}/return", reason=long)
    assert answer.status_code == 409
    assert long.strip() in answer.text
    await editor.press(f"/console/reports/{number}/return", reason="Chỉ tiêu 1 <i>chưa</i> khớp **tháng** trước")
    assert (await state_of(loa, number)).state is ReportState.RETURNED
    await loa.outbox.drain()
    assert "Chỉ tiêu 1 <i>chưa</i> khớp" in phones.inbox["an"][-1].text
    page = await editor.get(f"/console/reports/{number}")
    assert "Chỉ tiêu 1 &lt;i&gt;chưa&lt;/i&gt; khớp" in page.text


async def test_the_consolidated_report_is_exported(browser: NewBrowser, loa: Loa) -> None:
    await reported(loa)
    viewer = await browser(VIEWER)
    answer = await viewer.get("/console/reports/export", plan=PLAN, format="docx")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{PLAN}.docx"'
    assert Document(BytesIO(answer.content)).tables
    answer = await viewer.get("/console/reports/export", plan=PLAN, format="xlsx")
    assert openpyxl.load_workbook(BytesIO(answer.content)).sheetnames
    assert [entry.action for entry in await viewer.audit()][-2:] == ["report.exported"] * 2


async def asked(loa: Loa, user_id: str = "dan", kind: TicketKind = TicketKind.QUESTION) -> int:
    """A message of a citizen to the department; its number."""
    now = loa.clock.now()
    async with loa.db.session() as db:
        account = await see_account(db, f"phone:{user_id}", now)
        assert account.id is not None
        ticket = await open_ticket(db, kind, account.id, "Báo ở đâu? <script>alert(1)</script>", now)
        await db.commit()
        assert ticket.id is not None
        return ticket.id


async def ticket(loa: Loa, number: int) -> Ticket:
    async with loa.db.reading() as db:
        found = await db.get(Ticket, number)
    assert found is not None
    return found


async def test_a_question_is_answered_to_whoever_asked(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    number = await asked(loa)
    editor = await browser(EDITOR)
    assert "1 Yêu cầu chờ trả lời" in words(await editor.get("/console/"))
    page = await editor.get(f"/console/tickets/{number}")
    assert "&lt;script&gt;alert(1)" in page.text
    page = await editor.press(f"/console/tickets/{number}/answer", answer="Gọi **1900 1234**\r\ngiờ hành chính")
    assert "Đã gửi trả lời" in words(page)
    await loa.outbox.drain()
    sent = phones.inbox["dan"][-1].text
    assert "Trả lời yêu cầu YC-" in sent
    assert "giờ hành chính" in sent
    assert "**1900" not in sent
    found = await ticket(loa, number)
    assert (found.state, found.answered_by) == (TicketState.ANSWERED, EDITOR)
    answer = await editor.post(f"/console/tickets/{number}/answer", answer="Lần nữa")
    assert answer.status_code == 409
    assert "đã được xử lý rồi" in words(answer)
    await loa.outbox.drain()
    assert phones.inbox["dan"][-1].text == sent
    assert "answer" not in str([entry.detail for entry in await editor.audit()])


async def test_an_answer_nobody_can_receive_is_kept(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    number = await asked(loa)
    async with loa.db.session() as db:
        account = await db.get(Account, (await ticket(loa, number)).account_id)
        assert account is not None
        account.left_at = loa.clock.now()
        db.add(account)
        await db.commit()
    editor = await browser(EDITOR)
    assert "ngừng theo dõi" in words(await editor.get(f"/console/tickets/{number}"))
    page = await editor.press(f"/console/tickets/{number}/answer", answer="Báo Công an xã")
    assert "hiện không gửi được" in words(page)
    await loa.outbox.drain()
    assert not phones.inbox["dan"]
    assert (await ticket(loa, number)).answer == "Báo Công an xã"


async def test_an_empty_or_endless_answer_is_refused(browser: NewBrowser, loa: Loa) -> None:
    number = await asked(loa)
    editor = await browser(EDITOR)
    assert "Viết câu trả lời" in words(await editor.post(f"/console/tickets/{number}/answer", answer=" "))
    endless = await editor.post(f"/console/tickets/{number}/answer", answer="a" * 10_000)
    assert endless.status_code == 409
    assert "a" * 10_000 in endless.text
    assert (await ticket(loa, number)).state is TicketState.OPEN


async def test_spam_is_closed_without_an_answer(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    number = await asked(loa, kind=TicketKind.FEEDBACK)
    editor = await browser(EDITOR)
    assert "Đã đóng yêu cầu" in words(await editor.press(f"/console/tickets/{number}/close"))
    await loa.outbox.drain()
    assert not phones.inbox["dan"]
    assert "Không có yêu cầu nào" in words(await editor.get("/console/tickets"))
    assert "YC-" in words(await editor.get("/console/tickets", state="closed"))
    assert "YC-" in words(await editor.get("/console/tickets", state="nothing"))


@pytest.mark.parametrize(("name", "sees"), [(EDITOR, True), (ADMIN, True), (APPROVER, False), (VIEWER, False)])
async def test_peoples_words_are_for_those_who_answer(browser: NewBrowser, loa: Loa, name: str, sees: bool) -> None:
    number = await asked(loa)
    now = loa.clock.now()
    async with loa.db.session() as db:
        db.add(QuestionLog(asked_at=now, channel="zalo", text="Báo ở đâu vậy", kind=AnswerKind.FALLBACK, score=0.1))
        await db.commit()
    someone = await browser(name)
    for path in ("/console/tickets", f"/console/tickets/{number}", "/console/questions/log"):
        page = words(await someone.get(path))
        assert ("Báo ở đâu" in page) == sees, path
        assert ("Chỉ biên tập và quản trị xem được" in page) != sees, path


async def test_questions_are_filtered(browser: NewBrowser, loa: Loa) -> None:
    now = loa.clock.now()
    entry = next(iter(loa.catalog.faq.values()))
    async with loa.db.session() as db:
        for text, kind, vote in (
            ("câu tốt", AnswerKind.FAQ, Vote.HELPFUL),
            ("câu dở", AnswerKind.FAQ, Vote.WRONG),
            ("câu lạ", AnswerKind.FALLBACK, None),
            ("câu mờ", AnswerKind.CLARIFY, None),
            ("câu gấp", AnswerKind.EMERGENCY, None),
        ):
            db.add(QuestionLog(asked_at=now, channel="zalo", text=text, kind=kind, vote=vote, score=0.5, faq=entry.id))
        await db.commit()
    editor = await browser(EDITOR)

    async def shown(**query: str) -> set[str]:
        page = words(await editor.get("/console/questions/log", **query))
        return {text for text in ("câu tốt", "câu dở", "câu lạ", "câu mờ", "câu gấp") if text in page}

    assert len(await shown()) == 5
    assert await shown(show="unanswered") == {"câu lạ", "câu mờ"}
    assert await shown(show="wrong") == {"câu dở"}
    assert await shown(show="emergency") == {"câu gấp"}
    assert len(await shown(show="bogus")) == 5
    assert await shown(before="3") == {"câu tốt", "câu dở"}
    assert len(await shown(before="x")) == 5


async def test_every_entry_shows_its_answer_and_sources(browser: NewBrowser, loa: Loa) -> None:
    viewer = await browser(VIEWER)
    listed = await viewer.get("/console/content")
    assert listed.text.count("/console/content/faq/") == len(loa.catalog.faq)
    waiting = next(entry for entry in loa.catalog.faq.values() if entry.needs_review)
    done = next(entry for entry in loa.catalog.faq.values() if not entry.needs_review)
    page = await viewer.get(f"/console/content/faq/{waiting.id}")
    assert "chưa được cơ quan chuyên môn duyệt" in words(page)
    assert waiting.act[0] in words(page)
    source = loa.catalog.sources[waiting.sources[0]]
    assert source.title in words(page)
    assert 'rel="noopener noreferrer"' in page.text
    assert "chưa được cơ quan chuyên môn duyệt" not in words(await viewer.get(f"/console/content/faq/{done.id}"))


async def test_entries_are_searched_and_filtered(browser: NewBrowser, loa: Loa) -> None:
    viewer = await browser(VIEWER)

    async def count(**query: str) -> int:
        return (await viewer.get("/console/content", **query)).text.count("/console/content/faq/")

    faq = loa.catalog.faq.values()
    assert await count(domain="food") == sum(entry.domain == "food" for entry in faq)
    assert await count(review="waiting") == sum(entry.needs_review for entry in faq)
    assert await count(confidence="low", domain="battery") == sum(
        entry.confidence.value == "low" and entry.domain == "battery" for entry in faq
    )
    assert 0 < await count(q="nam rung") < 20
    assert await count(q="<b>không có gì thế này</b>") == 0


async def test_conflicts_cards_and_hotlines_are_all_there(browser: NewBrowser, loa: Loa) -> None:
    viewer = await browser(VIEWER)
    conflicts = words(await viewer.get("/console/content/conflicts"))
    assert all(" ".join(conflict.wording.split()) in conflicts for conflict in loa.catalog.conflicts.values())
    cards = words(await viewer.get("/console/content/emergency"))
    assert all(card.label in cards for card in loa.catalog.cards.values())
    hotlines = words(await viewer.get("/console/content/hotlines"))
    assert "28/02/2026" in hotlines
    assert "chưa kiểm chứng" in hotlines
    assert all((hotline.number or "chưa có số") in hotlines for hotline in loa.catalog.hotlines)


async def test_who_answered_what_and_the_agencys_own_document(browser: NewBrowser, loa: Loa) -> None:
    report_id = await reported(loa)
    viewer = await browser(VIEWER)
    assert "trả lời lúc" not in words(await viewer.get(f"/console/reports/{report_id}"))
    async with loa.db.session() as db:
        report = await db.get_one(ProgressReport, report_id)
        now = loa.clock.now()
        colleague = await enrol(db, SA_THAY, "Hồ Dũng", now, now.date(), by=EDITOR)
        givers = {"work": {"contact": colleague.id, "at": now.isoformat()}}
        await submit(db, report, {"values": {}, "status": "done", "work": "Xong"}, 1, now, givers=givers)
        await db.commit()
    page = await viewer.get(f"/console/reports/{report_id}")
    assert "Xong (Hồ Dũng trả lời lúc" in words(page)
    assert f'href="/console/reports/{report_id}/word"' in page.text
    document = Document(BytesIO((await viewer.get(f"/console/reports/{report_id}/word")).content))
    assert "BÁO CÁO" in [paragraph.text for paragraph in document.paragraphs]
    assert (await viewer.get("/console/reports/999999/word")).status_code == 404


async def test_the_photo_behind_a_report_is_opened(browser: NewBrowser, loa: Loa) -> None:
    report_id = await reported(loa)
    async with loa.db.session() as db:
        report, now = await db.get_one(ProgressReport, report_id), loa.clock.now()
        photo = await keep_file(db, "ảnh lắp đặt.jpg", b"\xff\xd8\xffanh", "image/jpeg", FilePurpose.EVIDENCE, now)
        other = await keep_file(db, "khác.jpg", b"\xff\xd8\xffkhac", "image/jpeg", FilePurpose.EVIDENCE, now)
        await db.flush()
        file = {"id": photo.id, "name": photo.name, "media_type": photo.media_type, "size": photo.size}
        await submit(db, report, {"values": {}, "status": "done", "evidence": "tệp", "files": [file]}, 1, now)
        await db.commit()
    viewer = await browser(VIEWER)
    page = await viewer.get(f"/console/reports/{report_id}")
    assert f'src="/console/reports/{report_id}/files/{photo.id}"' in page.text
    assert "ảnh lắp đặt.jpg" in page.text
    opened = await viewer.get(f"/console/reports/{report_id}/files/{photo.id}")
    assert (opened.content, opened.headers["content-type"]) == (b"\xff\xd8\xffanh", "image/jpeg")
    assert (await viewer.get(f"/console/reports/{report_id}/files/{other.id}")).status_code == 404
