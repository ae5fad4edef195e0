"""What an officer tells about themselves: consent, name, position, phone, and a last yes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from handlers.choices import folded
from handlers.forms.navigation import Move, navigation
from handlers.messages import Reply
from handlers.registration.enrolment import finish
from handlers.registration.invitation import take_code
from handlers.registration.questions import (
    Step,
    asked,
    close,
    consent_choices,
    go,
    keep,
    next_wanted,
    person_of,
    phone_choices,
)
from handlers.registration.request import take_agency
from handlers.turn import Turn

_PHONE = re.compile(r"(?:\+?84|0)([235789]\d{8}|2\d{9})")
_FOREIGN_PHONE = re.compile(r"\+?(\d{8,15})")
_YES = {"dong y", "co", "ok", "duoc", "vang", "da", "u", "yes", "dung", "dung roi", "chinh xac", "xac nhan", "dang ky"}
_NO = {"khong", "khong dong y", "ko", "no"}


async def _take_consent(turn: Turn, text: str) -> list[Reply]:
    typed = folded(text)
    if typed in _YES:
        return await agree(turn)
    if typed in _NO:
        return close(turn, "officer.declined")
    return [turn.say("officer.consent_again", *consent_choices(turn))]


async def agree(turn: Turn) -> list[Reply]:
    person = person_of(turn)
    return go(turn, next_wanted(person))


async def _take_name(turn: Turn, text: str) -> list[Reply]:
    name = " ".join(text.split())
    letters = sum(letter.isalpha() for letter in name)
    if not (letters >= 2 and len(name) <= 60) or any(letter.isdigit() for letter in name):
        return [turn.say("officer.name.wrong")]
    return keep(turn, Step.POSITION, name=name)


async def _take_position(turn: Turn, text: str) -> list[Reply]:
    position = " ".join(text.split())
    if not (sum(letter.isalpha() for letter in position) >= 2 and len(position) <= 100):
        return [turn.say("officer.position.wrong")]
    return keep(turn, Step.PHONE, position=position)


async def _type_phone(turn: Turn, text: str) -> list[Reply]:
    move = navigation(text)
    if (move is not None and move.move is Move.SKIP) or folded(text) in _NO:
        return await take_phone(turn, None)
    match = _PHONE.fullmatch(re.sub(r"[\s.()-]", "", text))
    if match is None:
        return [replace(turn.say("officer.phone.wrong", *phone_choices(turn)), ask_phone=True)]
    return await take_phone(turn, f"84{match[1]}")


async def take_phone(turn: Turn, phone: str | None) -> list[Reply]:
    """Keep a number: typed (already international) or shared, which comes in whatever form the platform has."""
    if phone is not None:
        bare = re.sub(r"[\s.()-]", "", phone)
        national = _PHONE.fullmatch(bare)
        foreign = _FOREIGN_PHONE.fullmatch(bare)
        if national is None and foreign is None:
            return [turn.say("officer.phone.wrong", *phone_choices(turn))]
        phone = f"84{national[1]}" if national else foreign[1] if foreign else None
    return keep(turn, Step.CONFIRM, phone=phone)


async def _take_confirm(turn: Turn, text: str) -> list[Reply]:
    return await finish(turn) if folded(text) in _YES else asked(turn)


TAKERS: dict[Step, Callable[[Turn, str], Awaitable[list[Reply]]]] = {
    Step.CODE: take_code,
    Step.AGENCY: take_agency,
    Step.CONSENT: _take_consent,
    Step.PERSON_NAME: _take_name,
    Step.POSITION: _take_position,
    Step.PHONE: _type_phone,
    Step.CONFIRM: _take_confirm,
}
