"""Taking a digest or an item in, giving it to somebody, asking what is unclear: once for the agency."""

from __future__ import annotations

import pytest
from sqlmodel import select

from content.catalog import Catalog
from handlers.digests import DigestError, clarifying
from storage.acknowledgements import Acknowledgement, HandOver, acknowledge, acknowledgements, item_subject
from storage.clarifications import Clarification, entries_of
from storage.digests import DeliveryKind, DeliveryState
from storage.directives import ItemProvider
from tests.conftest import TestClock
from tests.digests.province import Small, said
from tests.handlers.talk import Known, Talk


@pytest.fixture
async def officers(small: Small, catalog: Catalog, clock: TestClock) -> tuple[Talk, Talk]:
    """Two officers of Sở Y tế who were sent week 46; they have greeted already."""
    async with small.db.session() as session:
        session.add(ItemProvider(item_id="fire", agency_id="so_y_te"))
        await session.commit()
    talks = (
        Talk(small.db, catalog, Known(), clock.now(), "an"),
        Talk(small.db, catalog, Known(), clock.now(), "binh"),
    )
    for talk in talks:
        await small.officer("so_y_te", clock.now(), talk.address.user_id)
        await talk.says("menu")
    await small.sending(clock.now())
    return talks


async def rows(small: Small) -> list[Acknowledgement]:
    async with small.db.reading() as db:
        return list((await db.exec(select(Acknowledgement).order_by(Acknowledgement.id))).all())  # type: ignore[arg-type]


async def test_the_second_officer_learns_who_took_it_in(small: Small, officers: tuple[Talk, Talk]) -> None:
    an, binh = officers
    assert "tiếp nhận bản tin tuần 46/2024 lúc 07:00" in await an.taps("ack:2024-W46")
    assert "Anh/chị đã tiếp nhận" in await an.taps("ack:2024-W46")
    assert "Y Mẫu (demo) đã thay mặt cơ quan tiếp nhận" in await binh.taps("ack:2024-W46")
    assert len(await rows(small)) == 1
    states = {row.state for row in await small.deliveries(kind=DeliveryKind.DIGEST)}
    assert states == {DeliveryState.ACKNOWLEDGED}


async def test_items_wait_to_be_taken_in_by_themselves(small: Small, officers: tuple[Talk, Talk]) -> None:
    an, binh = officers
    said = await an.taps("ack:2024-W46")
    assert "Còn 2 mục" in said
    assert an.labels[:2] == ["Tiếp nhận cả 2 mục", "Mục 1: Nội dung food"]
    assert "tiếp nhận mục 1. Nội dung food" in await an.taps("take:food")
    item = await binh.taps("item:food")
    assert "✓ Y Mẫu (demo) đã tiếp nhận lúc" in item
    assert "Đã ghi nhận cơ quan anh/chị tiếp nhận riêng 1 mục" in await binh.taps("takeall:2024-W46")
    assert "không cần bấm lại" in await binh.taps("takeall:2024-W46")
    assert [row.subject for row in await rows(small)] == ["digest:1", "item:food", "item:fire"]


async def test_giving_it_to_a_colleague_tells_them_and_counts(small: Small, officers: tuple[Talk, Talk]) -> None:
    an, binh = officers
    await an.taps("hand:i:food")
    assert an.labels == ["Y Mẫu (demo)", "Thôi, không ghi"]
    assert "Tôi đã nhắn cho đồng nghiệp" in await an.taps("Y Mẫu")
    (notice,) = await small.deliveries(kind=DeliveryKind.NOTICE)
    assert notice.address == str(binh.address)
    assert "giao cho anh/chị **mục 1. Nội dung food**" in said(notice)["text"]
    assert said(notice)["choices"] == [["Xem nội dung", "item:food"]]
    assert "→ Đã giao cho Y Mẫu (demo)" in await binh.taps("item:food")
    assert [row.subject for row in await rows(small)] == ["item:food"]


async def test_giving_it_to_somebody_in_words_is_kept_sealed(small: Small, officers: tuple[Talk, Talk]) -> None:
    an, _ = officers
    await an.taps("hand:d:2024-W46")
    assert "chưa rõ tên" in await an.says("?")
    assert "giao cho **Phòng Nghiệp vụ∗∗**" in await an.says("Phòng Nghiệp vụ**")
    async with small.db.reading() as db:
        (given,) = (await db.exec(select(HandOver))).all()
    assert (given.to_words, given.to_contact_id) == ("Phòng Nghiệp vụ**", None)
    assert "Phòng" not in str(await an.stored("SELECT to_words FROM hand_over"))
    assert await small.deliveries(kind=DeliveryKind.NOTICE) == []


async def test_typed_answers_need_no_button(small: Small, officers: tuple[Talk, Talk]) -> None:
    an, binh = officers
    assert "giao cho **anh Nam phòng 2**" in await an.says("đã giao cho anh Nam phòng 2")
    assert "thay mặt cơ quan" in await binh.says("da tiep nhan")
    assert "cần làm rõ phần nào" in await binh.says("Cần làm rõ")
    assert "Đã chuyển câu hỏi về bản tin" in await binh.says("cần làm rõ: nộp bản giấy hay điện tử")
    citizen = an.another("dan")
    await citizen.says("menu")
    assert "Đã chuyển câu hỏi" not in await citizen.says("cần làm rõ: nộp bản giấy hay điện tử")


async def test_old_and_broken_buttons_are_answered_kindly(officers: tuple[Talk, Talk]) -> None:
    an, _ = officers
    for value in ("take:nothing", "take", "hand:i:nothing", "hand", "unclear:d:2023-W01", "unclear:i:a:b", "takeall:x"):
        said = await an.taps(value)
        assert "không tìm thấy" in said or "chưa được gửi" in said, value
    for value in ("hand:to:1", "hand:to:", "taking:cancel"):
        assert "nút" in (await an.taps(value)).lower(), value
    await an.taps("hand:i:food")
    assert "không còn là đầu mối" in await an.taps("hand:to:999999")
    assert "chưa ghi gì" in await an.taps("taking:cancel")


async def test_another_agencys_item_is_not_theirs(small: Small, officers: tuple[Talk, Talk], clock: TestClock) -> None:
    an, _ = officers
    police = an.another("cuong")
    await small.officer("cong_an_tinh", clock.now(), "cuong")
    await police.says("menu")
    assert "không tìm thấy mục này" in await police.taps("take:food")
    assert await rows(small) == []


async def test_a_question_may_be_typed_where_the_part_was_asked_for(officers: tuple[Talk, Talk]) -> None:
    an, binh = officers
    assert "phần nào" in await an.taps("unclear:d:2024-W46")
    assert "Đã chuyển câu hỏi về mục 1" in await an.says("muc 1 lam den bao gio thi xong")
    await binh.taps("unclear:d:2024-W46")
    assert "Đã chuyển câu hỏi về bản tin" in await binh.says("Báo cáo theo mẫu nào vậy Sở ơi?")
    assert "Đã chuyển" not in await binh.says("Báo cáo theo mẫu nào vậy Sở ơi?"), "nothing was asked any more"
    await an.taps("unclear:d:2024-W46")
    assert "Đã chuyển" not in await an.says("tôi muốn xem nhiệm vụ của cơ quan")


async def test_a_form_that_was_open_comes_back_after_the_answer(officers: tuple[Talk, Talk]) -> None:
    an, _ = officers
    assert "tin nhắn" in await an.taps("ticket:open:feedback") or an.labels
    await an.taps("Đồng ý")
    await an.taps("unclear:i:food")
    said = await an.says("Gửi bản giấy hay bản điện tử vậy?")
    assert "Đã chuyển câu hỏi về mục 1" in said
    assert (await an.conversation()).form["name"] == "ticket"


async def test_the_answer_goes_to_the_asker_or_to_all_who_have_it(
    small: Small, officers: tuple[Talk, Talk], catalog: Catalog, clock: TestClock
) -> None:
    an, binh = officers
    for row in await small.deliveries():
        async with small.db.session() as db:
            row.state = DeliveryState.SENT
            db.add(row)
            await db.commit()
    await an.taps("unclear:i:food")
    await an.says("Nộp bản giấy hay bản điện tử?")
    assert "Câu hỏi gửi ngày 11/11/2024 đang chờ" in await binh.taps("item:food")
    async with small.db.session() as db:
        assert await clarifying.answer(db, catalog, 1, "Nộp bản điện tử.", False, "lan", clock.now()) == 1
        await db.commit()
    await binh.taps("unclear:i:food")
    await binh.says("Gửi về địa chỉ nào?")
    async with small.db.session() as db:
        assert await clarifying.answer(db, catalog, 1, "Gửi Sở **TT&TT**.", True, "hung", clock.now()) == 2
        await db.commit()
    notices = await small.deliveries(kind=DeliveryKind.NOTICE)
    assert [row.address for row in notices] == [str(an.address), str(binh.address), str(an.address)]
    assert said(notices[0])["text"] == (
        "**Giải đáp về mục 1. Nội dung food**\nHỏi: Nộp bản giấy hay bản điện tử?\nTrả lời: Nộp bản điện tử."
    )
    assert "Hỏi: Gửi về địa chỉ nào?\nTrả lời: Gửi Sở ∗∗TT&TT∗∗." in said(notices[2])["text"]
    assert [value for _, value in said(notices[2])["choices"]] == ["take:food", "hand:i:food", "unclear:i:food"]
    async with small.db.session() as db:
        thread = await db.get(Clarification, 1)
        assert thread is not None and thread.answered_at == clock.now()  # noqa: PT018 - one fact
        told = [(entry.answered_by, entry.told, entry.to_all) for entry, _ in await entries_of(db, 1)]
        assert told == [(None, 0, False), ("lan", 1, False), (None, 0, False), ("hung", 2, True)]
        await clarifying.close(db, 1, "lan", clock.now())
        with pytest.raises(DigestError):
            await clarifying.answer(db, catalog, 1, "Muộn", False, "lan", clock.now())
        await db.commit()


async def test_two_officers_at_once_leave_one_acknowledgement(small: Small, officers: tuple[Talk, Talk]) -> None:
    """The second one's row is refused by the database, not by a look before."""
    an, _ = officers
    await an.taps("take:food")
    account = await an.account()
    async with small.db.session() as db:
        ((first, _),) = await acknowledgements(db, [item_subject("food")], "so_y_te")
        assert first.contact_id is not None
        assert not await acknowledge(db, "so_y_te", "item:food", 0, account, first.contact_id, an.now)
        assert await acknowledge(db, "so_y_te", "item:food", 7, account, first.contact_id, an.now)
        await db.commit()
