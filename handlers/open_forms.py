"""The form a conversation is in the middle of, whatever it asks: taking answers, stepping aside, coming back.

A form is one of ten: a message to the department, an officer's registration, a progress report, a form of the
department's, an answer to a digest that needs words, an approver's reason, a reviewer's reasons, a head's reason, a
request for more time, a sheet of reports that waits for its confirmation. Its state is ``conversation.form``, its name
``conversation.form["name"]``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from handlers import approvals, covering, questionnaires, registration, reports, start
from handlers.digests import answering
from handlers.messages import Reply
from handlers.questions import handoff
from handlers.registration.questions import NAME as REGISTRATION
from handlers.reports import confirming, extending, reviewing, sheet_returned
from handlers.turn import Handler, Turn
from storage.columns import keyring

NO_DANGER = "nodanger"
_ALARMED = "alarmed"
"""Where the form keeps, sealed, a line that looked like an emergency."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a form can do."""

    answer: Callable[[Turn], Awaitable[list[Reply] | None]]
    """Takes what was typed; None when the text is not for the form."""
    resume: Callable[[Turn], Awaitable[list[Reply]]]
    """Asks the open question again."""
    set_aside: Callable[[Turn, list[Reply]], Awaitable[list[Reply]]]
    """The person went somewhere else: the replies to that, with a way back to the form."""


async def _asked_after(turn: Turn, replies: list[Reply]) -> list[Reply]:
    return [*replies, *await registration.resume(turn)]


FORMS = {
    handoff.NAME: Form(handoff.answer, handoff.resume, covering.set_aside),
    REGISTRATION: Form(registration.answer, registration.resume, _asked_after),
    approvals.NAME: Form(approvals.answer, approvals.resume, covering.set_aside),
    confirming.NAME: Form(confirming.answer, confirming.resume, covering.set_aside),
    reviewing.NAME: Form(reviewing.answer, reviewing.resume, covering.set_aside),
    extending.NAME: Form(extending.answer, extending.resume, extending.set_aside),
    sheet_returned.NAME: Form(sheet_returned.answer, sheet_returned.resume, sheet_returned.set_aside),
    reports.NAME: Form(reports.answer, reports.resume, reports.set_aside),
    questionnaires.NAME: Form(questionnaires.answer, questionnaires.resume, questionnaires.set_aside),
    answering.NAME: Form(answering.answer, answering.resume, covering.set_aside),
}
COVERING = {
    handoff.NAME: handoff.cancel,
    answering.NAME: answering.cancel,
    approvals.NAME: approvals.cancel,
    confirming.NAME: confirming.cancel,
    reviewing.NAME: reviewing.cancel,
}
"""Short forms that may lie over another, which comes back after them, and how each is called off."""


def open_form(turn: Turn) -> Form | None:
    """The form the conversation is in."""
    return FORMS.get(turn.conversation.form.get("name", ""))


async def taken(turn: Turn) -> list[Reply] | None:
    """The answer to what was typed, when a form is open and the text is for it."""
    form = open_form(turn)
    if form is None:
        return None
    turn.conversation.form.pop(_ALARMED, None)
    covers = turn.conversation.form["name"] in COVERING
    replies = await form.answer(turn)
    return await uncovered(turn, replies) if replies is not None and covers else replies


async def asked_again(turn: Turn) -> list[Reply]:
    """The open question, for the next line typed will be taken as the answer to it."""
    form = open_form(turn)
    return await form.resume(turn) if form else []


async def uncovered(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The replies of a covering form, and the form that lay under it when it has ended."""
    return replies if turn.conversation.form.get("name") in COVERING else [*replies, *await asked_again(turn)]


async def left(turn: Turn, handler: Handler, arguments: list[str]) -> list[Reply]:
    """Answer somebody who goes somewhere else: the replies end with the way back to the form."""
    for name in COVERING:
        covering.uncover(turn, name)
    before = dict(turn.conversation.form)
    replies = await handler(turn, arguments)
    form = open_form(turn)
    return await form.set_aside(turn, replies) if form and turn.conversation.form == before else replies


async def gone_on(turn: Turn, answering: Awaitable[list[Reply]]) -> list[Reply]:
    """An answer given in the middle of a form, which then goes on, unless the answer left it for another."""
    before = dict(turn.conversation.form)
    replies = await answering
    return [*replies, *await asked_again(turn)] if before and turn.conversation.form == before else replies


async def interrupted(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """An emergency's replies; the form keeps its place and asks its question again.

    Reports and messages are about fires and poisonings too: what was typed is kept, sealed, and taken as the answer
    when the person says that nobody is in danger.
    """
    asked = await asked_again(turn)
    if not asked or open_form(turn) is None:
        return [*replies, *asked]
    turn.conversation.form[_ALARMED] = keyring().seal(turn.message.text)
    *before, last = asked
    no_danger = turn.choice("citizen.button.no_danger", NO_DANGER)
    return [*replies, *before, replace(last, choices=(*last.choices, no_danger))]


async def no_danger(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """What had looked like an emergency was meant as the answer to the form's question."""
    sealed = turn.conversation.form.get(_ALARMED)
    if sealed is None:
        return [start.old_button(turn)]
    meant = replace(turn, message=turn.message.with_text(keyring().open(sealed)))
    replies = await taken(meant)
    return await asked_again(turn) if replies is None else replies


CHOICES: dict[str, Handler] = {NO_DANGER: no_danger}
INTENTS: dict[str, Handler] = {}
