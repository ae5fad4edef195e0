"""Bringing a document: a file or pasted text is read, kept with its reading, and shown for review."""

from __future__ import annotations

import asyncio

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.bringing import PASTED, bring
from bot.imports import ImportFault
from bot.web.console.directives.archive import show
from bot.web.console.office import back, needs, of, who
from bot.web.console.powers import Power
from handlers.directives.importing import keep


@needs(Power.EDIT)
async def upload(request: Request) -> Response:
    """Read what was brought. A file that cannot be read is told and not kept; a known one leads to where it is."""
    office = of(request)
    async with request.form() as form:
        file, pasted = form.get("file"), str(form.get("text") or "").replace("\r\n", "\n")
        if isinstance(file, UploadFile) and file.filename:
            name, content = file.filename, await file.read()
        else:
            name, content = PASTED, pasted.encode("utf-8", "ignore")
    if name == PASTED and not content.strip():
        return await show(request, 422, trouble=office.text("review.upload.nothing"))
    try:
        brought = await asyncio.to_thread(bring, name, content, office.loa.catalog)
    except ImportFault as fault:
        return await show(request, 422, trouble=fault.sentence(office.loa.catalog.text), pasted=pasted)
    async with office.loa.db.session() as db:
        directive, new = await keep(db, brought, who(request).name, office.loa.clock.now())
        await db.commit()
    if not new:
        return back(request, f"/console/directives/{directive.id}", office.text("review.known"), "info")
    return back(request, f"/console/directives/{directive.id}/review", office.text("review.brought"))


ROUTES = (Route("/directives", upload, methods=["POST"]),)
