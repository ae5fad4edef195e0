"""Books of what happened: reports, deliveries, the audit log. Nothing in them is edited."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlmodel import col, or_
from starlette.requests import Request
from starlette_admin import BaseField, IntegerField, row_action
from starlette_admin.helpers import on_commit

from bot.web.console.editions import agency_name
from bot.web.console.office import who
from bot.web.console.powers import Power, may
from bot.web.console.tables.base import Table, Words
from handlers import digests
from handlers.plans.periods import titled
from storage.audit import AuditEntry
from storage.contacts import Account, Contact
from storage.digests import Delivery, DeliveryState
from storage.plans import Task
from storage.reports import ProgressReport
from storage.updates import InboundUpdate, UpdateState, retry_updates


class ProgressTable(Table):
    """Progress reports, one line for each agency, task and period."""

    key = "progress"
    table = ProgressReport
    searchable_fields = ("agency_id", "receipt", "state")
    sortable_fields = ("agency_id", "state", "version", "updated_at")
    fields_default_sort = (("updated_at", True),)

    def columns(self) -> list[BaseField]:
        return [
            self.link("receipt", "/console/reports/{pk}"),
            self.agency("agency_id"),
            self.shown("task", self._task),
            self.one_of("state", self.section("console.report.states")),
            IntegerField("version", label=self.text("console.field.version")),
            self.moment("updated_at"),
        ]

    def can_view_detail(self, request: Request) -> bool:
        return False  # the page of the report shows more

    async def _task(self, request: Request, row: ProgressReport) -> str | None:
        task = await request.state.session.get(Task, row.task_id)
        return titled(self.paper.loa.catalog.text, task.title if task else row.task_id, row.period)

    async def repr(self, obj: ProgressReport, request: Request) -> str:
        return obj.receipt or str(obj.id)


class DeliveryTable(Table):
    """Every message the bot sent on its own. Its words and whom it went to by address are not shown."""

    key = "deliveries"
    table = Delivery
    searched_in_rows = False
    searchable_fields = ("kind", "channel", "state", "error_key", "sent_at", "provider_id")
    sortable_fields = ("id", "kind", "channel", "state", "attempts", "due_at", "sent_at")
    fields_default_sort = (("id", True),)
    row_actions = ("view", "arrived", "again")

    def columns(self) -> list[BaseField]:
        return [
            self.link("id"),
            self.one_of("kind", self.section("console.delivery_kinds")),
            self.shown("officer", self._officer),
            self.shown("agency", self._agency),
            self.one_of("channel", self.section("console.channel")),
            self.one_of("state", self.section("digest.delivery")),
            IntegerField("attempts", label=self.text("console.field.attempts"), exclude_from_list=True),
            self.moment("due_at", exclude_from_list=True),
            self.moment("sent_at"),
            self.moment("delivered_at", exclude_from_list=True),
            self.moment("seen_at", exclude_from_list=True),
            self.moment("acknowledged_at", exclude_from_list=True),
            self.one_of("error_key", self.section("errors")),
            self.words("error", exclude_from_list=True),
            self.words("provider_id", exclude_from_list=True),
        ]

    def get_search_query(self, request: Request, term: str) -> Any:
        """By the platform's id or words: what an operator has at hand."""
        like = f"%{term}%"
        return or_(col(Delivery.provider_id).ilike(like), col(Delivery.error).ilike(like))

    async def repr(self, obj: Delivery, request: Request) -> str:
        return self.text("console.table.deliveries.title", number=obj.id)

    async def _contact(self, request: Request, row: Delivery) -> Contact | None:
        account = await request.state.session.get(Account, row.account_id)
        if account is None or account.contact_id is None:
            return None
        contact: Contact | None = await request.state.session.get(Contact, account.contact_id)
        return contact

    async def _officer(self, request: Request, row: Delivery) -> str:
        contact = await self._contact(request, row)
        return contact.name if contact else self.text("console.citizen")

    async def _agency(self, request: Request, row: Delivery) -> str | None:
        contact = await self._contact(request, row)
        return agency_name(self.paper.loa, contact.agency_id) if contact else None

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        if name in ("arrived", "again"):
            return may(who(request), Power.SEND)
        return await super().is_row_action_allowed(request, name)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Delivery) -> bool:
        return name == "view" or obj.state is DeliveryState.UNCLEAR

    @row_action(name="arrived", text="", confirmation="", icon_class="fa-solid fa-check")
    async def arrived(self, request: Request, pk: Any) -> None:
        """Somebody has found out that an unclear delivery arrived."""
        now = self.paper.loa.clock.now()
        await digests.settle_unclear(request.state.session, int(pk), True, who(request).name, now)

    @row_action(name="again", text="", confirmation="", icon_class="fa-solid fa-rotate-right")
    async def again(self, request: Request, pk: Any) -> None:
        """Somebody has found out that it did not, so it is sent again."""
        await digests.resend_unclear(request.state.session, int(pk), who(request).name, self.paper.loa.clock.now())
        on_commit(request, self.paper.loa.outbox.wake)


class UpdateTable(Table):
    """What people sent and a fault of ours kept from being answered. Neither their words nor who they are is shown."""

    key = "updates"
    table = InboundUpdate
    searched_in_rows = False
    searchable_fields = ("channel", "received_at", "error")
    sortable_fields = ("id", "channel", "received_at")
    fields_default_sort = (("id", True),)
    row_actions = ("view", "redo")

    def columns(self) -> list[BaseField]:
        return [
            self.link("id"),
            self.one_of("channel", self.section("console.channel")),
            self.moment("received_at"),
            Words("error", label=self.text("console.field.fault")),
        ]

    def get_list_query(self, request: Request) -> Select[Any]:
        return super().get_list_query(request).where(col(InboundUpdate.state) == UpdateState.FAILED)

    def get_count_query(self, request: Request) -> Select[Any]:
        return super().get_count_query(request).where(col(InboundUpdate.state) == UpdateState.FAILED)

    def get_detail_query(self, request: Request) -> Select[Any]:
        return super().get_detail_query(request).where(col(InboundUpdate.state) == UpdateState.FAILED)

    def get_search_query(self, request: Request, term: str) -> Any:
        """By where the fault arose."""
        return col(InboundUpdate.error).ilike(f"%{term}%")

    async def repr(self, obj: InboundUpdate, request: Request) -> str:
        return self.text("console.table.updates.title", number=obj.id)

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        return may(who(request), Power.SEND) if name == "redo" else await super().is_row_action_allowed(request, name)

    @row_action(name="redo", text="", confirmation="", icon_class="fa-solid fa-rotate-right")
    async def redo(self, request: Request, pk: Any) -> None:
        """The fault has been mended: the update is worked on as if it had just come."""
        await self.find_by_pk(request, pk)
        await retry_updates(request.state.session, [int(pk)])
        self.note(request, "retried", pk)


@dataclass
class Actor(Words):
    """Whoever did it, by name."""

    told: Callable[[str], str] = str

    async def serialize_value(self, request: Request, value: str) -> str:
        return self.told(value)


class AuditTable(Table):
    """Who did what, when."""

    key = "audit"
    table = AuditEntry
    see_power = Power.SEE_AUDIT
    searched_in_rows = False
    searchable_fields = ("actor", "action", "subject", "at")
    sortable_fields = ("id", "at", "actor", "action")
    fields_default_sort = (("id", True),)

    def columns(self) -> list[BaseField]:
        return [
            self.moment("at"),
            Actor("actor", label=self.text("console.field.actor"), told=self.paper.actor_name),
            self.one_of("action", self.section("console.audit")),
            self.link("subject"),
            self.shown("detail", self._detail),
        ]

    async def _detail(self, _request: Request, row: AuditEntry) -> str | None:
        return json.dumps(row.detail, ensure_ascii=False) if row.detail else None

    def get_search_query(self, request: Request, term: str) -> Any:
        """Also finds an action by its words."""
        words = [key for key, text in self.section("console.audit") if term.lower() in text.lower()]
        like = f"%{term}%"
        return or_(
            col(AuditEntry.actor).ilike(like),
            col(AuditEntry.subject).ilike(like),
            col(AuditEntry.action).ilike(like),
            col(AuditEntry.action).in_(words),
        )

    async def repr(self, obj: AuditEntry, request: Request) -> str:
        return str(obj.id)
