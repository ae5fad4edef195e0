"""More time for a report: asked for in the chat, decided by the department, and what follows from the day given."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from content.catalog import Catalog
from handlers.plans.duties import duties_of
from handlers.reports.consolidated import consolidated
from handlers.reports.extensions import Decided, NoAnswer, grant, refuse, remind_department, reopen
from storage.audit import AuditEntry
from storage.digests import Delivery
from storage.extensions import Extension, ExtensionState, count_waiting_extensions
from storage.users import Role
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS, SA_THAY
from tests.reports.filling import ANSWERS, fill
from tests.reports.lists import list_agrees
from tests.reports.test_reviewing import linked

PLAN = "kh_thong_tin_co_so_2024"
DUE = date(2024, 12, 15)


async def asked(talk: Talk, day: str = "25/12", reason: str = "Chờ lắp thiết bị") -> str:
    await talk.taps(f"extension:ask:{BOARDS}")
    await talk.says(day)
    return await talk.says(reason)


async def request_of(talk: Talk) -> Extension:
    async with talk.db.reading() as db:
        return (await db.exec(select(Extension).order_by(Extension.id.desc()))).first()  # type: ignore[union-attr, return-value]


async def decided(talk: Talk, catalog: Catalog, until: date = date(2024, 12, 25), words: str = "") -> None:
    async with talk.db.session() as db:
        await grant(db, catalog, (await request_of(talk)).id or 0, until, words, "lan", talk.now)
        await db.commit()


async def due_on(talk: Talk) -> date | None:
    async with talk.db.reading() as db:
        duties = await duties_of(db, talk.catalog, SA_THAY, talk.now.date())
    return next(duty.due for duty in duties if duty.task.id == BOARDS)


async def test_a_day_and_a_reason_are_asked_for_and_nothing_moves_yet(officer: Talk) -> None:
    said = await officer.taps(f"extension:ask:{BOARDS}")
    assert "Hạn hiện nay: **15/12/2024**" in said
    assert officer.labels == ["18/12/2024", "20/12/2024", "27/12/2024", "Thôi"]
    assert "chưa đọc được ngày" in await officer.says("khi nào xong thì nộp")
    assert "không muộn hơn hạn" in await officer.says("10/12/2024")
    assert "nhiều nhất 180 ngày" in await officer.says("25/12/2025")
    assert "đến hết **25/12/2024**. Anh/chị cho biết lý do" in await officer.says("25/12")
    assert "Lý do cần vài chữ" in await officer.says("1")
    said = await officer.says("Chờ lắp <b>thiết bị</b>")
    assert "Trong lúc chờ, hạn vẫn là 15/12/2024" in said
    request = await request_of(officer)
    assert (request.agency_id, request.due, request.until) == (SA_THAY, DUE, date(2024, 12, 25))
    assert request.reason == "Chờ lắp <b>thiết bị</b>"
    assert await due_on(officer) == DUE
    assert not (await officer.conversation()).form


async def test_a_button_and_the_card_and_the_correction_lead_to_it(officer: Talk) -> None:
    officer.now += timedelta(days=28)
    await officer.taps(f"report:{BOARDS}")
    assert officer.labels[-1] == "Xin gia hạn"
    await officer.taps("Xin gia hạn")
    await officer.taps("18/12/2024")
    assert "Đã gửi" in await officer.says("Chờ thiết bị")
    assert "Sở chưa trả lời" in await officer.taps(f"extension:ask:{BOARDS}"), "one waits at a time"
    async with officer.db.reading() as db:
        assert await count_waiting_extensions(db) == 1


@pytest.mark.parametrize("word", ["hủy", "thôi"])
async def test_it_can_be_left(officer: Talk, word: str) -> None:
    await officer.taps(f"extension:ask:{BOARDS}")
    assert "Đã dừng" in await officer.says(word)
    assert not (await officer.conversation()).form
    assert "Nút này đã cũ" in await officer.taps("extension:day:2024-12-25")


async def test_the_request_is_taken_back_while_it_waits(officer: Talk) -> None:
    await asked(officer)
    assert "Đã rút" in await officer.taps("Rút đề nghị")
    assert (await request_of(officer)).state is ExtensionState.WITHDRAWN
    assert "không còn chờ" in await officer.taps(f"extension:back:{(await request_of(officer)).id}")
    assert "Đã gửi" in await asked(officer), "and asked for anew"


async def test_nobody_takes_back_anothers_request_or_asks_for_a_strangers_task(officer: Talk, citizen: Talk) -> None:
    await asked(officer)
    other = citizen.another("khac")
    await other.becomes_officer("ubnd_huyen_dak_ha", "A Khác (demo)")
    assert "không còn chờ" in await other.taps(f"extension:back:{(await request_of(officer)).id}")
    assert "không giao cho" in await other.taps(f"extension:ask:{BOARDS}")
    assert "đã đăng ký" in await citizen.taps(f"extension:ask:{BOARDS}")


async def test_what_is_handed_in_needs_no_more_time(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    assert "đã nộp rồi" in await officer.taps(f"extension:ask:{BOARDS}")


async def test_the_day_given_is_the_last_day_everywhere(officer: Talk, catalog: Catalog) -> None:
    await officer.taps("sub:on")
    await asked(officer)
    await decided(officer, catalog, date(2024, 12, 23), "Nộp kèm ảnh")
    assert await due_on(officer) == date(2024, 12, 23)
    async with officer.db.reading() as db:
        (notice,) = (await db.exec(select(Delivery))).all()
        entry = (await db.exec(select(AuditEntry).where(AuditEntry.action == "extension.grant"))).one()
    assert "đến hết **23/12/2024**.\nLời dặn: «Nộp kèm ảnh»" in (notice.reply or {})["text"]
    assert (entry.actor, entry.detail) == ("lan", {"until": "2024-12-23"})
    officer.now += timedelta(days=40)  # 21/12
    said = await officer.taps(f"report:{BOARDS}")
    assert "Sở đã gia hạn cho đơn vị đến hết **23/12/2024**" in said
    assert "quá hạn" not in said
    await officer.taps("Bắt đầu")
    for answer in ("5/7 xã", "Chưa", "2", "Đã lắp", "Không", "22/12/2024", "bỏ qua"):
        await officer.says(answer)
    assert "đúng hạn" in await officer.says("nộp")
    async with officer.db.reading() as db:
        picture = await consolidated(db, catalog, PLAN, officer.now)
        await list_agrees(db, catalog, picture, officer.now)
    [task] = [task for task in picture["tasks"] if task["id"] == BOARDS]
    [row] = [row for row in task["agencies"] if row["agency"]["id"] == SA_THAY]
    assert (row["due"], row["late_days"]) == ("2024-12-23", 0)


async def test_a_closed_period_opens_again(officer: Talk, catalog: Catalog) -> None:
    officer.now += timedelta(days=70)
    assert "đã đóng" in await officer.taps(f"report:{BOARDS}")
    await officer.taps("Xin gia hạn")
    await officer.says("31/1/2025")
    await officer.says("Thiết bị về muộn")
    await decided(officer, catalog, date(2025, 1, 31))
    assert "7 câu hỏi" in await officer.taps(f"report:{BOARDS}")


async def test_a_refusal_gives_its_reason_and_can_be_taken_back(officer: Talk, catalog: Catalog) -> None:
    await asked(officer)
    number = (await request_of(officer)).id or 0
    async with officer.db.session() as db:
        with pytest.raises(NoAnswer):
            await refuse(db, catalog, number, "  ", "lan", officer.now)
        await refuse(db, catalog, number, "Sở phải tổng hợp ngày 20/12", "lan", officer.now)
        with pytest.raises(Decided):
            await grant(db, catalog, number, date(2024, 12, 25), "", "mai", officer.now)
        await db.commit()
    said = await officer.taps(f"extension:ask:{BOARDS}")
    assert "Lần xin trước Sở chưa đồng ý: «Sở phải tổng hợp ngày 20/12»" in said
    async with officer.db.session() as db:
        await reopen(db, catalog, number, "mai", officer.now)
        with pytest.raises(NoAnswer):
            await grant(db, catalog, number, DUE, "", "mai", officer.now)
        await grant(db, catalog, number, date(2024, 12, 18), "", "mai", officer.now)
        await db.commit()
    assert await due_on(officer) == date(2024, 12, 18)
    async with officer.db.session() as db:
        await reopen(db, catalog, number, "mai", officer.now)
        await db.commit()
    assert await due_on(officer) == DUE


async def test_the_department_is_reminded_every_second_working_day(officer: Talk, catalog: Catalog) -> None:
    await asked(officer)
    await linked(officer.another("sep"), Role.APPROVER)
    told = []
    for days in (0, 1, 2, 3, 4, 7, 8):
        async with officer.db.session() as db:
            moment = officer.now + timedelta(days=days)
            first = await remind_department(db, catalog, moment)
            again = await remind_department(db, catalog, moment + timedelta(hours=1))
            await db.commit()
        assert again == 0
        if first:
            told.append(days)
    assert told == [2, 4, 8]
