"""One XLSForm on its way in: its sheets, the language that is taken, and what was found about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.workbooks import CellFault
from bot.xlsforms.columns import GROUPS
from bot.xlsforms.sheets import CHOICES, SETTINGS, SURVEY, Row, Sheet, base_of, language_of, value_of
from content.questionnaires import Questionnaire
from content.text import Texts
from content.words import fold

OTHER = "other"
"""Name of the option ``or_other`` adds, and of the question that follows it: ``<question>_other``."""
OR_OTHER = "_or_other"
"""Ends the name of a list with that option."""
YES = frozenset({"yes", "true", "true()", "x"})
_SELECT = re.compile(r"(select[ _](?:one|multiple))(?: from)?\s+(\S+)(\s+or[ _]other)?", re.IGNORECASE)
_VIETNAMESE = re.compile(r"\bvi\b|tieng viet|vietnamese")


@dataclass(slots=True)
class Taken:
    """What became of an XLSForm."""

    form: Questionnaire | None = None
    """None when anything was refused."""
    faults: list[CellFault] = field(default_factory=list)
    left_out: list[CellFault] = field(default_factory=list)
    """What the form loses without being asked anything else."""


@dataclass(frozen=True, slots=True)
class Select:
    """The type of a question with options."""

    kind: str
    """``select_one`` or ``select_multiple``."""
    list_name: str
    other: bool


class Book:
    """The sheets, and what is wrong in them."""

    def __init__(self, sheets: dict[str, Sheet], text: Texts) -> None:
        self.survey = sheets[SURVEY]
        self.choices = sheets.get(CHOICES) or Sheet(CHOICES, {}, [])
        self.settings = sheets.get(SETTINGS) or Sheet(SETTINGS, {}, [])
        self.text = text
        self.found = Taken()
        self.rows = {value_of(row, "name"): row for row in reversed(self.survey.rows)}
        """Rows by the name of their question, the first of a name given twice."""
        self.setting = self.settings.rows[0] if self.settings.rows else Row(2, {})
        self.languages = self._languages()
        self.language = self._chosen()

    def refuse(self, row: Row | None, base: str, key: str, about: str = "", kind: str = "fault") -> None:
        self.fault(self.survey.cell(row, base), key, about[:200], kind)

    def fault(self, cell: str, key: str, about: str = "", kind: str = "fault", sheet: str = SURVEY) -> None:
        self.found.faults.append(CellFault(f"form_sheet.{kind}", key, cell, about, sheet))

    def leave_out(self, cell: str, key: str, about: str) -> None:
        self.found.left_out.append(CellFault("form_sheet.left_out", key, cell, about[:200], SURVEY))

    def said(self, row: Row | None, base: str) -> str:
        """Words in the chosen language as written (pyxform straightens quotation marks); where it has none, in any."""
        found = {} if row is None else {head: said for head, said in row.cells.items() if base_of(head) == base}
        own = (said for head, said in found.items() if language_of(head) == self.language)
        return next(own, next(iter(found.values()), ""))

    def option(self, list_name: str, name: str) -> str:
        """The label of an option, or its name without one."""
        original = list_name.removesuffix(OR_OTHER)
        for row in self.choices.rows:
            if value_of(row, "list_name") in (list_name, original) and value_of(row, "name") == name:
                return self.said(row, "label") or name
        return self.text("form_sheet.other") if name == OTHER else name

    def _languages(self) -> list[str]:
        """The languages labels are in, in the order of their columns."""
        spoken = [language_of(heading) for heading in self.survey.headings if base_of(heading) == "label"]
        return list(dict.fromkeys(filter(None, spoken)))

    def _chosen(self) -> str:
        """Vietnamese, else the form's own language, else labels without any, else the language that comes first."""
        vietnamese = [one for one in self.languages if _VIETNAMESE.search(fold(one))]
        default = [one for one in self.languages if one == value_of(self.setting, "default_language")]
        plain = any(heading.strip().lower() == "label" for heading in self.survey.headings)
        return next(iter(vietnamese or default or ([""] if plain else [*self.languages, ""])))


def type_of(row: Row) -> str:
    """The type of a row in one spelling: ``begin_group``, ``select_one``, ``start_geopoint``."""
    plain = " ".join(value_of(row, "type").lower().split())
    return GROUPS.get(plain, plain.replace("-", "_"))


def select_of(row: Row) -> Select | None:
    """The row as a question with a list of options; None for any other."""
    match = _SELECT.fullmatch(" ".join(value_of(row, "type").split()))
    return Select(match[1].lower().replace(" ", "_"), match[2], bool(match[3])) if match else None
