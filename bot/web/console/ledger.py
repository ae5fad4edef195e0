"""What became of a digest's deliveries: counts per state, one row per recipient, and settling the unclear ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.exports.sheets import add_sheet, new_workbook, packed
from bot.web.console.office import Office, back, download, found, needs, of, path_number, who
from bot.web.console.powers import Power
from content.whole_numbers import whole
from handlers import digests
from handlers.digests import DeliveryRow, DigestError, Week
from storage.deliveries import Wanted, count_deliveries
from storage.digests import ARRIVED, Delivery, DeliveryState, Digest, DigestState, delivery_counts
from storage.files import SHEET

PAGE = 100
"""Rows shown at once."""
UNACKNOWLEDGED = "unacknowledged"
"""Not a state but a question: arrived, and nobody has pressed the button."""
UNANSWERED = [state for state in ARRIVED if state is not DeliveryState.ACKNOWLEDGED]
CHOICES = frozenset({UNACKNOWLEDGED, *DeliveryState})
COLUMNS = {
    "agency": 40, "officer": 28, "channel": 12, "state": 20, "reason": 40,
    "sent": 18, "delivered": 18, "seen": 18, "acknowledged": 18,
}  # fmt: skip
"""Columns of the sheet and their widths in characters."""
MOVING = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING})


async def counted(db: AsyncSession, request: Request, digest: Digest) -> dict[str, Any]:
    """How many deliveries are in each state, what is chosen, and whether more will move: a few rows, however many
    recipients there are."""
    assert digest.id is not None
    counts = await delivery_counts(db, digest.id)
    chosen = request.query_params.get("state", "")
    return {
        "counts": counts,
        "total": sum(counts.values()),
        "arrived": sum(counts[state] for state in ARRIVED),
        "unacknowledged": sum(counts[state] for state in UNANSWERED),
        "page": whole(request.query_params.get("page", ""), 5) or 1,
        "chosen_state": chosen if chosen in CHOICES else "",
        "chosen_agency": request.query_params.get("agency", ""),
        "live": digest.state is DigestState.SENDING or any(counts[state] for state in MOVING),
        "over": False,
        "alone": False,
    }


async def table(db: AsyncSession, office: Office, request: Request, digest: Digest) -> dict[str, Any]:
    """What the delivery table shows: counts of all, one page of the rows of the chosen state and agency."""
    assert digest.id is not None
    shown = await counted(db, request, digest)
    asked = await _asked(db, request)
    matching = await count_deliveries(db, digest.id, asked)
    pages = max(1, -(-matching // PAGE))
    page = min(pages, shown["page"])
    rows = await digests.delivery_rows(db, office.loa.catalog, digest.id, asked, PAGE, (page - 1) * PAGE)
    return {**shown, "rows": rows, "matching": matching, "page": page, "pages": pages}


async def _asked(db: AsyncSession, request: Request) -> Wanted:
    state, agency = request.query_params.get("state", ""), request.query_params.get("agency", "")
    if state == UNACKNOWLEDGED:
        return await digests.wanted(db, UNANSWERED, agency)
    return await digests.wanted(db, [DeliveryState(state)] if state in CHOICES else None, agency)


@needs(Power.SEE)
async def exported(request: Request) -> Response:
    """The rows of the chosen state and agency as a sheet, e.g. to call everybody who has not acknowledged."""
    office = of(request)
    async with office.loa.db.reading() as db:
        digest = await found(db, Digest, path_number(request))
        rows = await digests.delivery_rows(db, office.loa.catalog, digest.id or 0, await _asked(db, request))
    body = await asyncio.to_thread(sheet, office, rows)
    return download(f"ban-tin-{digest.week}.xlsx", body, SHEET)


def sheet(office: Office, rows: Sequence[DeliveryRow]) -> bytes:
    """The delivery table as a workbook."""
    workbook = new_workbook()
    headings = [(office.text(f"console.ledger.column.{name}"), width) for name, width in COLUMNS.items()]
    add_sheet(workbook, office.text("console.ledger.title"), headings, (_cells(office, row) for row in rows))
    return packed(workbook)


def _cells(office: Office, row: DeliveryRow) -> list[Any]:
    moments = (row.sent_at, row.delivered_at, row.seen_at, row.acknowledged_at)
    local = [moment.astimezone(office.paper.zone).replace(tzinfo=None) if moment else None for moment in moments]
    return [row.agency, row.officer, row.channel, row.state_words, row.reason, *local]


@needs(Power.SEE)
async def counts(request: Request) -> Response:
    """The counts, and what stands on top of the page: fetched again and again while something is on its way."""
    office = of(request)
    async with office.loa.db.reading() as db:
        digest = await found(db, Digest, path_number(request))
        shown = await counted(db, request, digest)
    shown["over"] = not shown["live"]  # the rows are fetched once more
    shown["alone"], shown["week"] = True, Week.parse(digest.week)
    return office.paper.fragment(request, "digests/_counts.html", digest=digest, **shown)


@needs(Power.SEE)
async def fragment(request: Request) -> Response:
    """Counts and rows alone: fetched once when nothing moves any more."""
    office = of(request)
    async with office.loa.db.reading() as db:
        digest = await found(db, Digest, path_number(request))
        shown = await table(db, office, request, digest)
    return office.paper.fragment(request, "digests/_ledger.html", digest=digest, **shown)


@needs(Power.SEND)
async def settle(request: Request) -> Response:
    """A person has found out what became of an unclear delivery: it arrived, or it is to be sent again."""
    office = of(request)
    delivery_id = path_number(request)
    arrived = (await request.form()).get("arrived") == "yes"
    now, actor = office.loa.clock.now(), who(request).name
    async with office.loa.db.session() as db:
        delivery = await found(db, Delivery, delivery_id)
        path = f"/console/digests/{delivery.digest_id}" if delivery.digest_id else "/console/"
        try:
            if arrived:
                await digests.settle_unclear(db, delivery_id, True, actor, now)
            else:
                await digests.resend_unclear(db, delivery_id, actor, now)
        except DigestError as error:
            return back(request, path, office.text(error.key, **error.params), "error")
        await db.commit()
    office.loa.outbox.wake()
    told = office.text("console.ledger.told.arrived" if arrived else "console.ledger.told.again")
    return back(request, f"{path}?state=unclear#ledger", told)


ROUTES = (
    Route("/digests/{id}/ledger", fragment, methods=["GET"]),
    Route("/digests/{id}/ledger/counts", counts, methods=["GET"]),
    Route("/digests/{id}/ledger.xlsx", exported, methods=["GET"]),
    Route("/deliveries/{id}/settle", settle, methods=["POST"]),
)
