"""The public page of progress: off unless switched on, sums only, one look a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from handlers.reports.snapshots import refresh_dashboard
from tests.conftest import TestClock
from tests.people import Phones
from tests.web.conftest import settings_for
from tests.web.office import words

if TYPE_CHECKING:
    from bot.app import Loa
    from content.catalog import Catalog
    from nlu.understanding import Understander


@pytest.fixture
async def open_house(
    department_url: str, clock: TestClock, phones: Phones, catalog: Catalog, understander: Understander
) -> AsyncIterator[Loa]:
    """A house whose public page is on."""
    from bot.app import Loa

    settings = settings_for(department_url).model_copy(update={"public_progress": True})
    async with Loa.open(settings, clock, [phones], catalog, understander) as house:
        yield house


async def visit(loa: Loa) -> httpx.Response:
    from bot.web.server import create_app

    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(loa)), base_url="http://public") as http:
        return await http.get("/tien-do")


async def test_there_is_no_such_page_unless_it_is_switched_on(loa: Loa) -> None:
    assert (await visit(loa)).status_code == 404


async def test_it_tells_sums_and_names_nobody(open_house: Loa, catalog: Catalog, clock: TestClock) -> None:
    clock.move(timedelta(days=60))
    await refresh_dashboard(open_house.db, catalog, clock.now())
    page = await visit(open_house)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "public, max-age=900"
    told = words(page)
    assert "UBND cấp huyện" in told
    assert "≈ 0%" in told
    assert "Số liệu lúc 07:00 10/01/2025 · bản chụp SL-25-" in told
    named = [agency.name for agency in catalog.province.agencies.values() if agency.level in ("district", "commune")]
    assert not [name for name in named if name in told]


async def test_it_changes_once_a_day(open_house: Loa, catalog: Catalog, clock: TestClock) -> None:
    from bot.web.pages import Pages
    from bot.web.public import Board

    board = Board(open_house, Pages(open_house))
    assert "Chưa có số liệu để công bố" in (await board.page()).decode()
    await refresh_dashboard(open_house.db, catalog, clock.now())
    first = await board.page()
    clock.move(timedelta(hours=3))
    await refresh_dashboard(open_house.db, catalog, clock.now())
    assert await board.page() == first
    clock.move(timedelta(days=1))
    await refresh_dashboard(open_house.db, catalog, clock.now())
    assert await board.page() != first
