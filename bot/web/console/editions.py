"""The editions of a digest: which agencies get one, and what exactly each of them will see on each channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import Loa
from bot.channels.base import Capabilities
from bot.channels.directory import CAPABILITIES
from bot.channels.layout import Part, lay_out, width, without_bold
from bot.web.console.office import Office, found, needs, of, path_number
from bot.web.console.powers import Power
from content.words import fold
from handlers.digests import Week, details_reply, edition_reply
from handlers.messages import Reply
from storage.digests import Digest, Edition, editions_of

PREVIEWED = tuple(name for name in CAPABILITIES if name != "terminal")
"""Channels officers are reached on, also while one is not switched on."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One edition in the list."""

    agency_id: str
    agency: str
    items: int
    """Items to supply or to make known, and duties."""
    tasks: int
    """Tasks and reports with a deadline."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as it will stand on the phone."""

    part: Part
    length: int
    """Characters of the text, without bold marks."""


@dataclass(frozen=True, slots=True)
class Phone:
    """What one channel will show."""

    channel: str
    limit: int
    main: list[Bubble]
    details: list[Bubble]


async def edition_list(db: AsyncSession, office: Office, digest_id: int, query: str) -> list[Listed]:
    """The digest's editions whose agency's name or id holds ``query`` (diacritics do not matter), by name."""
    wanted = fold(query)
    listed = [_listed(office, edition) for edition in await editions_of(db, digest_id)]
    chosen = [entry for entry in listed if wanted in fold(entry.agency) or wanted in entry.agency_id]
    return sorted(chosen, key=lambda entry: fold(entry.agency))


def _listed(office: Office, edition: Edition) -> Listed:
    body = edition.body
    return Listed(
        edition.agency_id,
        office.loa.catalog.agency_then(edition.agency_id, date.fromisoformat(body["first"])),
        items=len(body["items"]) + len(body["topics"]) + len(body["duties"]),
        tasks=len(body["tasks"]) + len(body["coordinating"]) + len(body["reports"]),
    )


@needs(Power.SEE)
async def search(request: Request) -> Response:
    """The list of editions alone, as the search field wants it."""
    office = of(request)
    digest_id = path_number(request)
    async with office.loa.db.reading() as db:
        digest = await found(db, Digest, digest_id)
        editions = await edition_list(db, office, digest_id, request.query_params.get("q", ""))
    return office.paper.fragment(request, "digests/_editions.html", digest=digest, editions=editions)


@needs(Power.SEE)
async def preview(request: Request) -> Response:
    """One agency's edition, as its officers will see it on each channel."""
    office = of(request)
    digest_id = path_number(request)
    async with office.loa.db.reading() as db:
        digest = await found(db, Digest, digest_id)
        listed = await edition_list(db, office, digest_id, "")
        editions = {edition.agency_id: edition for edition in await editions_of(db, digest_id)}
    here = next((place for place, entry in enumerate(listed) if entry.agency_id == request.path_params["agency"]), None)
    if here is None:
        raise HTTPException(404)
    return office.paper.page(
        request,
        "digests/preview.html",
        digest=digest,
        week=Week.parse(digest.week),
        listed=listed,
        here=here,
        phones=phones(office.loa, editions[listed[here].agency_id].body),
    )


def phones(loa: Loa, body: dict[str, Any]) -> list[Phone]:
    """The edition on every channel there is, laid out as it will be sent."""
    main, details = edition_reply(loa.catalog, body), details_reply(loa.catalog, body)
    return [
        Phone(channel, can.text_limit, _bubbles(main, can), _bubbles(details, can))
        for channel in PREVIEWED
        for can in [CAPABILITIES[channel]]
    ]


def _bubbles(reply: Reply, can: Capabilities) -> list[Bubble]:
    return [Bubble(part, width(without_bold(part.text))) for part in lay_out(reply, can)]


def agency_name(loa: Loa, agency_id: str) -> str:
    """The agency's name, or its id when the registry no longer has it."""
    return loa.catalog.agency_name(agency_id)


ROUTES = (
    Route("/digests/{id}/editions", search, methods=["GET"]),
    Route("/digests/{id}/editions/{agency}", preview, methods=["GET"]),
)
