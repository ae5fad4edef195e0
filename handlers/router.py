"""Who answers what: one ordered walk from the most urgent meaning of a message to the least.

Emergencies come first in any state, then buttons (tapped or typed), commands, the open form, and last what a question
means. Each handler module says which choices and intents it answers; the tables are merged here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import ModuleType

from handlers import (
    approvals,
    commands,
    digests,
    directives,
    files,
    open_forms,
    privacy,
    questionnaires,
    registration,
    reports,
    start,
    subscriptions,
)
from handlers.choices import folded, picked
from handlers.commands import CANCEL, FORMS, START, read_command
from handlers.digests import answering
from handlers.echoes import settle_echo
from handlers.emergencies import emergency
from handlers.lateness import dated, is_too_late
from handlers.messages import EDITED, Kind, Reply, clean_text, read_choice
from handlers.officers import joining
from handlers.plans import deadlines, tasks
from handlers.questions import asking_on, fallback, faq, feedback, handoff, notify, topics
from handlers.questions.asked import write_down
from handlers.reports import confirming, review_cards, reviewing, sheet_asking, sheet_returned, standing
from handlers.turn import Handler, Turn
from nlu.verdict import UnderstandingKind
from storage.digests import settle_receipt
from storage.moves import move_account
from storage.questions import AnswerKind

MODULES: tuple[ModuleType, ...] = (
    start,
    topics,
    faq,
    fallback,
    feedback,
    handoff,
    joining,
    notify,
    open_forms,
    privacy,
    subscriptions,
    registration,
    reports,
    questionnaires,
    tasks,
    deadlines,
    directives,
    digests,
    approvals,
    confirming,
    reviewing,
    sheet_asking,
    sheet_returned,
    standing,
)


def merged(modules: Iterable[ModuleType], table: str) -> dict[str, Handler]:
    """The modules' tables as one. Raises ValueError when two modules answer the same thing."""
    found: dict[str, Handler] = {}
    for module in modules:
        own: Mapping[str, Handler] = getattr(module, table)
        for name, handler in own.items():
            if name in found:
                raise ValueError(f"{module.__name__}: {table} {name!r} is answered by another module already")
            found[name] = handler
    return found


CHOICES = merged(MODULES, "CHOICES")
INTENTS = merged(MODULES, "INTENTS")


COVERING = frozenset({handoff.NAME, approvals.NAME, confirming.VERB, review_cards.VERB, "hand", "unclear", "taking"})
"""Choices that open, or belong to, a short form over another one."""
LEAVING = frozenset({"bieumau", "menu", "topic", "group", "tasks", "task", "deadlines", "digest", "item", "directive"})
"""Choices that lead away from an open form."""
ASIDES = frozenset({"faq", "vote", "other", "notify", "ack", "take", "takeall", "sub", "join"})
"""Choices tapped in the middle of a form: its question is asked again after them, for the next line typed will be taken
as the answer to it."""


async def respond(turn: Turn) -> list[Reply]:
    """The replies to the turn's message; remembers what they offer."""
    text, choice = clean_text(turn.message.text), clean_text(turn.message.choice)
    if (text, choice) != (turn.message.text, turn.message.choice):
        turn.message = replace(turn.message, text=text, choice=choice)
    message = turn.message
    match message.kind:
        case Kind.RECEIPT:
            await _settle(turn)
            return []
        case Kind.GROUPED:
            return _told_once(turn)
        case Kind.MOVED if message.moved_to is not None:
            await move_account(turn.db, turn.account.address, str(message.moved_to), turn.now)
            return []
        case Kind.UNFOLLOWED:
            subscriptions.left(turn)
            return []
    subscriptions.returned(turn)
    if is_too_late(message, turn.now):
        return []
    replies = dated(turn, start.led_on(turn, start.introduced(turn, await _route(turn))))
    _remember(turn, replies)
    return replies


def _told_once(turn: Turn) -> list[Reply]:
    """What a group is told; nothing more when it has been told, also before it moved."""
    if turn.conversation.greeted_at is not None:
        return []
    turn.conversation.greeted_at = turn.now
    return [turn.say("telegram.group", department=turn.catalog.province.department.name)]


async def _route(turn: Turn) -> list[Reply]:
    match turn.message.kind:
        case Kind.FOLLOWED if registration.is_code(turn.message.start_code):
            return await registration.started(turn)
        case Kind.FOLLOWED:
            return [start.greeting(turn), *await open_forms.asked_again(turn)]
        case Kind.MEDIA if turn.message.media == EDITED and emergency.is_certain(turn):
            return await _alarmed(turn)
        case Kind.MEDIA if turn.message.media == EDITED:
            return [start.media(turn), *await open_forms.asked_again(turn)]
        case Kind.MEDIA if sheet_returned.is_for(turn) and not turn.conversation.form.get(files.AWAITS_FILE):
            return await sheet_returned.received(turn)
        case Kind.MEDIA if turn.message.text:  # what stands under a photo is what the person says
            refusal = [files.refused(turn)] if turn.message.file_fault else []
            return [*await _read(turn), *refusal]
        case Kind.MEDIA if turn.message.file_fault:
            return [files.refused(turn), *await open_forms.asked_again(turn)]
        case Kind.MEDIA if turn.message.attachments and turn.conversation.form.get(files.AWAITS_FILE):
            return await open_forms.taken(turn) or await open_forms.asked_again(turn)
        case Kind.MEDIA:
            return [start.media(turn), *await open_forms.asked_again(turn)]
        case Kind.CONTACT:
            return await registration.phone_shared(turn)
        case Kind.CHOICE:
            return await _choose(turn, turn.message.choice)
    return await _read(turn)


async def _settle(turn: Turn) -> None:
    receipt = turn.message.receipt
    if receipt is None:
        return
    for provider_id in receipt.provider_ids:
        if receipt.echo:
            await settle_echo(turn.db, turn.account.address, provider_id, receipt.echo, turn.message.sent_at)
            continue
        await settle_receipt(turn.db, provider_id, turn.account.address, receipt.seen, turn.now)


async def _read(turn: Turn) -> list[Reply]:
    """Answer a line of text."""
    text = turn.message.text
    if text and emergency.is_certain(turn):
        return await _alarmed(turn)
    in_form = open_forms.open_form(turn) is not None
    pick = picked(text, turn.conversation.offered, in_form)
    if pick.value is not None:
        return emergency.warned(turn, await _choose(turn, pick.value))
    if pick.beyond is not None:
        return [start.no_such_number(turn)]
    replies = await _command(turn)
    if replies is None:
        replies = await open_forms.taken(turn)
    if replies is None:
        replies = await answering.spoken(turn)
    if replies is None and not in_form:
        replies = await registration.spoken(turn)
    if replies is None:
        replies = await sheet_asking.spoken(turn)
    if replies is None:
        replies = await standing.spoken(turn)
    if replies is not None:
        return replies
    if not folded(text):
        return [start.empty(turn), *await open_forms.asked_again(turn)]
    return await open_forms.gone_on(turn, _ask(turn))


async def _alarmed(turn: Turn) -> list[Reply]:
    """The card, and the open form again."""
    write_down(turn, AnswerKind.EMERGENCY, turn.understanding.faq)
    return await open_forms.interrupted(turn, await emergency.answer(turn))


async def _choose(turn: Turn, value: str) -> list[Reply]:
    """Answer a button; an unknown one was made by an older version, or is a word somebody typed like one."""
    verb, arguments = read_choice(value)
    handler = CHOICES.get(verb)
    if handler is None and turn.message.text and not arguments:
        return await _read(turn)
    if handler is None:
        return [start.old_button(turn)]
    if verb in LEAVING:
        return await open_forms.left(turn, handler, arguments)
    replies = await handler(turn, arguments)
    if verb in ASIDES:
        return [*replies, *await open_forms.asked_again(turn)]
    return await open_forms.uncovered(turn, replies) if verb in COVERING else replies


async def _command(turn: Turn) -> list[Reply] | None:
    """Answer a command or a ticket's code; None when the text is neither."""
    joins = joining.typed_code(turn.message.text)
    if joins is not None:
        return await open_forms.left(turn, joining.entered, [joins])
    command = read_command(turn.message.text)
    if command is None:
        code = handoff.ticket_code(turn.message.text)
        return None if code is None else await handoff.status_of(turn, code)
    if command.name == CANCEL:
        return await _cancel(turn)
    if command.name == START:
        turn.message = replace(turn.message, kind=Kind.FOLLOWED, start_code=command.rest)
        return await _route(turn)
    if command.name == approvals.LINK:
        return await approvals.linked(turn, command.rest)
    if command.name == FORMS:
        return await open_forms.left(turn, questionnaires.CHOICES[FORMS], [])
    if command.name in joining.COMMANDS:
        return await open_forms.left(turn, joining.pressed, joining.COMMANDS[command.name])
    intent = commands.INTENTS.get(command.name)
    if intent is not None:
        return await open_forms.left(turn, INTENTS[intent], [])
    return None if turn.conversation.form else [start.unknown_command(turn)]


async def _cancel(turn: Turn) -> list[Reply]:
    name = turn.conversation.form.get("name")
    if name in open_forms.COVERING:
        return await open_forms.uncovered(turn, await open_forms.COVERING[name](turn))
    replies = await open_forms.taken(turn)
    return [start.nothing_to_cancel(turn)] if replies is None else replies


async def _ask(turn: Turn) -> list[Reply]:
    """Answer what the text means, under a line with the number to call when somebody may be in danger."""
    return emergency.warned(turn, await _understood(turn))


async def _understood(turn: Turn) -> list[Reply]:
    replies = asking_on.answer(turn)
    if replies is not None:
        return replies
    if start.is_assent(turn.message.text):
        return [start.assented(turn)]
    understanding = turn.understanding
    match understanding.kind:
        case UnderstandingKind.INTENT if understanding.intent in INTENTS:
            write_down(turn, AnswerKind.INTENT)
            turn.conversation.failures = 0
            return await INTENTS[understanding.intent](turn, [])
        case UnderstandingKind.FAQ | UnderstandingKind.EMERGENCY if understanding.faq in turn.catalog.faq:
            return await faq.answer(turn, write_down(turn, AnswerKind.FAQ, understanding.faq))
        case UnderstandingKind.CLARIFY if understanding.alternatives:
            return await faq.clarify(turn, write_down(turn, AnswerKind.CLARIFY))
    return await fallback.answer(turn, write_down(turn, AnswerKind.FALLBACK))


def _remember(turn: Turn, replies: list[Reply]) -> None:
    for reply in reversed(replies):
        if reply.choices:
            turn.conversation.offered = [[choice.label, choice.value] for choice in reply.choices]
            break
