"""The console on SQLite and PostgreSQL alike: every page opens, what is written is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from storage.contacts import Contact
from storage.digests import DigestState, digest_of_week
from tests.conftest import TestClock
from tests.people import Phones
from tests.web.conftest import prepare, settings_for
from tests.web.office import ADMIN, APPROVER, EDITOR, TABLES, Browser, words

if TYPE_CHECKING:
    from bot.app import Loa
    from content.catalog import Catalog
    from nlu.understanding import Understander


@pytest.fixture
async def house(
    province_url: str, clock: TestClock, phones: Phones, catalog: Catalog, understander: Understander
) -> AsyncIterator[Loa]:
    """A filled house on each engine in turn."""
    from bot.app import Loa

    await prepare(province_url, catalog)
    async with Loa.open(settings_for(province_url), clock, [phones], catalog, understander) as loa:
        yield loa


async def test_the_console_works_on_each_engine(house: Loa, phones: Phones) -> None:
    from bot.web.server import create_app

    app = create_app(house)
    editor, approver, admin = (Browser(house, app) for _ in range(3))
    for browser, name in ((editor, EDITOR), (approver, APPROVER), (admin, ADMIN)):
        assert (await browser.log_in(name)).status_code == 303
    assert "Đã soạn bản nháp" in words(await editor.press("/console/digests", week="2024-W46"))
    await editor.press("/console/digests/1/submit")
    await approver.press("/console/digests/1/approve")
    await approver.press("/console/digests/1/send", sure="yes")
    await house.outbox.drain()
    assert "BẢN TIN CHỈ ĐẠO" in phones.inbox["an"][0].text
    async with house.db.reading() as db:
        digest = await digest_of_week(db, "2024-W46")
    assert digest is not None
    assert digest.state is DigestState.SENT
    for table in TABLES:
        for query in ("", "?q=s%E1%BB%9F", "?page=99999999999999999999"):
            assert (await admin.get(f"/console/tables/{table}/list{query}")).status_code == 200, (table, query)
    page = await admin.get("/console/tables/deliveries/list?filter=state__in%3Dsent")
    assert "Dòng 1–3 trên 3" in words(page)
    assert (await admin.get("/console/tables/deliveries/list?filter=state__in%3Dbogus")).status_code == 400
    await editor.press("/console/tables/contacts/edit?pk=1", position="Trưởng phòng")
    assert (await editor.act("contacts", "end", 1)).status_code == 200
    async with house.db.reading() as db:
        contact = await db.get(Contact, 1)
    assert contact is not None
    assert contact.position == "Trưởng phòng"
    assert contact.ended_at == house.clock.now()
    for path in (
        "/console/",
        "/console/reports",
        "/console/tickets",
        "/console/questions",
        "/console/questions/log",
        "/console/digests/1",
    ):
        assert (await admin.get(path)).status_code == 200, path
    assert len(await admin.audit()) >= 10
    for browser in (editor, approver, admin):
        await browser.http.aclose()
