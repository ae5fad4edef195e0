"""Reviewed directives put into force, and taken back: what it wants, and what officers owe from then on."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from sqlmodel import select

from storage.agencies import groups_of
from storage.archive import ArchiveEntry
from storage.directives import Directive, DirectiveItem, DirectiveState, items_of, providers_of
from storage.plans import Plan, assigned_tasks, indicators_of, list_plans, tasks_of
from storage.reports import report_on
from tests.web.office import APPROVER, EDITOR, words

if TYPE_CHECKING:
    from bot.app import Loa
    from tests.people import Phones
    from tests.web.conftest import NewBrowser

from tests.web.directives import PLAN, brought, enforced, see_everything


async def test_a_letter_comes_into_force_only_when_all_of_it_was_seen(browser: NewBrowser, loa: Loa) -> None:
    editor, approver = await browser(EDITOR), await browser(APPROVER)
    path = await brought(editor)
    key = path.rpartition("/")[2]
    assert "Đã xem 0/14 mục" in words(await editor.get(path))
    assert "Mới xem 0/14 mục" in words(await editor.press(f"{path}/review"))
    await editor.press(f"{path}/review/parts/i0/drop", revision="0")
    assert "Văn bản có hiệu lực" in words(await enforced(editor, approver, loa, path))
    async with loa.db.reading() as db:
        directive = await db.get_one(Directive, key)
        assert (directive.state, directive.period_from, directive.period_to) == (
            DirectiveState.IN_FORCE, date(2024, 11, 11), None,
        )  # fmt: skip
        items = await items_of(db, key)
        assert f"{key}.i0" not in [item.id for item in items]
        item = next(item for item in items if item.id == f"{key}.i1")
        assert item.targets == ["nhom_so_ban_nganh", "nhom_ubnd_cap_huyen", "nhom_bao_chi_tinh"]
        assert "so_y_te" in (await providers_of(db, [item.id]))[item.id]
        found = (await db.exec(select(ArchiveEntry.subject_id).where(ArchiveEntry.document_id == key))).all()
        assert {key, item.id} <= set(found)
    closed = await editor.press(f"{path}/review/parts/i1/drop", revision="0")
    assert "Bản rà soát đã chốt" in words(closed)
    noted = [entry.action for entry in await editor.audit() if entry.subject == f"directive:{key}"]
    assert noted == ["directive.import", "directive.review", "directive.enforce"]


async def test_what_changed_after_the_approver_looked_is_not_put_into_force(browser: NewBrowser, loa: Loa) -> None:
    editor, approver = await browser(EDITOR), await browser(APPROVER)
    path = await brought(editor)
    await see_everything(editor, loa, path)
    await editor.press(f"{path}/review")
    seen = re.search(r'name="revision" value="(\d+)"', (await approver.get(path)).text)
    assert seen
    assert "Đã mở lại để sửa" in words(await editor.press(f"{path}/reopen"))
    await editor.press(f"{path}/review/parts/i1/drop", revision="9")
    await editor.press(f"{path}/review")
    assert "đã thay đổi sau khi" in words(await approver.press(f"{path}/enforce", revision=seen[1]))


async def test_the_tasks_of_a_plan_become_tasks_officers_report_on(browser: NewBrowser, loa: Loa) -> None:
    editor, approver = await browser(EDITOR), await browser(APPROVER)
    path = await brought(editor, PLAN)
    key = path.rpartition("/")[2]
    await enforced(editor, approver, loa, path)
    async with loa.db.session() as db:
        plan = await db.get_one(Plan, key)
        assert (plan.number, plan.year_from, plan.year_to) == ("120/KH-STTTT", 2024, 2024)
        mine = {"ubnd_huyen_sa_thay", *await groups_of(db, "ubnd_huyen_sa_thay", date(2024, 11, 11))}
        tasks = [(task, role.value) for task, role in await tasks_of(db, sorted(mine)) if task.plan_id == key]
        assert [(task.due, task.cut_off, role) for task, role in tasks][:2] == [
            (date(2024, 12, 15), date(2024, 12, 16), "coordinator"),
            (date(2024, 12, 19), date(2024, 12, 20), "lead"),
        ]
        (target,) = await indicators_of(db, tasks[1][0].id)
        assert (target.target, target.comparison) == (5.0, "ge")
        (owed,) = plan.obligations
        assert (owed["from"], owed["to"], owed["due"]) == (["nhom_ubnd_cap_huyen"], ["so_tttt"], "2024-12-24")
        await report_on(db, tasks[1][0].id, "ubnd_huyen_sa_thay", loa.clock.now())
        await db.commit()
    assert "2 nhiệm vụ" in words(await approver.get(path))

    await approver.press(f"{path}/withdraw")
    async with loa.db.reading() as db:
        assert key not in {task.plan_id for task, _ in await assigned_tasks(db)}
        assert key not in {plan.id for plan in await list_plans(db)}
        assert key in {plan.id for plan in await list_plans(db, closed=True)}
    await approver.press(f"{path}/restore")
    await editor.press(f"{path}/reopen")
    await editor.press(f"{path}/review/parts/t1/drop", revision="9")
    await enforced(editor, approver, loa, path)
    async with loa.db.reading() as db:
        left = {task.id for task, _ in await assigned_tasks(db) if task.plan_id == key}
        assert f"{key}.t0" in left
        assert f"{key}.t1" not in left, "the dropped task keeps its report and is owed by nobody"


async def test_an_earlier_directive_is_replaced_and_those_concerned_are_told(
    browser: NewBrowser, loa: Loa, phones: Phones
) -> None:
    editor, approver = await browser(EDITOR), await browser(APPROVER)
    path = await brought(editor, PLAN)
    await editor.press(f"{path}/review/link", earlier="cv_tuan_46_2024", link_kind="replaces", closes_on="2024-11-11")
    assert "Thay thế toàn bộ" in words(await editor.get(f"{path}/review"))
    told = await enforced(editor, approver, loa, path)
    assert "Đã báo 3 cán bộ" in words(told)
    await loa.outbox.drain()
    assert all(
        "được thay thế bởi Kế hoạch số 120/KH-STTTT" in phones.inbox[who][0].text for who in ("an", "binh", "chi")
    )
    async with loa.db.reading() as db:
        earlier = await db.get_one(Directive, "cv_tuan_46_2024")
        assert earlier.state is DirectiveState.REPLACED
        assert all(item.to_date and item.to_date < date(2024, 11, 11) for item in await items_of(db, earlier.id))
    assert "Được thay thế, sửa đổi bởi" in words(await editor.get("/console/directives/cv_tuan_46_2024"))
    await approver.press(f"{path}/withdraw")
    async with loa.db.reading() as db:
        assert (await db.get_one(Directive, "cv_tuan_46_2024")).state is DirectiveState.IN_FORCE
        item = await db.get_one(DirectiveItem, "i003_1_1")
        assert item.to_date is None or item.to_date > date(2024, 11, 11)
