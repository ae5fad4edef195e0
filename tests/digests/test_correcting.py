"""Correcting and withdrawing a sent item: two people, the right order, nobody gets the old words any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from content.catalog import Catalog
from handlers.digests import DigestError, compose, correcting
from handlers.loudspeaker.script import readable_items
from handlers.reminders.ladder import owed
from storage.corrections import Correction, CorrectionKind, CorrectionState
from storage.digests import Delivery, DeliveryKind, DeliveryState, editions_of
from storage.directives import DirectiveItem, ItemProvider
from storage.editions import digest_fingerprint
from storage.users import Role
from tests.conftest import TestClock
from tests.digests.province import Small, approver, said
from tests.handlers.talk import Known, Talk

CORRECT, WITHDRAW = CorrectionKind.CORRECT, CorrectionKind.WITHDRAW


@pytest.fixture
async def sent(small: Small, clock: TestClock) -> dict[str, str]:
    """Week 46 at Sở Y tế: one has seen it, one was sent it, one is still to be sent it; addresses by these words."""
    async with small.db.session() as db:
        item = await db.get_one(DirectiveItem, "food")
        item.summary = "Gửi báo cáo trước 15/11."
        db.add_all([item, ItemProvider(item_id="fire", agency_id="so_y_te")])
        await db.commit()
    accounts = [await small.officer("so_y_te", clock.now(), name) for name in ("sent", "seen", "queued")]
    await small.officer("cong_an_tinh", clock.now(), "police")
    await small.sending(clock.now())
    states = {"sent": DeliveryState.SENT, "seen": DeliveryState.SEEN, "police": DeliveryState.SENT}
    async with small.db.session() as db:
        for row in await small_rows(small):
            name = row.address.removeprefix("phone:")
            row.state = states.get(name, row.state)
            db.add(row)
        await db.commit()
    return {account.address.removeprefix("phone:"): account.address for account in accounts}


async def small_rows(small: Small) -> list[Delivery]:
    return await small.deliveries(kind=DeliveryKind.DIGEST)


async def draft(small: Small, clock: TestClock, **changed: object) -> Correction:
    words: dict[str, object] = {
        "item_id": "food",
        "kind": CORRECT,
        "title": "Nội dung food",
        "summary": "Gửi báo cáo trước 20/11.",
        "reason": "Ghi nhầm hạn nộp",
    } | changed
    async with small.db.session() as db:
        drafted = await correcting.propose(db, **words, actor="lan", now=clock.now())  # type: ignore[arg-type]
        await db.commit()
    return drafted


async def approve(small: Small, catalog: Catalog, clock: TestClock, number: int = 1) -> Correction:
    async with small.db.session() as db:
        done = await correcting.approve_correction(db, catalog, number, approver("hung"), clock.now())
        await db.commit()
    return done


async def test_those_who_saw_it_are_told_first_and_the_rest_gets_new_words(
    small: Small, sent: dict[str, str], catalog: Catalog, clock: TestClock
) -> None:
    await draft(small, clock)
    done = await approve(small, catalog, clock)
    assert (done.told_first, done.told_then, done.reworded) == (1, 1, 1)
    first, then = await small.deliveries(kind=DeliveryKind.NOTICE)
    assert (first.address, then.address) == (sent["seen"], sent["sent"])
    assert first.due_at < then.due_at
    assert said(first)["text"] == (
        "**Đính chính mục 1** – bản tin tuần 46/2024\n"
        "Trước: Nội dung food. Gửi báo cáo trước 15/11.\n"
        "Nay: Nội dung food. Gửi báo cáo trước 20/11.\n"
        "Lý do: Ghi nhầm hạn nộp\n"
        "Cơ quan anh/chị xác nhận lại giúp bằng nút dưới đây."
    )
    assert said(first)["choices"][0] == ["Đã tiếp nhận", "take:food"]
    (queued,) = [row for row in await small_rows(small) if row.address == sent["queued"]]
    assert "đính chính 11/11" in said(queued)["text"]
    async with small.db.reading() as db:
        digest = await small.digest(1)
        assert digest.content_hash == digest_fingerprint(await editions_of(db, 1))
        assert (await db.get_one(DirectiveItem, "food")).summary == "Gửi báo cáo trước 20/11."


async def test_the_agency_takes_a_corrected_item_in_again(
    small: Small, sent: dict[str, str], catalog: Catalog, clock: TestClock
) -> None:
    talk = Talk(small.db, catalog, Known(), clock.now(), "seen")
    await talk.says("menu")
    await talk.taps("ack:2024-W46")
    await talk.taps("takeall:2024-W46")
    async with small.db.reading() as db:
        assert [one.agency_id for one in await owed(db, clock.now())] == ["cong_an_tinh"]
    await draft(small, clock)
    await approve(small, catalog, clock)
    async with small.db.reading() as db:
        found = [(one.agency_id, one.matter.subject, one.matter.revision) for one in await owed(db, clock.now())]
    assert ("so_y_te", "item:food", 1) in found
    assert "Trước: Nội dung food. Gửi báo cáo trước 15/11." in await talk.taps("item:food")
    details = await talk.taps("digest:more:2024-W46")
    assert "Nội dung food **(đính chính 11/11)**" in details
    assert "Trước đính chính: Nội dung food. Gửi báo cáo trước 15/11." in details
    assert "Đã ghi nhận" in await talk.taps("take:food")
    assert "Anh/chị đã tiếp nhận" in await talk.taps("take:food")


async def test_a_withdrawn_item_is_marked_and_never_composed_again(
    small: Small, sent: dict[str, str], catalog: Catalog, clock: TestClock
) -> None:
    await draft(small, clock, kind=WITHDRAW, reason="Văn bản đã thay thế")
    await approve(small, catalog, clock)
    with pytest.raises(DigestError, match="item_withdrawn"):
        await draft(small, clock)
    notice = said((await small.deliveries(kind=DeliveryKind.NOTICE))[0])["text"]
    assert "**Thu hồi mục 1**" in notice
    assert "Nội dung thu hồi: Nội dung food. Gửi báo cáo trước 15/11." in notice
    talk = Talk(small.db, catalog, Known(), clock.now(), "seen")
    await talk.says("menu")
    assert "(đã thu hồi 11/11)" in await talk.taps("digest:view:2024-W46")
    assert "Mục này đã thu hồi ngày 11/11/2024" in await talk.taps("item:food")
    async with small.db.reading() as db:
        composed = {one.agency_id: one.body for one in await compose(db, catalog, "2024-W47")}
        read_out = [one.item.id for one in await readable_items(db)]
    assert [entry["id"] for entry in composed["so_y_te"]["items"]] == ["fire"]
    assert read_out == ["fire"]


async def test_a_digest_that_has_not_left_carries_new_words_only(
    small: Small, sent: dict[str, str], catalog: Catalog, clock: TestClock
) -> None:
    later = await small.approved(clock.now(), "2024-W47")
    await draft(small, clock)
    await approve(small, catalog, clock)
    async with small.db.reading() as db:
        edition = next(one for one in await editions_of(db, later) if one.agency_id == "so_y_te")
    entry = edition.body["items"][0]
    assert (entry["summary"], entry["revision"], "was" in entry) == ("Gửi báo cáo trước 20/11.", 1, False)
    assert len(await small.deliveries(kind=DeliveryKind.NOTICE)) == 2


async def test_what_is_refused(small: Small, sent: dict[str, str], catalog: Catalog, clock: TestClock) -> None:
    refused: tuple[tuple[str, dict[str, object]], ...] = (
        ("not_sent_item", {"item_id": "nothing"}),
        ("nothing_corrected", {"summary": "Gửi báo cáo trước 15/11. "}),
        ("correction_reason", {"reason": " ... "}),
        ("correction_length", {"title": " "}),
        ("correction_length", {"summary": "x" * 501}),
    )
    for reason, changed in refused:
        with pytest.raises(DigestError) as caught:
            await draft(small, clock, **changed)
        assert caught.value.reason == reason
    await draft(small, clock)
    with pytest.raises(DigestError, match="correction_waits"):
        await draft(small, clock)
    async with small.db.session() as db:
        for user, reason in (
            (approver("lan"), "correction_same_person"),
            (approver("tam", Role.EDITOR), "not_an_approver"),
        ):
            with pytest.raises(DigestError, match=reason):
                await correcting.approve_correction(db, catalog, 1, user, clock.now())
        with pytest.raises(DigestError, match="not_an_approver"):
            await correcting.reject(db, 1, approver("tam", Role.EDITOR), "Không đúng", clock.now())
        await correcting.reject(db, 1, approver("hung"), "Hạn cũ mới đúng", clock.now())
        with pytest.raises(DigestError, match="correction_decided"):
            await correcting.approve_correction(db, catalog, 1, approver("hung"), clock.now())
        await db.commit()
        assert (await db.get_one(Correction, 1)).state is CorrectionState.REJECTED
        assert (await db.get_one(DirectiveItem, "food")).summary == "Gửi báo cáo trước 15/11."
    assert await small.deliveries(kind=DeliveryKind.NOTICE) == []


async def test_a_second_correction_tells_old_and_new_of_the_first(
    small: Small, sent: dict[str, str], catalog: Catalog, clock: TestClock
) -> None:
    await draft(small, clock)
    await approve(small, catalog, clock)
    clock.move(timedelta(hours=1))
    await draft(small, clock, summary="Gửi báo cáo trước 25/11.")
    await approve(small, catalog, clock, 2)
    text = said((await small.deliveries(kind=DeliveryKind.NOTICE))[-1])["text"]
    assert "Trước: Nội dung food. Gửi báo cáo trước 20/11." in text
    assert "Nay: Nội dung food. Gửi báo cáo trước 25/11." in text
