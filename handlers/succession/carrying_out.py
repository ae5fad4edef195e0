"""Carrying a change out on its day, once: people, codes and what is open go to those that have the part now."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.changes import ChangeKind
from handlers.succession.telling import tell_done
from handlers.turn import LOCAL
from storage.appointments import Appointment, appoint, appointments_of
from storage.audit import note
from storage.changes import AgencyChange, ChangeState, changes_due, put_in_force, share_tasks
from storage.contacts import Contact
from storage.passing_on import (
    appointments_from,
    drafts_open,
    extensions_standing,
    has_extension,
    invitations_open,
    is_being_sent_to,
    requests_open,
)
from storage.questionnaires import draft_of, form_drafts_of
from storage.reports import ProgressReport, report_at

CLOCK = "clock"


async def carry_out_due(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Carry out the changes whose day has come; how many. One waits while a digest is leaving for its agencies."""
    done = 0
    for change in await changes_due(db, now.astimezone(LOCAL).date()):
        if await may_begin(db, change):
            await carry_out(db, catalog, change, now)
            done += 1
    return done


async def may_begin(db: AsyncSession, change: AgencyChange) -> bool:
    return change.kind is ChangeKind.RENAME or not await is_being_sent_to(db, change.before)


async def carry_out(db: AsyncSession, catalog: Catalog, change: AgencyChange, now: datetime) -> None:
    """Do it, in the caller's one transaction: after a crash all of it is done, or nothing."""
    moved: dict[str, Any] = {**change.moved}
    if change.kind is not ChangeKind.RENAME:
        moved["tasks"] = await share_tasks(db, change.before[0], change.shares.get("tasks", {}))
        moved |= await _pass_appointments(db, change, now)
        moved["invitations"] = await _pass_invitations(db, change, now)
        moved["requests"] = await _pass_requests(db, change)
        moved["drafts"] = await _pass_drafts(db, change, now)
        moved["form_drafts"] = await _pass_form_drafts(db, change)
        moved["extensions"] = await _pass_extensions(db, change)
    change.moved = moved
    change.state, change.done_at, change.touched_at = ChangeState.DONE, now, now
    db.add(change)
    await db.flush()
    await put_in_force(db, change)
    await tell_done(db, catalog, change, now)
    counted = Counter({name: len(found) for name, found in moved.items() if name != "ends"})
    note(db, CLOCK, "change.done", f"change:{change.id}", now, **dict(sorted(counted.items())))


def heir_of(change: AgencyChange, kind: str = "", key: object = "") -> str | None:
    """Who gets a thing: as shared out, else what gets the rest; None when the agency simply ends."""
    if not change.after:
        return None
    rest: str = change.shares.get("rest") or change.after[0]
    chosen: str = change.shares.get(kind, {}).get(str(key), rest)
    return chosen


async def _pass_appointments(db: AsyncSession, change: AgencyChange, now: datetime) -> dict[str, Any]:
    """Who speaks for the agency speaks for its heir from the day on; what came before stays as it was."""
    eve = change.day - timedelta(days=1)
    ended: dict[str, str | None] = {}
    renamed: dict[str, str] = {}
    made: list[int] = []
    at: dict[str, str] = {}
    for one, contact in await appointments_from(db, change.before, change.day):
        heir = heir_of(change, "contacts", one.id)
        if heir is not None and one.first_day >= change.day:
            renamed[str(one.id)], one.agency_id = one.agency_id, heir
        else:
            ended[str(one.id)] = one.last_day.isoformat() if one.last_day else None
            last, one.last_day = one.last_day, eve
            if heir is not None and not await _speaks_already(db, contact, heir, one, change.day):
                new = await appoint(
                    db,
                    contact,
                    heir,
                    one.role,
                    change.day,
                    by=change.confirmed_by or CLOCK,
                    now=now,
                    last_day=last,
                    stands_in_for=one.stands_in_for,
                )
                assert new.id is not None
                made.append(new.id)
        db.add(one)
        if heir is not None and contact.agency_id in change.before:
            at[str(contact.id)], contact.agency_id = contact.agency_id, heir
            db.add(contact)
    return {"ended": ended, "renamed": renamed, "made": made, "at": at}


async def _speaks_already(db: AsyncSession, contact: Contact, heir: str, given: Appointment, day: date) -> bool:
    held = await appointments_of(db, contact.id or 0)
    return any(
        one.agency_id == heir and one.role is given.role and one.holds_on(day) and one.last_day is None for one in held
    )


async def _pass_invitations(db: AsyncSession, change: AgencyChange, now: datetime) -> dict[str, list[str]]:
    """Codes given out keep working, for the heir; for nobody when there is none."""
    passed = {}
    for code in await invitations_open(db, change.before, now):
        passed[str(code.id)] = [code.agency_id, code.expires_at.isoformat()]
        heir = heir_of(change)
        if heir is None:
            code.expires_at = now
        else:
            code.agency_id = heir
        db.add(code)
    return passed


async def _pass_requests(db: AsyncSession, change: AgencyChange) -> dict[str, str]:
    passed: dict[str, str] = {}
    heir = heir_of(change)
    for request in await requests_open(db, change.before) if heir else ():
        passed[str(request.id)] = request.agency_id
        request.agency_id = heir or request.agency_id
        db.add(request)
    return passed


async def _pass_extensions(db: AsyncSession, change: AgencyChange) -> dict[str, str]:
    """More time that was asked for or given is the heir's, who has the report to make."""
    passed: dict[str, str] = {}
    for one in await extensions_standing(db, change.before, change.day):
        heir = heir_of(change, "tasks", one.task_id)
        if heir is not None and not await has_extension(db, one.task_id, heir, one.period):
            passed[str(one.id)], one.agency_id = one.agency_id, heir
            db.add(one)
            await db.flush()
    return passed


async def _pass_drafts(db: AsyncSession, change: AgencyChange, now: datetime) -> dict[str, list[Any]]:
    """What officers have begun to write goes on at the heir; a report that was submitted once stays where it is, and a
    draft the heir has itself is not overwritten."""
    passed: dict[str, list[Any]] = {}
    for report in await drafts_open(db, change.before, hold=True):
        heir = heir_of(change, "tasks", report.task_id)
        if heir is None or await report_at(db, report.task_id, heir, report.period) is not None:
            continue
        if not report.version:
            passed[str(report.id)] = [report.agency_id, None]
            report.agency_id = heir
            db.add(report)
        else:
            going_on = ProgressReport(
                task_id=report.task_id,
                agency_id=heir,
                period=report.period,
                draft=dict(report.draft),
                draft_by=report.draft_by,
                created_at=now,
                updated_at=now,
            )
            report.draft, report.draft_by = {}, None
            db.add_all([report, going_on])
            await db.flush()
            passed[str(report.id)] = [report.agency_id, going_on.id]
        await db.flush()
    return passed


async def _pass_form_drafts(db: AsyncSession, change: AgencyChange) -> dict[str, str]:
    """What officers have begun of the department's forms goes with them, answers or none; where the officer has begun
    the same for the heir already, that one stays."""
    passed: dict[str, str] = {}
    for draft in await form_drafts_of(db, change.before, hold=True):
        contact = await db.get_one(Contact, draft.contact_id)
        heir = contact.agency_id if contact.agency_id in change.after else heir_of(change)
        if heir is None or await draft_of(db, draft.form_id, draft.contact_id, heir, draft.period) is not None:
            continue
        passed[str(draft.id)], draft.agency_id = draft.agency_id, heir
        db.add(draft)
        await db.flush()
    return passed


def counts_of(change: AgencyChange) -> dict[str, int]:
    """How much was moved, by kind."""
    moved = change.moved
    return {
        "officers": len({*moved.get("ended", ()), *moved.get("renamed", ())}),
        **{name: len(moved.get(name, ())) for name in ("invitations", "requests", "tasks")},
        "drafts": len(moved.get("drafts", ())) + len(moved.get("form_drafts", ())),
    }
