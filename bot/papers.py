"""The files the desk hands out in a chat and takes back, worked on beside the loop that talks to the platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.handouts import Handouts
from content.catalog import Catalog
from handlers.sheet_rows import Filled, SheetTask


class OfficePapers:
    """Makes files from the content's templates, and reads those that come back. What reads and writes them is imported
    when a file is first wanted: most chats never want one."""

    def __init__(self, catalog: Catalog, handouts: Handouts | None = None) -> None:
        self._catalog = catalog
        self._handouts = handouts

    async def report(self, facts: dict[str, Any]) -> bytes:
        return await asyncio.to_thread(self._report, facts)

    def _report(self, facts: dict[str, Any]) -> bytes:
        from bot.exports.agency_report import write_report

        return write_report(facts, self._catalog)

    async def sheet(self, tasks: Sequence[SheetTask]) -> bytes:
        return await asyncio.to_thread(self._sheet, tasks)

    def _sheet(self, tasks: Sequence[SheetTask]) -> bytes:
        from bot.report_sheets import sheet_of

        return sheet_of(tasks, self._catalog.text)

    async def filled(self, content: bytes) -> list[Filled]:
        return await asyncio.to_thread(self._filled, content)

    def _filled(self, content: bytes) -> list[Filled]:
        from bot.report_sheets import read_filled

        return read_filled(content, self._catalog.text)

    def link(self, file_id: int, now: datetime) -> str:
        return "" if self._handouts is None else self._handouts.link(file_id, now)
