"""Pages of the console: templates with wording by key, told who is looking and what they may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette_admin.flash import get_flashed_messages
from starlette_admin.security.csrf import csrf_input

from bot.app import Loa
from bot.channels.layout import bold_html
from bot.web.console.powers import Power, may
from bot.web.pages import SECURITY_HEADERS, TEMPLATES
from content import figures
from content.figures import figure
from storage.users import ConsoleUser

KNOWN_ERRORS = (400, 403, 404, 405, 413, 429)
"""Status codes that have their own sentence; others are told as 400 or 500."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the menu."""

    key: str
    """Its label is ``console.menu.<key>``."""
    path: str
    power: Power = Power.SEE


MENU: dict[str, Sequence[Place]] = {
    "work": (
        Place("home", "/console/"),
        Place("digests", "/console/digests"),
        Place("rhythm", "/console/rhythm"),
        Place("reports", "/console/reports"),
        Place("plan_progress", "/console/progress"),
        Place("obligations", "/console/obligations"),
        Place("extensions", "/console/extensions"),
        Place("forms", "/console/forms"),
        Place("tickets", "/console/tickets"),
        Place("clarifications", "/console/clarifications"),
        Place("corrections", "/console/corrections"),
        Place("loudspeaker", "/console/loudspeaker"),
        Place("questions", "/console/questions"),
    ),
    "knowledge": (
        Place("content", "/console/content"),
        Place("directives", "/console/directives"),
        Place("items", "/console/tables/items/list"),
        Place("plans", "/console/tables/plans/list"),
        Place("tasks", "/console/tables/tasks/list"),
        Place("indicators", "/console/tables/indicators/list"),
    ),
    "people": (
        Place("agencies", "/console/tables/agencies/list"),
        Place("agency_changes", "/console/agency-changes"),
        Place("contacts", "/console/contacts"),
        Place("accounts", "/console/tables/accounts/list"),
        Place("invitations", "/console/invitations"),
    ),
    "books": (
        Place("deliveries", "/console/tables/deliveries/list"),
        Place("updates", "/console/tables/updates/list"),
        Place("progress", "/console/tables/progress/list"),
        Place("audit", "/console/tables/audit/list", Power.SEE_AUDIT),
        Place("users", "/console/tables/users/list", Power.USERS),
        Place("zalo", "/console/zalo"),
        Place("phone", "/console/phone"),
        Place("briefing", "/console/briefing"),
    ),
}


class Paper:
    """The console's templates."""

    def __init__(self, loa: Loa) -> None:
        self.loa = loa
        self.zone = ZoneInfo(loa.settings.timezone)
        self.environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals.update(self.words())
        self.environment.filters.update(self.filters())

    def words(self) -> dict[str, Any]:
        """What every template may use, also those of the tables."""
        return {
            "t": self.loa.catalog.text,
            "department": self.loa.catalog.province.department,
            "demo": self.loa.settings.demo,
            "csrf_input": csrf_input,
            "menu": menu,
            "role_name": self.role_name,
        }

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "bold": bold,
            "clock": self.clock,
            "day": day,
            "actor": self.actor_name,
            "number": partial(figure, decimals=2),
        }

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page for the account that is logged in, with what was told to it since the last one."""
        flashed = get_flashed_messages(request) if hasattr(request.state, "admin_flash_cookie") else []
        return self.fragment(request, template, status, flashed=flashed, **context)

    def fragment(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """Part of a page, fetched by a page that is open."""
        user: ConsoleUser | None = getattr(request.state, "user", None)
        html = self.environment.get_template(f"console/{template}").render(
            request=request,
            user=user,
            may=lambda power: user is not None and may(user, Power(power)),
            **context,
        )
        return HTMLResponse(html, status)

    def refusal(self, request: Request, status: int) -> Response:
        """An error as the officer can take it: what happened and what to do next, never a trace."""
        known = status if status in KNOWN_ERRORS else 500 if status >= 500 else 400
        text = self.loa.catalog.text(f"console.error.{known}")
        page = self.fragment(request, "error.html", status, text=text, flashed=[])
        page.headers.update({**SECURITY_HEADERS, "Cache-Control": "no-store"})  # a fault is told outside the guard
        return page

    def actor_name(self, actor: str) -> str:
        """Who did something: an account by its name, Loa's clock and the command line in words."""
        return self.loa.catalog.text.section("console.actor").get(actor, actor)

    def role_name(self, role: str) -> str:
        return self.loa.catalog.text(f"web.role_{role}")

    def clock(self, moment: datetime) -> str:
        """A moment as people in Việt Nam read it."""
        return moment.astimezone(self.zone).strftime("%H:%M %d/%m/%Y")


def menu(request: Request) -> dict[str, list[tuple[Place, bool]]]:
    """The entries this account may open, by group, and whether each is where it is."""
    user: ConsoleUser | None = getattr(request.state, "user", None)
    if user is None:
        return {}
    here = request.url.path
    found = {
        group: [(place, _is_here(place, here)) for place in places if may(user, place.power)]
        for group, places in MENU.items()
    }
    return {group: places for group, places in found.items() if places}


def _is_here(place: Place, here: str) -> bool:
    start = place.path.removesuffix("list")
    return here == start if start.endswith("/console/") else here == start or here.startswith(start.rstrip("/") + "/")


def bold(text: str) -> Markup:
    """A reply's text as HTML: escaped, with its bold marks as bold."""
    return Markup(bold_html(text))  # noqa: S704 - bold_html escapes


def day(when: date | str) -> str:
    """A day as people in Việt Nam write it; also from ISO text."""
    return figures.day(date.fromisoformat(when) if isinstance(when, str) else when)
