"""``loa chat``: talk to Loa in the terminal, through the whole stack."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Annotated
from uuid import uuid4

import typer

from bot import logs
from bot.app import Loa
from bot.channels.terminal import NAME, TerminalChannel, typed
from bot.commands.console import fail, open_database, operator_settings, run, say, words
from handlers.messages import Address
from handlers.turn import LOCAL
from storage.appointments import enrol
from storage.contacts import see_account, subscribe


def chat(
    who: Annotated[str, typer.Option("--as", help=words("cli.option_as"))] = "citizen",
) -> None:
    """Talk as a citizen, or as a demo officer of an agency."""
    logs.configure("ERROR")
    run(_chat(who))


async def _chat(who: str) -> None:
    settings = operator_settings(demo=True)
    await asyncio.to_thread(lambda: open_database(settings))
    role, _, agency = who.partition(":")
    channel = TerminalChannel(lambda text: typer.echo(f"{words('cli.loa_says')} {_bold(text)}\n"))
    async with Loa.open(settings, channels=[channel]) as loa:
        if role == "officer":
            if agency not in loa.catalog.province.agencies:
                fail("cli.unknown_agency", agency=agency)
            user = await _officer(loa, agency)
        elif who == "citizen":
            user = f"citizen-{uuid4().hex[:8]}"
        else:
            fail("cli.unknown_person", who=who)
        say("cli.chat_hint")
        number = 0
        session = uuid4().hex[:8]
        await loa.accept(NAME, typed(user, "", f"{session}-{number}", opened=True))
        await loa.inbox.drain()
        while (line := await _line()) is not None:
            number += 1
            if line.strip():
                await loa.accept(NAME, typed(user, line, f"{session}-{number}"))
                await loa.inbox.drain()


async def _line() -> str | None:
    """The next line typed, or None at the end of the input."""
    if sys.stdin.isatty():
        typer.echo(words("cli.you_say") + " ", nl=False)
    line = await asyncio.to_thread(sys.stdin.buffer.readline)
    return line.decode("utf-8", "replace").rstrip("\r\n") if line else None


async def _officer(loa: Loa, agency: str) -> str:
    """The user id of a demo officer of the agency at the terminal, registered on first use."""
    user = f"officer-{agency}"
    now = loa.clock.now()
    async with loa.db.session() as db:
        account = await see_account(db, str(Address(NAME, user)), now)
        if account.contact_id is None:
            today = now.astimezone(LOCAL).date()
            contact = await enrol(db, agency, loa.catalog.text("cli.demo_officer"), now, today, by="cli")
            account.contact_id = contact.id
            assert account.id is not None
            await subscribe(db, account.id, now)
            await db.commit()
    return user


def _bold(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", lambda match: typer.style(match[1], bold=True), text)
