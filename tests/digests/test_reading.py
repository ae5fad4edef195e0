"""An officer reads the digest in the chat, opens items, acknowledges; a citizen is told whom it is for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from content.catalog import Catalog
from handlers import digests
from handlers.messages import Kind
from storage.contacts import subscribe
from storage.database import Database
from storage.digests import Delivery, DeliveryState
from storage.directives import Directive, DirectiveState
from storage.dispatch import Settlement, claim_deliveries, settle
from tests.conftest import TestClock
from tests.digests.province import WEEK, approver, deliveries
from tests.handlers.talk import Known, Talk

OFFICER = "so_y_te"


@pytest.fixture
def known() -> Known:
    found = Known()
    found.intent("bản tin tuần này", "view_digest")
    found.intent("tôi đã nhận được bản tin", "acknowledge_digest")
    return found


@pytest.fixture
async def talk(shipped: Database, catalog: Catalog, known: Known, clock: TestClock) -> Talk:
    return Talk(shipped, catalog, known, clock.now())


async def officer(talk: Talk, agency: str = OFFICER) -> Talk:
    """A subscribed officer who has greeted already."""
    await talk.becomes_officer(agency)
    account = await talk.account()
    async with talk.db.session() as session:
        await subscribe(session, account.id or 0, talk.now)
        await session.commit()
    await talk.does(Kind.FOLLOWED)
    return talk


async def send_week(talk: Talk, week: str = WEEK) -> int:
    """The week composed, approved and accepted by the platform; the digest's id."""
    async with talk.db.session() as session:
        digest = await digests.save_draft(session, talk.catalog, week, "bientap", talk.now)
        assert digest.id is not None
        await digests.submit_for_approval(session, talk.catalog, digest.id, "bientap", talk.now)
        await digests.approve(session, talk.catalog, digest.id, approver(), talk.now)
        await digests.start_sending(session, talk.catalog, digest.id, "bientap", talk.now)
        claimed = await claim_deliveries(session, talk.now, 9, "phone")
        await settle(session, [Settlement(row.id or 0, DeliveryState.SENT, f"m{row.id}") for row in claimed], talk.now)
        await digests.finish_sent(session, talk.now)
        await session.commit()
    return digest.id


async def rows(talk: Talk) -> list[Delivery]:
    async with talk.db.reading() as session:
        return await deliveries(session)


async def test_acknowledging_is_recorded_once_with_its_moment(talk: Talk) -> None:
    await officer(talk)
    await send_week(talk)
    moment = talk.now
    said = await talk.taps("ack:2024-W46")
    assert "Sở Y tế" in said
    assert "tuần 46/2024 lúc 07:00 ngày 11/11/2024" in said
    talk.now += timedelta(days=1)
    again = await talk.taps("ack:2024-W46")
    assert "Anh/chị đã tiếp nhận bản tin tuần 46/2024 lúc 07:00 ngày 11/11/2024" in again
    (row,) = await rows(talk)
    assert (row.state, row.acknowledged_at) == (DeliveryState.ACKNOWLEDGED, moment)


async def test_an_officer_who_was_not_sent_it_speaks_for_the_agency_a_citizen_never(talk: Talk) -> None:
    await officer(talk)
    await send_week(talk)
    late = await officer(talk.another("binh"))
    assert "Sở Y tế** tiếp nhận bản tin" in await late.taps("ack:2024-W46")
    assert "dành cho cán bộ" in await talk.another("dan").taps("ack:2024-W46")
    assert [row.state for row in await rows(talk)] == [DeliveryState.SENT]


async def test_saying_so_acknowledges_the_newest_unread(talk: Talk) -> None:
    await officer(talk)
    await send_week(talk)
    talk.now += timedelta(days=7)
    await send_week(talk, "2024-W47")
    assert "tuần 47/2024" in await talk.says("tôi đã nhận được bản tin")
    assert "tuần 46/2024" in await talk.says("tôi đã nhận được bản tin")
    assert "đã xác nhận mọi bản tin" in await talk.says("tôi đã nhận được bản tin")
    assert {row.state for row in await rows(talk)} == {DeliveryState.ACKNOWLEDGED}


async def test_there_is_nothing_to_acknowledge_before_anything_was_sent(talk: Talk) -> None:
    await officer(talk)
    assert "chưa được gửi bản tin" in await talk.says("tôi đã nhận được bản tin")
    assert "dành cho cán bộ" in await talk.another("dan").says("tôi đã nhận được bản tin")


@pytest.mark.parametrize("value", ["ack:", "ack", "ack:2024-W99", "ack:;drop table", "ack:9999999999", "ack:a:b:c"])
async def test_a_broken_acknowledgement_is_answered(talk: Talk, value: str) -> None:
    await officer(talk)
    assert "chưa được gửi bản tin" in await talk.taps(value)


async def test_viewing_shows_the_agencys_newest_edition_and_what_is_left_to_do(talk: Talk) -> None:
    await officer(talk)
    assert "chưa có bản tin" in await talk.says("bản tin tuần này")
    await send_week(talk)
    said = await talk.says("bản tin tuần này")
    assert "1.2. Phòng ngừa ngộ độc thực phẩm" in said
    assert talk.labels == ["Đã tiếp nhận", "Đã giao cho…", "Cần làm rõ", "Xem chi tiết", "Báo cáo tiến độ"]
    await talk.taps("Đã tiếp nhận")
    await talk.says("bản tin tuần này")
    assert talk.labels[:2] == ["Xem chi tiết", "Báo cáo tiến độ"]


async def test_details_and_items(talk: Talk) -> None:
    await officer(talk)
    await send_week(talk)
    await talk.says("bản tin tuần này")
    details = await talk.taps("Xem chi tiết")
    assert "giúp người dân nhận diện" in details
    item = await talk.taps("Mục 1.2")
    assert "Phòng ngừa ngộ độc thực phẩm" in item
    assert "Đơn vị cung cấp thông tin: Sở Nông nghiệp và Phát triển nông thôn; Sở Y tế; Các địa phương" in item
    assert "Thời gian: từ tuần 46/2024" in item


async def test_a_week_without_an_edition_falls_back_to_the_newest(talk: Talk) -> None:
    await officer(talk)
    await send_week(talk)
    said = await talk.taps("digest:view:2024-W40")
    assert "Không có bản tin 2024-W40" in said
    assert "TUẦN 46/2024" in said


async def test_drafts_are_not_shown(talk: Talk) -> None:
    await officer(talk)
    async with talk.db.session() as session:
        await digests.save_draft(session, talk.catalog, WEEK, "bientap", talk.now)
        await session.commit()
    assert "chưa có bản tin" in await talk.says("bản tin tuần này")


@pytest.mark.parametrize("value", ["digest:view", "digest:more:2024-W46", "item:i003_1_2", "directive:cv_tuan_46_2024"])
async def test_a_citizen_never_sees_a_directive(talk: Talk, value: str) -> None:
    await officer(talk)
    await send_week(talk)
    said = await talk.another("dan").taps(value)
    assert "dành cho cán bộ" in said
    assert "Phòng ngừa ngộ độc" not in said


async def test_an_item_of_a_document_nobody_reviewed_stays_hidden(talk: Talk) -> None:
    await officer(talk)
    for state, word in ((DirectiveState.IMPORTED, "không tìm thấy"), (DirectiveState.WITHDRAWN, "thu hồi")):
        async with talk.db.session() as session:
            directive = await session.get(Directive, "cv_tuan_46_2024")
            assert directive is not None
            directive.state = state
            session.add(directive)
            await session.commit()
        assert word in await talk.taps("item:i003_1_2")
    assert "không tìm thấy" in await talk.taps("item:nothing")
    assert "không tìm thấy" in await talk.taps("item")
