"""What was done about unanswered questions, and taking it back."""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import back, found, needs, of, path_number, who
from bot.web.console.powers import Power
from bot.web.console.proposals.pages import NOTHING_TYPED, SHOWN, about
from bot.web.console.proposals.steps import sentence
from content.whole_numbers import whole
from content.words import fold
from handlers.questions import proposals
from handlers.questions.proposals import ProposalError
from nlu.examples import load_examples
from storage.proposals import Decided, QuestionDecision, decisions_made, draft_of, examples_of, questions_of

PAGE = 50
UNDOABLE = (Decided.DISMISSED, Decided.EXAMPLE)


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    office = of(request)
    before = whole(request.query_params.get("before", ""))
    async with office.loa.db.reading() as db:
        made = await decisions_made(db, before, PAGE + 1)
    return office.paper.page(
        request,
        "proposals/decided.html",
        made=made[:PAGE],
        older=made[PAGE - 1].id if len(made) > PAGE else None,
        undoable=UNDOABLE,
        faq=office.loa.catalog.faq,
    )


@needs(Power.SEE)
async def page(request: Request) -> Response:
    """One decision: what it was about, what came of it, and what can still be done."""
    office = of(request)
    number = path_number(request)
    async with office.loa.db.reading() as db:
        decision = await found(db, QuestionDecision, number)
        questions = await questions_of(db, number, SHOWN)
        examples = await examples_of(db, number)
        draft = await draft_of(db, number)
    known = known_examples() if examples else frozenset()
    return office.paper.page(
        request,
        "proposals/decision.html",
        decision=decision,
        examples=[(example, fold(example.text or "") in known) for example in examples],
        draft_row=draft,
        undoable=decision.decided in UNDOABLE and decision.undone_at is None,
        faq=office.loa.catalog.faq,
        **NOTHING_TYPED,
        **await about(request, [question.id for question in questions if question.id is not None]),
    )


@lru_cache(maxsize=1)
def known_examples() -> frozenset[str]:
    """The examples this release was trained with, without diacritics."""
    return frozenset(fold(example.text) for example in load_examples())


@needs(Power.EDIT)
async def undo(request: Request) -> Response:
    """Take a dismissal or examples back."""
    office = of(request)
    number = path_number(request)
    try:
        async with office.loa.db.session() as db:
            count = await proposals.undo(db, number, who(request).name, office.loa.clock.now())
            await db.commit()
    except ProposalError as error:
        return back(request, "/console/questions/decided", sentence(office, error), "error")
    return back(request, "/console/questions", office.text("console.proposal.told.undone", count=count))


ROUTES = (
    Route("/questions/decided", list_page, methods=["GET"]),
    Route("/questions/decided/{id}", page, methods=["GET"]),
    Route("/questions/decided/{id}/undo", undo, methods=["POST"]),
)
