"""Tasks from a sheet: the empty one to download, a filled one whose rows join the draft, each wrong cell named."""

from __future__ import annotations

import asyncio

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.imports import ImportFault
from bot.task_sheets import empty_sheet, read_sheet, sheet_reading
from bot.web.console.directives.bench import bench
from bot.web.console.office import back, download, needs, of, who
from bot.web.console.powers import Power
from handlers.directives.draft import draft_of
from handlers.directives.revising import Revision
from storage.files import SHEET


@needs(Power.SEE)
async def template(request: Request) -> Response:
    """The empty sheet."""
    return download("nhiem-vu.xlsx", await asyncio.to_thread(empty_sheet, of(request).loa.catalog.text), SHEET)


@needs(Power.EDIT)
async def add_rows(request: Request) -> Response:
    """Add the rows of a filled sheet to the draft; those that are no tasks are left out, and every doubt is kept."""
    office = of(request)
    catalog = office.loa.catalog
    path = f"/console/directives/{request.path_params['id']}/review"
    async with request.form() as form:
        file = form.get("file")
        content = await file.read() if isinstance(file, UploadFile) and file.filename else b""
    try:
        if not content:
            raise ImportFault("empty")
        sheet = await asyncio.to_thread(read_sheet, content, catalog)
    except ImportFault as fault:
        return back(request, path, fault.sentence(catalog.text), "error")
    rows = draft_of(sheet_reading(sheet, catalog.text)).parts
    async with office.loa.db.session() as db:
        at = await bench(db, request, hold=True)
        if not at.open:
            return back(request, path, office.text("review.fault.closed"), "error")
        revision = Revision(at.review, who(request).name, office.loa.clock.now())
        for part in rows:
            part.lines = None  # they count in the sheet, not in the document
            revision.add(part)
        revision.close(db, "sheet")
        told = [error.sentence(catalog.text) for error in sheet.errors]
        known = {doubt["words"] for doubt in at.review.doubts}
        fresh = [{"code": "cell", "line": None, "about": "", "words": one} for one in told if one not in known]
        at.review.doubts = [*at.review.doubts, *fresh]
        db.add(at.review)
        await db.commit()
    left_out = sum(error.left_out for error in sheet.errors)
    text = office.text("review.sheet.told", added=len(rows), left_out=left_out, doubts=len(sheet.errors))
    return back(request, path, text, "warning" if sheet.errors else "success")


ROUTES = (
    Route("/directives/nhiem-vu.xlsx", template, methods=["GET"]),
    Route("/directives/{id}/review/sheet", add_rows, methods=["POST"]),
)
