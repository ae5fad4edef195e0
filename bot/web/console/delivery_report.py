"""What became of a digest: the funnel, who lags behind, failures by cause; and how quickly agencies answer, by week."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.directory import CAPABILITIES
from bot.exports.delivery_report import rungs, write_paper, write_workbook
from bot.web.console.office import Refused, back, download, found, needs, of, path_number, who, written
from bot.web.console.powers import Power
from content.catalog import Catalog
from handlers.digests import DigestError
from handlers.digests.delivery_report import DeliveryReport, delivery_report
from handlers.digests.recording import record_taken
from handlers.digests.rendering import week_span
from handlers.digests.uptake import WEEKS, uptake
from handlers.digests.weeks import Week
from storage.digests import DeliveryState, Digest
from storage.files import SHEET, WORD

TELLING = frozenset(name for name, can in CAPABILITIES.items() if can.receipts)
"""Channels that report what has arrived and was seen."""
LISTED = {DeliveryState.FAILED: "failed", DeliveryState.UNCLEAR: "unclear", DeliveryState.SKIPPED: "skipped"}


async def _report(request: Request) -> DeliveryReport:
    office = of(request)
    async with office.loa.db.reading() as db:
        digest = await found(db, Digest, path_number(request))
        return await delivery_report(db, office.loa.catalog, digest, TELLING, office.loa.clock.now())


@needs(Power.SEE)
async def page(request: Request) -> Response:
    office, report = of(request), await _report(request)
    base = f"/console/digests/{report.digest.id}"
    return office.paper.page(
        request,
        "delivery_report/page.html",
        report=report,
        base=base,
        week=week_span(Week.parse(report.digest.week))["week"],
        sentence=report.sentence(office.loa.catalog),
        chased={one.agency_id: rungs(one, office.loa.catalog) for one in report.agencies},
        causes=[
            (cause, "/console/zalo" if cause.action == "keys" else f"{base}?state={LISTED[cause.state]}#ledger")
            for cause in report.causes
        ],
    )


@needs(Power.SEND)
async def taken(request: Request) -> Response:
    """Write down that an agency has taken the digest in, as somebody of it said by telephone."""
    office = of(request)
    digest_id, agency = path_number(request), request.path_params["agency"]
    path = f"/console/digests/{digest_id}/report"
    try:
        told = await written(request, "told", "digest.refused.who_said_so")
        async with office.loa.db.session() as db:
            now, catalog = office.loa.clock.now(), office.loa.catalog
            await record_taken(db, catalog, digest_id, agency, told, who(request).name, now)
            await db.commit()
    except (DigestError, Refused) as error:
        words = error.text if isinstance(error, Refused) else office.text(error.key, **error.params)
        return back(request, path, words, "error")
    return back(request, path, office.text("delivery_report.taken.done", agency=office.loa.catalog.agency_name(agency)))


@needs(Power.SEE)
async def workbook(request: Request) -> Response:
    return await _file(request, write_workbook, SHEET, "bao-cao-phat-hanh-{week}.xlsx")


@needs(Power.SEE)
async def paper(request: Request) -> Response:
    """The sheet for the weekly meeting."""
    return await _file(request, write_paper, WORD, "phieu-giao-ban-{week}.docx")


async def _file(
    request: Request, write: Callable[[DeliveryReport, Catalog], bytes], media_type: str, name: str
) -> Response:
    report = await _report(request)
    body = await asyncio.to_thread(write, report, of(request).loa.catalog)
    return download(name.format(week=report.digest.week), body, media_type)


@needs(Power.SEE)
async def weeks(request: Request) -> Response:
    """Agencies by weeks: how quickly each took each digest in."""
    office = of(request)
    async with office.loa.db.reading() as db:
        found_weeks = await uptake(db, office.loa.catalog, WEEKS, office.loa.clock.now())
    hours = office.loa.catalog.province.chase.main
    return office.paper.page(request, "delivery_report/weeks.html", uptake=found_weeks, hours=hours)


ROUTES = (
    Route("/digests/{id}/report", page, methods=["GET"]),
    Route("/digests/{id}/report/{agency}/taken", taken, methods=["POST"]),
    Route("/digests/{id}/report.xlsx", workbook, methods=["GET"]),
    Route("/digests/{id}/report.docx", paper, methods=["GET"]),
    Route("/uptake", weeks, methods=["GET"]),
)
