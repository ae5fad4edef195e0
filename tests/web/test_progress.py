"""The progress page: figures of one snapshot, lights with their rule, the way from a figure to its report."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

from handlers.reports.snapshots import refresh_dashboard
from storage.reports import report_on, submit
from tests.conftest import TestClock
from tests.web.conftest import NewBrowser
from tests.web.office import EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa

PLAN = "kh_thong_tin_co_so_2024"
BOARDS, SA_THAY = "t002_pl02_09", "ubnd_huyen_sa_thay"


async def hand_in(loa: Loa, task: str = BOARDS, agency: str = SA_THAY) -> None:
    now = loa.clock.now()
    async with loa.db.session() as db:
        value = {"value": 5, "part": 5, "whole": 7}
        answers = {"values": {"t002_pl02_09.1": value}, "status": "partly", "work": "Đã lắp."}
        await submit(db, await report_on(db, task, agency, now), answers, None, now)
        await db.commit()


async def test_the_page_shows_one_snapshot_until_the_figures_are_taken_anew(browser: NewBrowser, loa: Loa) -> None:
    viewer = await browser(VIEWER)
    first = await viewer.get(f"/console/progress?plan={PLAN}")
    assert "5/7" not in first.text
    await hand_in(loa)
    assert "5/7" not in (await viewer.get(f"/console/progress?plan={PLAN}")).text
    page = await viewer.press("/console/progress/refresh", plan=PLAN)
    assert "5/7 xã (71,4%)" in words(page)
    assert "Đã cập nhật số liệu" in words(page)
    [(path, width, height)] = re.findall(
        r'<img src="(/console/progress/chart[^"]+)" width="(\d+)" height="(\d+)"', page.text
    )
    picture = await viewer.get(unescape(path))
    assert picture.headers["content-type"] == "image/svg+xml"
    assert f'width="{width}" height="{height}"' in picture.text, "the place kept free is the picture's"
    assert (await viewer.get("/console/progress/chart.svg", plan="khong_co")).status_code == 404
    assert f"/console/progress/figures?plan={PLAN}&amp;task={BOARDS}" in page.text


async def test_a_light_narrows_the_list_and_its_rule_is_told(browser: NewBrowser, loa: Loa) -> None:
    await hand_in(loa)
    viewer = await browser(VIEWER)
    page = await viewer.get(f"/console/progress?plan={PLAN}&light=green")
    assert "thấp hơn trên 30 điểm" in words(page)
    rows = re.findall(r'<td class="loa-wide"><a href="/console/progress/figures\?plan=\w+&amp;task=', page.text)
    assert len(rows) == 1
    assert "Không có chỉ tiêu nào khớp" in words(await viewer.get(f"/console/progress?plan={PLAN}&light=blau"))


async def test_a_document_leads_back_to_its_figures(browser: NewBrowser, loa: Loa) -> None:
    await hand_in(loa)
    editor = await browser(EDITOR)
    await editor.get(f"/console/reports/export?plan={PLAN}&format=xlsx")
    page = await editor.get(f"/console/progress?plan={PLAN}")
    [code] = re.findall(r"/console/progress/snapshots/(SL-24-\w{6})", page.text)
    kept = words(await editor.get(f"/console/progress/snapshots/{code}"))
    assert "5/7 xã (71,4%)" in kept
    assert (await editor.get("/console/progress/snapshots/SL-24-AAAAAA")).status_code == 404


async def test_the_figures_are_taken_anew_when_something_changed_or_a_day_began(loa: Loa, clock: TestClock) -> None:
    async def refreshed() -> int:
        return await refresh_dashboard(loa.db, loa.catalog, loa.clock.now())

    assert await refreshed() == 3, "each plan has its first"
    assert await refreshed() == 0
    clock.move(timedelta(hours=1))
    await hand_in(loa)
    assert await refreshed() == 1, "one plan has a new report"
    clock.move(timedelta(days=1))
    assert await refreshed() == 3, "what was due is late now"


async def test_an_unknown_plan_is_no_page(browser: NewBrowser) -> None:
    viewer = await browser(VIEWER)
    assert (await viewer.get("/console/progress?plan=khong_co")).status_code == 404
    assert (await viewer.press("/console/progress/refresh", plan="khong_co")).status_code == 404


async def test_every_figure_leads_to_its_reports_and_they_to_the_version(browser: NewBrowser, loa: Loa) -> None:
    await hand_in(loa)
    viewer = await browser(VIEWER)
    page = await viewer.press("/console/progress/refresh", plan=PLAN)
    figures = f"/console/progress/figures?plan={PLAN}"
    ways = [
        f"&district={SA_THAY}",
        "&which=on_time",
        f"&agency={SA_THAY}&month=2024-12",
        f"&agency={SA_THAY}&which=on_time",
        f"&task={BOARDS}",
    ]
    for way in [*ways, f"&task={BOARDS}"]:
        assert f'{figures}{way}"'.replace("&", "&amp;") in page.text, way
        behind = await viewer.get(f"{figures}{way}")
        [report] = set(re.findall(r'href="(/console/reports/\d+#v1)"', behind.text))
        assert "5/7 xã (71,4%)" in words(behind)
        assert 'id="v1"' in (await viewer.get(report)).text
    assert "#v1" not in (await viewer.get(f"{figures}&agency={SA_THAY}&which=overdue")).text
    assert (await viewer.get("/console/progress/figures?plan=khong_co")).status_code == 404
