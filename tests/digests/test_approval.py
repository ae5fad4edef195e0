"""The life of a digest on both engines: two people, a frozen content, one delivery per account, exact counts."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.outbox import Outbox
from content.text import Texts
from handlers import digests
from handlers.digests import Again, DigestError, Stopped
from handlers.digests.rendering import edition_reply
from storage.agencies import Agency, AgencyMember
from storage.appointments import ContactRole, appoint, end_appointments, follow_appointments
from storage.audit import AuditEntry
from storage.contacts import Account, Contact, Subscription, unsubscribe
from storage.digests import DeliveryState, Digest, DigestState, Edition, delivery_counts, editions_of
from storage.directives import ItemProvider
from storage.dispatch import Settlement, claim_deliveries, settle
from storage.editions import digest_fingerprint, message_fingerprint
from storage.users import Role
from tests.conftest import TestClock
from tests.digests.province import WEEK, Small, approver
from tests.people import Phones

Step = Callable[[AsyncSession], Awaitable[Any]]


async def take(small: Small, step: Step) -> Any:
    """One step in a transaction of its own."""
    async with small.db.session() as session:
        found = await step(session)
        await session.commit()
    return found


async def refused(small: Small, step: Step) -> str:
    """The reason a step is refused for; its sentence must exist and be complete."""
    with pytest.raises(DigestError) as error:
        await take(small, step)
    assert "{" not in small.catalog.text(error.value.key, **error.value.params)
    return error.value.reason


async def draft(small: Small, clock: TestClock, actor: str = "bientap") -> int:
    digest: Digest = await take(small, lambda db: digests.save_draft(db, small.catalog, WEEK, actor, clock.now()))
    assert digest.id is not None
    return digest.id


async def test_a_draft_is_composed_again_in_place(small: Small, clock: TestClock) -> None:
    first = await draft(small, clock)
    await small.task("t1", date(2024, 11, 29), "so_noi_vu")
    assert await draft(small, clock, "khac") == first
    async with small.db.reading() as session:
        editions = await editions_of(session, first)
        assert [edition.agency_id for edition in editions] == ["cong_an_tinh", "so_noi_vu", "so_y_te"]
        assert (await session.exec(select(Digest))).one().composed_by == "khac"


async def test_a_week_that_concerns_nobody_is_not_drafted(small: Small, clock: TestClock) -> None:
    reason = await refused(small, lambda db: digests.save_draft(db, small.catalog, "2024-W01", "bientap", clock.now()))
    assert reason == "nobody_concerned"
    async with small.db.reading() as session:
        assert (await session.exec(select(Digest))).all() == []


async def test_the_whole_way(small: Small, clock: TestClock) -> None:
    await small.officer("so_y_te", clock.now())
    officer = await small.officer("cong_an_tinh", clock.now(), "tele", "telegram")
    await small.officer("cong_an_tinh", clock.now(), "zalo", "zalo", contact_id=officer.contact_id)
    await small.officer("so_noi_vu", clock.now())  # no edition this week
    digest_id = await small.sending(clock.now())
    rows = await small.deliveries()
    assert [row.key for row in rows] == [f"digest:{digest_id}:{row.account_id}" for row in rows]
    assert [row.channel for row in rows] == ["telegram", "zalo", "phone"], "one agency after the other"
    assert [row.reply for row in rows] == [None] * 3, "the words are kept once, with the edition"
    async with small.db.reading() as session:
        said = {one.id: (one.message or {})["text"] for one in await editions_of(session, digest_id)}
    assert "Nội dung food" in said[rows[2].edition_id]
    assert "Nội dung food" not in said[rows[1].edition_id]
    assert rows[0].edition_id == rows[1].edition_id
    assert len({row.fingerprint for row in rows}) == 2

    async def send(db: AsyncSession) -> None:
        [telegram], [zalo], [phone] = [
            await claim_deliveries(db, clock.now(), 9, channel) for channel in ("telegram", "zalo", "phone")
        ]
        found = [Settlement(row.id, DeliveryState.SENT, f"m{row.id}") for row in (telegram, phone)]
        found.append(Settlement(zalo.id, DeliveryState.FAILED, key="rejected", error="-201 x"))
        await settle(db, found, clock.now())

    await take(small, send)
    assert await take(small, lambda db: digests.finish_sent(db, clock.now())) == [digest_id]
    async with small.db.reading() as session:
        status = await digests.status(session, digest_id)
        table = await digests.delivery_rows(session, small.catalog, digest_id)
    assert (status["week"], status["state"], status["editions"], status["deliveries"]) == (WEEK, "sent", 2, 3)
    assert {state: number for state, number in status["counts"].items() if number} == {"sent": 2, "failed": 1}
    assert sum(status["counts"].values()) == 3
    assert {row.agency for row in table} == {"Sở Y tế", "Công an tỉnh"}
    failed = next(row for row in table if row.state is DeliveryState.FAILED)
    assert (failed.error, failed.officer, failed.state_words) == ("-201 x", "Y Mẫu (demo)", "Không gửi được")
    assert failed.reason.startswith("Zalo báo một phần của tin không hợp lệ")
    async with small.db.reading() as session:
        actions = [
            entry.action for entry in (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()
        ]
    assert actions == ["digest.composed", "digest.submitted", "digest.approved", "digest.sending", "digest.sent"]


async def test_nobody_approves_their_own_work(small: Small, clock: TestClock) -> None:
    digest_id = await draft(small, clock, "duyet")
    await take(small, lambda db: digests.submit_for_approval(db, small.catalog, digest_id, "bientap", clock.now()))

    def approve(**who: Any) -> Step:
        return lambda db: digests.approve(db, small.catalog, digest_id, approver(**who), clock.now())

    assert await refused(small, approve(name="duyet")) == "same_person"
    assert await refused(small, approve(name="x", role=Role.EDITOR)) == "not_an_approver"
    assert await refused(small, approve(name="x", role=Role.VIEWER)) == "not_an_approver"
    assert await refused(small, approve(name="x", active=False)) == "not_an_approver"
    digest = await take(small, approve(name="quantri", role=Role.ADMIN))
    assert (digest.state, digest.approved_by) == (DigestState.APPROVED, "quantri")
    assert len(digest.content_hash) == 64


async def test_what_the_clock_composed_belongs_to_who_hands_it_in(small: Small, clock: TestClock) -> None:
    digest_id = await draft(small, clock, "clock")
    await take(small, lambda db: digests.submit_for_approval(db, small.catalog, digest_id, "duyet", clock.now()))
    reason = await refused(small, lambda db: digests.approve(db, small.catalog, digest_id, approver(), clock.now()))
    assert reason == "same_person"


async def test_every_step_wants_its_state(small: Small, clock: TestClock) -> None:
    await small.officer("so_y_te", clock.now())
    digest_id = await draft(small, clock)
    now = clock.now()
    catalog = small.catalog
    steps: dict[str, Step] = {
        "compose": lambda db: digests.save_draft(db, catalog, WEEK, "bientap", now),
        "submit": lambda db: digests.submit_for_approval(db, catalog, digest_id, "bientap", now),
        "approve": lambda db: digests.approve(db, catalog, digest_id, approver(), now),
        "return": lambda db: digests.return_to_draft(db, catalog, digest_id, "duyet", "sai ngày tháng", now),
        "schedule": lambda db: digests.schedule(db, catalog, digest_id, now + timedelta(hours=1), "duyet", now),
        "send": lambda db: digests.start_sending(db, catalog, digest_id, "duyet", now),
        "cancel": lambda db: digests.cancel(db, catalog, digest_id, "duyet", now),
        "send_again": lambda db: digests.send_again(db, catalog, digest_id, Again.FAILED, [], "duyet", now),
        "pause": lambda db: digests.pause(db, catalog, digest_id, "duyet", now),
        "resume": lambda db: digests.resume(db, catalog, digest_id, "duyet", now),
    }
    allowed = {
        DigestState.DRAFT: {"compose", "submit"},
        DigestState.WAITING: {"approve", "return"},
        DigestState.APPROVED: {"return", "schedule", "send", "cancel"},
        DigestState.SENDING: {"cancel", "send_again", "pause"},
        DigestState.SENT: {"send_again"},
    }
    for state, forward in (
        (DigestState.DRAFT, "submit"),
        (DigestState.WAITING, "approve"),
        (DigestState.APPROVED, "send"),
        (DigestState.SENDING, "cancel"),
        (DigestState.SENT, None),
    ):
        assert (await small.digest(digest_id)).state is state
        for name, step in steps.items():
            if name not in allowed[state]:
                await refused(small, step)
                assert (await small.digest(digest_id)).state is state, name
        if forward:
            await take(small, steps[forward])
    assert await refused(small, lambda db: digests.submit_for_approval(db, catalog, 999, "x", now)) == "no_such_digest"


async def test_a_returned_digest_can_be_corrected_and_needs_approval_again(small: Small, clock: TestClock) -> None:
    digest_id = await small.approved(clock.now())

    def back(reason: str) -> Step:
        return lambda db: digests.return_to_draft(db, small.catalog, digest_id, "duyet", reason, clock.now())

    assert await refused(small, back(" .!… a ")) == "reason_needed"
    digest = await take(small, back("  thiếu mục 1.3 "))
    assert (digest.state, digest.return_reason) == (DigestState.DRAFT, "thiếu mục 1.3")
    assert digest.content_hash is digest.approved_by is digest.approved_at is digest.send_at is None
    assert await draft(small, clock) == digest_id


async def test_content_that_is_not_what_was_approved_is_never_sent(small: Small, clock: TestClock) -> None:
    await small.officer("so_y_te", clock.now())
    digest_id = await small.approved(clock.now())

    async def tamper(db: AsyncSession) -> None:
        edition = (await db.exec(select(Edition).where(Edition.agency_id == "so_y_te"))).one()
        edition.body = {**edition.body, "slogans": ["khác"]}
        db.add(edition)

    await take(small, tamper)
    reason = await refused(
        small, lambda db: digests.start_sending(db, small.catalog, digest_id, "bientap", clock.now())
    )
    assert reason == "content_changed"
    assert await small.deliveries() == []


async def test_starting_twice_at_once_sends_once(small: Small, clock: TestClock) -> None:
    for _ in range(20):
        await small.officer("so_y_te", clock.now())
    digest_id = await small.approved(clock.now())

    async def start() -> int:
        queued: int = await take(
            small, lambda db: digests.start_sending(db, small.catalog, digest_id, "bientap", clock.now())
        )
        return queued

    outcomes = await asyncio.gather(start(), start(), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DigestError", "int"]
    assert len(await small.deliveries()) == 20


async def test_a_start_that_dies_leaves_nothing_behind(small: Small, clock: TestClock) -> None:
    await small.officer("so_y_te", clock.now())
    digest_id = await small.approved(clock.now())
    async with small.db.session() as session:
        await digests.start_sending(session, small.catalog, digest_id, "bientap", clock.now())
        # ends without a commit
    assert await small.deliveries() == []
    assert (await small.digest(digest_id)).state is DigestState.APPROVED


async def test_people_without_a_subscription_get_nothing(small: Small, clock: TestClock) -> None:
    account = await small.officer("so_y_te", clock.now())
    digest_id = await small.approved(clock.now())
    async with small.db.reading() as session:
        audience = await digests.audience(session, digest_id, clock.now().date())
    assert (audience.accounts, audience.channels, audience.unreached) == (1, {"phone": 1}, ("cong_an_tinh",))
    await take(small, lambda db: unsubscribe(db, account.id or 0, clock.now()))
    reason = await refused(
        small, lambda db: digests.start_sending(db, small.catalog, digest_id, "bientap", clock.now())
    )
    assert reason == "nobody_to_send_to"


async def test_a_scheduled_digest_starts_at_its_moment(small: Small, clock: TestClock) -> None:
    await small.officer("so_y_te", clock.now())
    digest_id = await small.approved(clock.now())
    moment = clock.now() + timedelta(hours=1)

    def plan(when: Any) -> Step:
        return lambda db: digests.schedule(db, small.catalog, digest_id, when, "duyet", clock.now())

    assert await refused(small, plan(clock.now())) == "in_the_past"
    await take(small, plan(moment))
    assert (await take(small, lambda db: digests.start_due(db, small.catalog, clock.now())))["started"] == 0
    await take(small, lambda db: digests.cancel(db, small.catalog, digest_id, "duyet", clock.now()))
    clock.move(timedelta(hours=2))
    assert (await take(small, lambda db: digests.start_due(db, small.catalog, clock.now())))["started"] == 0
    await take(small, plan(clock.now() + timedelta(minutes=1)))
    clock.move(timedelta(days=1))  # the process was down at the moment
    counts = await take(small, lambda db: digests.start_due(db, small.catalog, clock.now()))
    assert counts == {"started": 1, "queued": 1, "refused": 0, "missed": 0}
    assert (await take(small, lambda db: digests.start_due(db, small.catalog, clock.now())))["started"] == 0


async def test_a_scheduled_digest_that_is_refused_says_why_and_is_not_tried_for_ever(
    small: Small, clock: TestClock
) -> None:
    digest_id = await small.approved(clock.now())
    moment = clock.now() + timedelta(hours=1)
    await take(small, lambda db: digests.schedule(db, small.catalog, digest_id, moment, "duyet", clock.now()))
    clock.move(timedelta(hours=2))
    counts = await take(small, lambda db: digests.start_due(db, small.catalog, clock.now()))
    assert counts == {"started": 0, "queued": 0, "refused": 1, "missed": 0}
    digest = await small.digest(digest_id)
    assert digest.send_at is None
    assert "đăng ký" in (digest.return_reason or "")
    counts = await take(small, lambda db: digests.start_due(db, small.catalog, clock.now()))
    assert counts["refused"] == 0


async def test_cancelling_half_way_skips_what_has_not_left(small: Small, clock: TestClock) -> None:
    for _ in range(4):
        await small.officer("so_y_te", clock.now())
    digest_id = await small.sending(clock.now())

    async def one_sent(db: AsyncSession) -> None:
        claimed = await claim_deliveries(db, clock.now(), 2, "phone")
        await settle(db, [Settlement(claimed[0].id or 0, DeliveryState.SENT, "m1")], clock.now())

    await take(small, one_sent)
    stopped = await take(small, lambda db: digests.cancel(db, small.catalog, digest_id, "duyet", clock.now()))
    assert stopped == Stopped(skipped=2, arrived=1, underway=1)
    states = sorted(row.state.value for row in await small.deliveries())
    assert states == ["sending", "sent", "skipped", "skipped"]
    assert {row.error_key for row in await small.deliveries(state=DeliveryState.SKIPPED)} == {"cancelled"}


@pytest.mark.parametrize(
    ("decided", "state"),
    [("arrived", DeliveryState.SENT), ("lost", DeliveryState.FAILED), ("again", DeliveryState.QUEUED)],
)
async def test_a_person_settles_what_is_unclear(
    small: Small, clock: TestClock, decided: str, state: DeliveryState
) -> None:
    await small.officer("so_y_te", clock.now())
    digest_id = await small.sending(clock.now())

    async def unclear(db: AsyncSession) -> int:
        (claimed,) = await claim_deliveries(db, clock.now(), 9, "phone")
        await settle(db, [Settlement(claimed.id or 0, DeliveryState.UNCLEAR, key="unclear")], clock.now())
        await digests.finish_sent(db, clock.now())
        return claimed.id or 0

    delivery_id = await take(small, unclear)

    def decide(db: AsyncSession) -> Awaitable[None]:
        if decided == "again":
            return digests.resend_unclear(db, delivery_id, "bientap", clock.now())
        return digests.settle_unclear(db, delivery_id, decided == "arrived", "bientap", clock.now())

    await take(small, decide)
    (row,) = await small.deliveries()
    assert row.state is state
    wanted = DigestState.SENDING if decided == "again" else DigestState.SENT
    assert (await small.digest(digest_id)).state is wanted
    assert await refused(small, decide) == "not_unclear"


async def test_ten_thousand_deliveries_are_queued_without_holding_up_the_house(small: Small, clock: TestClock) -> None:
    now = clock.now()
    account = await small.officer("so_y_te", now)
    async with small.db.session() as session:
        people = [
            {
                "address": f"phone:many{number}",
                "channel": "phone",
                "contact_id": account.contact_id,
                "first_seen_at": now,
                "last_seen_at": now,
            }
            for number in range(9_999)
        ]
        await session.exec(insert(Account), params=people)
        numbers = (await session.exec(select(Account.id).where(Account.id != account.id))).all()
        await session.exec(insert(Subscription), params=[{"account_id": one, "since": now} for one in numbers])
        await session.commit()
    looks, done = 0, asyncio.Event()

    async def watch() -> None:
        nonlocal looks
        while not done.is_set():
            await asyncio.sleep(0)
            looks += 1

    watcher = asyncio.create_task(watch())
    digest_id = await small.sending(now)
    done.set()
    await watcher
    assert looks >= 40, "everything else had its turn meanwhile"
    async with small.db.reading() as session:
        assert (await delivery_counts(session, digest_id))[DeliveryState.QUEUED] == 10_000


async def test_an_officer_who_moved_does_not_get_the_old_agencys_digest(small: Small, clock: TestClock) -> None:
    account = await small.officer("so_y_te", clock.now())
    await small.sending(clock.now())

    async def move(db: AsyncSession) -> None:
        contact = await db.get(Contact, account.contact_id)
        assert contact is not None
        await end_appointments(db, contact.id or 0, clock.now().date() - timedelta(days=1))
        await appoint(db, contact, "so_noi_vu", ContactRole.MAIN, clock.now().date(), by="test", now=clock.now())
        await follow_appointments(db, clock.now().date())

    await take(small, move)
    phones = Phones()
    await Outbox(small.db, {phones.name: phones}, clock).drain()
    (row,) = await small.deliveries()
    assert (row.state, row.error_key, dict(phones.inbox)) == (DeliveryState.SKIPPED, "contact_left", {})


async def test_everybody_else_has_a_turn_after_each_agency(
    small: Small, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in texts looked up: between two turns of the loop never more than one message takes."""
    async with small.db.session() as session:
        names = [f"co_quan_{number}" for number in range(30)]
        session.add_all(Agency(id=name, name=name, kind="x", level="commune") for name in names)
        await session.flush()
        session.add_all(AgencyMember(group_id="nhom_so", agency_id=name) for name in names)
        session.add(ItemProvider(item_id="food", agency_id="nhom_so"))
        await session.commit()
    await small.officer("co_quan_7", clock.now())
    digest_id = await small.approved(clock.now())
    found, looked_up, between = Texts.__call__, 0, [0]

    def counting(texts: Texts, key: str, **params: object) -> str:
        nonlocal looked_up
        looked_up += 1
        return found(texts, key, **params)

    async def others() -> None:
        while True:
            before = looked_up
            await asyncio.sleep(0)
            between.append(looked_up - before)

    monkeypatch.setattr(Texts, "__call__", counting)
    async with small.db.session() as session:
        editions = await editions_of(session, digest_id)
        each = []
        for edition in editions:
            before = looked_up
            edition_reply(small.catalog, edition.body)
            each.append(looked_up - before)
        looking = asyncio.create_task(others())
        assert await digests.start_sending(session, small.catalog, digest_id, "bientap", clock.now()) == 1
        looking.cancel()
        await session.commit()
    assert len(each) >= 32
    assert max(between) <= max(each) < sum(each) / 20
    async with small.db.reading() as session:
        kept = await editions_of(session, digest_id)
    assert all(one.message == edition_reply(small.catalog, one.body).to_json() for one in kept)
    assert all(one.fingerprint == message_fingerprint(one.message or {}) for one in kept)


def test_the_fingerprint_is_that_of_one_list_whatever_the_order() -> None:
    """Kept in databases since the first digest: it must not change."""
    editions = [
        Edition(digest_id=1, agency_id=agency, body={"b": 1, "a": ["Đ"]}) for agency in ("so_y_te", "cong_an", "so_a")
    ]
    listed = json.dumps(
        [["cong_an", {"a": ["Đ"], "b": 1}], ["so_a", {"a": ["Đ"], "b": 1}], ["so_y_te", {"a": ["Đ"], "b": 1}]],
        ensure_ascii=False,
    )
    assert digest_fingerprint(editions) == hashlib.sha256(listed.encode()).hexdigest()
    assert digest_fingerprint([]) == hashlib.sha256(b"[]").hexdigest()
