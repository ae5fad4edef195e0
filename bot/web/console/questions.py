"""What people asked of late and what came of it. The words themselves are for those who improve the answers."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import needs, of
from bot.web.console.powers import Power
from content.whole_numbers import whole
from storage.worklist import Which, question_counts, questions_asked

PAGE = 50
COUNTED = timedelta(days=7)
"""The span the figures above the list are about."""


@needs(Power.SEE)
async def page(request: Request) -> Response:
    office = of(request)
    which = Which(chosen) if (chosen := request.query_params.get("show", "")) in set(Which) else Which.ALL
    before = whole(request.query_params.get("before", ""))
    async with office.loa.db.reading() as db:
        asked = await questions_asked(db, which, before, PAGE + 1)
        counts = await question_counts(db, office.loa.clock.now() - COUNTED)
    return office.paper.page(
        request,
        "questions.html",
        asked=asked[:PAGE],
        older=asked[PAGE - 1].id if len(asked) > PAGE else None,
        which=which,
        whiches=list(Which),
        counts=counts,
        faq=office.loa.catalog.faq,
    )


ROUTES = (Route("/questions/log", page, methods=["GET"]),)
