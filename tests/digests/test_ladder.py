"""The ladder: main contact, deputy, head, the department; once per rung, in working hours, until somebody answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from content.catalog import Catalog
from handlers.digests import DigestError, clarifying
from handlers.digests.recording import record_taken
from handlers.reminders.ladder import chase
from storage.acknowledgements import acknowledge, item_subject
from storage.appointments import ContactRole
from storage.clarifications import ask
from storage.contacts import Account, unsubscribe
from storage.digests import DeliveryState
from storage.ladder import ChaseStep, Rung
from tests.digests.province import Small, said
from tests.digests.test_reminders import local, made, remind, sent
from tests.handlers.talk import Known, Talk

MONDAY = local("2024-11-11 08:00")


async def look(small: Small, moment: str) -> int:
    return (await remind(small, local(moment)))["chased"]


async def steps(small: Small) -> list[tuple[str, str, int]]:
    async with small.db.reading() as db:
        found = (await db.exec(select(ChaseStep).order_by(ChaseStep.id))).all()  # type: ignore[arg-type]
    return [(step.subject, step.rung.value, step.told) for step in found]


async def take(small: Small, account: Account, subject: str, at: datetime) -> None:
    async with small.db.session() as db:
        assert account.contact_id is not None
        await acknowledge(db, "so_y_te", subject, 0, account, account.contact_id, at.astimezone(UTC))
        await db.commit()


async def test_one_rung_a_working_day_up_to_the_departments_list(small: Small) -> None:
    main = await small.officer("so_y_te", MONDAY, role=ContactRole.MAIN)
    deputy = await small.officer("so_y_te", MONDAY, role=ContactRole.DEPUTY)
    head = await small.officer("so_y_te", MONDAY, role=ContactRole.HEAD)
    digest_id = await sent(small, MONDAY)
    assert await look(small, "2024-11-11 16:59") == 0
    assert await look(small, "2024-11-12 08:00") == 1
    assert await look(small, "2024-11-12 08:05") == 0
    assert await look(small, "2024-11-13 07:59") == 0
    assert await look(small, "2024-11-13 08:00") == 1
    assert await look(small, "2024-11-14 08:00") == 1
    assert await look(small, "2024-11-15 08:00") == 0
    assert await look(small, "2024-11-18 08:00") == 0
    assert await steps(small) == [
        (f"digest:{digest_id}", rung.value, int(rung is not Rung.DEPARTMENT)) for rung in Rung
    ]
    rows = await made(small)
    assert [row.account_id for row in rows] == [main.id, deputy.id, head.id]
    assert said(rows[0])["text"] == (
        "**Nhắc tiếp nhận** – Sở Y tế\nCơ quan chưa tiếp nhận:\n• Bản tin tuần 46/2024 (gửi ngày 11/11/2024)"
    )
    assert "Kính báo thủ trưởng" in said(rows[2])["text"]
    assert [value for _, value in said(rows[0])["choices"]] == [
        "ack:2024-W46",
        "hand:d:2024-W46",
        "unclear:d:2024-W46",
        "digest:view:2024-W46",
    ]


async def test_what_an_agency_says_by_telephone_ends_it_too(small: Small) -> None:
    await small.officer("so_y_te", MONDAY)
    digest_id = await sent(small, MONDAY)
    told, now = "Chị Lan, qua điện thoại", MONDAY.astimezone(UTC)
    async with small.db.session() as db:
        assert await record_taken(db, small.catalog, digest_id, "so_y_te", told, "lan", now) == 2
        assert await record_taken(db, small.catalog, digest_id, "so_y_te", told, "lan", now) == 0
        with pytest.raises(DigestError):
            await record_taken(db, small.catalog, digest_id, "so_noi_vu", told, "lan", now)
        await db.commit()
    assert await look(small, "2024-11-13 08:00") == 0
    talk = Talk(small.db, small.catalog, Known(), MONDAY.astimezone(UTC), "late")
    await small.officer("so_y_te", MONDAY, "late")
    await talk.says("menu")
    assert "Sở TT&TT (ghi nhận qua điện thoại) đã thay mặt cơ quan" in await talk.taps("ack:2024-W46")


async def test_weekends_and_nights_do_not_count(small: Small) -> None:
    friday = local("2024-11-15 16:00")
    await small.officer("so_y_te", friday)
    await sent(small, friday)
    assert await look(small, "2024-11-16 09:00") == 0
    assert await look(small, "2024-11-18 15:59") == 0
    assert await look(small, "2024-11-18 16:00") == 1


async def test_a_rung_nobody_stands_on_is_passed_at_once(small: Small) -> None:
    head = await small.officer("so_y_te", MONDAY, role=ContactRole.HEAD)
    await sent(small, MONDAY)
    assert await look(small, "2024-11-12 08:00") == 1
    assert [(rung, told) for _, rung, told in await steps(small)] == [("main", 0), ("deputy", 0), ("head", 1)]
    assert [row.account_id for row in await made(small)] == [head.id]
    async with small.db.session() as db:
        await unsubscribe(db, head.id or 0, MONDAY)
        await db.commit()
    assert await look(small, "2024-11-13 08:00") == 0
    assert (await steps(small))[-1][1:] == ("department", 0)


async def test_it_ends_with_the_agencys_acknowledgement_and_goes_on_with_its_items(small: Small) -> None:
    main = await small.officer("so_y_te", MONDAY)
    digest_id = await sent(small, MONDAY)
    await take(small, main, f"digest:{digest_id}", local("2024-11-11 10:00"))
    assert await look(small, "2024-11-12 09:59") == 0
    assert await look(small, "2024-11-12 10:00") == 1
    (row,) = await made(small)
    assert "• Mục 1. Nội dung food (gửi ngày 11/11/2024)" in said(row)["text"]
    assert said(row)["choices"][0] == ["Đã tiếp nhận", "take:food"]
    await take(small, main, item_subject("food"), local("2024-11-12 10:01"))
    assert await look(small, "2024-11-15 10:00") == 0


async def test_a_question_stops_it_and_the_answer_starts_the_count_again(small: Small, catalog: Catalog) -> None:
    main = await small.officer("so_y_te", MONDAY)
    digest_id = await sent(small, MONDAY)
    async with small.db.session() as db:
        await ask(
            db, "so_y_te", f"digest:{digest_id}", digest_id, "lan", main.id or 0, main.contact_id or 0, "Gửi đâu?",
            MONDAY.astimezone(UTC),
        )  # fmt: skip
        await db.commit()
    assert await look(small, "2024-11-14 08:00") == 0
    async with small.db.session() as db:
        answered = local("2024-11-14 09:00").astimezone(UTC)
        await clarifying.answer(db, catalog, 1, "Gửi Sở.", False, "lan", answered)
        await db.commit()
    assert await look(small, "2024-11-15 08:59") == 0
    assert await look(small, "2024-11-15 09:00") == 1


async def test_several_matters_make_one_message(small: Small) -> None:
    main = await small.officer("so_y_te", MONDAY)
    first = await sent(small, MONDAY)
    await sent(small, local("2024-11-11 08:20"), week="2024-W47")
    assert await look(small, "2024-11-12 08:30") == 1
    (row,) = await made(small)
    assert said(row)["text"].endswith(
        "• Bản tin tuần 46/2024 (gửi ngày 11/11/2024)\n• Bản tin tuần 47/2024 (gửi ngày 11/11/2024)"
    )
    assert said(row)["choices"][:2] == [["Nhận tuần 46/2024", "ack:2024-W46"], ["Nhận tuần 47/2024", "ack:2024-W47"]]
    assert row.digest_id is None
    await take(small, main, f"digest:{first}", local("2024-11-12 09:00"))
    assert len(await steps(small)) == 2


async def test_two_looks_at_once_tell_nobody_twice(small: Small) -> None:
    """Two processes look at the same moment: the database lets one of them take the rung."""
    await small.officer("so_y_te", MONDAY)
    await sent(small, MONDAY)
    moment = local("2024-11-12 08:00").astimezone(UTC)
    async with small.db.session() as db:
        assert await chase(db, small.catalog, moment) == 1
        await db.commit()
    async with small.db.session() as db:
        assert await chase(db, small.catalog, moment) == 0


async def test_what_waits_in_the_outbox_is_called_off_by_the_acknowledgement(small: Small, catalog: Catalog) -> None:
    await small.officer("so_y_te", MONDAY, user="an")
    await small.officer("so_y_te", MONDAY, user="binh")
    await sent(small, MONDAY)
    assert await look(small, "2024-11-12 08:00") == 2
    await Talk(small.db, catalog, Known(), local("2024-11-12 08:01").astimezone(UTC), "an").taps("ack:2024-W46")
    assert {(row.state, row.error_key) for row in await made(small)} == {(DeliveryState.SKIPPED, "acknowledged")}


async def test_a_message_that_waits_names_only_what_is_still_owed(small: Small, catalog: Catalog) -> None:
    """Two weeks in one message: one is taken in by chat, the other as the department heard by telephone."""
    an = await small.officer("so_y_te", MONDAY, user="an")
    await sent(small, MONDAY)
    second = await sent(small, local("2024-11-11 08:20"), week="2024-W47")
    assert await look(small, "2024-11-12 08:30") == 1
    talk = Talk(small.db, catalog, Known(), local("2024-11-12 08:31").astimezone(UTC), "an")
    await talk.taps("ack:2024-W46")
    (row,) = await made(small)
    assert (row.account_id, row.state, row.digest_id) == (an.id, DeliveryState.QUEUED, second)
    assert said(row)["text"].endswith("\n• Bản tin tuần 47/2024 (gửi ngày 11/11/2024)")
    assert "46/2024" not in json.dumps(row.reply, ensure_ascii=False)
    async with small.db.session() as db:
        await record_taken(db, catalog, second, "so_y_te", "Chị An báo qua điện thoại", "lan", talk.now)
        await db.commit()
    (row,) = await made(small)
    assert (row.state, row.error_key) == (DeliveryState.SKIPPED, "acknowledged")


async def test_an_item_taken_in_is_not_asked_for_again(small: Small, catalog: Catalog) -> None:
    an = await small.officer("so_y_te", MONDAY, user="an")
    first = await sent(small, MONDAY)
    await take(small, an, f"digest:{first}", MONDAY)
    assert await look(small, "2024-11-12 08:30") == 1
    await Talk(small.db, catalog, Known(), local("2024-11-12 08:31").astimezone(UTC), "an").taps("takeall:2024-W46")
    (row,) = await made(small)
    assert (row.state, row.error_key) == (DeliveryState.SKIPPED, "acknowledged")


@pytest.mark.parametrize(("state", "chased"), [(DeliveryState.UNCLEAR, 1), (DeliveryState.FAILED, 0)])
async def test_what_may_have_arrived_is_chased_and_what_did_not_is_not(
    small: Small, state: DeliveryState, chased: int
) -> None:
    await small.officer("so_y_te", MONDAY)
    await sent(small, MONDAY, state)
    assert await look(small, "2024-11-12 08:00") == chased


async def test_an_old_digest_is_let_rest(small: Small) -> None:
    await small.officer("so_y_te", MONDAY)
    await sent(small, MONDAY)
    assert await look(small, "2024-11-25 08:00") == 0
