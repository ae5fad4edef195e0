"""The open registration: which step it is at, what was given so far, and how each step is asked.

The open form is ``{"name": "registration", "step", "invitation", "agency", "person"}``, and for a request ``"request"``
in place of ``"invitation"``; ``person`` holds what was typed, sealed. Nothing of it outlives a registration
that was not finished.
"""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum

from handlers.messages import Choice, Reply, choice_value, plain
from handlers.plans.duties import agency_name
from handlers.turn import Turn
from storage.columns import keyring
from storage.contacts import Contact

NAME = "registration"


class Step(StrEnum):
    CODE = "code"
    AGENCY = "agency"
    """Only of a request: with an invitation the agency is known."""
    CONSENT = "consent"
    PERSON_NAME = "name"
    POSITION = "position"
    PHONE = "phone"
    CONFIRM = "confirm"


BEFORE = {Step.POSITION: Step.PERSON_NAME, Step.PHONE: Step.POSITION, Step.CONFIRM: Step.PHONE}
"""Where "quay lại" leads."""


def open_at(turn: Turn, step: Step) -> list[Reply]:
    turn.conversation.form = {"name": NAME, "step": step.value}
    return asked(turn)


def go(turn: Turn, step: Step) -> list[Reply]:
    turn.conversation.form = {**turn.conversation.form, "step": step.value}
    return asked(turn)


def keep(turn: Turn, then: Step, **given: str | None) -> list[Reply]:
    """Keep an answer, sealed; whoever came back to edit it sees the whole again."""
    person = {**person_of(turn), **given}
    turn.conversation.form = {**turn.conversation.form, "person": keyring().seal(json.dumps(person))}
    wanted = next_wanted(person)
    return go(turn, wanted if wanted is Step.CONFIRM else then)


def next_wanted(person: dict[str, str | None]) -> Step:
    """What is asked first of what is not known; a phone that was not given is known not to be."""
    if not person.get("name"):
        return Step.PERSON_NAME
    if not person.get("position"):
        return Step.POSITION
    return Step.CONFIRM if "phone" in person else Step.PHONE


def close(turn: Turn, key: str) -> list[Reply]:
    """End without having registered; ``key`` tells what becomes of the invitation, which a request has not."""
    key = "request.stopped" if turn.conversation.form.get("request") else key
    turn.conversation.form = {}
    return [turn.say(key, *after(turn))]


def person_of(turn: Turn) -> dict[str, str | None]:
    sealed = turn.conversation.form.get("person")
    found: dict[str, str | None] = json.loads(keyring().open(sealed)) if sealed else {}
    return found


def wording(turn: Turn) -> str:
    """What is agreed to."""
    form, department = turn.conversation.form, turn.catalog.province.department.name
    key = "request.consent" if form.get("request") else "officer.consent"
    return turn.text(key, agency=agency_name(turn, form["agency"]), department=department)


def asked(turn: Turn) -> list[Reply]:
    """The question of the open step."""
    form, department = turn.conversation.form, turn.catalog.province.department.name
    match Step(form["step"]):
        case Step.CODE if turn.contact is not None:
            agency = agency_name(turn, turn.contact.agency_id)
            return [turn.say("officer.code.ask_change", no_code(turn), agency=agency, department=department)]
        case Step.CODE:
            return [turn.say("officer.code.ask", no_code(turn), department=department)]
        case Step.AGENCY:
            return [turn.say("request.agency.ask", department=department)]
        case Step.CONSENT:
            return [Reply(wording(turn), consent_choices(turn))]
        case Step.PERSON_NAME:
            return [turn.say("officer.name.ask")]
        case Step.POSITION:
            return [turn.say("officer.position.ask")]
        case Step.PHONE:
            return [replace(turn.say("officer.phone.ask", *phone_choices(turn), department=department), ask_phone=True)]
    return [_overview(turn)]


def _overview(turn: Turn) -> Reply:
    person = person_of(turn)
    request = turn.conversation.form.get("request")
    choices = [turn.choice("request.button.send" if request else "officer.button.confirm", choice_value("reg", "yes"))]
    if request:
        choices.append(turn.choice("request.button.edit_agency", choice_value("reg", "edit", Step.AGENCY.value)))
    choices += [
        turn.choice(f"officer.button.edit_{step.value}", choice_value("reg", "edit", step.value))
        for step in (Step.PERSON_NAME, Step.POSITION, Step.PHONE)
    ]
    choices.append(turn.choice("officer.button.cancel", choice_value("reg", "cancel")))
    told: dict[str, object] = {
        "agency": agency_name(turn, turn.conversation.form["agency"]),
        "name": plain(person["name"] or ""),
        "position": plain(person["position"] or ""),
        "phone": f"+{person['phone']}" if person["phone"] else turn.text("officer.phone.none"),
    }
    if request:
        return Reply(turn.text("request.confirm", **told), tuple(choices))
    if turn.contact is None:
        return Reply(turn.text("officer.confirm", **told), tuple(choices))
    old = agency_name(turn, turn.contact.agency_id)
    return Reply(turn.text("officer.confirm_change", old=old, **told), tuple(choices))


def already(turn: Turn, contact: Contact) -> Reply:
    change = turn.choice("officer.button.change", choice_value("reg", "change"))
    agency = agency_name(turn, contact.agency_id)
    return turn.say("officer.already", change, *after(turn), name=plain(contact.name), agency=agency)


def no_code(turn: Turn) -> Choice:
    """The way for who has no code."""
    return turn.choice("request.button.no_code", choice_value("reg", "ask"))


def consent_choices(turn: Turn) -> tuple[Choice, ...]:
    return (
        turn.choice("officer.button.agree", choice_value("reg", "agree")),
        turn.choice("officer.button.decline", choice_value("reg", "no")),
    )


def phone_choices(turn: Turn) -> tuple[Choice, ...]:
    return (turn.choice("officer.button.share_later", choice_value("reg", "skip")),)


def after(turn: Turn) -> tuple[Choice, ...]:
    """What a person may do next: an officer's work, or the menu."""
    menu = turn.choice("officer.button.menu", "menu")
    if turn.contact is None:
        return (menu,)
    return (
        turn.choice("officer.button.tasks", "tasks"),
        turn.choice("officer.button.deadlines", "deadlines"),
        turn.choice("officer.button.digest", choice_value("digest", "view")),
        menu,
    )
