"""The department's side, on both engines: accepting, sending back, adding up; and two officers at the same moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from content.catalog import Catalog
from handlers.messages import Reply
from handlers.reports.consolidated import consolidated
from handlers.reports.drafts import Draft, drafts_of, put_draft
from handlers.reports.review import NoReason, NotSubmitted, accept, send_back
from storage.appointments import ContactRole, appoint, enrol
from storage.audit import AuditEntry
from storage.contacts import Account, Contact, registered_as, see_account, subscribe
from storage.database import Database
from storage.digests import Delivery, DeliveryKind, DeliveryState
from storage.reports import ProgressReport, ReportState, report_at, report_on, submit, versions_of
from tests.digests.province import said
from tests.reports.conftest import BOARDS, SA_THAY, STATION

PLAN = "kh_thong_tin_co_so_2024"
NOW = datetime(2024, 11, 20, 2, tzinfo=UTC)
LATE = datetime(2024, 12, 15, 18, tzinfo=UTC)
"""01:00 on 16 December in Việt Nam: the first day that is too late."""


def answers(communes: float, whole: float | None = 7, **more: Any) -> dict[str, Any]:
    value = {"value": communes, "part": communes if whole else None, "whole": whole}
    values = {"t002_pl02_09.1": value, "t002_pl02_09.2": {"value": 1, "part": None, "whole": None}}
    return {"values": values, "status": "partly", "work": "Đã lắp", "difficulties": "Thiếu điện", **more}


async def hand_in(database: Database, given: dict[str, Any], task: str = BOARDS, agency: str = SA_THAY) -> int:
    async with database.session() as db:
        report = await report_on(db, task, agency, NOW)
        await submit(db, report, given, None, NOW)
        await db.commit()
    assert report.id is not None
    return report.id


async def an_officer(database: Database, agency: str, user: str, subscribed: bool = True) -> int:
    async with database.session() as db:
        contact = await enrol(db, agency, "Y Sa (demo)", NOW, NOW.date(), by="test")
        account = await see_account(db, f"phone:{user}", NOW)
        account.contact_id = contact.id
        if subscribed:
            await subscribe(db, account.id or 0, NOW)
        await db.commit()
    assert account.id is not None
    return account.id


async def notices(database: Database) -> list[Delivery]:
    async with database.reading() as db:
        return list((await db.exec(select(Delivery).order_by(Delivery.id))).all())  # type: ignore[arg-type]


async def test_sending_back_tells_every_subscribed_officer_why(filled: Database, catalog: Catalog) -> None:
    first = await an_officer(filled, SA_THAY, "a")
    await an_officer(filled, SA_THAY, "b", subscribed=False)
    await an_officer(filled, "ubnd_huyen_dak_ha", "c")
    report_id = await hand_in(filled, answers(5))
    async with filled.session() as db:
        await send_back(db, catalog, report_id, " Thiếu *danh sách* xã ", "duyet", NOW)
        await db.commit()
    [notice] = await notices(filled)
    assert (notice.account_id, notice.kind, notice.state) == (first, DeliveryKind.NOTICE, DeliveryState.QUEUED)
    reply = Reply.from_json(said(notice))
    assert "«Thiếu ∗danh sách∗ xã»" in reply.text
    assert reply.choices[0].value == f"report:{BOARDS}"
    async with filled.reading() as db:
        report = await db.get(ProgressReport, report_id)
        [entry] = (await db.exec(select(AuditEntry))).all()
    assert report is not None
    assert (report.state, report.return_reason) == (ReportState.RETURNED, "Thiếu *danh sách* xã")
    assert (entry.actor, entry.action, entry.subject) == ("duyet", "report.return", f"report:{report_id}")


async def test_whoever_is_appointed_is_told_wherever_they_work_just_now(filled: Database, catalog: Catalog) -> None:
    own = await an_officer(filled, SA_THAY, "a")
    away = await an_officer(filled, "ubnd_huyen_dak_ha", "b")
    over = await an_officer(filled, "ubnd_huyen_dak_ha", "c")
    async with filled.session() as db:
        for number, last in ((away, None), (over, NOW.date() - timedelta(days=1))):
            contact = await registered_as(db, await db.get_one(Account, number))
            assert contact is not None
            first = NOW.date() - timedelta(days=9)
            await appoint(db, contact, SA_THAY, ContactRole.HEAD, first, by="test", now=NOW, last_day=last)
        await db.commit()
    report_id = await hand_in(filled, answers(5))
    async with filled.session() as db:
        await send_back(db, catalog, report_id, "Thiếu danh sách", "duyet", NOW)
        await db.commit()
    told = {one.account_id: Reply.from_json(said(one)).choices[0].value for one in await notices(filled)}
    assert told == {own: f"report:{BOARDS}", away: f"reg:at:{SA_THAY}"}


async def test_a_corrected_report_can_be_sent_back_again(filled: Database, catalog: Catalog) -> None:
    await an_officer(filled, SA_THAY, "a")
    for communes in (5, 6):
        report_id = await hand_in(filled, answers(communes))
        async with filled.session() as db:
            await send_back(db, catalog, report_id, "Xem lại số liệu", "duyet", NOW)
            await db.commit()
    assert [notice.key.split(":")[2] for notice in await notices(filled)] == ["1", "2"]


async def test_accepting_thanks_once(filled: Database, catalog: Catalog) -> None:
    await an_officer(filled, SA_THAY, "a")
    report_id = await hand_in(filled, answers(5))
    async with filled.session() as db:
        await accept(db, catalog, report_id, "duyet", NOW)
        await db.commit()
    async with filled.session() as db:
        with pytest.raises(NotSubmitted):
            await accept(db, catalog, report_id, "duyet", NOW)
        with pytest.raises(NotSubmitted):
            await send_back(db, catalog, report_id, "Xem lại", "duyet", NOW)
    [notice] = await notices(filled)
    assert "đã được tiếp nhận" in said(notice)["text"]


@pytest.mark.parametrize("reason", ["", "  ", "x", "a" * 1001])
async def test_sending_back_needs_a_reason(filled: Database, catalog: Catalog, reason: str) -> None:
    report_id = await hand_in(filled, answers(5))
    async with filled.session() as db:
        with pytest.raises(NoReason):
            await send_back(db, catalog, report_id, reason, "duyet", NOW)
        with pytest.raises(LookupError):
            await accept(db, catalog, 999, "duyet", NOW)


async def test_two_submissions_at_the_same_moment_are_two_versions(filled: Database) -> None:
    async with filled.session() as db:
        report = await report_on(db, BOARDS, SA_THAY, NOW)
        await db.commit()

    async def one(communes: int) -> None:
        from storage.reports import report_for_update

        async with filled.session() as db:
            current = await report_for_update(db, report.id or 0)
            assert current is not None
            await asyncio.sleep(0.05)
            await submit(db, current, answers(communes), None, NOW)
            await db.commit()

    await asyncio.gather(*(one(communes) for communes in (3, 4, 5)))
    async with filled.reading() as db:
        found = await versions_of(db, report.id or 0)
    assert [version.version for version in found] == [1, 2, 3]
    assert {version.answers["values"]["t002_pl02_09.1"]["value"] for version in found} == {3, 4, 5}


async def test_opening_a_report_at_the_same_moment_opens_one(filled: Database) -> None:
    async def one() -> int | None:
        async with filled.session() as db:
            report = await report_on(db, BOARDS, SA_THAY, NOW)
            await asyncio.sleep(0.05)
            await db.commit()
            return report.id

    assert len(set(await asyncio.gather(one(), one(), one()))) == 1


async def test_drafts_of_two_officers_written_at_the_same_moment(filled: Database) -> None:
    for user in ("a", "b"):
        await an_officer(filled, SA_THAY, user)
    async with filled.session() as db:
        contacts = (await db.exec(select(Contact.id))).all()
        await report_on(db, BOARDS, SA_THAY, NOW)
        await db.commit()

    async def one(contact: int) -> None:
        async with filled.session() as db:
            report = await report_at(db, BOARDS, SA_THAY)
            assert report is not None
            await asyncio.sleep(0.05)
            await put_draft(db, report, Draft(contact, {"values": {}}, 1, 7, NOW))
            await db.commit()

    await asyncio.gather(*(one(contact or 0) for contact in contacts))
    async with filled.reading() as db:
        report = await report_at(db, BOARDS, SA_THAY)
    assert report is not None
    assert {draft.contact_id for draft in drafts_of(report)} == set(contacts)


# Adding up


async def picture(database: Database, catalog: Catalog, now: datetime = NOW) -> dict[str, Any]:
    async with database.reading() as db:
        return await consolidated(db, catalog, PLAN, now)


def task_of(report: dict[str, Any], task: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in report["tasks"] if row["id"] == task)
    return found


async def test_nothing_reported_yet(filled: Database, catalog: Catalog) -> None:
    report = await picture(filled, catalog)
    counts = report["counts"]
    assert counts["tasks"] == 49
    assert counts["owed"] == counts["missing"] == 83
    assert counts["handed_in"] == counts["overdue"] == 0
    assert len(task_of(report, "t002_6")["agencies"]) == 11, "the department and ten districts, each its own"
    assert task_of(report, "t002_1")["agencies"] == []
    assert (await picture(filled, catalog, LATE))["counts"]["overdue"] > 40


async def test_figures_add_up_to_the_heading_of_the_annex(filled: Database, catalog: Catalog) -> None:
    await hand_in(filled, answers(5))
    other = {"t002_pl02_01.1": {"value": 3, "part": 3, "whole": 9}, "t002_pl02_01.2": None}
    await hand_in(filled, {"values": other, "status": "partly"}, "t002_pl02_01", "ubnd_huyen_dak_ha")
    report = await picture(filled, catalog)
    communes, township = task_of(report, BOARDS)["indicators"]
    assert (communes["reported"], communes["whole"], communes["percent_of_target"]) == (5, 7, 100)
    assert communes["met"] is True
    assert township["reported"] == 1
    [heading] = task_of(report, "t002_3")["indicators"]
    assert heading["target"] == 52
    assert heading["reported"] == 9
    assert heading["percent_of_target"] == 17.3
    assert heading["met"] is False


async def test_a_returned_report_is_shown_but_not_added_up(filled: Database, catalog: Catalog) -> None:
    report_id = await hand_in(filled, answers(5))
    async with filled.session() as db:
        await send_back(db, catalog, report_id, "Xem lại", "duyet", NOW)
        await db.commit()
    report = await picture(filled, catalog)
    row = task_of(report, BOARDS)
    assert row["indicators"][0]["reported"] is None
    assert row["agencies"][0]["state"] == "returned"
    assert row["agencies"][0]["values"][0]["reported"]["value"] == 5
    assert report["counts"]["returned"] == 1
    assert report["counts"]["handed_in"] == 0


async def test_late_is_counted_by_the_first_submission_in_local_time(filled: Database, catalog: Catalog) -> None:
    async with filled.session() as db:
        report = await report_on(db, BOARDS, SA_THAY, NOW)
        await submit(db, report, answers(5), None, LATE - timedelta(hours=2))
        await submit(db, report, answers(6), None, LATE)
        station = await report_on(db, STATION, SA_THAY, NOW)
        await submit(db, station, {"values": {}, "status": "done"}, None, LATE)
        await db.commit()
    found = await picture(filled, catalog, LATE)
    assert task_of(found, BOARDS)["agencies"][0]["late_days"] == 0
    assert task_of(found, BOARDS)["agencies"][0]["version"] == 2
    assert task_of(found, STATION)["agencies"][0]["late_days"] == 1
    assert found["counts"]["late"] == 1


async def test_a_target_per_agency_has_no_sum(filled: Database, catalog: Catalog) -> None:
    for agency, boards in (("ubnd_huyen_sa_thay", 1), ("ubnd_huyen_ia_hdrai", 0)):
        value = {"t002_5.1": {"value": boards, "part": None, "whole": None}}
        await hand_in(filled, {"values": value, "status": "partly"}, "t002_5", agency)
    [indicator] = task_of(await picture(filled, catalog), "t002_5")["indicators"]
    assert indicator["per_agency"]
    assert indicator["reported"] is None
    assert (indicator["agencies_meeting"], indicator["agencies_reporting"]) == (1, 2)


async def test_a_coordinators_report_is_shown_apart(filled: Database, catalog: Catalog) -> None:
    commune = "ubnd_xa_ro_koi_sa_thay"
    value = {f"{STATION}.1": {"value": 1, "part": None, "whole": None}}
    await hand_in(filled, {"values": value, "status": "done"}, STATION, commune)
    row = task_of(await picture(filled, catalog), STATION)
    assert [agency["role"] for agency in row["agencies"]] == ["lead", "coordinator"]
    assert row["indicators"][0]["reported"] is None, "only the agency that owes the report counts"


async def test_difficulties_are_listed_and_open_ones_are_not(filled: Database, catalog: Catalog) -> None:
    await hand_in(filled, answers(5))
    await hand_in(filled, {"values": {}, "status": "done", "difficulties": None}, STATION)
    [difficulty] = (await picture(filled, catalog))["difficulties"]
    assert difficulty["text"] == "Thiếu điện"
    assert difficulty["agency"] == "UBND huyện Sa Thầy"


async def test_an_unknown_plan(filled: Database, catalog: Catalog) -> None:
    async with filled.reading() as db:
        with pytest.raises(LookupError):
            await consolidated(db, catalog, "nothing", NOW)
