"""Two officers of one agency at one report: one draft, who answered what, two answers to a question, one submission."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from content.catalog import Catalog
from storage.database import Database
from storage.reports import ReportVersion, latest_version, report_at
from tests.conftest import MONDAY
from tests.handlers.talk import Known, Talk
from tests.reports.conftest import BOARDS, SA_THAY
from tests.reports.filling import ANSWERS, fill, is_open, report_of, versions

COMMUNES, TOWNSHIP = f"{BOARDS}.1", f"{BOARDS}.2"


@pytest.fixture
async def colleague(officer: Talk) -> Talk:
    """Another officer of the same agency, on a phone of their own."""
    other = officer.another("dongnghiep")
    await other.becomes_officer(SA_THAY, "A Đồng (demo)")
    return other


async def joined(colleague: Talk) -> str:
    await colleague.taps(f"report:{BOARDS}")
    return await colleague.taps("Làm các câu còn lại")


async def submitted(officer: Talk) -> ReportVersion:
    [version] = await versions(officer)
    return version


async def test_who_joins_is_told_who_is_at_it_and_what_is_there(officer: Talk, colleague: Talk) -> None:
    await fill(officer, "5/7", "Chưa")
    said = await colleague.taps(f"report:{BOARDS}")
    assert "**Y Sa (demo)** cùng đơn vị đang làm báo cáo" in said
    assert "Đã có câu: 1, 2." in said
    assert "Còn câu: 3, 4, 5, 6, 7." in said
    assert "07:0" in said
    assert colleague.labels == ["Làm các câu còn lại", "Nhận một số câu", "Xem câu đã trả lời"]
    assert "1. Xã có Bảng tin điện tử công cộng: **5/7 xã (71,4%)** (Y Sa (demo))" in await colleague.taps("Xem câu")


async def test_both_fill_in_one_report_and_one_hands_it_in(officer: Talk, colleague: Talk) -> None:
    await fill(officer, "5/7", "Chưa")
    assert "(Câu 3/7)" in await joined(colleague)
    await colleague.says("đang làm")
    said = await officer.says("đang làm")
    assert "A Đồng (demo) vừa trả lời câu 3." in said
    assert "(Câu 4/7)" in said
    for answer in ANSWERS[3:]:
        await officer.says(answer)
    assert "3. Tình trạng: **xong một phần**" in await officer.says("xem")
    assert "Đã nhận báo cáo" in await officer.says("nộp")
    version = await submitted(officer)
    mine, other = (await officer.account()).contact_id, (await colleague.account()).contact_id
    assert version.givers[COMMUNES]["contact"] == mine
    assert version.givers["status"]["contact"] in (mine, other)
    assert not (await report_of(officer)).draft


async def test_the_other_is_told_that_it_was_handed_in(officer: Talk, colleague: Talk) -> None:
    await fill(officer, *ANSWERS)
    await joined(colleague)
    await officer.says("nộp")
    said = await colleague.says("nộp")
    assert "**Y Sa (demo)** cùng đơn vị đã nộp báo cáo" in said
    assert "lúc 07:0" in said
    receipt = (await report_of(officer)).receipt
    assert receipt
    assert receipt in said
    assert not await is_open(colleague)
    await colleague.taps("Sửa báo cáo")
    assert "Tóm tắt" in await colleague.taps("Bổ sung")
    await colleague.says("sửa 1")
    await colleague.says("6/7")
    assert "bản 2" in await colleague.says("nộp")
    first, second = await versions(officer)
    assert second.answers["work"] == first.answers["work"]
    assert list(second.givers) == [COMMUNES], "only what is new has a giver"


@pytest.mark.parametrize("press", [True, False])
async def test_a_button_or_a_question_after_it_was_handed_in(
    officer: Talk, colleague: Talk, known: Known, press: bool
) -> None:
    known.faq("an nam la bi ngo doc phai lam gi", "food.mushroom_poisoning_first_aid")
    await fill(officer, *ANSWERS)
    await joined(colleague)
    await officer.says("nộp")
    if press:
        said = await colleague.taps("Nộp báo cáo")
    else:
        said = await colleague.says("an nam la bi ngo doc phai lam gi")
        assert "Nguồn:" in said
    assert "đã nộp báo cáo" in said
    assert not await is_open(colleague)


async def test_questions_are_taken_on_and_left_to_who_took_them(officer: Talk, colleague: Talk) -> None:
    await fill(officer, "5/7")
    await colleague.taps(f"report:{BOARDS}")
    said = await colleague.taps("Nhận một số câu")
    assert "Anh/chị nhận câu nào?" in said
    assert "4. Việc đã làm" in said
    assert "Anh/chị nhận câu nào?" in await colleague.says("mấy câu sau")
    said = await colleague.says("2, 4-5")
    assert "Anh/chị nhận câu 2, 4, 5." in said
    assert "(Câu 2/7)" in said
    await officer.says("lưu nháp")
    said = await officer.taps("Tiếp tục bản nháp")
    assert "(Câu 3/7)" in said, "question 2 is the colleague's"
    assert "(Câu 6/7)" in await officer.says("đang làm")
    await officer.says(ANSWERS[5])
    said = await officer.says(ANSWERS[6])
    assert "Xong phần của anh/chị. Còn câu: 2, 4, 5." in said
    assert "A Đồng (demo) nhận câu: 2, 4, 5." in said
    await colleague.says("Chưa")
    assert "(Câu 5/7)" in await colleague.says("Đã lắp đặt xong.")
    assert "Tóm tắt" in await colleague.says("không"), "the last question of all"


async def test_what_was_left_to_others_can_be_done_all_the_same(officer: Talk, colleague: Talk) -> None:
    await fill(officer, "5/7")
    await colleague.taps(f"report:{BOARDS}")
    await colleague.taps("Nhận một số câu")
    await colleague.says("câu 7")
    await officer.says("Chưa")
    for answer in ANSWERS[2:6]:
        said = await officer.says(answer)
    assert officer.labels == ["Tôi làm luôn", "Lưu nháp"]
    assert "Còn câu: 7." in said
    assert "(Câu 7/7)" in await officer.taps("Tôi làm luôn")


async def test_two_answers_to_one_question_stand_side_by_side(officer: Talk, colleague: Talk) -> None:
    await fill(officer, "5/7")
    await joined(colleague)
    await officer.says("3: đang làm")
    await colleague.says("Chưa")
    said = await officer.says("Có")
    assert "**Câu 2 có hai câu trả lời khác nhau" in said
    assert "• A Đồng (demo), 07:0" in said
    assert "• Anh/chị, 07:0" in said
    assert officer.labels[0].startswith("A Đồng (demo): 0")
    assert officer.labels[1].startswith("Giữ của tôi: 1")
    said = await officer.taps("A Đồng")
    assert "Đã chốt" in said
    assert "(Câu 4/7)" in said
    for answer in ANSWERS[3:]:
        await officer.says(answer)
    await officer.says("nộp")
    assert (await submitted(officer)).answers["values"][TOWNSHIP]["value"] == 0


async def test_a_third_answer_replaces_both(officer: Talk, colleague: Talk) -> None:
    await fill(officer, "5/7")
    await joined(colleague)
    await colleague.says("Chưa")
    await officer.says("Có")
    assert "(Câu 2/7)" in await officer.taps("Ghi câu khác")
    await officer.says("chưa có số liệu")
    drafts = (await report_of(officer)).draft.values()
    assert [TOWNSHIP in draft["answers"]["values"] for draft in drafts].count(True) == 1


async def test_an_answer_that_was_seen_is_replaced_without_asking(officer: Talk, colleague: Talk) -> None:
    await fill(officer, "5/7", "Chưa")
    await joined(colleague)
    assert "Đang ghi: **5/7 xã (71,4%)**" in await colleague.says("sửa 1")
    assert "hai câu trả lời" not in await colleague.says("6/7")
    drafts = (await report_of(officer)).draft.values()
    assert sorted(draft["answers"]["values"].get(COMMUNES, {}).get("value", 0) for draft in drafts) == [0, 6]
    assert "6/7" in await officer.says("xem")


async def test_the_same_answer_twice_is_no_conflict(officer: Talk, colleague: Talk) -> None:
    await fill(officer, "5/7")
    await joined(colleague)
    await colleague.says("Chưa")
    assert "hai câu trả lời" not in await officer.says("Chưa")


async def test_nothing_is_handed_in_that_was_not_seen(officer: Talk, colleague: Talk) -> None:
    await fill(officer, *ANSWERS)
    await joined(colleague)
    await colleague.says("sửa 4")
    await colleague.says("Đã lắp đặt thêm ba bảng tin.")
    said = await officer.says("nộp")
    assert "A Đồng (demo) vừa trả lời câu 4." in said
    assert "Đã lắp đặt thêm ba bảng tin." in said
    assert "xem lại rồi nộp" in said
    assert "Đã nhận báo cáo" in await officer.says("nộp")
    assert (await submitted(officer)).answers["work"] == "Đã lắp đặt thêm ba bảng tin."


async def test_the_own_share_is_dropped_alone(officer: Talk, colleague: Talk) -> None:
    await fill(officer, "5/7")
    await joined(colleague)
    await colleague.says("Chưa")
    await colleague.says("hủy")
    await colleague.taps("Xóa bản nháp")
    [draft] = (await report_of(officer)).draft.values()
    assert list(draft["answers"]["values"]) == [COMMUNES]
    assert "(Câu 3/7)" in await officer.says("Chưa")


async def test_both_answer_at_the_same_moment(filled: Database, catalog: Catalog, known: Known) -> None:
    first, second = (Talk(filled, catalog, known, MONDAY, user) for user in ("mot", "hai"))
    await first.becomes_officer(SA_THAY, "Y Sa (demo)")
    await second.becomes_officer(SA_THAY, "A Đồng (demo)")
    await fill(first, "5/7")
    await joined(second)
    second.now += timedelta(seconds=1)
    await asyncio.gather(first.says("Chưa"), second.says("Có"))
    async with filled.reading() as db:
        report = await report_at(db, BOARDS, SA_THAY)
        assert report is not None
        assert await latest_version(db, report) is None
    answers = [draft["answers"]["values"].get(TOWNSHIP, {}).get("value") for draft in report.draft.values()]
    assert sorted(answers) == [0, 1], "neither is lost"
    cards = [talk.replies[0].text for talk in (first, second) if "Câu 2 có hai câu trả lời" in talk.replies[0].text]
    assert len(cards) == 1, "whoever was second chooses at once"
