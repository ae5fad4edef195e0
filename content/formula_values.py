"""What formulas are made of: values as ODK turns one kind into another, and the functions on the list."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Value = float | str | bool | date
"""Of one question. A question with several choices is their names with spaces between."""
Values = list[Value]
"""Of a question in a repeated group, seen from outside it."""

_EPOCH = date(1970, 1, 1)


def number(value: Any) -> float:
    """A value as a number; a day as days since 1970; NaN where it is none."""
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, float):
        return value
    if isinstance(value, date):
        return float((value - _EPOCH).days)
    if isinstance(value, list):
        return number(value[0]) if value else math.nan
    try:
        return float(value)
    except ValueError:
        return math.nan


def words(value: Any) -> str:
    """A value as text: 5.0 is "5", a day is 2024-11-15."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return words(value[0]) if value else ""
    return str(value)


def truth(value: Any) -> bool:
    """Whether a value counts as true: a number other than 0, a text that is not empty, a list that is not."""
    if isinstance(value, float):
        return not math.isnan(value) and value != 0
    return bool(value)


def day_of(value: Any) -> date | str:
    """A value as a day; empty text where it is none."""
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return ""
    days = number(value)
    if math.isnan(days) or abs(days) > 100_000:
        return ""
    return _EPOCH + timedelta(days=int(days))


def _numbers(*given: Any) -> list[float]:
    """Every number among the arguments; what has no answer is left out."""
    flat = [one for each in given for one in (each if isinstance(each, list) else [each])]
    return [found for found in map(number, flat) if not math.isnan(found)]


def _selected(chosen: Any, name: Any) -> bool:
    return words(name) in words(chosen).split()


def _nth_selected(chosen: Any, place: Any) -> str:
    names, index = words(chosen).split(), number(place)
    return names[int(index)] if 0 <= index < len(names) else ""


def _rounded(value: Any, places: Any = 0.0) -> float:
    found, digits = number(value), number(places)
    if math.isnan(found) or math.isinf(found) or not 0 <= digits <= 10:
        return math.nan
    scale = 10.0 ** int(digits)
    return math.floor(found * scale + 0.5) / scale


def _whole(value: Any) -> float:
    found = number(value)
    return float(math.trunc(found)) if math.isfinite(found) else math.nan


def _power(base: Any, exponent: Any) -> float:
    try:
        found = number(base) ** number(exponent)
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return math.nan if isinstance(found, complex) else found


def _part(text: Any, first: Any, after: Any = math.inf) -> str:
    """``substr``: from ``first`` to before ``after``, counted from 0."""
    begin, end = number(first), number(after)
    if math.isnan(begin) or math.isnan(end):
        return ""
    whole = words(text)
    return whole[int(min(begin, len(whole))) : int(min(end, len(whole)))]


def _dated(value: Any, form: Any) -> str:
    """``format-date``, with the signs ODK has for days, months and years."""
    day = day_of(value)
    if isinstance(day, str):
        return ""
    signs = {"%Y": f"{day.year:04}", "%y": f"{day:%y}", "%m": f"{day.month:02}", "%n": str(day.month)}
    signs |= {"%d": f"{day.day:02}", "%e": str(day.day)}
    return re.sub(r"%.", lambda match: signs.get(match[0], match[0]), words(form))


def _in_place(*_given: Any) -> Any:
    """Of a function that is worked out where it stands."""
    raise AssertionError("not a function of values")


def _filled(*given: Any) -> float:
    return float(sum(1 for each in given for one in (each if isinstance(each, list) else [each]) if words(one)))


def _joined(between: Any, *given: Any) -> str:
    flat = [one for each in given for one in (each if isinstance(each, list) else [each])]
    return words(between).join(words(one) for one in flat)


_MANY = 20
OF_LISTS = frozenset({"sum", "count", "count-non-empty", "min", "max", "join"})
"""Functions that take all the answers to a question of a repeated group."""
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "selected": (2, 2, _selected),
    "selected-at": (2, 2, _nth_selected),
    "count-selected": (1, 1, lambda chosen: float(len(words(chosen).split()))),
    "if": (3, 3, _in_place),
    "not": (1, 1, lambda value: not truth(value)),
    "true": (0, 0, lambda: True),
    "false": (0, 0, lambda: False),
    "boolean": (1, 1, truth),
    "coalesce": (2, 2, lambda one, other: one if words(one) else other),
    "number": (1, 1, number),
    "string": (1, 1, words),
    "int": (1, 1, _whole),
    "round": (1, 2, _rounded),
    "floor": (1, 1, lambda value: float(math.floor(number(value))) if math.isfinite(number(value)) else math.nan),
    "ceiling": (1, 1, lambda value: float(math.ceil(number(value))) if math.isfinite(number(value)) else math.nan),
    "abs": (1, 1, lambda value: abs(number(value))),
    "pow": (2, 2, _power),
    "sum": (1, 1, lambda given: float(sum(_numbers(given)))),
    "count": (1, 1, lambda given: float(len(given)) if isinstance(given, list) else _filled(given)),
    "count-non-empty": (1, 1, _filled),
    "min": (1, _MANY, lambda *given: min(_numbers(*given), default=math.nan)),
    "max": (1, _MANY, lambda *given: max(_numbers(*given), default=math.nan)),
    "join": (2, _MANY, _joined),
    "concat": (1, _MANY, lambda *given: "".join(words(one) for one in given)),
    "string-length": (1, 1, lambda value: float(len(words(value)))),
    "normalize-space": (1, 1, lambda value: " ".join(words(value).split())),
    "contains": (2, 2, lambda text, part: words(part) in words(text)),
    "starts-with": (2, 2, lambda text, part: words(text).startswith(words(part))),
    "ends-with": (2, 2, lambda text, part: words(text).endswith(words(part))),
    "substr": (2, 3, _part),
    "regex": (2, 2, _in_place),
    "today": (0, 0, _in_place),
    "date": (1, 1, day_of),
    "format-date": (2, 2, _dated),
    "decimal-date-time": (1, 1, lambda value: number(day_of(value))),
    "position": (1, 1, _in_place),
}
"""How many arguments each takes, least and most, and what it does; ``if``, ``regex``, ``today`` and ``position`` are
worked out where they stand."""
