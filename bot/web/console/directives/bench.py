"""What every step of a review works with, and the page and its pieces as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.web.console.directives.bodies import Body, Registry
from bot.web.console.directives.fields import PieceView, Reader
from bot.web.console.office import Office, of, who
from bot.web.console.powers import Power, may
from handlers.digests.rendering import document_label
from handlers.digests.sections import document_json
from handlers.directives.draft import DOCUMENT, Document, Draft, Part, PartKind, draft_of
from handlers.directives.places import Source
from handlers.turn import LOCAL
from storage.directives import Directive, DirectiveItem, DirectiveState, directives_known, items_of
from storage.reviews import DirectiveReview, ReviewChange, changes_of, review_for_update

RECENT = timedelta(minutes=15)
"""Another person's change this young is told on the page: he may still be at it."""
LOGGED = 30
"""Changes listed on the page."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier directive a draft may end."""

    directive: Directive
    label: str
    items: Sequence[DirectiveItem]


class Bench:
    """One directive under review, as one request finds it."""

    def __init__(
        self, office: Office, directive: Directive, review: DirectiveReview, changes: Sequence[ReviewChange]
    ) -> None:
        self.office = office
        self.directive = directive
        self.review = review
        self.changes = changes
        self.source = Source(review.source)
        self.registry = Registry(office.loa.catalog, office.loa.clock.now().astimezone(LOCAL).date())
        self.read = draft_of(directive.reading)
        self.load()

    def load(self) -> None:
        """Look at the draft as it is now."""
        self.draft = Draft.model_validate(self.review.draft)
        self.reader = Reader(self.office.loa.catalog, self.source, self.registry, self.review.doubts, self.changes)

    @property
    def path(self) -> str:
        return f"/console/directives/{self.directive.id}/review"

    @property
    def open(self) -> bool:
        """Whether the draft may still be changed."""
        return self.directive.state is DirectiveState.IMPORTED

    def view(self, key: str) -> PieceView:
        """A piece by its key. Raises 404 when there is none."""
        if key == DOCUMENT:
            return self.reader.document(self.draft.document, self.read.document)
        part = self.draft.part(key)
        if part is None:
            raise HTTPException(404)
        return self.part_view(part)

    def part_view(self, part: Part) -> PieceView:
        return self.reader.part(part, self.read.part(part.key), self.draft.following(part))

    def last_by(self, key: str) -> ReviewChange | None:
        """The change that last touched a piece."""
        return next((change for change in self.changes if key in change.after), None)


async def bench(db: AsyncSession, request: Request, hold: bool = False) -> Bench:
    """The bench of the directive in the address; ``hold`` keeps its review to this session. Raises 404."""
    office = of(request)
    directive_id = request.path_params["id"]
    review = await (review_for_update(db, directive_id) if hold else db.get(DirectiveReview, directive_id))
    directive = await db.get(Directive, directive_id)
    if directive is None or review is None:
        raise HTTPException(404)
    return Bench(office, directive, review, await changes_of(db, directive.id))


def page_of(request: Request, at: Bench, earlier: Sequence[Earlier], status: int = 200, **more: Any) -> Response:
    """The whole page."""
    draft, catalog = at.draft, at.office.loa.catalog
    rival = next((one for one in at.changes[:1] if one.actor != who(request).name), None)
    if rival is not None and at.office.loa.clock.now() - rival.at > RECENT:
        rival = None
    undo = next((one for one in at.changes[:1] if one.actor == who(request).name and one.action != "undo"), None)
    by_id = {one.directive.id: one for one in earlier}
    context = common(request, at) | {
        "label": document_label(catalog, document_json(at.directive)),
        "document": at.reader.document(draft.document, at.read.document),
        "groups": [(kind.value, [at.part_view(one) for one in draft.parts if one.kind is kind]) for kind in PartKind],
        "doubts": at.reader.general_doubts(draft.parts),
        "lines": list(enumerate(at.source.lines, 1)),
        "changes": [(change, _titles(change)) for change in at.changes[:LOGGED]],
        "rival": rival,
        "undo": undo if at.open else None,
        "undo_titles": _titles(undo) if undo else [],
        "file_id": at.review.file_id,
        "links": [(link, by_id.get(link.earlier)) for link in draft.links],
        "earlier": earlier,
        "opened": request.query_params.get("open", ""),
    }
    return at.office.paper.page(request, "directives/review.html", status, **context | more)


def common(request: Request, at: Bench) -> dict[str, Any]:
    """What the page and each of its pieces need."""
    return {
        "directive": at.directive,
        "draft": at.draft,
        "base": at.path,
        "editable": at.open and may(who(request), Power.EDIT),
        "kinds": at.office.loa.catalog.text.section("directive.kind"),
        "heirs": at.registry.heirs,
        "alike": at.registry.like,
        "faults": {},
        "asked": {},
        "rival_change": None,
        "rival_view": None,
    }


def piece_of(request: Request, at: Bench, view: PieceView, status: int = 200, **more: Any) -> Response:
    """One piece, with the line of progress beside it for the page to take along."""
    context = common(request, at) | {"view": view, "opened": "", "apart": True} | more
    return at.office.paper.fragment(request, "directives/_piece.html", status, **context)


def candidates(request: Request, at: Bench, name: str, bodies: Sequence[Body]) -> Response:
    """Agencies to tick, for a name that was typed."""
    paper, heirs = at.office.paper, at.registry.heirs
    return paper.fragment(request, "directives/_candidates.html", name=name, bodies=bodies, heirs=heirs)


async def earlier_directives(db: AsyncSession, at: Bench) -> list[Earlier]:
    """The directives in force this one could end, those its words cite first."""
    bases = {base["number"] for base in at.directive.reading.get("document", {}).get("legal_bases", [])}
    known = await directives_known(db, DirectiveState.IN_FORCE)
    catalog = at.office.loa.catalog
    found = [
        Earlier(one, document_label(catalog, document_json(one)), await items_of(db, one.id))
        for one in known
        if one.id != at.directive.id
    ]
    return sorted(found, key=lambda one: one.directive.number not in bases)


def piece_with(at: Bench, piece: Part | Document) -> PieceView:
    """A piece as somebody filled it in, not kept yet."""
    if isinstance(piece, Document):
        return at.reader.document(piece, at.read.document)
    return at.reader.part(piece, at.read.part(piece.key), at.draft.following(at.draft.part(piece.key) or piece))


def _titles(change: ReviewChange) -> list[str]:
    """What a change was about."""
    found = [piece.get("title") or piece.get("subject") for piece in (one or {} for one in _dicts(change))]
    return [title for title in dict.fromkeys(found) if title]


def _dicts(change: ReviewChange) -> list[dict[str, Any]]:
    return [piece for piece in (change.after or change.before).values() if isinstance(piece, dict)]
