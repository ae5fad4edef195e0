"""A form of the department as an XLSForm: opens in ODK and Kobo, and read back it is the same form.

What XLSForm has no word for stands in columns of Loa's own (``loa::…``), which other programs pass over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.exports.sheets import add_sheet, new_workbook, packed
from bot.xlsforms.columns import ABOUT, BEFORE, EXAMPLE, FINER, KIND, PER, UNIT, WARNING, WARNING_MESSAGE, WRITTEN
from bot.xlsforms.sheets import CHOICES, SETTINGS, SURVEY
from content.questionnaires import ALWAYS, Group, Option, Question, Questionnaire

_COLUMNS = (
    ("type", 26), ("name", 24), ("label", 50), ("hint", 30), ("required", 10), ("relevant", 30), ("constraint", 24),
    ("constraint_message", 30), ("calculation", 30), ("default", 14), ("repeat_count", 14), (KIND, 12), (UNIT, 12),
    (EXAMPLE, 18), (WARNING, 24), (WARNING_MESSAGE, 30), (BEFORE, 12),
)  # fmt: skip
_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def give(form: Questionnaire, version: int) -> bytes:
    """The form as an .xlsx file."""
    workbook = new_workbook()
    rows = [[row.get(name, "") for name, _ in _COLUMNS] for row in _rows(form.items)]
    add_sheet(workbook, SURVEY, _COLUMNS, rows)
    lists = [[question.id, one.name, one.label] for question, one in _options(form)]
    add_sheet(workbook, CHOICES, (("list_name", 26), ("name", 24), ("label", 50)), lists)
    settings = (("form_title", 50), ("form_id", 24), ("version", 10), (PER, 10), (ABOUT, 60))
    add_sheet(workbook, SETTINGS, settings, [[form.title, form.id, str(version), form.per.value, form.about]])
    return packed(workbook)


def _rows(items: list[Group | Question]) -> Iterator[dict[str, str]]:
    for item in items:
        if isinstance(item, Question):
            yield _question(item)
            continue
        kind = "repeat" if item.repeat else "group"
        yield {
            "type": f"begin_{kind}",
            "name": item.id,
            "label": item.label,
            "relevant": item.relevant,
            "repeat_count": item.count,
        }
        yield from _rows(item.items)
        yield {"type": f"end_{kind}"}


def _question(question: Question) -> dict[str, str]:
    written = WRITTEN[question.kind]
    return {
        "type": f"{written} {question.id}" if question.options else written,
        "name": question.id,
        "label": question.label,
        "hint": question.hint,
        "required": "yes" if question.required == ALWAYS else question.required,
        "relevant": question.relevant,
        "constraint": question.constraint,
        "constraint_message": question.constraint_message,
        "calculation": question.calculation,
        "default": _default(question.default),
        KIND: question.kind.value if question.kind in FINER else "",
        UNIT: question.unit,
        EXAMPLE: question.example,
        WARNING: question.warning,
        WARNING_MESSAGE: question.warning_message,
        BEFORE: "yes" if question.before else "",
    }


def _default(formula: str) -> str:
    """A plain word stands without quotes, as XLSForm writes it."""
    literal = _LITERAL.fullmatch(formula)
    return (literal[1] or literal[2] or "") if literal else formula


def _options(form: Questionnaire) -> Iterator[tuple[Question, Option]]:
    for question in form.questions().values():
        for option in question.options:
            yield question, option
