"""Who may do what: every form and every page of the console against every role, asked of the server."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pytest

from bot.web.console.powers import POWERS, Power
from handlers.directives.draft import Document, Draft, Part, PartKind
from handlers.questionnaires.publishing import bring_in
from handlers.succession.planning import adopt
from storage.contacts import Contact
from storage.digests import Delivery, DeliveryKind, DeliveryState
from storage.directives import Directive
from storage.invitations import Invitation, invite
from storage.proposals import Decided, EntryDraft, QuestionDecision
from storage.questionnaires import FormDraft, hand_in
from storage.questions import AnswerKind, QuestionLog, TicketKind, open_ticket
from storage.reports import report_on, submit
from storage.reviews import DirectiveReview
from storage.users import Role
from tests.web.conftest import NewBrowser
from tests.web.office import ROLES, TABLES, words

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.app import Loa

FORMS = {
    "/console/digests": Power.COMPOSE,
    "/console/digests/urgent": Power.COMPOSE,
    "/console/digests/1/editions/so_y_te/test": Power.COMPOSE,
    "/console/digests/1/recompose": Power.COMPOSE,
    "/console/digests/1/submit": Power.COMPOSE,
    "/console/digests/1/approve": Power.APPROVE,
    "/console/digests/1/return": Power.APPROVE,
    "/console/digests/1/schedule": Power.SEND,
    "/console/digests/1/send": Power.SEND,
    "/console/digests/1/cancel": Power.SEND,
    "/console/rhythm": Power.SEND,
    "/console/rhythm/skip": Power.SEND,
    "/console/rhythm/unskip": Power.SEND,
    "/console/briefing": Power.SEE,
    "/console/briefing/off": Power.SEE,
    "/console/briefing/trial": Power.SEE,
    "/console/extensions/1/grant": Power.REVIEW_REPORTS,
    "/console/extensions/1/refuse": Power.REVIEW_REPORTS,
    "/console/extensions/1/reopen": Power.REVIEW_REPORTS,
    "/console/phone/code": Power.SEE,
    "/console/phone/unlink": Power.SEE,
    "/console/digests/1/again": Power.SEND,
    "/console/digests/1/pause": Power.SEND,
    "/console/digests/1/resume": Power.SEND,
    "/console/deliveries/1/settle": Power.SEND,
    "/console/digests/1/report/so_y_te/taken": Power.SEND,
    "/console/clarifications/1/answer": Power.ANSWER,
    "/console/clarifications/1/close": Power.ANSWER,
    **{f"/console/extensions/1/{act}": Power.REVIEW_REPORTS for act in ("grant", "refuse", "reopen")},
    "/console/obligations/done": Power.REVIEW_REPORTS,
    "/console/obligations/undone": Power.REVIEW_REPORTS,
    "/console/corrections/items/i003_1_3": Power.COMPOSE,
    "/console/corrections/1/approve": Power.APPROVE,
    "/console/corrections/1/reject": Power.SEE,
    "/console/progress/refresh": Power.SEE,
    "/console/reports/1/accept": Power.REVIEW_REPORTS,
    "/console/reports/1/return": Power.REVIEW_REPORTS,
    "/console/tickets/1/answer": Power.ANSWER,
    "/console/tickets/1/close": Power.ANSWER,
    "/console/questions/answer": Power.ANSWER,
    "/console/questions/teach": Power.EDIT,
    "/console/questions/dismiss": Power.EDIT,
    "/console/questions/decided/1/undo": Power.EDIT,
    "/console/questions/drafts": Power.EDIT,
    "/console/questions/drafts/1/save": Power.EDIT,
    "/console/questions/drafts/1/review": Power.APPROVE,
    "/console/directives": Power.EDIT,
    "/console/directives/cv_moi/review": Power.EDIT,
    "/console/directives/cv_moi/reopen": Power.EDIT,
    "/console/directives/cv_moi/review/see": Power.EDIT,
    "/console/directives/cv_moi/review/add": Power.EDIT,
    "/console/directives/cv_moi/review/undo": Power.EDIT,
    "/console/directives/cv_moi/review/sheet": Power.EDIT,
    "/console/directives/cv_moi/review/link": Power.EDIT,
    "/console/directives/cv_moi/review/unlink": Power.EDIT,
    "/console/directives/cv_moi/review/parts/i0": Power.EDIT,
    "/console/directives/cv_moi/review/parts/i0/split": Power.EDIT,
    "/console/directives/cv_moi/review/parts/i0/merge": Power.EDIT,
    "/console/directives/cv_moi/review/parts/i0/drop": Power.EDIT,
    "/console/directives/cv_moi/review/parts/i0/restore": Power.EDIT,
    "/console/directives/cv_moi/enforce": Power.ENFORCE,
    "/console/directives/cv_moi/withdraw": Power.ENFORCE,
    "/console/directives/cv_moi/restore": Power.ENFORCE,
    **{f"/console/contacts/1/{step}": Power.EDIT for step in ("appoint", "handover", "stand-in", "end", "depart")},
    "/console/agency-changes": Power.EDIT,
    "/console/agency-changes/adopt": Power.EDIT,
    **{f"/console/agency-changes/1/{step}": Power.EDIT for step in ("share", "confirm", "cancel", "undo")},
    "/console/contacts/requests/1/approve": Power.INVITE,
    "/console/contacts/requests/1/refuse": Power.INVITE,
    "/console/contacts/import": Power.INVITE,
    "/console/contacts/import/1/confirm": Power.INVITE,
    "/console/forms": Power.EDIT,
    "/console/forms/use/noi_sac_xe_dien": Power.EDIT,
    "/console/forms/1/state": Power.ENFORCE,
    "/console/invitations": Power.INVITE,
    "/console/invitations/sheet": Power.INVITE,
    "/console/invitations/1/withdraw": Power.INVITE,
    "/console/zalo/consent": Power.PLATFORMS,
    "/console/tables/contacts/edit?pk=1": Power.EDIT,
    "/console/tables/users/create": Power.USERS,
    "/console/tables/users/edit?pk=1": Power.USERS,
}
"""Every form, with the power it wants. A test below finds forms that are missing here."""
PAGES = {
    "/console/": Power.SEE,
    "/console/digests": Power.SEE,
    "/console/digests/1": Power.SEE,
    "/console/digests/1/editions": Power.SEE,
    "/console/digests/1/editions/ubnd_huyen_sa_thay": Power.SEE,
    "/console/digests/1/recipients": Power.SEE,
    "/console/digests/1/ledger": Power.SEE,
    "/console/digests/1/ledger/counts": Power.SEE,
    "/console/rhythm": Power.SEE,
    "/console/phone": Power.SEE,
    "/console/digests/1/report": Power.SEE,
    "/console/uptake": Power.SEE,
    "/console/clarifications": Power.SEE,
    "/console/extensions": Power.SEE,
    "/console/obligations": Power.SEE,
    "/console/corrections": Power.SEE,
    "/console/loudspeaker": Power.SEE,
    "/console/progress": Power.SEE,
    "/console/reports": Power.SEE,
    "/console/reports/1": Power.SEE,
    "/console/tickets": Power.SEE,
    "/console/tickets/1": Power.SEE,
    "/console/questions": Power.SEE,
    "/console/questions/log": Power.SEE,
    "/console/questions/entries": Power.SEE,
    "/console/questions/decided": Power.SEE,
    "/console/questions/drafts": Power.SEE,
    "/console/questions/drafts/1": Power.SEE,
    "/console/questions/proposals/1": Power.SEE,
    "/console/questions/decided/1": Power.SEE,
    "/console/content": Power.SEE,
    "/console/content/conflicts": Power.SEE,
    "/console/content/emergency": Power.SEE,
    "/console/content/hotlines": Power.SEE,
    "/console/content/faq/battery.fire_now": Power.SEE,
    "/console/items/i003_1_3": Power.SEE,
    "/console/briefing": Power.SEE,
    "/console/directives": Power.SEE,
    "/console/directives/cv_moi": Power.SEE,
    "/console/contacts": Power.SEE,
    "/console/contacts/1": Power.SEE,
    "/console/agency-changes": Power.SEE,
    "/console/agency-changes/new": Power.EDIT,
    "/console/agency-changes/1": Power.SEE,
    "/console/contacts/requests": Power.SEE,
    "/console/contacts/import": Power.INVITE,
    "/console/contacts/import/can-bo-mau.xlsx": Power.INVITE,
    "/console/contacts/export": Power.SEE_PHONES,
    "/console/directives/cv_moi/review": Power.SEE,
    "/console/directives/cv_moi/review/bodies?field=lead": Power.SEE,
    "/console/directives/nhiem-vu.xlsx": Power.SEE,
    "/console/directives/cv_moi/review/parts/i0": Power.SEE,
    "/console/forms": Power.SEE,
    "/console/forms/1": Power.SEE,
    "/console/forms/1/xlsform": Power.SEE,
    "/console/forms/1/answers": Power.REVIEW_REPORTS,
    "/console/forms/1/submissions/1": Power.REVIEW_REPORTS,
    "/console/invitations": Power.SEE,
    "/console/zalo": Power.SEE,
    "/console/zalo/callback": Power.PLATFORMS,
    **{f"/console/tables/{table}/list": Power.SEE for table in TABLES},
    "/console/tables/users/list": Power.USERS,
    "/console/tables/users/detail?pk=1": Power.USERS,
    "/console/tables/users/edit?pk=1": Power.USERS,
    "/console/tables/users/create": Power.USERS,
    "/console/tables/audit/list": Power.SEE_AUDIT,
    "/console/tables/audit/detail?pk=1": Power.SEE_AUDIT,
}
ACTIONS = {
    ("contacts", "confirm", 1): Power.EDIT,
    ("accounts", "silence", 1): Power.EDIT,
    ("accounts", "revoke", 1): Power.EDIT,
    ("contacts", "end", 1): Power.EDIT,
    ("deliveries", "arrived", 1): Power.SEND,
    ("deliveries", "again", 1): Power.SEND,
}
NOBODY = (
    "/console/tables/agencies/create",
    "/console/tables/agencies/edit?pk=so_y_te",
    "/console/tables/tasks/edit?pk=t002_1",
    "/console/tables/deliveries/edit?pk=1",
    "/console/tables/deliveries/create",
    "/console/tables/progress/edit?pk=1",
    "/console/tables/audit/edit?pk=1",
    "/console/tables/audit/create",
    "/console/tables/contacts/create",
)
"""Forms that must not exist for anybody, administrators included."""


@pytest.fixture
async def busy(loa: Loa) -> None:
    """One of everything, so that no form fails for want of its row."""
    from handlers import digests

    now = loa.clock.now()
    async with loa.db.session() as db:
        digest = await digests.save_draft(db, loa.catalog, "2024-W46", "lan", now)
        await open_ticket(db, TicketKind.QUESTION, 1, "Xin hỏi", now)
        report = await report_on(db, next(iter(loa.catalog.province.plans.values())).tasks[0].id, "so_y_te", now)
        await submit(db, report, {"values": {}, "status": "done"}, 1, now)
        db.add(Directive(id="cv_moi", kind="cong_van", title="Mới", issuer="Sở", created_at=now))
        await db.flush()
        part = Part(key="i0", kind=PartKind.ITEM, title="Mục")
        draft = Draft(document=Document(), parts=[part]).model_dump(mode="json")
        db.add(DirectiveReview(directive_id="cv_moi", draft=draft))
        await invite(db, "so_y_te", "lan", now)
        await adopt(db, loa.catalog, "so_khdt_2025", "lan", now)
        form, _ = await bring_in(db, loa.catalog.questionnaires["thong_tin_an_toan"], "lan", now)
        begun = FormDraft(form_id=form.id or 0, contact_id=1, agency_id="so_y_te", version=1, updated_at=now)
        db.add(begun)
        await db.flush()
        await hand_in(db, begun, {"answers": {}}, "phone", now)
        db.add(
            Delivery(
                kind=DeliveryKind.NOTICE,
                key="x",
                account_id=1,
                address="phone:an",
                channel="phone",
                reply={"text": "x"},
                state=DeliveryState.UNCLEAR,
                due_at=now,
                created_at=now,
            )
        )
        db.add(QuestionLog(asked_at=now, channel="phone", text="Giá vàng", kind=AnswerKind.FALLBACK))
        decision = QuestionDecision(decided=Decided.DRAFTED, actor="lan", at=now, questions=1)
        db.add(decision)
        await db.flush()
        assert decision.id == 1
        db.add(
            EntryDraft(
                decision_id=1,
                topic="food.ruou",
                title="Mới",
                question="Hỏi?",
                answer=["Làm"],
                sources=["Sở"],
                author="lan",
                created_at=now,
                updated_at=now,
            )
        )
        assert digest.id == 1
        await db.commit()


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("name", ROLES)
async def test_every_form_asks_for_its_power(browser: NewBrowser, name: str) -> None:
    someone = await browser(name)
    for path, power in FORMS.items():
        answer = await someone.post(path)
        allowed = power in POWERS[ROLES[name]]
        assert (answer.status_code != 403) == allowed, (name, path, answer.status_code)
        assert answer.status_code < 500, (name, path)
        if not allowed:
            assert "Anh/chị không có quyền" in words(answer)


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("name", ROLES)
async def test_every_action_of_a_row_asks_for_its_power(browser: NewBrowser, loa: Loa, name: str) -> None:
    someone = await browser(name)
    async with loa.db.session() as db:
        contact = await db.get(Contact, 1)
        assert contact is not None
        contact.verified_at = None
        db.add(contact)
        await db.commit()
    for (table, action, pk), power in ACTIONS.items():
        answer = await someone.act(table, action, pk)
        allowed = power in POWERS[ROLES[name]]
        if (table, action) == ("deliveries", "again") and allowed:
            assert answer.status_code == 400, "the other action has settled it"
            continue
        assert (answer.status_code == 200) == allowed, (name, table, action, answer.text)


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("name", ROLES)
async def test_books_and_shipped_content_are_edited_by_nobody(browser: NewBrowser, name: str) -> None:
    someone = await browser(name)
    for path in NOBODY:
        assert (await someone.post(path)).status_code == 403, (name, path)
        assert (await someone.get(path)).status_code == 403, (name, path)
    for table in ("agencies", "deliveries", "audit", "contacts", "users"):
        for path in (
            f"/console/tables/_api/{table}/action?name=delete&pks=1",
            f"/console/tables/_api/{table}/action?name=export&all=1",
            f"/console/tables/_api/{table}/row-action?name=delete&pk=1",
            f"/console/tables/_api/{table}/import",
            f"/console/tables/_api/{table}/inline-edit?pk=1&field=name",
        ):
            answer = await someone.http.post(path, headers={"X-CSRFToken": someone.token})
            assert answer.status_code in (400, 403, 404), (name, path, answer.status_code)
    async with someone.loa.db.reading() as db:
        assert await db.get(Invitation, 1) is not None
        assert await db.get(Contact, 1) is not None


@pytest.mark.usefixtures("busy")
async def test_a_stranger_gets_nothing(browser: NewBrowser) -> None:
    stranger = await browser()
    await stranger.get("/console/login")
    for path in (*FORMS, *NOBODY):
        answer = await stranger.post(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/console/login"), path
    for path in PAGES:
        assert (await stranger.get(path)).url.path == "/console/login", path


def test_no_form_is_missing_in_the_table(app: FastAPI) -> None:
    """Whoever adds a form must say here who may send it."""
    from starlette.applications import Starlette
    from starlette.routing import Mount, Route

    console = next(route.app for route in app.routes if isinstance(route, Mount) and route.path == "/console")
    assert isinstance(console, Starlette)
    stands_for = (
        ("/1/", "/{id}/"), ("/cv_moi/", "/{id}/"), ("/parts/i0", "/parts/{key}"), ("/so_y_te/", "/{agency}/"),
        ("/items/i003_1_3", "/items/{item}"), ("/use/noi_sac_xe_dien", "/use/{name}"),
    )  # fmt: skip
    known = {reduce(lambda form, pair: form.replace(*pair), stands_for, path) for path in FORMS} | {
        "/console/login",
        "/console/logout",
    }
    for route in console.routes:
        if isinstance(route, Route) and "POST" in (route.methods or ()):
            assert f"/console{route.path}" in known, route.path


def test_roles_are_as_agreed() -> None:
    assert POWERS[Role.ADMIN] == set(Power)
    assert POWERS[Role.VIEWER] == {Power.SEE}
    assert Power.APPROVE not in POWERS[Role.EDITOR]
    assert Power.COMPOSE not in POWERS[Role.APPROVER]
    assert Power.SEE_WORDS not in POWERS[Role.APPROVER]
    assert not POWERS[Role.EDITOR] & {Power.SEE_PHONES, Power.USERS, Power.SEE_AUDIT}
