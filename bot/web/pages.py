"""Rendering pages: templates with wording by key, never a trace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.app import Loa
from bot.channels.layout import bold_html
from bot.demo import DEMO_PASSWORD, DEMO_USERS
from handlers.turn import LOCAL

TEMPLATES = Path(__file__).parent / "templates"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Pages:
    """The templates of the citizen-facing pages."""

    def __init__(self, loa: Loa) -> None:
        self._loa = loa
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            t=loa.catalog.text, department=loa.catalog.province.department, demo=loa.settings.demo
        )
        self._environment.filters.update(bold=bold_html, clock=clock_time)

    def render(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        html = self._environment.get_template(template).render(context)
        return HTMLResponse(html, status, SECURITY_HEADERS)

    def refusal(self, request: Request, status: int, key: str, headers: Mapping[str, str] | None = None) -> Response:
        """An error as the asker can take it: a page for people, JSON for programs."""
        text = self._loa.catalog.text(key)
        if "text/html" in request.headers.get("accept", ""):
            page = self.render("error.html", status, text=text)
            page.headers.update(headers or {})
            return page
        return JSONResponse({"error": text}, status, dict(headers or {}))


def of(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


def demo_users(loa: Loa) -> list[tuple[str, str, str]]:
    """Name, role in words and password of the demo's console accounts."""
    return [(name, loa.catalog.text(f"web.role_{role.value}"), DEMO_PASSWORD) for name, role in DEMO_USERS]


def clock_time(moment: datetime) -> str:
    """A moment as people in Việt Nam read it."""
    return moment.astimezone(LOCAL).strftime("%H:%M %d/%m/%Y")
