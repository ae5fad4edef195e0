"""The console's forms: brought as XLSForm, refused by the cell, opened and closed, answers read and taken away."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlmodel import select

from storage.audit import AuditEntry
from storage.contacts import Contact
from storage.files import FilePurpose, keep_file
from storage.questionnaires import FormDraft, FormState, form_named, hand_in
from tests.conftest import MONDAY
from tests.web.conftest import NewBrowser
from tests.web.office import ADMIN, APPROVER, EDITOR, VIEWER, Browser, words
from tests.xlsforms.books import MARKET, book

if TYPE_CHECKING:
    from bot.app import Loa

PAGE = "/console/forms"
PHOTO = b"\x89PNG\r\n\x1a\n"


async def brings(someone: Browser, content: bytes, name: str = "cho.xlsx") -> httpx.Response:
    answer = await someone.http.post(PAGE, data={"csrftoken": someone.token}, files={"file": (name, content)})
    return await someone.get(answer.headers["location"]) if answer.status_code == 303 else answer


async def filled_in(loa: Loa, name: str, answers: dict[str, Any], period: str = "") -> int:
    """Hand the form in for Sa Thầy; the submission's number."""
    async with loa.db.session() as db:
        row = await form_named(db, name)
        contact = (await db.exec(select(Contact).where(Contact.agency_id == "ubnd_huyen_sa_thay"))).first()
        assert row is not None
        assert contact is not None
        photo = await keep_file(db, "cho.png", PHOTO, "image/png", FilePurpose.RECEIVED, MONDAY, owner="form:1")
        draft = FormDraft(
            form_id=row.id or 0, contact_id=contact.id or 0, agency_id=contact.agency_id, period=period,
            version=row.version, updated_at=MONDAY,
        )  # fmt: skip
        db.add(draft)
        await db.flush()
        sent = [{"file": photo.id, "name": "cho.png", "type": "image/png"}]
        given = {path: sent if answer == "photo" else answer for path, answer in answers.items()}
        made = await hand_in(db, draft, {"answers": given, "reasons": {"kg": "cân lại"}}, "zalo", MONDAY)
        await db.commit()
    assert made.id is not None
    return made.id


async def test_an_xlsform_is_taken_looked_at_opened_and_closed(loa: Loa, browser: NewBrowser) -> None:
    lan, hung = await browser(EDITOR), await browser(APPROVER)
    shown = words(await brings(lan, MARKET))
    assert "Đã nhận biểu mẫu" in shown
    assert "bỏ qua cột «appearance»" in shown
    assert "Chợ" in shown
    assert "1. Ngày kiểm tra ngày · bắt buộc" in shown
    assert "Hỏi khi: selected(${vi_pham}, 'het_han')" in shown
    assert "Chỉ người duyệt mở và đóng" in shown
    assert "Chưa mở" in words(await lan.get(PAGE))
    path = f"{PAGE}/1"
    assert (await lan.post(f"{path}/state", state="open")).status_code == 403
    assert "Đã mở biểu mẫu" in words(await hung.press(f"{path}/state", state="open"))
    assert "có lẽ người khác vừa bấm" in words(await hung.press(f"{path}/state", state="open"))
    assert "Đã đóng biểu mẫu" in words(await hung.press(f"{path}/state", state="closed"))
    assert "Đã mở biểu mẫu" in words(await hung.press(f"{path}/state", state="open"))
    async with loa.db.reading() as db:
        row = await form_named(db, "kiem_tra_cho")
        noted = (await db.exec(select(AuditEntry.action).where(AuditEntry.subject == "form:1"))).all()
    assert row is not None
    assert row.state is FormState.OPEN
    assert list(noted) == ["form.brought", "form.open", "form.closed", "form.open"]


async def test_a_new_version_says_what_is_new_and_the_same_says_so(browser: NewBrowser) -> None:
    lan = await browser(EDITOR)
    head = ("type", "name", "label")
    await brings(lan, book((head, ("text", "a", "A"), ("text", "b", "B"))))
    again = await brings(lan, book((head, ("text", "a", "A"), ("text", "c", "C"), ("text", "d", "D"))))
    assert "Đã nhận bản 2: thêm 2 câu, bỏ 1 câu" in words(again)
    same = await brings(lan, book((head, ("text", "a", "A"), ("text", "c", "C"), ("text", "d", "D"))))
    assert "giống hệt bản 2" in words(same)
    assert "Bản cũ (1)" in words(same)
    first = await lan.get(f"{PAGE}/1/xlsform", version="1")
    assert (await lan.get(f"{PAGE}/1/xlsform", version="7")).status_code == 404
    assert "Đã nhận bản 3: thêm 1 câu, bỏ 2 câu" in words(await brings(lan, first.content))


async def test_an_open_form_changes_only_through_who_may_open_it(browser: NewBrowser) -> None:
    lan, mai = await browser(EDITOR), await browser(ADMIN)
    head = ("type", "name", "label")
    await brings(lan, book((head, ("text", "a", "A"))))
    await mai.press(f"{PAGE}/1/state", state="open")
    changed = book((head, ("text", "b", "B")))
    refused = await brings(lan, changed)
    assert refused.status_code == 409
    assert "Nhờ người duyệt đóng biểu mẫu" in words(refused)
    assert "Đã nhận bản 2" in words(await brings(mai, changed))


async def test_what_is_not_supported_is_listed_and_nothing_is_kept(browser: NewBrowser) -> None:
    lan = await browser(EDITOR)
    rows = (
        ("type", "name", "label", "choice_filter"), ("start", "bd"), ("geopoint", "o", "Ở đâu?"),
        ("text", "a", "A", "x = 1"),
    )  # fmt: skip
    page = await brings(lan, book(rows))
    assert page.status_code == 422
    shown = words(page)
    assert "2 chỗ cần sửa" in shown
    assert "ô A3: chưa hỗ trợ câu hỏi vị trí «geopoint»" in shown
    assert "ô D4: chưa hỗ trợ lọc câu trả lời" in shown
    assert "bỏ qua «start»" in shown
    assert "Chưa có biểu mẫu nào" in shown


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "không có chữ nào"), (b"nonsense", "không khớp"), (b"PK\x03\x04" + b"0" * 90, "hỏng")],
)
async def test_what_is_no_form_is_told_without_a_trace(content: bytes, told: str, browser: NewBrowser) -> None:
    lan = await browser(EDITOR)
    page = await brings(lan, content)
    assert page.status_code == 422
    assert told in words(page)


async def test_a_form_that_ships_is_used_and_written_back(loa: Loa, browser: NewBrowser) -> None:
    lan = await browser(EDITOR)
    assert "Rà soát nơi để, sạc xe điện" in words(await lan.get(PAGE))
    shown = words(await lan.press(f"{PAGE}/use/noi_sac_xe_dien"))
    assert "Nơi để, sạc xe lặp lại" in shown
    assert (await lan.post(f"{PAGE}/use/khong_co")).status_code == 404
    file = await lan.get(f"{PAGE}/1/xlsform")
    assert file.headers["content-disposition"] == 'attachment; filename="noi_sac_xe_dien-1.xlsx"'
    assert "giống hệt bản 1" in words(await brings(lan, file.content))


async def test_the_page_tells_who_has_not_handed_in(loa: Loa, browser: NewBrowser) -> None:
    mai = await browser(ADMIN)
    await mai.press(f"{PAGE}/use/thong_tin_an_toan")
    await mai.press(f"{PAGE}/1/state", state="open")
    assert "Chưa nộp: 3 đơn vị có đầu mối" in words(await mai.get(f"{PAGE}/1"))
    await filled_in(loa, "thong_tin_an_toan", {"noi_dung": ["chua"], "ly_do": "Mất điện"}, "2024-W45")
    last_week = words(await mai.get(f"{PAGE}/1", period="2024-W45"))
    assert "Chưa nộp: 2 đơn vị" in last_week
    assert "tuần 45/2024" in last_week
    this_week = words(await mai.get(f"{PAGE}/1"))
    assert "Chưa đơn vị nào nộp" in this_week
    assert "Chưa nộp: 3 đơn vị" in this_week


async def test_answers_are_read_and_taken_away(loa: Loa, browser: NewBrowser) -> None:
    lan, tam = await browser(EDITOR), await browser(VIEWER)
    await brings(lan, MARKET)
    assert "Chưa đơn vị nào nộp" in words(await lan.get(f"{PAGE}/1"))
    answers = {
        "ngay": "2024-11-10", "ten_cho": "=1+1", "loai": "hang_1", "so_quay": 2.0, "quay/1/vi_pham": ["het_han"],
        "quay/1/kg": 2.5, "quay/1/anh": "photo", "quay/2/vi_pham": [], "tong_kg": 2.5,
    }  # fmt: skip
    number = await filled_in(loa, "kiem_tra_cho", answers)
    assert "UBND huyện Sa Thầy" in words(await lan.get(f"{PAGE}/1"))
    shown = await lan.get(f"{PAGE}/1/submissions/{number}")
    assert "Loại chợ Hạng 1" in words(shown)
    assert "Quầy 1: Khối lượng hủy (kg) 2,5" in words(shown)
    photo = await lan.get(f"{PAGE}/1/submissions/{number}/files/1")
    assert photo.content == PHOTO
    assert (await lan.get(f"{PAGE}/1/submissions/{number}/files/9")).status_code == 404
    assert (await lan.get(f"{PAGE}/2/submissions/{number}")).status_code == 404
    for path in (f"{PAGE}/1/submissions/{number}", f"{PAGE}/1/answers"):
        assert (await tam.get(path)).status_code == 403
    taken = load_workbook(io.BytesIO((await lan.get(f"{PAGE}/1/answers")).content))
    first, second = taken.worksheets
    row = dict(zip([cell.value for cell in first[1]], first[2], strict=True))
    assert row["Tên chợ"].value == "=1+1"
    assert row["Tên chợ"].data_type == "s"
    assert (row["Số quầy"].value, row["Loại chợ"].value, row["tong_kg"].value) == (2, "Hạng 1", 2.5)
    assert row["Ngày kiểm tra"].data_type == "d"
    assert row["Lý do số liệu khác thường"].value == "Khối lượng hủy (kg): cân lại"
    assert [cell.value for cell in second[2]][3:6] == [1, "Hết hạn", 2.5]
    async with loa.db.reading() as db:
        noted = (await db.exec(select(AuditEntry).where(AuditEntry.action == "form.exported"))).all()
    assert len(noted) == 1
