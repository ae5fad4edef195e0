"""From a file to a directive in force, in the console: brought, reviewed piece by piece, published, taken back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from handlers.directives.draft import Draft
from storage.agencies import groups_of
from storage.archive import ArchiveEntry
from storage.directives import Directive, DirectiveItem, DirectiveState, items_of, providers_of
from storage.plans import Plan, assigned_tasks, indicators_of, list_plans, tasks_of
from storage.reports import report_on
from storage.reviews import DirectiveReview, ReviewChange
from tests.documents.measure import seed
from tests.people import Person
from tests.web.office import APPROVER, EDITOR, VIEWER, words

if TYPE_CHECKING:
    import httpx

    from bot.app import Loa
    from tests.conftest import TestClock
    from tests.people import Phones
    from tests.web.conftest import NewBrowser
    from tests.web.office import Browser

PLAN = """UBND TỈNH KON TUM
SỞ THÔNG TIN VÀ TRUYỀN THÔNG
Số: 120/KH-STTTT
Kon Tum, ngày 04 tháng 11 năm 2024

KẾ HOẠCH
Tuyên truyền an toàn pin lithium năm 2024

Kính gửi: UBND các huyện, thành phố.

I. NHIỆM VỤ
1. Xây dựng chuyên mục về an toàn pin xe điện
- Đơn vị chủ trì: Sở Y tế.
- Đơn vị phối hợp: UBND các huyện, thành phố.
- Thời gian hoàn thành: trước ngày 16 tháng 12 năm 2024.
2. Phát ít nhất 05 tin bài trên hệ thống truyền thanh cơ sở
- Đơn vị chủ trì: UBND các huyện, thành phố.
- Thời gian hoàn thành: trước ngày 20/12/2024.

II. TỔ CHỨC THỰC HIỆN
1. UBND các huyện, thành phố báo cáo kết quả về Sở Thông tin và Truyền thông trước ngày 25/12/2024.

GIÁM ĐỐC
Nguyễn Văn A
"""


async def bring(someone: Browser, text: str = "", name: str = "", content: bytes = b"") -> httpx.Response:
    files: dict[str, Any] = {"file": (name, content)} if name else {"file": ("", b"")}
    return await someone.http.post("/console/directives", data={"csrftoken": someone.token, "text": text}, files=files)


async def brought(someone: Browser, text: str = "") -> str:
    """The address of a freshly brought letter's page."""
    answer = await bring(someone, text or seed("003"))
    assert answer.status_code == 303, words(answer)
    return answer.headers["location"].removesuffix("/review")


async def draft_at(loa: Loa, path: str) -> Draft:
    async with loa.db.reading() as db:
        return Draft.model_validate((await db.get_one(DirectiveReview, path.rpartition("/")[2])).draft)


async def see_everything(someone: Browser, loa: Loa, path: str) -> None:
    keys = [part.key for part in (await draft_at(loa, path)).kept]
    data: dict[str, Any] = {"csrftoken": someone.token, "key": ["document", *keys]}
    await someone.http.post(f"{path}/review/see", data=data)


async def enforced(editor: Browser, approver: Browser, loa: Loa, path: str) -> httpx.Response:
    await see_everything(editor, loa, path)
    assert "Đã đánh dấu đã rà soát" in words(await editor.press(f"{path}/review"))
    page = await approver.get(path)
    revision = re.search(r'name="revision" value="(\d+)"', page.text)
    assert revision
    return await approver.press(f"{path}/enforce", revision=revision[1])


FAULTS = {
    "van-ban.doc": (b"\xd0\xcf\x11\xe0 old", "tệp Word đời cũ"),
    "quet.pdf": (b"%PDF-1.4 nothing", "Tệp hỏng"),
    "bang.ods": (b"PK", "Chưa đọc được tệp đuôi .ods"),
    "mat.txt": ("TỐI MẬT\n\nTHÔNG BÁO\nVề việc ấy\n\n1. Công an tỉnh thực hiện.\n".encode(), "đóng dấu mật"),
    "trong.txt": (b"   ", "không có chữ nào"),
    "to.txt": (b"a" * (10 * 1024 * 1024 + 1), "Tệp quá lớn"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_what_cannot_be_read_is_told_and_not_kept(browser: NewBrowser, loa: Loa, name: str) -> None:
    editor = await browser(EDITOR)
    content, sentence = FAULTS[name]
    answer = await bring(editor, "", name, content)
    assert answer.status_code == 422
    assert sentence in words(answer)
    async with loa.db.reading() as db:
        assert (await db.exec(select(DirectiveReview))).all() == []


async def test_nothing_brought_is_told_and_pasted_text_stays_in_its_field(browser: NewBrowser) -> None:
    editor = await browser(EDITOR)
    assert "Chưa có gì để đọc" in words(await bring(editor))
    assert "<textarea" in (await bring(editor, "ngắn")).text
    assert ">ngắn</textarea>" in (await bring(editor, "ngắn")).text


async def test_the_same_file_again_leads_to_where_it_is(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    path = await brought(editor)
    again = await bring(editor, seed("003"))
    assert again.headers["location"] == path
    assert "đã được nhập trước đó" in words(await editor.get(path))
    async with loa.db.reading() as db:
        assert len((await db.exec(select(DirectiveReview))).all()) == 1


async def test_a_viewer_reads_the_review_and_changes_nothing(browser: NewBrowser, loa: Loa) -> None:
    path = await brought(await browser(EDITOR))
    viewer = await browser(VIEWER)
    page = await viewer.get(f"{path}/review")
    assert "Phòng ngừa ngộ độc thực phẩm" in words(page)
    assert "/drop" not in page.text
    assert (await viewer.post(f"{path}/review/parts/i1/drop", revision="0")).status_code == 403
    assert (await bring(viewer, "x")).status_code == 403
    nobody = await browser()
    assert "Tên đăng nhập" in words(await nobody.get(f"{path}/review"))


async def test_every_field_shows_the_lines_it_came_from(browser: NewBrowser) -> None:
    editor = await browser(EDITOR)
    path = await brought(editor)
    page = (await editor.get(f"{path}/review")).text
    lines = dict(re.findall(r'<li id="l(\d+)"><span[^>]*>\d+</span><span class="loa-line">(.*?)</span>', page, re.S))
    spots = re.findall(r'data-first="(\d+)" data-last="(\d+)" data-words="([^"]*)"', page)
    assert len(spots) > 40
    sought = next(spot for spot in spots if spot[2] == "Phòng ngừa ngộ độc thực phẩm")
    assert "ngộ độc thực phẩm" in lines[sought[0]]
    assert all(int(first) <= int(last) <= len(lines) for first, last, _ in spots)


async def test_a_field_is_corrected_and_the_difference_is_kept(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    path = await brought(editor)
    form = {"revision": "0", "title": "Phòng ngộ độc dịp Tết", "text": "Chữ mới", "first": "11/11/2024", "last": ""}
    done = await editor.http.post(
        f"{path}/review/parts/i1",
        data={"csrftoken": editor.token, **form, "providers": ["id:so_y_te"]},
        headers={"HX-Request": "true"},
    )
    assert done.status_code == 200
    assert "Máy đọc: Phòng ngừa ngộ độc thực phẩm · lan" in words(done)
    assert 'id="progress"' in done.text
    part = (await draft_at(loa, path)).part("i1")
    assert part is not None
    assert (part.title, part.text, part.first, part.seen) == (
        "Phòng ngộ độc dịp Tết",
        "Chữ mới",
        date(2024, 11, 11),
        True,
    )
    assert [party.id for party in part.providers] == ["so_y_te"]
    assert "lan · sửa: Phòng ngộ độc dịp Tết" in words(await editor.get(f"{path}/review"))


async def test_what_cannot_be_taken_comes_back_beside_its_field(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    path = await brought(editor)
    wrong = await editor.post(
        f"{path}/review/parts/i1", revision="0", title="", text="Giữ chữ này", first="31/02/2024", last=""
    )
    assert wrong.status_code == 422
    assert "Ghi tên mục" in words(wrong)
    assert "Không có ngày này" in words(wrong)
    assert "Giữ chữ này" in wrong.text
    back = await editor.post(f"{path}/review/parts/i1", revision="0", title="x", first="2024-12-02", last="2024-12-01")
    assert "Ngày cuối phải sau ngày đầu" in words(back)
    part = (await draft_at(loa, path)).part("i1")
    assert part is not None
    assert part.revision == 0
    assert (await editor.post(f"{path}/review/parts/zz", revision="0")).status_code == 404


async def test_a_typed_agency_is_chosen_from_the_registry_with_its_members(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    path = await brought(editor)
    found = await editor.get(f"{path}/review/bodies", field="providers", providers_new="ubnd cac huyen thanh pho")
    assert "gồm 10 đơn vị" in words(found)
    assert "UBND huyện Sa Thầy" in words(found)
    alike = words(await editor.get(f"{path}/review/bodies", field="providers", providers_new="dak ha"))
    assert alike.count("Đăk Hà") > 1
    typed = await editor.post(f"{path}/review/parts/i1", revision="0", title="x", providers_new="dak ha")
    assert typed.status_code == 422
    assert "Chọn một cơ quan trong danh sách" in words(typed)
    assert "UBND huyện Đăk Hà" in words(typed)


async def test_bodies_that_have_ended_say_so_and_name_who_took_over(browser: NewBrowser, clock: TestClock) -> None:
    clock.move(timedelta(days=365))
    editor = await browser(EDITOR)
    path = await brought(editor)
    found = words(await editor.get(f"{path}/review/bodies", field="providers", providers_new="so y te"))
    assert "hết hoạt động từ sau 30/06/2025" in found
    assert "Chọn cơ quan kế thừa:" in found
    assert "Căn cứ: Nghị quyết 202/2025/QH15" in found
    assert "Cần biết trước khi cho hiệu lực" in words(await editor.get(path))


async def test_an_item_is_split_merged_dropped_and_all_of_it_undone(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    path = await brought(editor)
    before = await draft_at(loa, path)
    key = next(part.key for part in before.parts if len(part.text.split("; ")) > 2 or part.text.count(". ") > 1)
    await editor.press(f"{path}/review/parts/{key}/split", revision="0", place="1")
    split = await draft_at(loa, path)
    assert len(split.parts) == len(before.parts) + 1
    at = [part.key for part in split.parts].index(key)
    assert split.parts[at + 1].key == "n1"
    assert split.parts[at].text != before.parts[at].text
    await editor.press(f"{path}/review/parts/{key}/merge", revision=str(split.parts[at].revision))
    merged = await draft_at(loa, path)
    assert merged.parts[at + 1].dropped
    await editor.press(f"{path}/review/parts/i0/drop", revision="0")
    assert "Đã bỏ:" in words(await editor.get(f"{path}/review"))
    for _ in range(3):
        page = await editor.get(f"{path}/review")
        change = re.search(r'name="change" value="(\d+)"', page.text)
        if change is None:  # an undone change is not undone again
            break
        await editor.press(f"{path}/review/undo", change=change[1])
    async with loa.db.reading() as db:
        changes = (await db.exec(select(ReviewChange).order_by(col(ReviewChange.revision)))).all()
        assert [change.action for change in changes] == ["split", "merge", "drop", "undo"]
    first = await draft_at(loa, path)
    assert not first.parts[0].dropped
    async with loa.db.reading() as db:
        (merge,) = [change for change in changes if change.action == "merge"]
    await editor.press(f"{path}/review/undo", change=str(merge.id))
    assert not (await draft_at(loa, path)).parts[at + 1].dropped
    late = await editor.press(f"{path}/review/undo", change=str(merge.id))
    assert "Không hoàn tác được" in words(late)
    await editor.press(f"{path}/review/parts/i0/drop", revision="0")
    refused = await editor.press(f"{path}/review/parts/i0/drop", revision="0")
    assert "Có người vừa sửa mục này" in words(refused)
    await editor.press(f"{path}/review/parts/i0/restore")
    assert not (await draft_at(loa, path)).parts[0].dropped


async def test_a_part_is_added_from_lines(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    path = await brought(editor)
    await editor.press(f"{path}/review/add", kind="item", first_line="12", last_line="12")
    part = (await draft_at(loa, path)).part("n1")
    assert part is not None
    assert part.lines == (12, 12)
    assert part.title
    wrong = await editor.press(f"{path}/review/add", kind="item", first_line="12", last_line="3")
    assert "Số dòng chưa đúng" in words(wrong)
    assert "Ghi tên mục" in words(await editor.press(f"{path}/review/add", kind="task"))


async def test_the_second_of_two_people_is_told_and_loses_nothing(browser: NewBrowser, loa: Loa) -> None:
    first, second = await browser(EDITOR), await browser("mai")
    path = await brought(first)
    await first.press(f"{path}/review/parts/i1", revision="0", title="Tên của lan", text="a")
    late = await second.post(f"{path}/review/parts/i1", revision="0", title="Tên của mai", text="b")
    assert late.status_code == 409
    told = words(late)
    assert "lan đã sửa mục này lúc" in told
    assert "Tên của lan" in told
    assert 'value="Tên của mai"' in late.text
    assert "lan vừa sửa văn bản này" in words(await second.get(f"{path}/review"))
    revision = re.search(r'name="revision" value="([1-9]\d*)"', late.text)
    assert revision
    await second.press(f"{path}/review/parts/i1", revision=revision[1], title="Tên của mai", text="b")
    part = (await draft_at(loa, path)).part("i1")
    assert part is not None
    assert part.title == "Tên của mai"


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


async def test_the_file_is_kept_and_given_back_as_it_was(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    path = await brought(editor)
    again = await (await browser(VIEWER)).get(f"{path}/original")
    assert again.content.decode() == seed("003")
    assert "van-ban.txt" in again.headers["content-disposition"]
    assert (await (await browser()).get(f"{path}/original")).url.path == "/console/login"
    assert (await editor.get("/console/directives/cv_tuan_46_2024/original")).status_code == 404


async def test_the_file_is_sent_in_chat_to_whom_the_directive_concerns(
    browser: NewBrowser, loa: Loa, phones: Phones
) -> None:
    editor, approver = await browser(EDITOR), await browser(APPROVER)
    path = await brought(editor, PLAN)
    key = path.rpartition("/")[2]
    an, citizen = Person(loa, phones, "an"), Person(loa, phones, "dan")
    assert "Không có tệp gốc" in (await an.taps(f"original:{key}"))[0].text, "nobody has put it into force"
    await enforced(editor, approver, loa, path)
    opened = await an.taps(f"directive:{key}")
    assert any("Gửi tệp gốc" in choice.label for part in opened for choice in part.choices)
    assert any("Tệp gốc: Kế hoạch số 120/KH-STTTT" in part.text for part in await an.taps(f"original:{key}"))
    assert "dành cho cán bộ" in (await citizen.taps(f"original:{key}"))[0].text
    assert "Không có tệp gốc" in (await an.taps("original:cv_tuan_46_2024"))[0].text


async def test_the_rows_of_a_sheet_join_the_draft_and_wrong_cells_are_named(browser: NewBrowser, loa: Loa) -> None:
    editor = await browser(EDITOR)
    path = await brought(editor)
    empty = await editor.get("/console/directives/nhiem-vu.xlsx")
    workbook = load_workbook(BytesIO(empty.content))
    sheet = workbook.worksheets[0]
    typed: list[tuple[str | int, ...]] = [
        (1, "Lập đường dây nóng", "Sở Y tế", "UBND các huyện, thành phố", "trước ngày 30/11/2024", "05 xã", ""),
        (2, "Việc không ai làm", "", "", "", "", ""),
        (3, "Việc của nơi lạ", "Sở Vũ trụ", "", "", "", ""),
    ]
    for row, cells in enumerate(typed, 2):
        for place, cell in enumerate(cells, 1):
            sheet.cell(row, place, cell)
    out = BytesIO()
    workbook.save(out)
    answer = await editor.http.post(
        f"{path}/review/sheet",
        data={"csrftoken": editor.token},
        files={"file": ("a.xlsx", out.getvalue())},
        follow_redirects=True,
    )
    told = words(answer)
    assert "Đã thêm 2 nhiệm vụ; bỏ 1 dòng" in told
    assert "Ô C3: chưa ghi đơn vị chủ trì" in told
    assert "Sở Vũ trụ" in told
    added = [part for part in (await draft_at(loa, path)).parts if part.key.startswith("n")]
    assert [(part.title, part.due.last_day) for part in added] == [
        ("Lập đường dây nóng", date(2024, 11, 29)),
        ("Việc của nơi lạ", None),
    ]
    no_sheet = await editor.http.post(
        f"{path}/review/sheet",
        data={"csrftoken": editor.token},
        files={"file": ("a.xlsx", b"nonsense")},
        follow_redirects=True,
    )
    assert "không khớp với đuôi" in words(no_sheet)


async def test_the_archive_is_searched_and_paged(browser: NewBrowser) -> None:
    viewer = await browser(VIEWER)
    page = await viewer.get("/console/directives", q="chi dao ve ngo doc thuc pham")
    assert "<mark>ngộ độc thực phẩm</mark>" in page.text
    assert "/console/directives/cv_tuan_46_2024#i003_1_2" in page.text
    assert "Nhập văn bản mới" not in words(page)
    assert "3929" in words(await viewer.get("/console/directives", q="3929"))
    many = await viewer.get("/console/directives", q="thong tin co so")
    assert "Trang 1/" in words(many)
    assert "Trang 2/" in words(await viewer.get("/console/directives", q="thong tin co so", page="2"))
    assert "Không tìm thấy" in words(await viewer.get("/console/directives", q="tàu vũ trụ", page="99999"))
    assert "2 kết quả" not in words(await viewer.get("/console/directives", q="<script>alert(1)</script>"))
    bounded = await viewer.get("/console/directives", agency="so_y_te", first="2024-01-01", last="xx", state="in_force")
    assert bounded.status_code == 200
