"""A browser without a screen: cookies, forms with their tokens, and the four accounts of the department."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import httpx
from argon2 import PasswordHasher

from storage.appointments import enrol
from storage.audit import AuditEntry
from storage.contacts import see_account, subscribe
from storage.users import ConsoleUser, Role
from tests.writes import CONSOLE, untold, watched

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel.ext.asyncio.session import AsyncSession

    from bot.app import Loa

PASSWORD = "mot-mat-khau-dai"
EDITOR, APPROVER, ADMIN, VIEWER = "lan", "hung", "mai", "tam"
ROLES = {EDITOR: Role.EDITOR, APPROVER: Role.APPROVER, ADMIN: Role.ADMIN, VIEWER: Role.VIEWER}
TABLES = (
    "agencies",
    "contacts",
    "accounts",
    "directives",
    "items",
    "plans",
    "tasks",
    "indicators",
    "progress",
    "deliveries",
    "updates",
)
"""The console's tables everybody who may log in sees; ``users`` and ``audit`` are for some."""
TOKEN_COOKIE = "starlette_admin_csrftoken"
OFFICERS = (
    ("an", "ubnd_huyen_sa_thay", "Nguyễn Văn An", "84905000111"),
    ("binh", "ubnd_huyen_dak_ha", "Trần Thị Bình", "84905000222"),
    ("chi", "so_y_te", "Lê Chi", None),
)


async def fill_department(db: AsyncSession, now: datetime) -> None:
    """The four accounts, their passwords hashed in no time, and three officers subscribed on the test's own channel."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    db.add_all(ConsoleUser(name=name, role=role, password_hash=quick, created_at=now) for name, role in ROLES.items())
    for user_id, agency, name, phone in OFFICERS:
        contact = await enrol(db, agency, name, now, now.date(), by=EDITOR, position="Chuyên viên", phone=phone)
        account = await see_account(db, f"phone:{user_id}", now)
        account.contact_id = contact.id
        assert account.id is not None
        await subscribe(db, account.id, now)


class Watched(httpx.ASGITransport):
    """What a form of the console changes must stand in the audit log, whoever tests it and for whatever reason."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with watched() as written:
            response = await super().handle_async_request(request)
        if request.method == "POST" and request.url.path.startswith("/console/") and response.status_code < 400:
            assert not untold(written, CONSOLE), (request.url.path, untold(written, CONSOLE))
        return response


class Browser:
    """One browser: it keeps its cookies and sends the token of the page it is on."""

    def __init__(self, loa: Loa, app: Any, address: str = "10.0.0.7") -> None:
        self.loa = loa
        self.http = httpx.AsyncClient(transport=Watched(app, client=(address, 4711)), base_url="http://console.test")

    @property
    def token(self) -> str:
        return self.http.cookies.get(TOKEN_COOKIE) or ""

    async def get(self, path: str, **params: str) -> httpx.Response:
        return await self.http.get(path, params=params or None, follow_redirects=True)

    async def post(self, path: str, **form: str) -> httpx.Response:
        """Send a form as the page would; the answer itself, redirects not followed."""
        return await self.http.post(path, data={"csrftoken": self.token, **form})

    async def press(self, path: str, **form: str) -> httpx.Response:
        """Send a form and go on to where it leads."""
        answer = await self.post(path, **form)
        return await self.get(answer.headers["location"]) if answer.status_code == 303 else answer

    async def log_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/console/login")
        return await self.post("/console/login", name=name, password=password)

    async def act(self, table: str, name: str, pk: object) -> httpx.Response:
        """Take a row's action in a table, as its script does."""
        path = f"/console/tables/_api/{table}/row-action?name={name}&pk={pk}"
        return await self.http.post(path, headers={"X-CSRFToken": self.token})

    async def audit(self) -> list[AuditEntry]:
        """Everything noted so far, oldest first."""
        from sqlmodel import col, select

        async with self.loa.db.reading() as db:
            return list((await db.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all())


def words(answer: httpx.Response) -> str:
    """What a person reads on the page."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
