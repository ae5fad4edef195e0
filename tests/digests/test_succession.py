"""Agencies merge, split and end: what goes along, what stays, once, and taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.scheduler import follow
from content.catalog import Catalog
from content.changes import ChangeKind
from content.questionnaires import Questionnaire
from handlers.digests import compose
from handlers.officers.handover import NotPossible
from handlers.plans.duties import duties_of
from handlers.questionnaires.publishing import bring_in
from handlers.reminders.ladder import chase
from handlers.reports.consolidated import consolidated
from handlers.reports.review import accept
from handlers.succession.current import settle
from handlers.succession.planning import Wanted, adopt, cancel, confirm, draft, share
from handlers.succession.preview import outlook
from handlers.succession.undoing import UNDO, undo
from handlers.turn import LOCAL
from storage.agencies import Agency, groups_of
from storage.appointments import appointments_of
from storage.audit import AuditEntry
from storage.changes import AgencyChange, ChangeState
from storage.contacts import Account, Contact
from storage.digests import DeliveryKind, DeliveryState
from storage.extensions import Extension, ExtensionState
from storage.invitations import invite, open_invitation
from storage.plans import Assignment, Indicator
from storage.questionnaires import FormDraft, draft_of, hand_in
from storage.reports import ReportState, report_at, report_on, submit
from tests.conftest import TestClock
from tests.digests.province import Small, deliveries
from tests.reports.lists import list_agrees

DAY = date(2024, 11, 18)
"""The Monday after the tests' one."""
NEW = "Sở Y tế và Nội vụ"


def _more_time(town: Town) -> Extension:
    """What the health department was given for its report on t1."""
    return Extension(
        task_id="t1",
        agency_id="so_y_te",
        period="",
        due=date(2024, 12, 1),
        until=date(2024, 12, 20),
        reason="Chờ số liệu",
        asked_at=town.clock.now(),
        state=ExtensionState.GRANTED,
        granted_until=date(2024, 12, 20),
    )


class Town:
    """The small province with an officer in each of two departments, and its own registry."""

    def __init__(self, small: Small, clock: TestClock) -> None:
        self.small, self.db, self.clock = small, small.db, clock
        self.catalog = small.catalog = small.catalog.for_one_house()

    async def people(self) -> None:
        self.health = await self.small.officer("so_y_te", self.clock.now(), "yte")
        self.home = await self.small.officer("so_noi_vu", self.clock.now(), "noivu")

    async def settle(self) -> None:
        async with self.db.reading() as session:
            await settle(session, self.catalog.province.agencies, self.clock.now().astimezone(LOCAL).date())

    async def tick(self) -> dict[str, int]:
        counts = await follow(self.db, self.catalog, self.clock.now())
        await self.settle()
        return counts

    async def change(self, kind: ChangeKind, *before: str, day: date = DAY, **more: Any) -> AgencyChange:
        """A change, drafted."""
        async with self.db.session() as session:
            wanted = Wanted(kind, day, "QĐ 12/QĐ-UBND", before, **more)
            made = await draft(session, self.catalog, wanted, "bientap", self.clock.now())
            await session.commit()
        return made

    async def confirm(self, change: AgencyChange) -> AgencyChange:
        async with self.db.session() as session:
            found = await confirm(session, self.catalog, change.id or 0, "bientap", self.clock.now())
            await session.commit()
        await self.settle()
        return found

    async def merged(self) -> AgencyChange:
        """Both departments become one new one on the Monday, which has come."""
        made = await self.confirm(await self.change(ChangeKind.MERGE, "so_y_te", "so_noi_vu", new_names=(NEW,)))
        self.clock.move(timedelta(days=7))
        await self.tick()
        return made

    async def at(self, account: Account) -> str:
        """The agency the officer is at."""
        async with self.db.reading() as session:
            contact = await session.get_one(Contact, account.contact_id)
        return contact.agency_id

    async def told(self) -> list[str]:
        found = await self.small.deliveries(kind=DeliveryKind.NOTICE)
        return [row.reply["text"] for row in found if row.reply]

    async def hands_in(self, task: str, agency: str, value: float | None = None) -> None:
        answers = {"status": "doing", "values": {"n": {"value": value, "part": None, "whole": None}}}
        async with self.db.session() as session:
            report = await report_on(session, task, agency, self.clock.now())
            await submit(session, report, answers, None, self.clock.now())
            await session.commit()


@pytest.fixture
async def town(small: Small, clock: TestClock) -> Town:
    made = Town(small, clock)
    await made.people()
    await made.settle()
    return made


async def test_a_merger_waits_for_its_day_and_takes_everything_along(town: Town) -> None:
    await town.small.task("t1", date(2024, 12, 1), "nhom_so")
    async with town.db.session() as session:
        code = await invite(session, "so_y_te", "bientap", town.clock.now())
        report = await report_on(session, "t1", "so_y_te", town.clock.now())
        session.add(_more_time(town))
        report.draft = {str(town.health.contact_id): {"answers": {}, "done": 1, "count": 3, "at": "2024-11-11T00:00"}}
        await session.commit()
    change = await town.change(ChangeKind.MERGE, "so_y_te", "so_noi_vu", new_names=(NEW,))
    async with town.db.reading() as session:
        seen = await outlook(session, town.catalog, change, town.clock.now())
    assert (len(seen.officers), seen.invitations, seen.drafts, list(seen.groups)) == (2, 1, 1, ["nhom_so"])
    assert seen.several_mains == [NEW]

    change = await town.confirm(change)
    assert (change.state, change.after) == (ChangeState.PLANNED, ["so_y_te_va_noi_vu"])
    town.clock.move(timedelta(days=6))
    assert (await town.tick())["changed"] == 0
    assert await town.at(town.health) == "so_y_te"
    async with town.db.reading() as session:
        coming = {one.agency_id for one in await compose(session, town.catalog, "2024-W47")}
    assert {"so_y_te_va_noi_vu"} <= coming  # the draft of the week before knows
    assert not {"so_y_te", "so_noi_vu"} & coming

    town.clock.move(timedelta(days=1))
    assert (await town.tick())["changed"] == 1
    heir = change.after[0]
    assert [await town.at(one) for one in (town.health, town.home)] == [heir, heir]
    assert town.catalog.province.agencies.expand("nhom_so") == (heir,)
    async with town.db.reading() as session:
        held = await appointments_of(session, town.health.contact_id or 0)
        assert [(one.agency_id, one.first_day, one.last_day) for one in held] == [
            (heir, DAY, None),
            ("so_y_te", date(2024, 11, 11), date(2024, 11, 17)),
        ]
        assert "nhom_so" in await groups_of(session, heir, DAY)
        duties = await duties_of(session, town.catalog, heir, DAY)
        assert [(duty.task.id, duty.owed) for duty in duties] == [("t1", True)]
        going_on = await report_at(session, "t1", heir)
        assert going_on is not None
        assert list(going_on.draft) == [str(town.health.contact_id)]
        assert (duties[0].due, duties[0].period.moved) == (date(2024, 12, 20), True)
        found = await open_invitation(session, code, town.clock.now())
        assert found is not None
        assert found.agency_id == heir
    told = await town.told()
    assert len(told) == 2
    assert all(NEW in text and "18/11/2024" in text and "QĐ 12" in text for text in told)

    assert (await town.tick())["changed"] == 0
    assert len(await town.told()) == 2


async def test_a_merger_is_done_whole_or_not_at_all(town: Town) -> None:
    await town.confirm(await town.change(ChangeKind.MERGE, "so_y_te", after=("so_noi_vu",)))
    town.clock.move(timedelta(days=7))
    async with town.db.session() as session:
        from handlers.succession.carrying_out import carry_out_due

        assert await carry_out_due(session, town.catalog, town.clock.now()) == 1
        await session.rollback()  # the process dies before it commits
    assert await town.at(town.health) == "so_y_te"
    assert not await town.told()
    assert (await town.tick())["changed"] == 1
    assert await town.at(town.health) == "so_noi_vu"
    assert sorted("tiếp nhận" in text for text in await town.told()) == [False, True]  # both departments hear of it


async def test_undone_everything_is_where_it_was(town: Town) -> None:
    await town.small.task("t1", date(2024, 12, 1), "so_y_te")
    async with town.db.session() as session:
        code = await invite(session, "so_y_te", "bientap", town.clock.now())
        await session.commit()
    change = await town.merged()
    async with town.db.session() as session:
        await undo(session, town.catalog, change.id or 0, "bientap", town.clock.now())
        await session.commit()
    await town.settle()
    assert await town.at(town.health) == "so_y_te"
    async with town.db.reading() as session:
        (held,) = await appointments_of(session, town.health.contact_id or 0)
        assert (held.agency_id, held.last_day) == ("so_y_te", None)
        old, new = await session.get_one(Agency, "so_y_te"), await session.get_one(Agency, change.after[0])
        assert (old.valid_to, new.exists_on(DAY)) == (None, False)
        assert await groups_of(session, "so_y_te", DAY) == {"nhom_so"}
        found = await open_invitation(session, code, town.clock.now())
        assert found is not None
        assert found.agency_id == "so_y_te"
        actions = [one.action for one in (await session.exec(select(AuditEntry))).all()]
    assert town.catalog.province.agencies.expand("nhom_so") == ("so_noi_vu", "so_y_te")
    assert [name for name in actions if name.startswith("change.")] == [
        f"change.{name}" for name in ("drafted", "confirmed", "done", "undone")
    ]
    assert sum("hoàn tác" in text for text in await town.told()) == 2


async def test_what_was_begun_of_a_form_goes_along_and_comes_back(town: Town) -> None:
    form = Questionnaire.model_validate(
        {"id": "thu", "title": "Rà soát", "per": "month", "items": [{"id": "a", "kind": "integer", "label": "Số?"}]}
    )
    health, home = town.health.contact_id or 0, town.home.contact_id or 0
    async with town.db.session() as session:
        row, _ = await bring_in(session, form, "bientap", town.clock.now())
        assert row.id is not None
        for contact, agency, period, answers in (
            (health, "so_y_te", "2024-11", {"a": 7}),
            (health, "so_y_te", "2024-10", {}),
            (home, "so_noi_vu", "2024-11", {"a": 1}),
        ):
            content = {"answers": answers, "reasons": {}}
            session.add(
                FormDraft(
                    form_id=row.id, contact_id=contact, agency_id=agency, period=period, version=1, content=content,
                    updated_at=town.clock.now(),
                )
            )  # fmt: skip
        await session.commit()

    async def drafts() -> set[tuple[int, str, str, int | None]]:
        async with town.db.reading() as session:
            rows = (await session.exec(select(FormDraft))).all()
        return {(one.contact_id, one.agency_id, one.period, one.content["answers"].get("a")) for one in rows}

    change = await town.merged()
    heir = change.after[0]
    moved = {(health, heir, "2024-11", 7), (health, heir, "2024-10", None), (home, heir, "2024-11", 1)}
    assert await drafts() == moved
    told = await town.told()
    assert len(told) == 2
    assert all("nay điền cho đơn vị mới: «Rà soát»." in text for text in told)
    async with town.db.session() as session:
        submitted = await draft_of(session, row.id, home, heir, "2024-11")
        assert submitted is not None
        await hand_in(session, submitted, submitted.content, "zalo", town.clock.now())
        await undo(session, town.catalog, change.id or 0, "bientap", town.clock.now())
        await session.commit()
    assert await drafts() == {(health, "so_y_te", "2024-11", 7), (health, "so_y_te", "2024-10", None)}


async def test_not_for_ever(town: Town) -> None:
    change = await town.merged()
    town.clock.move(UNDO + timedelta(seconds=1))
    async with town.db.session() as session:
        with pytest.raises(NotPossible, match="too_late"):
            await undo(session, town.catalog, change.id or 0, "bientap", town.clock.now())


async def test_a_split_goes_as_it_was_shared_out(town: Town) -> None:
    other = await town.small.officer("so_y_te", town.clock.now(), "yte2")
    for task in ("t1", "t2"):
        await town.small.task(task, date(2024, 12, 1), "so_y_te")
    change = await town.change(ChangeKind.SPLIT, "so_y_te", after=("so_noi_vu", "cong_an_tinh"))
    async with town.db.session() as session:
        seen = await outlook(session, town.catalog, change, town.clock.now())
        theirs = {one.contact_id: str(one.id) for one, _ in seen.officers}
        contacts = {theirs[town.health.contact_id or 0]: "so_noi_vu", theirs[other.contact_id or 0]: "cong_an_tinh"}
        tasks = {"t1": "so_noi_vu", "t2": "cong_an_tinh"}
        await share(session, change.id or 0, contacts, tasks, "so_noi_vu", "bientap", town.clock.now())
        await session.commit()
    await town.confirm(change)
    town.clock.move(timedelta(days=7))
    await town.tick()
    assert [await town.at(one) for one in (town.health, other)] == ["so_noi_vu", "cong_an_tinh"]
    async with town.db.reading() as session:
        named = {(one.task_id, one.agency_id) for one in (await session.exec(select(Assignment))).all()}
    assert named == {("t1", "so_noi_vu"), ("t2", "cong_an_tinh")}
    async with town.db.session() as session:
        await undo(session, town.catalog, change.id or 0, "bientap", town.clock.now())
        await session.commit()
        named = {(one.task_id, one.agency_id) for one in (await session.exec(select(Assignment))).all()}
    assert named == {("t1", "so_y_te"), ("t2", "so_y_te")}


async def test_whose_agency_ends_is_told_and_speaks_for_none(town: Town) -> None:
    async with town.db.session() as session:
        code = await invite(session, "so_y_te", "bientap", town.clock.now())
        await session.commit()
    town.clock.move(timedelta(days=10))
    change = await town.confirm(await town.change(ChangeKind.DISSOLVE, "so_y_te"))  # its day has gone by: at once
    assert change.state is ChangeState.DONE
    async with town.db.reading() as session:
        (held,) = await appointments_of(session, town.health.contact_id or 0)
        assert held.last_day == DAY - timedelta(days=1)
        assert await open_invitation(session, code, town.clock.now()) is None
    (text,) = await town.told()
    assert "kết thúc hoạt động" in text
    assert town.catalog.province.agencies.expand("nhom_so") == ("so_noi_vu",)


async def test_a_new_name_is_told_and_found(town: Town) -> None:
    change = await town.change(ChangeKind.RENAME, "so_y_te", new_names=("Sở Sức khỏe",))
    await town.confirm(change)
    assert town.catalog.agency_name("so_y_te") == "Sở Y tế"
    town.clock.move(timedelta(days=7))
    assert (await town.tick())["changed"] == 1
    assert town.catalog.agency_name("so_y_te") == "Sở Sức khỏe"
    assert town.catalog.agency_then("so_y_te", date(2024, 11, 12)) == "Sở Sức khỏe (trước là Sở Y tế)"
    async with town.db.reading() as session:
        assert (await session.get_one(Agency, "so_y_te")).name == "Sở Sức khỏe"
    assert await town.at(town.health) == "so_y_te"
    (text,) = await town.told()
    assert "đổi tên thành **Sở Sức khỏe**" in text


async def test_reports_of_those_before_count_once_until_the_heir_reports(town: Town) -> None:
    await town.small.task("t1", date(2024, 12, 1), "nhom_so")
    async with town.db.session() as session:
        session.add(Indicator(id="n", plan_id="kh", task_id="t1", position=0, name="Số xã", target=20, unit="xã"))
        await session.commit()
    await town.hands_in("t1", "so_y_te", 3)
    change = await town.merged()
    heir = change.after[0]

    async def picture() -> tuple[float, dict[str, int], list[tuple[str, str]]]:
        async with town.db.reading() as session:
            whole = await consolidated(session, town.catalog, "kh", town.clock.now())
            await list_agrees(session, town.catalog, whole, town.clock.now())
        task = whole["tasks"][0]
        rows = [(row["agency"]["id"], row["role"]) for row in task["agencies"]]
        return task["indicators"][0]["reported"], whole["counts"], rows

    total, counts, rows = await picture()
    assert (total, counts["owed"], counts["handed_in"]) == (3, 1, 0)  # the other department owed one as well
    assert rows == [(heir, "lead"), ("so_y_te", "predecessor")]
    await town.hands_in("t1", "so_noi_vu", 4)
    total, counts, _ = await picture()
    assert (total, counts["owed"], counts["handed_in"]) == (7, 1, 1)
    async with town.db.session() as session:
        first = await report_at(session, "t1", "so_y_te")
        assert first is not None
        await accept(session, town.catalog, first.id or 0, "lan", town.clock.now())
        await session.commit()
    await picture()  # of two that stand for the heir's, the newer one is shown
    async with town.db.reading() as session:
        (duty,) = await duties_of(session, town.catalog, heir, DAY)
        assert duty.handed_in  # nothing is asked for twice
    await town.hands_in("t1", heir, 9)
    total, counts, _ = await picture()
    assert (total, counts["owed"], counts["handed_in"]) == (9, 1, 1)
    async with town.db.reading() as session:
        old = await report_at(session, "t1", "so_y_te")
        assert old is not None
        assert old.state is ReportState.ACCEPTED  # history stays with whom it is of


async def test_what_was_sent_before_is_asked_of_the_heirs_officers(town: Town) -> None:
    await town.small.sending(town.clock.now())
    async with town.db.session() as session:
        for row in await deliveries(session, kind=DeliveryKind.DIGEST):
            row.state, row.sent_at = DeliveryState.SENT, town.clock.now()
            session.add(row)
        await session.commit()
    await town.confirm(await town.change(ChangeKind.MERGE, "so_y_te", after=("so_noi_vu",), day=date(2024, 11, 12)))
    town.clock.move(timedelta(days=1, hours=9))
    await town.tick()
    async with town.db.session() as session:
        assert await chase(session, town.catalog, town.clock.now())
        await session.commit()
        reminders = await deliveries(session, kind=DeliveryKind.REMINDER)
    assert town.health.id in {row.account_id for row in reminders}


async def test_a_change_waits_for_a_digest_that_is_leaving(town: Town) -> None:
    await town.confirm(await town.change(ChangeKind.DISSOLVE, "so_y_te", day=date(2024, 11, 12)))
    await town.small.sending(town.clock.now())
    town.clock.move(timedelta(days=1))
    assert (await town.tick())["changed"] == 0
    async with town.db.session() as session:
        for row in await deliveries(session, kind=DeliveryKind.DIGEST):
            row.state = DeliveryState.SENT
            session.add(row)
        await session.commit()
    assert (await town.tick())["changed"] == 1


async def test_cancelled_before_its_day_nothing_happens(town: Town) -> None:
    change = await town.confirm(await town.change(ChangeKind.MERGE, "so_y_te", after=("so_noi_vu",)))
    async with town.db.session() as session:
        await cancel(session, change.id or 0, "bientap", town.clock.now())
        await session.commit()
        assert (await session.get_one(Agency, "so_y_te")).valid_to is None
    town.clock.move(timedelta(days=8))
    assert (await town.tick())["changed"] == 0


@pytest.mark.parametrize(
    ("kind", "before", "more", "key"),
    [
        (ChangeKind.MERGE, ("so_y_te",), {}, "sides.merge"),
        (ChangeKind.MERGE, ("so_y_te",), {"after": ("so_y_te",)}, "itself"),
        (ChangeKind.SPLIT, ("so_y_te",), {"after": ("so_noi_vu",)}, "sides.split"),
        (ChangeKind.MERGE, ("nhom_so",), {"after": ("so_y_te",)}, "unknown"),
        (ChangeKind.RENAME, ("so_y_te",), {"new_names": ("Sở Nội vụ",)}, "name_taken"),
        (ChangeKind.RENAME, ("so_y_te",), {"new_names": ("S",)}, "name"),
        (ChangeKind.MERGE, ("so_y_te",), {"after": ("so_khcn",)}, "not_there"),
        (ChangeKind.DISSOLVE, ("so_y_te",), {"day": date(2030, 1, 1)}, "day"),
    ],
)
async def test_what_cannot_be_is_refused(
    town: Town, kind: ChangeKind, before: tuple[str, ...], more: dict[str, Any], key: str
) -> None:
    with pytest.raises(NotPossible, match=key):
        await town.change(kind, *before, **more)


async def test_what_the_state_decided_can_be_taken_up_once(shipped: object, catalog: Catalog, clock: TestClock) -> None:
    from storage.database import Database

    assert isinstance(shipped, Database)
    house = catalog.for_one_house()
    async with shipped.session() as session:
        first = await adopt(session, house, "xa_mang_den_2025_07", "bientap", clock.now())
        again = await adopt(session, house, "xa_mang_den_2025_07", "bientap", clock.now())
        assert first.id == again.id
        made = await confirm(session, house, first.id or 0, "bientap", clock.now())
        assert (made.state, made.key) == (ChangeState.PLANNED, "xa_mang_den_2025_07")
        with pytest.raises(LookupError):
            await adopt(session, house, "nothing", "bientap", clock.now())
