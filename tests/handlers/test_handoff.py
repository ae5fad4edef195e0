"""Messages to the department: consent first, one message, a code, and the answer by it."""

from __future__ import annotations

import re

import pytest
from sqlmodel import select

from handlers.messages import Kind
from storage.contacts import Consent, Purpose, withdraw_consents
from storage.questions import Ticket, TicketKind, TicketState
from tests.handlers.talk import Known, Talk

CODE = re.compile(r"YC-[A-Z0-9]{5}")


async def tickets(talk: Talk) -> list[Ticket]:
    async with talk.db.reading() as db:
        return list((await db.exec(select(Ticket).order_by("id"))).all())


async def send(talk: Talk, text: str = "Quán ở chợ bán thịt ôi") -> str:
    """Send a message to the department; its code."""
    await talk.taps("human")
    if "Đồng ý" in talk.labels:
        await talk.taps("Đồng ý")
    found = CODE.search(await talk.says(text))
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("intent", "kind"),
    [
        ("human_handoff", TicketKind.QUESTION),
        ("send_feedback", TicketKind.FEEDBACK),
        ("report_fake_news", TicketKind.FAKE_NEWS),
    ],
)
async def test_consent_then_one_message_then_a_code(talk: Talk, known: Known, intent: str, kind: TicketKind) -> None:
    known.intent("cho tôi hỏi cán bộ", intent)
    asked = await talk.says("cho tôi hỏi cán bộ")
    assert "lưu" in asked
    assert talk.labels == ["Đồng ý", "Không gửi"]
    assert await talk.stored("SELECT count(*) FROM consent") == 0, "asking is not consenting"
    assert "một tin" in await talk.taps("Đồng ý")
    assert CODE.search(await talk.says("Nội dung cần gửi"))
    (ticket,) = await tickets(talk)
    assert (ticket.kind, ticket.text, ticket.state) == (kind, "Nội dung cần gửi", TicketState.OPEN)
    assert ticket.account_id == (await talk.account()).id
    assert (await talk.conversation()).form == {}


async def test_the_consent_is_provable_and_not_asked_for_twice(talk: Talk) -> None:
    await send(talk)
    await talk.taps("human")
    assert talk.labels == ["Thôi, không gửi"], "straight to the message"
    async with talk.db.reading() as db:
        (consent,) = (await db.exec(select(Consent))).all()
    assert consent.purpose is Purpose.HANDOFF
    assert len(consent.wording_hash) == 64
    await talk.taps("Thôi")
    await talk.taps("ticket:open:feedback")
    assert "Đồng ý" in talk.labels, "another wording is another consent"


async def test_a_withdrawn_consent_is_asked_for_again(talk: Talk) -> None:
    await send(talk)
    account = await talk.account()
    assert account.id is not None
    async with talk.db.session() as db:
        await withdraw_consents(db, account.id, talk.now)
        await db.commit()
    await talk.taps("human")
    assert "Đồng ý" in talk.labels


@pytest.mark.parametrize("word", ["Không gửi", "không", "khong", "2", "huỷ", "/huy", "thôi"])
async def test_declining_leaves_nothing(talk: Talk, word: str) -> None:
    await talk.taps("human")
    assert "không lưu gì" in await talk.says(word)
    assert (await talk.conversation()).form == {}
    assert await tickets(talk) == []
    assert await talk.stored("SELECT count(*) FROM consent") == 0


@pytest.mark.parametrize("word", ["đồng ý", "dong y", "ok", "1", "vâng"])
async def test_consent_may_be_typed(talk: Talk, word: str) -> None:
    await talk.taps("human")
    assert "một tin" in await talk.says(word)
    assert await talk.stored("SELECT count(*) FROM consent") == 1


async def test_a_message_written_before_consent_waits_sealed_and_goes_with_it(talk: Talk) -> None:
    await talk.taps("human")
    assert "giữ tạm" in await talk.says("Tôi tên Y Bé, quán ở chợ bán thịt ôi")
    assert "thịt ôi" not in str((await talk.conversation()).form)
    assert CODE.search(await talk.taps("Đồng ý"))
    assert [ticket.text for ticket in await tickets(talk)] == ["Tôi tên Y Bé, quán ở chợ bán thịt ôi"]


@pytest.mark.parametrize("text", ["", "👍", "a", "\x00"])
async def test_a_message_without_words_is_asked_for_again(talk: Talk, text: str) -> None:
    await talk.taps("human")
    await talk.taps("Đồng ý")
    assert "bằng chữ" in await talk.says(text)
    assert await tickets(talk) == []


async def test_a_question_typed_into_the_open_message_is_the_message(talk: Talk, known: Known) -> None:
    known.faq("phân biệt nấm", "food.mushroom_identify_myths")
    await talk.taps("human")
    await talk.taps("Đồng ý")
    assert CODE.search(await talk.says("phân biệt nấm"))


async def test_numbers_and_ticket_codes_in_the_message_are_its_words(talk: Talk) -> None:
    await talk.taps("human")
    await talk.taps("Đồng ý")
    assert CODE.search(await talk.says("113"))


async def test_going_elsewhere_closes_the_message(talk: Talk, known: Known) -> None:
    await talk.taps("human")
    await talk.taps("Đồng ý")
    await talk.taps("topic:food")
    assert (await talk.conversation()).form == {}
    assert "không trả lời được" in await talk.says("giá vàng")
    assert await tickets(talk) == []


async def test_double_taps_are_harmless(talk: Talk) -> None:
    await talk.taps("human")
    await talk.taps("ticket:agree")
    assert "một tin" in await talk.taps("ticket:agree")
    assert await talk.stored("SELECT count(*) FROM consent") == 1
    await talk.says("Nội dung")
    assert "đã đóng" in await talk.taps("ticket:agree")
    assert "đã đóng" in await talk.taps("ticket:cancel")
    assert len(await tickets(talk)) == 1


async def test_the_code_tells_what_became_of_it(talk: Talk) -> None:
    code = await send(talk)
    told = await talk.says(code.lower().replace("-", " "))
    assert code in told
    assert "đang chờ" in told
    async with talk.db.session() as db:
        ticket = (await db.exec(select(Ticket))).one()
        ticket.state, ticket.answer, ticket.answered_at = TicketState.ANSWERED, "Đã **xử lý**", talk.now
        db.add(ticket)
        await db.commit()
    told = await talk.taps("ticket:status")
    assert "đã có trả lời" in told
    assert "Đã ∗∗xử lý∗∗" in told, "nobody's words are markup"


async def test_somebody_elses_code_reads_like_no_code(talk: Talk) -> None:
    code = await send(talk, "Bí mật của An")
    other = talk.another("binh")
    await other.does(Kind.FOLLOWED)
    seen = await other.says(code)
    never = await other.says("YC-ZZZZZ")
    assert seen.replace(code, "") == never.replace("YC-ZZZZZ", "")
    assert "đang chờ" not in await other.taps(f"ticket:status:{code}")


async def test_without_messages_the_status_says_so(talk: Talk, known: Known) -> None:
    known.intent("câu hỏi của tôi sao rồi", "ticket_status")
    assert "chưa gửi" in await talk.says("câu hỏi của tôi sao rồi")


async def test_a_message_is_sealed_in_the_database(talk: Talk) -> None:
    await send(talk, "Tôi là Y Bé ở thôn 3")
    assert "Y Bé" not in str(await talk.stored("SELECT text FROM ticket"))


async def test_a_sticker_does_not_become_a_message(talk: Talk) -> None:
    await talk.taps("human")
    await talk.taps("Đồng ý")
    await talk.does(Kind.MEDIA, media="sticker")
    assert await tickets(talk) == []


async def test_a_form_that_was_open_comes_back_after_the_message(talk: Talk) -> None:
    await talk.taps("reg:begin")
    assert (await talk.conversation()).form["name"] == "registration"
    await talk.taps("human")
    await talk.taps("Đồng ý")
    sent = await talk.says("Tôi chưa có mã mời")
    assert CODE.search(sent)
    assert "mã mời" in sent.split("\n")[-2] + sent.split("\n")[-1]
    assert (await talk.conversation()).form["name"] == "registration"
    await talk.taps("human")
    await talk.taps("menu")
    assert (await talk.conversation()).form["name"] == "registration"
    assert "mã mời" in talk.replies[-1].text, "the open question stands last, for the next line is its answer"
