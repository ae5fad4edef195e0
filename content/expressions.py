"""Formulas of forms, in the dialect of XLSForm: ``${so_luong} > 0 and selected(${loai}, 'sac')``.

elementpath reads them (XPath 1.0); what they may say is the list below, and they are worked out as ODK works them out:
numbers are floats; a question without an answer is the empty text, which is no number and compares with none. ``.`` is
the answer itself, ``${last-saved#x}`` the answer to ``x`` in the agency's last submission. Nothing else of XPath is
taken: no paths, no axes, no predicates, so that a formula costs no more than its length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from content.formula_values import FUNCTIONS, OF_LISTS, Value, Values, day_of, number, truth, words

if TYPE_CHECKING:
    from elementpath import XPath1Parser

LONGEST = 1_000
"""Characters of a formula."""
DEEPEST = 20
"""Brackets within brackets."""
LONGEST_PATTERN, MOST_OPEN = 200, 3
"""Characters of a pattern for ``regex``, and how many of its parts may have any length: with LONGEST_MATCHED they bound
the time one may take."""
LONGEST_MATCHED = 200
"""Characters of an answer a pattern may match; a longer one does not."""

_NAME = r"[^\W\d][\w.-]*"
_REFERENCE = re.compile(rf"\$\{{\s*(last-saved#)?({_NAME})\s*\}}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_CALLED = re.compile(r"([^\W\d][\w:-]*)\s*\(")
_OPERATORS = {"and", "or", "div", "mod"}
_BEFORE = "last-saved."


class ExpressionFault(Exception):
    """A formula cannot be taken. ``key`` names the sentence below ``form_sheet.flaw.formula``, ``about`` fills it."""

    def __init__(self, key: str, about: str = "") -> None:
        self.key = key
        self.about = about
        super().__init__(f"{key}: {about}" if about else key)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a formula is worked out with."""

    values: Mapping[str, Value | Values]
    """By question; what is not there has no answer."""
    today: date
    this: Value = ""
    before: Mapping[str, Value] = field(default_factory=dict)
    """Answers of the last submission."""
    position: int = 1
    """Which of the repeated groups the question is in, from 1."""


_Worked = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula, ready to be worked out."""

    source: str
    names: frozenset[str]
    """Questions it asks for."""
    summed: frozenset[str]
    """Those of them it takes as a list: ``sum(${so_xe})``."""
    before: frozenset[str]
    """Questions whose answer in the last submission it asks for."""
    work: _Worked

    def value(self, scope: Scope) -> Value:
        found: Value = self.work(scope)
        return found

    def holds(self, scope: Scope) -> bool:
        return truth(self.work(scope))


@lru_cache(maxsize=4096)
def expression(source: str) -> Expression:
    """The formula ``source``. Raises ExpressionFault."""
    if len(source) > LONGEST:
        raise ExpressionFault("long", str(LONGEST))
    outside = _QUOTED.sub("''", source)
    depth = deepest = 0
    for letter in outside:
        depth += (letter == "(") - (letter == ")")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ExpressionFault("deep", str(DEEPEST))
    for name in _CALLED.findall(outside):
        if name not in FUNCTIONS and name not in _OPERATORS:
            raise ExpressionFault("function", name)
    reading = _Reading()
    work = reading.compiled(_parsed(source))
    return Expression(source, frozenset(reading.names), frozenset(reading.summed), frozenset(reading.before), work)


def pieces(text: str) -> list[tuple[str, str]]:
    """A text with ``${name}`` in it, as pairs of the words before a name and the name; the last name is empty."""
    found, end = [], 0
    for match in _REFERENCE.finditer(text):
        found.append((text[end : match.start()], match[2]))
        end = match.end()
    return [*found, (text[end:], "")]


def _parsed(source: str) -> Any:
    """The tree elementpath reads; a reference becomes a variable with spaces around it: ``${a}-${b}`` is no name."""
    from elementpath import ElementPathError  # half a second of imports, and most processes never open a form

    parts, end = [], 0
    for quoted in [*_QUOTED.finditer(source), None]:
        plain = source[end : quoted.start() if quoted else len(source)]
        if "$" in _REFERENCE.sub("", plain):
            raise ExpressionFault("syntax", source)
        parts.append(_REFERENCE.sub(lambda match: f" ${_BEFORE if match[1] else ''}{match[2]} ", plain))
        if quoted:
            parts.append(quoted[0])
            end = quoted.end()
    try:
        return _parser().parse("".join(parts))
    except (ElementPathError, RecursionError) as error:
        raise ExpressionFault("syntax", source) from error


@lru_cache(maxsize=1)
def _parser() -> XPath1Parser:
    from elementpath import XPath1Parser
    from elementpath.tdop import Parser

    class Dialect(XPath1Parser):
        """Reads and works nothing out: elementpath's own parser would, with functions it does not know here."""

        def parse(self, source: str) -> Any:
            return Parser.parse(self, source)

    for name, (least, most, _) in FUNCTIONS.items():
        Dialect.symbol_table.pop(name, None)  # XPath's own takes other arguments here and there
        Dialect.function(name, nargs=least if least == most else (least, most))
    Dialect.build()
    return Dialect()


class _Reading:
    """One formula on its way from elementpath's tree to something that can be called."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.summed: set[str] = set()
        self.before: set[str] = set()

    def compiled(self, token: Any) -> _Worked:
        symbol = token.symbol
        items = list(token)
        if symbol in ("(integer)", "(decimal)", "(float)"):
            return partial(_given, float(token.value))
        if symbol == "(string)":
            return partial(_given, str(token.value))
        if symbol == "$":
            return self._reference(str(items[0].value))
        if symbol == ".":
            return lambda scope: scope.this
        if symbol == "(" and len(items) == 1:
            return self.compiled(items[0])
        if symbol in _COMPARED and len(items) == 2:
            return partial(_compare, _COMPARED[symbol], self.compiled(items[0]), self.compiled(items[1]))
        if symbol in _COUNTED and len(items) == 2:
            return partial(_count, _COUNTED[symbol], self.compiled(items[0]), self.compiled(items[1]))
        if symbol in ("and", "or") and len(items) == 2:
            return partial(_both if symbol == "and" else _either, self.compiled(items[0]), self.compiled(items[1]))
        if symbol == "-" and len(items) == 1:
            return partial(_minus, self.compiled(items[0]))
        if symbol in FUNCTIONS:
            return self._called(symbol, items)
        raise ExpressionFault("unsupported", symbol)

    def _reference(self, name: str) -> _Worked:
        if name.startswith(_BEFORE):
            asked = name.removeprefix(_BEFORE)
            self.before.add(asked)
            return lambda scope: scope.before.get(asked, "")
        self.names.add(name)
        return lambda scope: scope.values.get(name, "")

    def _called(self, name: str, items: Sequence[Any]) -> _Worked:
        least, most, does = FUNCTIONS[name]
        if not least <= len(items) <= most:
            raise ExpressionFault("arguments", name)
        if name == "position":
            if items[0].symbol != "..":
                raise ExpressionFault("unsupported", "position")
            return lambda scope: float(scope.position)
        if name == "today":
            return lambda scope: scope.today
        if name == "regex":
            if items[1].symbol != "(string)":
                raise ExpressionFault("pattern", name)
            return partial(_matches, _pattern(str(items[1].value)), self.compiled(items[0]))
        if name == "if":
            condition, yes, no = map(self.compiled, items)
            return partial(_chosen, condition, yes, no)
        if name in OF_LISTS:
            listed = [str(item[0].value) for item in items if item.symbol == "$"]
            self.summed.update(one for one in listed if not one.startswith(_BEFORE))
        return partial(_call, does, tuple(map(self.compiled, items)))


def _given(value: Value, _scope: Scope) -> Value:
    return value


def _call(does: Callable[..., Any], items: Sequence[_Worked], scope: Scope) -> Any:
    return does(*(item(scope) for item in items))


def _minus(item: _Worked, scope: Scope) -> float:
    return -number(item(scope))


def _both(left: _Worked, right: _Worked, scope: Scope) -> bool:
    return truth(left(scope)) and truth(right(scope))


def _either(left: _Worked, right: _Worked, scope: Scope) -> bool:
    return truth(left(scope)) or truth(right(scope))


def _chosen(condition: _Worked, yes: _Worked, no: _Worked, scope: Scope) -> Any:
    return yes(scope) if truth(condition(scope)) else no(scope)


def _compare(how: Callable[[Any, Any], bool], left: _Worked, right: _Worked, scope: Scope) -> bool:
    one, other = left(scope), right(scope)
    if isinstance(one, date) or isinstance(other, date):
        first, second = day_of(one), day_of(other)
        return how(number(first), number(second))
    if how in _EQUAL and not isinstance(one, float) and not isinstance(other, float):
        if isinstance(one, bool) or isinstance(other, bool):
            return how(truth(one), truth(other))
        return how(words(one), words(other))
    return how(number(one), number(other))


def _count(how: Callable[[float, float], float], left: _Worked, right: _Worked, scope: Scope) -> float:
    try:
        return how(number(left(scope)), number(right(scope)))
    except (OverflowError, ZeroDivisionError, ValueError):
        return math.nan


def _matches(pattern: re.Pattern[str], item: _Worked, scope: Scope) -> bool:
    text = words(item(scope))
    return len(text) <= LONGEST_MATCHED and pattern.fullmatch(text) is not None


def _pattern(source: str) -> re.Pattern[str]:
    """A pattern that takes no long time whatever it is held against: no repeated groups, few parts of any length."""
    bare = re.sub(r"\[\^?\]?(?:\\.|[^\]\\])*\]", "x", re.sub(r"\\[^\[\]]", "x", source))
    if len(source) > LONGEST_PATTERN or re.search(r"\)\s*[*+{]", bare):
        raise ExpressionFault("pattern", source)
    if len(re.findall(r"[*+]|\{\d*,\d*\}", bare)) > MOST_OPEN:
        raise ExpressionFault("pattern", source)
    try:
        return re.compile(source)
    except (re.error, OverflowError, RecursionError):
        raise ExpressionFault("pattern", source) from None


def _equals(one: Any, other: Any) -> bool:
    return bool(one == other)


def _differs(one: Any, other: Any) -> bool:
    return bool(one != other)


_EQUAL = {_equals, _differs}
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": _equals,
    "!=": _differs,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_COUNTED: dict[str, Callable[[float, float], float]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "div": lambda one, other: one / other,
    "mod": math.fmod,
}
