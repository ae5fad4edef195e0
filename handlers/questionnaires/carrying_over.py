"""A draft begun on an older version of a form goes on with the new one: what fits is kept, what changed is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from content.courses import MORE, Answers, Outline
from content.forms import SKIP
from content.questionnaires import CHOICES, SILENT, Kind, Question


@dataclass(frozen=True, slots=True)
class Change:
    """What a new version means for the answers given so far."""

    answers: Answers
    kept: int
    added: tuple[str, ...]
    """Labels of the questions that are new."""
    removed: tuple[str, ...]
    altered: tuple[str, ...]
    """Labels of questions whose answer does not fit any more: another kind, another list to choose from."""


def carried_over(old: Outline, new: Outline, answers: Answers) -> Change:
    """The answers as the new version takes them. A question is the same as long as its id, kind and group are."""
    kept: Answers = {}
    altered: dict[str, None] = {}
    for path, answer in answers.items():
        if path.endswith(f"/{MORE}"):
            if path.partition("/")[0] in new.repeats:
                kept[path] = answer
            continue
        question, before = new.question(path), old.question(path)
        if question is None:
            continue
        if before is None or before.kind is not question.kind or not _fits(question, answer):
            altered[question.label] = None
        else:
            kept[path] = answer
    was, now = _asked(old), _asked(new)
    return Change(
        kept,
        sum(not path.endswith(f"/{MORE}") for path in kept),
        tuple(label for name, label in now.items() if name not in was),
        tuple(label for name, label in was.items() if name not in now),
        tuple(altered),
    )


def _fits(question: Question, answer: Any) -> bool:
    if question.kind not in CHOICES or answer == SKIP:
        return True
    names = {option.name for option in question.options}
    return answer in names if question.kind is Kind.ONE else set(answer) <= names


def _asked(outline: Outline) -> dict[str, str]:
    return {name: one.label for name, one in outline.form.questions().items() if one.kind not in SILENT}
