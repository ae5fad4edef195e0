"""Directives and their items, plans with tasks and indicators."""

from __future__ import annotations

from starlette.requests import Request
from starlette_admin import BaseField, IntegerField

from bot.web.console.tables.base import Table
from content.figures import told
from handlers.digests.rendering import document_label
from handlers.digests.sections import document_json
from storage.directives import Directive, DirectiveItem
from storage.plans import Indicator, Plan, Task, leads_of


class DirectiveTable(Table):
    """Documents that direct. They are corrected in their review, and their way into force is on the page of each."""

    key = "directives"
    table = Directive
    fields_default_sort = (("period_from", True),)
    searchable_fields = ("title", "number", "kind", "state", "period_from")

    def columns(self) -> list[BaseField]:
        return [
            self.link("title", "/console/directives/{pk}", most=300),
            self.one_of("kind", self.section("digest.document.kind")),
            self.words("number", most=60),
            self.words("issuer", most=200, exclude_from_list=True),
            self.day("issued_on"),
            self.day("period_from"),
            self.day("period_to"),
            self.one_of("state", self.section("console.directive.states")),
        ]

    def can_view_detail(self, request: Request) -> bool:
        return False  # the page of the directive shows more

    async def repr(self, obj: Directive, request: Request) -> str:
        return obj.title


class ItemTable(Table):
    """Items of directives that have come into force."""

    key = "items"
    table = DirectiveItem
    searchable_fields = ("title", "summary", "from_date")
    sortable_fields = ("title", "from_date", "to_date")
    fields_default_sort = ("from_date",)
    then_by = "position"

    def columns(self) -> list[BaseField]:
        return [
            self.words("path"),
            self.link("title", most=160),
            self.paragraphs("summary", most=500, exclude_from_list=True),
            self.link(
                "document",
                "/console/items/{pk}",
                getter=self._document,
                orderable=False,
                filters=[],
            ),
            self.day("from_date"),
            self.day("to_date"),
            self.words("period_as_written", most=200, exclude_from_list=True),
        ]

    async def _document(self, request: Request, row: DirectiveItem) -> str:
        directive = await request.state.session.get(Directive, row.directive_id)
        return document_label(self.paper.loa.catalog, document_json(directive))

    async def repr(self, obj: DirectiveItem, request: Request) -> str:
        return obj.title


class PlanTable(Table):
    """Plans, as the content has them."""

    key = "plans"
    table = Plan
    searchable_fields = ("name", "number")

    def columns(self) -> list[BaseField]:
        return [
            self.link("name"),
            self.words("number"),
            self.agency("issuer"),
            IntegerField("year_from", label=self.text("console.field.year_from")),
            IntegerField("year_to", label=self.text("console.field.year_to")),
            self.words("id", exclude_from_list=True),
        ]

    async def repr(self, obj: Plan, request: Request) -> str:
        return obj.name


class TaskTable(Table):
    """Tasks of plans with the deadline as written and as the last safe day."""

    key = "tasks"
    table = Task
    searchable_fields = ("title", "place", "plan_id", "due")
    sortable_fields = ("title", "plan_id", "due")
    fields_default_sort = ("plan_id",)
    then_by = "position"

    def columns(self) -> list[BaseField]:
        return [
            self.link("title"),
            self.shown("leads", self._leads),
            self.day("due"),
            self.one_of("plan_id", self._plans()),
            self.words("deadline_as_written", exclude_from_list=True),
            self.day("cut_off", exclude_from_list=True),
            self.words("place", exclude_from_list=True),
            self.words("path", exclude_from_list=True),
            self.words("id", exclude_from_list=True),
        ]

    def _plans(self) -> list[tuple[str, str]]:
        return [(key, plan.name) for key, plan in self.paper.loa.catalog.province.plans.items()]

    async def _leads(self, request: Request, row: Task) -> str | None:
        leads = (await leads_of(request.state.session, [row.id])).get(row.id, [])
        known = self.paper.loa.catalog.province.agencies
        return "; ".join(known[lead].name if lead in known else lead for lead in leads) or None

    async def repr(self, obj: Task, request: Request) -> str:
        return obj.title


class IndicatorTable(Table):
    """What is counted, and how much of it is wanted."""

    key = "indicators"
    table = Indicator
    searchable_fields = ("name", "plan_id")
    sortable_fields = ("name", "plan_id")
    fields_default_sort = ("plan_id",)
    then_by = "position"

    def columns(self) -> list[BaseField]:
        plans = [(key, plan.name) for key, plan in self.paper.loa.catalog.province.plans.items()]
        return [
            self.link("name"),
            self.shown("task", self._task),
            self.shown("target", self._target),
            self.one_of("plan_id", plans, exclude_from_list=True),
            self.words("cadence", exclude_from_list=True),
            self.words("id", exclude_from_list=True),
        ]

    async def _task(self, request: Request, row: Indicator) -> str | None:
        task = await request.state.session.get(Task, row.task_id) if row.task_id else None
        return task.title if task else None

    async def _target(self, _request: Request, row: Indicator) -> str | None:
        if row.target is None:
            return None
        value = told({"value": row.target, "part": None, "whole": None}, row.unit or "")
        return self.text(f"console.comparison.{row.comparison or 'eq'}", value=value)

    async def repr(self, obj: Indicator, request: Request) -> str:
        return obj.name
