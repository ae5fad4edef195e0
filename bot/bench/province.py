"""A province of 500 agencies with its reports, for ``loa bench reports``: filled in bulk, nothing of it real."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from content.questionnaires import Questionnaire
from handlers.questionnaires.publishing import bring_in, put
from storage.agencies import Agency
from storage.plans import Assignment, AssignmentRole, Indicator, Plan, Task
from storage.questionnaires import FormState, FormSubmission
from storage.reports import WHOLE, ProgressReport, ReportState, ReportVersion, VersionKind

AGENCIES = 500
INDICATORS = 2
"""Of each task."""
REMISS = 10
"""One agency in so many has not handed a task's report in."""
CORRECTED = 5
"""One report in so many has a second version."""
PLAN = "kh"
NOW = datetime(2024, 11, 11, 0, 0, tzinfo=UTC)
_CHUNK = 5_000
_WORK = "Put up, tried out and in use; somebody of each commune looks after it and reports to the district every week."
_DIFFICULTY = "No money for repairs in village number {number} this year."


def agency_id(number: int) -> str:
    return f"co_quan_{number}"


async def fill(db: AsyncSession, tasks: int, drafts: int = 0) -> None:
    """A plan of ``tasks`` tasks that every agency owes a report on, nine in ten of them handed in, and so many
    ``drafts`` of a second plan. The caller commits."""
    await _put(db, Agency, (_agency(number) for number in range(AGENCIES)))
    await _plan(db, PLAN, tasks)
    owed = [(task, agency) for task in range(tasks) for agency in range(AGENCIES)]
    sent = [(number, *pair) for number, pair in enumerate(owed, 1) if number % REMISS]
    await _put(db, ProgressReport, (_report(*one) for one in sent))
    await _put(db, ReportVersion, (_version(number, agency, 1, task) for number, task, agency in sent))
    again = [one for one in sent if one[0] % CORRECTED == 1]
    await _put(db, ReportVersion, (_version(number, agency, 2, task) for number, task, agency in again))
    if drafts:
        await _plan(db, "nhap", -(-drafts // AGENCIES))
        first = len(owed) + 1
        await _put(db, ProgressReport, (_draft(first + place, place) for place in range(drafts)))


async def fill_form(db: AsyncSession, submissions: int) -> int:
    """A form of the department with so many submissions in one period, and its number. The caller commits."""
    form = Questionnaire.model_validate(
        {"id": "bench", "title": "Form", "items": [{"id": "a", "label": "A?", "kind": "text"}]}
    )
    row, _ = await bring_in(db, form, "bench", NOW)
    put(db, row, FormState.OPEN, "bench", NOW)
    await db.flush()
    assert row.id is not None
    await _put(db, FormSubmission, (_submission(row.id, number) for number in range(submissions)))
    return row.id


def _submission(form: int, number: int) -> dict[str, Any]:
    return {
        "form_id": form,
        "version": 1,
        "agency_id": agency_id(number % AGENCIES),
        "period": "",
        "revision": number // AGENCIES + 1,
        "receipt": f"BM-24-{number:06}",
        "content": {"answers": {"a": _WORK}, "reasons": {}},
        "submitted_at": NOW - timedelta(minutes=number),
    }


async def _put(db: AsyncSession, table: type, rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, _CHUNK)):
        await db.exec(insert(table), params=chunk)


async def _plan(db: AsyncSession, plan: str, tasks: int) -> None:
    named = {"id": plan, "name": "Plan", "issuer": agency_id(0), "year_from": 2024, "year_to": 2024, "obligations": []}
    await _put(db, Plan, iter([{**named, "closed": False}]))
    await _put(db, Task, (_task(plan, number) for number in range(tasks)))
    await _put(db, Indicator, (_indicator(plan, task, place) for task in range(tasks) for place in range(INDICATORS)))
    leads = (
        {"task_id": f"{plan}_{task}", "agency_id": agency_id(agency), "role": AssignmentRole.LEAD}
        for task in range(tasks)
        for agency in range(AGENCIES)
    )
    await _put(db, Assignment, leads)


def _agency(number: int) -> dict[str, Any]:
    return {"id": agency_id(number), "name": f"Commune number {number}", "kind": "commune", "level": "commune"}


def _task(plan: str, number: int) -> dict[str, Any]:
    return {
        "id": f"{plan}_{number}",
        "plan_id": plan,
        "position": number,
        "path": f"{number // 10 + 1}.{number % 10 + 1}",
        "title": f"Task number {number}, about as long as one in a plan of a province is",
        "due": date(2024, 1 + number % 12, 15),
    }


def _indicator(plan: str, task: int, place: int) -> dict[str, Any]:
    return {
        "id": f"{plan}_{task}.{place}",
        "plan_id": plan,
        "task_id": f"{plan}_{task}",
        "position": place,
        "name": f"Loudspeakers that work, group {place}",
        "target": 5_000.0,
        "unit": "sets",
        "comparison": "ge",
    }


def _report(number: int, task: int, agency: int) -> dict[str, Any]:
    corrected = number % CORRECTED == 1
    return {
        "id": number,
        "task_id": f"{PLAN}_{task}",
        "agency_id": agency_id(agency),
        "period": WHOLE,
        "state": ReportState.ACCEPTED if number % 3 else ReportState.SUBMITTED,
        "draft": {},
        "receipt": f"BC-24-{number:06}",
        "version": 2 if corrected else 1,
        "marks": {},
        "created_at": NOW,
        "updated_at": NOW,
    }


def _draft(number: int, place: int) -> dict[str, Any]:
    return {
        "id": number,
        "task_id": f"nhap_{place // AGENCIES}",
        "agency_id": agency_id(place % AGENCIES),
        "period": WHOLE,
        "state": ReportState.DRAFT,
        "draft": {"value_1": _value(place)},
        "receipt": None,
        "version": 0,
        "marks": {},
        "created_at": NOW,
        "updated_at": NOW,
    }


def _version(number: int, agency: int, version: int, task: int) -> dict[str, Any]:
    return {
        "report_id": number,
        "version": version,
        "kind": VersionKind.FIRST if version == 1 else VersionKind.CORRECTION,
        "answers": {
            "values": {f"{PLAN}_{task}.{place}": _value(number + place) for place in range(INDICATORS)},
            "status": ("done", "partly", "not_yet")[number % 3],
            "work": _WORK,
            "difficulties": _DIFFICULTY.format(number=agency) if number % 20 == 1 else None,
            "expected_on": "2024-12-10",
            "evidence": f"{number}/BC-UBND",
        },
        "corrections": {},
        "givers": {},
        "submitted_at": NOW - timedelta(days=30 * (11 - task % 11)),
    }


def _value(number: int) -> dict[str, Any]:
    return {"value": number % 12, "part": number % 12, "whole": 12}
