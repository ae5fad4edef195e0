"""What all tables share: read-only unless said otherwise, labels by key, search without diacritics, audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import Select, false
from sqlalchemy.exc import StatementError
from sqlmodel import SQLModel, col, select
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import (
    BaseField,
    DateField,
    DateTimeField,
    EnumField,
    RowActionsPosition,
    StringField,
    TextAreaField,
)
from starlette_admin.contrib.sqlmodel import ModelView
from starlette_admin.events import AdminEvent, EventContext
from starlette_admin.filters.base import FilterGroup
from starlette_admin.validators import length

from bot.web.console.office import who
from bot.web.console.paper import Paper, day
from bot.web.console.powers import Power, may
from content.whole_numbers import whole
from content.words import fold
from handlers.messages import clean_text
from storage.audit import note

FAR = 1_000_000_000
"""Rows that may be skipped at most: an address with more is no page of ours."""
SEARCH_LIMIT = 100
"""Characters of a search."""


class Words(StringField):
    """One line of text, cleaned like everything people write."""

    async def parse_form_data(self, request: Request, form_data: FormData) -> str | None:
        return clean_text(str(form_data.get(self.id) or "")) or None


class Paragraphs(TextAreaField):
    """Several lines of text."""

    async def parse_form_data(self, request: Request, form_data: FormData) -> str | None:
        return clean_text(str(form_data.get(self.id) or "").replace("\r\n", "\n")) or None


@dataclass
class Link(StringField):
    """Text that opens a page of the console; ``page`` is its address with ``{pk}`` in it."""

    page: str = ""
    list_template: str = "fields/link.html"


@dataclass
class Day(DateField):
    """A day, written and picked with the browser's own calendar: no script, no other host."""

    class_: str = "form-control"
    unreadable: str = ""
    """What to say of something that is no day."""

    async def parse_form_data(self, request: Request, form_data: FormData) -> Any:
        raw = str(form_data.get(self.id) or "")
        try:
            return date.fromisoformat(raw) if raw else None
        except ValueError:
            return raw

    async def validate(self, request: Request, value: Any, form_values: dict[str, Any]) -> None:
        if isinstance(value, str):
            raise ValueError(self.unreadable)
        await super().validate(request, value, form_values)

    async def serialize_value(self, request: Request, value: Any) -> str:
        if request.state.action.is_form():
            return str(value)
        return day(value)

    def additional_css_links(self, request: Request) -> list[str]:
        return []

    def additional_js_links(self, request: Request) -> list[str]:
        return []


@dataclass
class OneOf(EnumField):
    """One of several values, shown in words; a value that is not offered is refused, one no longer known is shown."""

    unknown: str = ""
    """What to say of a value that is not offered."""

    async def validate(self, request: Request, value: Any, form_values: dict[str, Any]) -> None:
        await super().validate(request, value, form_values)
        if value is not None and value not in {known for known, _ in self._get_choices(request)}:
            raise ValueError(self.unknown)

    def _get_label(self, value: Any, request: Request) -> Any:
        return dict(self._get_choices(request)).get(value, value)


class Table(ModelView):
    """A table of the console. Subclasses name their model, key and columns."""

    table: ClassVar[type[SQLModel]]
    edit_power: ClassVar[Power | None] = None
    """Who may edit rows; nobody when None."""
    see_power: ClassVar[Power] = Power.SEE
    private: ClassVar[frozenset[str]] = frozenset()
    """Fields whose values the audit log does not repeat."""
    then_by: ClassVar[str] = ""
    """Column rows are ordered by where the chosen order leaves them equal."""
    searched_in_rows: ClassVar[bool] = True
    """Search reads the rows and compares without diacritics; for tables of hundreds, not of millions."""

    page_size = 25
    page_size_options = (25, 50, 100)
    column_visibility = False
    row_actions_position = RowActionsPosition.AFTER_COLUMNS
    search_highlight = False
    exporters = ()
    importers = ()

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.text = paper.loa.catalog.text
        self.fields = self.columns()
        assert self.key is not None
        super().__init__(
            self.table,
            display_name=self.text(f"console.table.{self.key}.one"),
            menu_label=self.text(f"console.table.{self.key}.many"),
        )
        if self._pk_coerce is not int:
            self._pk_coerce = str  # SQLModel's own text type does not tell starlette-admin what it holds
        for name in self._row_actions:
            # A row of the list opens its page; what can be done stands there, in words.
            changed: dict[str, Any] = {**self._row_actions[name], "exclude_from_list": True}
            if name not in ("view", "edit", "delete"):
                changed["text"] = changed["submit_btn_text"] = self.text(f"console.action.{name}.text")
                changed["confirmation"] = self.text(f"console.action.{name}.confirmation")
            self._row_actions[name] = changed
        self.events.on(AdminEvent.AFTER_EDIT, self._note_edit)
        self.events.on(AdminEvent.AFTER_CREATE, self._note_create)

    def columns(self) -> list[BaseField]:
        """The fields, in order."""
        raise NotImplementedError

    @property
    def lead(self) -> str:
        """What stands above the table."""
        return self.text(f"console.table.{self.key}.lead")

    # Fields -----------------------------------------------------------------------------------------------------

    def words(self, name: str, most: int = 0, **options: Any) -> Words:
        return Words(name, label=self._label(name), **self._limited(most), **options)

    def paragraphs(self, name: str, most: int = 0, **options: Any) -> Paragraphs:
        return Paragraphs(name, label=self._label(name), **self._limited(most), **options)

    def link(self, name: str, page: str = "", most: int = 0, **options: Any) -> Link:
        """Text that opens ``page``, or the row's own page when there is none."""
        page = page or f"/console/tables/{self.key}/detail?pk={{pk}}"
        return Link(name, label=self._label(name), page=page, **self._limited(most), **options)

    def day(self, name: str, **options: Any) -> Day:
        return Day(name, label=self._label(name), unreadable=self.text("console.no_such_day"), **options)

    def moment(self, name: str, **options: Any) -> DateTimeField:
        return DateTimeField(name, label=self._label(name), output_format="HH:mm dd/MM/yyyy", **options)

    def one_of(self, name: str, choices: Sequence[tuple[str, str]], **options: Any) -> OneOf:
        return OneOf(
            name, label=self._label(name), choices=choices, unknown=self.text("console.not_offered"), **options
        )

    def agency(self, name: str, **options: Any) -> OneOf:
        """An agency by its name."""
        known = sorted(self.paper.loa.catalog.province.agencies.values(), key=lambda agency: fold(agency.name))
        return self.one_of(name, [(agency.id, agency.name) for agency in known], **options)

    def section(self, key: str) -> list[tuple[str, str]]:
        """The texts below ``key`` as choices."""
        return list(self.text.section(key).items())

    def shown(self, name: str, getter: Callable[[Request, Any], Any], **options: Any) -> StringField:
        """Something worked out from the row, only to be read."""
        return StringField(
            name,
            label=self._label(name),
            getter=getter,
            exclude_from_create=True,
            exclude_from_edit=True,
            orderable=False,
            searchable=False,
            filters=[],
            **options,
        )

    def _label(self, name: str) -> str:
        return self.text(f"console.field.{name}")

    def _limited(self, most: int) -> dict[str, Any]:
        if not most:
            return {}
        message = self.text("console.too_long_field", most=most)
        return {"maxlength": most, "validators": [length(max=most, message=message)]}

    # Who may ----------------------------------------------------------------------------------------------------

    def is_accessible(self, request: Request) -> bool:
        return may(who(request), self.see_power)

    def can_create(self, request: Request) -> bool:
        return False

    def can_edit(self, request: Request) -> bool:
        return self.edit_power is not None and may(who(request), self.edit_power)

    def can_delete(self, request: Request) -> bool:
        return False

    def can_export(self, request: Request) -> bool:
        return False

    def can_import(self, request: Request) -> bool:
        return False

    # Looking ----------------------------------------------------------------------------------------------------

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        text = str(pk)
        if not text.isprintable() or len(text) > 60 or (self._pk_coerce is int and whole(text) is None):
            raise HTTPException(404)
        return await super().find_by_pk(request, pk)

    async def find_all(
        self,
        request: Request,
        skip: int = 0,
        limit: int = 100,
        q: str | None = None,
        sorts: Sequence[tuple[str, str]] | None = None,
        filters: FilterGroup | None = None,
    ) -> Sequence[Any]:
        try:
            return await super().find_all(request, min(skip, FAR), limit, q, sorts, filters)
        except StatementError as error:  # a filter for a state that does not exist
            raise HTTPException(400) from error

    async def count(self, request: Request, q: str | None = None, filters: FilterGroup | None = None) -> int:
        try:
            return await super().count(request, q, filters)
        except StatementError as error:
            raise HTTPException(400) from error

    def build_order_clauses(self, request: Request, sorts: Sequence[tuple[str, str]], stmt: Select[Any]) -> Select[Any]:
        ordered = super().build_order_clauses(request, sorts, stmt)
        return ordered.order_by(getattr(self.model, self.then_by)) if self.then_by else ordered

    async def build_full_text_search_query(self, request: Request, term: str, model: Any) -> Any:
        """Rows that hold every word of the search somewhere in their searchable fields."""
        words = fold(clean_text(term)[:SEARCH_LIMIT]).split()
        if not self.searched_in_rows:
            return self.get_search_query(request, clean_text(term)[:SEARCH_LIMIT])
        fields = [field for field in self.get_fields_list(request) if field.searchable]
        rows = (await request.state.session.exec(select(self.model))).all()
        found = []
        for row in rows:
            text = fold(" ".join([await self._searched(request, row, field) for field in fields]))
            if all(word in text for word in words):
                found.append(await self.get_pk_value(request, row))
        assert not isinstance(self._pk_column, tuple)
        return col(self._pk_column).in_(found) if found else false()

    async def _searched(self, request: Request, row: Any, field: BaseField) -> str:
        value = await field.parse_obj(request, row)
        if value is None:
            return ""
        return str(await self.serialize_field_value(value, field, request))

    # Changing ---------------------------------------------------------------------------------------------------

    async def validate(self, request: Request, data: dict[str, Any]) -> None:
        """The fields check themselves; the model would only repeat it, in English."""

    async def handle_row_action(self, request: Request, pk: Any, name: str) -> Response | None:
        """As starlette-admin does it, but a row that is not there is said to be missing."""
        if await self.find_by_pk(request, pk) is None:
            raise HTTPException(404)
        return await super().handle_row_action(request, pk, name)

    def note(self, request: Request, action: str, pk: Any, **detail: Any) -> None:
        """Write the change into the audit log, in its own transaction."""
        now = self.paper.loa.clock.now()
        note(request.state.session, who(request).name, f"{self.key}.{action}", f"{self.key}:{pk}", now, **detail)

    async def _note_edit(self, context: EventContext) -> None:
        before: dict[str, Any] = context.old_data  # type: ignore[attr-defined]
        row = context.obj  # type: ignore[attr-defined]
        changed = {
            name: None if name in self.private else [_plain(old), _plain(getattr(row, name))]
            for name, old in before.items()
            if hasattr(row, name) and getattr(row, name) != old
        }
        self.note(context.request, "edited", context.pk, changed=changed)  # type: ignore[attr-defined]

    async def _note_create(self, context: EventContext) -> None:
        self.note(context.request, "created", context.pk)  # type: ignore[attr-defined]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | bool | str) else str(value)
