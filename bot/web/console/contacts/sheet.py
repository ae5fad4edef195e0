"""The officers of the day as a workbook, numbers included: for administrators, and noted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.exports.sheets import add_sheet, new_workbook, packed
from bot.web.console.contacts.register import Entry, register
from bot.web.console.office import download, needs, of, who
from bot.web.console.powers import Power
from content.text import Texts
from content.words import fold
from storage.audit import note
from storage.files import SHEET

COLUMNS = {
    "agency": 40,
    "name": 28,
    "position": 28,
    "role": 12,
    "phone": 16,
    "first": 12,
    "last": 14,
    "channels": 20,
}
"""Columns and their widths in characters."""


@needs(Power.SEE_PHONES)
async def exported(request: Request) -> Response:
    """Everybody who speaks for an agency today, by agency."""
    office = of(request)
    now, today = office.loa.clock.now(), office.today()
    async with office.loa.db.session() as db:
        entries = sorted(await register(db, now, today), key=lambda entry: fold(entry.agency.name))
        count = sum(len(entry.officers) for entry in entries)
        note(db, who(request).name, "contacts.exported", "contacts", now, officers=count)
        await db.commit()
    body = await asyncio.to_thread(_workbook, office.loa.catalog.text, entries)
    return download(f"can-bo-{date.isoformat(today)}.xlsx", body, SHEET)


def _workbook(text: Texts, entries: Sequence[Entry]) -> bytes:
    workbook = new_workbook()
    headings = [(text(f"contacts.sheet_file.column.{name}"), width) for name, width in COLUMNS.items()]
    add_sheet(workbook, text("contacts.sheet_file.title"), headings, _rows(text, entries))
    return packed(workbook)


def _rows(text: Texts, entries: Sequence[Entry]) -> Iterable[list[Any]]:
    named = text.section("console.channel")
    for entry in entries:
        for one in entry.officers:
            yield [
                entry.agency.name,
                one.contact.name,
                one.contact.position,
                text(f"contacts.roles.{one.appointment.role.value}"),
                f"+{one.contact.phone}" if one.contact.phone else None,
                one.appointment.first_day,
                one.appointment.last_day,
                ", ".join(named.get(channel, channel) for channel in one.channels),
            ]


ROUTES = (Route("/contacts/export", exported, methods=["GET"]),)
