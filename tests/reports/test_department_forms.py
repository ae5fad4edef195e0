"""Forms of the department in the chat: opened, answered, left and gone on with elsewhere, corrected, handed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from content.catalog import Catalog
from content.questionnaires import Questionnaire
from handlers.messages import Address, Kind, ReceivedFile
from handlers.questionnaires.publishing import bring_in, put
from storage.contacts import see_account
from storage.database import Database
from storage.files import FilePurpose, StoredFile, drop_expired_files, keep_file
from storage.questionnaires import DepartmentForm, FormState, FormSubmission, submissions_of
from tests.conftest import MONDAY
from tests.handlers.talk import Known, Talk
from tests.reports.conftest import SA_THAY

SAFETY = "thong_tin_an_toan"
PLACES = "noi_sac_xe_dien"


async def publish(talk: Talk, form: Questionnaire, state: FormState = FormState.OPEN) -> int:
    async with talk.db.session() as db:
        row, _ = await bring_in(db, form, "so", talk.now)
        put(db, row, state, "so", talk.now)
        await db.commit()
    assert row.id is not None
    return row.id


async def handed_in(db: Database, form_id: int) -> list[FormSubmission]:
    async with db.reading() as session:
        return list(await submissions_of(session, form_id))


async def sent(talk: Talk, name: str, kind: str) -> ReceivedFile:
    """A file of the officer's, taken in as the inbox does."""
    async with talk.db.session() as db:
        row = await keep_file(db, name, b"x", kind, FilePurpose.RECEIVED, talk.now, owner=str(talk.address))
        await db.commit()
    assert row.id is not None
    return ReceivedFile(row.id, name, kind, 1)


def made(*items: dict[str, Any], **more: Any) -> Questionnaire:
    return Questionnaire.model_validate({"id": "thu", "title": "Thử", "items": list(items)} | more)


def ask(name: str, kind: str = "integer", **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": kind, "label": f"Câu {name}", **more}


@pytest.fixture
async def safety(officer: Talk, catalog: Catalog) -> int:
    return await publish(officer, catalog.questionnaires[SAFETY])


async def test_nothing_is_open_until_the_department_says_so(officer: Talk, catalog: Catalog) -> None:
    assert "chưa mở biểu mẫu nào" in await officer.says("điền biểu mẫu")
    await publish(officer, catalog.questionnaires[SAFETY], FormState.PREPARED)
    assert "chưa mở biểu mẫu nào" in await officer.says("/bieumau")


async def test_forms_are_for_officers(citizen: Talk, safety: int) -> None:
    assert "cán bộ" in await citizen.says("biểu mẫu")
    assert "cán bộ" in await citizen.taps(f"bieumau:{safety}")


async def test_a_form_from_the_list_to_the_receipt(officer: Talk, safety: int) -> None:
    assert "an toàn thực phẩm" in await officer.says("biểu mẫu")
    card = await officer.taps("Kết quả thông tin")
    assert "tuần 46/2024" in card
    asked = await officer.taps("Bắt đầu")
    assert "1. An toàn thực phẩm" in asked
    assert "Đã chọn «Chưa thông tin" in await officer.says("1, 3")
    assert "bao nhiêu tin, bài" in await officer.says("1 và 2")
    assert "(Câu 3/5)" in await officer.says("6 tin, bài")
    assert "chưa đọc được số" in await officer.says("nhiều lắm")
    await officer.says("4")
    await officer.says("phòng cháy hơn chữa cháy")
    summary = await officer.says("bỏ qua")
    assert "Tổng số tin, bài: **10 tin, bài**" in summary
    assert "5. Đường dẫn một tin, bài tiêu biểu (nếu có): **để trống**" in summary
    assert "(Câu 2/5)" in await officer.says("sửa 2")
    assert "**12 tin, bài**" in await officer.says("8")
    receipt = await officer.taps("Nộp biểu mẫu")
    assert "BM-24-" in receipt
    (kept,) = await handed_in(officer.db, safety)
    assert (kept.agency_id, kept.period, kept.revision, kept.channel) == (SA_THAY, "2024-W46", 1, "phone")
    assert kept.content["answers"] == {
        "noi_dung": ["thuc_pham", "xe_dien"],
        "tin_thuc_pham": 8.0,
        "tin_xe_dien": 4.0,
        "thong_diep": ["phong_chay"],
        "duong_dan": "/skip",
        "tong_tin": 12.0,
    }
    assert "Đã nộp tuần 46/2024" in await officer.says("biểu mẫu")


async def test_what_was_handed_in_is_corrected_as_the_next_revision(officer: Talk, safety: int) -> None:
    await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    for line in ("3", "Không có cán bộ", "nộp"):
        await officer.says(line)
    assert "Đã trả lời 2/2 câu" in await officer.taps(f"bieumau:{safety}")
    await officer.taps("Tiếp tục")
    await officer.says("sửa 2")
    await officer.says("Mất điện cả tuần")
    await officer.says("nộp")
    found = await handed_in(officer.db, safety)
    assert [(one.revision, one.content["answers"]["ly_do"]) for one in found] == [
        (2, "Mất điện cả tuần"),
        (1, "Không có cán bộ"),
    ]


async def test_next_week_begins_with_what_stood_before(officer: Talk, safety: int) -> None:
    await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    for line in ("1", "6", "1", "bỏ qua", "nộp"):
        await officer.says(line)
    officer.now += timedelta(days=7)
    assert "tuần 47/2024" in await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    await officer.says("1")
    assert "Như kỳ trước: 6 tin, bài" in officer.labels
    assert "gấp 10 lần kỳ trước (6 tin, bài)" in await officer.says("60")
    assert "Đúng thì bấm" in await officer.says("vâng")
    await officer.says("Có đợt cao điểm")
    await officer.says("1")
    assert "60 tin, bài** (lý do: Có đợt cao điểm)" in await officer.says("bỏ qua")
    await officer.says("nộp")
    newest = (await handed_in(officer.db, safety))[0]
    assert newest.content["reasons"] == {"tin_thuc_pham": "Có đợt cao điểm"}


async def test_the_period_before_can_still_be_filled_in(officer: Talk, safety: int) -> None:
    await officer.taps(f"bieumau:{safety}")
    assert "tuần 45/2024" in await officer.taps("Điền kỳ khác")
    assert "tuần 46/2024" in await officer.taps("Điền kỳ khác")


async def test_places_repeat_as_often_as_there_are_some(officer: Talk, catalog: Catalog) -> None:
    form = await publish(officer, catalog.questionnaires[PLACES])
    await officer.taps(f"bieumau:{form}")
    await officer.taps("Bắt đầu")
    assert "Tôi ghi: **UBND xã Rờ Kơi" in await officer.says("xã Rờ Kơi")
    assert any(label.startswith("Ghi: 11/11/2024") for label in officer.labels)
    assert "10/11/2024" in await officer.says("hôm qua")
    assert "Các thôn còn lại" in await officer.says("5/7 thôn")
    await officer.says("Họp thôn trong tháng 12")
    assert "Nơi để, sạc xe 1 – Nơi này thuộc loại nào?" in await officer.says("có")
    assert "Đó là nơi nào?" in await officer.says("5")
    await officer.says("Chợ huyện")
    assert "lớn hơn 500" in await officer.says("800 xe")
    assert "Anh/chị gửi ảnh" in await officer.says("30 xe")
    photo = await sent(officer, "cho.jpg", "image/jpeg")
    assert "Đã nhận 1 tệp" in said(await officer.does(Kind.MEDIA, media="photo", attachments=(photo,)))
    sheet = ReceivedFile(8, "cho.pdf", "application/pdf", 1000)
    assert "không phải ảnh" in said(await officer.does(Kind.MEDIA, media="file", attachments=(sheet,)))
    assert "đã ghi 1. Còn nữa không?" in await officer.taps("Xong")
    assert "Nơi để, sạc xe 2 – " in await officer.taps("Thêm")
    await officer.says("gara")
    await officer.says("12")
    await officer.says("xong")
    asked = await officer.says("xong")
    assert "Cộng các nơi vừa ghi: **42 xe**." in asked
    assert "Có khó khăn, kiến nghị gì không?" in asked
    assert "Tổng số xe điện ở các nơi đã ghi: **42 xe**" in await officer.says("không có")
    assert "BM-24-" in await officer.says("nộp")
    (kept,) = await handed_in(officer.db, form)
    answers = kept.content["answers"]
    assert (answers["noi_sac/2/so_xe"], answers["tong_so_xe"], answers["dia_ban"]) == (
        12.0,
        42.0,
        "ubnd_xa_ro_koi_sa_thay",
    )
    assert answers["noi_sac/1/anh"] == [{"file": photo.file_id, "name": "cho.jpg", "type": "image/jpeg"}]
    async with officer.db.reading() as db:
        row = await db.get_one(StoredFile, photo.file_id)
    assert row.owner == f"form:{form}"
    assert row.expires_at > officer.now + timedelta(days=1500)


async def test_a_photo_that_is_gone_is_asked_for_again(officer: Talk) -> None:
    form = await publish(officer, made(ask("anh", "photo"), ask("so")))
    await officer.taps(f"bieumau:{form}")
    await officer.taps("Bắt đầu")
    photo = await sent(officer, "a.jpg", "image/jpeg")
    await officer.does(Kind.MEDIA, media="photo", attachments=(photo,))
    await officer.says("xong")
    await officer.says("5")
    async with officer.db.session() as db:
        await drop_expired_files(db, officer.now + timedelta(days=40))
        await db.commit()
    assert "Anh/chị gửi lại giúp" in await officer.says("nộp")
    await officer.says("bỏ qua")
    assert "BM-24-" in await officer.says("nộp")


async def test_a_draft_goes_on_on_another_channel(officer: Talk, safety: int) -> None:
    await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    await officer.says("1, 2")
    assert "Đã lưu nháp" in await officer.says("lưu nháp")
    other = officer.another("sathay2")
    other.address = Address("zalo", "sathay2")
    other.now = officer.now
    contact = (await officer.account()).contact_id
    async with other.db.session() as db:
        account = await see_account(db, str(other.address), other.now)
        account.contact_id = contact
        await db.commit()
    assert "Đang điền dở" in await other.says("biểu mẫu")
    assert "Đã trả lời 1/" in await other.taps("Kết quả thông tin")
    assert "bao nhiêu tin, bài" in await other.taps("Tiếp tục")


async def test_a_new_version_keeps_what_fits_and_says_what_changed(officer: Talk) -> None:
    choice = {"options": [{"name": "a", "label": "A"}, {"name": "b", "label": "B"}]}
    first = made(ask("giu"), ask("doi"), ask("bo"), ask("chon", "one", **choice), ask("cuoi"))
    form = await publish(officer, first)
    await officer.taps(f"bieumau:{form}")
    await officer.taps("Bắt đầu")
    for line in ("5", "6", "7", "2"):
        await officer.says(line)
    fewer = {"options": [{"name": "a", "label": "A"}]}
    second = made(ask("giu"), ask("doi", "text"), ask("chon", "one", **fewer), ask("moi", "text"), ask("cuoi"))
    await publish(officer, second)
    told = await officer.says("8")
    assert "1 câu đã trả lời vẫn giữ" in told
    assert "Thêm câu: «Câu moi»" in told
    assert "Bỏ câu: «Câu bo»" in told
    assert "Cần trả lời lại: «Câu doi»; «Câu chon»" in told
    assert "(Câu 2/5) Câu doi" in told
    assert "**5**" in await officer.says("xem")


async def test_a_form_closed_in_the_middle_says_so_and_keeps_the_draft(officer: Talk, safety: int) -> None:
    await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    await officer.says("3")
    async with officer.db.session() as db:
        row = await db.get_one(DepartmentForm, safety)
        put(db, row, FormState.CLOSED, "so", officer.now)
        await db.commit()
    assert "đã kết thúc" in await officer.taps("Quay lại")
    assert "đã đóng" in await officer.taps(f"bieumau:{safety}")
    assert await officer.stored("SELECT count(*) FROM form_draft") == 1


async def test_moving_around(officer: Talk, safety: int) -> None:
    await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    old = next(choice.value for choice in officer.buttons if choice.label == "Lưu nháp")
    assert "không bỏ qua được" in await officer.says("bỏ qua")
    assert "câu đầu tiên" in await officer.says("quay lại")
    await officer.says("1")
    assert "Nút này thuộc câu cũ" in await officer.taps(old)
    assert "«quay lại» – câu trước" in await officer.says("giúp")
    assert "Đang ghi: **An toàn thực phẩm**" in await officer.says("quay lại")
    await officer.taps("Giữ")
    assert "Giữ bản nháp để điền sau, hay xóa?" in await officer.says("hủy")
    assert "bao nhiêu tin" in await officer.taps("Làm tiếp")
    await officer.says("hủy")
    assert "Đã xóa bản nháp" in await officer.taps("Xóa bản nháp")
    assert await officer.stored("SELECT count(*) FROM form_draft") == 0


async def test_a_form_for_once_is_corrected_and_one_for_any_time_begun_anew(officer: Talk) -> None:
    for per, told in (("once", "Đã trả lời 1/1 câu"), ("free", "Khoảng 1 câu hỏi")):
        form = await publish(officer, made(ask("so"), per=per))
        await officer.taps(f"bieumau:{form}")
        await officer.taps("Bắt đầu")
        await officer.says("5")
        await officer.says("nộp")
        assert told in await officer.taps(f"bieumau:{form}")
        assert ("Tiếp tục điền" in officer.labels) == (per == "once")
        await officer.says("hủy")


async def test_several_answers_in_one_message(officer: Talk, safety: int) -> None:
    await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    told = await officer.says("1: 1, 2; 2: 6; 3: nhiều lắm; 4: bỏ qua; 9: 1")
    assert "2. Tôi ghi: **6 tin, bài**." in told
    assert "⚠ Câu 3 chưa ghi được: Tôi chưa đọc được số" in told
    assert "4. Tôi để trống câu này." in told
    assert "⚠ Không có câu 9; biểu mẫu này có 5 câu." in told
    assert "(Câu 3/5)" in told


async def test_three_refusals_offer_a_person(officer: Talk, safety: int) -> None:
    await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    for _ in range(2):
        await officer.says("linh tinh")
    assert "Gặp cán bộ" in await officer.says("linh tinh")


async def test_an_emergency_comes_first_and_the_form_waits(officer: Talk, safety: int, known: Known) -> None:
    known.danger("cháy xe điện trong nhà", "vehicle_fire", "fire")
    await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    told = await officer.says("cháy xe điện trong nhà")
    assert "114" in told
    assert told.rstrip().endswith("1, 3") or "(Câu 1/" in told


async def test_a_homonym_is_chosen_by_button(officer: Talk) -> None:
    form = await publish(officer, made(ask("noi", "agency"), ask("so")))
    await officer.taps(f"bieumau:{form}")
    await officer.taps("Bắt đầu")
    assert "Anh/chị muốn nói đơn vị nào?" in await officer.says("Đăk Hà")
    name = officer.labels[0]
    assert f"Tôi ghi: **{name}" in await officer.taps(name)


async def test_what_has_become_impossible_is_not_handed_in(officer: Talk) -> None:
    total = ask("tong")
    part = ask("phan", constraint=". <= ${tong}", constraint_message="Không quá tổng số.")
    form = await publish(officer, made(total, part))
    await officer.taps(f"bieumau:{form}")
    await officer.taps("Bắt đầu")
    await officer.says("10")
    assert "Tôi hiểu là 11. Không quá tổng số." in await officer.says("11")
    await officer.says("8")
    await officer.says("sửa 1")
    await officer.says("5")
    assert "không còn hợp" in await officer.says("nộp")
    assert await handed_in(officer.db, form) == []


async def test_answers_are_sealed_and_drafts_go_with_the_person(officer: Talk, safety: int) -> None:
    await officer.taps(f"bieumau:{safety}")
    await officer.taps("Bắt đầu")
    await officer.says("3")
    await officer.says("Cán bộ Nguyễn Văn A nghỉ ốm")
    raw = str(await officer.stored("SELECT content FROM form_draft"))
    assert "Nguyễn" not in raw
    assert "Nguyen" not in raw
    assert "Biểu mẫu đang điền dở: 1" in await officer.says("xem dữ liệu")
    await officer.taps("Xóa")
    await officer.taps("privacy:erase_yes")
    assert await officer.stored("SELECT count(*) FROM form_draft") == 0


def said(replies: list[Any]) -> str:
    return "\n".join(reply.text for reply in replies)


def test_the_clock_of_these_tests_is_in_week_46() -> None:
    assert MONDAY.isocalendar().week == 46
