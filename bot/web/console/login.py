"""Logging in and out, and who is logged in. The cookie holds only a random token; the session is a row."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.app import Loa
from bot.web.console.guard import STATIC, local_path
from bot.web.console.office import Office, of
from bot.web.pages import demo_users
from handlers.messages import clean_text
from storage.audit import note
from storage.users import (
    SESSION_LIFE,
    ConsoleUser,
    close_session,
    open_session,
    password_fits,
    session_user,
    user_named,
)

COOKIE = "loa_console"
HOME = "/console/"


class Sessions:
    """Finds out who is logged in; sends everybody else to the log-in page."""

    def __init__(self, app: ASGIApp, loa: Loa) -> None:
        self._app = app
        self._loa = loa

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or local_path(scope).startswith(STATIC):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request.state.user = await self._user(request)
        if request.state.user is None and local_path(scope) != "/login":
            await _to_login(request)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _user(self, request: Request) -> ConsoleUser | None:
        token = request.cookies.get(COOKIE)
        if not token:
            return None
        async with self._loa.db.reading() as db:
            return await session_user(db, token, self._loa.clock.now())


def _to_login(request: Request) -> Response:
    where = request.url.path if request.method == "GET" else HOME
    address = "/console/login" if where == HOME else f"/console/login?{urlencode({'next': where})}"
    if "hx-request" in request.headers:  # a page that was left open: the whole of it goes to the log-in
        return Response(status_code=401, headers={"HX-Redirect": "/console/login"})
    return RedirectResponse(address, 303)


async def page(request: Request) -> Response:
    if request.state.user is not None:
        return RedirectResponse(HOME, 303)
    return _form(request, of(request))


async def enter(request: Request) -> Response:
    """Check name and password, within the limit of tries."""
    office = of(request)
    loa, now = office.loa, office.loa.clock.now()
    form = await request.form()
    name = clean_text(str(form.get("name", "")))[:60]
    address = request.client.host if request.client else ""
    wait = office.attempts.wait(name, address, now)
    if wait is not None:
        return _too_often(request, office, name, wait)
    async with loa.db.reading() as db:
        user = await user_named(db, name)
    fits = await asyncio.to_thread(password_fits, user, str(form.get("password", ""))[:200])
    async with loa.db.session() as db:
        if user is None or not fits:
            office.attempts.failed(name, address, now)
            if user is not None:
                note(db, user.name, "login.refused", f"user:{user.id}", now)
                await db.commit()
            wait = office.attempts.wait(name, address, now)
            if wait is not None:
                return _too_often(request, office, name, wait)
            text = office.text("console.login.wrong", left=office.attempts.left(name, address, now))
            return _form(request, office, 401, name=name, trouble=text)
        token = await open_session(db, user, now)
        note(db, user.name, "login", f"user:{user.id}", now)
        await db.commit()
    office.attempts.forget(name, address)
    response = RedirectResponse(_safe_next(request.query_params.get("next", "")), 303)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/console",
        httponly=True,
        samesite="lax",
        secure=loa.settings.base_url.startswith("https://"),
    )
    return response


async def leave(request: Request) -> Response:
    """End the session on the server, too."""
    office = of(request)
    now = office.loa.clock.now()
    async with office.loa.db.session() as db:
        await close_session(db, request.cookies.get(COOKIE, ""), now)
        user: ConsoleUser = request.state.user
        note(db, user.name, "logout", f"user:{user.id}", now)
        await db.commit()
    response = RedirectResponse("/console/login", 303)
    response.delete_cookie(COOKIE, path="/console")
    return response


def _too_often(request: Request, office: Office, name: str, wait: timedelta) -> Response:
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    text = office.text("console.login.too_often", minutes=minutes)
    response = _form(request, office, 429, name=name, trouble=text)
    response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
    return response


def _form(request: Request, office: Office, status: int = 200, name: str = "", trouble: str = "") -> Response:
    users = demo_users(office.loa) if office.loa.settings.demo else []
    return office.paper.page(request, "login.html", status, name=name, trouble=trouble, users=users)


def _safe_next(path: str) -> str:
    """A page of the console to go on to; anything else leads home."""
    inside = path.startswith(HOME) and "\\" not in path and "//" not in path and path.isprintable()
    return path if inside else HOME


ROUTES = (
    Route("/login", page, methods=["GET"]),
    Route("/login", enter, methods=["POST"]),
    Route("/logout", leave, methods=["POST"]),
)
