"""Before a digest leaves: four groups with reasons, Zalo's allowance, a trial on one's own phone, urgent ones."""

# ruff: noqa: F811 - the fixtures of the Zalo page are used here too

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import scheduler
from bot.preflight import Standing, check
from handlers import digests
from simulators.zalo import ZaloSimulator
from storage.appointments import enrol
from storage.contacts import Purpose, give_consent, see_account, subscribe
from storage.digests import Digest, DigestState
from storage.recipients import Candidate, candidates
from tests.conftest import TestClock
from tests.people import Person, Phones
from tests.web.conftest import NewBrowser
from tests.web.office import APPROVER, EDITOR, words
from tests.web.test_zalo_page import Opened, house, zalo  # noqa: F401

if TYPE_CHECKING:
    from bot.app import Loa

WEEK = "2024-W46"
AGENCIES = ("so_y_te", "cong_an_tinh")


async def draft(loa: Loa) -> int:
    async with loa.db.session() as db:
        digest = await digests.save_draft(db, loa.catalog, WEEK, EDITOR, loa.clock.now())
        await db.commit()
    return digest.id or 0


async def on_zalo(loa: Loa, ages: dict[str, timedelta | None], phone: str | None = None) -> None:
    """Subscribed officers on Zalo who interacted that long ago, each of another number."""
    now = loa.clock.now()
    async with loa.db.session() as db:
        for number, (user, age) in enumerate(ages.items()):
            told = None if phone is None else f"{phone}{number}"
            contact = await enrol(db, "so_y_te", user, now, now.date() - timedelta(days=9), by="lan", phone=told)
            account = await see_account(db, f"zalo:{user}", now)
            account.contact_id = contact.id
            account.last_interaction_at = None if age is None else now - age
            db.add(account)
            assert account.id is not None
            await subscribe(db, account.id, now)
            await give_consent(db, account.id, Purpose.PHONE, "x", now)
        await db.commit()


@pytest.mark.parametrize("nudges", ["", "12345"])
async def test_what_zalo_would_take_and_charge(house: Opened, nudges: str) -> None:
    one = await house(**({"zalo_template_id": nudges} if nudges else {}))
    loa, hours = one.loa, timedelta(hours=1)
    ages = {"moi": hours, "hai": 47 * hours, "ba": 49 * hours, "tuan": 167 * hours, "cu": 169 * hours, "la": None}
    await on_zalo(loa, ages, "8490500099")
    now = loa.clock.now()
    async with loa.db.reading() as db:
        found = [
            check(candidate, loa.channels, now)
            for candidate in await candidates(db, AGENCIES, now.date())
            if candidate.account is not None and candidate.account.channel == "zalo"
        ]
    standings = {one.candidate.contact.name: one.standing for one in found if one.candidate.contact}
    assert standings == {
        "moi": Standing.FREE,
        "hai": Standing.FREE,
        "ba": Standing.BILLED,
        "tuan": Standing.BILLED,
        "cu": Standing.TEMPLATE if nudges else Standing.UNREACHED,
        "la": Standing.BILLED,
    }


async def test_everybody_has_a_reason(loa: Loa) -> None:
    now = loa.clock.now()
    async with loa.db.reading() as db:
        found: dict[str, list[Candidate]] = {}
        for candidate in await candidates(db, AGENCIES, now.date()):
            found.setdefault(candidate.refusal, []).append(candidate)
    assert {one.agency_id for one in found[""]} == {"so_y_te"}
    assert {one.agency_id for one in found["nobody"]} == {"cong_an_tinh"}
    assert {one.agency_id for one in found["no_edition"]} == {"ubnd_huyen_sa_thay", "ubnd_huyen_dak_ha"}


async def test_the_page_lists_each_group_with_what_to_do(browser: NewBrowser, loa: Loa) -> None:
    digest_id = await draft(loa)
    await on_zalo(loa, {"moi": None})
    page = await (await browser(EDITOR)).get(f"/console/digests/{digest_id}/recipients")
    text = words(page)
    assert "3 Miễn phí" in text
    assert "Kênh chưa bật" in text
    assert "Đơn vị chưa có cán bộ đầu mối" in text
    assert "84905000111" not in text


async def test_a_digest_the_allowance_cannot_carry_does_not_leave(
    house: Opened,
    zalo: ZaloSimulator,
) -> None:
    one = await house()
    loa = one.loa
    await on_zalo(loa, {"ba": timedelta(hours=49), "bon": timedelta(hours=50)})
    digest_id = await draft(loa)
    editor, approver = await one.browser(EDITOR), await one.browser(APPROVER)
    await editor.post(f"/console/digests/{digest_id}/submit")
    await approver.post(f"/console/digests/{digest_id}/approve")
    zalo.allowance = 1
    refused = await approver.post(f"/console/digests/{digest_id}/send", sure="yes")
    assert refused.status_code == 409
    assert "cần khoảng 2 tin tính phí nhưng hạn mức Zalo chỉ còn 1" in words(refused)
    page = words(await editor.get(f"/console/digests/{digest_id}/recipients"))
    assert "Hạn mức Zalo còn 1 tin tính phí" in page
    zalo.allowance = 2
    assert (await approver.post(f"/console/digests/{digest_id}/send", sure="yes")).status_code == 303


async def test_the_clock_does_not_start_it_either(house: Opened, zalo: ZaloSimulator) -> None:
    one = await house()
    loa = one.loa
    await on_zalo(loa, {"ba": timedelta(hours=49), "bon": timedelta(hours=50)})
    digest_id = await draft(loa)
    editor, approver = await one.browser(EDITOR), await one.browser(APPROVER)
    await editor.post(f"/console/digests/{digest_id}/submit")
    await approver.post(f"/console/digests/{digest_id}/approve")
    clockwork = scheduler.Clockwork(loa.db, loa.catalog, loa.clock, loa.outbox, loa.channels)

    async def tick() -> Digest:
        async with loa.db.session() as db:
            digest = await db.get_one(Digest, digest_id)
            digest.send_at = loa.clock.now()
            await db.commit()
        await clockwork.tick("send_digests")
        async with loa.db.reading() as db:
            return await db.get_one(Digest, digest_id)

    zalo.allowance = 1
    held_back = await tick()
    assert (held_back.state, held_back.send_at) == (DigestState.APPROVED, None)
    assert "hạn mức Zalo chỉ còn 1" in words(await editor.get(f"/console/digests/{digest_id}"))
    zalo.allowance = 2
    assert (await tick()).state is DigestState.SENDING


async def test_a_trial_goes_to_my_phone_and_says_so(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    digest_id = await draft(loa)
    editor = await browser(EDITOR)
    path = f"/console/digests/{digest_id}/editions/so_y_te"
    assert "Chưa liên kết trò chuyện nào" in words(await editor.press(f"{path}/test"))
    code = re.search(r"/lienket \w{8}", (await editor.post("/console/phone/code")).text)
    assert code is not None
    lan = Person(loa, phones, "lan-phone")
    await lan.says(code[0])
    before = len(lan.seen)
    assert "Đã gửi bản thử" in words(await editor.press(f"{path}/test"))
    await loa.outbox.drain()
    text = " ".join(part.text for part in lan.seen[before:])
    assert "BẢN THỬ" in text
    assert "Kính gửi: Sở Y tế" in text
    assert "Đã tiếp nhận" not in [choice.label for part in lan.seen[before:] for choice in part.choices]
    assert "digest.tried" in [entry.action for entry in await editor.audit()]


async def test_an_urgent_digest_is_approved_on_its_own_and_leaves_at_once(
    browser: NewBrowser, loa: Loa, phones: Phones, clock: TestClock
) -> None:
    """At night, in a week whose own digest is still a draft."""
    weekly = await draft(loa)
    clock.move(timedelta(hours=16))
    editor, approver = await browser(EDITOR), await browser(APPROVER)
    assert "Chọn từ 1 đến 5" in words(await editor.press("/console/digests/urgent"))
    async with loa.db.reading() as db:
        item = next(
            entry
            for edition in await digests.compose(db, loa.catalog, WEEK)
            if edition.agency_id == "so_y_te"
            for entry in edition.body["items"]
        )
    page = await editor.press("/console/digests/urgent", item=item["id"])
    assert "HỎA TỐC" in words(page)
    urgent = int(page.url.path.rpartition("/")[2])
    assert urgent != weekly
    await editor.press(f"/console/digests/{urgent}/recompose")
    await editor.press(f"/console/digests/{urgent}/submit")
    assert (await approver.post(f"/console/digests/{urgent}/approve")).status_code == 303
    counts = await scheduler.send_digests(loa.db, loa.catalog, clock.now())
    assert counts["started"] == 1
    await loa.outbox.drain()
    chi = Person(loa, phones, "chi")
    assert "HỎA TỐC" in chi.seen[0].text
    assert item["title"][:30] in chi.seen[0].text
    (answer, *_) = await chi.taps("Đã tiếp nhận")
    assert "ghi nhận" in answer.text.lower()
    async with loa.db.reading() as db:
        states = [(await db.get(Digest, number)).state for number in (weekly, urgent)]  # type: ignore[union-attr]
    assert states[0] is DigestState.DRAFT
    assert states[1] in (DigestState.SENDING, DigestState.SENT)
