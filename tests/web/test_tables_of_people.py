"""The tables of officers, accounts and who may log in: who sees which field, who changes what, each change noted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlmodel import col, select

from storage.contacts import Account, Contact, Subscription
from storage.users import ConsoleUser, Role, password_fits
from tests.web.conftest import NewBrowser
from tests.web.office import ADMIN, APPROVER, EDITOR, PASSWORD, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa


async def test_a_phone_is_masked_for_everybody_but_administrators(browser: NewBrowser) -> None:
    for name, shown in ((EDITOR, "••••111"), (APPROVER, "••••111"), (VIEWER, "••••111"), (ADMIN, "84905000111")):
        someone = await browser(name)
        for path in ("/console/tables/contacts/list", "/console/tables/contacts/detail?pk=1"):
            page = await someone.get(path)
            assert shown in words(page), (name, path)
            assert ("84905000111" in page.text) == (name == ADMIN), (name, path)


async def test_a_phone_cannot_be_found_out_by_searching_or_sorting(browser: NewBrowser) -> None:
    editor = await browser(EDITOR)
    assert "Nguyễn Văn An" not in words(await editor.get("/console/tables/contacts/list", q="84905000111"))
    assert (await editor.get("/console/tables/contacts/list?filter=phone__contains%3D84905")).status_code == 400
    listed = await editor.get("/console/tables/_api/contacts/relation-lookup?q=an")
    assert "84905000111" not in listed.text


async def test_no_table_tells_addresses_or_hashes(browser: NewBrowser, loa: Loa) -> None:
    admin = await browser(ADMIN)
    for path in (
        "/console/tables/accounts/list",
        "/console/tables/accounts/detail?pk=1",
        "/console/tables/users/list",
        "/console/tables/users/detail?pk=1",
        "/console/tables/users/edit?pk=1",
        "/console/tables/_api/users/relation-lookup",
        "/console/tables/_api/accounts/relation-lookup",
    ):
        text = (await admin.get(path)).text
        assert "phone:an" not in text, path
        assert "argon2" not in text, path


async def contact(loa: Loa, number: int) -> Contact:
    async with loa.db.reading() as db:
        found = await db.get(Contact, number)
    assert found is not None
    return found


async def test_a_contact_is_edited_and_the_change_noted(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    form = {"position": "Trưởng phòng <b>"}
    page = await editor.press("/console/tables/contacts/edit?pk=1", **form)
    assert "Đã lưu «Nguyễn Văn An»" in words(page)
    found = await contact(loa, 1)
    assert found.position == "Trưởng phòng <b>"
    assert found.phone == "84905000111"
    entry = (await editor.audit())[-1]
    assert (entry.actor, entry.action, entry.subject) == (EDITOR, "contacts.edited", "contacts:1")
    assert entry.detail == {"changed": {"position": None}}


async def test_a_contact_keeps_what_it_had_when_a_field_is_wrong(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    answer = await editor.post("/console/tables/contacts/edit?pk=1", position="x" * 201)
    assert answer.status_code == 422
    assert "Tối đa 200 ký tự" in words(answer)
    assert (await contact(loa, 1)).position == "Chuyên viên"
    assert not [entry for entry in await editor.audit() if entry.action == "contacts.edited"]


async def test_nothing_but_the_shown_fields_can_be_written(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    form = {"agency_id": "so_y_te", "name": "Kẻ khác", "phone": "1", "verified_at": "", "ended_at": "2024-01-01"}
    await editor.press("/console/tables/contacts/edit?pk=1", **form)
    found = await contact(loa, 1)
    assert (found.name, found.phone, found.ended_at) == ("Nguyễn Văn An", "84905000111", None)
    assert found.agency_id == "ubnd_huyen_sa_thay"
    assert found.verified_at is not None


async def test_a_contact_is_confirmed_and_ended(browser: NewBrowser, loa: Loa) -> None:
    async with loa.db.session() as db:
        row = await db.get(Contact, 2)
        assert row is not None
        row.verified_at = None
        db.add(row)
        await db.commit()
    editor = await browser(EDITOR)
    assert "1 Cán bộ chờ xác nhận" in words(await editor.get("/console/"))
    assert (await editor.act("contacts", "confirm", 2)).status_code == 200
    assert (await contact(loa, 2)).verified_at == loa.clock.now()
    assert (await editor.act("contacts", "confirm", 2)).status_code == 400
    assert (await editor.act("contacts", "end", 2)).status_code == 200
    assert (await contact(loa, 2)).ended_at == loa.clock.now()
    assert (await editor.get("/console/tables/contacts/edit?pk=2")).status_code == 404
    assert (await editor.act("contacts", "end", 999)).status_code == 404
    assert [entry.action for entry in await editor.audit()][-2:] == ["contacts.confirmed", "contacts.ended"]


async def test_an_account_is_silenced(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    assert (await editor.act("accounts", "silence", 1)).status_code == 200
    async with loa.db.reading() as db:
        row = (await db.exec(select(Subscription).where(col(Subscription.account_id) == 1))).one()
    assert row.ended_at == loa.clock.now()
    refused = await editor.act("accounts", "silence", 1)
    assert refused.status_code == 400
    assert refused.json() == {"msg": "Không có quyền"}


async def test_an_account_somebody_else_has_now_is_revoked(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    assert (await editor.act("accounts", "revoke", 1)).status_code == 200
    async with loa.db.reading() as db:
        account = await db.get(Account, 1)
        row = (await db.exec(select(Subscription).where(col(Subscription.account_id) == 1))).one()
    assert account is not None
    assert account.contact_id is None
    assert row.ended_at == loa.clock.now()
    assert (await editor.act("accounts", "revoke", 1)).status_code == 404
    assert [entry.action for entry in await editor.audit()][-1] == "accounts.revoked"


async def test_citizens_are_not_listed(browser: NewBrowser, loa: Loa) -> None:
    async with loa.db.session() as db:
        now = loa.clock.now()
        db.add(Account(address="phone:dan", channel="phone", first_seen_at=now, last_seen_at=now))
        await db.commit()
    admin = await browser(ADMIN)
    assert "trên 3" in words(await admin.get("/console/tables/accounts/list"))
    assert (await admin.get("/console/tables/accounts/detail?pk=4")).status_code == 404


async def user(loa: Loa, name: str) -> ConsoleUser | None:
    async with loa.db.reading() as db:
        return (await db.exec(select(ConsoleUser).where(ConsoleUser.name == name))).one_or_none()


async def test_an_administrator_adds_an_account(browser: NewBrowser, loa: Loa) -> None:
    admin = await browser(ADMIN)
    form = {"name": "moi.nguoi", "role": "editor", "password": "mot-mat-khau-moi"}
    assert "Đã thêm «moi.nguoi»" in words(await admin.press("/console/tables/users/create", **form))
    found = await user(loa, "moi.nguoi")
    assert found is not None
    assert found.role is Role.EDITOR
    assert (await browser()).token is not None
    newcomer = await browser()
    assert (await newcomer.log_in("moi.nguoi", "mot-mat-khau-moi")).status_code == 303
    entry = next(entry for entry in await admin.audit() if entry.action == "users.created")
    assert entry.detail == {"name": "moi.nguoi", "role": "editor"}


NO_ACCOUNTS = [
    ({"name": ""}, "bắt buộc"),
    ({"name": "-x"}, "Tên đăng nhập từ"),
    ({"name": "<b>"}, "Tên đăng nhập từ"),
    ({"name": "x" * 61}, "Tối đa 60"),
    ({"name": EDITOR}, "Đã có tài khoản"),
    ({"role": "boss"}, "không có trong danh sách"),
    ({"password": "ngan"}, "Ít nhất 10"),
    ({"password": ""}, "Ít nhất 10"),
    ({"password": "x" * 500}, "Ít nhất 10"),
]


async def test_an_account_that_cannot_be_is_explained(browser: NewBrowser) -> None:
    admin = await browser(ADMIN)
    for change, why in NO_ACCOUNTS:
        form = {"name": "moi", "role": "viewer", "password": "mot-mat-khau-moi", **change}
        answer = await admin.post("/console/tables/users/create", **form)
        assert answer.status_code == 422, change
        assert why in words(answer), change
        assert form["password"] not in answer.text or not form["password"], change


async def test_a_new_password_or_role_logs_the_account_out(browser: NewBrowser, loa: Loa) -> None:
    admin, editor = await browser(ADMIN), await browser(EDITOR)
    found = await user(loa, EDITOR)
    assert found is not None
    path = f"/console/tables/users/edit?pk={found.id}"
    await admin.press(path, role="editor", active="on", password="")
    assert (await editor.get("/console/")).url.path == "/console/", "nothing changed, nobody is thrown out"
    await admin.press(path, role="approver", active="on", password="")
    assert (await editor.get("/console/")).url.path == "/console/login"
    assert password_fits(await user(loa, EDITOR), PASSWORD)
    await admin.press(path, role="approver", active="on", password="mat-khau-thu-hai")
    assert password_fits(await user(loa, EDITOR), "mat-khau-thu-hai")
    await admin.press(path, role="approver")
    assert (await editor.log_in(EDITOR, "mat-khau-thu-hai")).status_code == 401
    details = [entry.detail["changed"] for entry in await admin.audit() if entry.action == "users.edited"]
    assert details == [
        {},
        {"role": ["editor", "approver"]},
        {"password": None},
        {"active": [True, False]},
    ]


async def test_the_last_administrator_cannot_lock_everybody_out(browser: NewBrowser, loa: Loa) -> None:
    admin = await browser(ADMIN)
    found = await user(loa, ADMIN)
    assert found is not None
    for form in ({"role": "viewer", "active": "on"}, {"role": "admin"}):
        answer = await admin.post(f"/console/tables/users/edit?pk={found.id}", **form)
        assert answer.status_code == 422
        assert "quản trị cuối cùng" in words(answer)
    assert (await admin.get("/console/tables/users/list")).status_code == 200


async def test_an_invitation_shows_its_code_once(browser: NewBrowser, loa: Loa) -> None:
    from storage.invitations import open_invitation

    editor = await browser(EDITOR)
    answer = await editor.post("/console/invitations", agency="so_y_te")
    code = answer.text.split('<span class="loa-code">')[1].split("<")[0]
    assert re.fullmatch(r"[A-Z2-9]{4} [A-Z2-9]{4}", code)
    assert code not in (await editor.get("/console/invitations")).text
    async with loa.db.reading() as db:
        found = await open_invitation(db, code, loa.clock.now())
    assert found is not None
    assert (found.agency_id, found.issued_by) == ("so_y_te", EDITOR)
    assert code.replace(" ", "") not in str([entry.detail for entry in await editor.audit()])
    page = await editor.press(f"/console/invitations/{found.id}/withdraw")
    assert "Đã hủy mã mời" in words(page)
    async with loa.db.reading() as db:
        assert await open_invitation(db, code, loa.clock.now()) is None
    assert "không hủy được nữa" in words(await editor.press(f"/console/invitations/{found.id}/withdraw"))


async def test_an_invitation_wants_an_agency(browser: NewBrowser) -> None:
    editor = await browser(EDITOR)
    for agency in ("", "khong_co", "nhom_ubnd_cap_huyen", "<b>"):
        page = await editor.press("/console/invitations", agency=agency)
        assert "Chọn một đơn vị" in words(page), agency
        assert "loa-code" not in page.text, agency
