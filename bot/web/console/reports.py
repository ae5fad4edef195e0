"""Progress reports: per plan who owes what, one report with all its versions, taking note and sending back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bot.channels.base import PICTURES
from bot.exports import Format, export
from bot.exports.submissions import RowsFormat, write_rows
from bot.papers import OfficePapers
from bot.web.console.office import (
    Office,
    Page,
    Refused,
    back,
    download,
    found,
    needs,
    of,
    path_number,
    who,
    written,
)
from bot.web.console.powers import Power
from content.catalog import Catalog
from content.figures import told
from handlers.plans.periods import period_for, titled
from handlers.reports.answers import FILES, answered, key_of, label, shown
from handlers.reports.consolidated import MISSING
from handlers.reports.listing import Asked, Place, listed
from handlers.reports.paper import facts_of, file_name
from handlers.reports.review import LONGEST_MARK, NoReason, NotSubmitted, accept, send_back
from handlers.reports.snapshots import count_plan, keep
from handlers.turn import LOCAL
from storage.audit import note
from storage.contacts import names_of
from storage.files import SHEET, WORD, StoredFile, content_of
from storage.plans import Indicator, Task, indicators_of, list_plans
from storage.reports import ProgressReport, ReportState, ReportVersion, latest_version, versions_of
from storage.snapshots import SnapshotUse

STANDINGS = (ReportState.SUBMITTED.value, ReportState.RETURNED.value, ReportState.ACCEPTED.value, MISSING)
MEDIA = {
    Format.DOCX: WORD,
    Format.XLSX: SHEET,
}
"""The files offered, with their media types."""
ROWS_MEDIA = {
    RowsFormat.XLSX: SHEET,
    RowsFormat.CSV: "text/csv",
    RowsFormat.CSV_VI: "text/csv",
    RowsFormat.JSON: "application/json",
}
SHOWN = 100
"""Reports listed on one page."""
MARK = "mark:"
"""Before an answer's key, in the fields that ask about single answers."""


@dataclass(frozen=True, slots=True)
class Line:
    """One answer of a version, as the page shows it."""

    key: str
    label: str
    value: str
    before: str | None
    """What it was in the version before, where it differs."""
    gone: bool
    """Whether this version has no such answer any more."""
    correction: dict[str, str | None] | None
    """What the department had asked about it, and the explanation, if any."""
    giver: str
    """Who gave the answer, where it was not who handed the version in."""


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    """Who owes which report of a plan, and where it stands."""
    office = of(request)
    query = request.query_params
    asked = {name: query.get(name, "") for name in ("state", "agency", "late", "task")}
    wanted = Asked(asked["state"], asked["agency"], asked["task"], bool(asked["late"]))
    async with office.loa.db.reading() as db:
        plans = await list_plans(db, closed=True)
        chosen = query.get("plan") or (plans[0].id if plans else "")
        if chosen not in {plan.id for plan in plans}:
            raise HTTPException(404)
        after, before = _place(query.get("after", "")), _place(query.get("before", ""))
        shown = await listed(db, office.loa.catalog, chosen, wanted, office.loa.clock.now(), SHOWN, after, before)
    return office.paper.page(
        request,
        "reports/list.html",
        plans=plans,
        chosen=chosen,
        shown=shown,
        asked=asked,
        standings=STANDINGS,
        told=_told,
        formats=[form.value for form in MEDIA],
        row_formats=[form.value for form in RowsFormat],
    )


def _place(raw: str) -> Place | None:
    """A place in the list, as an address names it: ``t000_4_2@2024-11/ubnd_huyen_sa_thay``."""
    entry, slash, agency = raw.rpartition("/")
    return (entry, agency) if slash else None


@needs(Power.SEE)
async def exported(request: Request) -> Response:
    """The consolidated report of a plan as a file."""
    office = of(request)
    loa, plan_id, wanted = office.loa, request.query_params.get("plan", ""), request.query_params.get("format", "")
    if wanted not in {form.value for form in MEDIA}:
        raise HTTPException(404)
    form, now = Format(wanted), loa.clock.now()
    try:
        counted = await count_plan(loa.db, loa.catalog, plan_id, now)
    except LookupError:
        raise HTTPException(404) from None
    async with loa.db.session() as db:
        snapshot = await keep(db, counted, SnapshotUse.DOCUMENT, who(request).name)
        note(db, who(request).name, "report.exported", f"plan:{plan_id}", now, format=wanted, snapshot=snapshot.code)
        await db.commit()
    name = f"{plan_id}.{form.value}"
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        await asyncio.to_thread(lambda: export(counted.report(snapshot.code), loa.catalog, form, path))
        body = await asyncio.to_thread(path.read_bytes)
    return download(name, body, MEDIA[form])


@needs(Power.SEE)
async def all_rows(request: Request) -> Response:
    """Everything handed in on a plan's tasks, as one flat table."""
    loa = of(request).loa
    plan_id, wanted = request.query_params.get("plan", ""), request.query_params.get("format", "")
    if wanted not in {form.value for form in RowsFormat}:
        raise HTTPException(404)
    form, now = RowsFormat(wanted), loa.clock.now()
    folder = TemporaryDirectory()
    path = Path(folder.name) / f"rows.{form.ending}"
    try:
        count = await write_rows(loa.db, loa.catalog, plan_id, form, path)
    except LookupError:
        folder.cleanup()
        raise HTTPException(404) from None
    async with loa.db.session() as db:
        note(db, who(request).name, "report.rows_exported", f"plan:{plan_id}", now, format=wanted, rows=count)
        await db.commit()
    gone = BackgroundTask(folder.cleanup)
    return FileResponse(path, media_type=ROWS_MEDIA[form], filename=f"{plan_id}-{path.name}", background=gone)


def _told(value: dict[str, Any]) -> str:
    """A reported value and its target as people read them."""
    unit = value["unit"] or ""
    reached = told(value["reported"], unit) if value["reported"] else "–"
    target = value["target"]
    return reached if target is None else f"{reached} / {told({'value': target, 'part': None, 'whole': None}, unit)}"


@needs(Power.SEE)
async def word(request: Request) -> Response:
    """The newest version as the agency's own document."""
    loa = of(request).loa
    async with loa.db.reading() as db:
        report = await found(db, ProgressReport, path_number(request))
        version = await latest_version(db, report)
        if version is None:
            raise HTTPException(404)
        facts = await facts_of(db, loa.catalog, report, version)
    body = await OfficePapers(loa.catalog).report(facts)
    return download(file_name(report, version), body, WORD)


@needs(Power.SEE)
async def evidence_file(request: Request) -> Response:
    """A photo or document handed in with the report. Raises 404 for any other file."""
    loa = of(request).loa
    number = request.path_params["file"]
    async with loa.db.reading() as db:
        report = await found(db, ProgressReport, path_number(request))
        ids = {
            file["id"] for version in await versions_of(db, report.id or 0) for file in version.answers.get(FILES, [])
        }
        row = await db.get(StoredFile, number) if number in ids else None
        content = await content_of(db, number) if row is not None else None
    if row is None or content is None:
        raise HTTPException(404)
    shown_as = "inline" if row.media_type in PICTURES else "attachment"
    return Response(
        content,
        media_type=row.media_type,
        headers={"Content-Disposition": f"{shown_as}; filename*=UTF-8''{quote(row.name, safe='')}"},
    )


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(
    request: Request, status: int = 200, typed: str = "", trouble: str = "", marks: Mapping[str, str] | None = None
) -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        report = await found(db, ProgressReport, path_number(request))
        assert report.id is not None
        task = await found(db, Task, report.task_id)
        policy, today = office.loa.catalog.province.reporting, office.loa.clock.now().astimezone(LOCAL).date()
        period = await period_for(db, task, report.agency_id, report.period, policy, today)
        indicators = await indicators_of(db, task.id)
        stored = await versions_of(db, report.id)
        givers = {given["contact"] for version in stored for given in version.givers.values()}
        names = await names_of(
            db, givers | {one for version in stored for one in (version.contact_id, version.confirmed_by) if one}
        )
        since = stored[0].submitted_at if stored else report.updated_at
        versions = [
            (version, names.get(version.contact_id or 0) or "–", _lines(office, version, before, indicators, names))
            for version, before in zip(reversed(stored), [*reversed(stored[:-1]), None], strict=True)
        ]
    return office.paper.page(
        request,
        "reports/page.html",
        status,
        report=report,
        task=task,
        title=titled(office.loa.catalog.text, task.title, report.period),
        due=period.due if period else None,
        agency=office.loa.catalog.agency_then(report.agency_id, since.astimezone(office.paper.zone).date()),
        versions=versions,
        names=names,
        typed=typed,
        trouble=trouble,
        marks=marks or {},
        mark=MARK,
        pictures=PICTURES,
        longest_mark=LONGEST_MARK,
    )


def _lines(
    office: Office,
    version: ReportVersion,
    before: ReportVersion | None,
    indicators: Sequence[Indicator],
    names: Mapping[int, str],
) -> list[Line]:
    """The answers of a version, labelled, in the order they were asked; what is not asked any more comes last."""
    now, old = answered(version.answers, indicators), answered(before.answers, indicators) if before else {}

    def words(given: dict[str, Any], slot: str) -> str:
        known = slot in given
        return shown(office.text, slot, given[slot], indicators) if known else office.text("report_review.not_asked")

    def giver(slot: str) -> str:
        given = version.givers.get(key_of(slot, indicators))
        if given is None or given["contact"] == version.contact_id:
            return ""
        at = office.paper.clock(datetime.fromisoformat(given["at"]))
        return office.text("sharing.given", name=names.get(given["contact"]) or "–", time=at)

    return [
        Line(
            key_of(slot, indicators),
            label(office.text, slot, indicators),
            words(now, slot),
            words(old, slot) if before and old.get(slot) != now.get(slot) else None,
            slot not in now,
            version.corrections.get(key_of(slot, indicators)),
            giver(slot),
        )
        for slot in [*now, *(slot for slot in old if slot not in now)]
    ]


Review = Callable[[AsyncSession, Catalog, int, Request, datetime], Awaitable[str]]


def reviewing(act: Review) -> Page:
    """A form of the report's page."""

    @needs(Power.REVIEW_REPORTS)
    async def reviewed(request: Request) -> Response:
        office = of(request)
        report_id = path_number(request)
        typed, marks = str((await request.form()).get("reason", "")), await _marks(request)
        try:
            async with office.loa.db.session() as db:
                key = await act(db, office.loa.catalog, report_id, request, office.loa.clock.now())
                await db.commit()
        except Refused as error:
            return await _show(request, 409, typed, error.text, marks)
        except NotSubmitted:
            return await _show(request, 409, typed, office.text("console.report.not_submitted"), marks)
        except NoReason:
            return await _show(request, 409, typed, office.text("report_review.reason_missing"), marks)
        except LookupError:
            raise HTTPException(404) from None
        office.loa.outbox.wake()
        return back(request, f"/console/reports/{report_id}", office.text(key))

    return reviewed


async def _marks(request: Request) -> dict[str, str]:
    """What was written about single answers, by their key."""
    fields = (await request.form()).items()
    return {key.removeprefix(MARK): str(text).strip() for key, text in fields if key.startswith(MARK)}


async def _accept(db: AsyncSession, catalog: Catalog, report_id: int, request: Request, now: datetime) -> str:
    await accept(db, catalog, report_id, who(request).name, now)
    return "console.report.told.accepted"


async def _send_back(db: AsyncSession, catalog: Catalog, report_id: int, request: Request, now: datetime) -> str:
    marks = await _marks(request)
    asked = any(marks.values()) and not (await request.form()).get("reason")
    reason = "" if asked else await written(request, "reason", "report_review.reason_missing")
    await send_back(db, catalog, report_id, reason, who(request).name, now, marks)
    return "console.report.told.returned"


ROUTES = (
    Route("/reports", list_page, methods=["GET"]),
    Route("/reports/export", exported, methods=["GET"]),
    Route("/reports/rows", all_rows, methods=["GET"]),
    Route("/reports/{id}", page, methods=["GET"]),
    Route("/reports/{id}/word", word, methods=["GET"]),
    Route("/reports/{id}/files/{file:int}", evidence_file, methods=["GET"]),
    Route("/reports/{id}/accept", reviewing(_accept), methods=["POST"]),
    Route("/reports/{id}/return", reviewing(_send_back), methods=["POST"]),
)
