"""``loa directive``: reading official documents."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.bringing import PASTED, bring
from bot.clock import Clock
from bot.commands.console import fail, open_database, operator_settings, run, say, words
from bot.imports import MOST_BYTES, ImportFault, file_bytes, read_file, reading_of
from bot.task_sheets import empty_sheet
from content.catalog import Catalog, load_catalog
from handlers.directives.importing import Brought, keep
from nlu.documents.evaluation import evaluate, read_key
from nlu.evaluation.floors import read_floors
from storage.database import Database
from storage.shipped import load_shipped

app = typer.Typer(no_args_is_help=True)

KEY = Path("tests") / "documents" / "expected.yaml"
"""The answer key kept with the source; its documents lie in ``seeds`` beside it."""
SHOWN = 12
"""Lines of a list that are printed; the rest is in the console."""


@app.callback()
def _group() -> None:
    """A callback keeps ``import`` a subcommand."""


@app.command("import", help=words("cli.directive_import"))
def import_(
    file: Annotated[Path, typer.Argument(help=words("cli.argument_file"))],
    as_json: Annotated[bool, typer.Option("--json", help=words("cli.option_json"))] = False,
) -> None:
    """Read a document. With ``--json`` only print what was read; otherwise store it, to be reviewed by a person."""
    catalog = load_catalog()
    try:
        if str(file) == "-":
            brought = bring(PASTED, sys.stdin.buffer.read(MOST_BYTES + 1), catalog, secret=as_json)
        else:
            brought = bring(file.name, file_bytes(file), catalog, secret=as_json)
    except ImportFault as fault:
        typer.echo(f"{file}: {fault.sentence(catalog.text)}", err=True)
        sys.exit(1)
    if as_json:
        typer.echo(json.dumps(brought.reading, ensure_ascii=False, indent=2))
        return
    _show(file, brought.reading)
    directive_id, new = run(_store(open_database(operator_settings()), catalog, brought))
    say("directive.stored" if new else "directive.kept", id=directive_id)


@app.command("tasks-template", help=words("cli.directive_tasks_template"))
def tasks_template_(
    out: Annotated[Path, typer.Option(help=words("cli.option_tasks_out"))],
) -> None:
    """Write an empty sheet of tasks to fill in; ``import`` reads it back."""
    try:
        out.write_bytes(empty_sheet(load_catalog().text))
    except OSError as error:
        fail("cli.cannot_write", file=out, reason=error.strerror or "")
    say("task_sheet.written", file=out)


@app.command("evaluate", help=words("cli.directive_evaluate"))
def evaluate_(
    key: Annotated[Path, typer.Option(help=words("cli.option_key"))] = KEY,
    floors: Annotated[Path | None, typer.Option(help=words("cli.option_floors"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=words("cli.option_json"))] = False,
) -> None:
    """How well the documents of an answer key are read; with ``floors`` fails when a figure is worse than recorded."""
    catalog = load_catalog()
    documents = key.parent / "seeds"
    try:
        scores = evaluate(read_key(key), lambda name: reading_of(read_file(documents / name), catalog))
        kept = read_floors(floors) if floors is not None else []
    except (OSError, ValueError) as error:
        fail("cli.cannot_read", file=key, reason=error)
    except ImportFault as fault:
        fail("cli.cannot_read", file=documents, reason=fault.sentence(catalog.text))
    measured = {kind: score.to_json() for kind, score in scores.items()}
    if as_json:
        typer.echo(json.dumps(measured, ensure_ascii=False, indent=2))
    else:
        say("directive.scores")
        for kind, figures in measured.items():
            say("directive.score", kind=words(f"directive.measured.{kind}"), **figures)
            _list([words("directive.score_missing", fact=fact) for fact in figures["missing"]])
            _list([words("directive.score_too_much", fact=fact) for fact in figures["too_much"]])
    broken = [reason for floor in kept if (reason := floor.broken(measured)) is not None]
    if broken:
        fail("cli.below_floor", figures="; ".join(broken))


async def _store(database: Database, catalog: Catalog, brought: Brought) -> tuple[str, bool]:
    now = Clock().now()
    async with database.session() as db:
        await load_shipped(db, catalog, now)
        directive, new = await keep(db, brought, "cli", now)
        await db.commit()
    await database.close()
    return directive.id, new


def _show(file: Path, reading: dict[str, Any]) -> None:
    document = reading["document"]
    unknown = words("directive.unknown")
    kind = document["kind"]
    say(
        "directive.summary",
        file=file,
        kind=words(f"directive.kind.{kind}") if kind else unknown,
        number=document["number"] or unknown,
        issued_on=document["issued_on"] or unknown,
        issuer=(document["issuer"] or {}).get("text") or unknown,
        subject=document["subject"] or unknown,
        signer=document["signer"] or unknown,
        bases=len(document["legal_bases"]),
        items=len(reading["items"]),
        tasks=len(reading["tasks"]),
        deadlines=len(reading["deadlines"]),
    )
    parts = [*reading["items"], *reading["tasks"]]
    _list([words("directive.item_line", path=part["path"], title=part["title"]) for part in parts])
    warnings = reading["warnings"]
    if warnings:
        say("directive.warnings", count=len(warnings))
        _list([f"    - {warning}" for warning in warnings])


def _list(lines: Sequence[str]) -> None:
    for line in lines[:SHOWN]:
        typer.echo(line)
    if len(lines) > SHOWN:
        say("directive.more", count=len(lines) - SHOWN)
