"""Questions, opinions and reports that a person of the department answers."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console.office import Office, Refused, back, found, needs, of, path_number, who, written
from bot.web.console.powers import Power
from handlers.messages import Reply, plain
from storage.audit import note
from storage.contacts import Account
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.questions import Ticket, TicketState
from storage.worklist import tickets_in

SHOWN = 200


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    office = of(request)
    chosen = request.query_params.get("state", TicketState.OPEN.value)
    state = TicketState(chosen) if chosen in set(TicketState) else None
    async with office.loa.db.reading() as db:
        tickets = await tickets_in(db, state, SHOWN)
    return office.paper.page(request, "tickets/list.html", tickets=tickets, state=state, states=list(TicketState))


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


async def _show(request: Request, status: int = 200, typed: str = "", trouble: str = "") -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        ticket = await found(db, Ticket, path_number(request))
        account = None if ticket.account_id is None else await db.get(Account, ticket.account_id)
    return office.paper.page(
        request, "tickets/page.html", status, ticket=ticket, account=account, typed=typed, trouble=trouble
    )


@needs(Power.ANSWER)
async def answer(request: Request) -> Response:
    """Write the answer down and send it to whoever asked."""
    office = of(request)
    ticket_id = path_number(request)
    typed = str((await request.form()).get("answer", ""))
    try:
        text = await written(request, "answer", "console.ticket.answer_missing")
        async with office.loa.db.session() as db:
            told = await _answer(db, office, ticket_id, text, who(request).name)
            await db.commit()
    except Refused as error:
        return await _show(request, 409, typed, error.text)
    office.loa.outbox.wake()
    return back(request, f"/console/tickets/{ticket_id}", told)


async def _answer(db: AsyncSession, office: Office, ticket_id: int, text: str, actor: str) -> str:
    now = office.loa.clock.now()
    ticket = await _open(db, office, ticket_id)
    ticket.state, ticket.answer, ticket.answered_by, ticket.answered_at = TicketState.ANSWERED, text, actor, now
    db.add(ticket)
    note(db, actor, "ticket.answered", f"ticket:{ticket_id}", now)
    account = None if ticket.account_id is None else await db.get(Account, ticket.account_id)
    if account is None or account.left_at is not None or account.id is None:
        return office.text("console.ticket.told.unreachable")
    reply = Reply(office.text("console.ticket.notice", code=ticket.code, answer=plain(text)))
    notice = new_delivery(DeliveryKind.NOTICE, f"ticket:{ticket_id}", account, reply.to_json(), now)
    await queue_deliveries(db, [notice])
    return office.text("console.ticket.told.answered")


@needs(Power.ANSWER)
async def close(request: Request) -> Response:
    """Close without an answer: spam, thanks, asked twice."""
    office = of(request)
    ticket_id = path_number(request)
    now = office.loa.clock.now()
    try:
        async with office.loa.db.session() as db:
            ticket = await _open(db, office, ticket_id)
            ticket.state = TicketState.CLOSED
            db.add(ticket)
            note(db, who(request).name, "ticket.closed", f"ticket:{ticket_id}", now)
            await db.commit()
    except Refused as error:
        return await _show(request, 409, trouble=error.text)
    return back(request, f"/console/tickets/{ticket_id}", office.text("console.ticket.told.closed"))


async def _open(db: AsyncSession, office: Office, ticket_id: int) -> Ticket:
    """The ticket, held until the transaction ends. Raises 404, or Refused when somebody has dealt with it already."""
    ticket = await db.get(Ticket, ticket_id, with_for_update=True)
    if ticket is None:
        raise HTTPException(404)
    if ticket.state is not TicketState.OPEN:
        raise Refused(office.text("console.ticket.dealt_with", by=ticket.answered_by or "–"))
    return ticket


ROUTES = (
    Route("/tickets", list_page, methods=["GET"]),
    Route("/tickets/{id}", page, methods=["GET"]),
    Route("/tickets/{id}/answer", answer, methods=["POST"]),
    Route("/tickets/{id}/close", close, methods=["POST"]),
)
