"""The web application: webhooks, health, metrics, the web chat and the department's console."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from bot.app import Loa
from bot.web import chat, handouts, health, pages, public, webhooks
from bot.web.console import mount_console

STATIC = Path(__file__).parent / "static"


class Site(FastAPI):
    """All pages, and the webhooks in front of everything FastAPI does for them."""

    def __init__(self, loa: Loa) -> None:
        super().__init__(title="Loa", docs_url=None, redoc_url=None, openapi_url=None)
        self._ingress = webhooks.Ingress(super().__call__, loa)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._ingress(scope, receive, send)


def create_app(loa: Loa, behind: tuple[str, ...] = ()) -> Site:
    """The application around an open Loa. ``behind`` names tasks /health/ready must find running.

    It reads the headers of trusted proxies itself, so the server around it need not: webhooks do without.
    """
    app = Site(loa)
    app.state.loa = loa
    app.state.behind = behind
    app.state.pages = paper = pages.Pages(loa)
    app.state.pace = chat.Pace()
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(webhooks.router(loa))
    app.include_router(health.router)
    app.include_router(chat.router)
    app.include_router(public.router(loa, paper))
    app.include_router(handouts.router)
    mount_console(app, loa)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _fault)

    @app.get("/", response_class=HTMLResponse)
    async def start(request: Request) -> Response:
        if loa.settings.demo:
            return pages.of(request).render("start.html", users=pages.demo_users(loa))
        return RedirectResponse("/chat")

    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1"))
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """Every refusal as a page that says in Vietnamese what happened and what to do next."""
    assert isinstance(error, HTTPException)
    known = error.status_code if error.status_code in (400, 403, 404, 405, 413, 429) else 400
    if error.status_code >= 500:
        return await _fault(request, error)
    told = error.detail if error.detail in (chat.FILE_TOO_LARGE, chat.FILE_MISSING) else f"web.error_{known}"
    return pages.of(request).refusal(request, error.status_code, told, error.headers)


async def _fault(request: Request, error: Exception) -> Response:
    """A fault of ours: the trace is in the log, not on the page."""
    return pages.of(request).refusal(request, 500, "web.error_500")
