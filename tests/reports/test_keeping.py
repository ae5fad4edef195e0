"""A draft is kept until its period is closed, and its agency is told before it goes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import select

from content.catalog import Catalog
from handlers.reports.keeping import sweep_drafts, warn_of_drafts
from storage.audit import AuditEntry
from storage.digests import Delivery
from storage.reports import ReportState
from tests.handlers.talk import Talk
from tests.reports.filling import fill, report_of


async def looked(talk: Talk, catalog: Catalog, day: str) -> tuple[int, int]:
    """How many drafts were warned of, and how many went, on that day."""
    now = datetime.fromisoformat(f"{day} 09:00+07:00").astimezone(UTC)
    async with talk.db.session() as db:
        counts = await warn_of_drafts(db, catalog, now), await sweep_drafts(db, catalog, now)
        await db.commit()
    return counts


async def drafted(officer: Talk) -> None:
    await officer.taps("sub:on")
    await fill(officer, "5/7")
    said = await officer.says("lưu nháp")
    assert "giữ bản nháp đến hết **14/01/2025**" in said


async def test_a_draft_goes_after_its_period_and_is_announced_before(officer: Talk, catalog: Catalog) -> None:
    await drafted(officer)
    assert await looked(officer, catalog, "2025-01-08") == (0, 0)
    assert await looked(officer, catalog, "2025-01-09") == (1, 0)
    assert await looked(officer, catalog, "2025-01-14") == (0, 0), "told once, kept through the day"
    async with officer.db.reading() as db:
        (notice,) = (await db.exec(select(Delivery))).all()
    assert "Hết ngày **14/01/2025**" in (notice.reply or {})["text"]
    assert (await report_of(officer)).draft
    assert await looked(officer, catalog, "2025-01-15") == (0, 1)
    report = await report_of(officer)
    assert (report.draft, report.draft_by, report.draft_kept_until) == ({}, None, None)
    async with officer.db.reading() as db:
        (entry,) = (await db.exec(select(AuditEntry).where(AuditEntry.action == "draft.swept"))).all()
    assert (entry.actor, entry.detail) == ("clock", {"shares": 1})


async def test_after_a_pause_of_the_house_a_draft_is_announced_first(officer: Talk, catalog: Catalog) -> None:
    await drafted(officer)
    assert await looked(officer, catalog, "2025-02-10") == (1, 0)
    assert await looked(officer, catalog, "2025-02-13") == (0, 0)
    assert await looked(officer, catalog, "2025-02-14") == (0, 1)


async def test_what_the_department_asks_to_correct_is_kept(officer: Talk, catalog: Catalog) -> None:
    await drafted(officer)
    async with officer.db.session() as db:
        report = await report_of(officer)
        report.state = ReportState.RETURNED
        await db.merge(report)
        await db.commit()
    assert await looked(officer, catalog, "2025-02-10") == (0, 0)
