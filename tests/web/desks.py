"""A house served to a real browser, and the desks people sit at."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import BrowserContext, Page

from tests.conftest import TestClock
from tests.people import Phones
from tests.serving import in_a_thread, served
from tests.web.conftest import settings_for
from tests.web.office import PASSWORD

if TYPE_CHECKING:
    from bot.app import Loa
    from content.catalog import Catalog
    from nlu.understanding import Understander

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]


class House:
    """A house served over HTTP from a thread of its own; ``run`` runs something in its loop."""

    def __init__(self, base: str, loa: Loa, loop: asyncio.AbstractEventLoop) -> None:
        self.base = base
        self.loa = loa
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def drain(self) -> None:
        self.run(self.loa.outbox.drain())


@contextmanager
def housed(url: str, catalog: Catalog, understander: Understander, phones: Phones) -> Iterator[House]:
    from bot.app import Loa

    @asynccontextmanager
    async def opening() -> AsyncIterator[tuple[Loa, str]]:
        async with (
            Loa.open(settings_for(url), TestClock(), [phones], catalog, understander) as loa,
            served(loa) as base,
        ):
            yield loa, base

    with in_a_thread(opening) as ((loa, base), loop):
        yield House(base, loa, loop)


class Desk:
    """One person's browser, with all it asked for and complained about."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base = base
        self.page: Page = context.new_page()
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.hosts.add(re.sub(r"^(\w+://[^/]+).*", r"\1", request.url)))
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "404" not in text:
            self.complaints.append(text)

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def log_in(self, name: str) -> None:
        self.open("/console/login")
        self.page.get_by_label("Tên đăng nhập").fill(name)
        self.page.get_by_label("Mật khẩu").fill(PASSWORD)
        self.page.get_by_role("button", name="Vào").click()
        self.page.wait_for_url(self.base + "/console/")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state()

    @property
    def text(self) -> str:
        return " ".join(self.page.locator("body").inner_text().split())
