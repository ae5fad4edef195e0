"""The course a form takes with the answers given so far: what is asked, in which order, and what is worked out.

Answers stand by path: ``ten``; ``co_so/2/ten`` for the second of a repeated group; ``co_so/2/+`` says whether there is
one more after it (``yes`` or ``no``). What they hold by kind of question:

    integer, decimal, percent, money   a number
    ratio                              {"part", "whole"}
    date                               "2024-11-15"
    period, text, one, agency, place   text: of a choice its name, of an agency its id
    many                               a list of names
    photo, file                        a list of {"file", "name", "type"}

``SKIP`` is a question left open on purpose.
"""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import Any

from content.expressions import Scope, expression
from content.forms import SKIP
from content.formula_values import Value, Values, day_of, number, words
from content.questionnaire_checks import Spot, needs, order, spots
from content.questionnaires import FILES, MOST_REPEATS, NUMBERS, Group, Kind, Question, Questionnaire

Answers = dict[str, Any]
MORE = "+"
"""Ends the path of whether a repeated group has one more."""
YES, NO = "yes", "no"
_LAST = 8
"""Courses of a form that are held ready: officers fill it in side by side."""
LONGEST_VALUE = 2_000
"""Characters of what is worked out: formulas that double each other's text come to an end."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something asked: a question, or whether a repeated group has one more."""

    path: str
    item: Question | Group
    place: int
    """Which of the repeated groups it belongs to, from 1; 0 outside of one."""
    notes: tuple[str, ...] = ()
    """Labels of the notes read before it."""

    @property
    def asks_more(self) -> bool:
        return isinstance(self.item, Group)


class Outline:
    """A form made ready: the order its parts are worked out in. Raises CycleError, ExpressionFault."""

    def __init__(self, form: Questionnaire) -> None:
        self.form = form
        self.spots = spots(form)
        self.order = order(form)
        self.rank = {name: place for place, name in enumerate(self.order)}
        self.touches: dict[str, list[str]] = {}
        """What has to be worked out anew when a part changed."""
        for name, spot in self.spots.items():
            for needed in needs(spot):
                self.touches.setdefault(needed, []).append(name)
        self._last: deque[Course] = deque(maxlen=_LAST)
        self.repeats = [
            spot.item.id for spot in self.spots.values() if isinstance(spot.item, Group) and spot.item.repeat
        ]

    def course(self, answers: Mapping[str, Any], today: date, before: Mapping[str, Any] | None = None) -> Course:
        """The course with these answers; made from the one of the last ones that is nearest: an answer touches little
        of a form."""
        alike = [one for one in self._last if one.today == today and one.before == (before or {})]
        if not alike:
            made = Course(self, answers, today, before)
        else:
            nearest = min(reversed(alike), key=lambda one: len(one.answers.keys() ^ answers.keys()))
            made = nearest.turned(answers)
            if made is nearest:
                return made
        self._last.append(made)
        return made

    def question(self, path: str) -> Question | None:
        """The question a path belongs to; None for a group's, and for one the form does not have."""
        parts = path.split("/")
        spot = self.spots.get(parts[-1])
        if spot is None or not isinstance(spot.item, Question):
            return None
        if not spot.repeat:
            return spot.item if len(parts) == 1 else None
        return spot.item if len(parts) == 3 and parts[0] == spot.repeat and parts[1].isdecimal() else None


class Course:
    """One look at a form with the answers of one moment."""

    def __init__(
        self, outline: Outline, answers: Mapping[str, Any], today: date, before: Mapping[str, Any] | None = None
    ) -> None:
        self.outline = outline
        self.answers = dict(answers)
        self.today = today
        self.before = dict(before or {})
        self._before = {
            name: value_of(outline.spots[name].item, answer)
            for name, answer in self.before.items()
            if name in outline.spots
        }
        self._outer: dict[str, Value | Values] = {}
        self._inner: dict[tuple[str, int], ChainMap[str, Value | Values]] = {}
        self._relevant: dict[str, frozenset[int]] = {}
        """At which places of its group a part is relevant; place 0 stands outside of any."""
        self._counts: dict[str, int] = {}
        self._worked: Answers = {}
        for name in outline.order:
            self._work(outline.spots[name])

    def turned(self, answers: Mapping[str, Any]) -> Course:
        """The course with these answers instead: worked out is what they touch. This one when they are the same."""
        changed = [path for path, answer in answers.items() if self.answers.get(path) != answer]
        changed += self.answers.keys() - answers.keys()
        if not changed:
            return self
        made = object.__new__(Course)
        made.outline, made.answers, made.today = self.outline, dict(answers), self.today
        made.before, made._before = self.before, self._before
        made._outer, made._relevant = dict(self._outer), dict(self._relevant)
        made._inner = {key: ChainMap(dict(seen.maps[0]), made._outer) for key, seen in self._inner.items()}
        made._counts, made._worked = dict(self._counts), dict(self._worked)
        if not made._work_again(changed) and "_asked" in self.__dict__:
            made.__dict__["_asked"] = self._asked
        return made

    def _work_again(self, changed: Iterable[str]) -> bool:
        """Work out what rests on the changed answers, each part once; whether what is asked may differ."""
        rank, spots_ = self.outline.rank, self.outline.spots
        names = {path.partition("/")[0] if path.endswith(f"/{MORE}") else path.rpartition("/")[2] for path in changed}
        waiting = [rank[name] for name in names if name in rank]
        heapify(waiting)
        known, differs = set(waiting), False
        while waiting:
            name = self.outline.order[heappop(waiting)]
            asked, held = (self._relevant.get(name), self._counts.get(name)), self._outer.get(name)
            self._work(spots_[name])
            turned = asked != (self._relevant.get(name), self._counts.get(name))
            differs = differs or turned
            if turned or held != self._outer.get(name):
                for touched in self.outline.touches.get(name, ()):
                    if rank[touched] not in known:
                        known.add(rank[touched])
                        heappush(waiting, rank[touched])
        return differs

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is asked, in order."""
        return self._asked[0]

    @property
    def closing(self) -> tuple[str, ...]:
        """Labels of the notes after the last question."""
        return self._asked[1]

    @cached_property
    def _asked(self) -> tuple[tuple[Step, ...], tuple[str, ...]]:
        found: list[Step] = []
        notes: list[str] = []
        for item in self.outline.form.items:
            self._ask(item, 0, found, notes)
        return tuple(found), tuple(notes)

    @cached_property
    def worked(self) -> Answers:
        """What calculations came to, by path, in the order they are worked out."""
        rank = self.outline.rank
        return dict(sorted(self._worked.items(), key=lambda one: rank[one[0].rpartition("/")[2]]))

    def holds(self, source: str, path: str, this: Any = None) -> bool:
        """Whether a formula of the question at ``path`` holds; ``this`` is the answer it is about."""
        return expression(source).holds(self._scope(path, this))

    def value(self, source: str, path: str) -> Value:
        """What a formula of the question at ``path`` comes to."""
        return expression(source).value(self._scope(path, None))

    def required(self, step: Step) -> bool:
        """Whether the step must not be left open."""
        if step.asks_more or not isinstance(step.item, Question):
            return True
        return bool(step.item.required) and self.holds(step.item.required, step.path)

    def shown_at(self, name: str, place: int) -> tuple[str, Any] | None:
        """Path and answer of a question as seen from the ``place``-th of its group; None when nothing is there."""
        spot = self.outline.spots.get(name)
        if spot is None:
            return None
        path = path_of(spot, place)
        found = self.worked.get(path, self.answers.get(path))
        return None if found is None or found == SKIP else (path, found)

    def kept(self) -> Answers:
        """The answers that belong to what is asked, in its order, and what was worked out."""
        found = {step.path: self.answers[step.path] for step in self.steps if step.path in self.answers}
        return found | self.worked

    def _scope(self, path: str, this: Any) -> Scope:
        group, _, rest = path.partition("/")
        place = int(rest.partition("/")[0]) if rest else 0
        spot = self.outline.spots[path.rpartition("/")[2]]
        asked = value_of(spot.item, this) if isinstance(spot.item, Question) else ""
        seen = self._inner.get((group, place), self._outer) if rest else self._outer
        return Scope(seen, self.today, asked, self._before, max(place, 1))

    def _work(self, spot: Spot) -> None:
        """Find out whether a part of the form is relevant and what it holds, for each time it is asked."""
        item = spot.item
        if not spot.repeat:
            self._relevant[item.id] = frozenset({0}) if self._work_at(spot, 0, self._outer) else frozenset()
            if isinstance(item, Group) and item.repeat:
                self._repeat(item, self._times(item) if self._relevant[item.id] else 0)
            return
        places = range(1, self._counts[spot.repeat] + 1)
        for path in [path_of(spot, place) for place in self._relevant.get(item.id, ())]:
            self._worked.pop(path, None)
        self._relevant[item.id] = frozenset(
            place for place in places if self._work_at(spot, place, self._inner[spot.repeat, place])
        )
        if isinstance(item, Question):
            self._outer[item.id] = [self._inner[spot.repeat, place].maps[0][item.id] for place in places]  # type: ignore[misc]

    def _repeat(self, group: Group, times: int) -> None:
        """Let there be so many of a repeated group."""
        for place in range(times + 1, self._counts.get(group.id, 0) + 1):
            del self._inner[group.id, place]
        for place in range(self._counts.get(group.id, 0) + 1, times + 1):
            self._inner[group.id, place] = ChainMap({}, self._outer)
        self._counts[group.id] = times
        self._outer[group.id] = [1.0] * times

    def _work_at(self, spot: Spot, place: int, seen: Any) -> bool:
        """Whether the part is relevant there."""
        item = spot.item
        known = self.outline.spots
        relevant = all((place if known[group.id].repeat else 0) in self._relevant[group.id] for group in spot.within)
        if relevant and item.relevant:
            relevant = expression(item.relevant).holds(self._seen_at(seen, place))
        if not isinstance(item, Question):
            return relevant
        path = path_of(spot, place)
        found: Value = ""
        self._worked.pop(path, None)
        if relevant and item.calculation:
            found = _bounded(expression(item.calculation).value(self._seen_at(seen, place)))
            self._worked[path] = _stored(found)
        elif relevant:
            found = value_of(item, self.answers.get(path))
        seen[item.id] = found
        return relevant

    def _seen_at(self, seen: Any, place: int) -> Scope:
        return Scope(seen, self.today, "", self._before, max(place, 1))

    def _times(self, group: Group) -> int:
        """How many of a repeated group there are: counted by its formula, else one, and one more for every "yes"."""
        if group.count:
            found = number(expression(group.count).value(self._seen_at(self._outer, 0)))
            return int(min(max(found, 0), MOST_REPEATS)) if found == found else 0
        place = 1
        while place < MOST_REPEATS and self.answers.get(f"{group.id}/{place}/{MORE}") == YES:
            place += 1
        return place

    def _ask(self, item: Group | Question, place: int, found: list[Step], notes: list[str]) -> None:
        if (0 if isinstance(item, Group) and item.repeat else place) not in self._relevant[item.id]:
            return
        if isinstance(item, Question):
            if item.kind is Kind.NOTE:
                notes.append(item.label)
            elif item.kind is not Kind.CALCULATION:
                found.append(Step(path_of(self.outline.spots[item.id], place), item, place, tuple(notes)))
                notes.clear()
            return
        for turn in range(1, self._counts[item.id] + 1) if item.repeat else (place,):
            for inner in item.items:
                self._ask(inner, turn, found, notes)
            if item.repeat and not item.count and turn < MOST_REPEATS:
                found.append(Step(f"{item.id}/{turn}/{MORE}", item, turn))


def path_of(spot: Spot, place: int) -> str:
    """Where the answer to a question stands."""
    return f"{spot.repeat}/{place}/{spot.item.id}" if spot.repeat else spot.item.id


def value_of(item: Group | Question, answer: Any) -> Value:
    """An answer as formulas see it; empty text without one, and for one that is no answer of its kind."""
    if answer is None or answer == SKIP or not isinstance(item, Question):
        return ""
    try:
        return _typed(item.kind, answer)
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return ""


def _typed(kind: Kind, answer: Any) -> Value:
    if kind in NUMBERS:
        return float(answer)
    if kind is Kind.RATIO:
        return 100 * float(answer["part"]) / float(answer["whole"])
    if kind is Kind.DATE:
        return date.fromisoformat(answer)
    if kind is Kind.MANY:
        return " ".join(answer)
    if kind in FILES:
        return str(answer[0]["name"])
    return float(answer) if isinstance(answer, int | float) else str(answer)


def default_answer(asked: Question, value: Any) -> Any:
    """What a formula came to, as an answer to the question; None when it is none."""
    if not words(value):
        return None
    if asked.kind in NUMBERS:
        found = number(value)
        return found if found == found else None
    if asked.kind is Kind.DATE:
        day = day_of(value)
        return day.isoformat() if isinstance(day, date) else None
    names = {option.name for option in asked.options}
    if asked.kind is Kind.ONE:
        return words(value) if words(value) in names else None
    if asked.kind is Kind.MANY:
        chosen = [name for name in words(value).split() if name in names]
        return chosen or None
    return words(value) if asked.kind is Kind.TEXT else None


def _bounded(value: Value) -> Value:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value


def _stored(value: Value) -> float | str:
    """What is kept of a calculation: a number, or text; empty text where there is none."""
    if isinstance(value, float):
        return value if abs(value) < float("inf") else ""
    return words(value)
