"""Formulas: worked out as ODK does, and whatever is not on the list is refused with what it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.expressions import LONGEST, ExpressionFault, Scope, expression

SCOPE = Scope(
    {"n": 5.0, "many": "sac de", "day": date(2024, 11, 10), "list": [1.0, "", 2.5], "none": "", "text": "Sa Thầy"},
    date(2024, 11, 11),
    this=3.0,
    before={"n": 2.0},
    position=2,
)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("${n} + 3 > . and selected(${many}, 'sac')", True),
        ("selected(${many}, 'sa')", False),
        ("count-selected(${many})", 2.0),
        ("selected-at(${many}, 1)", "de"),
        ("if(. > 2, 'a', \"b\")", "a"),
        ("${n}-${last-saved#n}", 3.0),
        ("${n} div 2 mod 2", 0.5),
        ("${n} div 0 > 1", False),
        ("${none} > 3 or ${none} <= 3", False),
        ("${none} = '' and ${n} != ''", True),
        ("${day} <= today() and ${day} > '2024-11-09'", True),
        ("today() - ${day}", 1.0),
        ("format-date(${day}, '%d/%m/%Y')", "10/11/2024"),
        ("sum(${list})", 3.5),
        ("count(${list})", 3.0),
        ("max(${list}) - min(${list})", 1.5),
        ("coalesce(${none}, ${text})", "Sa Thầy"),
        ("concat(${n}, '/', ${text})", "5/Sa Thầy"),
        ("round(${n} div 3, 2)", 1.67),
        ("round(-2.5)", -2.0),
        ("int(2.9)", 2.0),
        ("substr('abcdef', 1, 3)", "bc"),
        ("regex('0912345678', '^0[0-9]{9}$')", True),
        ("regex('a0912345678', '0[0-9]{9}')", False),
        ("position(..)", 2.0),
        ("not(false()) and true() = (1 = 1)", True),
        ("'${n}'", "${n}"),
    ],
)
def test_what_formulas_come_to(source: str, value: Any) -> None:
    assert expression(source).value(SCOPE) == value


@pytest.mark.parametrize(
    ("source", "key", "about"),
    [
        ("../ten = 1", "unsupported", "/"),
        ("/data/ten", "unsupported", "/"),
        ("${n}[1]", "unsupported", "["),
        ("pulldata('a', 'b', 'c', 'd')", "function", "pulldata"),
        ("jr:choice-name(${n}, '${n}')", "function", "jr:choice-name"),
        ("1 +", "syntax", "1 +"),
        ("$n > 1", "syntax", "$n > 1"),
        ("selected(${n})", "syntax", "selected(${n})"),
        ("regex(., '(a+)+$')", "pattern", "(a+)+$"),
        ("regex(., 'a*b*c*d*')", "pattern", "a*b*c*d*"),
        ("regex(., '[')", "pattern", "["),
        ("regex(., ${n})", "pattern", "regex"),
        ("position(.)", "unsupported", "position"),
        ("(" * 30 + "1" + ")" * 30, "deep", "20"),
        ("1+" * LONGEST + "1", "long", str(LONGEST)),
    ],
)
def test_what_is_not_taken_is_named(source: str, key: str, about: str) -> None:
    with pytest.raises(ExpressionFault) as fault:
        expression(source)
    assert (fault.value.key, fault.value.about) == (key, about)


def test_a_formula_says_what_it_asks_for() -> None:
    read = expression("sum(${so_xe}) + ${n} - ${last-saved#n}")
    assert [set(read.names), set(read.summed), set(read.before)] == [{"so_xe", "n"}, {"so_xe"}, {"n"}]


@settings(max_examples=150, deadline=None)
@given(st.text("${}()[]/.,'\"<>=!+-*| ande0n1@:#", max_size=40))
def test_any_text_is_a_formula_or_a_fault(source: str) -> None:
    with suppress(ExpressionFault):
        expression(source).value(SCOPE)
