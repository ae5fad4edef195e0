"""What agencies handed in on the department's forms: one submission as a page, all of them as a workbook."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.exports.form_answers import Answered, answers_workbook, standing
from bot.web.console.office import download, found, needs, of, path_number, who
from bot.web.console.powers import Power
from content.forms import SKIP
from content.periods import told_period
from content.questionnaires import FILES, Group, Questionnaire
from content.shown import shown_answer
from handlers.questionnaires.publishing import readied
from storage.audit import note
from storage.contacts import Contact
from storage.files import SHEET, StoredFile, content_of
from storage.questionnaires import (
    DepartmentForm,
    FormSubmission,
    submissions_of,
    version_of,
    versions_of_form,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One answer on the page of a submission."""

    label: str
    value: str
    reason: str = ""
    files: tuple[tuple[int, str], ...] = ()
    """Numbers and names of what was sent."""


@needs(Power.REVIEW_REPORTS)
async def submission_page(request: Request) -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        one = await _submission(db, request)
        row = await found(db, DepartmentForm, one.form_id)
        version = await version_of(db, one.form_id, one.version)
        author = await db.get(Contact, one.contact_id) if one.contact_id is not None else None
    assert version is not None
    ready = await readied(version)
    catalog = office.loa.catalog
    lines = []
    for path, answer in one.content["answers"].items():
        question = ready.outline.question(path)
        if question is None or answer == SKIP or answer == "":
            continue
        where = ""
        if "/" in path:
            name, place, _ = path.split("/")
            group = ready.outline.spots[name].item
            label = group.label if isinstance(group, Group) and group.label else name
            where = f"{catalog.text('form_pages.submission.place', group=label, place=place)}: "
        files = tuple((file["file"], file["name"]) for file in answer) if question.kind in FILES else ()
        told = "" if files else shown_answer(question, answer, catalog.agency_name)
        reason = one.content.get("reasons", {}).get(path, "")
        lines.append(Line(f"{where}{question.label or question.id}", told, reason, files))
    return office.paper.page(
        request,
        "forms/submission.html",
        one=one,
        row=row,
        lines=lines,
        agency=catalog.agency_name(one.agency_id),
        author=author.name if author is not None and author.name else "",
        told_period=told_period,
    )


@needs(Power.REVIEW_REPORTS)
async def file(request: Request) -> Response:
    """A photo or document of a submission, to save."""
    office = of(request)
    number = path_number(request, "file")
    async with office.loa.db.reading() as db:
        one = await _submission(db, request)
        sent = {
            part["file"] for answer in one.content["answers"].values() if isinstance(answer, list) for part in answer
            if isinstance(part, dict)
        }  # fmt: skip
        row = await db.get(StoredFile, number) if number in sent else None
        content = await content_of(db, number) if row is not None else None
    if row is None or content is None:
        raise HTTPException(404)
    _, _, ending = row.name.rpartition(".")
    return download(f"{one.receipt}-{number}.{ending if ending.isascii() else 'bin'}", content, row.media_type)


async def _submission(db: AsyncSession, request: Request) -> FormSubmission:
    one = await found(db, FormSubmission, path_number(request, "submission"))
    if one.form_id != path_number(request):
        raise HTTPException(404)
    return one


@needs(Power.REVIEW_REPORTS)
async def export(request: Request) -> Response:
    """Everything that stands, as a workbook; that it was taken away is noted."""
    office = of(request)
    async with office.loa.db.session() as db:
        row = await found(db, DepartmentForm, path_number(request))
        assert row.id is not None
        versions = await versions_of_form(db, row.id)
        submissions = await submissions_of(db, row.id)
        note(db, who(request).name, "form.exported", f"form:{row.id}", office.loa.clock.now(), rows=len(submissions))
        await db.commit()
    used = {one.version for one in submissions} | {row.version}
    forms: dict[int, Any] = {
        one.version: Questionnaire.model_validate(one.definition) for one in versions if one.version in used
    }
    kept = standing(submissions, forms[row.version].per)
    answered = Answered(forms, kept, office.loa.catalog.agency_name)
    body = await asyncio.to_thread(answers_workbook, answered, office.loa.catalog.text)
    name = row.name if row.name.isascii() else "bieu-mau"
    return download(f"{name}-tra-loi.xlsx", body, SHEET)


ROUTES = (
    Route("/forms/{id}/answers", export, methods=["GET"]),
    Route("/forms/{id}/submissions/{submission}", submission_page, methods=["GET"]),
    Route("/forms/{id}/submissions/{submission}/files/{file}", file, methods=["GET"]),
)
