"""The site the tables stand on: starlette-admin inside the console's own log-in, forms, pages and sessions."""

from __future__ import annotations

import re
from collections.abc import Callable

from jinja2 import BaseLoader, Environment, FileSystemLoader, PrefixLoader
from sqlalchemy.ext.asyncio import AsyncSession as SqlSession
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp
from starlette_admin import CustomView, DefaultTheme, I18nConfig, TablerSettings, TimezoneConfig, route
from starlette_admin.base import BaseAdmin
from starlette_admin.helpers import run_on_commit_callbacks

from bot.web.console.paper import Paper
from bot.web.console.tables.wording import LOCALE
from bot.web.pages import TEMPLATES
from storage.database import Database

NAME = "tables"


class TableSession(AsyncSession):
    """A session as starlette-admin uses it: with SQLAlchemy's own ``execute``, which SQLModel warns about."""

    execute = SqlSession.execute


class Transactions(BaseHTTPMiddleware):
    """One session a request: reading for pages, writing for forms and committed when the answer is no refusal."""

    def __init__(self, app: ASGIApp, db: Database) -> None:
        super().__init__(app)
        self._db = db

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.method in ("GET", "HEAD"):
            engine = self._db.engine.execution_options(loa_reading=True)
            async with TableSession(engine, expire_on_commit=False) as session:
                request.state.session = session
                return await call_next(request)
        async with self._db.session(), TableSession(self._db.engine, expire_on_commit=False) as session:
            # The outer session begins nothing: it only waits for this process's turn to write.
            request.state.session = session
            response = await call_next(request)
            if response.status_code < 400:
                await session.commit()
                await run_on_commit_callbacks(request)
            return response


class Nonced(BaseLoader):
    """Gives every script of a template the request's nonce; templates only, so nothing that data brings in gets one."""

    _SCRIPT = re.compile(r"<script\b")

    def __init__(self, inner: BaseLoader) -> None:
        self._inner = inner

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, name, fresh = self._inner.get_source(environment, template)
        return self._SCRIPT.sub('<script nonce="{{ request.state.nonce }}"', source), name, fresh


class Entrance(CustomView):
    """The tables have no start page of their own."""

    path = "/"
    add_to_menu = False

    @route("")
    async def index(self, request: Request) -> Response:
        return RedirectResponse("/console/", 303)


class TableSite(BaseAdmin):
    """starlette-admin with our look and language. Who may log in, flashes and form tokens are the console's."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        settings = paper.loa.settings
        super().__init__(
            title=paper.loa.catalog.text("console.brand"),
            base_url=f"/{NAME}",
            route_name=NAME,
            templates_dir=str(TEMPLATES / "console" / "tables"),
            additional_loaders=[PrefixLoader({"console": FileSystemLoader(TEMPLATES / "console")})],
            index_view=Entrance(),
            theme=DefaultTheme(TablerSettings(base=None, primary=None)),
            secret_key=settings.session_secret,
            middlewares=[Middleware(Transactions, db=paper.loa.db)],
            i18n_config=I18nConfig(default_locale=LOCALE, language_cookie_name=None, language_header_name=None),
            timezone_config=TimezoneConfig(
                default_timezone=settings.timezone, timezone_cookie_name=None, use_user_locale_timezone=False
            ),
        )
        environment = self.templates.env
        assert environment.loader is not None
        environment.loader = Nonced(environment.loader)
        environment.globals.update(paper.words())
        environment.filters.update(paper.filters())

    def _init_csrf(self) -> None:
        """The console's own guard stands before the tables already; a second one would hand out a second token."""

    def _init_flash(self) -> None:
        """The console's own, likewise."""

    def mount_to(self, app: Starlette) -> None:
        super().mount_to(app)
        self.app.add_exception_handler(HTTPException, self._refused)
        self.app.add_exception_handler(Exception, self._fault)

    async def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return self._paper.refusal(request, error.status_code)

    async def _fault(self, request: Request, _error: Exception) -> Response:
        return self._paper.refusal(request, 500)
