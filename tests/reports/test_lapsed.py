"""An officer acts only while an appointment holds; before and after, every way in is closed with a kind word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.turn import LOCAL
from storage.appointments import ContactRole, appoint, end_appointments
from storage.contacts import Contact
from storage.invitations import invite
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS

OVER = "đã hết ngày 11/11/2024"


async def contact_of(talk: Talk) -> int:
    found = (await talk.account()).contact_id
    assert found is not None
    return found


async def end_today(talk: Talk) -> None:
    """The appointment's last day is today; it is tomorrow morning."""
    number = await contact_of(talk)
    async with talk.db.session() as db:
        await end_appointments(db, number, talk.now.astimezone(LOCAL).date())
        await db.commit()


@pytest.mark.parametrize(
    "value",
    ["tasks", f"task:{BOARDS}", f"report:{BOARDS}", "reports", "deadlines", "digest:view", "ack:2024-W46", "sub:on"],
)
async def test_no_button_works_after_the_last_day(officer: Talk, value: str) -> None:
    await end_today(officer)
    assert OVER not in await officer.taps(value)
    officer.now += timedelta(days=1)
    assert OVER in await officer.taps(value)
    assert "UBND huyện Sa Thầy" in officer.replies[-1].text


async def test_a_form_left_open_takes_no_more_answers(officer: Talk) -> None:
    await officer.taps(f"report:{BOARDS}")
    await end_today(officer)
    officer.now += timedelta(days=1)
    assert OVER in await officer.says("5/7 xã")
    assert not (await officer.conversation()).form


async def test_a_button_of_a_form_left_open_is_refused(officer: Talk) -> None:
    await officer.taps(f"report:{BOARDS}")
    button = officer.buttons[0].value
    await end_today(officer)
    officer.now += timedelta(days=1)
    assert OVER in await officer.taps(button)


async def test_an_appointment_to_come_says_from_when(officer: Talk) -> None:
    number = await contact_of(officer)
    today = officer.now.astimezone(LOCAL).date()
    async with officer.db.session() as db:
        await end_appointments(db, number, today)
        contact = await db.get_one(Contact, number)
        await appoint(db, contact, "so_y_te", ContactRole.DEPUTY, today + timedelta(days=3), by="lan", now=officer.now)
        await db.commit()
    officer.now += timedelta(days=1)
    assert "**Sở Y tế** từ ngày **14/11/2024**" in await officer.taps("tasks")
    officer.now += timedelta(days=2)
    assert "Nhiệm vụ của Sở Y tế" in await officer.taps("tasks")


async def test_a_former_officer_can_still_see_and_erase_what_is_kept(officer: Talk) -> None:
    number = await contact_of(officer)
    await end_today(officer)
    officer.now += timedelta(days=1)
    assert "Y Sa (demo)" in await officer.taps("privacy:view")
    await officer.taps("privacy:erase")
    await officer.taps("privacy:erase_yes")
    async with officer.db.reading() as db:
        assert "Y Sa" not in (await db.get_one(Contact, number)).name


async def test_a_new_code_takes_a_former_officer_to_the_next_agency(officer: Talk) -> None:
    number = await contact_of(officer)
    await end_today(officer)
    officer.now += timedelta(days=1)
    async with officer.db.session() as db:
        await invite(db, "so_y_te", "lan", officer.now, code="K7QM2PXA")
        await db.commit()
    await officer.taps("reg:begin")
    for answer in ("K7QM 2PXA", "đồng ý", "Y Sa", "Chuyên viên", "bỏ qua", "đúng"):
        await officer.says(answer)
    assert "Sở Y tế" in await officer.taps("tasks")
    assert await contact_of(officer) != number
    async with officer.db.reading() as db:
        assert (await db.get_one(Contact, number)).ended_at is not None


async def test_who_is_appointed_for_two_agencies_works_for_one_at_a_time(officer: Talk) -> None:
    number, today = await contact_of(officer), officer.now.astimezone(LOCAL).date()
    assert "nhập **mã mời mới**" in await officer.taps("reg:change")
    async with officer.db.session() as db:
        contact = await db.get_one(Contact, number)
        end = today + timedelta(days=1)
        await appoint(db, contact, "so_y_te", ContactRole.MAIN, today, by="lan", now=officer.now, last_day=end)
        await db.commit()
    assert "còn được phân công" in await officer.taps("reg:change")
    assert [choice.value for choice in officer.buttons] == ["reg:at:so_y_te", "reg:code"]
    assert "làm việc cho **Sở Y tế**" in await officer.taps("reg:at:so_y_te")
    assert "Nhiệm vụ của Sở Y tế" in await officer.taps("tasks")
    officer.now += timedelta(days=2)
    assert "Nhiệm vụ của UBND huyện Sa Thầy" in await officer.taps("tasks")


async def test_nobody_goes_to_an_agency_they_are_not_appointed_for(citizen: Talk, officer: Talk) -> None:
    assert "đã xong hoặc đã đóng" in await officer.taps("reg:at:so_y_te")
    assert "Nhiệm vụ của UBND huyện Sa Thầy" in await officer.taps("tasks")
    assert "cán bộ đầu mối đã đăng ký" in await citizen.taps("reg:at:so_y_te")
