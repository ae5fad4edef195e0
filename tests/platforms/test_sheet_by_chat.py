"""A sheet of reports on both platforms: asked for in a line, filled in, sent back as a file, handed in with one tap."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from storage.files import FilePurpose, StoredFile, content_of
from storage.reports import ReportState, report_at
from tests.platforms.conftest import World
from tests.platforms.test_three_jobs import PATIENCE, register, talk

BOARDS, SA_THAY = "t002_pl02_09", "ubnd_huyen_sa_thay"


@pytest.mark.parametrize("platform", ["telegram", "zalo"])
async def test_a_sheet_goes_out_and_comes_back(world: World, platform: str) -> None:
    person: Any = world.telegram.person(7, "A Thui") if platform == "telegram" else world.zalo.person("A Thui")
    await register(world, person, platform, SA_THAY)
    await talk(world, person, "bảng excel")
    if platform == "zalo":  # it carries no sheets: the words say where it is
        assert any(re.search(r"/tep/\S+", bubble.text) for bubble in person.messages)
    async with world.loa.db.reading() as db:
        query = select(StoredFile).where(StoredFile.purpose == FilePurpose.RECEIPT)
        file = (await db.exec(query)).one()
        content = await content_of(db, file.id or 0)
    book = load_workbook(BytesIO(content or b""))
    sheet = book.worksheets[0]
    answers = {f"{BOARDS}.1": "5/7", f"{BOARDS}.2": "có", "status": "đã xong", "work": "Đã lắp đủ.",
               "difficulties": "không", "finished_on": "10/11/2024", "evidence": "chưa"}  # fmt: skip
    for row in range(2, sheet.max_row + 1):
        task, _, key = str(sheet.cell(row, 1).value).partition("/")
        if task == BOARDS and key in answers:
            sheet.cell(row, 7).value = answers[key]
    filled = BytesIO()
    book.save(filled)
    person._read = len(person.messages)
    sends = person.sends_document if platform == "telegram" else person.sends_file
    await sends("bao cao.xlsx", content=filled.getvalue())
    [echo] = await person.sees(1, PATIENCE)
    assert "câu trả lời của 1 báo cáo" in echo.text
    await world.settle()
    await talk(world, person, "@Nộp 1 báo cáo")
    assert "đã nộp, mã" in person.messages[-1].text
    async with world.loa.db.reading() as db:
        report = await report_at(db, BOARDS, SA_THAY)
    assert report is not None
    assert report.state is ReportState.SUBMITTED
