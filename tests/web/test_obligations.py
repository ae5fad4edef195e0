"""The timeline of reports: what the department owes upward and by when, marked as sent and taken back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from handlers.reports.obligations import Step, timeline
from tests.web.conftest import NewBrowser
from tests.web.office import EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa

GRASSROOTS, ABROAD = "kh_thong_tin_co_so_2024", "kh_thong_tin_doi_ngoai_2024"


async def steps(loa: Loa, today: date) -> dict[tuple[str, str], tuple[date, Step]]:
    async with loa.db.reading() as db:
        found = await timeline(db, loa.catalog, today)
    return {(one.obligation["id"], one.key): (one.due, one.step(today)) for one in found.upward}


async def test_reports_go_up_as_the_plans_say(loa: Loa) -> None:
    assert await steps(loa, date(2024, 11, 11)) == {
        ("r000_so", "once"): (date(2024, 12, 24), Step.COLLECT),
        ("r001_so", "2024"): (date(2024, 12, 24), Step.COLLECT),
        ("r002_so", "once"): (date(2024, 12, 24), Step.COLLECT),
    }
    later = await steps(loa, date(2024, 12, 15))
    assert later["r001_so", "2024"][1] is Step.WRITE, "the units' last day was the 14th"
    assert later["r002_so", "once"][1] is Step.COLLECT, "districts have until the 19th"
    past = await steps(loa, date(2025, 2, 1))
    assert past["r001_so", "2024"][1] is Step.LATE
    assert past["r001_so", "2025"][1] is Step.COLLECT
    async with loa.db.reading() as db:
        found = await timeline(db, loa.catalog, date(2024, 11, 11))
    assert [(one.obligation["id"], one.due) for one in found.collected] == [
        ("r001_dv", date(2024, 12, 14)), ("r000_dv", date(2024, 12, 14)), ("r002_huyen", date(2024, 12, 19)),
    ]  # fmt: skip
    yearly = next(one for one in found.upward if one.key == "2024")
    assert (yearly.since, yearly.until) == (date(2023, 12, 15), date(2024, 12, 14))


@pytest.mark.parametrize(
    ("number", "day"), [("", "2024-11-08"), ("215/BC", ""), ("215/BC", "2024-11-12"), ("x" * 61, "2024-11-08")]
)
async def test_a_document_has_a_number_and_a_day_that_has_come(browser: NewBrowser, number: str, day: str) -> None:
    editor = await browser(EDITOR)
    form = {"plan": GRASSROOTS, "obligation": "r002_so", "occasion": "once", "number": number, "issued_on": day}
    refused = await editor.post("/console/obligations/done", **form)
    assert refused.status_code == 409
    assert "ghi số văn bản đi" in words(refused)


async def test_what_was_sent_is_marked_and_taken_back(browser: NewBrowser, loa: Loa) -> None:
    editor, viewer = await browser(EDITOR), await browser(VIEWER)
    shown = words(await viewer.get("/console/obligations"))
    assert "Giả định, đơn vị xác nhận" in shown
    assert "chốt số liệu ngày 14, hạn gửi về Sở ngày 20 của tháng cuối kỳ" in shown
    assert "được giữ 10 năm" in shown
    assert "chờ đơn vị gửi về đến hết 19/12/2024" in shown
    assert "không ghi hạn; trước ngày 25 tháng cuối kỳ" in shown
    assert "từ 15/12/2023 đến 14/12/2024" in shown
    assert "Không có cơ quan nào phải gọi" in shown
    assert "Tháng 11/2024 – Du lịch" in shown
    assert "đang mở Hạn 20/11/2024; đóng sau 20/12/2024" in shown
    assert "Không có báo cáo nào Sở phải gửi lên" in words(await editor.get("/console/"))
    form = {"plan": GRASSROOTS, "obligation": "r002_so", "occasion": "once"}
    assert (await viewer.post("/console/obligations/done", **form)).status_code == 403
    page = await editor.press("/console/obligations/done", **form, number=" 215/BC-STTTT ", issued_on="2024-11-08")
    assert "xong: văn bản số 215/BC-STTTT, ngày 08/11/2024 (lan ghi)" in words(page)
    assert "r002_so" not in {
        key for (key, _), (_, step) in (await steps(loa, date(2024, 12, 30))).items() if step is Step.LATE
    }
    page = await editor.press("/console/obligations/undone", **form)
    assert "Đã bỏ ghi «215/BC-STTTT»" in words(page)
    assert (await editor.post("/console/obligations/undone", **form)).status_code == 404
    unknown = form | {"obligation": "r000_dv", "number": "1", "issued_on": "2024-11-08"}
    assert (await editor.post("/console/obligations/done", **unknown)).status_code == 404
    actions = [entry.action for entry in await editor.audit() if entry.subject == f"plan:{GRASSROOTS}"]
    assert actions == ["obligation.done", "obligation.undone"]
