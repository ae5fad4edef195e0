"""A report filled in through the chat, as the tests of the form and of what follows it begin."""

from __future__ import annotations

from storage.reports import ProgressReport, ReportVersion, report_at, versions_of
from tests.handlers.talk import Talk
from tests.reports.conftest import BOARDS, SA_THAY

ANSWERS = ("5/7 xã", "Chưa", "2", "Đã lắp 5 bảng tin", "Thiếu kinh phí", "20/12/2024", "bỏ qua")
"""A whole report on the notice boards."""


async def begun(talk: Talk, task: str = BOARDS) -> str:
    """The first question, past the card."""
    await talk.taps(f"report:{task}")
    return await talk.taps("Bắt đầu")


async def fill(talk: Talk, *answers: str, task: str = BOARDS) -> str:
    said = await begun(talk, task)
    for answer in answers:
        said = await talk.says(answer)
    return said


async def report_of(talk: Talk, task: str = BOARDS) -> ProgressReport:
    async with talk.db.reading() as db:
        found = await report_at(db, task, SA_THAY)
    assert found is not None
    return found


async def versions(talk: Talk, task: str = BOARDS) -> list[ReportVersion]:
    report = await report_of(talk, task)
    async with talk.db.reading() as db:
        return list(await versions_of(db, report.id or 0))


async def is_open(talk: Talk) -> bool:
    return bool((await talk.conversation()).form)
