"""What Loa answers with: reviewed entries, their sources, conflicts between sources, emergency cards, hotlines."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import needs, of
from bot.web.console.powers import Power
from content.answers import answer, card_text
from content.schema import Confidence, FaqEntry
from content.words import fold

DOMAINS = ("food", "battery")
REVIEW = ("waiting", "done")


@needs(Power.SEE)
async def entries(request: Request) -> Response:
    """The FAQ entries, searched and filtered."""
    office = of(request)
    catalog = office.loa.catalog
    asked = {name: request.query_params.get(name, "") for name in ("q", "domain", "review", "confidence")}
    words = fold(asked["q"]).split()
    chosen = [
        entry
        for entry in catalog.faq.values()
        if asked["domain"] in ("", entry.domain)
        and asked["review"] in ("", REVIEW[0] if entry.needs_review else REVIEW[1])
        and asked["confidence"] in ("", entry.confidence.value)
        and all(word in _searched(entry) for word in words)
    ]
    return office.paper.page(
        request,
        "knowledge/entries.html",
        entries=chosen,
        total=len(catalog.faq),
        waiting=sum(entry.needs_review for entry in catalog.faq.values()),
        asked=asked,
        domains=DOMAINS,
        reviews=REVIEW,
        confidences=[confidence.value for confidence in Confidence],
    )


def _searched(entry: FaqEntry) -> str:
    return fold(" ".join([entry.id, entry.label, entry.question, *entry.act, *entry.do_not, entry.why]))


@needs(Power.SEE)
async def entry(request: Request) -> Response:
    """One entry: the answer as it is sent, what it rests on, what is disputed."""
    office = of(request)
    catalog = office.loa.catalog
    found = catalog.faq.get(request.path_params["id"])
    if found is None:
        raise HTTPException(404)
    return office.paper.page(
        request,
        "knowledge/entry.html",
        entry=found,
        answer=answer(found, catalog.sources, catalog.text),
        sources=[(key, catalog.sources[key]) for key in found.sources],
        conflicts=[catalog.conflicts[key] for key in found.conflicts],
        related=[catalog.faq[key] for key in found.related],
    )


@needs(Power.SEE)
async def conflicts(request: Request) -> Response:
    office = of(request)
    catalog = office.loa.catalog
    affected = {
        conflict: [entry for entry in catalog.faq.values() if conflict in entry.conflicts]
        for conflict in catalog.conflicts
    }
    return office.paper.page(
        request, "knowledge/conflicts.html", conflicts=catalog.conflicts.values(), affected=affected
    )


@needs(Power.SEE)
async def cards(request: Request) -> Response:
    office = of(request)
    catalog = office.loa.catalog
    shown = [(card, card_text(card, catalog.text)) for card in catalog.cards.values()]
    return office.paper.page(request, "knowledge/cards.html", cards=shown, faq=catalog.faq)


@needs(Power.SEE)
async def hotlines(request: Request) -> Response:
    office = of(request)
    return office.paper.page(
        request, "knowledge/hotlines.html", hotlines=office.loa.catalog.hotlines, sources=office.loa.catalog.sources
    )


ROUTES = (
    Route("/content", entries, methods=["GET"]),
    Route("/content/conflicts", conflicts, methods=["GET"]),
    Route("/content/emergency", cards, methods=["GET"]),
    Route("/content/hotlines", hotlines, methods=["GET"]),
    Route("/content/faq/{id}", entry, methods=["GET"]),
)
