"""What became of a digest's deliveries: counts per state, one row per recipient, and settling the unclear ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import Office, back, found, needs, of, path_number, who
from bot.web.console.powers import Power
from content.words import fold
from handlers import digests
from handlers.digests import DeliveryRow, DigestError
from storage.digests import ARRIVED, Delivery, DeliveryState, Digest, DigestState

PAGE = 50
"""Rows shown at once."""
UNACKNOWLEDGED = "unacknowledged"
"""Not a state but a question: arrived, and nobody has pressed the button."""
CHOICES = frozenset({UNACKNOWLEDGED, *DeliveryState})
COLUMNS = ("agency", "officer", "channel", "state", "reason", "sent", "delivered", "seen", "acknowledged")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOVING = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING})


async def table(db: AsyncSession, office: Office, request: Request, digest: Digest) -> dict[str, Any]:
    """What the delivery table shows: counts of all, rows of the chosen state and agency, and whether more will move."""
    assert digest.id is not None
    chosen, wanted = request.query_params.get("state", ""), request.query_params.get("agency", "")
    rows = await digests.delivery_rows(db, office.loa.catalog, digest.id)
    counts = {state: sum(row.state is state for row in rows) for state in DeliveryState}
    shown = [row for row in rows if _wanted(row, chosen, wanted)]
    pages = max(1, -(-len(shown) // PAGE))
    raw = request.query_params.get("page", "1")
    page = min(pages, max(1, int(raw))) if raw.isdecimal() and len(raw) < 6 else 1
    return {
        "counts": counts,
        "total": len(rows),
        "arrived": sum(counts[state] for state in ARRIVED),
        "unacknowledged": sum(counts[state] for state in ARRIVED if state is not DeliveryState.ACKNOWLEDGED),
        "rows": shown[(page - 1) * PAGE : page * PAGE],
        "matching": len(shown),
        "page": page,
        "pages": pages,
        "chosen_state": chosen if chosen in CHOICES else "",
        "chosen_agency": wanted,
        "live": digest.state is DigestState.SENDING or any(counts[state] for state in MOVING),
    }


def _wanted(row: DeliveryRow, state: str, agency: str) -> bool:
    if state == UNACKNOWLEDGED:
        fits = row.state in ARRIVED and row.state is not DeliveryState.ACKNOWLEDGED
    else:
        fits = state not in CHOICES or row.state == state
    return fits and fold(agency) in fold(row.agency)


@needs(Power.SEE)
async def exported(request: Request) -> Response:
    """The rows of the chosen state and agency as a sheet, e.g. to call everybody who has not acknowledged."""
    office = of(request)
    chosen, wanted = request.query_params.get("state", ""), request.query_params.get("agency", "")
    async with office.loa.db.reading() as db:
        digest = await found(db, Digest, path_number(request))
        rows = await digests.delivery_rows(db, office.loa.catalog, digest.id or 0)
    body = await asyncio.to_thread(sheet, office, [row for row in rows if _wanted(row, chosen, wanted)])
    name = f"ban-tin-{digest.week}.xlsx"
    return Response(body, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def sheet(office: Office, rows: Sequence[DeliveryRow]) -> bytes:
    """The delivery table as a workbook. Text stays text, also when it begins with "="."""
    workbook = Workbook()
    page: Worksheet = workbook.worksheets[0]
    page.title = office.text("console.ledger.title")
    page.append([office.text(f"console.ledger.column.{name}") for name in COLUMNS])
    for number, row in enumerate(rows, 2):
        moments = (row.sent_at, row.delivered_at, row.seen_at, row.acknowledged_at)
        told = [office.paper.clock(moment) if moment else "" for moment in moments]
        values = (row.agency, row.officer, row.channel, row.state_words, row.reason, *told)
        for place, value in enumerate(values, 1):
            cell = page.cell(number, place)
            cell.value, cell.data_type = value, "s"
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


@needs(Power.SEE)
async def fragment(request: Request) -> Response:
    """The table alone: fetched again and again while something is on its way."""
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
    Route("/digests/{id}/ledger.xlsx", exported, methods=["GET"]),
    Route("/deliveries/{id}/settle", settle, methods=["POST"]),
)
