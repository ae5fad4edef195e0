"""Invitations: for a role, for several officers, and as sheets to print whose QR codes lead to Loa."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import segno
from pydantic import SecretStr

from bot.web.console.invitations import links_to
from storage.appointments import ContactRole, contacts_of
from storage.invitations import claim_invitation, invitation_of_code, invite, open_invitation
from tests.conftest import MONDAY
from tests.people import Person
from tests.web.conftest import NewBrowser
from tests.web.office import EDITOR, words

if TYPE_CHECKING:
    from bot.app import Loa
    from storage.database import Database
    from tests.conftest import TestClock
    from tests.people import Phones

CODE = r'<p class="code">([A-Z2-9]{4} [A-Z2-9]{4})</p>'


@pytest.fixture
def linked(loa: Loa) -> Loa:
    """A house known on Zalo and Telegram."""
    known = {"telegram_token": SecretStr("1:x"), "telegram_name": "LoaKonTumBot"}
    account = {"zalo_app_id": "1", "zalo_oa_id": "4318657068771012646"}
    loa.settings = loa.settings.model_copy(update={**known, **account})
    return loa


async def test_a_code_serves_as_many_as_it_says_and_no_more(database: Database) -> None:
    from storage.agencies import Agency

    async with database.session() as db:
        db.add(Agency(id="a", name="A", kind="x", level="province"))
        await db.flush()
        await invite(db, "a", "lan", MONDAY, "K7QM2PXA", role=ContactRole.DEPUTY, uses=2, life=timedelta(days=1))
        await db.commit()
        found = await open_invitation(db, "k7qm 2pxa", MONDAY)
        assert found is not None
        assert found.role is ContactRole.DEPUTY
        assert [await claim_invitation(db, found, MONDAY) for _ in range(3)] == [True, True, False]
        assert await open_invitation(db, "K7QM2PXA", MONDAY) is None
        late = await invite(db, "a", "lan", MONDAY, life=timedelta(days=1))
        await db.flush()
        row = await invitation_of_code(db, late)
        assert row is not None
        assert await open_invitation(db, late, MONDAY + timedelta(days=1)) is None
        assert not await claim_invitation(db, row, MONDAY + timedelta(days=1))


async def test_two_deputies_register_with_one_code(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    editor = await browser(EDITOR)
    form = {"agency": "so_y_te", "role": "deputy", "uses": "2", "days": "7"}
    code = (await editor.post("/console/invitations", **form)).text.split('<span class="loa-code">')[1].split("<")[0]
    for name in ("Y Một", "Y Hai"):
        person = Person(loa, phones, name.replace(" ", ""))
        await person.taps("reg:begin")
        for answer in (code, "đồng ý", name, "Phó phòng", "bỏ qua", "đúng"):
            await person.says(answer)
    async with loa.db.reading() as db:
        found = await contacts_of(db, "so_y_te", MONDAY.date(), ContactRole.DEPUTY)
    assert sorted(contact.name for _, contact in found) == ["Y Hai", "Y Một"]
    assert "đã dùng 2/2" in words(await editor.get("/console/invitations"))


async def test_a_sheet_has_a_page_of_cards_whose_codes_work(browser: NewBrowser, linked: Loa, clock: TestClock) -> None:
    editor = await browser(EDITOR)
    form = {"agency": "so_y_te", "role": "main", "uses": "1", "days": "14", "cards": "4"}
    sheet = await editor.post("/console/invitations/sheet", **form)
    codes = re.findall(CODE, sheet.text)
    assert len(set(codes)) == 4
    assert "25/11/2024" in words(sheet)
    for code in codes:
        async with linked.db.reading() as db:
            found = await open_invitation(db, code, clock.now())
        assert found is not None
        link = f"https://t.me/LoaKonTumBot?start={code.replace(' ', '')}"
        assert link in sheet.text
        drawn = segno.make(link, error="m", micro=False).svg_inline(scale=3, border=2, omitsize=True)
        assert drawn in sheet.text
    assert "https://zalo.me/4318657068771012646" in sheet.text
    assert codes[0] not in (await editor.get("/console/invitations")).text
    assert codes[0].replace(" ", "") not in str([entry.detail for entry in await editor.audit()])


async def test_one_press_prints_for_every_agency_without_a_main_contact(browser: NewBrowser) -> None:
    editor = await browser(EDITOR)
    sheet = await editor.post("/console/invitations/sheet", agency="lacking", role="main")
    titles = re.findall(r"<h1>([^<]+)</h1>", sheet.text)
    assert "Báo Kon Tum" in titles
    assert "Sở Y tế" not in titles
    assert len(set(re.findall(CODE, sheet.text))) == len(titles)


async def test_without_platforms_a_sheet_has_the_code_alone(loa: Loa) -> None:
    assert links_to(loa, "K7QM2PXA") == []


@pytest.mark.parametrize(
    "form",
    [
        {"agency": "so_y_te", "uses": "0"},
        {"agency": "so_y_te", "days": "91"},
        {"agency": "so_y_te", "cards": "7"},
        {"agency": "so_y_te", "uses": "một"},
        {"agency": "so_y_te", "role": "vua"},
        {"agency": "khong_co"},
        {"agency": ""},
    ],
)
async def test_odd_wishes_are_refused_and_nothing_is_issued(browser: NewBrowser, form: dict[str, str]) -> None:
    editor = await browser(EDITOR)
    page = await editor.press("/console/invitations/sheet", **form)
    assert re.search("phải là số từ 1 đến|Chọn vai trò|Chọn một đơn vị", words(page))
    assert "Chưa cấp mã nào" in words(page)
