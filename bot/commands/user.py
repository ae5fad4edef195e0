"""``loa user``: accounts of the department's console."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot.clock import Clock
from bot.commands.console import fail, open_database, operator_settings, run, say, words
from storage.audit import note
from storage.database import Database
from storage.users import MIN_PASSWORD, Role, put_user

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A callback keeps ``add`` a subcommand."""


@app.command("add", help=words("cli.user_add"))
def add(
    name: Annotated[str, typer.Argument(help=words("cli.argument_user"))],
    role: Annotated[Role, typer.Option(help=words("cli.option_user_role"))],
) -> None:
    """Create an account, or give it a new role and password. Reads the password from standard input when piped."""
    name = name.strip()
    if not name or len(name) > 60:
        fail("cli.user_name")
    if sys.stdin.isatty():
        password = typer.prompt(words("cli.ask_password"), hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < MIN_PASSWORD:
        fail("cli.password_short", least=MIN_PASSWORD)
    run(_add(open_database(operator_settings()), name, role, password))
    say("cli.user_added", name=name, role=words(f"web.role_{role.value}"))


async def _add(database: Database, name: str, role: Role, password: str) -> None:
    now = Clock().now()
    async with database.session() as db:
        await put_user(db, name, role, password, now)
        note(db, "cli", "user.put", f"user:{name}", now, role=role.value)
        await db.commit()
    await database.close()
