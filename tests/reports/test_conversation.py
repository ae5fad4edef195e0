"""What makes a report short and honest: as before, nothing arose, no figure, unlikely figures, several answers at once,
looking, help, and a person after three failures."""

from __future__ import annotations

import pytest

from content.catalog import Catalog
from handlers.reports.consolidated import consolidated
from handlers.reports.review import accept
from storage.plans import Indicator, Task
from storage.reports import ReportVersion
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS
from tests.reports.filling import ANSWERS, begun, fill, report_of, versions

COMMUNES = f"{BOARDS}.1"
TOWNSHIP = f"{BOARDS}.2"
PLAN = "kh_thong_tin_co_so_2024"


async def handed_in(officer: Talk, catalog: Catalog, *answers: str) -> None:
    """A first version, taken note of by the department: the next report is a new one."""
    await fill(officer, *(answers or ANSWERS))
    await officer.says("nộp")
    async with officer.db.session() as db:
        await accept(db, catalog, (await report_of(officer)).id or 0, "duyet", officer.now)
        await db.commit()


async def begun_again(officer: Talk) -> str:
    """The first question of a report that is to stand instead of the one handed in."""
    await officer.taps(f"report:{BOARDS}")
    await officer.taps("Thay thế")
    return await officer.taps("Bắt đầu")


async def last(officer: Talk) -> ReportVersion:
    return (await versions(officer))[-1]


async def test_the_three_answers_that_are_not_figures(officer: Talk, catalog: Catalog) -> None:
    await handed_in(officer, catalog)
    await begun_again(officer)
    assert "không phát sinh (vẫn 5/7 xã (71,4%))" in await officer.taps("Không phát sinh")
    assert "chưa có số liệu" in await officer.taps("Chưa có số liệu")
    for answer in ANSWERS[2:]:
        await officer.says(answer)
    await officer.says("nộp")
    values = (await last(officer)).answers["values"]
    assert values[COMMUNES] == {"value": 5, "part": 5, "whole": 7, "kind": "nil"}
    assert values[TOWNSHIP]["value"] is None
    async with officer.db.reading() as db:
        picture = await consolidated(db, catalog, PLAN, officer.now)
    [task] = [task for task in picture["tasks"] if task["id"] == BOARDS]
    communes, township = task["indicators"]
    assert communes["reported"] == 5, "what stood before still stands"
    assert township["reported"] is None, "no figure is not 0"
    assert township["agencies_reporting"] == 0


async def test_nothing_arose_for_the_whole_report(officer: Talk) -> None:
    await officer.taps(f"report:{BOARDS}")
    assert "(Câu 3/7)" in await officer.taps("Không phát sinh")
    said = await officer.says("đang làm")
    assert "4. Việc đã làm: **Không phát sinh.**" in said
    await officer.taps("Nộp")
    answers = (await last(officer)).answers
    assert answers["values"][COMMUNES] == {"value": 0, "part": None, "whole": None, "kind": "nil"}
    assert answers["status"] == "partly"
    assert answers["expected_on"] is None
    assert "finished_on" not in answers


async def test_one_answer_as_before(officer: Talk, catalog: Catalog) -> None:
    await handed_in(officer, catalog)
    await begun_again(officer)
    assert "Như kỳ trước: 5/7 xã (71,4%)" in officer.labels
    said = await officer.taps("Như kỳ trước")
    assert "Tôi ghi: **5/7 xã (71,4%)**" in said
    assert "(Câu 2/7)" in said
    assert "(Câu 3/7)" in await officer.says("như kỳ trước")


async def test_a_day_that_has_passed_is_asked_anew(officer: Talk, catalog: Catalog) -> None:
    await handed_in(officer, catalog, *ANSWERS[:5], "15/11/2024", ANSWERS[6])
    officer.now = officer.now.replace(day=25)
    await officer.taps(f"report:{BOARDS}")
    assert "Dự kiến hoàn thành ngày nào?" in await officer.taps("Bổ sung")


async def test_an_unlikely_figure_is_asked_about_and_its_reason_kept(officer: Talk, catalog: Catalog) -> None:
    await handed_in(officer, catalog, "1", *ANSWERS[1:])
    await begun_again(officer)
    assert "gấp 8 lần kỳ trước (1 xã) – đúng không?" in await officer.says("8")
    assert "Đúng thì bấm một lý do" in await officer.says("đúng")
    assert "gấp 9 lần" in await officer.says("9"), "another figure is a correction"
    said = await officer.taps("Đúng: kỳ trước ghi nhầm")
    assert "(Câu 2/7)" in said
    assert "9 xã – lý do: Số kỳ trước ghi nhầm" in await officer.says("xem")


async def test_an_unlikely_figure_is_corrected(officer: Talk, catalog: Catalog) -> None:
    await handed_in(officer, catalog)
    await begun_again(officer)
    assert "ít hơn nhiều so với kỳ trước" in await officer.says("1")
    assert "(Câu 1/7)" in await officer.taps("Sửa số")
    assert "(Câu 2/7)" in await officer.says("6/7")
    assert "reason" not in (await officer.conversation()).form["answers"]["values"][COMMUNES]


async def test_three_failures_offer_a_person(officer: Talk) -> None:
    await begun(officer)
    await officer.says("nhiều")
    assert "Gặp cán bộ" not in await officer.says("nhiều lắm")
    said = await officer.says("rất nhiều")
    assert "Gặp cán bộ" in said
    assert "bỏ qua" in said
    assert officer.labels[:2] == ["Gặp cán bộ", "Bỏ qua câu này"]
    assert "(Câu 2/7)" in await officer.taps("Bỏ qua câu này")
    assert "Gặp cán bộ" not in await officer.says("nhiều"), "every question has its own count"


@pytest.mark.parametrize("word", ["xem", "Xem lại"])
async def test_looking_at_what_was_answered(officer: Talk, word: str) -> None:
    await fill(officer, "5/7")
    said = await officer.says(word)
    assert "Đã trả lời 1/7 câu" in said
    assert "1. Xã có Bảng tin điện tử công cộng: **5/7 xã (71,4%)**" in said
    assert said.count("(Câu 2/7)") == 1
    assert "(Câu 3/7)" in await officer.says("chưa")


@pytest.mark.parametrize("word", ["giúp", "giup"])
async def test_help_keeps_the_question(officer: Talk, word: str) -> None:
    await fill(officer, "5/7")
    said = await officer.says(word)
    assert "«sửa 3»" in said
    assert "(Câu 2/7)" in said


async def test_several_answers_in_one_message(officer: Talk) -> None:
    await begun(officer)
    said = await officer.says("1: 5/7 xã\n2: 3; 3: đang làm; 4: Lắp loa; tập huấn; 5: không; 9: x")
    assert "1. Xã có Bảng tin điện tử công cộng: **5/7 xã (71,4%)**" in said
    assert "2. Thị trấn Sa Thầy có Bảng tin điện tử công cộng: **chưa có số liệu**" in said, "the third button"
    assert "4. Việc đã làm: **Lắp loa; tập huấn**" in said
    assert "Không có câu 9; báo cáo này có 7 câu" in said
    assert "(Câu 6/7)" in said


async def test_what_is_wrong_among_several_is_asked(officer: Talk) -> None:
    await begun(officer)
    said = await officer.says("1: 8/7; 2: chưa; 3: xong")
    assert "⚠ Câu 1 chưa ghi được: Tôi hiểu là 8/7: số đã đạt lớn hơn tổng số." in said
    assert "3. Tình trạng: **đã xong**" in said
    assert "(Câu 1/7)" in said


async def test_a_written_answer_with_a_colon_stays_one(officer: Talk) -> None:
    await fill(officer, "5/7", "Chưa", "2")
    assert "(Câu 5/7)" in await officer.says("1: lắp loa\n2: tập huấn")
    assert (await officer.conversation()).form["answers"]["work"] == "1: lắp loa\n2: tập huấn"


async def test_long_summaries_come_page_by_page(officer: Talk) -> None:
    long = ("Đã làm. " * 150, "Khó khăn. " * 150, "20/12/2024", "1/BC-UBND " * 60)
    said = await fill(officer, "5/7", "Chưa", "2", *long)
    assert "(trang 1/2)" not in said, "long answers are shortened first"
    assert len(said) < 2000
    async with officer.db.session() as db:
        task = await db.get(Task, BOARDS)
        assert task is not None
        for place in range(20):
            name = f"Chỉ tiêu bổ sung số {place} của kế hoạch"
            db.add(
                Indicator(id=f"new.{place}", plan_id=task.plan_id, task_id=BOARDS, position=9, name=name, unit="thôn")
            )
        await db.commit()
    await officer.taps("Lưu nháp")
    await officer.taps("Tiếp tục")
    said = await officer.says("\n".join(f"{number}: 1" for number in range(3, 23)))
    assert "(trang 1/2)" in said
    assert len(said.partition("Tóm tắt")[2]) < 2000
    said = await officer.taps("Trang sau")
    assert "(trang 2/2)" in said
    assert "27. Minh chứng" in said
    assert "Nộp báo cáo" in officer.labels


async def test_a_page_of_nothing_is_harmless(officer: Talk) -> None:
    await officer.taps(f"report:{BOARDS}")
    token = officer.buttons[0].value.split(":")[1]
    assert "Đã trả lời 0/7 câu" in await officer.taps(f"form:{token}:page:2")


async def test_later_leaves_nothing_behind(officer: Talk) -> None:
    await officer.taps(f"report:{BOARDS}")
    assert "không lưu nháp" in await officer.taps("Để sau")
    assert not (await officer.conversation()).form
