"""Registration: codes, consent, what is kept of a person, moving to another agency."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from handlers.messages import Kind
from handlers.registration.invitation import GUESSES
from handlers.turn import LOCAL
from storage.appointments import contact_of
from storage.contacts import Account, Consent, Contact, Purpose, has_consent, is_subscribed, see_account
from storage.invitations import INVITATION_LIFE, invite
from tests.handlers.talk import Known, Talk
from tests.reports.conftest import SA_THAY

CODE = "K7QM2PXA"
DAK_HA = "ubnd_huyen_dak_ha"


async def issue(talk: Talk, code: str = CODE, agency: str = SA_THAY) -> None:
    async with talk.db.session() as db:
        await invite(db, agency, "quantri", talk.now, code)
        await db.commit()


async def registered(talk: Talk) -> tuple[Account, Contact | None]:
    async with talk.db.session() as db:
        account = await see_account(db, str(talk.address), talk.now)
        return account, await contact_of(db, account, talk.now.astimezone(LOCAL).date())


async def register(talk: Talk, code: str = CODE, phone: str = "0905 123 456") -> str:
    await talk.taps("reg:begin")
    for answer in (code, "đồng ý", "Y Ngọc Lan", "Công chức Văn hóa - Xã hội", phone):
        await talk.says(answer)
    return await talk.says("đúng")


async def test_the_whole_way(citizen: Talk, known: Known) -> None:
    known.intent("đăng ký đầu mối", "register_contact")
    await issue(citizen)
    assert "mã mời" in await citizen.says("đăng ký đầu mối")
    said = await citizen.says("k7qm 2pxa")
    assert "Đơn vị: **UBND huyện Sa Thầy**" in said
    assert "trợ lý tự động" in said
    assert "xóa dữ liệu" in said
    assert "họ và tên" in await citizen.taps("Đồng ý")
    assert "Chức vụ" in await citizen.says("Y Ngọc Lan")
    await citizen.says("Công chức Văn hóa - Xã hội")
    assert citizen.replies[-1].ask_phone
    said = await citizen.says("0905.123.456")
    assert "+84905123456" in said
    said = await citizen.taps("Đúng, đăng ký")
    assert "Đã đăng ký **Y Ngọc Lan** làm đầu mối của **UBND huyện Sa Thầy**" in said
    assert "**14 nhiệm vụ** phải báo cáo; hạn gần nhất: **15/12/2024**" in said
    assert [choice.value for choice in citizen.buttons] == ["tasks", "deadlines", "digest:view", "menu"]
    account, contact = await registered(citizen)
    assert contact is not None
    assert (contact.name, contact.agency_id, contact.phone) == ("Y Ngọc Lan", SA_THAY, "84905123456")
    assert contact.phone_index is not None
    assert contact.verified_at == contact.created_at
    async with citizen.db.reading() as db:
        assert await is_subscribed(db, account.id or 0)
        purposes = {consent.purpose for consent in (await db.exec(select(Consent))).all()}
    assert purposes == {Purpose.OFFICER_REGISTRATION, Purpose.PHONE}
    assert not (await citizen.conversation()).form


async def test_consent_is_to_the_wording_that_was_shown(citizen: Talk) -> None:
    await issue(citizen)
    await citizen.taps("reg:begin")
    shown = await citizen.says(CODE)
    for answer in ("đồng ý", "Y Lan", "Công chức", "bỏ qua", "đúng"):
        await citizen.says(answer)
    account, _ = await registered(citizen)
    async with citizen.db.reading() as db:
        assert await has_consent(db, account.id or 0, Purpose.OFFICER_REGISTRATION, shown)
        assert not [one for one in (await db.exec(select(Consent))).all() if one.purpose is Purpose.PHONE]


async def test_nothing_readable_lies_in_the_conversation(citizen: Talk) -> None:
    await issue(citizen)
    await citizen.taps("reg:begin")
    for answer in (CODE, "đồng ý", "Y Ngọc Lan", "Công chức"):
        await citizen.says(answer)
    assert "Lan" not in str((await citizen.conversation()).form)
    assert "Công chức" not in str((await citizen.conversation()).form)
    await citizen.says("hủy")
    assert (await registered(citizen))[1] is None
    assert not (await citizen.conversation()).form


async def test_a_link_carries_the_code(citizen: Talk) -> None:
    await issue(citizen)
    await citizen.does(Kind.FOLLOWED, start_code=CODE)
    assert "UBND huyện Sa Thầy" in citizen.replies[0].text


async def test_a_shared_number_is_taken(citizen: Talk) -> None:
    await issue(citizen)
    await citizen.taps("reg:begin")
    for answer in (CODE, "đồng ý", "Y Lan", "Công chức"):
        await citizen.says(answer)
    await citizen.does(Kind.CONTACT, phone="+84905123456")
    await citizen.says("đúng")
    _, contact = await registered(citizen)
    assert contact is not None
    assert contact.phone == "84905123456"


async def test_a_number_nobody_asked_for_is_not_kept(citizen: Talk) -> None:
    await citizen.does(Kind.CONTACT, phone="+84905123456")
    assert "không lưu" in citizen.replies[0].text


@pytest.mark.parametrize("phone", ["12345", "số của tôi", "0123456789012", "0105123456"])
async def test_a_wrong_number_is_asked_again(citizen: Talk, phone: str) -> None:
    await issue(citizen)
    await citizen.taps("reg:begin")
    for answer in (CODE, "đồng ý", "Y Lan", "Công chức"):
        await citizen.says(answer)
    assert "0905 123 456" in await citizen.says(phone)
    assert "không lưu" in await citizen.says("bỏ qua")


async def test_a_wrong_code_can_be_tried_five_times_an_hour(citizen: Talk) -> None:
    await issue(citizen)
    await citizen.taps("reg:begin")
    for left in range(GUESSES - 1, -1, -1):
        assert f"còn {left} lần" in await citizen.says("ABCD2345")
    said = await citizen.says(CODE)
    assert "nhập sai 5 lần" in said
    assert (await registered(citizen))[1] is None
    await citizen.says("hủy")
    await citizen.taps("reg:begin")
    assert "nhập sai 5 lần" in await citizen.says(CODE), "starting over does not reset the count"
    other = citizen.another("ke ben")
    await other.taps("reg:begin")
    assert "Đơn vị" in await other.says(CODE)
    citizen.now += timedelta(hours=1)
    assert "Đơn vị" in await citizen.says(CODE)


async def test_a_used_code_says_so(citizen: Talk) -> None:
    await issue(citizen)
    await register(citizen)
    other = citizen.another("ke ben")
    await other.taps("reg:begin")
    assert "đã dùng hết lượt" in await other.says(CODE)


async def test_an_expired_code_says_when(citizen: Talk) -> None:
    await issue(citizen)
    citizen.now += INVITATION_LIFE + timedelta(seconds=1)
    await citizen.taps("reg:begin")
    assert "hết hạn ngày 11/12/2024" in await citizen.says(CODE)


async def test_a_code_used_by_somebody_else_meanwhile(citizen: Talk) -> None:
    await issue(citizen)
    other = citizen.another("ke ben")
    for talk in (citizen, other):
        await talk.taps("reg:begin")
        for answer in (CODE, "đồng ý", "Y Lan", "Công chức", "bỏ qua"):
            await talk.says(answer)
    await citizen.says("đúng")
    assert "vừa có người khác dùng" in await other.says("đúng")
    assert (await registered(other))[1] is None
    async with citizen.db.reading() as db:
        assert len((await db.exec(select(Contact))).all()) == 1


async def test_a_sentence_is_no_code_and_costs_no_try(citizen: Talk, known: Known) -> None:
    known.faq("nhà tôi có người đau bụng thì sao", "food.mushroom_poisoning_first_aid")
    await citizen.taps("reg:begin")
    assert "8 chữ và số" in await citizen.says("tôi quên mã rồi")
    known.intent("tôi muốn gặp cán bộ", "human_handoff")
    known.intent("xin chào", "greet")
    for said in ("xin chào", "0912345678"):
        assert "còn" not in await citizen.says(said)
    assert "mã mời" in await citizen.says("xin chào")
    assert "lời nhắn" in await citizen.says("tôi muốn gặp cán bộ")
    assert "mã mời" in await citizen.taps("Không gửi")
    said = await citizen.says("nhà tôi có người đau bụng thì sao")
    assert "Nguồn:" in said
    assert "mã mời" in said
    assert "còn 4 lần" in await citizen.says("ABCD2345")


async def test_declining_keeps_nothing_and_the_code_stays_good(citizen: Talk) -> None:
    await issue(citizen)
    await citizen.taps("reg:begin")
    await citizen.says(CODE)
    assert "không lưu gì" in await citizen.taps("Không đồng ý")
    await citizen.taps("reg:begin")
    assert "Đơn vị" in await citizen.says(CODE)


async def test_silence_is_no_consent(citizen: Talk) -> None:
    await issue(citizen)
    await citizen.taps("reg:begin")
    await citizen.says(CODE)
    assert "bấm **Đồng ý**" in await citizen.says("để tôi xem đã")
    assert (await citizen.conversation()).form["step"] == "consent"


@pytest.mark.parametrize("name", ["1234", "A1", "x", "?", "a" * 61])
async def test_a_name_has_letters_and_no_digits(citizen: Talk, name: str) -> None:
    await issue(citizen)
    await citizen.taps("reg:begin")
    await citizen.says(CODE)
    await citizen.says("đồng ý")
    await citizen.says(name)
    assert (await citizen.conversation()).form["step"] == "name"


async def test_back_and_edit(citizen: Talk) -> None:
    await issue(citizen)
    await citizen.taps("reg:begin")
    for answer in (CODE, "đồng ý", "Y Lan"):
        await citizen.says(answer)
    assert "họ và tên" in await citizen.says("quay lại")
    for answer in ("Y Liên", "Công chức", "bỏ qua"):
        said = await citizen.says(answer)
    assert "Y Liên" in said
    await citizen.taps("Sửa chức vụ")
    said = await citizen.says("Phó Trưởng phòng")
    assert "Phó Trưởng phòng" in said
    assert "Đúng, đăng ký" in citizen.labels


async def test_old_buttons_do_nothing(citizen: Talk) -> None:
    assert "đã xong hoặc đã đóng" in await citizen.taps("reg:yes")
    await issue(citizen)
    await register(citizen)
    assert "đã xong hoặc đã đóng" in await citizen.taps("reg:yes")
    async with citizen.db.reading() as db:
        assert len((await db.exec(select(Contact))).all()) == 1


async def test_who_is_registered_is_told_so(citizen: Talk) -> None:
    await issue(citizen)
    await register(citizen)
    said = await citizen.taps("reg:begin")
    assert "đã đăng ký: **Y Ngọc Lan**" in said
    assert "UBND huyện Sa Thầy" in said
    assert "Đổi đơn vị" in citizen.labels


async def test_a_code_for_the_same_agency_is_not_spent(citizen: Talk) -> None:
    await issue(citizen)
    await register(citizen)
    await issue(citizen, "SECONDAA")
    await citizen.does(Kind.FOLLOWED, start_code="SECONDAA")
    assert "không cần đăng ký lại" in citizen.replies[0].text
    other = citizen.another("dong nghiep")
    await other.taps("reg:begin")
    assert "Đơn vị" in await other.says("SECONDAA")


async def test_moving_to_another_agency(citizen: Talk, known: Known) -> None:
    known.intent("đổi đơn vị", "change_agency")
    await issue(citizen)
    await register(citizen)
    before = (await registered(citizen))[1]
    await issue(citizen, "CHUYEN22", DAK_HA)
    assert "mã mời mới" in await citizen.says("đổi đơn vị")
    await citizen.says("chuyen22")
    assert "Chức vụ" in await citizen.taps("Đồng ý"), "the name is known"
    said = await citizen.says("Trưởng phòng")
    assert "Đơn vị cũ: UBND huyện Sa Thầy" in said
    assert "+84905123456" in said
    said = await citizen.taps("Đúng, đăng ký")
    assert "sang **UBND huyện Đăk Hà**" in said
    _, contact = await registered(citizen)
    assert contact is not None
    assert before is not None
    assert (contact.agency_id, contact.name, contact.phone) == (DAK_HA, "Y Ngọc Lan", "84905123456")
    async with citizen.db.reading() as db:
        old = await db.get(Contact, before.id)
    assert old is not None
    assert old.ended_at is not None


async def test_the_old_contact_lives_while_another_account_uses_it(citizen: Talk) -> None:
    await issue(citizen)
    await register(citizen)
    before = (await registered(citizen))[1]
    assert before is not None
    other = citizen.another("may thu hai")
    async with citizen.db.session() as db:
        (await see_account(db, str(other.address), citizen.now)).contact_id = before.id
        await db.commit()
    await issue(citizen, "CHUYEN22", DAK_HA)
    await citizen.does(Kind.FOLLOWED, start_code="CHUYEN22")
    for answer in ("đồng ý", "Trưởng phòng", "đúng"):
        await citizen.says(answer)
    assert (await registered(citizen))[1] is not None
    _, theirs = await registered(other)
    assert theirs is not None
    assert theirs.agency_id == SA_THAY
