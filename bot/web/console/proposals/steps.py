"""The forms on a group's page: answer, teach, set aside. Each is one transaction."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import Office, Refused, back, needs, of, who, written
from bot.web.console.powers import Power
from bot.web.console.proposals.board import MOST
from bot.web.console.proposals.pages import numbers, show, where
from handlers.questions import proposals
from handlers.questions.proposals import ProposalError, notice, reachable

LIST = "/console/questions"


def chosen(office: Office, form: FormData) -> list[int]:
    """The questions a form is about. Raises Refused when there are none."""
    ids = _listed(form)
    if not ids:
        raise Refused(office.text("console.proposal.none_chosen"))
    return ids


def _listed(form: FormData) -> list[int]:
    return numbers(str(form.get("ids", "")).split(",")[:MOST])


def sentence(office: Office, error: ProposalError | Refused) -> str:
    """The refusal in words."""
    return error.text if isinstance(error, Refused) else office.text(error.key, **error.params)


async def refused(request: Request, error: ProposalError | Refused, **typed: object) -> Response:
    """The group's page again with what is wrong and what was typed."""
    ids = _listed(await request.form())
    return await show(request, ids, 409, sentence(of(request), error), **typed)


@needs(Power.ANSWER)
async def answer(request: Request) -> Response:
    """Show what would be sent and to how many; with ``sure`` send it."""
    office = of(request)
    form = await request.form()
    typed = str(form.get("answer", ""))
    channels = list(office.loa.channels)
    try:
        ids = chosen(office, form)
        text = await written(request, "answer", "console.proposal.answer_missing")
        if form.get("sure") != "yes":
            async with office.loa.db.reading() as db:
                told = await reachable(db, ids, channels)
            if not told:
                raise ProposalError("console.proposal.nobody_waits")
            first = notice(office.loa.catalog, told[0][0], text)
            return await show(request, ids, preview=first.text, typed=text)
        async with office.loa.db.session() as db:
            decision = await proposals.answer_askers(
                db, office.loa.catalog, ids, text, channels, who(request).name, office.loa.clock.now()
            )
            await db.commit()
    except (ProposalError, Refused) as error:
        return await refused(request, error, typed=typed)
    office.loa.outbox.wake()
    told_text = office.text("console.proposal.told.answered", count=decision.told)
    return back(request, f"{LIST}/decided/{decision.id}", told_text)


@needs(Power.EDIT)
async def teach(request: Request) -> Response:
    """Accept the questions as examples of the entry chosen."""
    office = of(request)
    form = await request.form()
    try:
        async with office.loa.db.session() as db:
            decision = await proposals.teach(
                db,
                office.loa.catalog,
                chosen(office, form),
                str(form.get("faq", "")),
                list(office.loa.channels),
                who(request).name,
                office.loa.clock.now(),
            )
            await db.commit()
    except (ProposalError, Refused) as error:
        return await refused(request, error)
    label = office.loa.catalog.faq[decision.faq or ""].label
    told = office.text("console.proposal.told.taught", count=decision.questions, label=label)
    return back(request, _list(request, decision.id), told)


@needs(Power.EDIT)
async def dismiss(request: Request) -> Response:
    """Set the questions aside."""
    office = of(request)
    form = await request.form()
    try:
        async with office.loa.db.session() as db:
            decision = await proposals.dismiss(
                db, office.loa.catalog, chosen(office, form), who(request).name, office.loa.clock.now()
            )
            await db.commit()
    except (ProposalError, Refused) as error:
        return await refused(request, error)
    told = office.text("console.proposal.told.dismissed", count=decision.questions)
    return back(request, _list(request, decision.id), told)


def _list(request: Request, undo: int | None) -> str:
    """The list as it was filtered, with the step that can be taken back."""
    period, kind = where(request)
    return f"{LIST}?period={period.value}&kind={kind.value if kind else ''}&undo={undo}"


ROUTES = (
    Route("/questions/answer", answer, methods=["POST"]),
    Route("/questions/teach", teach, methods=["POST"]),
    Route("/questions/dismiss", dismiss, methods=["POST"]),
)
