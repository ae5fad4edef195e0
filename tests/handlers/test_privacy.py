"""What is stored is told; what is erased is gone."""

from __future__ import annotations

from sqlmodel import select

from content.catalog import Catalog
from handlers.messages import Kind
from storage.audit import AuditEntry
from storage.contacts import Contact, is_subscribed, set_phone, subscribe
from storage.database import Database
from storage.webchat import WebchatMessage
from tests.conftest import TestClock
from tests.handlers.talk import Known, Talk
from tests.handlers.test_handoff import send


async def test_what_is_stored_is_told_in_words(talk: Talk) -> None:
    code = await send(talk)
    told = await talk.says("xem dữ liệu")
    assert "11/11/2024" in told
    assert code in told
    assert "nhắn cho cán bộ" in told
    assert "không kèm tài khoản" in told
    assert "bản tin" not in told
    assert talk.labels == ["Xóa dữ liệu của tôi", "Giữ lại"]


async def test_an_officer_sees_name_agency_and_subscription(talk: Talk) -> None:
    await make_officer(talk)
    told = await talk.says("/xoadulieu")
    assert "Y Demo (demo)" in told
    assert talk.catalog.agency_name("so_tttt") in told
    assert "84905123456" in told
    assert "bản tin tuần" in told


async def test_erasing_asks_first_and_may_be_declined(talk: Talk, known: Known) -> None:
    known.intent("xóa thông tin của tôi", "delete_my_data")
    code = await send(talk)
    await talk.says("xóa thông tin của tôi")
    assert "Không lấy lại được" in await talk.taps("Xóa dữ liệu")
    assert "không xóa gì" in await talk.taps("Giữ lại")
    assert "đang chờ" in await talk.says(code)


async def test_erasing_cuts_everything_loose(talk: Talk) -> None:
    code = await send(talk)
    await talk.taps("privacy:view")
    await talk.taps("Xóa dữ liệu")
    assert "Đã xóa" in await talk.taps("Đúng, xóa hết")
    conversation = await talk.conversation()
    assert (conversation.last_faq, conversation.form, conversation.failures) == (None, {}, 0)
    assert conversation.offered == [["Menu", "menu"]]
    assert await talk.stored("SELECT account_id FROM ticket") is None
    assert await talk.stored("SELECT state FROM ticket") == "closed", "nobody is left to answer"
    assert await talk.stored("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 0
    assert await talk.stored("SELECT count(*) FROM consent") == 1, "that consent was given stays provable"
    assert "không thấy mã" in await talk.says(code)
    assert "lời nhắn cho cán bộ:" not in (await talk.says("xem dữ liệu")).lower()


async def test_erasing_leaves_a_note_without_personal_data(talk: Talk) -> None:
    await send(talk, "Tôi tên Y Bé")
    await erase(talk)
    async with talk.db.reading() as db:
        (entry,) = (await db.exec(select(AuditEntry))).all()
    assert entry.action == "privacy.erase"
    assert "phone:an" not in f"{entry.actor} {entry.subject} {entry.detail}"


async def test_an_officers_link_name_phone_and_subscription_go(talk: Talk) -> None:
    contact_id = await make_officer(talk)
    await erase(talk)
    account = await talk.account()
    assert account.contact_id is None
    async with talk.db.session() as db:
        contact = await db.get(Contact, contact_id)
        assert contact is not None
        assert (contact.phone, contact.phone_index, contact.position) == (None, None, None)
        assert "Demo" not in contact.name
        assert contact.ended_at is not None
        assert not await is_subscribed(db, account.id or 0)
    await talk.does(Kind.FOLLOWED)
    assert "Nhiệm vụ của tôi" not in talk.labels


async def test_an_officer_with_another_account_stays_registered_there(talk: Talk) -> None:
    contact_id = await make_officer(talk)
    other = talk.another("zalo-cua-an")
    await other.says("menu")
    account = await other.account()
    async with talk.db.session() as db:
        account.contact_id = contact_id
        db.add(account)
        await db.commit()
    await erase(talk)
    async with talk.db.reading() as db:
        contact = await db.get(Contact, contact_id)
    assert contact is not None
    assert contact.ended_at is None
    assert contact.name == "Y Demo (demo)"


async def test_an_old_yes_button_asks_again(talk: Talk) -> None:
    code = await send(talk)
    await erase_up_to_the_question(talk)
    await talk.taps("menu")
    assert "Không lấy lại được" in await talk.taps("privacy:erase_yes")
    assert "đang chờ" in await talk.says(code)


async def test_a_second_tap_on_yes_only_asks(talk: Talk) -> None:
    await erase(talk)
    assert "Không lấy lại được" in await talk.taps("privacy:erase_yes")


async def test_the_bubbles_of_the_web_chat_go(talk: Talk) -> None:
    async with talk.db.session() as db:
        for user in ("an", "binh"):
            db.add(WebchatMessage(user_id=user, from_person=True, body={"text": "x"}, at=talk.now))
        await db.commit()
    assert "1 tin" in await talk.says("xem dữ liệu")
    await erase(talk)
    assert await talk.stored("SELECT group_concat(user_id) FROM webchat_message") == "binh"


async def erase_up_to_the_question(talk: Talk) -> None:
    await talk.taps("privacy:view")
    await talk.taps("privacy:erase")


async def erase(talk: Talk) -> None:
    await erase_up_to_the_question(talk)
    assert "Đã xóa" in await talk.taps("Đúng, xóa hết")


async def make_officer(talk: Talk) -> int:
    contact_id = await talk.becomes_officer("so_tttt")
    account = await talk.account()
    async with talk.db.session() as db:
        contact = await db.get(Contact, contact_id)
        assert contact is not None
        set_phone(contact, "84905123456")
        contact.position = "Chuyên viên"
        db.add(contact)
        await subscribe(db, account.id or 0, talk.now)
        await db.commit()
    return contact_id


async def test_both_databases_tell_and_erase(
    database: Database, catalog: Catalog, known: Known, clock: TestClock
) -> None:
    talk = Talk(database, catalog, known, clock.now())
    await talk.does(Kind.FOLLOWED)
    await talk.taps("topic:food")
    code = await send(talk)
    assert code in await talk.taps("Xem trả lời")
    assert code in await talk.says("xem dữ liệu")
    await erase(talk)
    assert "không thấy mã" in await talk.says(code)
    assert await talk.stored("SELECT count(*) FROM ticket WHERE account_id IS NOT NULL") == 0
