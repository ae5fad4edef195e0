"""Officers register: an invitation code, consent, name, position, phone if they like, one look over it all.

Who has no code names the agency and answers the same; the department decides (``request``, ``deciding``).
"""

from __future__ import annotations

from dataclasses import replace

from handlers.choices import folded
from handlers.forms.navigation import Move, navigation
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.duties import agency_name, only_officers
from handlers.registration.enrolment import finish
from handlers.registration.invitation import code_in, enter_code, typed_code
from handlers.registration.person import TAKERS, agree, take_phone
from handlers.registration.questions import BEFORE, NAME, Step, after, already, asked, close, go, open_at
from handlers.registration.request import ask, choose, names_one, spoken, withdraw
from handlers.turn import Handler, Turn
from nlu.verdict import UnderstandingKind
from storage.appointments import appointments_of
from storage.audit import note


async def begin(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """``reg:begin`` and the intent: ask for the code, or read it when the line holds one."""
    code = code_in(turn.message.text)
    if code is not None:
        return await enter_code(turn, code)
    if turn.contact is not None:
        return [already(turn, turn.contact)]
    return open_at(turn, Step.CODE)


async def change_agency(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """Move to another agency: one the officer is appointed for as well, or one they have a code for."""
    if turn.contact is None:
        return await begin(turn, [])
    others = [agency_id for agency_id in await _appointed_for(turn) if agency_id != turn.contact.agency_id]
    if not others:
        return open_at(turn, Step.CODE)
    choices = [Choice(agency_name(turn, agency_id), choice_value("reg", "at", agency_id)) for agency_id in others]
    code = turn.choice("officer.button.new_code", choice_value("reg", "code"))
    return [turn.say("officer.at.ask", *choices, code, agency=agency_name(turn, turn.contact.agency_id))]


async def _appointed_for(turn: Turn) -> list[str]:
    """The agencies the officer may act for today."""
    if turn.contact is None or turn.contact.id is None:
        return []
    today = turn.local_now.date()
    held = [one.agency_id for one in await appointments_of(turn.db, turn.contact.id) if one.holds_on(today)]
    return list(dict.fromkeys(held))


async def _speak_for(turn: Turn, agency_id: str) -> list[Reply]:
    """The officer speaks for that agency from now on. What was open for the other one is left; its draft is kept."""
    if turn.contact is None or agency_id not in await _appointed_for(turn):
        return only_officers(turn) if turn.contact is None else [turn.say("officer.closed", *after(turn))]
    detail = {"agency": agency_id, "before": turn.contact.agency_id}
    note(turn.db, "account", "officer.speaks_for", f"contact:{turn.contact.id}", turn.now, **detail)
    turn.contact.agency_id = agency_id
    turn.db.add(turn.contact)
    turn.conversation.form = {}
    return [turn.say("officer.at.now", *after(turn), agency=agency_name(turn, agency_id))]


def is_code(start_code: str) -> bool:
    """Whether what a link carries is an invitation; links of posters and pages carry other things."""
    return typed_code(start_code) is not None


async def started(turn: Turn) -> list[Reply]:
    """The conversation was opened by a link that carries a code."""
    return await enter_code(turn, turn.message.start_code)


async def phone_shared(turn: Turn) -> list[Reply]:
    """A phone number came through the channel's own button."""
    form = turn.conversation.form
    if form.get("name") != NAME or form["step"] != Step.PHONE:
        tasks = turn.choice("officer.button.tasks", "tasks")
        menu = turn.choice("officer.button.menu", "menu")
        return [turn.say("officer.phone.not_asked", *([tasks] if turn.contact else []), menu)]
    return await take_phone(turn, turn.message.phone)


async def answer(turn: Turn) -> list[Reply] | None:
    """What was typed while the form is open; None when it is a question about something else."""
    text, step = turn.message.text, Step(turn.conversation.form["step"])
    typed = folded(text)
    move = navigation(text)
    if move is not None and move.move is Move.CANCEL:
        return close(turn, "officer.cancelled")
    if move is not None and move.move is Move.BACK and step in BEFORE:
        return go(turn, BEFORE[step])
    if not typed:
        return await resume(turn)
    names_agency = step is Step.AGENCY and names_one(turn, text)
    if step in (Step.CODE, Step.AGENCY, Step.CONSENT, Step.CONFIRM) and not names_agency and _asks_something(turn):
        return None
    return await TAKERS[step](turn, text)


async def resume(turn: Turn) -> list[Reply]:
    """Ask the open question again."""
    first, *rest = asked(turn)
    return [replace(first, text=f"{turn.text('officer.ask_again')}\n{first.text}"), *rest]


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``reg:<begin|change|at:agency|code|ask|withdraw|agency:id|agree|no|skip|yes|cancel|edit:step>``."""
    action, *rest = arguments or [""]
    if action == "begin":
        return await begin(turn, [])
    if action == "change":
        return await change_agency(turn, [])
    if action == "at" and rest:
        return await _speak_for(turn, rest[0])
    if action == "code" and turn.contact is not None:
        return open_at(turn, Step.CODE)
    if action == "ask":
        return await ask(turn)
    if action == "withdraw":
        return await withdraw(turn)
    form = turn.conversation.form
    step = form.get("step") if form.get("name") == NAME else None
    if step == Step.AGENCY and action == "agency" and rest:
        return choose(turn, rest[0])
    if step == Step.CONSENT and action in ("agree", "no"):
        return await agree(turn) if action == "agree" else close(turn, "officer.declined")
    if step == Step.PHONE and action == "skip":
        return await take_phone(turn, None)
    if step == Step.CONFIRM and action == "yes":
        return await finish(turn)
    editable = {*BEFORE.values(), Step.AGENCY} if form.get("request") else set(BEFORE.values())
    if step == Step.CONFIRM and action == "edit" and rest and rest[0] in editable:
        return go(turn, Step(rest[0]))
    if step is not None and action == "cancel":
        return close(turn, "officer.cancelled")
    closed = turn.say("officer.closed", *after(turn))
    return await resume(turn) if step is not None else [closed]


def _asks_something(turn: Turn) -> bool:
    """A real question where a code or a yes was wanted. Short lines are answers, whatever they resemble; only a line
    that can be no code is not the answer to the question after one."""
    understanding = turn.understanding
    if understanding.kind is UnderstandingKind.INTENT and understanding.intent not in INTENTS:
        return turn.conversation.form["step"] == Step.CODE and typed_code(turn.message.text) is None
    known = understanding.kind in (UnderstandingKind.FAQ, UnderstandingKind.CLARIFY)
    return known and len(folded(turn.message.text).split()) > 3


__all__ = ["answer", "begin", "is_code", "phone_shared", "resume", "spoken", "started"]
CHOICES: dict[str, Handler] = {"reg": pressed}
INTENTS: dict[str, Handler] = {"register_contact": begin, "change_agency": change_agency}
