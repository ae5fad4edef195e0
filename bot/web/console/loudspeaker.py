"""A text for the communes' loudspeakers: choose reviewed items, see how long it is, take it away as a document."""

from __future__ import annotations

import asyncio

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.exports.loudspeaker import write_script
from bot.web.console.office import download, needs, of
from bot.web.console.powers import Power
from handlers.loudspeaker.script import Readable, readable_items, script
from storage.files import WORD

MOST = 12
"""Items of one script."""


@needs(Power.SEE)
async def page(request: Request) -> Response:
    """Choose items; below, the script made of them."""
    office = of(request)
    async with office.loa.db.reading() as db:
        readable = await readable_items(db)
        chosen = await _chosen(db, request)
    ids = [one.item.id for one in chosen]
    made = script(office.loa.catalog, chosen) if chosen else None
    sources = {
        one.item.id: office.text(
            "loudspeaker.page.source", document=one.document(office.loa.catalog), number=one.number
        )
        for one in readable
    }
    return office.paper.page(
        request,
        "loudspeaker/page.html",
        readable=readable,
        sources=sources,
        chosen=ids,
        script=made,
        verdict=made.verdict(office.loa.catalog) if made else "",
    )


@needs(Power.SEE)
async def exported(request: Request) -> Response:
    """The script as a Word document."""
    office = of(request)
    async with office.loa.db.reading() as db:
        chosen = await _chosen(db, request)
    if not chosen:
        raise HTTPException(404)
    catalog, now = office.loa.catalog, office.loa.clock.now()
    body = await asyncio.to_thread(write_script, script(catalog, chosen), catalog, now)
    return download("bai-phat-thanh.docx", body, WORD)


async def _chosen(db: AsyncSession, request: Request) -> list[Readable]:
    """The chosen items that may be read out, in the order of their documents."""
    wanted = frozenset(request.query_params.getlist("item")[:MOST])
    return [one for one in await readable_items(db) if one.item.id in wanted] if wanted else []


ROUTES = (
    Route("/loudspeaker", page, methods=["GET"]),
    Route("/loudspeaker.docx", exported, methods=["GET"]),
)
