"""Handing a question, an opinion or a report of fake news to a person: consent, one message, a code to ask by.

The open form is ``{"name": "ticket", "kind": …, "step": "consent" | "text"}``; ``kept`` holds, sealed, a message that
was written before consent, until the person says whether it is to be sent; ``under`` holds the form that was open
before and comes back after.
"""

from __future__ import annotations

import re

from content.figures import day
from handlers import start
from handlers.choices import folded
from handlers.covering import cover, uncover
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.turn import LOCAL, Handler, Turn
from storage.columns import keyring
from storage.contacts import Purpose, give_consent, has_consent
from storage.questions import Ticket, TicketKind, TicketState, open_ticket, ticket_by_code, tickets_of

NAME = "ticket"
SHOWN = 3
"""Newest messages shown when no code is given."""
_CODE = re.compile(r"(?i)\s*(?:mã\s*)?YC\s*-?\s*([A-Z0-9]{5})\s*")
_YES = frozenset(
    {"dong y", "co", "ok", "oke", "okay", "duoc", "dc", "vang", "da", "u", "uh", "1", "yes", "gui", "gui di"}
)
_NO = frozenset({"khong", "ko", "k", "khong gui", "khong dong y", "thoi", "2", "no", "huy", "dung"})


async def begin(turn: Turn, kind: TicketKind) -> list[Reply]:
    """Ask for consent, or straight for the message when the account agreed to this wording before."""
    assert turn.account.id is not None
    agreed = await has_consent(turn.db, turn.account.id, Purpose.HANDOFF, wording(turn, kind))
    cover(turn, {"name": NAME, "kind": kind.value, "step": "text" if agreed else "consent"})
    return await resume(turn)


def wording(turn: Turn, kind: TicketKind) -> str:
    """What is agreed to."""
    return turn.text(f"citizen.ticket.consent.{kind.value}", department=turn.catalog.province.department.name)


async def resume(turn: Turn) -> list[Reply]:
    """Ask the open question (again)."""
    form = turn.conversation.form
    kind = TicketKind(form["kind"])
    if form["step"] == "consent":
        return [Reply(wording(turn, kind), _consent_choices(turn))]
    cancel = turn.choice("citizen.button.cancel_message", choice_value(NAME, "cancel"))
    return [turn.say(f"citizen.ticket.ask.{kind.value}", cancel)]


async def answer(turn: Turn) -> list[Reply]:
    """What was typed while the form is open: an answer about consent, or the message itself."""
    form, typed = turn.conversation.form, folded(turn.message.text)
    if form["step"] == "consent":
        if typed in _YES:
            return await _agree(turn)
        if typed in _NO:
            return await _close(turn)
        if typed:
            form["kept"] = keyring().seal(turn.message.text)
        return [turn.say("citizen.ticket.consent_again", *_consent_choices(turn))]
    if len(typed) < 2:
        return [turn.say("citizen.ticket.ask_again", *(await resume(turn))[0].choices)]
    return await _send(turn, turn.message.text)


async def cancel(turn: Turn) -> list[Reply]:
    """Close the form without sending anything."""
    return await _close(turn)


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``ticket:<open:kind|agree|no|cancel|status[:code]>``."""
    action, *rest = arguments or [""]
    if action == "open" and rest and rest[0] in {kind.value for kind in TicketKind}:
        return await begin(turn, TicketKind(rest[0]))
    if action == "status":
        return await (status_of(turn, rest[0]) if rest else status(turn, []))
    if action not in ("agree", "no", "cancel"):
        return [start.old_button(turn)]
    if turn.conversation.form.get("name") != NAME:
        return [turn.say("citizen.ticket.closed", *_offers(turn))]
    return await (_agree(turn) if action == "agree" else _close(turn))


async def _agree(turn: Turn) -> list[Reply]:
    form = turn.conversation.form
    if form["step"] != "consent":
        return await resume(turn)
    assert turn.account.id is not None
    kind = TicketKind(form["kind"])
    await give_consent(turn.db, turn.account.id, Purpose.HANDOFF, wording(turn, kind), turn.now)
    if "kept" in form:
        return await _send(turn, keyring().open(form["kept"]))
    form["step"] = "text"
    return await resume(turn)


async def _send(turn: Turn, text: str) -> list[Reply]:
    assert turn.account.id is not None
    kind = TicketKind(turn.conversation.form["kind"])
    ticket = await open_ticket(turn.db, kind, turn.account.id, text, turn.now)
    uncover(turn, NAME)
    turn.conversation.failures = 0
    return [turn.say("citizen.ticket.sent", *_after(turn), code=ticket.code)]


async def _close(turn: Turn) -> list[Reply]:
    agreed = turn.conversation.form["step"] == "text"
    uncover(turn, NAME)
    return [turn.say(f"citizen.ticket.{'cancelled' if agreed else 'declined'}", *start.menu_choices(turn))]


async def human(turn: Turn, _arguments: list[str]) -> list[Reply]:
    return await begin(turn, TicketKind.QUESTION)


async def status(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """The newest messages of this account and what came of them; a code in the text asks for that one."""
    code = ticket_code(turn.message.text)
    if code is not None:
        return await status_of(turn, code)
    assert turn.account.id is not None
    tickets = await tickets_of(turn.db, turn.account.id, SHOWN)
    if not tickets:
        return [turn.say("citizen.ticket.none", *_offers(turn))]
    return [Reply("\n".join(_told(turn, ticket) for ticket in tickets), _offers(turn))]


async def status_of(turn: Turn, code: str) -> list[Reply]:
    """What came of one message. Somebody else's code is told apart from no code by nobody."""
    ticket = await ticket_by_code(turn.db, code)
    if ticket is None or ticket.account_id != turn.account.id:
        return [turn.say("citizen.ticket.unknown", *_offers(turn), code=plain(code))]
    return [Reply(_told(turn, ticket), _offers(turn))]


def ticket_code(text: str) -> str | None:
    """The code when the line is nothing else, as it is stored."""
    match = _CODE.fullmatch(text)
    return f"YC-{match[1].upper()}" if match else None


def _told(turn: Turn, ticket: Ticket) -> str:
    told = turn.text(
        "citizen.ticket.status",
        code=ticket.code,
        kind=turn.text(f"citizen.ticket.kind.{ticket.kind.value}"),
        date=day(ticket.created_at.astimezone(LOCAL)),
        state=turn.text(f"citizen.ticket.state.{ticket.state.value}"),
    )
    if ticket.answer and ticket.state is not TicketState.OPEN:
        told += "\n" + turn.text("citizen.ticket.answer", answer=plain(ticket.answer))
    return told


def _consent_choices(turn: Turn) -> tuple[Choice, ...]:
    return (
        turn.choice("citizen.button.agree", choice_value(NAME, "agree")),
        turn.choice("citizen.button.decline", choice_value(NAME, "no")),
    )


def _offers(turn: Turn) -> tuple[Choice, ...]:
    return (
        turn.choice("citizen.button.human", "human"),
        turn.choice("citizen.button.feedback", choice_value(NAME, "open", TicketKind.FEEDBACK.value)),
        turn.choice("citizen.button.menu", "menu"),
    )


def _after(turn: Turn) -> tuple[Choice, ...]:
    return (
        turn.choice("citizen.button.my_tickets", choice_value(NAME, "status")),
        turn.choice("citizen.button.menu", "menu"),
    )


CHOICES: dict[str, Handler] = {"human": human, NAME: pressed}
INTENTS: dict[str, Handler] = {"human_handoff": human, "ticket_status": status}
