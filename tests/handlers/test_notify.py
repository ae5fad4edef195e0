"""Telling somebody of an answer: only who asks for it, only for a while, and only what they asked themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.channels.telegram.capabilities import CAPABILITIES as TELEGRAM
from bot.channels.zalo.capabilities import CAPABILITIES as ZALO
from bot.scheduler import forget
from content.catalog import Catalog
from handlers.questions import notify, proposals
from handlers.questions.proposals import ProposalError
from storage.audit import AuditEntry
from storage.contacts import Consent, Purpose
from storage.database import Database
from storage.digests import Delivery, DeliveryState
from storage.proposals import waiting_questions
from storage.questions import QuestionLog, Vote
from tests.conftest import TestClock
from tests.digests.province import said
from tests.handlers.talk import Known, Talk
from tests.handlers.test_faq import ENTRY, OTHERS

BUTTON = "Báo tôi khi có câu trả lời"
GOLD = "giá vàng hôm nay"


async def question(talk: Talk, number: int = 1) -> QuestionLog:
    async with talk.db.reading() as db:
        found = await db.get(QuestionLog, number)
    assert found is not None
    return found


async def consents(talk: Talk) -> list[Consent]:
    async with talk.db.reading() as db:
        return list((await db.exec(select(Consent))).all())


async def test_without_the_button_nobody_is_kept(talk: Talk) -> None:
    text = await talk.says(GOLD)
    assert BUTTON in talk.labels
    assert "giữ câu hỏi kèm tài khoản này, lâu nhất 30 ngày" in text.replace("**", "")
    assert "xóa dữ liệu" in text
    assert talk.catalog.province.department.name in text
    assert (await question(talk)).account_id is None
    assert await consents(talk) == []


async def test_one_tap_keeps_the_asker_and_proves_the_consent(talk: Talk) -> None:
    refusal = await talk.says(GOLD)
    assert "30 ngày" in await talk.taps(BUTTON)
    account = await talk.account()
    assert (await question(talk)).account_id == account.id
    (consent,) = await consents(talk)
    assert (consent.account_id, consent.purpose) == (account.id, Purpose.ANSWER)
    wording = refusal.split("\n\n")[1]
    import hashlib

    assert consent.wording_hash == hashlib.sha256(wording.encode()).hexdigest(), "what was read is what was agreed to"


async def test_tapping_twice_and_asking_again_is_harmless(talk: Talk) -> None:
    await talk.says(GOLD)
    value = next(choice.value for choice in talk.buttons if choice.label == BUTTON)
    await talk.taps(value)
    assert "Đã ghi" in await talk.taps(value)
    await talk.says("kết quả xổ số")
    assert "Đã ghi" in await talk.taps(BUTTON)
    assert len(await consents(talk)) == 1


async def test_the_wish_is_told_and_erased_with_everything_else(talk: Talk) -> None:
    await talk.says(GOLD)
    await talk.taps(BUTTON)
    told = await talk.says("xem dữ liệu")
    assert "1 câu hỏi đang chờ trả lời" in told
    assert "báo khi có câu trả lời" in told
    await talk.taps("Xóa dữ liệu")
    assert "Đã xóa" in await talk.taps("Đúng, xóa hết")
    assert (await question(talk)).account_id is None
    (consent,) = await consents(talk)
    assert consent.withdrawn_at is not None
    assert "đang chờ trả lời" not in await talk.says("xem dữ liệu")


async def test_a_wrong_answer_may_be_answered_by_a_person_too(talk: Talk, known: Known) -> None:
    known.faq("phân biệt nấm", ENTRY)
    await talk.says("phân biệt nấm")
    await talk.taps("Chưa đúng")
    assert {BUTTON, "Gặp cán bộ", "Menu"} <= set(talk.labels)
    assert "Đã ghi" in await talk.taps(BUTTON)
    row = await question(talk)
    assert (row.vote, row.account_id) == (Vote.WRONG, (await talk.account()).id)


async def test_none_of_these_offers_it_also_when_typed(talk: Talk, known: Known) -> None:
    known.clarify("nấm", *OTHERS)
    await talk.says("nấm")
    await talk.says("4")
    assert BUTTON in talk.labels


async def test_the_buttons_fit_everywhere(talk: Talk, known: Known) -> None:
    known.faq("phân biệt nấm", ENTRY)
    known.clarify("nấm", *OTHERS)
    for step in (GOLD, "kết quả xổ số", "phân biệt nấm"):
        await talk.says(step)
        if step == "phân biệt nấm":
            await talk.taps("Chưa đúng")
        assert BUTTON in talk.labels
        assert len(talk.buttons) <= min(ZALO.buttons, TELEGRAM.buttons), step
    async with talk.db.session() as db:
        rows = (await db.exec(select(QuestionLog))).all()
        for row in rows:
            row.account_id = None
        await db.commit()
    assert all(len(choice.value) <= 55 for choice in talk.buttons)
    assert len(f"{notify.NAME}:999999999:{'a' * 12}") <= 55


async def test_nobody_is_told_what_somebody_else_asked(talk: Talk, known: Known) -> None:
    await talk.says(GOLD)
    value = next(choice.value for choice in talk.buttons if choice.label == BUTTON)
    stranger = talk.another("binh")
    assert "đã cũ" in await stranger.taps(value)
    for made_up in (
        "notify:1",
        "notify:1:",
        "notify:1:000000000000",
        "notify:1:đđđ",
        "notify:x:y",
        "notify",
        "notify:::",
    ):
        assert "đã cũ" in await stranger.taps(made_up)
    known.faq("phân biệt nấm", ENTRY)
    await stranger.taps("vote:wrong:1")
    assert BUTTON not in stranger.labels, "a vote sent by hand names somebody else's question"
    await stranger.taps("other:1")
    assert BUTTON not in stranger.labels
    assert (await question(talk)).account_id is None


async def test_an_old_question_is_not_kept_any_more(talk: Talk) -> None:
    await talk.says(GOLD)
    value = next(choice.value for choice in talk.buttons if choice.label == BUTTON)
    talk.now += notify.KEPT
    assert "quá hạn" in await talk.taps(value)
    assert (await question(talk)).account_id is None


async def test_nor_one_the_department_is_through_with(talk: Talk) -> None:
    await talk.says(GOLD)
    value = next(choice.value for choice in talk.buttons if choice.label == BUTTON)
    async with talk.db.session() as db:
        await proposals.dismiss(db, talk.catalog, [1], "lan", talk.now)
        await db.commit()
    assert "đã xem xong" in await talk.taps(value)
    assert (await question(talk)).account_id is None


async def test_the_sweep_lets_go_after_thirty_days_on_both_engines(
    database: Database, catalog: Catalog, known: Known, clock: TestClock
) -> None:
    talk = Talk(database, catalog, known, clock.now())
    await talk.says(GOLD)
    await talk.taps(BUTTON)
    asked_at = (await question(talk)).asked_at
    assert (await forget(database, catalog, asked_at + notify.KEPT))["askers"] == 0
    assert (await forget(database, catalog, asked_at + notify.KEPT + timedelta(seconds=1)))["askers"] == 1
    assert (await question(talk)).account_id is None


async def test_answer_teach_draft_and_undo_on_both_engines(
    database: Database, catalog: Catalog, known: Known, clock: TestClock
) -> None:
    talk = Talk(database, catalog, known, clock.now())
    for text in (GOLD, "gia vang hom nay", "xổ số hôm nay"):
        await talk.says(text)
    await talk.taps(BUTTON)
    now = talk.now
    async with database.session() as db:
        waiting = [row.id for row in await waiting_questions(db, None, None, 10)]
        assert waiting == [3, 2, 1]
        with pytest.raises(ProposalError, match="answer_first"):
            await proposals.teach(db, catalog, [1, 2, 3], ENTRY, ["phone"], "lan", now)
        with pytest.raises(ProposalError, match="nobody_waits"):
            await proposals.answer_askers(db, catalog, [1, 2], "Hỏi ngân hàng.", ["phone"], "lan", now)
        with pytest.raises(ProposalError, match="nobody_waits"):
            await proposals.answer_askers(db, catalog, [3], "Hỏi ngân hàng.", ["zalo"], "lan", now)
        await db.rollback()
    async with database.session() as db:
        answered = await proposals.answer_askers(db, catalog, [3], "Hỏi ngân hàng.", ["phone"], "lan", now)
        taught = await proposals.teach(db, catalog, [1, 2], ENTRY, ["phone"], "lan", now)
        await db.commit()
    async with database.session() as db:
        with pytest.raises(ProposalError, match="dealt_with"):
            await proposals.answer_askers(db, catalog, [3], "Hai lần.", ["phone"], "mai", now)
        with pytest.raises(ProposalError, match="dealt_with"):
            await proposals.dismiss(db, catalog, [1, 3], "mai", now)
        assert await proposals.undo(db, taught.id or 0, "mai", now) == 2
        with pytest.raises(ProposalError, match="not_undoable"):
            await proposals.undo(db, answered.id or 0, "mai", now)
        await db.commit()
    async with database.reading() as db:
        (delivery,) = (await db.exec(select(Delivery))).all()
        waiting = [row.id for row in await waiting_questions(db, None, None, 10)]
        actions = (await db.exec(select(AuditEntry.action).order_by(col(AuditEntry.id)))).all()
    assert waiting == [2, 1]
    assert "«xổ số hôm nay»" in said(delivery)["text"]
    assert (await question(talk, 3)).account_id is None
    assert list(actions) == ["question.answered", "question.example", "question.undone"]


async def test_the_answers_sent_are_blanked_too(
    database: Database, catalog: Catalog, known: Known, clock: TestClock
) -> None:
    """The row of a delivery names the address: the question quoted in it must not stay for ever."""
    talk = Talk(database, catalog, known, clock.now())
    for user, state in (("an", DeliveryState.SEEN), ("binh", DeliveryState.UNCLEAR), ("chi", DeliveryState.QUEUED)):
        one = talk.another(user)
        await one.says(GOLD)
        await one.taps(BUTTON)
        async with database.session() as db:
            newest = (await waiting_questions(db, None, None, 1))[0].id
            await proposals.answer_askers(db, catalog, [newest or 0], "Hỏi ngân hàng.", ["phone"], "lan", one.now)
            await db.flush()
            delivery = (await db.exec(select(Delivery).order_by(col(Delivery.id).desc()).limit(1))).one()
            delivery.state = state
            await db.commit()
    one = talk.another("an")
    await one.taps("privacy:view")
    await one.taps("Xóa dữ liệu")
    await one.taps("Đúng, xóa hết")
    assert await texts(talk) == ["", GOLD, GOLD]
    assert (await forget(database, catalog, talk.now + timedelta(days=2)))["notices"] == 0
    assert (await forget(database, catalog, talk.now + timedelta(days=4)))["notices"] == 2
    assert (await forget(database, catalog, talk.now + timedelta(days=4)))["notices"] == 0
    assert await texts(talk) == ["", "", ""]
    async with database.reading() as db:
        states = (await db.exec(select(Delivery.state).order_by(col(Delivery.id)))).all()
    assert list(states) == [DeliveryState.SEEN, DeliveryState.SKIPPED, DeliveryState.SKIPPED]


async def texts(talk: Talk) -> list[str]:
    """What the deliveries still hold of the question."""
    async with talk.db.reading() as db:
        rows = (await db.exec(select(Delivery).order_by(col(Delivery.id)))).all()
    return [GOLD if GOLD in said(row)["text"] else said(row)["text"] for row in rows]
