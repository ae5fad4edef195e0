"""``loa digest``: composing dry, sending and following a digest from the command line."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import logs
from bot.app import Loa
from bot.channels.directory import CAPABILITIES
from bot.channels.layout import lay_out
from bot.clock import Clock
from bot.commands.console import ask_province, fail, open_database, operator_settings, run, say, words
from content.catalog import Catalog, load_catalog
from handlers.digests import (
    SAME_WITHIN,
    Again,
    Composed,
    Week,
    cancel,
    compose,
    edition_reply,
    pause,
    reach_of,
    resume,
    send_again,
    start_sending,
    status,
)
from storage.digests import DeliveryState

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
        try:
            async with database.reading() as db:
                return await status(db, digest)
        finally:
            await database.close()

    found = run(work())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(found)


@app.command("pause", help=words("sending.command.pause"))
def pause_(digest: Annotated[int, typer.Argument(help=words("cli.argument_digest"))]) -> None:
    """Nothing more leaves, in any process, until it is resumed."""
    say("sending.told.paused", count=_taken(lambda db, catalog, now: pause(db, catalog, digest, "cli", now)))


@app.command("resume", help=words("sending.command.resume"))
def resume_(digest: Annotated[int, typer.Argument(help=words("cli.argument_digest"))]) -> None:
    """Go on with a paused digest; a running Loa sends it."""
    say("sending.told.resumed", count=_taken(lambda db, catalog, now: resume(db, catalog, digest, "cli", now)))


@app.command("cancel", help=words("sending.command.cancel"))
def cancel_(
    digest: Annotated[int, typer.Argument(help=words("cli.argument_digest"))],
    sure: Annotated[bool, typer.Option("--yes", help=words("sending.command.at_once"))] = False,
) -> None:
    """Skip all that has not left."""
    counts = _taken(lambda db, _catalog, _now: status(db, digest))["counts"]
    waiting = counts[DeliveryState.QUEUED]
    say("sending.cancel_means", waiting=waiting, done=sum(counts.values()) - waiting)
    _ask(sure)
    stopped = _taken(lambda db, catalog, now: cancel(db, catalog, digest, "cli", now))
    say("sending.told.cancelled", skipped=stopped.skipped, arrived=stopped.arrived, underway=stopped.underway)


@app.command("resend", help=words("sending.command.resend"))
def resend(
    digest: Annotated[int, typer.Argument(help=words("cli.argument_digest"))],
    to: Annotated[Again, typer.Option(help=words("sending.command.to"))],
    same: Annotated[bool, typer.Option("--same", help=words("sending.same"))] = False,
    sure: Annotated[bool, typer.Option("--yes", help=words("sending.command.at_once"))] = False,
) -> None:
    """Send once more, after saying to how many; a running Loa sends it."""
    seen = [name for name, can in CAPABILITIES.items() if can.receipts]
    reach = _taken(lambda db, _catalog, now: reach_of(db, digest, to, seen, now))
    say(f"sending.offer.{to.value}", count=reach.count)
    if reach.recent and not same:
        say("sending.command.left_out", count=reach.recent, hours=int(SAME_WITHIN.total_seconds() // 3600))
    if not (reach.count if same else reach.at_once):
        fail("sending.told.nobody_left")
    _ask(sure)
    count = _taken(lambda db, catalog, now: send_again(db, catalog, digest, to, seen, "cli", now, same))
    say(f"sending.told.again.{to.value}" if count else "sending.told.nobody_left", count=count)


def _ask(sure: bool) -> None:
    """Raises typer.Abort when somebody thinks better of it."""
    if not sure:
        typer.confirm(words("sending.command.sure"), abort=True)


Result = TypeVar("Result")


def _taken(act: Callable[[AsyncSession, Catalog, datetime], Awaitable[Result]]) -> Result:
    """One step in a transaction of its own."""
    database, catalog = open_database(operator_settings()), load_catalog()

    async def work() -> Result:
        try:
            async with database.session() as db:
                result = await act(db, catalog, Clock().now())
                await db.commit()
        finally:
            await database.close()
        return result

    return run(work())


def _print(found: dict[str, Any]) -> None:
    say("cli.digest_line", digest=found["digest"], week=found["week"], state=words(f"digest.state.{found['state']}"))
    for state, count in found["counts"].items():
        typer.echo(f"  {words(f'digest.delivery.{state}')}: {count}")
