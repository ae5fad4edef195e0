"""How quickly each agency took each of the last digests in: agencies by weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import figure
from handlers.digests.rendering import week_span
from handlers.digests.weeks import Week
from handlers.working_time import working_time
from storage.acknowledgements import MAY_HAVE_IT, acknowledgements, digest_subject, recipients_of
from storage.corrections import HAS_LEFT
from storage.digests import editions_of
from storage.worklist import latest_digests

WEEKS = 10
"""Newest digests shown."""
DAY = 7.5
"""Working hours of a day, as told in words."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One agency and one week."""

    standing: str
    """``on_time``, ``late``, ``open`` (there still is time), ``waiting`` or ``unsent``; how it is coloured."""
    words: str


@dataclass(frozen=True, slots=True)
class Uptake:
    """Agencies by weeks."""

    weeks: tuple[tuple[int, str], ...]
    """Digest and what its week is called, oldest first."""
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    """Agency and its cells; None where the agency had no edition. Those that wait most often come first; those that
    were never reached are left out."""


async def uptake(db: AsyncSession, catalog: Catalog, most: int, now: datetime) -> Uptake:
    """The last ``most`` digests that have gone out, as of ``now``."""
    digests = [one for one in await latest_digests(db, most * 2) if one.state in HAS_LEFT][:most][::-1]
    weeks = [(one.id or 0, week_span(Week.parse(one.week))["week"]) for one in digests]
    taken = {
        (row.subject, row.agency_id): row.at
        for row, _ in await acknowledgements(db, {digest_subject(number) for number, _ in weeks})
    }
    cells: dict[str, dict[int, Cell]] = {}
    for number, _ in weeks:
        sent: dict[str, datetime] = {}
        for delivery, edition, _ in await recipients_of(db, number):
            if delivery.state in MAY_HAVE_IT:
                at = delivery.sent_at or delivery.created_at
                sent[edition.agency_id] = min(at, sent.get(edition.agency_id, at))
        for edition in await editions_of(db, number):
            agency = edition.agency_id
            when = taken.get((digest_subject(number), agency))
            cells.setdefault(agency, {})[number] = _cell(catalog, sent.get(agency), when, now)
    rows = [
        (catalog.agency_name(agency), tuple(found.get(number) for number, _ in weeks))
        for agency, found in cells.items()
        if any(cell.standing != "unsent" for cell in found.values())
    ]
    return Uptake(tuple(weeks), tuple(sorted(rows, key=lambda row: (-_waiting(row[1]), row[0]))))


def _waiting(cells: tuple[Cell | None, ...]) -> int:
    return sum(cell is not None and cell.standing in ("waiting", "unsent") for cell in cells)


def _cell(catalog: Catalog, sent: datetime | None, taken: datetime | None, now: datetime) -> Cell:
    text = catalog.text
    hours = working_time(catalog).hours_between(sent, taken or now) if sent is not None else 0.0
    in_time = hours <= catalog.province.chase.main
    if taken is None:
        standing = "unsent" if sent is None else "open" if in_time else "waiting"
        return Cell(standing, text(f"delivery_report.weeks.{standing}"))
    standing = "on_time" if in_time else "late"
    if hours < DAY:
        return Cell(standing, text("delivery_report.weeks.hours", hours=figure(round(hours, 1))))
    return Cell(standing, text("delivery_report.weeks.days", days=figure(round(hours / DAY, 1))))
