"""A report's answers: kept by indicator and field, so that a plan may gain or lose an indicator while one is drafted.

Stored as ``{"values": {indicator id: value or None}, "status", "work", "difficulties", "finished_on" or "expected_on"
(ISO), "evidence", "files"}``. A value is ``{"value", "part", "whole"}`` with ``"kind"`` where it is no figure (see
:func:`content.figures.told`) and ``"reason"`` where an unlikely one was confirmed. None is "left open on purpose"; a
missing key is "not asked yet". A draft also has ``"explained"``: what the officer says to the department's marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from content.figures import PERCENT, day, told
from handlers.forms.loop import SKIPPED, Slots
from handlers.messages import plain
from storage.plans import Indicator

Answers = dict[str, Any]
Text = Callable[..., str]
"""The wording of a key."""

VALUE = "value_"
FREE = frozenset({"work", "difficulties"})
"""Slots that take any text."""
DATES = ("finished_on", "expected_on")


NAMED = ("status", "work", "difficulties", *DATES, "evidence")
"""Slots besides the values, in the order they are asked."""
FILES = "files"
"""Photos and documents sent as evidence: ``{"id", "name", "media_type", "size"}`` each, beside the words."""


def slots_of(
    due: date | None, indicators: Sequence[Indicator], answers: Answers, today: date, before: Answers | None = None
) -> Slots:
    """What the form's action is given: the last day in time, the day, and the answers so far; ``before`` are those the
    agency reported last."""
    last = (before or {}).get("values", {})
    specs = [_spec(one, last.get(one.id)) for one in indicators]
    slots: Slots = {
        "task": {"due": due.isoformat() if due else None, "indicators": specs},
        "today": today.isoformat(),
    }
    return slots | answered(answers, indicators)


def _spec(indicator: Indicator, last: dict[str, Any] | None) -> dict[str, Any]:
    figure = {key: last[key] for key in ("value", "part", "whole")} if last and last["value"] is not None else None
    return {
        "name": indicator.name,
        "target": indicator.target,
        "unit": indicator.unit,
        "comparison": indicator.comparison,
        "single": is_single(indicator),
        "last": figure,
    }


def is_single(indicator: Indicator) -> bool:
    """Whether there can only be one of it, so that the question is yes or no: one station, one township."""
    unit = indicator.unit or ""
    return indicator.target == 1 and indicator.comparison == "eq" and unit != PERCENT and "/" not in unit


def answers_of(slots: Slots, indicators: Sequence[Indicator], asked: Iterable[str] | None = None) -> Answers:
    """The answers in the slots; with ``asked`` only those the form asks in the end."""
    wanted = None if asked is None else set(asked)
    answers: Answers = {"values": {}}
    for place, indicator in enumerate(indicators, 1):
        value = slots.get(f"{VALUE}{place}")
        if value is not None:
            answers["values"][indicator.id] = None if value == SKIPPED else value
    for name in NAMED:
        value = slots.get(name)
        if value is not None and (wanted is None or name in wanted):
            answers[name] = None if value == SKIPPED else value
    return answers


def indicator_of(slot: str, indicators: Sequence[Indicator]) -> Indicator | None:
    """The indicator whose value the slot holds."""
    place = slot.removeprefix(VALUE)
    return indicators[int(place) - 1] if slot.startswith(VALUE) and place.isdecimal() else None


def key_of(slot: str, indicators: Sequence[Indicator]) -> str:
    """What the answer is known by outside the form: the indicator's id, else the slot's own name."""
    indicator = indicator_of(slot, indicators)
    return indicator.id if indicator else slot


def by_key(answers: Answers) -> dict[str, Any]:
    """The answers by indicator id or field name, None where one was left open; the files under FILES."""
    return {**answers.get("values", {}), **{name: answers[name] for name in (*NAMED, FILES) if name in answers}}


def from_keys(found: Mapping[str, Any]) -> Answers:
    """The inverse of :func:`by_key`."""
    named = {name: found[name] for name in (*NAMED, FILES) if name in found}
    return {"values": {key: value for key, value in found.items() if key not in (*NAMED, FILES)}, **named}


def answered(answers: Answers, indicators: Sequence[Indicator]) -> dict[str, Any]:
    """The slots that have an answer, in the order they are asked."""
    values = answers.get("values", {})
    found = {
        f"{VALUE}{place}": values[one.id] or SKIPPED for place, one in enumerate(indicators, 1) if one.id in values
    }
    return found | {name: SKIPPED if answers[name] is None else answers[name] for name in NAMED if name in answers}


def label(text: Text, slot: str, indicators: Sequence[Indicator]) -> str:
    """What the answer is called in the summary."""
    indicator = indicator_of(slot, indicators)
    return indicator.name if indicator else text(f"report.label.{slot}")


def shown(text: Text, slot: str, value: Any, indicators: Sequence[Indicator]) -> str:
    """An answer as people read it."""
    indicator = indicator_of(slot, indicators)
    if value == SKIPPED:
        return text(f"report.open.{'value' if indicator else slot}")
    if indicator is not None:
        figure, reason = told(value, indicator.unit or ""), value.get("reason")
        return text("report.with_reason", value=figure, reason=plain(reason)) if reason else figure
    if slot == "status":
        return text(f"report.status_value.{value}")
    if slot in DATES:
        return day(date.fromisoformat(value))
    return plain(str(value))
