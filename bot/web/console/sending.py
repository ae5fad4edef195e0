"""Steering a digest on its way: how far it is, pause, resume and cancel, what went wrong, sending again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import Office, found, needs, of, path_number
from bot.web.console.powers import Power
from handlers import digests
from handlers.digests import Again, Reach
from handlers.digests.causes import Cause
from handlers.working_time import working_time
from storage.digests import Digest, DigestState

OVER = (DigestState.SENDING, DigestState.SENT)


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to send again, with how many it is for."""

    verb: Again
    reach: Reach


async def sending(db: AsyncSession, office: Office, digest: Digest) -> dict[str, Any]:
    """What the sending part of the digest's page shows."""
    now = office.loa.clock.now()
    if digest.state not in OVER:
        return {"progress": None, "offers": [], "causes": []}
    assert digest.id is not None
    channels = seen_channels(office)
    verbs = [Again.FAILED] if digest.state is DigestState.SENDING else list(Again)  # the others were only just sent it
    offers = [Offer(verb, await digests.reach_of(db, digest.id, verb, channels, now)) for verb in verbs]
    causes: list[Cause] = await digests.causes(db, office.loa.catalog, digest.id)
    return {
        "progress": await digests.progress(db, digest, now, working_time(office.loa.catalog)),
        "offers": [offer for offer in offers if offer.reach.count],
        "causes": causes,
        "hours": int(digests.SAME_WITHIN.total_seconds() // 3600),
    }


def seen_channels(office: Office) -> Collection[str]:
    """Channels whose platform says what has been seen."""
    return [name for name, channel in office.loa.channels.items() if channel.capabilities.receipts]


@needs(Power.SEE)
async def fragment(request: Request) -> Response:
    """The part alone: fetched again and again while something is on its way."""
    office = of(request)
    async with office.loa.db.reading() as db:
        digest = await found(db, Digest, path_number(request))
        shown = await sending(db, office, digest)
    if shown["progress"] is None:
        raise HTTPException(404)  # nothing of it has left yet
    return office.paper.fragment(request, "digests/_sending.html", digest=digest, **shown)


ROUTES = (Route("/digests/{id}/sending", fragment, methods=["GET"]),)
