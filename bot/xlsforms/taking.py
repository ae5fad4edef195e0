"""From an XLSForm to a form of the department: pyxform reads it, what Loa does not ask is refused by its cell.

Everything that is wrong is told at once. Types a device fills in by itself, how a question looks on a device, and other
languages than Vietnamese are left out and said; whatever would change what is asked is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from bot.xlsforms.columns import (
    ABOUT,
    BEFORE,
    BEGIN,
    END,
    EXAMPLE,
    FINER,
    GROUPS,
    KIND,
    KINDS,
    METADATA,
    PER,
    REFUSED,
    SHOWN_ONLY,
    UNIT,
    WARNING,
    WARNING_MESSAGE,
)
from bot.xlsforms.sheets import (
    CHOICES,
    SETTINGS,
    SURVEY,
    Row,
    Sheet,
    SheetFault,
    base_of,
    language_of,
    read_sheets,
    value_of,
)
from content.questionnaire_checks import flaws
from content.questionnaires import ALWAYS, Kind, Per, Questionnaire
from content.text import Texts
from content.words import fold

OTHER = "other"
"""Name of the option ``or_other`` adds, and of the question that follows it: ``<question>_other``."""
_OR_OTHER = "_or_other"
_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SELECT = re.compile(
    r"(select_one|select_multiple|select one|select multiple)(?: from)?\s+(\S+)(\s+or[ _]other)?", re.I
)
_YES, _NO = {"yes", "true", "true()", "x"}, {"no", "false", "false()", ""}
_COLUMN_OF = {
    "id": "name", "kind": "type", "repeat": "type", "options": "type", "items": "type", "count": "repeat_count",
    "warning": WARNING, "warning_message": WARNING_MESSAGE,
}  # fmt: skip


@dataclass(slots=True)
class Taken:
    """What became of an XLSForm."""

    form: Questionnaire | None = None
    """None when anything was refused."""
    faults: list[SheetFault] = field(default_factory=list)
    left_out: list[SheetFault] = field(default_factory=list)
    """What the form loses without being asked anything else."""


def take(content: bytes, name: str, text: Texts) -> Taken:
    """The form in a workbook called ``name``. Raises ImportFault when it is no XLSForm at all."""
    return _Taking(read_sheets(content), name, text).taken()


class _Taking:
    """One XLSForm on its way in."""

    def __init__(self, sheets: dict[str, Sheet], name: str, text: Texts) -> None:
        self.survey = sheets[SURVEY]
        self.choices = sheets.get(CHOICES) or Sheet(CHOICES, {}, [])
        self.settings = sheets.get(SETTINGS) or Sheet(SETTINGS, {}, [])
        self.name = name
        self.text = text
        self.found = Taken()
        self.rows = {value_of(row, "name"): row for row in reversed(self.survey.rows)}
        self.language = ""

    def taken(self) -> Taken:
        for row in self.survey.rows:
            self._check_type(row)
        self._check_columns()
        self._choose_language()
        if self.found.faults:
            return self.found
        tree = self._tree()
        if tree is None:
            return self.found
        self._build(tree)
        return self.found

    def _refuse(self, row: Row | None, base: str, key: str, about: str = "", kind: str = "fault") -> None:
        self.found.faults.append(SheetFault(SURVEY, self.survey.cell(row, base), key, about[:200], kind))

    def _leave_out(self, cell: str, key: str, about: str) -> None:
        self.found.left_out.append(SheetFault(SURVEY, cell, key, about[:200], "left_out"))

    def _check_type(self, row: Row) -> None:
        """Refuse a row whose type Loa does not ask; ``or_other`` is written out as a question of its own."""
        written = value_of(row, "type")
        plain = " ".join(written.lower().split())
        plain = GROUPS.get(plain, plain.replace("-", "_"))
        if not written or plain in END or plain in BEGIN or plain in KINDS:
            if plain in ("select_one", "select_multiple"):
                self._refuse(row, "type", "no_list")
            return
        if plain in METADATA:
            self.found.left_out.append(
                SheetFault(SURVEY, self.survey.cell(row, "type"), "metadata", written, "left_out")
            )
            return
        if _SELECT.fullmatch(" ".join(written.split())):
            return
        self._refuse(row, "type", "geo" if plain.startswith("geo") else "type", written)

    def _check_columns(self) -> None:
        for heading in self.survey.headings:
            base = base_of(heading)
            used = [row for row in self.survey.rows if row.cells.get(heading)]
            if base in REFUSED:
                for row in used:
                    self._refuse(row, base, base)
            elif base == "parameters":
                for row in used:
                    self._refuse(row, base, "parameters", row.cells[heading])
            elif base in SHOWN_ONLY and used:
                self._leave_out(self.survey.cell(used[0], base), "shown_only", heading)
        for row in self.survey.rows:
            if value_of(row, "read_only").lower() in _YES or value_of(row, "readonly").lower() in _YES:
                self._refuse(row, "read_only", "read_only")

    def _choose_language(self) -> None:
        """Vietnamese, else the form's own language, else the one that comes first; empty for labels without any."""
        spoken: dict[str, None] = {}
        for heading in self.survey.headings:
            language = language_of(heading)
            if language and base_of(heading) == "label":
                spoken.setdefault(language)
        first_row = self.settings.rows[0] if self.settings.rows else Row(2, {})
        vietnamese = [one for one in spoken if re.search(r"\bvi\b|tieng viet|vietnamese", fold(one))]
        default = value_of(first_row, "default_language")
        plain = any(heading.strip().lower() == "label" for heading in self.survey.headings)
        self.language = next(
            iter(vietnamese or [one for one in spoken if one == default] or ([""] if plain else [*spoken, ""]))
        )
        others = [one for one in spoken if one != self.language]
        if others:
            self._leave_out("", "languages", ", ".join(others))

    def _tree(self) -> dict[str, Any] | None:
        """The form as pyxform reads it; None after noting what it does not take."""
        from pyxform.errors import PyXFormError  # a second of imports
        from pyxform.xls2json import workbook_to_json
        from pyxform.xls2json_backends import DefinitionData
        from pyxform.xls2xform import create_survey_element_from_dict

        rows, choices = self._written_out()
        sheets: dict[str, Any] = {SURVEY: rows, CHOICES: choices}
        settings = self.settings.rows[0].cells if self.settings.rows else {}
        sheets[SETTINGS] = [{key: value for key, value in settings.items() if not key.startswith("loa")}]
        headers = {
            f"{name}_header": [dict.fromkeys(heading for row in given for heading in row)]
            for name, given in sheets.items()
        }
        try:
            found: dict[str, Any] = workbook_to_json(
                DefinitionData(**sheets, **headers), form_name="data", fallback_form_name="data", warnings=[]
            )
            create_survey_element_from_dict(found).to_xml(validate=False, warnings=[])  # validating runs Java
        except PyXFormError as error:
            message = " ".join(str(error).split())
            number = _ROW.search(message)
            cell = f"A{number[1]}" if number else ""
            about = _ROW.sub("", message)[:300]
            self.found.faults.append(SheetFault(SURVEY, cell, "xlsform", about))
            return None
        return found

    def _written_out(self) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
        """The rows for pyxform: without Loa's own columns and devices' types, ``or_other`` as an option and a question.

        An empty row keeps the place of a row left out, so that pyxform counts rows as Excel does.
        """
        rows: list[dict[str, str]] = []
        choices = [dict(row.cells) for row in self.choices.rows]
        last = 1
        for row in self.survey.rows:
            rows += [{} for _ in range(row.number - last - 1)]
            last = row.number
            cells = {heading: value for heading, value in row.cells.items() if base_of(heading) not in _OWN}
            match = _SELECT.fullmatch(" ".join(value_of(row, "type").split()))
            if " ".join(value_of(row, "type").lower().split()).replace(" ", "_") in METADATA:
                cells = {}
            elif match and match[3]:
                cells = self._with_other(cells, match, choices)
            rows.append(cells)
        return rows, choices

    def _with_other(self, cells: dict[str, str], match: re.Match[str], choices: list[dict[str, str]]) -> dict[str, str]:
        """A select with ``or_other``: its list gets one more option. The question for the words comes in the tree."""
        name, heading = match[2], next(key for key in cells if base_of(key) == "type")
        own = f"{name}{_OR_OTHER}"
        listed = [one for one in choices if one.get(self._heading("list_name"), one.get("list name", "")) == name]
        if listed and not any(one.get(self._heading("list_name")) == own for one in choices):
            copies = [{**one, self._heading("list_name"): own} for one in listed]
            label = {key: self.text("form_sheet.other") for key in listed[0] if base_of(key) == "label"}
            choices += [*copies, {self._heading("list_name"): own, "name": OTHER, **label}]
        kind = match[1].lower().replace(" ", "_")
        return {**cells, heading: f"{kind} {own}"}

    def _heading(self, base: str) -> str:
        return next((heading for heading in self.choices.headings if base_of(heading) == base), base)

    def _build(self, tree: dict[str, Any]) -> None:
        row = self.settings.rows[0] if self.settings.rows else Row(2, {})
        stem = PurePath(self.name).stem
        title = value_of(row, "form_title") or value_of(row, "title") or stem
        per = value_of(row, PER).lower() or Per.FREE.value
        if per not in set(Per):
            self.found.faults.append(SheetFault(SETTINGS, self.settings.cell(row, PER), "per", per))
            return
        data = {
            "id": _identifier(value_of(row, "form_id") or value_of(row, "id_string") or stem),
            "title": title,
            "about": value_of(row, ABOUT),
            "per": per,
            "items": self._items(tree["children"]),
        }
        if self.found.faults:
            return
        try:
            form = Questionnaire.model_validate(data)
        except ValidationError as error:
            self._note_shape(error, data)
            return
        for flaw in flaws(form):
            base = _COLUMN_OF.get(flaw.field, flaw.field)
            self._refuse(self.rows.get(flaw.id), base, flaw.key, flaw.about, "flaw")
        if not self.found.faults:
            self.found.form = form

    def _note_shape(self, error: ValidationError, data: dict[str, Any]) -> None:
        """What does not fit the shape of a form, by the row its question stands in."""
        for problem in error.errors(include_url=False, include_context=False):
            inner: Any = data
            name = ""
            steps = [step for step in problem["loc"] if step not in ("group", "question")]
            for step in steps:
                try:
                    inner = inner[step]
                except (LookupError, TypeError):
                    break
                if isinstance(inner, dict) and isinstance(step, int):
                    name = inner.get("id", name)
            base = _COLUMN_OF.get(str(steps[-1]), str(steps[-1])) if steps else "name"
            self._refuse(self.rows.get(name), base, "shape", str(problem["input"])[:80])

    def _items(self, children: list[dict[str, Any]]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        for node in children:
            kind, name = node["type"], node["name"]
            row = self.rows.get(name)
            if kind in ("group", "repeat"):
                inner = self._items(node.get("children", []))
                if inner:  # of what only a device fills in, and pyxform's own group, nothing is left
                    items.append(self._group(node, row, inner))
            elif row is not None:
                items += self._question(node, row)
        return items

    def _group(self, node: dict[str, Any], row: Row | None, inner: list[dict[str, Any]]) -> dict[str, Any]:
        bind = node.get("bind", {})
        return {
            "id": node["name"],
            "label": self._said(row, "label"),
            "relevant": bind.get("relevant", ""),
            "repeat": node["type"] == "repeat",
            "count": value_of(row, "repeat_count") if row else "",
            "items": inner,
        }

    def _question(self, node: dict[str, Any], row: Row) -> list[dict[str, Any]]:
        match = _SELECT.fullmatch(" ".join(value_of(row, "type").split()))
        written = (match[1] if match else value_of(row, "type")).lower().replace(" ", "_")
        kind = self._finer(KINDS[written], row)
        bind = node.get("bind", {})
        made: dict[str, Any] = {
            "id": node["name"],
            "kind": kind,
            "label": self._said(row, "label"),
            "hint": self._said(row, "hint"),
            "example": value_of(row, EXAMPLE),
            "unit": value_of(row, UNIT),
            "options": [
                {"name": one["name"], "label": self._option(node.get("list_name", ""), one["name"])}
                for one in node.get("choices", [])
            ],
            "required": _condition(bind.get("required", "")),
            "relevant": bind.get("relevant", ""),
            "constraint": bind.get("constraint", ""),
            "constraint_message": self._said(row, "constraint_message"),
            "warning": value_of(row, WARNING),
            "warning_message": value_of(row, WARNING_MESSAGE),
            "calculation": bind.get("calculate", ""),
            "default": _default(node.get("default", ""), written),
            "before": value_of(row, BEFORE).lower() in _YES,
        }
        if not (match and match[3]):
            return [made]
        specify = {
            "id": f"{node['name']}_{OTHER}",
            "kind": Kind.TEXT,
            "label": self.text("form_sheet.specify"),
            "relevant": f"selected(${{{node['name']}}}, '{OTHER}')",
        }
        return [made, specify]

    def _option(self, list_name: str, name: str) -> str:
        """The label of an option, or its name without one."""
        original = list_name.removesuffix(_OR_OTHER)
        for row in self.choices.rows:
            if value_of(row, "list_name") in (list_name, original) and value_of(row, "name") == name:
                return self._said(row, "label") or name
        return self.text("form_sheet.other") if name == OTHER else name

    def _finer(self, kind: Kind, row: Row) -> Kind:
        """The kind Loa's own column names, where the type lets it."""
        named = value_of(row, KIND).lower()
        if not named or named == kind.value:
            return kind
        if named not in set(Kind) or kind not in FINER.get(Kind(named), ()):
            self._refuse(row, KIND, "kind", named)
            return kind
        return Kind(named)

    def _said(self, row: Row | None, base: str) -> str:
        """Words in the chosen language as written (pyxform straightens quotation marks); where it has none, in any."""
        found = {} if row is None else {head: said for head, said in row.cells.items() if base_of(head) == base}
        own = (said for head, said in found.items() if language_of(head) == self.language)
        return next(own, next(iter(found.values()), ""))


_OWN = frozenset({KIND, UNIT, EXAMPLE, BEFORE, WARNING, WARNING_MESSAGE}) | SHOWN_ONLY


def _identifier(written: str) -> str:
    """A form's id in letters, digits, dashes and underscores."""
    plain = re.sub(r"[^a-z0-9_-]+", "_", fold(written)).strip("_")[:40]
    return plain if plain[:1].isalpha() else f"form_{plain}"[:40]


def _condition(written: str) -> str:
    plain = written.strip().lower()
    return ALWAYS if plain in _YES else "" if plain in _NO else written


def _default(written: str, type_: str) -> str:
    """A default as a formula: XLSForm writes a plain word without quotes."""
    from pyxform.utils import default_is_dynamic

    if not written or default_is_dynamic(written, type_):
        return written
    try:
        float(written)
        return written
    except ValueError:
        return f'"{written}"' if "'" in written else f"'{written}'"
