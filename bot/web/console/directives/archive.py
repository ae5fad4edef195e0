"""The list of all directives, and searching it: by words with or without diacritics, agency, days and state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.editions import agency_name
from bot.web.console.office import Office, needs, of
from bot.web.console.powers import Power
from content.whole_numbers import whole
from handlers.digests.rendering import document_label
from handlers.digests.sections import document_json
from handlers.directives.asking import Query
from handlers.messages import clean_text
from storage.archive import ArchiveEntry, ArchiveKind, Search, search_archive
from storage.directives import Directive, DirectiveState
from storage.plans import Plan

PAGE = 20
SNIPPET = 260
LONGEST_QUERY = 200
MARK = "\x1f"
"""Stands around a word found until the text is escaped."""


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the list."""

    kind: str
    path: str
    title: str
    document: str | None
    """The document it stands in, for items and tasks."""
    snippet: Markup
    issuer: str
    dated: date | None
    state: str | None


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    return await show(request)


async def show(request: Request, status: int = 200, trouble: str = "", pasted: str = "") -> Response:
    """The archive's page; ``trouble`` and ``pasted`` are what became of a refused file, so that no text is lost."""
    office = of(request)
    asked = request.query_params
    words = clean_text(asked.get("q", ""))[:LONGEST_QUERY]
    bounds = Search(
        agencies=(asked["agency"],) if asked.get("agency") in office.loa.catalog.province.agencies else (),
        first=_day(asked.get("first", "")),
        last=_day(asked.get("last", "")),
        states=tuple(state for state in DirectiveState if state.value == asked.get("state")),
    )
    page = whole(asked.get("page", ""), 4) or 1
    async with office.loa.db.reading() as db:
        entries = await _entries(db, words, bounds)
        pages = max(1, -(-len(entries) // PAGE))
        page = min(max(page, 1), pages)
        rows = await _rows(db, office, entries[(page - 1) * PAGE : page * PAGE], Query.read(words))
    return office.paper.page(
        request,
        "directives/list.html",
        status,
        rows=rows,
        count=len(entries),
        page=page,
        pages=pages,
        words=words,
        bounds=bounds,
        states=[state.value for state in DirectiveState],
        agencies=sorted(office.loa.catalog.province.agencies.values(), key=lambda agency: agency.name),
        trouble=trouble,
        pasted=pasted,
    )


async def _entries(db: AsyncSession, words: str, bounds: Search) -> Sequence[ArchiveEntry]:
    """What answers the words, best first; without words all documents, newest first."""
    query = Query.read(words)
    if query.words:
        return await query.ranked(db, bounds)
    whole = Search(
        agencies=bounds.agencies,
        first=bounds.first,
        last=bounds.last,
        states=bounds.states,
        kinds=(ArchiveKind.DIRECTIVE, ArchiveKind.PLAN),
    )
    return await search_archive(db, whole)


async def _rows(db: AsyncSession, office: Office, entries: Sequence[ArchiveEntry], query: Query) -> list[Found]:
    catalog = office.loa.catalog
    rows = []
    for entry in entries:
        directive = await db.get(Directive, entry.document_id)
        plan = None if directive else await db.get_one(Plan, entry.document_id)
        label = document_label(catalog, document_json(directive)) if directive else plan.name if plan else ""
        issuer = directive.issuer if directive else plan.issuer if plan else ""
        whole = entry.kind in (ArchiveKind.DIRECTIVE, ArchiveKind.PLAN)
        rows.append(
            Found(
                kind=entry.kind.value,
                path=_path(entry, directive),
                title=label if whole else entry.title,
                document=None if whole else label,
                snippet=_marked(query.snippet(_told(entry, label), SNIPPET, MARK)),
                issuer=agency_name(office.loa, issuer),
                dated=entry.dated,
                state=directive.state.value if directive else None,
            )
        )
    return rows


def _told(entry: ArchiveEntry, label: str) -> str:
    """What stands below the heading: the words of an item, the title of a document that is headed by its number."""
    if entry.kind in (ArchiveKind.DIRECTIVE, ArchiveKind.PLAN):
        return "" if entry.title in label else entry.title
    return entry.body


def _path(entry: ArchiveEntry, directive: Directive | None) -> str:
    if entry.kind is ArchiveKind.TASK:
        return f"/console/tables/tasks/detail?pk={entry.subject_id}"
    if directive is None:
        return f"/console/tables/plans/detail?pk={entry.document_id}"
    here = f"/console/directives/{entry.document_id}"
    return f"{here}#{entry.subject_id}" if entry.kind is ArchiveKind.ITEM else here


def _marked(snippet: str) -> Markup:
    """Escaped text with the words found as <mark>."""
    pieces = snippet.split(MARK)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if place % 2 else escape(piece) for place, piece in enumerate(pieces)
    )


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


ROUTES = (Route("/directives", list_page, methods=["GET"]),)
