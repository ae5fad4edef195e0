"""Reviewing from the phone: the card, taking note, sending back answer by answer, what others decided meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.web.console.powers import POWERS, Power
from content.catalog import Catalog
from handlers.messages import Reply
from handlers.reports.review import REVIEWERS, accept
from handlers.reports.review_cards import tell_reviewers
from storage.audit import AuditEntry
from storage.digests import Delivery
from storage.links import offer_code
from storage.reports import ReportState
from storage.users import Role
from tests.digests.province import approver
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS, STATION
from tests.reports.filling import ANSWERS, fill, report_of


async def linked(talk: Talk, role: Role) -> Talk:
    """A console account's phone."""
    phone = talk.another(f"so_{role.value}")
    async with talk.db.session() as db:
        user = approver(f"Lê {role.value}", role)
        db.add(user)
        await db.flush()
        await offer_code(db, user.id or 0, "ABCD2345", talk.now)
        await db.commit()
    assert "liên kết" in await phone.says("/lienket ABCD2345")
    return phone


@pytest.fixture
async def reviewer(officer: Talk) -> Talk:
    """The reviewer's phone; a report of Sa Thầy has come in."""
    phone = await linked(officer, Role.EDITOR)
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    phone.now = officer.now
    return phone


async def told(reviewer: Talk, catalog: Catalog) -> list[Reply]:
    """What a look of the clockwork puts into the reviewers' chats."""
    async with reviewer.db.session() as db:
        before = {row.id for row in (await db.exec(select(Delivery))).all()}
        await tell_reviewers(db, catalog, reviewer.now)
        await db.commit()
        rows = [row for row in (await db.exec(select(Delivery))).all() if row.id not in before]
    return [Reply.from_json(row.reply or {}) for row in rows]


async def carded(reviewer: Talk, catalog: Catalog) -> str:
    [card] = await told(reviewer, catalog)
    reviewer.replies = [card]
    return card.text


async def test_the_card_shows_the_report_and_is_sent_once(reviewer: Talk, officer: Talk, catalog: Catalog) -> None:
    text = await carded(reviewer, catalog)
    assert "**Chờ xem: UBND huyện Sa Thầy**" in text
    assert (await report_of(officer)).receipt or "?" in text
    assert "đúng hạn" in text
    assert "người nộp: Y Sa (demo)" in text
    assert "1. Xã có Bảng tin điện tử công cộng: **5/7 xã (71,4%)**" in text
    assert reviewer.labels == ["Tiếp nhận", "Trả lại…"]
    assert await told(reviewer, catalog) == []


async def test_taking_note_with_one_tap(reviewer: Talk, officer: Talk, catalog: Catalog) -> None:
    await carded(reviewer, catalog)
    card = reviewer.replies
    said = await reviewer.taps("Tiếp nhận")
    assert "Đã tiếp nhận" in said
    assert "Không còn báo cáo nào chờ xem" in said
    assert (await report_of(officer)).state is ReportState.ACCEPTED
    async with officer.db.reading() as db:
        entry = (await db.exec(select(AuditEntry).where(AuditEntry.action == "report.accept"))).one()
    assert entry.actor == "Lê editor"
    reviewer.replies = card
    assert "nay là «đã tiếp nhận»" in await reviewer.taps("Trả lại")


async def test_sent_back_with_a_reason_for_each_answer(reviewer: Talk, officer: Talk, catalog: Catalog) -> None:
    await carded(reviewer, catalog)
    assert "gõ số câu và lý do" in await reviewer.taps("Trả lại")
    said = await reviewer.says("1: xem lại đơn vị tính\n9: không có\n4: ghi rõ\ntừng xã")
    assert "Báo cáo này có câu 1 đến" in said
    assert "4. Việc đã làm: «ghi rõ từng xã»" in said
    assert "Lý do trả lại câu 2" in await reviewer.says("2")
    said = await reviewer.says("chưa khớp với biên bản")
    assert "2. Thị trấn Sa Thầy có Bảng tin điện tử công cộng: «chưa khớp với biên bản»" in said
    assert "Chung: «nhờ xem sớm»" in await reviewer.says("chung: nhờ xem sớm")
    assert "Đã trả lại" in await reviewer.taps("Gửi trả lại")
    report = await report_of(officer)
    assert report.state is ReportState.RETURNED
    assert report.marks == {
        f"{BOARDS}.1": "xem lại đơn vị tính",
        f"{BOARDS}.2": "chưa khớp với biên bản",
        "work": "ghi rõ từng xã",
    }
    assert not (await reviewer.conversation()).form
    assert "Ý kiến 1/3 của Sở" in await officer.taps(f"report:{BOARDS}")


async def test_nothing_is_sent_back_without_a_reason(reviewer: Talk, officer: Talk, catalog: Catalog) -> None:
    await carded(reviewer, catalog)
    card = reviewer.replies
    await reviewer.taps("Trả lại")
    assert "ít nhất một lý do" in await reviewer.says("gửi")
    assert "từ 3 đến" in await reviewer.says("1: x")
    assert "vẫn chờ xem" in await reviewer.says("thôi")
    assert (await report_of(officer)).state is ReportState.SUBMITTED
    reviewer.replies = card
    await reviewer.taps("Trả lại")
    await reviewer.says("1: xem lại")
    async with officer.db.session() as db:
        await accept(db, catalog, (await report_of(officer)).id or 0, "nguoi-khac", officer.now)
        await db.commit()
    assert "đã có người xử lý" in await reviewer.taps("Gửi trả lại")
    assert (await report_of(officer)).state is ReportState.ACCEPTED


async def test_a_newer_version_is_shown_before_anything_is_decided(
    reviewer: Talk, officer: Talk, catalog: Catalog
) -> None:
    await carded(reviewer, catalog)
    await officer.taps(f"report:{BOARDS}:add")
    await officer.says("sửa 1")
    await officer.says("6/7")
    await officer.says("nộp")
    said = await reviewer.taps("Tiếp nhận")
    assert "vừa nộp bản mới hơn" in said
    assert "Bản trước: 5/7 xã (71,4%)" in said
    assert (await report_of(officer)).state is ReportState.SUBMITTED
    await reviewer.taps("Tiếp nhận")
    assert (await report_of(officer)).state is ReportState.ACCEPTED


async def test_many_reports_are_one_card_an_hour_and_are_gone_through(
    reviewer: Talk, officer: Talk, catalog: Catalog
) -> None:
    await officer.taps(f"report:{STATION}")
    await officer.taps("Không phát sinh")
    await officer.says("chưa làm")
    await officer.says("nộp")
    text = await carded(reviewer, catalog)
    assert "Còn 1 báo cáo khác chờ xem" in text
    assert await told(reviewer, catalog) == []
    first = await reviewer.taps("Báo cáo tiếp theo")
    assert "Rờ Kơi" in first
    reviewer.now += timedelta(hours=1)
    [summary] = await told(reviewer, catalog)
    assert "**2 báo cáo** chờ xem" in summary.text
    await reviewer.taps("Tiếp nhận")
    assert "Còn 1 báo cáo chờ xem" in reviewer.replies[0].text
    assert "Bảng tin" in await reviewer.taps("Báo cáo tiếp theo")


async def test_nothing_is_sent_at_night(reviewer: Talk, catalog: Catalog) -> None:
    reviewer.now += timedelta(hours=16)
    assert await told(reviewer, catalog) == []


async def test_only_who_may_review(reviewer: Talk, officer: Talk, catalog: Catalog) -> None:
    viewer = await linked(officer, Role.VIEWER)
    report = await report_of(officer)
    for phone in (viewer, officer):
        assert "chưa liên kết" in await phone.taps(f"rv:accept:{report.id}:1")
    assert len(await told(reviewer, catalog)) == 1, "the editor's card alone"
    assert (await report_of(officer)).state is ReportState.SUBMITTED
    assert {role for role, powers in POWERS.items() if Power.REVIEW_REPORTS in powers} == REVIEWERS


@pytest.mark.parametrize("value", ["rv", "rv:accept", "rv:accept:x:1", "rv:accept:99999:1", "rv:zzz:1:1", "rv:send"])
async def test_malformed_buttons_are_harmless(reviewer: Talk, officer: Talk, value: str) -> None:
    assert await reviewer.taps(value)
    assert (await report_of(officer)).state is ReportState.SUBMITTED
