"""Directives on their way in: what cannot be read, what is there already, the file, a sheet of tasks; and found."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from storage.reviews import DirectiveReview
from tests.documents.measure import seed
from tests.people import Person
from tests.web.office import APPROVER, EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa
    from tests.people import Phones
    from tests.web.conftest import NewBrowser

from tests.web.directives import PLAN, bring, brought, draft_at, enforced

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
