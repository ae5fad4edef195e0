"""``loa digest``: composing dry, sending and following a digest from the command line."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from bot import logs
from bot.app import Loa
from bot.channels.directory import CAPABILITIES
from bot.channels.layout import lay_out
from bot.commands.console import ask_province, fail, open_database, operator_settings, run, say, words
from content.catalog import Catalog, load_catalog
from handlers.digests import Composed, Week, compose, edition_reply, start_sending, status

app = typer.Typer(no_args_is_help=True)


@app.command("compose", help=words("cli.digest_compose"))
def compose_(
    week: Annotated[str, typer.Option(help=words("cli.option_week"))],
    agency: Annotated[str | None, typer.Option(help=words("cli.option_agency"))] = None,
    channel: Annotated[str, typer.Option(help=words("cli.option_channel"))] = "terminal",
    as_json: Annotated[bool, typer.Option("--json", help=words("cli.option_json"))] = False,
) -> None:
    """Print exactly what would be sent for a week, without storing anything."""
    catalog = load_catalog()
    if channel not in CAPABILITIES:
        fail("cli.unknown_channel", channel=channel)
    if agency is not None and agency not in catalog.province.agencies:
        fail("cli.unknown_agency", agency=agency)
    week = str(Week.parse(week))
    database = open_database(operator_settings())
    editions = run(ask_province(database, catalog, lambda db: compose(db, catalog, week)))
    chosen = [edition for edition in editions if agency in (None, edition.agency_id)]
    if not chosen:
        fail("cli.nothing_to_say", week=week)
    if as_json:
        typer.echo(json.dumps([_edition(catalog, edition, channel) for edition in chosen], ensure_ascii=False))
        return
    for edition in chosen:
        typer.echo(f"===== {catalog.agency_name(edition.agency_id)} ({edition.agency_id})")
        for part in _edition(catalog, edition, channel)["messages"]:
            typer.echo(part["text"])
            for button in part["buttons"]:
                typer.echo(f"  [{button['label']}]")
            typer.echo()


def _edition(catalog: Catalog, edition: Composed, channel: str) -> dict[str, Any]:
    parts = lay_out(edition_reply(catalog, edition.body), CAPABILITIES[channel])
    return {
        "agency": edition.agency_id,
        "channel": channel,
        "messages": [
            {
                "text": part.text,
                "buttons": [{"label": choice.label, "value": choice.value} for choice in part.choices],
            }
            for part in parts
        ],
        "body": edition.body,
    }


@app.command("send", help=words("cli.digest_send"))
def send(digest: Annotated[int, typer.Argument(help=words("cli.argument_digest"))]) -> None:
    """Queue an approved digest and send it from this process; says what became of it."""
    settings = operator_settings()
    logs.configure("WARNING")
    open_database(settings)

    async def work() -> dict[str, Any]:
        async with Loa.open(settings) as loa:
            async with loa.db.session() as db:
                await start_sending(db, loa.catalog, digest, "cli", loa.clock.now())
                await db.commit()
            await loa.outbox.drain()
            async with loa.db.reading() as db:
                return await status(db, digest)

    _print(run(work()))


@app.command("status", help=words("cli.digest_status"))
def status_(
    digest: Annotated[int, typer.Argument(help=words("cli.argument_digest"))],
    as_json: Annotated[bool, typer.Option("--json", help=words("cli.option_json"))] = False,
) -> None:
    """Counts per state of a digest's deliveries."""
    database = open_database(operator_settings())

    async def work() -> dict[str, Any]:
        async with database.reading() as db:
            found = await status(db, digest)
        await database.close()
        return found

    found = run(work())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    say("cli.digest_line", digest=found["digest"], week=found["week"], state=words(f"digest.state.{found['state']}"))
    for state, count in found["counts"].items():
        typer.echo(f"  {words(f'digest.delivery.{state}')}: {count}")
