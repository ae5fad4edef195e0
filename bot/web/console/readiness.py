"""Before a digest is sent: who is reached at what cost, who is not and why; a test to one's own phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.preflight import Checked, Standing, allowance, check, counted
from bot.web.console.editions import agency_name
from bot.web.console.office import Office, back, found, needs, of, path_number, who
from bot.web.console.powers import Power
from content.words import fold
from handlers.digests import Week
from handlers.digests.trial import send_trial
from storage.digests import Digest, edition_of, editions_of
from storage.links import link_of
from storage.recipients import candidates


@dataclass(frozen=True, slots=True)
class Readiness:
    """What sending the digest now would mean."""

    groups: dict[Standing, list[Checked]]
    counts: dict[Standing, int]
    not_concerned: list[Checked]
    """Officers of agencies without an edition."""


async def readiness(db: AsyncSession, office: Office, digest: Digest, now: datetime) -> Readiness:
    """Everybody the digest could reach, by what it would mean."""
    agencies = {edition.agency_id for edition in await editions_of(db, digest.id or 0)}
    checked = [
        check(candidate, office.loa.channels, now) for candidate in await candidates(db, agencies, office.today())
    ]
    concerned = sorted(
        (one for one in checked if one.reason != "no_edition"),
        key=lambda one: fold(agency_name(office.loa, one.candidate.agency_id)),
    )
    groups = {standing: [one for one in concerned if one.standing is standing] for standing in Standing}
    return Readiness(groups, counted(concerned), [one for one in checked if one.reason == "no_edition"])


@needs(Power.SEE)
async def page(request: Request) -> Response:
    office = of(request)
    digest_id, now = path_number(request), office.loa.clock.now()
    left = await allowance(office.loa.channels)
    async with office.loa.db.reading() as db:
        digest = await found(db, Digest, digest_id)
        ready = await readiness(db, office, digest, now)
    return office.paper.page(
        request,
        "digests/recipients.html",
        digest=digest,
        week=Week.parse(digest.week),
        ready=ready,
        left=left,
        now=now,
        agency=lambda agency_id: agency_name(office.loa, agency_id),
    )


@needs(Power.COMPOSE)
async def trial(request: Request) -> Response:
    """Send one agency's edition to the phone of whoever is logged in."""
    office, user = of(request), who(request)
    digest_id, agency_id = path_number(request), request.path_params["agency"]
    async with office.loa.db.session() as db:
        digest = await found(db, Digest, digest_id)
        edition = await edition_of(db, digest_id, agency_id)
        if edition is None:
            raise HTTPException(404)
        link = await link_of(db, user.id or 0)
        sent = await send_trial(db, office.loa.catalog, digest, edition, user, link, office.loa.clock.now())
        await db.commit()
    office.loa.outbox.wake()
    path = f"/console/digests/{digest_id}/editions/{agency_id}"
    told = office.text(f"checklist.told.{'test' if sent else 'no_phone'}")
    return back(request, path, told, "success" if sent else "error")


ROUTES = (
    Route("/digests/{id}/recipients", page, methods=["GET"]),
    Route("/digests/{id}/editions/{agency}/test", trial, methods=["POST"]),
)
