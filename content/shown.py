"""Answers to the questions of a form as people read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from content.figures import PERCENT, day, figure
from content.periods import told_period
from content.questionnaires import FILES, NAMED, Kind, Question

DECIMALS = 4
"""Of a decimal number."""


def shown_answer(question: Question, answer: Any, agency_name: Callable[[str], str]) -> str:
    """The answer with its unit: ``1.250,5 kg``, ``5/7 thôn (71,4%)``, ``15/11/2024``; files by their names."""
    kind, unit = question.kind, question.unit
    if kind is Kind.RATIO:
        share = figure(100 * answer["part"] / answer["whole"])
        return f"{figure(answer['part'], DECIMALS)}/{figure(answer['whole'], DECIMALS)} {unit}".strip() + f" ({share}%)"
    if kind is Kind.PERCENT:
        return f"{figure(answer, DECIMALS)}{PERCENT}"
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        return f"{figure(answer, DECIMALS)} {unit or ('đồng' if kind is Kind.MONEY else '')}".strip()
    if kind is Kind.DATE:
        return day(date.fromisoformat(answer))
    if kind is Kind.PERIOD:
        return told_period(answer)
    if kind is Kind.ONE:
        return _label(question, answer)
    if kind is Kind.MANY:
        return ", ".join(_label(question, name) for name in answer)
    if kind in NAMED:
        return agency_name(answer)
    if kind in FILES:
        return ", ".join(file["name"] for file in answer)
    return str(answer)


def _label(question: Question, name: str) -> str:
    return next((option.label for option in question.options if option.name == name), name)
