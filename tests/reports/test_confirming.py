"""The head's confirmation: the card on the head's own phone, agreeing, sending back, taking back, nobody registered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from content.catalog import Catalog
from handlers.messages import Reply
from handlers.reports.confirming import tell_heads
from handlers.reports.review_cards import tell_reviewers
from handlers.turn import LOCAL
from storage.appointments import ContactRole, enrol
from storage.audit import AuditEntry
from storage.contacts import Account, see_account, subscribe
from storage.digests import Delivery
from storage.plans import Task
from storage.reports import ReportState
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS, SA_THAY
from tests.reports.filling import ANSWERS, fill, report_of, versions


async def enlisted(talk: Talk, user: str, name: str, role: ContactRole) -> Talk:
    """Somebody appointed for the agency, who hears of what concerns it."""
    other = talk.another(user)
    async with talk.db.session() as db:
        contact = await enrol(db, SA_THAY, name, talk.now, talk.now.astimezone(LOCAL).date(), by="test", role=role)
        account = await see_account(db, str(other.address), talk.now)
        account.contact_id = contact.id
        await db.flush()
        await subscribe(db, account.id or 0, talk.now)
        await db.commit()
    return other


@pytest.fixture
async def author(citizen: Talk) -> Talk:
    """An officer of an agency whose head has to confirm the report on the boards."""
    async with citizen.db.session() as db:
        task = await db.get_one(Task, BOARDS)
        task.head_confirms = True
        db.add(task)
        await db.commit()
    return await enlisted(citizen, "sathay", "Y Sa (demo)", ContactRole.MAIN)


@pytest.fixture
async def head(author: Talk) -> Talk:
    return await enlisted(author, "chutich", "A Chủ (demo)", ContactRole.HEAD)


async def put_up(author: Talk) -> str:
    await fill(author, *ANSWERS)
    return await author.says("nộp")


async def told(talk: Talk, catalog: Catalog) -> list[Reply]:
    """What a look of the clockwork puts into this person's chat."""
    async with talk.db.session() as db:
        await tell_heads(db, catalog, talk.now)
        await db.commit()
    return await inbox(talk)


async def inbox(talk: Talk) -> list[Reply]:
    """What waits in the outbox for this person, the oldest first."""
    async with talk.db.reading() as db:
        query = select(Delivery).join(Account).where(Account.address == str(talk.address)).order_by(Delivery.id)  # type: ignore[arg-type]
        return [Reply.from_json(row.reply or {}) for row in (await db.exec(query)).all()]


async def test_confirmed_on_the_heads_own_phone(author: Talk, head: Talk, catalog: Catalog) -> None:
    said = await put_up(author)
    assert "Đã trình thủ trưởng** (A Chủ (demo))" in said
    report = await report_of(author)
    assert (report.version, report.state) == (0, ReportState.DRAFT), "it does not count yet"
    head.now = author.now
    [card] = await told(head, catalog)
    assert "Xin thủ trưởng xác nhận" in card.text
    assert "Y Sa (demo) trình lúc 07:0" in card.text
    assert "1. Xã có Bảng tin điện tử công cộng: **5/7 xã (71,4%)**" in card.text
    head.replies = [card]
    head.now += timedelta(hours=2)
    done = await head.taps("Xác nhận")
    report, [version] = await report_of(author), await versions(author)
    assert f"mã **{report.receipt}**, bản 1, lúc 09:0" in done
    assert report.state is ReportState.SUBMITTED
    assert version.contact_id == (await author.account()).contact_id
    assert version.confirmed_by == (await head.account()).contact_id
    assert version.answers["values"][f"{BOARDS}.1"]["value"] == 5
    [notice] = await inbox(author)
    assert "Thủ trưởng **A Chủ (demo)** đã xác nhận" in notice.text
    head.replies = [card]
    assert "không còn chờ xác nhận" in await head.taps("Xác nhận")
    async with head.db.reading() as db:
        actions = {entry.action for entry in (await db.exec(select(AuditEntry))).all()}
    assert {"report.put_to_head", "report.confirmed"} <= actions


async def test_the_head_is_asked_twice_at_most(author: Talk, head: Talk, catalog: Catalog) -> None:
    await put_up(author)
    head.now = author.now
    assert len(await told(head, catalog)) == 1
    assert len(await told(head, catalog)) == 1
    for _ in range(4):
        head.now += timedelta(hours=25)
        found = await told(head, catalog)
    assert len(found) == 2
    assert "Tôi không nhắc thêm" in found[1].text


async def test_nothing_at_night_and_nothing_for_reviewers(author: Talk, head: Talk, catalog: Catalog) -> None:
    await put_up(author)
    head.now = author.now + timedelta(hours=16)
    assert await told(head, catalog) == []
    async with head.db.session() as db:
        assert await tell_reviewers(db, catalog, author.now) == 0


async def test_sent_back_with_a_reason(author: Talk, head: Talk, catalog: Catalog) -> None:
    await put_up(author)
    head.now = author.now
    head.replies = await told(head, catalog)
    assert "cần sửa gì" in await head.taps("Trả lại")
    assert "từ 3 đến" in await head.says("x")
    assert "Đã trả lại" in await head.says("Xem lại số xã")
    [notice] = await inbox(author)
    assert "Lý do: «Xem lại số xã»" in notice.text
    author.replies = [notice]
    assert "Tóm tắt" in await author.taps("Sửa báo cáo")
    await author.says("sửa 1")
    await author.says("4/7")
    assert "Đã trình thủ trưởng" in await author.says("nộp")
    author.now = head.now = author.now + timedelta(minutes=1)
    old, new = await told(head, catalog)
    head.replies = [old]
    assert "không còn chờ" in await head.taps("Xác nhận"), "the older card decides nothing"
    head.replies = [new]
    await head.taps("Xác nhận")
    assert (await versions(author))[0].answers["values"][f"{BOARDS}.1"]["value"] == 4


async def test_not_sent_back_after_all(author: Talk, head: Talk, catalog: Catalog) -> None:
    await put_up(author)
    head.now = author.now
    head.replies = await told(head, catalog)
    await head.taps("Trả lại")
    assert "vẫn chờ xác nhận" in await head.says("thôi")
    assert (await report_of(author)).awaiting


async def test_an_officer_takes_it_back(author: Talk, head: Talk, catalog: Catalog) -> None:
    await put_up(author)
    assert "đang chờ thủ trưởng xác nhận" in await author.taps(f"report:{BOARDS}")
    assert "các câu trả lời vẫn còn nguyên" in await author.taps("Rút lại")
    assert "Tóm tắt" in await author.taps("Tiếp tục")
    head.now = author.now
    assert await told(head, catalog) == []


async def test_nobody_is_registered_as_head(author: Talk, catalog: Catalog) -> None:
    said = await put_up(author)
    assert "chưa có tài khoản thủ trưởng đăng ký" in said
    assert author.labels == ["Gặp cán bộ", "Rút lại để sửa", "Menu"]
    late = await enlisted(author, "chutich", "A Chủ (demo)", ContactRole.HEAD)
    late.now = author.now
    assert len(await told(late, catalog)) == 1, "who registers later is asked then"


async def test_a_head_who_reports_confirms_by_it(author: Talk, head: Talk) -> None:
    await fill(head, *ANSWERS)
    assert "Đã nhận báo cáo" in await head.says("nộp")
    [version] = await versions(head)
    assert version.confirmed_by == version.contact_id


async def test_only_the_head_confirms(author: Talk, head: Talk, catalog: Catalog) -> None:
    await put_up(author)
    head.now = author.now
    author.replies = await told(head, catalog)
    assert "Chỉ thủ trưởng" in await author.taps("Xác nhận")
    stranger = author.another("khac")
    await stranger.becomes_officer("ubnd_huyen_ngoc_hoi")
    stranger.replies = author.replies
    for value in ("hd", "hd:confirm", "hd:confirm:99999:x", "hd:withdraw:1", head.labels[0] if head.labels else "hd:x"):
        await stranger.taps(value)
    assert (await report_of(author)).awaiting
    assert not await versions(author)


async def test_a_colleagues_open_form_says_so(author: Talk, head: Talk) -> None:
    await fill(author, *ANSWERS)
    other = author.another("dongnghiep")
    await other.becomes_officer(SA_THAY, "A Đồng (demo)")
    await other.taps(f"report:{BOARDS}")
    await other.taps("Làm các câu còn lại")
    await author.says("nộp")
    assert "đã trình thủ trưởng" in await other.says("nộp")
