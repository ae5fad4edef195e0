"""Drafts of new entries: written by one person, reviewed by another, handed on as YAML. The bot never reads them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.exports.draft import draft_yaml
from bot.web.console.office import Refused, back, found, needs, of, path_number, who, written
from bot.web.console.powers import Power
from bot.web.console.proposals.pages import SHOWN, board, topics
from bot.web.console.proposals.steps import chosen, refused, sentence
from handlers.messages import clean_text
from handlers.questions import proposals
from handlers.questions.proposals import Draft, ProposalError
from storage.audit import note
from storage.proposals import DraftState, EntryDraft, drafts_in, questions_of

LIST = "/console/questions/drafts"
LISTED = 200


def read_draft(form: Mapping[str, object]) -> Draft:
    """What was written into the draft's form; nothing is checked yet."""
    return Draft(
        topic=str(form.get("topic", "")),
        title=clean_text(str(form.get("title", ""))),
        question=clean_text(str(form.get("question", ""))),
        answer=_lines(form.get("answer_lines", "")),
        sources=_lines(form.get("sources", "")),
    )


def _lines(raw: object) -> tuple[str, ...]:
    return tuple(line for line in map(clean_text, str(raw).splitlines()) if line)


def _fields(draft: Draft | EntryDraft) -> dict[str, str]:
    """A draft as its form's fields hold it."""
    return {
        "topic": draft.topic,
        "title": draft.title,
        "question": draft.question,
        "answer_lines": "\n".join(draft.answer),
        "sources": "\n".join(draft.sources),
    }


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    office = of(request)
    chosen_state = request.query_params.get("state", "")
    state = DraftState(chosen_state) if chosen_state in set(DraftState) else None
    async with office.loa.db.reading() as db:
        drafts = await drafts_in(db, [state] if state else list(DraftState), LISTED)
    return office.paper.page(request, "drafts/list.html", drafts=drafts, state=state, states=list(DraftState))


@needs(Power.EDIT)
async def write(request: Request) -> Response:
    """Store a draft for a group's questions."""
    office = of(request)
    form = await request.form()
    draft = read_draft(form)
    try:
        async with office.loa.db.session() as db:
            row = await proposals.draft_entry(
                db, office.loa.catalog, chosen(office, form), draft, who(request).name, office.loa.clock.now()
            )
            await db.commit()
    except (ProposalError, Refused) as error:
        return await refused(request, error, draft=_fields(draft))
    return back(request, f"{LIST}/{row.id}", office.text("console.draft.told.written"))


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, status: int = 200, trouble: str = "", draft: Draft | None = None) -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        row = await found(db, EntryDraft, path_number(request))
        questions = await questions_of(db, row.decision_id, SHOWN)
    return office.paper.page(
        request,
        "drafts/page.html",
        status,
        row=row,
        draft=_fields(draft or row),
        questions=questions,
        topics=topics(office),
        trouble=trouble,
        own=row.author == who(request).name,
    )


@needs(Power.EDIT)
async def save(request: Request) -> Response:
    """Change a draft nobody has reviewed."""
    office = of(request)
    number = path_number(request)
    draft = read_draft(await request.form())
    try:
        async with office.loa.db.session() as db:
            await found(db, EntryDraft, number)
            await proposals.rewrite_draft(
                db, office.loa.catalog, number, draft, who(request).name, office.loa.clock.now()
            )
            await db.commit()
    except ProposalError as error:
        return await _show(request, 409, sentence(office, error), draft)
    return back(request, f"{LIST}/{number}", office.text("console.draft.told.changed"))


@needs(Power.APPROVE)
async def review(request: Request) -> Response:
    """Find a draft right, or reject it with a reason; never one's own."""
    office = of(request)
    number = path_number(request)
    good = (await request.form()).get("good") == "yes"
    try:
        reason = "" if good else await written(request, "reason", "console.draft.reason_missing")
        async with office.loa.db.session() as db:
            await found(db, EntryDraft, number)
            await proposals.review_draft(db, number, good, reason, who(request).name, office.loa.clock.now())
            await db.commit()
    except (ProposalError, Refused) as error:
        return await _show(request, 409, sentence(office, error))
    told = office.text(f"console.draft.told.{'reviewed' if good else 'rejected'}")
    return back(request, f"{LIST}/{number}", told)


@needs(Power.SEE)
async def export(request: Request) -> Response:
    """A reviewed draft as YAML, to be put into the content."""
    office = of(request)
    number = path_number(request)
    async with office.loa.db.reading() as db:
        row = await found(db, EntryDraft, number)
    if row.state is not DraftState.REVIEWED:
        return await _show(request, 409, office.text("console.draft.not_reviewed"))
    (near,) = await board(office).nearest([row.question])
    text = draft_yaml(row, office.loa.catalog, [entry.id for entry, _ in near])
    async with office.loa.db.session() as db:
        note(db, who(request).name, "draft.exported", f"entry_draft:{number}", office.loa.clock.now())
        await db.commit()
    name = f"attachment; filename=draft-{number}.yaml"
    return Response(text, media_type="application/yaml; charset=utf-8", headers={"Content-Disposition": name})


ROUTES = (
    Route("/questions/drafts", list_page, methods=["GET"]),
    Route("/questions/drafts", write, methods=["POST"]),
    Route("/questions/drafts/{id}", page, methods=["GET"]),
    Route("/questions/drafts/{id}/save", save, methods=["POST"]),
    Route("/questions/drafts/{id}/review", review, methods=["POST"]),
    Route("/questions/drafts/{id}/export", export, methods=["GET"]),
)
