"""What must hold within a form beyond its shape: names that exist, formulas that can be read, nothing in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Self

from content.expressions import Expression, ExpressionFault, expression, pieces
from content.questionnaires import CHOICES, MOST_QUESTIONS, Group, Kind, Question, Questionnaire

QUESTION_FORMULAS = ("required", "relevant", "constraint", "warning", "calculation", "default")
GROUP_FORMULAS = ("relevant", "count")


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a form. ``key`` names the sentence below ``form_sheet.flaw``."""

    id: str
    """Of the question or group; empty for the form as a whole."""
    field: str
    key: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A question or group with the groups it stands in."""

    item: Group | Question
    within: tuple[Group, ...]
    repeat: str
    """The repeated group it belongs to, which a repeated group itself does not; empty for none."""

    @classmethod
    def of(cls, item: Group | Question, within: tuple[Group, ...]) -> Self:
        return cls(item, within, next((group.id for group in within if group.repeat), ""))

    def formulas(self) -> Iterator[tuple[str, str]]:
        names = QUESTION_FORMULAS if isinstance(self.item, Question) else GROUP_FORMULAS
        for name in names:
            source: str = getattr(self.item, name)
            if source:
                yield name, source


def spots(form: Questionnaire) -> dict[str, Spot]:
    """Every question and group by id, in the form's order; of a name given twice the first."""
    found: dict[str, Spot] = {}
    for item, within in form.walk():
        found.setdefault(item.id, Spot.of(item, within))
    return found


def flaws(form: Questionnaire) -> list[Flaw]:
    """Everything wrong within the form; empty when it can be asked."""
    known = spots(form)
    found: list[Flaw] = []
    seen: set[str] = set()
    for item, within in form.walk():
        spot = Spot.of(item, within)
        if item.id in seen:
            found.append(Flaw(item.id, "id", "twice"))
        seen.add(item.id)
        if isinstance(item, Group):
            if item.repeat and any(group.repeat for group in within):
                found.append(Flaw(item.id, "repeat", "nested"))
        else:
            found += _shape(item)
        for field, source in spot.formulas():
            found += _formula(spot, field, source, known)
        for field in ("label", "hint"):
            for _, name in pieces(getattr(item, field, "")):
                if name and name not in known:
                    found.append(Flaw(item.id, field, "unknown", name))
    if len(form.questions()) > MOST_QUESTIONS:
        found.append(Flaw("", "items", "too_many", str(MOST_QUESTIONS)))
    if not any(question.kind not in (Kind.NOTE, Kind.CALCULATION) for question in form.questions().values()):
        found.append(Flaw("", "items", "nothing_asked"))
    if not found:
        try:
            order(form)
        except CycleError as error:
            names = [str(name) for name in error.args[1]]
            found.append(Flaw(names[0], "calculation", "circle", " → ".join(reversed(names))))
    return found


def order(form: Questionnaire) -> tuple[str, ...]:
    """Questions and groups so that each comes after what its relevance, calculation and number of repeats rest on.

    Raises CycleError; every formula must be readable.
    """
    return tuple(TopologicalSorter({name: needs(spot) for name, spot in spots(form).items()}).static_order())


def needs(spot: Spot) -> set[str]:
    """What a part's relevance, calculation and number of repeats rest on: the groups it stands in, and what the
    formulas name."""
    found = {group.id for group in spot.within}
    for field, source in spot.formulas():
        if field in ("relevant", "calculation", "count"):
            found |= expression(source).names
    return found


def _shape(question: Question) -> Iterator[Flaw]:
    """What the kind of a question wants beside it."""
    calculated = question.kind is Kind.CALCULATION
    if calculated != bool(question.calculation):
        yield Flaw(question.id, "calculation", "calculation_wanted" if calculated else "calculation_elsewhere")
    if not calculated and not question.label:
        yield Flaw(question.id, "label", "label_wanted")
    if (question.kind in CHOICES) != bool(question.options):
        yield Flaw(question.id, "options", "options_wanted" if question.kind in CHOICES else "options_elsewhere")
    names = [option.name for option in question.options]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Flaw(question.id, "options", "option_twice", name)
    if question.warning and not question.warning_message:
        yield Flaw(question.id, "warning_message", "message_wanted")


def _formula(spot: Spot, field: str, source: str, known: dict[str, Spot]) -> Iterator[Flaw]:
    try:
        read = expression(source)
    except ExpressionFault as fault:
        yield Flaw(spot.item.id, field, f"formula.{fault.key}", fault.about)
        return
    for name in sorted(read.names | read.before):
        if name not in known:
            yield Flaw(spot.item.id, field, "unknown", name)
        elif name in read.names and _outside(spot, known[name], name, read):
            yield Flaw(spot.item.id, field, "repeated", name)
        elif isinstance(known[name].item, Group) and not (name in read.summed and known[name].item.repeat):  # type: ignore[union-attr]
            yield Flaw(spot.item.id, field, "group", name)


def _outside(spot: Spot, other: Spot, name: str, read: Expression) -> bool:
    """Whether a single answer is wanted of a question that is asked many times, elsewhere."""
    return bool(other.repeat) and other.repeat != spot.repeat and name not in read.summed
