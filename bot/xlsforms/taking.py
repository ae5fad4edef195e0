"""From an XLSForm to a form of the department: pyxform reads it, what Loa does not ask is refused by its cell.

Everything that is wrong is told at once. Types a device fills in by itself, how a question looks on a device, and other
languages than Vietnamese are left out and said; whatever would change what is asked is refused.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from bot.xlsforms.book import OTHER, YES, Book, Taken, select_of, type_of
from bot.xlsforms.columns import (
    ABOUT,
    BEFORE,
    EXAMPLE,
    FINER,
    KIND,
    KINDS,
    PER,
    UNIT,
    WARNING,
    WARNING_MESSAGE,
)
from bot.xlsforms.refusals import check
from bot.xlsforms.sheets import SETTINGS, Row, read_sheets, value_of
from bot.xlsforms.tree import tree_of
from content.questionnaire_checks import flaws
from content.questionnaires import ALWAYS, MOST_OPTIONS, Kind, Per, Questionnaire
from content.text import Texts
from content.words import fold

_NO = frozenset({"no", "false", "false()", ""})
_COLUMN_OF = {
    "id": "name", "kind": "type", "repeat": "type", "options": "type", "items": "type", "count": "repeat_count",
    "warning": WARNING, "warning_message": WARNING_MESSAGE,
}  # fmt: skip


def take(content: bytes, name: str, text: Texts) -> Taken:
    """The form in a workbook called ``name``. Raises ImportFault when it is no XLSForm at all."""
    book = Book(read_sheets(content), text)
    check(book)
    tree = None if book.found.faults else tree_of(book)
    if tree is not None:
        _Form(book, PurePath(name).stem).put_together(tree)
    return book.found


class _Form:
    """The form while it is put together from pyxform's tree and the rows as they were written."""

    def __init__(self, book: Book, stem: str) -> None:
        self.book = book
        self.stem = stem

    def put_together(self, tree: dict[str, Any]) -> None:
        """Set the form, or note what does not fit together."""
        book, row, stem = self.book, self.book.setting, self.stem
        title = value_of(row, "form_title") or value_of(row, "title") or stem
        per = value_of(row, PER).lower() or Per.FREE.value
        if per not in set(Per):
            book.fault(book.settings.cell(row, PER), "per", per, sheet=SETTINGS)
            return
        data = {
            "id": _identifier(value_of(row, "form_id") or value_of(row, "id_string") or stem),
            "title": title,
            "about": value_of(row, ABOUT),
            "per": per,
            "items": self._items(tree["children"]),
        }
        if book.found.faults:
            return
        try:
            form = Questionnaire.model_validate(data)
        except ValidationError as error:
            self._note_shape(error, data)
            return
        for flaw in flaws(form):
            base = _COLUMN_OF.get(flaw.field, flaw.field)
            book.refuse(book.rows.get(flaw.id), base, flaw.key, flaw.about, "flaw")
        if not book.found.faults:
            book.found.form = form

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
            if problem["type"] == "too_long":
                self.book.refuse(self.book.rows.get(name), base, "too_many_options", str(MOST_OPTIONS))
            else:
                self.book.refuse(self.book.rows.get(name), base, "shape", str(problem["input"])[:80])

    def _items(self, children: list[dict[str, Any]]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        for node in children:
            kind, name = node["type"], node["name"]
            row = self.book.rows.get(name)
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
            "label": self.book.said(row, "label"),
            "relevant": bind.get("relevant", ""),
            "repeat": node["type"] == "repeat",
            "count": value_of(row, "repeat_count") if row else "",
            "items": inner,
        }

    def _question(self, node: dict[str, Any], row: Row) -> list[dict[str, Any]]:
        select = select_of(row)
        written = select.kind if select else type_of(row)
        kind = self._finer(KINDS[written], row)
        bind = node.get("bind", {})
        made: dict[str, Any] = {
            "id": node["name"],
            "kind": kind,
            "label": self.book.said(row, "label"),
            "hint": self.book.said(row, "hint"),
            "example": value_of(row, EXAMPLE),
            "unit": value_of(row, UNIT),
            "options": [
                {"name": one["name"], "label": self.book.option(node.get("list_name", ""), one["name"])}
                for one in node.get("choices", [])
            ],
            "required": _condition(bind.get("required", "")),
            "relevant": bind.get("relevant", ""),
            "constraint": bind.get("constraint", ""),
            "constraint_message": self.book.said(row, "constraint_message"),
            "warning": value_of(row, WARNING),
            "warning_message": value_of(row, WARNING_MESSAGE),
            "calculation": bind.get("calculate", ""),
            "default": _default(node.get("default", ""), written),
            "before": value_of(row, BEFORE).lower() in YES,
        }
        if select is None or not select.other:
            return [made]
        specify = {
            "id": f"{node['name']}_{OTHER}",
            "kind": Kind.TEXT,
            "label": self.book.text("form_sheet.specify"),
            "relevant": f"selected(${{{node['name']}}}, '{OTHER}')",
        }
        return [made, specify]

    def _finer(self, kind: Kind, row: Row) -> Kind:
        """The kind Loa's own column names, where the type lets it."""
        named = value_of(row, KIND).lower()
        if not named or named == kind.value:
            return kind
        if named not in set(Kind) or kind not in FINER.get(Kind(named), ()):
            self.book.refuse(row, KIND, "kind", named)
            return kind
        return Kind(named)


def _identifier(written: str) -> str:
    """A form's id in letters, digits, dashes and underscores."""
    plain = re.sub(r"[^a-z0-9_-]+", "_", fold(written)).strip("_")[:40]
    return plain if plain[:1].isalpha() else f"form_{plain}"[:40]


def _condition(written: str) -> str:
    plain = written.strip().lower()
    return ALWAYS if plain in YES else "" if plain in _NO else written


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
