"""What agencies answered to a form, as a workbook: a row for each that stands, a sheet for every repeated group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.exports.sheets import add_sheet, new_workbook, packed
from content.forms import SKIP
from content.periods import told_period
from content.questionnaires import NUMBERS, SILENT, Kind, Per, Question, Questionnaire
from content.shown import shown_answer
from content.text import Texts
from handlers.turn import LOCAL
from storage.questionnaires import FormSubmission

LONGEST_HEADING, LONGEST_TITLE = 200, 28
"""Characters of a column's heading, and of a sheet's name beside its number; Excel takes 31."""
_NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def standing(submissions: Sequence[FormSubmission], per: Per) -> list[FormSubmission]:
    """Those that count, of ones the newest first: of a form handed in once a period the last correction."""
    if per is Per.FREE:
        return list(submissions)
    newest: dict[tuple[str, str], FormSubmission] = {}
    for one in submissions:
        kept = newest.setdefault((one.agency_id, one.period), one)
        if one.revision > kept.revision:
            newest[one.agency_id, one.period] = one
    return list(newest.values())


@dataclass(frozen=True, slots=True)
class Answered:
    """A form's submissions with what is needed to read them."""

    forms: Mapping[int, Questionnaire]
    """By version."""
    submissions: Sequence[FormSubmission]
    agency_name: Callable[[str], str]

    def columns(self) -> dict[str, dict[str, Question]]:
        """Questions by the repeated group they are in (empty: none), those of older versions last."""
        found: dict[str, dict[str, Question]] = {}
        for _, form in sorted(self.forms.items(), reverse=True):
            for item, within in form.walk():
                group = next((one.id for one in within if one.repeat), "")
                if isinstance(item, Question) and item.kind is not Kind.NOTE:
                    found.setdefault(group, {}).setdefault(item.id, item)
        return found

    def titles(self) -> dict[str, str]:
        """What the repeated groups are called."""
        forms = [form for _, form in sorted(self.forms.items())]
        return {item.id: getattr(item, "label", "") or item.id for form in forms for item, _ in form.walk()}


def answers_workbook(answered: Answered, text: Texts) -> bytes:
    """The workbook as a file."""
    workbook = new_workbook()
    columns, titles = answered.columns(), answered.titles()
    questions = columns.pop("", {})
    names = ("agency", "period", "revision", "receipt", "time", "version")
    headings = [(text(f"form_pages.export.{name}"), 22) for name in names]
    headings += [(_heading(question), 26) for question in questions.values()]
    headings.append((text("form_pages.export.reasons"), 40))
    rows = [
        [
            *_about(one, answered),
            *(_cell(question, one.content["answers"].get(name), answered) for name, question in questions.items()),
            _reasons(one, {**questions, **{key: found for group in columns.values() for key, found in group.items()}}),
        ]
        for one in answered.submissions
    ]
    add_sheet(workbook, text("form_pages.export.sheet"), headings, rows)
    for number, (group, asked) in enumerate(columns.items(), 2):
        title = f"{number}. {titles[group].translate(_NOT_IN_TITLES)[:LONGEST_TITLE]}".strip()
        first = [(text(f"form_pages.export.{name}"), 22) for name in ("agency", "period", "receipt", "place")]
        lines = [line for one in answered.submissions for line in _repeated(one, group, asked, answered)]
        add_sheet(workbook, title, [*first, *((_heading(question), 26) for question in asked.values())], lines)
    return packed(workbook)


def _about(one: FormSubmission, answered: Answered) -> list[Any]:
    moment = one.submitted_at.astimezone(LOCAL).replace(tzinfo=None)
    period = told_period(one.period)
    return [answered.agency_name(one.agency_id), period, one.revision, one.receipt, moment, one.version]


def _repeated(one: FormSubmission, group: str, asked: Mapping[str, Question], answered: Answered) -> list[list[Any]]:
    """A row for each time the group was answered."""
    answers = one.content["answers"]
    places = sorted({int(path.split("/")[1]) for path in answers if path.startswith(f"{group}/")})
    about = [answered.agency_name(one.agency_id), told_period(one.period), one.receipt]
    return [
        [
            *about,
            place,
            *(_cell(question, answers.get(f"{group}/{place}/{name}"), answered) for name, question in asked.items()),
        ]
        for place in places
    ]


def _cell(question: Question, answer: Any, answered: Answered) -> Any:
    """Numbers and days as Excel knows them, everything else as people read it."""
    if answer is None or answer == SKIP:
        return None
    if question.kind in NUMBERS or (question.kind in SILENT and isinstance(answer, int | float)):
        return answer
    if question.kind is Kind.DATE:
        return date.fromisoformat(answer)
    return shown_answer(question, answer, answered.agency_name)


def _reasons(one: FormSubmission, questions: Mapping[str, Question]) -> str:
    """Why unlikely answers are right, as the officer said."""
    found = []
    for path, reason in one.content.get("reasons", {}).items():
        question = questions.get(path.rpartition("/")[2])
        found.append(f"{question.label if question else path}: {reason}")
    return "\n".join(found)


def _heading(question: Question) -> str:
    return (question.label or question.id)[:LONGEST_HEADING]
