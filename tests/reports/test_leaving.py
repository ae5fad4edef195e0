"""Leaving a report that is being filled in, and coming back to its draft."""

from __future__ import annotations

from datetime import timedelta

import pytest

from content.catalog import Catalog
from handlers.desk import Desk
from tests.handlers.talk import Known, Talk
from tests.reports.conftest import BOARDS
from tests.reports.filling import ANSWERS, begun, fill, is_open, report_of


@pytest.mark.parametrize("word", ["hủy", "huỷ", "huy", "thôi", "/huy"])
async def test_leaving_asks_what_becomes_of_the_draft(officer: Talk, word: str) -> None:
    await fill(officer, "5/7")
    said = await officer.says(word)
    assert "dừng báo cáo" in said
    assert officer.labels == ["Lưu nháp, dừng", "Xóa bản nháp", "Làm tiếp"]
    assert "(Câu 2/7)" in await officer.says("làm tiếp")


async def test_leaving_twice_keeps_the_draft(officer: Talk) -> None:
    await fill(officer, "5/7")
    await officer.says("hủy")
    await officer.says("hủy")
    assert not await is_open(officer)
    assert (await report_of(officer)).draft


async def test_a_draft_can_be_dropped(officer: Talk) -> None:
    await fill(officer, "5/7")
    await officer.says("hủy")
    assert "Đã xóa bản nháp" in await officer.taps("Xóa bản nháp")
    assert not (await report_of(officer)).draft
    assert not await is_open(officer)


async def test_leaving_before_any_answer_keeps_nothing(officer: Talk) -> None:
    assert "không lưu nháp" in await fill(officer, "hủy")
    assert not await is_open(officer)
    assert not (await report_of(officer)).draft


async def test_a_draft_is_offered_again_and_survives_a_new_desk(officer: Talk, catalog: Catalog, known: Known) -> None:
    await fill(officer, "5/7", "Chưa")
    assert "(2/7 câu)" in await officer.says("lưu nháp")
    officer.desk = Desk(catalog, known)
    officer.now += timedelta(days=3)
    said = await officer.taps(f"report:{BOARDS}")
    assert "đã trả lời 2/7 câu" in said
    assert officer.labels == ["Tiếp tục bản nháp", "Làm bản mới"]
    assert "(Câu 3/7)" in await officer.taps("Tiếp tục bản nháp")


async def test_a_new_one_instead_of_the_draft(officer: Talk) -> None:
    await fill(officer, "5/7")
    await officer.says("lưu nháp")
    await officer.taps(f"report:{BOARDS}")
    assert "(Câu 1/7)" in await officer.taps("Làm bản mới")
    await officer.says("4/7")
    [draft] = (await report_of(officer)).draft.values()
    assert draft["answers"]["values"]["t002_pl02_09.1"]["value"] == 4


async def test_every_answer_is_in_the_draft_at_once(officer: Talk) -> None:
    await begun(officer)
    for done, answer in enumerate(ANSWERS, 1):
        await officer.says(answer)
        [draft] = (await report_of(officer)).draft.values()
        assert draft["done"] == done


async def test_looking_at_tasks_puts_the_report_aside(officer: Talk) -> None:
    await fill(officer, "5/7")
    said = await officer.taps("tasks")
    assert "đã lưu nháp (1/7 câu)" in said
    assert not await is_open(officer)
    await officer.taps("Tiếp tục bản nháp")
    assert await is_open(officer)


async def test_after_a_long_silence_a_sentence_is_not_swallowed(officer: Talk, known: Known) -> None:
    await fill(officer, "5/7", "Chưa", "2")
    officer.now += timedelta(hours=13)
    said = await officer.says("chào buổi sáng, hôm nay trời đẹp quá")
    assert "đang dở" in said
    assert "Tiếp tục bản nháp" in officer.labels
    [draft] = (await report_of(officer)).draft.values()
    assert "work" not in draft["answers"]


async def test_a_number_is_still_an_answer_after_a_long_silence(officer: Talk) -> None:
    await begun(officer)
    officer.now += timedelta(days=2)
    assert "(Câu 2/7)" in await officer.says("5/7")
