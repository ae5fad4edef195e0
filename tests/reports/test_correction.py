"""A report sent back over single answers: the notice, a card for each, a new answer or an explanation, the version."""

from __future__ import annotations

import pytest
from sqlmodel import select

from content.catalog import Catalog
from handlers.messages import Reply
from handlers.reports.review import LONGEST_MARK, NoReason, send_back
from storage.audit import AuditEntry
from storage.contacts import subscribe
from storage.digests import Delivery, DeliveryKind
from storage.reports import ReportState
from tests.digests.province import said
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS
from tests.reports.filling import ANSWERS, fill, report_of, versions

COMMUNES = f"{BOARDS}.1"
MARKS = {COMMUNES: "Xem lại **đơn vị tính**", "work": "Nêu rõ địa điểm", "evidence": "  "}


async def sent_back(officer: Talk, catalog: Catalog, reason: str = "", **marks: str) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    account = await officer.account()
    async with officer.db.session() as db:
        await subscribe(db, account.id or 0, officer.now)
        report_id = (await report_of(officer)).id or 0
        await send_back(db, catalog, report_id, reason, "duyet", officer.now, marks or MARKS)
        await db.commit()


async def test_the_notice_names_each_answer(officer: Talk, catalog: Catalog) -> None:
    await sent_back(officer, catalog, "Nộp lại trước thứ Sáu")
    async with officer.db.reading() as db:
        [notice] = (await db.exec(select(Delivery).where(Delivery.kind == DeliveryKind.NOTICE))).all()
        entry = (await db.exec(select(AuditEntry).where(AuditEntry.action == "report.return"))).one()
    reply = Reply.from_json(said(notice))
    assert "• Xã có Bảng tin điện tử công cộng: «Xem lại ∗∗đơn vị tính∗∗»\n• Việc đã làm:" in reply.text
    assert "Ý kiến chung: «Nộp lại trước thứ Sáu»" in reply.text
    assert reply.choices[0].value == f"report:{BOARDS}"
    assert entry.detail["marks"] == {COMMUNES: "Xem lại **đơn vị tính**", "work": "Nêu rõ địa điểm"}
    report = await report_of(officer)
    assert report.state is ReportState.RETURNED
    assert set(report.marks) == {COMMUNES, "work"}


async def test_one_card_after_another_then_the_summary(officer: Talk, catalog: Catalog) -> None:
    await sent_back(officer, catalog)
    said = await officer.taps(f"report:{BOARDS}")
    assert "**Ý kiến 1/2 của Sở: Xã có Bảng tin điện tử công cộng**" in said
    assert "Đã ghi: **5/7 xã (71,4%)**" in said
    assert officer.labels == ["Sửa ngay", "Giải trình", "Lưu nháp", "Xin gia hạn"]
    assert "(Câu 1/7)" in await officer.taps("Sửa ngay")
    said = await officer.says("6/7")
    assert "Tôi ghi: **6/7 xã (85,7%)**" in said
    assert "**Ý kiến 2/2 của Sở: Việc đã làm**" in said
    assert "vì sao giữ nguyên" in await officer.taps("Giải trình")
    said = await officer.says("Địa điểm đã nêu ở báo cáo trước")
    assert "Đã ghi giải trình" in said
    assert "Tóm tắt" in said
    assert "bản 2" in await officer.taps("Nộp")
    newest = (await versions(officer))[-1]
    assert newest.answers["values"][COMMUNES]["value"] == 6
    assert "explained" not in newest.answers
    assert newest.corrections == {
        COMMUNES: {"reason": "Xem lại **đơn vị tính**", "explanation": None},
        "work": {"reason": "Nêu rõ địa điểm", "explanation": "Địa điểm đã nêu ở báo cáo trước"},
    }
    assert newest.channel == "phone"
    assert (await report_of(officer)).marks == {}


async def test_the_same_answer_again_settles_nothing(officer: Talk, catalog: Catalog) -> None:
    await sent_back(officer, catalog, **{COMMUNES: "Xem lại"})
    await officer.taps(f"report:{BOARDS}")
    await officer.taps("Sửa ngay")
    assert "Ý kiến 1/1" in await officer.says("5/7")
    said = await officer.says("nộp")
    assert "chưa trả lời" in said
    assert "Ý kiến 1/1" in said
    assert "Ý kiến 1/1" in await officer.says("bỏ qua"), "skipping would throw the answer away"
    assert len(await versions(officer)) == 1


async def test_an_explanation_stays_in_the_draft(officer: Talk, catalog: Catalog) -> None:
    await sent_back(officer, catalog)
    await officer.taps(f"report:{BOARDS}")
    await officer.taps("Giải trình")
    assert "vì sao giữ nguyên" in await officer.says("?")
    assert "Ý kiến 1/2" in await officer.taps("Quay lại")
    await officer.taps("Giải trình")
    assert "Ý kiến 2/2" in await officer.says("Số đúng, đã đối chiếu")
    await officer.says("lưu nháp")
    await officer.taps(f"report:{BOARDS}")
    assert "Ý kiến 2/2" in await officer.taps("Tiếp tục")


async def test_what_may_be_asked_about_an_answer(officer: Talk, catalog: Catalog) -> None:
    with pytest.raises(NoReason):
        await sent_back(officer, catalog, "", work="?")
    report_id = (await report_of(officer)).id or 0
    async with officer.db.session() as db:
        with pytest.raises(NoReason):
            await send_back(db, catalog, report_id, "", "duyet", officer.now, {"work": "x" * (LONGEST_MARK + 1)})
        with pytest.raises(LookupError):
            await send_back(db, catalog, report_id, "", "duyet", officer.now, {"nothing": "Xem lại"})
