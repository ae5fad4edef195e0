"""The files the desk hands out in a chat, made beside the loop that talks to the platforms."""

from __future__ import annotations

import asyncio
from typing import Any

from content.catalog import Catalog


class OfficePapers:
    """Makes them from the templates of the content."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def report(self, facts: dict[str, Any]) -> bytes:
        return await asyncio.to_thread(self._report, facts)

    def _report(self, facts: dict[str, Any]) -> bytes:
        from bot.exports.agency_report import write_report  # lxml and its friends only when a file is wanted

        return write_report(facts, self._catalog)
