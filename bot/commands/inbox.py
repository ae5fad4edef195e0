"""``loa inbox``: updates that could not be answered for a fault of ours, and working on them once more."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bot.clock import Clock
from bot.commands.console import fail, open_database, operator_settings, run, say, words
from storage.audit import note
from storage.database import Database
from storage.updates import InboundUpdate, failed_updates, retry_updates

app = typer.Typer(no_args_is_help=True)

MOST = 200


@app.command("failed", help=words("cli.inbox_failed"))
def failed(as_json: Annotated[bool, typer.Option("--json", help=words("cli.option_json"))] = False) -> None:
    """What waits for a person: number, channel, moment and where the fault arose. Nobody's words are shown."""
    rows = run(_failed(open_database(operator_settings())))
    if as_json:
        typer.echo(json.dumps([_told(row) for row in rows], ensure_ascii=False))
        return
    if not rows:
        say("cli.inbox_none")
        return
    for row in rows:
        typer.echo(f"{row.id}  {row.channel}  {row.received_at:%Y-%m-%d %H:%M:%SZ}")
        typer.echo("    " + (row.error or "").replace("\n", "\n    "))
    say("cli.inbox_advice")


@app.command("retry", help=words("cli.inbox_retry"))
def retry(
    numbers: Annotated[list[int] | None, typer.Argument(help=words("cli.option_updates"))] = None,
    everything: Annotated[bool, typer.Option("--all", help=words("cli.option_all_updates"))] = False,
) -> None:
    """Put failed updates back; a running Loa takes them up within seconds, else the next start."""
    if not numbers and not everything:
        fail("cli.inbox_which")
    count = run(_retry(open_database(operator_settings()), None if everything else numbers))
    if not count:
        fail("cli.inbox_not_failed")
    say("cli.inbox_retried", count=count)


async def _failed(database: Database) -> list[InboundUpdate]:
    async with database.reading() as db:
        rows = list(await failed_updates(db, MOST))
    await database.close()
    return rows


async def _retry(database: Database, numbers: list[int] | None) -> int:
    async with database.session() as db:
        count = await retry_updates(db, numbers)
        if count:
            subject = "inbox" if numbers is None else ",".join(map(str, numbers))[:100]
            note(db, "cli", "updates.retried", f"update:{subject}", Clock().now(), count=count)
        await db.commit()
    await database.close()
    return count


def _told(row: InboundUpdate) -> dict[str, object]:
    return {"id": row.id, "channel": row.channel, "received_at": row.received_at.isoformat(), "error": row.error}
