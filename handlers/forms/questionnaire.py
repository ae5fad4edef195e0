"""The action that checks the answers to any form of the department (:mod:`content.questionnaires`).

The form comes with each call, in the slot ``form`` (``{"digest", "definition"}``), and so does everything else there is
to know: ``today``, the answers of the last submission in ``before``, and in ``found`` which agencies the answer may
name. Answers stand in slots called ``answer/<path>`` (:mod:`content.courses`). An answer that is unlikely is refused
with ``utter_form_unlikely…`` until the slot ``reason`` says why it is right. Nothing here knows the conversation or the
database, so that it runs unchanged in a server of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from content.courses import MORE, NO, YES, Course, Outline
from content.figures import figure
from content.forms import SKIP
from content.questionnaires import NUMBERS, Question, Questionnaire
from content.shown import shown_answer
from content.words import fold
from handlers.forms.asked_slots import Slots, TellsWhatIsAsked
from handlers.forms.readings import read_answer

ANSWER = "answer/"
"""Begins the slot of an answer."""
ECHOED = 200
"""Characters of a written answer said back."""
UNLIKELY = 5
"""A number at least so many times the last one, or so many times less, is asked about once more."""
_KEPT = 32
"""Forms held ready."""
_MORE = {"co", "them", "them nua", "con", "con nua", "them co so khac", "yes", "y", "them tiep", "tiep"}
_DONE = {"khong", "xong", "het", "het roi", "xong roi", "thoi", "no", "n", "khong them", "du roi", "da du"}

_outlines: OrderedDict[str, Outline] = OrderedDict()


class ValidateQuestionnaire(TellsWhatIsAsked, FormValidationAction):  # type: ignore[misc]  # the SDK has no types
    """Checks the answers to a form and says what it understood."""

    def name(self) -> str:
        return "validate_questionnaire"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> list[str]:
        """What the form asks with these answers."""
        return [f"{ANSWER}{step.path}" for step in _course(tracker.slots).steps]

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> list[dict[str, Any]]:
        """What was typed is the answer to the question asked; the SDK would look at every question of the form."""
        asked, text = tracker.slots.get("requested_slot"), tracker.latest_message.get("text")
        if asked is None or text is None:
            return []
        tracker.slots[asked] = text
        return [SlotSet(asked, text)]

    def __getattr__(self, name: str) -> Any:
        """The SDK looks up ``validate_<slot>``, with underscores for dashes: here for whatever a form asks."""
        if name.startswith(f"validate_{ANSWER}"):
            return self._validate
        raise AttributeError(name)

    def _validate(self, answer: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        slot: str = tracker.slots["requested_slot"]
        path = slot.removeprefix(ANSWER)
        if path.endswith(f"/{MORE}"):
            return {slot: _one_more(str(answer), dispatcher)}
        slots = tracker.slots
        outline = _outline(slots["form"])
        question = outline.question(path)
        assert question is not None
        today, found = date.fromisoformat(slots["today"]), slots.get("found") or []
        reading = read_answer(question, str(answer), today, found)
        if reading.refusal:
            dispatcher.utter_message(response=reading.refusal, **reading.params)
            return {slot: None}
        if reading.value == SKIP:
            dispatcher.utter_message(response="utter_form_noted_none")
            return {slot: SKIP}
        told = _told(question, reading.value, {one[0]: one[1] for one in found})
        course = _course({**slots, slot: None})
        if question.constraint and not course.holds(question.constraint, path, reading.value):
            message = question.constraint_message
            response = "utter_form_constraint" if message else "utter_form_not_possible"
            dispatcher.utter_message(response=response, value=told, message=message)
            return {slot: None}
        unlikely, params = _unlikely(question, path, reading.value, course, slots)
        if unlikely and not slots.get("reason"):
            dispatcher.utter_message(response=unlikely, value=told, **params)
            return {slot: None}
        dispatcher.utter_message(response="utter_form_noted", value=told)
        return {slot: reading.value}


def answers_in(slots: Slots) -> dict[str, Any]:
    """The answers among the slots, by path."""
    return {
        name.removeprefix(ANSWER): value
        for name, value in slots.items()
        if name.startswith(ANSWER) and value is not None
    }


def _course(slots: Slots) -> Course:
    """The course the form takes."""
    return _outline(slots["form"]).course(answers_in(slots), date.fromisoformat(slots["today"]), slots.get("before"))


def _outline(form: dict[str, Any]) -> Outline:
    """The form, made ready once."""
    known = _outlines.get(form["digest"])
    if known is None:
        known = _outlines[form["digest"]] = Outline(Questionnaire.model_validate(form["definition"]))
        while len(_outlines) > _KEPT:
            _outlines.popitem(last=False)
    return known


def _one_more(answer: str, dispatcher: CollectingDispatcher) -> str | None:
    folded = fold(answer).strip(" .!,")
    if folded in _MORE or folded in _DONE:
        return YES if folded in _MORE else NO
    dispatcher.utter_message(response="utter_form_more_or_done")
    return None


def _told(question: Question, value: Any, names: dict[str, str]) -> str:
    told = shown_answer(question, value, lambda agency: names.get(agency, agency))
    return told if len(told) <= ECHOED else f"{told[:ECHOED]}…"


def _unlikely(question: Question, path: str, value: Any, course: Course, slots: Slots) -> tuple[str, dict[str, Any]]:
    """The response that asks whether the answer is meant, with what fills it; empty when it is likely."""
    if question.warning and course.holds(question.warning, path, value):
        return "utter_form_unlikely", {"message": question.warning_message}
    last = (slots.get("before") or {}).get(path)
    if not question.before or question.kind not in NUMBERS or not isinstance(last, int | float) or last <= 0:
        return "", {}
    params = {"last": _told(question, last, {}), "times": figure(value / last)}
    if value >= UNLIKELY * last:
        return "utter_form_unlikely_more", params
    return ("utter_form_unlikely_less", params) if value * UNLIKELY <= last else ("", {})
