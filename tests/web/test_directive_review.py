"""A directive's draft reviewed piece by piece: every field beside its lines, corrected, cut, joined, dropped, added."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlmodel import col, select

from storage.reviews import ReviewChange
from tests.web.office import EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa
    from tests.conftest import TestClock
    from tests.web.conftest import NewBrowser

from tests.web.directives import bring, brought, draft_at


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


async def test_the_line_of_progress_leads_to_what_is_left(browser: NewBrowser) -> None:
    """And "Kính gửi" names nobody who only gets a copy."""
    editor = await browser(EDITOR)
    path = await brought(editor)
    page = await editor.get(f"{path}/review")
    assert re.search(r'<a class="small" href="#document">Đến mục chưa xem', page.text)
    assert "Lưu: VT" not in page.text.partition('id="document"')[2].partition("</article>")[0]
    await editor.http.post(f"{path}/review/see", data={"csrftoken": editor.token, "key": ["document", "i0"]})
    assert '<a class="small" href="#i1">' in (await editor.get(f"{path}/review")).text


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
