"""Forms of the department: brought as XLSForm, looked at, opened to the agencies, closed and opened again."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.imports import MOST_BYTES, ImportFault
from bot.web.console.office import Office, back, download, found, needs, of, path_number, who
from bot.web.console.powers import Power, may
from bot.workbooks import CellFault
from bot.xlsforms.giving import give
from bot.xlsforms.taking import take
from content.periods import told_period
from content.questionnaires import SILENT, Group, Per, Question, Questionnaire
from content.whole_numbers import whole
from content.words import fold
from handlers.questionnaires.carrying_over import carried_over
from handlers.questionnaires.lists import period_on
from handlers.questionnaires.publishing import bring_in, put, readied
from storage.appointments import appointments_on
from storage.files import SHEET
from storage.questionnaires import (
    DepartmentForm,
    FormState,
    FormVersion,
    agencies_that_handed_in,
    count_drafts,
    count_submissions,
    department_forms,
    form_for_update,
    form_named,
    listed_submissions,
    periods_handed_in,
    version_of,
    versions_of_form,
)

PAGE = "/console/forms"
FORMULAS = (("when", "relevant"), ("times", "count"), ("check", "constraint"), ("warn", "warning"),
            ("worked", "calculation"))  # fmt: skip
"""Formulas shown below a question or a group, with the wording before them."""
SHOWN, SHOWN_PERIODS = 100, 8
"""Submissions and periods on one page; the workbook has all."""
TOLD = 5
"""Parts that were left out, told at most."""


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    return await _list(request)


async def _list(
    request: Request,
    status: int = 200,
    trouble: str = "",
    faults: list[CellFault] | None = None,
    left_out: list[CellFault] | None = None,
) -> Response:
    """Every form, what else ships, and where to bring one; ``faults`` are those of a file just brought."""
    office = of(request)
    text = office.loa.catalog.text
    async with office.loa.db.reading() as db:
        rows = await department_forms(db)
        counts = await count_submissions(db)
    known = {row.name for row in rows}
    return office.paper.page(
        request,
        "forms/list.html",
        status,
        rows=[(row, counts.get(row.id or 0)) for row in rows],
        shipped=[form for form in office.loa.catalog.questionnaires.values() if form.id not in known],
        most=MOST_BYTES // 1024 // 1024,
        trouble=trouble,
        faults=[fault.sentence(text) for fault in faults or []],
        left_out=[one.sentence(text) for one in left_out or []],
    )


@needs(Power.EDIT)
async def upload(request: Request) -> Response:
    """Read an XLSForm: kept as a form, or as the next version of one, when Loa can ask all of it."""
    office = of(request)
    async with request.form() as form:
        file = form.get("file")
        name = file.filename or "" if isinstance(file, UploadFile) else ""
        content = await file.read() if isinstance(file, UploadFile) else b""
    if not name:
        return await _list(request, 422, office.text("form_pages.upload.no_file"))
    try:
        taken = await asyncio.to_thread(take, content, name, office.loa.catalog.text)
    except ImportFault as fault:
        return await _list(request, 422, fault.sentence(office.loa.catalog.text))
    if taken.form is None:
        return await _list(request, 422, faults=taken.faults, left_out=taken.left_out)
    return await _keep(request, taken.form, taken.left_out)


@needs(Power.EDIT)
async def use(request: Request) -> Response:
    """Take over a form that ships."""
    form = of(request).loa.catalog.questionnaires.get(request.path_params["name"])
    if form is None:
        raise HTTPException(404)
    return await _keep(request, form, [])


async def _keep(request: Request, form: Questionnaire, left_out: list[CellFault]) -> Response:
    office = of(request)
    text = office.loa.catalog.text
    if not may(who(request), Power.ENFORCE):
        async with office.loa.db.reading() as db:
            known = await form_named(db, form.id)
        if known is not None and known.state is FormState.OPEN:
            return await _list(request, 409, office.text("form_pages.upload.open", title=known.title))
    async with office.loa.db.session() as db:
        row, new = await bring_in(db, form, who(request).name, office.loa.clock.now())
        assert row.id is not None
        versions = [await version_of(db, row.id, row.version - 1), await version_of(db, row.id, row.version)]
        await db.commit()
    told = await _told(office, row, new, [version for version in versions if version is not None])
    if left_out:
        lines = [one.sentence(text) for one in left_out[:TOLD]]
        if len(left_out) > TOLD:
            lines.append(text("form_pages.more", count=len(left_out) - TOLD))
        told = f"{told} {text('form_pages.told.left_out', lines=' '.join(lines))}"
    return back(request, f"{PAGE}/{row.id}", told)


async def _told(office: Office, row: DepartmentForm, new: bool, versions: list[FormVersion]) -> str:
    """What became of a file, beside the version before."""
    if not new:
        return office.text("form_pages.told.same", version=row.version)
    if len(versions) < 2:
        return office.text("form_pages.told.new")
    change = carried_over((await readied(versions[0])).outline, (await readied(versions[1])).outline, {})
    return office.text(
        "form_pages.told.version", version=row.version, added=len(change.added), removed=len(change.removed)
    )


@needs(Power.SEE)
async def page(request: Request) -> Response:
    """The questions of the version that holds, and who has handed in: in the period that runs, or a chosen one."""
    office = of(request)
    async with office.loa.db.reading() as db:
        row = await found(db, DepartmentForm, path_number(request))
        assert row.id is not None
        versions = await versions_of_form(db, row.id)
        form = (await readied(versions[0])).form
        running = period_on(form.per, office.today())
        handed_in = set(await periods_handed_in(db, row.id))
        chosen = request.query_params.get("period", running)
        agencies = await agencies_that_handed_in(db, row.id, chosen)
        after = request.query_params.get("after", "")
        place = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else None
        found_here = await listed_submissions(db, row.id, chosen, SHOWN + 1, place)
        drafts = await count_drafts(db, row.id)
        spoken_for = set(await appointments_on(db, office.today()))
    version = versions[0]
    known = sorted(handed_in | ({running} if running else set()), reverse=True)
    shown = found_here[:SHOWN]
    agency_name = office.loa.catalog.agency_name
    missing = spoken_for - agencies.keys() if form.per is not Per.FREE else set()
    return office.paper.page(
        request,
        "forms/page.html",
        row=row,
        version=version,
        older=versions[1:],
        form=form,
        items=_previewed(form),
        questions=sum(question.kind not in SILENT for question in form.questions().values()),
        periods=known[:SHOWN_PERIODS] if running else [],
        chosen=chosen,
        submissions=[(one, agency_name(one.agency_id)) for one in shown],
        count=sum(agencies.values()),
        after=shown[-1].id if len(found_here) > SHOWN else None,
        first=place is None,
        any_answer=bool(handed_in),
        missing=sorted(map(agency_name, missing), key=fold),
        drafts=drafts,
        told_period=told_period,
    )


def _previewed(form: Questionnaire) -> list[dict[str, Any]]:
    """The form line by line: groups as headings, questions with their numbers."""
    lines, number = [], 0
    for item, within in form.walk():
        asked = isinstance(item, Question) and item.kind not in SILENT
        number += asked
        lines.append(
            {
                "item": item,
                "group": isinstance(item, Group),
                "number": number if asked else None,
                "depth": min(len(within), 2),
                "formulas": [(key, found) for key, name in FORMULAS if (found := getattr(item, name, ""))],
            }
        )
    return lines


@needs(Power.ENFORCE)
async def turn_to(request: Request) -> Response:
    """Open the form to the agencies, or close it."""
    office = of(request)
    wanted = str((await request.form()).get("state", ""))
    if wanted not in (FormState.OPEN, FormState.CLOSED):
        raise HTTPException(400)
    async with office.loa.db.session() as db:
        row = await form_for_update(db, path_number(request))
        if row is None:
            raise HTTPException(404)
        if row.state == wanted:
            return back(request, f"{PAGE}/{row.id}", office.text("form_pages.told.already"), "error")
        put(db, row, FormState(wanted), who(request).name, office.loa.clock.now())
        await db.commit()
    return back(request, f"{PAGE}/{row.id}", office.text(f"form_pages.told.{wanted}"))


@needs(Power.SEE)
async def as_xlsform(request: Request) -> Response:
    """The version that holds, or an older one, as a file to change in Excel, Kobo or ODK and bring back."""
    office = of(request)
    wanted = whole(request.query_params.get("version", ""), 5)
    async with office.loa.db.reading() as db:
        row = await found(db, DepartmentForm, path_number(request))
        number = row.version if wanted is None else wanted
        version = await version_of(db, row.id or 0, number)
    if version is None:
        raise HTTPException(404)
    form = Questionnaire.model_validate(version.definition)
    name = f"{row.name if row.name.isascii() else 'bieu-mau'}-{number}.xlsx"
    return download(name, await asyncio.to_thread(give, form, number), SHEET)


ROUTES = (
    Route("/forms", list_page, methods=["GET"]),
    Route("/forms", upload, methods=["POST"]),
    Route("/forms/use/{name}", use, methods=["POST"]),
    Route("/forms/{id}", page, methods=["GET"]),
    Route("/forms/{id}/state", turn_to, methods=["POST"]),
    Route("/forms/{id}/xlsform", as_xlsform, methods=["GET"]),
)
