"""The actions behind the forms, as Rasa's SDK wants them: ``python -m rasa_sdk --actions handlers.forms.actions``.

One checks the answers to any form of the department (:mod:`handlers.forms.questionnaire`), the other any task's
report: which indicators there are comes with each call, in the slot ``task``
(``{"due": ISO date or null, "indicators": [{"name", "target", "unit", "comparison", "single", "last"}, …]}``; ``last``
is the figure of the version before, or null). An answer that is unlikely beside it is refused with ``utter_unlikely_…``
until the slot ``reason`` says why it is right. Nothing here knows the conversation or the database, so that it runs
unchanged in a server of its own.
"""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from content.figures import NIL, PERCENT, UNKNOWN, day, figure, told, weekday
from content.forms import SKIP
from content.words import fold
from handlers.forms.asked_slots import Slots, TellsWhatIsAsked
from handlers.forms.questionnaire import ValidateQuestionnaire
from nlu.entities.dates import parse_date
from nlu.entities.numbers import Number, parse_number

Indicator = dict[str, Any]

VALUE = "value_"
"""Slots ``value_1``, ``value_2`` … hold the values of the task's indicators, in their order."""
SHORTEST, LONGEST, ECHOED = 3, 2000, 200
"""Characters of a written answer, and how many of it are said back."""

_YES = {"co", "co roi", "da co", "roi", "xong", "xong roi", "da xong", "hoan thanh", "da hoan thanh", "du", "dat"}
_NO = {"chua", "chua co", "chua xong", "khong", "khong co", "chua lam"}
_NOTHING = {"chua co", "khong co", "khong", "chua", "ko", "ko co", "k co", "khong co gi", "chua co gi", "-", ""}
_NIL = {"nil", "khong phat sinh", "ko phat sinh", "k phat sinh", "khong co phat sinh", "chua phat sinh"}
_UNKNOWN = {"unknown", "chua co so lieu", "khong co so lieu", "chua ro", "khong ro", "chua biet", "chua thong ke",
            "chua xac dinh"}  # fmt: skip
UNLIKELY = 5
"""A value at least so many times the last one, or so many times less, is asked about once more."""
_STATUS = (
    ("done", {"1", "done", "da xong", "xong", "xong roi", "xong het", "hoan thanh", "da hoan thanh", "da dat", "dat"}),
    ("partly", {"2", "partly", "xong mot phan", "mot phan", "dang lam", "dang thuc hien", "dang trien khai", "gan xong",
                "co ban", "co ban xong", "co ban hoan thanh", "xong co ban", "chua xong", "chua xong het", "do dang"}),
    ("not_yet", {"3", "not yet", "not_yet", "chua", "chua lam", "chua thuc hien", "chua trien khai", "chua bat dau"}),
)  # fmt: skip
_UNITS = ("thị trấn", "phường", "xã", "huyện", "thôn", "làng", "tổ", "hộ", "người", "cơ quan", "chuyên mục", "đài")
"""Units that are told apart: "5 thôn" is no answer where communes are counted."""
_LINK = re.compile(r"(?i)\b(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]\S*)?")
_DOCUMENT = re.compile(r"\d+\s*[-/]\s*\w+", re.UNICODE)


class ValidateProgressReport(TellsWhatIsAsked, FormValidationAction):  # type: ignore[misc]  # the SDK has no types
    """Checks the answers of a progress report and says what it understood."""

    def name(self) -> str:
        return "validate_progress_report"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> list[str]:
        """The task's indicators first, then the form's own slots; which date is asked depends on the status."""
        count = len(_indicators(tracker))
        other = "expected_on" if tracker.slots.get("status") == "done" else "finished_on"
        return [*(f"{VALUE}{place}" for place in range(1, count + 1)), *(s for s in domain_slots if s != other)]

    def __getattr__(self, name: str) -> Any:
        """The SDK looks up ``extract_<slot>`` and ``validate_<slot>``: here for however many indicators there are."""
        for prefix, method in (("extract_", self._extract_value), ("validate_", self._validate_value)):
            slot = name.removeprefix(prefix)
            if name.startswith(prefix) and re.fullmatch(VALUE + r"\d+", slot):
                return partial(method, slot)
        raise AttributeError(name)

    def _extract_value(self, slot: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        text = tracker.latest_message.get("text")
        return {slot: text} if text and tracker.slots.get("requested_slot") == slot else {}

    def _validate_value(
        self, slot: str, answer: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        indicator = _indicators(tracker)[int(slot.removeprefix(VALUE)) - 1]
        return {slot: _value(str(answer), indicator, tracker.slots.get("reason"), dispatcher)}

    def validate_status(self, answer: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        folded = _plainly(answer)
        status = next((status for status, words in _STATUS if folded in words), None)
        number = parse_number(str(answer))
        if status is None and number is not None and number.percent:
            status = "done" if number.value == 100 else "not_yet" if number.value == 0 else "partly"
        if status is None:
            return _refuse("status", dispatcher, "utter_not_a_status")
        dispatcher.utter_message(response=f"utter_noted_{status}")
        return {"status": status}

    def validate_work(self, answer: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        return _written("work", str(answer), dispatcher)

    def validate_difficulties(
        self, answer: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        if _plainly(answer) in _NOTHING | _NIL:
            return _left_open("difficulties", dispatcher, "utter_noted_none")
        return _written("difficulties", str(answer), dispatcher)

    def validate_finished_on(
        self, answer: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        if _plainly(answer) in _UNKNOWN:
            return _left_open("finished_on", dispatcher, "utter_noted_no_date")
        today = _today(tracker)
        found = parse_date(str(answer), today)
        if found is None:
            return _refuse("finished_on", dispatcher, "utter_not_a_date")
        if found > today:
            return _refuse("finished_on", dispatcher, "utter_date_ahead", value=_day(found), today=day(today))
        dispatcher.utter_message(response="utter_noted", value=_day(found))
        return {"finished_on": found.isoformat()}

    def validate_expected_on(
        self, answer: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        if _plainly(answer) in _UNKNOWN:
            return _left_open("expected_on", dispatcher, "utter_noted_no_date")
        today = _today(tracker)
        found = parse_date(str(answer), today)
        if found is None:
            return _refuse("expected_on", dispatcher, "utter_not_a_date")
        if found < today:
            return _refuse("expected_on", dispatcher, "utter_date_past", value=_day(found), today=day(today))
        due = (tracker.slots.get("task") or {}).get("due")
        late = due is not None and found > date.fromisoformat(due)
        name = "utter_noted_late" if late else "utter_noted"
        dispatcher.utter_message(response=name, value=_day(found), due=day(date.fromisoformat(due)) if due else "")
        return {"expected_on": found.isoformat()}

    def validate_evidence(
        self, answer: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        if _plainly(answer) in _NOTHING:
            return _left_open("evidence", dispatcher, "utter_noted_none")
        text = " ".join(str(answer).split())
        if len(text) > LONGEST:
            return _refuse("evidence", dispatcher, "utter_too_long", length=len(text), limit=LONGEST)
        if not (_LINK.search(text) or _DOCUMENT.search(text)):
            return _refuse("evidence", dispatcher, "utter_not_evidence")
        dispatcher.utter_message(response="utter_noted", value=text if len(text) <= ECHOED else f"{text[:ECHOED]}…")
        return {"evidence": text}


ACTIONS: tuple[type[Action], ...] = (ValidateProgressReport, ValidateQuestionnaire)
"""Everything served from here."""


def _indicators(tracker: Tracker) -> list[Indicator]:
    return list((tracker.slots.get("task") or {}).get("indicators", []))


def _today(tracker: Tracker) -> date:
    return date.fromisoformat(tracker.slots["today"])


def _day(value: date) -> str:
    return f"{day(value)} ({weekday(value)})"


def _plainly(answer: object) -> str:
    return fold(str(answer)).strip(" .!,")


def _left_open(slot: str, dispatcher: CollectingDispatcher, response: str) -> Slots:
    dispatcher.utter_message(response=response)
    return {slot: SKIP}


def _refuse(slot: str, dispatcher: CollectingDispatcher, response: str, **params: object) -> Slots:
    dispatcher.utter_message(response=response, **params)
    return {slot: None}


def _written(slot: str, answer: str, dispatcher: CollectingDispatcher) -> Slots:
    text = answer.strip()
    if sum(letter.isalnum() for letter in text) < SHORTEST:
        return _refuse(slot, dispatcher, "utter_too_short")
    if len(text) > LONGEST:
        return _refuse(slot, dispatcher, "utter_too_long", length=len(text), limit=LONGEST)
    dispatcher.utter_message(response="utter_noted_text")
    return {slot: text}


def _value(answer: str, indicator: Indicator, reason: str | None, dispatcher: CollectingDispatcher) -> Slots | None:
    """The value in the indicator's own unit (see :func:`content.figures.told`), with the ``reason`` of an unlikely one;
    None after saying what is wrong."""
    target, unit = indicator["target"], indicator["unit"] or ""
    folded = _plainly(answer)
    if folded in _NIL | _UNKNOWN:
        found = _no_figure(NIL if folded in _NIL else UNKNOWN, indicator)
        dispatcher.utter_message(response="utter_noted", value=told(found, unit))
        return found
    if indicator["single"] and folded in _YES | _NO:
        found = _counted(1.0 if folded in _YES else 0.0)
    elif folded in _NOTHING:
        dispatcher.utter_message(response="utter_zero_or_unknown")
        return None
    else:
        number = parse_number(answer)
        fault, params = ("utter_not_a_number", {}) if number is None else _fault(number, unit)
        if number is not None and indicator["single"] and not fault and number.value > 1:
            fault = "utter_only_one"
        if number is None or fault:
            dispatcher.utter_message(response=fault, unit=unit, **params)
            return None
        share = unit == PERCENT and number.denominator is not None
        value = 100 * number.value / number.denominator if share and number.denominator else number.value
        found = _counted(value, number.value if number.denominator else None, number.denominator)
    unlikely = _unlikely(found["value"], indicator.get("last"))
    if unlikely and not reason:
        last = told(indicator["last"], unit)
        times = figure(found["value"] / indicator["last"]["value"])
        dispatcher.utter_message(response=unlikely, value=told(found, unit), last=last, times=times)
        return None
    if unlikely:
        found["reason"] = reason
    over = target is not None and indicator["comparison"] == "eq" and found["value"] > target
    dispatcher.utter_message(response="utter_noted_over" if over else "utter_noted", value=told(found, unit))
    return found


def _counted(value: float | None, part: float | None = None, whole: float | None = None) -> Slots:
    return {"value": value, "part": part, "whole": whole}


def _no_figure(kind: str, indicator: Indicator) -> Slots:
    """An answer that is no figure. Where nothing arose, what stood before still stands; a share of nothing is none."""
    last = indicator.get("last") or _counted(0.0)
    known = kind == NIL and (last["value"] or indicator["unit"] != PERCENT)
    return {**(_counted(last["value"], last["part"], last["whole"]) if known else _counted(None)), "kind": kind}


def _unlikely(value: float, last: Slots | None) -> str:
    """The response that asks whether the value is meant; empty when it is likely, or nothing was reported before."""
    before = last["value"] if last else None
    if not before or before < 0:
        return ""
    if value >= UNLIKELY * before:
        return "utter_unlikely_more"
    return "utter_unlikely_less" if value * UNLIKELY <= before else ""


def _fault(number: Number, unit: str) -> tuple[str, Slots]:
    """Why the number cannot be the indicator's value, as the name of a response; empty when it can."""
    value, whole = number.value, number.denominator
    if value < 0:
        return "utter_negative", {}
    if whole is not None and value > whole:
        return "utter_part_over_whole", {"value": f"{figure(value)}/{figure(whole)}"}
    if unit == PERCENT:
        return ("utter_over_hundred", {}) if whole is None and value > 100 else ("", {})
    if number.percent and whole is None:
        return "utter_not_percent", {}
    if value != int(value):
        return "utter_whole_number", {"value": figure(value, 2)}
    given = next((name for name in _UNITS if name in (number.unit or "").lower()), None)
    known = [name for name in _UNITS if name in unit.lower()]
    if given and known and given not in known:
        return "utter_wrong_unit", {"given": f"{figure(value)} {given}"}
    return "", {}
