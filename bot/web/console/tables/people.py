"""Agencies, their officers, and the officers' accounts on the channels."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select
from starlette.requests import Request
from starlette_admin import BaseField, row_action
from starlette_admin.exceptions import ActionFailed

from bot.web.console.editions import agency_name
from bot.web.console.office import who
from bot.web.console.powers import Power, may
from bot.web.console.tables.base import Table
from content.words import fold
from storage.agencies import Agency
from storage.appointments import depart
from storage.contacts import Account, Contact, is_subscribed, unsubscribe
from storage.joins import part


class AgencyTable(Table):
    """The registry of agencies. It comes with the content, names and validity included."""

    key = "agencies"
    table = Agency
    fields_default_sort = ("name",)

    def columns(self) -> list[BaseField]:
        return [
            self.link("name"),
            self.one_of("level", self.section("console.levels")),
            self.agency("parent_id"),
            self.words("id"),
            self.day("valid_from", exclude_from_list=True),
            self.day("valid_to"),
            self.shown("successors", self._successors, exclude_from_list=True),
            self.words("note", exclude_from_list=True),
            self.shown("aliases", self._aliases, exclude_from_list=True),
        ]

    async def _aliases(self, _request: Request, row: Agency) -> str | None:
        agency = self.paper.loa.catalog.province.agencies.get(row.id)
        return "; ".join(agency.aliases) or None if agency else None

    async def _successors(self, _request: Request, row: Agency) -> str | None:
        return "; ".join(heir.name for heir in self.paper.loa.catalog.province.agencies.heirs(row.id)) or None

    async def repr(self, obj: Agency, request: Request) -> str:
        return obj.name


class ContactTable(Table):
    """Officers who speak for an agency. Their numbers are for administrators."""

    key = "contacts"
    table = Contact
    edit_power = Power.EDIT
    private = frozenset({"position"})
    fields_default_sort = (("created_at", True),)
    searchable_fields = ("name", "agency_id", "position", "verified_at", "ended_at")
    sortable_fields = ("agency_id", "position", "verified_at", "ended_at", "created_at")
    row_actions = ("view", "edit", "confirm", "end")

    def columns(self) -> list[BaseField]:
        return [
            self.link("name", exclude_from_edit=True, filters=[]),
            self.agency("agency_id", exclude_from_edit=True),
            self.words("position", most=200),
            self.shown("phone", self._phone),
            self.moment("verified_at", exclude_from_edit=True),
            self.moment("ended_at", exclude_from_edit=True),
            self.moment("created_at", exclude_from_edit=True, exclude_from_list=True),
        ]

    async def _phone(self, request: Request, row: Contact) -> str | None:
        if row.phone is None:
            return None
        return row.phone if may(who(request), Power.SEE_PHONES) else f"••••{row.phone[-3:]}"

    async def repr(self, obj: Contact, request: Request) -> str:
        return obj.name

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        if name in ("confirm", "end"):
            return self.can_edit(request)
        return await super().is_row_action_allowed(request, name)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Contact) -> bool:
        if name == "confirm":
            return obj.verified_at is None and obj.ended_at is None
        if name in ("end", "edit"):
            return obj.ended_at is None
        return True

    def get_detail_query(self, request: Request) -> Select[Any]:
        """Whoever has left is not edited any more."""
        query = super().get_detail_query(request)
        return query.where(col(Contact.ended_at).is_(None)) if request.state.action.is_form() else query

    @row_action(name="confirm", text="", confirmation="", icon_class="fa-solid fa-user-check")
    async def confirm(self, request: Request, pk: Any) -> None:
        """The department has made sure that this person works there."""
        contact = await self.find_by_pk(request, pk)
        contact.verified_at = self.paper.loa.clock.now()
        request.state.session.add(contact)
        self.note(request, "confirmed", pk)

    @row_action(name="end", text="", confirmation="", icon_class="fa-solid fa-user-slash")
    async def end(self, request: Request, pk: Any) -> None:
        """The officer has left: nothing more is sent. The reports stay."""
        contact = await self.find_by_pk(request, pk)
        now = self.paper.loa.clock.now()
        await depart(request.state.session, contact, now, now.astimezone(self.paper.zone).date())
        self.note(request, "ended", pk)


class AccountTable(Table):
    """The channels officers are reached on, and whether they want the digest. Citizens' accounts are not listed."""

    key = "accounts"
    table = Account
    fields_default_sort = (("last_seen_at", True),)
    searchable_fields = ("officer", "agency")
    sortable_fields = ("channel", "first_seen_at", "last_seen_at", "left_at")
    row_actions = ("view", "silence", "revoke")

    def columns(self) -> list[BaseField]:
        return [
            self.link("officer", getter=self._officer, orderable=False, filters=[]),
            self.shown("agency", self._agency),
            self.one_of("channel", self.section("console.channel")),
            self.shown("subscribed", self._subscribed),
            self.moment("first_seen_at", exclude_from_list=True),
            self.moment("last_seen_at"),
            self.moment("left_at"),
        ]

    def get_list_query(self, request: Request) -> Select[Any]:
        return super().get_list_query(request).where(col(Account.contact_id).is_not(None))

    def get_count_query(self, request: Request) -> Select[Any]:
        return super().get_count_query(request).where(col(Account.contact_id).is_not(None))

    async def build_full_text_search_query(self, request: Request, term: str, model: Any) -> Any:
        """Accounts of the officers whose name or agency holds every word."""
        words = fold(term).split()
        contacts = (await request.state.session.exec(select(Contact))).all()
        found = [
            contact.id
            for contact in contacts
            if all(word in fold(f"{contact.name} {agency_name(self.paper.loa, contact.agency_id)}") for word in words)
        ]
        return col(Account.contact_id).in_(found)

    async def _contact(self, request: Request, row: Account) -> Contact | None:
        contact: Contact | None = await request.state.session.get(Contact, row.contact_id)
        return contact

    async def _officer(self, request: Request, row: Account) -> str | None:
        contact = await self._contact(request, row)
        return contact.name if contact else None

    async def _agency(self, request: Request, row: Account) -> str | None:
        contact = await self._contact(request, row)
        if contact is None:
            return None
        return agency_name(self.paper.loa, contact.agency_id)

    async def _subscribed(self, request: Request, row: Account) -> str:
        assert row.id is not None
        return self.text("console.yes" if await is_subscribed(request.state.session, row.id) else "console.no")

    async def repr(self, obj: Account, request: Request) -> str:
        return str(obj.id)

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        if name in ("silence", "revoke"):
            return may(who(request), Power.EDIT)
        return await super().is_row_action_allowed(request, name)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Account) -> bool:
        if name == "silence":
            assert obj.id is not None
            return await is_subscribed(request.state.session, obj.id)
        return True

    @row_action(name="silence", text="", confirmation="", icon_class="fa-solid fa-bell-slash")
    async def silence(self, request: Request, pk: Any) -> None:
        """End the subscription, e.g. because the officer asked for it by telephone."""
        if not await unsubscribe(request.state.session, int(pk), self.paper.loa.clock.now()):
            raise ActionFailed(self.text("console.action.silence.nothing"))
        self.note(request, "silenced", pk)

    @row_action(name="revoke", text="", confirmation="", icon_class="fa-solid fa-link-slash")
    async def revoke(self, request: Request, pk: Any) -> None:
        """The account belongs to somebody else now: it speaks for the officer no more."""
        account = await self.find_by_pk(request, pk)
        await part(request.state.session, account, self.paper.loa.clock.now())
        self.note(request, "revoked", pk)
