"""What a line somebody typed means as the answer to a question of a given kind, or why it cannot be one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from content.figures import figure
from content.forms import SKIP
from content.questionnaires import NAMED, NUMBERS, Kind, Question
from content.words import fold
from nlu.entities.dates import parse_date
from nlu.entities.numbers import parse_number
from nlu.entities.periods import parse_period

PICKED = "/"
"""Begins the payload of a button: ``/2`` is the second option, whatever the options are called."""
LONGEST = 2_000
"""Characters of a written answer."""
SURE, APART = 0.9, 0.03
"""An agency is taken at its name from this likeness on, when no other is as near."""
_NOTHING = {"khong", "khong co", "ko", "ko co", "k co", "khong co gi", "chua co", "-"}
_BETWEEN = re.compile(r"\s*(?:[,;+&\n]|\bvà\b|\bva\b)\s*")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood: ``value``, or else the name of the response that says what is wrong."""

    value: Any = None
    refusal: str = ""
    params: dict[str, Any] = field(default_factory=dict)


Found = Sequence[Sequence[Any]]
"""Agencies a line may name, the likeliest first: ``[id, name, likeness]``."""


def read_answer(question: Question, text: str, today: date, found: Found = ()) -> Reading:
    """The answer in ``text``; ``found`` is what the registry of agencies says of it."""
    text = text.strip()
    if not text:
        return Reading(refusal="utter_form_empty")
    kind = question.kind
    if kind in NUMBERS:
        return _number(question, text)
    if kind is Kind.RATIO:
        return _ratio(text)
    if kind is Kind.DATE:
        day = parse_date(text, today)
        return Reading(day.isoformat()) if day else Reading(refusal="utter_form_not_a_date")
    if kind is Kind.PERIOD:
        period = parse_period(text, today)
        return Reading(period) if period else Reading(refusal="utter_form_not_a_period")
    if kind is Kind.ONE:
        name = option_named(question, text)
        return Reading(name) if name else Reading(refusal="utter_form_not_an_option", params=_offered(question))
    if kind is Kind.MANY:
        return _several(question, text)
    if kind in NAMED:
        return _agency(found)
    if kind is Kind.TEXT:
        return _written(question, text)
    return Reading(refusal="utter_form_wants_photo" if kind is Kind.PHOTO else "utter_form_wants_file")


def option_named(question: Question, text: str) -> str | None:
    """The option a line stands for: by its label, by its place in the list, by its name, by a part of one label."""
    options, typed = question.options, _plain(text)
    if text.startswith(PICKED) and text[1:].isdecimal():
        place = int(text[1:4])
        return options[place - 1].name if 1 <= place <= len(options) else None
    for option in options:
        if _plain(option.label) == typed:
            return option.name
    if typed.isdecimal():
        place = int(typed[:4])
        return options[place - 1].name if 1 <= place <= len(options) else None
    for option in options:
        if option.name.casefold() == text.casefold():
            return option.name
    near = [option.name for option in options if len(typed) > 2 and f" {typed} " in f" {_plain(option.label)} "]
    return near[0] if len(near) == 1 else None


def _number(question: Question, text: str) -> Reading:
    kind, found = question.kind, parse_number(text)
    if found is None or (found.denominator is not None and kind is not Kind.PERCENT):
        return Reading(refusal="utter_form_not_a_number")
    value = found.value
    if kind is Kind.PERCENT:
        if found.denominator:
            value = 100 * value / found.denominator
        return Reading(value) if 0 <= value <= 100 else Reading(refusal="utter_form_over_hundred")
    if found.percent:
        return Reading(refusal="utter_form_not_percent")
    if kind is Kind.MONEY and value < 0:
        return Reading(refusal="utter_form_negative")
    if kind is not Kind.DECIMAL and value != int(value):
        return Reading(refusal="utter_form_whole_number", params={"value": figure(value, 2)})
    return Reading(value)


def _ratio(text: str) -> Reading:
    found = parse_number(text)
    if found is None or found.denominator is None or found.value < 0 or found.percent:
        return Reading(refusal="utter_form_not_a_ratio")
    if found.value > found.denominator:
        told = f"{figure(found.value)}/{figure(found.denominator)}"
        return Reading(refusal="utter_form_part_over_whole", params={"value": told})
    return Reading({"part": found.value, "whole": found.denominator})


def _several(question: Question, text: str) -> Reading:
    """Options by number or name, with commas or "và" between; a line that is one label as a whole is that one."""
    whole = option_named(question, text)
    if whole is not None:
        return Reading([whole])
    chosen = []
    for part in filter(None, _BETWEEN.split(text)):
        for piece in part.split() if re.fullmatch(r"[\d ]+", part) else [part]:
            name = option_named(question, piece)
            if name is None:
                return Reading(refusal="utter_form_not_among", params={"given": piece[:80], **_offered(question)})
            chosen.append(name)
    if not chosen:
        return Reading(refusal="utter_form_not_an_option", params=_offered(question))
    return Reading([option.name for option in question.options if option.name in chosen])


def _agency(found: Found) -> Reading:
    if not found:
        return Reading(refusal="utter_form_not_an_agency")
    sure = found[0][2] >= SURE
    if len(found) == 1 and not sure:
        return Reading(refusal="utter_form_which_one")
    if not sure or (len(found) > 1 and found[0][2] - found[1][2] < APART):
        return Reading(refusal="utter_form_which")
    return Reading(found[0][0])


def _written(question: Question, text: str) -> Reading:
    if len(text) > LONGEST:
        return Reading(refusal="utter_form_too_long", params={"length": len(text), "limit": LONGEST})
    if not question.required and _plain(text) in _NOTHING:
        return Reading(SKIP)
    return Reading(text)


def _offered(question: Question) -> dict[str, str]:
    return {"options": "\n".join(f"{place}. {option.label}" for place, option in enumerate(question.options, 1))}


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", fold(text)).split()) or fold(text).strip()
