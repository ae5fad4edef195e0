"""What every page of the console works with, and the steps all of its forms share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.flash import flash

from bot.app import Loa
from bot.web.console.attempts import Attempts
from bot.web.console.paper import Paper
from bot.web.console.powers import Power, may
from content.whole_numbers import whole
from handlers.messages import clean_text
from storage.users import ConsoleUser

if TYPE_CHECKING:
    from bot.web.console.proposals.board import Board

Row = TypeVar("Row")
Page = Callable[[Request], Awaitable[Response]]

REASON_LIMIT = 1000
"""Longest reason or answer an officer may write, in characters."""


class Refused(Exception):
    """The step is not possible; ``text`` says why, in Vietnamese."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


class Office:
    """The console of one running Loa."""

    def __init__(self, loa: Loa, paper: Paper, attempts: Attempts) -> None:
        self.loa = loa
        self.paper = paper
        self.attempts = attempts
        self.board: Board | None = None
        """The groups of unanswered questions, made when somebody looks at them first."""

    def text(self, key: str, **params: object) -> str:
        return self.loa.catalog.text(key, **params)

    def today(self) -> date:
        """The day it is in the department's office."""
        return self.loa.clock.now().astimezone(self.paper.zone).date()


def of(request: Request) -> Office:
    """The office this request came to."""
    office: Office = request.app.state.office
    return office


def who(request: Request) -> ConsoleUser:
    """The account that is logged in."""
    user: ConsoleUser = request.state.user
    return user


def needs(power: Power) -> Callable[[Page], Page]:
    """Only for accounts with this power; everybody else gets the page that says so."""

    def guard(page: Page) -> Page:
        @wraps(page)
        async def guarded(request: Request) -> Response:
            if not may(who(request), power):
                raise HTTPException(403)
            return await page(request)

        return guarded

    return guard


def back(request: Request, path: str, told: str, kind: str = "success") -> Response:
    """On to ``path``, where ``told`` is shown."""
    flash(request, told, kind)
    return RedirectResponse(path, 303)


def download(name: str, body: bytes, media_type: str) -> Response:
    """A file to take away; ``name`` is one of ours: letters, digits, dashes and points of ASCII."""
    return Response(body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def written(request: Request, field: str, key: str) -> str:
    """What was written into a required field.

    Raises Refused when it is empty or longer than REASON_LIMIT; ``key`` names the sentence for an empty one.
    """
    office = of(request)
    raw = str((await request.form()).get(field, "")).replace("\r\n", "\n")
    text = clean_text(raw)
    if not text:
        raise Refused(office.text(key))
    if len(raw) > REASON_LIMIT:
        raise Refused(office.text("console.too_long", most=REASON_LIMIT, length=len(raw)))
    return text


def path_number(request: Request, name: str = "id") -> int:
    """A row number in the address. Raises 404 when it cannot be one."""
    number = whole(request.path_params[name])
    if number is None:
        raise HTTPException(404)
    return number


def part_asked(request: Request) -> int:
    """Which part of a long list the address asks for (``part``), from 0; the first for anything that is no number."""
    return whole(request.query_params.get("part", ""), 5) or 0


async def found(db: AsyncSession, table: type[Row], key: int | str) -> Row:
    """The row. Raises 404 when there is none."""
    row = await db.get(table, key)
    if row is None:
        raise HTTPException(404)
    return row
