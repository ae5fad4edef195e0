"""The department's console under ``/console``: pages for the work, tables for the records.

One Starlette application of its own, so that its forms are guarded by one mechanism which neither the platforms'
webhooks nor the web chat meet.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send
from starlette_admin.flash import FlashMiddleware

from bot.app import Loa
from bot.web.console import (
    agency_changes,
    briefing,
    clarifications,
    contacts,
    corrections,
    delivery_report,
    digests,
    directives,
    editions,
    extensions,
    form_answers,
    forms,
    home,
    invitations,
    knowledge,
    ledger,
    login,
    loudspeaker,
    obligations,
    phone,
    progress,
    proposals,
    questions,
    readiness,
    reports,
    rhythm,
    sending,
    sources,
    tickets,
    zalo,
)
from bot.web.console.attempts import Attempts
from bot.web.console.guard import FormGuard, Guard
from bot.web.console.office import Office
from bot.web.console.paper import Paper
from bot.web.console.tables import mount_tables

ROOMS = (
    home,
    login,
    digests,
    editions,
    readiness,
    ledger,
    delivery_report,
    rhythm,
    phone,
    briefing,
    sending,
    reports,
    progress,
    sources,
    forms,
    form_answers,
    questions,
    proposals,
    tickets,
    clarifications,
    extensions,
    corrections,
    loudspeaker,
    obligations,
    knowledge,
    directives,
    contacts,
    agency_changes,
    invitations,
    zalo,
)


class Console(Starlette):
    """Works on a copy of the scope: an application notes itself there, and whoever mounted this one would find it in
    its own place when it comes to handle a fault."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(dict(scope), receive, send)


def mount_console(app: FastAPI, loa: Loa) -> None:
    """Put the console below ``/console`` of the web application."""
    paper = Paper(loa)
    secret = loa.settings.session_secret

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return paper.refusal(request, error.status_code)

    async def fault(request: Request, _error: Exception) -> Response:
        return paper.refusal(request, 500)  # the trace goes to the log, not on the page

    console = Console(
        routes=[route for room in ROOMS for route in room.ROUTES],
        middleware=[
            Middleware(Guard, paper=paper),
            Middleware(FormGuard, secret_key=secret, paper=paper),
            Middleware(FlashMiddleware, secret_key=secret),
            Middleware(login.Sessions, loa=loa),
        ],
        exception_handlers={HTTPException: refused, Exception: fault},
    )
    console.state.office = Office(loa, paper, Attempts())
    mount_tables(console, paper)

    @app.get("/console", include_in_schema=False)
    async def entrance() -> Response:
        return RedirectResponse("/console/", 307)

    app.mount("/console", console)
