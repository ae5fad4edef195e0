"""Console accounts: for administrators. A password is set here, never shown."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette_admin import BaseField, BooleanField, PasswordField
from starlette_admin.exceptions import FormValidationError

from bot.web.console.office import who
from bot.web.console.powers import Power, may
from bot.web.console.tables.base import Table
from storage.users import MIN_PASSWORD, ConsoleUser, Role, close_sessions_of, put_user, user_named
from storage.worklist import other_admins

MAX_PASSWORD = 200
_NAME = re.compile(r"[^\W_][\w.@-]{0,59}")


class UserTable(Table):
    """Accounts of the department. Whoever changes one is told why not, when it would lock everybody out."""

    key = "users"
    table = ConsoleUser
    see_power = Power.USERS
    edit_power = Power.USERS
    private = frozenset({"password"})
    searchable_fields = ("name",)
    sortable_fields = ("name", "role", "active", "created_at")
    row_actions = ("view", "edit")

    def columns(self) -> list[BaseField]:
        return [
            self.link("name", most=60, required=True, exclude_from_edit=True),
            self.one_of("role", [(role.value, self.paper.role_name(role.value)) for role in Role], required=True),
            BooleanField(
                "active",
                label=self.text("console.field.active"),
                help_text=self.text("console.user.active_hint"),
                exclude_from_create=True,
            ),
            PasswordField(
                "password",
                label=self.text("console.field.password"),
                help_text=self.text("console.user.password_hint", least=MIN_PASSWORD),
                exclude_from_list=True,
                exclude_from_detail=True,
                maxlength=MAX_PASSWORD,
                form_template="fields/secret.html",
                filters=[],
            ),
            self.moment("created_at", exclude_from_create=True, exclude_from_edit=True),
        ]

    def can_create(self, request: Request) -> bool:
        return may(who(request), Power.USERS)

    async def create(self, request: Request, data: dict[str, Any]) -> ConsoleUser:
        """A new account with its first password."""
        session, name, password = request.state.session, data["name"], data["password"] or ""
        if not _NAME.fullmatch(name):
            raise FormValidationError({"name": self.text("console.user.bad_name")})
        if await user_named(session, name) is not None:
            raise FormValidationError({"name": self.text("console.user.taken", name=name)})
        self._check_password(password)
        user = await put_user(session, name, Role(data["role"]), password, self.paper.loa.clock.now())
        self.note(request, "created", user.id, name=name, role=data["role"])
        return user

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> ConsoleUser:
        """Another role, another password, or no access any more. Any of them logs the account out everywhere."""
        session, now = request.state.session, self.paper.loa.clock.now()
        user: ConsoleUser = await self.find_by_pk(request, pk)
        assert user.id is not None
        role, active, password = Role(data["role"]), bool(data["active"]), data["password"] or ""
        stays_admin = role is Role.ADMIN and active
        if not stays_admin and user.role == Role.ADMIN and await other_admins(session, user.id) == 0:
            raise FormValidationError({"role": self.text("console.user.last_admin")})
        changed: dict[str, Any] = {}
        if role != user.role:
            changed["role"] = [Role(user.role).value, role.value]
        if active != user.active:
            changed["active"] = [user.active, active]
        if password:
            self._check_password(password)
            await put_user(session, user.name, role, password, now)
            changed["password"] = None
        user.role, user.active = role, active
        session.add(user)
        if changed:
            await close_sessions_of(session, user.id, now)
        self.note(request, "edited", user.id, changed=changed)
        await session.flush()
        return user

    def _check_password(self, password: str) -> None:
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise FormValidationError({"password": self.text("console.user.password_hint", least=MIN_PASSWORD)})

    async def repr(self, obj: ConsoleUser, request: Request) -> str:
        return obj.name
