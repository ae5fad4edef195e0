"""Reviewing an imported directive: every field beside its sentence, corrected, cut, joined, dropped, added."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web.console.directives.bench import Bench, bench, candidates, earlier_directives, page_of, piece_of, piece_with
from bot.web.console.directives.fields import PieceView
from bot.web.console.directives.forms import Filled
from bot.web.console.office import Page, back, needs, of, who
from bot.web.console.powers import Power
from content.whole_numbers import whole
from handlers.directives.draft import DOCUMENT, LONGEST_TITLE, Document, Link, Part, PartKind
from handlers.directives.revising import ReviseError, Revision, copy_names
from handlers.messages import clean_text
from storage.archive import archive_directive
from storage.directives import Directive
from storage.reviews import ReviewChange


@needs(Power.SEE)
async def review_page(request: Request) -> Response:
    async with of(request).loa.db.reading() as db:
        at = await bench(db, request)
        return page_of(request, at, await earlier_directives(db, at))


@needs(Power.SEE)
async def piece(request: Request) -> Response:
    """One piece alone; with ``edit`` its form."""
    async with of(request).loa.db.reading() as db:
        at = await bench(db, request)
        view = at.view(request.path_params["key"])
    return piece_of(request, at, view, opened=view.key if request.query_params.get("edit") and at.open else "")


@needs(Power.SEE)
async def find_bodies(request: Request) -> Response:
    """The agencies a typed name may mean, to be ticked."""
    async with of(request).loa.db.reading() as db:
        at = await bench(db, request)
    name = request.query_params.get("field", "")
    words = clean_text(request.query_params.get(f"{name}_new", ""))
    return candidates(request, at, name, at.registry.like(words) if len(words) > 1 else [])


@needs(Power.EDIT)
async def save(request: Request) -> Response:
    """Keep a piece as filled in. What was refused, or overtaken by another, comes back with all that was typed."""
    office, form = of(request), await request.form()
    key = request.path_params["key"]
    async with office.loa.db.session() as db:
        at = await bench(db, request, hold=True)
        if not at.open:
            return back(request, at.path, office.text("review.fault.closed"), "error")
        old = at.view(key)
        filled = Filled(form, at.registry)
        kinds = list(office.loa.catalog.text.section("directive.kind"))
        typed: Part | Document = (
            filled.part(old.piece) if isinstance(old.piece, Part) else filled.document(old.piece, kinds)
        )
        seen = whole(str(form.get("revision") or "")) or 0
        rival = at.last_by(key) if old.piece.revision > seen else None
        if filled.faults or rival is not None:
            return await _once_more(request, db, at, piece_with(at, typed), filled, rival)
        revision = Revision(at.review, who(request).name, office.loa.clock.now())
        if isinstance(typed, Part):
            revision.put(typed)
        else:
            revision.put_document(typed, seen)
        change = revision.close(db, "edit")
        if key == DOCUMENT and change is not None:
            await _rename(db, at)
        await db.commit()
        at.changes = [*([change] if change else []), *at.changes]
        at.load()
        if request.headers.get("hx-request"):
            return piece_of(request, at, at.view(key))
    return RedirectResponse(f"{at.path}#{key}", 303)


async def _once_more(
    request: Request, db: AsyncSession, at: Bench, view: PieceView, filled: Filled, rival: ReviewChange | None
) -> Response:
    """The form again, with what is wrong or who was faster."""
    key = request.path_params["key"]
    more = {
        "opened": key,
        "faults": {name: of(request).text(fault) for name, fault in filled.faults.items()},
        "asked": filled.asked,
        "rival_change": rival,
        "rival_view": at.view(key) if rival else None,
    }
    status = 409 if rival else 422
    if request.headers.get("hx-request"):
        return piece_of(request, at, view, status, **more)
    return page_of(request, at, await earlier_directives(db, at), status, typed=view, **more)


async def _rename(db: AsyncSession, at: Bench) -> None:
    """Lists and the archive call the directive as its draft does."""
    at.load()
    copy_names(at.directive, at.draft.document, at.directive.title)
    db.add(at.directive)
    await archive_directive(db, at.directive)


@dataclass(frozen=True, slots=True)
class Doing:
    """One step being taken on a draft."""

    db: AsyncSession
    at: Bench
    revision: Revision
    form: FormData
    key: str

    def number(self, name: str) -> int:
        """A posted whole number; 0 when it is none."""
        return whole(str(self.form.get(name) or ""), 6) or 0


Step = Callable[[Doing], Awaitable[str]]
"""Takes a step; returns the key of the piece to show."""


async def see(doing: Doing) -> str:
    keys = [str(key) for key in doing.form.getlist("key")]
    doing.revision.see(keys)
    return keys[0] if keys else DOCUMENT


async def split(doing: Doing) -> str:
    part = doing.revision.part(doing.key, doing.number("revision"))
    sentences = doing.at.source.sentences(part.text, part.lines)
    return doing.revision.split(doing.key, sentences, doing.number("place")).key


async def merge(doing: Doing) -> str:
    doing.revision.part(doing.key, doing.number("revision"))
    doing.revision.merge(doing.key)
    return doing.key


async def drop(doing: Doing) -> str:
    doing.revision.part(doing.key, doing.number("revision"))
    doing.revision.drop(doing.key, True)
    return doing.key


async def restore(doing: Doing) -> str:
    doing.revision.drop(doing.key, False)
    return doing.key


async def add(doing: Doing) -> str:
    """A part from the lines named, or an empty one."""
    kind = str(doing.form.get("kind"))
    first, last = doing.number("first_line"), doing.number("last_line")
    count = len(doing.at.source.lines)
    if first and (first > count or (last and last < first)):
        raise ReviseError("review.fault.no_lines", count=count)
    lines = (first, min(last or first, count)) if first else None
    words = doing.at.source.words(lines).strip() if lines else ""
    title = clean_text(str(doing.form.get("title") or "")) or words.split("\n")[0]
    if not title.strip():
        raise ReviseError("review.fault.no_title")
    part = Part(
        key="",
        kind=PartKind(kind) if kind in list(PartKind) else PartKind.ITEM,
        title=" ".join(title.split())[:LONGEST_TITLE],
        text=words if kind == PartKind.ITEM else "",
        lines=lines,
    )
    return doing.revision.add(part).key


async def undo(doing: Doing) -> str:
    change = await doing.db.get(ReviewChange, doing.number("change"))
    if change is None or change.directive_id != doing.at.directive.id:
        raise ReviseError("review.fault.gone")
    doing.revision.undo(change)
    return next((key for key, old in change.before.items() if old is not None), DOCUMENT)


async def link(doing: Doing) -> str:
    earlier = await doing.db.get(Directive, str(doing.form.get("earlier") or ""))
    if earlier is None or earlier.id == doing.at.directive.id:
        raise ReviseError("review.fault.no_earlier")
    filled = Filled(doing.form, doing.at.registry)
    closes_on = filled.day("closes_on")
    if closes_on is None:
        raise ReviseError("review.fault.no_day")
    items = [str(item) for item in doing.form.getlist("item")]
    kind = "amends" if doing.form.get("link_kind") == "amends" else "replaces"
    doing.revision.link(Link(earlier=earlier.id, kind=kind, closes_on=closes_on, items=items))
    return "links"


async def unlink(doing: Doing) -> str:
    doing.revision.unlink(str(doing.form.get("earlier") or ""))
    return "links"


STEPS: dict[str, tuple[str, Step]] = {
    "see": ("see", see),
    "add": ("add", add),
    "undo": ("undo", undo),
    "link": ("link", link),
    "unlink": ("unlink", unlink),
    "parts/{key}/split": ("split", split),
    "parts/{key}/merge": ("merge", merge),
    "parts/{key}/drop": ("drop", drop),
    "parts/{key}/restore": ("restore", restore),
}
"""Every form of the page but the fields', by address: the name of its change, and what it does."""


def stepping(action: str, step: Step) -> Page:
    """The form of one step."""

    @needs(Power.EDIT)
    async def stepped(request: Request) -> Response:
        office, form = of(request), await request.form()
        async with office.loa.db.session() as db:
            at = await bench(db, request, hold=True)
            if not at.open:
                return back(request, at.path, office.text("review.fault.closed"), "error")
            revision = Revision(at.review, who(request).name, office.loa.clock.now())
            try:
                key = await step(Doing(db, at, revision, form, request.path_params.get("key", "")))
            except ReviseError as error:
                return back(request, at.path, office.text(error.key, **error.params), "error")
            change = revision.close(db, action)
            if change is not None and DOCUMENT in change.after:
                await _rename(db, at)
            await db.commit()
            if action == "see" and request.headers.get("hx-request"):
                at.load()
                return piece_of(request, at, at.view(key))
        opened = f"?open={key}" if action in ("add", "split") else ""
        return RedirectResponse(f"{at.path}{opened}#{key}", 303)

    return stepped


ROUTES = (
    Route("/directives/{id}/review", review_page, methods=["GET"]),
    Route("/directives/{id}/review/bodies", find_bodies, methods=["GET"]),
    Route("/directives/{id}/review/parts/{key}", piece, methods=["GET"]),
    Route("/directives/{id}/review/parts/{key}", save, methods=["POST"]),
    *(
        Route(f"/directives/{{id}}/review/{path}", stepping(action, step), methods=["POST"])
        for path, (action, step) in STEPS.items()
    ),
)
