"""What stands before every page of the console: headers, a limit on what is sent, proof that a form is ours."""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_admin.security.csrf import CSRFMiddleware

from bot.imports import MOST_BYTES
from bot.web.console.paper import Paper
from bot.web.pages import SECURITY_HEADERS

LONGEST_FORM = 256 * 1024
"""Bytes of one posted form."""
LONGEST_UPLOAD = MOST_BYTES + LONGEST_FORM
"""Bytes of a posted form with a document in it."""
UPLOADS = re.compile(r"/directives(?:/[^/]+/review/sheet)?|/forms")
"""Where documents and sheets are brought."""
STATIC = "/tables/static/"
"""Style sheets, scripts and fonts of starlette-admin: the same for everybody, cached, open before log-in."""
TABLES = "/tables/"


def local_path(scope: Scope) -> str:
    """The path below ``/console``."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


class Guard:
    """Refuses oversized forms; puts security headers on every answer and keeps pages out of caches.

    Pages made by starlette-admin have scripts of their own in the page: those carry the request's nonce, so that the
    policy need not allow any other.
    """

    def __init__(self, app: ASGIApp, paper: Paper) -> None:
        self._app = app
        self._paper = paper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request.state.nonce = secrets.token_urlsafe(16)
        path = local_path(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                if path.startswith(STATIC):
                    headers["Cache-Control"] = "public, max-age=86400"
                else:
                    headers["Cache-Control"] = "no-store"
                if path.startswith(TABLES):
                    headers["Content-Security-Policy"] = _policy(request.state.nonce)
            await send(message)

        if _too_long(request):
            await self._paper.refusal(request, 413)(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)


def _too_long(request: Request) -> bool:
    """Whether a body comes with the request that is too long or does not say how long it is."""
    if "transfer-encoding" in request.headers:
        return True
    length = request.headers.get("content-length", "0")
    most = LONGEST_UPLOAD if UPLOADS.fullmatch(local_path(request.scope)) else LONGEST_FORM
    return not length.isdecimal() or int(length) > most


def _policy(nonce: str) -> str:
    return (
        f"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        f"script-src 'self' 'nonce-{nonce}'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


class FormGuard(CSRFMiddleware):
    """starlette-admin's double-submit token, for the hand-made pages too; its refusal as a page people can read."""

    def __init__(self, app: ASGIApp, secret_key: str, paper: Paper) -> None:
        super().__init__(app, secret_key)
        self._paper = paper

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        try:
            response = await super().dispatch(request, call_next)
        except HTTPException as error:  # a body that is no form
            return self._paper.refusal(request, error.status_code)
        finally:
            await request.close()  # it has read the form to find the token: a file in it stays open otherwise
        # Pages pass through as streams: a plain text answer is the middleware's own refusal.
        return self._paper.refusal(request, 403) if isinstance(response, PlainTextResponse) else response
