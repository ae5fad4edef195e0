"""Filling in a report in the chat: one question at a time, every way through it and out of it."""

from __future__ import annotations

from typing import Any

import pytest

from content.catalog import Catalog
from handlers.desk import Desk
from handlers.forms.runner import RunnerUnavailable
from storage.plans import Task
from storage.reports import ReportState, report_at
from tests.handlers.talk import Known, Talk
from tests.reports.conftest import BOARDS, SA_THAY, STATION
from tests.reports.filling import ANSWERS, begun, fill, is_open, report_of, versions


async def test_the_whole_way(officer: Talk) -> None:
    said = await officer.taps(f"report:{BOARDS}")
    assert "7 câu hỏi" in said
    assert "Còn **24 ngày làm việc**" in said
    assert officer.labels == ["Bắt đầu", "Không phát sinh", "Để sau"]
    said = await officer.taps("Bắt đầu")
    assert "(Câu 1/7) **Xã có Bảng tin điện tử công cộng**" in said
    assert "Mục tiêu: ít nhất 5 xã. Lần trước: chưa có." in said
    said = await officer.says("5/7 xã")
    assert said.startswith("Tôi ghi: **5/7 xã (71,4%)**.")
    assert "(Câu 2/7) **Thị trấn Sa Thầy" in said
    assert "0/1 thị trấn" in await officer.says("0/1 thị trấn")
    said = await officer.says("đang làm")
    assert "xong một phần" in said
    await officer.says("Đã lắp 5 bảng tin, đang chạy thử")
    assert "Tôi ghi: **không có**" in await officer.says("Không có")
    assert "20/12/2024 (thứ Sáu)** (sau hạn 15/12/2024)" in await officer.says("20/12")
    said = await officer.says("bỏ qua")
    assert "1. Xã có Bảng tin điện tử công cộng: **5/7 xã (71,4%)**" in said
    assert "7. Minh chứng: **chưa có**" in said
    said = await officer.says("nộp")
    report = await report_of(officer)
    assert report.receipt is not None
    assert report.receipt
    assert report.receipt in said
    assert "bản 1" in said
    assert "đúng hạn" in said
    assert not await is_open(officer)
    [version] = await versions(officer)
    assert version.answers == {
        "values": {
            "t002_pl02_09.1": {"value": 5, "part": 5, "whole": 7},
            "t002_pl02_09.2": {"value": 0, "part": 0, "whole": 1},
        },
        "status": "partly",
        "work": "Đã lắp 5 bảng tin, đang chạy thử",
        "difficulties": None,
        "expected_on": "2024-12-20",
        "evidence": None,
    }


async def test_a_station_is_done_or_not_and_when(officer: Talk) -> None:
    said = await begun(officer, STATION)
    assert "đã có chưa?" in said
    await officer.taps("Đã có")
    said = await officer.taps("Đã xong")
    await officer.says("Đã lắp đặt và phát thử")
    said = await officer.taps("Không có")
    assert "Hoàn thành ngày nào?" in said
    assert "10/11/2024 (Chủ nhật)" in await officer.says("hôm qua")
    await officer.says("15/BC-UBND")
    await officer.taps("Nộp báo cáo")
    [version] = await versions(officer, STATION)
    assert version.answers["finished_on"] == "2024-11-10"
    assert "expected_on" not in version.answers


async def test_going_back_shows_the_answer_and_keeps_it(officer: Talk) -> None:
    await fill(officer, "5/7", "Chưa")
    said = await officer.says("quay lai")
    assert "(Câu 2/7)" in said
    assert "Đang ghi: **0 thị trấn**" in said
    assert "(Câu 1/7)" in await officer.taps("Quay lại")
    assert "câu đầu tiên" in await officer.says("quay lại")
    said = await officer.taps("Giữ: 5/7 xã")
    assert "(Câu 3/7)" in said


async def test_any_answer_can_be_edited_from_the_summary(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    assert "(Câu 4/7)" in await officer.says("sua cau 4")
    assert "4. Việc đã làm: **Đã lắp 6 bảng tin**" in await officer.says("Đã lắp 6 bảng tin")
    await officer.taps("Sửa")
    assert len(officer.buttons) == 7
    await officer.taps("1. Xã có")
    assert "6/7 xã" in await officer.says("6/7")
    assert "(Câu 2/7)" in await officer.says("2")
    assert "Tóm tắt" in await officer.says("giữ nguyên")
    assert "Chưa có câu trả lời số 9" in await officer.says("sửa 9")


async def test_another_status_asks_the_other_date_only(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("sửa 3")
    said = await officer.says("đã xong")
    assert "Hoàn thành ngày nào?" in said
    said = await officer.says("01/11/2024")
    assert "Ngày hoàn thành: **01/11/2024**" in said
    assert "Dự kiến" not in said
    assert "⚠ Ghi «đã xong» nhưng Thị trấn Sa Thầy" in said
    await officer.says("nộp")
    [version] = await versions(officer)
    assert "expected_on" not in version.answers


async def test_edit_a_question_in_the_middle_and_return(officer: Talk) -> None:
    await fill(officer, "5/7", "Chưa", "2")
    assert "(Câu 1/7)" in await officer.says("sửa 1")
    said = await officer.says("6/7")
    assert "6/7 xã" in said
    assert "(Câu 4/7)" in said
    assert "Chưa có câu trả lời số 6" in await officer.says("sửa 6")


async def test_errors_tell_what_to_type_and_ask_no_other_question(officer: Talk) -> None:
    said = await fill(officer, "nhiều")
    assert "ví dụ: 5 hoặc 5/7 xã" in said
    assert officer.labels == ["Không phát sinh", "Chưa có số liệu", "Lưu nháp"]
    assert "(Câu 2/7)" in await officer.says("5/7 xa")


async def test_some_questions_cannot_be_skipped(officer: Talk) -> None:
    said = await fill(officer, "5/7", "Chưa", "bỏ qua")
    assert "không bỏ qua được" in said
    assert "(Câu 3/7)" in said


async def test_no_figure_is_not_zero(officer: Talk) -> None:
    said = await fill(officer, "chưa có")
    assert "muốn ghi **0**, hay chưa có số liệu" in said
    await officer.says("chua co so lieu")
    for answer in ANSWERS[1:]:
        said = await officer.says(answer)
    assert "1. Xã có Bảng tin điện tử công cộng: **chưa có số liệu**" in said
    await officer.says("nộp")
    [version] = await versions(officer)
    assert version.answers["values"]["t002_pl02_09.1"] == {
        "value": None,
        "part": None,
        "whole": None,
        "kind": "unknown",
    }


async def test_a_figure_left_open_is_neither(officer: Talk) -> None:
    said = await fill(officer, "bỏ qua", *ANSWERS[1:])
    assert "1. Xã có Bảng tin điện tử công cộng: **để trống**" in said
    await officer.says("nộp")
    [version] = await versions(officer)
    assert version.answers["values"]["t002_pl02_09.1"] is None


async def test_a_stale_button_does_nothing_and_the_question_is_asked_again(officer: Talk) -> None:
    await begun(officer, STATION)
    old = officer.buttons[0].value
    await officer.taps("Đã có")
    said = await officer.taps(old)
    assert "câu cũ" in said
    assert "(Câu 2/6)" in said
    form = (await officer.conversation()).form
    assert form["answers"]["values"][f"{STATION}.1"]["value"] == 1


async def test_submitting_twice_makes_one_version(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    send = officer.buttons[0].value
    await officer.taps(send)
    assert "đã đóng" in await officer.taps(send)
    assert len(await versions(officer)) == 1


async def test_a_button_of_another_report_is_stale(officer: Talk) -> None:
    await begun(officer, STATION)
    other = officer.buttons[0].value
    await begun(officer)
    assert "câu cũ" in await officer.taps(other)


@pytest.mark.parametrize("value", ["form", "form:x", "form:x:pick", "form:{token}:edit:nothing", "form:{token}:zzz"])
async def test_malformed_buttons_are_harmless(officer: Talk, value: str) -> None:
    await begun(officer)
    token = officer.buttons[0].value.split(":")[1]
    assert "(Câu 1/7)" in await officer.taps(value.format(token=token))


async def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(officer: Talk, known: Known) -> None:
    known.faq("an nam la bi ngo doc phai lam gi", "food.mushroom_poisoning_first_aid")
    await fill(officer, "5/7")
    said = await officer.says("an nam la bi ngo doc phai lam gi")
    assert "Nguồn:" in said
    assert said.rstrip().endswith("chưa có.")
    assert "Mình tiếp tục báo cáo" in said
    assert "(Câu 3/7)" in await officer.says("chưa")


async def test_a_question_with_a_number_in_it_is_no_answer(officer: Talk, known: Known) -> None:
    known.faq("ngo doc nam sau 6 gio moi non co nguy hiem khong", "food.mushroom_poisoning_first_aid")
    said = await fill(officer, "ngo doc nam sau 6 gio moi non co nguy hiem khong")
    assert "Nguồn:" in said
    assert "(Câu 1/7)" in said


async def test_in_a_free_text_every_sentence_is_the_answer(officer: Talk, known: Known) -> None:
    known.faq("xã đã tuyên truyền về ngộ độc nấm", "food.mushroom_poisoning_first_aid")
    said = await fill(officer, "5/7", "Chưa", "2", "xã đã tuyên truyền về ngộ độc nấm")
    assert "khó khăn" in said
    assert "Nguồn:" not in said


async def test_an_emergency_comes_first_and_the_form_stays(officer: Talk, known: Known) -> None:
    known.danger("co nguoi an nam dang co giat", "food_mushroom")
    await fill(officer, "5/7", "Chưa", "2")
    said = await officer.says("co nguoi an nam dang co giat")
    assert said.startswith("**")
    assert "115" in said.splitlines()[0]
    assert "(Câu 4/7)" in said
    form = (await officer.conversation()).form
    assert "work" not in form["answers"]


class Down:
    async def run(self, call: dict[str, Any]) -> dict[str, Any]:
        raise RunnerUnavailable("refused")


async def test_a_form_server_that_is_down_loses_nothing(officer: Talk, catalog: Catalog, known: Known) -> None:
    await fill(officer, "5/7")
    healthy, officer.desk = officer.desk, Desk(catalog, known, Down())
    assert "gửi lại câu này" in await officer.says("Chưa có đâu")
    assert "gửi lại câu này" in await officer.says("bỏ qua")
    officer.desk = healthy
    assert "(Câu 3/7)" in await officer.says("0")


# Choosing, editing, status


async def test_a_report_is_chosen_from_what_is_owed(officer: Talk, known: Known) -> None:
    known.intent("báo cáo", "start_report")
    said = await officer.says("báo cáo")
    assert "trang 1/" in said
    assert "Thiết lập Bảng tin điện tử công cộng cấp xã" not in said
    assert "câu hỏi, khoảng" in await officer.says("1")
    assert "(Câu 1/" in await officer.says("1")


async def test_what_is_handed_in_is_not_offered_again(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    offered = set()
    await officer.taps("reports")
    for page in range(1, 6):
        await officer.taps(f"reports:{page}")
        offered |= {choice.value for choice in officer.buttons}
    assert f"report:{STATION}" in offered
    assert f"report:{BOARDS}" not in offered


async def test_a_submitted_report_is_edited_as_a_new_version(officer: Talk, known: Known) -> None:
    known.intent("sửa báo cáo", "edit_report")
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    said = await officer.says("sửa báo cáo")
    assert "Bản 1 đã nộp lúc" in said
    assert officer.labels[:2] == ["Bổ sung", "Thay thế"]
    assert "Tóm tắt" in await officer.taps("Bổ sung")
    assert not (await report_of(officer)).draft, "looking is not drafting"
    await officer.says("sửa 1")
    await officer.says("7/7")
    assert "bản 2" in await officer.says("nộp")
    assert [version.version for version in await versions(officer)] == [1, 2]
    assert (await versions(officer))[0].answers["values"]["t002_pl02_09.1"]["value"] == 5


async def test_the_last_value_is_shown_in_the_next_report(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    await officer.taps(f"report:{BOARDS}:add")
    assert "Lần trước: 5/7 xã (71,4%)" in await officer.says("sửa 1")


async def test_status_names_state_code_and_reason(officer: Talk, known: Known) -> None:
    known.intent("báo cáo của tôi tới đâu rồi", "report_status")
    assert "chưa có báo cáo nào" in await officer.says("báo cáo của tôi tới đâu rồi")
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    async with officer.db.session() as db:
        report = await report_at(db, BOARDS, SA_THAY)
        assert report is not None
        report.state, report.return_reason = ReportState.RETURNED, "Thiếu *danh sách* xã"
        await db.commit()
    said = await officer.taps("reports:status")
    assert "bị trả lại" in said
    assert report.receipt
    assert report.receipt in said
    assert "Thiếu ∗danh sách∗ xã" in said
    said = await officer.taps("Sửa BC-")
    assert "Bị trả lại, lý do: «Thiếu ∗danh sách∗ xã»" in said
    assert "Tóm tắt" in said


async def test_a_report_on_somebody_elses_task_is_refused(officer: Talk) -> None:
    assert "không giao cho" in await officer.taps("report:t002_pl02_01")
    assert "không thấy nhiệm vụ" in await officer.taps("report:t999")
    assert "theo từng dòng" in await officer.taps("report:t002_3")
    assert not await is_open(officer)


async def test_an_officer_who_left_the_agency_cannot_go_on(officer: Talk) -> None:
    await fill(officer, "5/7")
    await officer.becomes_officer("ubnd_huyen_dak_ha")
    await officer.says("1")
    assert not await is_open(officer)


async def test_a_task_that_gained_an_indicator_asks_only_that(officer: Talk) -> None:
    """The plan may change while a draft lies: answers are kept by indicator, not by place."""
    from storage.plans import Indicator

    await fill(officer, *ANSWERS)
    await officer.says("lưu nháp")
    async with officer.db.session() as db:
        task = await db.get(Task, BOARDS)
        assert task is not None
        db.add(Indicator(id="new.1", plan_id=task.plan_id, task_id=BOARDS, position=-1, name="Thôn", unit="thôn"))
        await db.commit()
    await officer.taps(f"report:{BOARDS}")
    assert "(Câu 1/8) **Thôn**" in await officer.taps("Tiếp tục")
    assert "2. Xã có Bảng tin điện tử công cộng: **5/7 xã" in await officer.says("4")
