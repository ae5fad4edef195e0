"""``loa report``: progress reports and the consolidated report of a plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.clock import Clock
from bot.commands.console import ask_province, fail, open_database, operator_settings, run, say, words
from bot.exports import Format
from bot.exports import export as write
from bot.exports.rows import state as state_words
from content.catalog import Catalog, load_catalog
from handlers.reports.consolidated import consolidated

app = typer.Typer(no_args_is_help=True)


@app.command("list", help=words("cli.report_list"))
def list_(
    plan: Annotated[str, typer.Option(help=words("cli.option_plan"))],
    as_json: Annotated[bool, typer.Option("--json", help=words("cli.option_json"))] = False,
) -> None:
    """Who owes a report on each task of the plan, and where it stands."""
    catalog, found = _consolidated(plan)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for task in found["tasks"]:
        typer.echo(f"{task['path']}  {task['title']}")
        for agency in task["agencies"]:
            typer.echo(f"    {agency['agency']['name']}: {state_words(agency, catalog.text)}")


@app.command("export", help=words("cli.report_export"))
def export(
    plan: Annotated[str, typer.Option(help=words("cli.option_plan"))],
    kind: Annotated[Format, typer.Option("--format", help=words("cli.option_format"))],
    out: Annotated[Path, typer.Option(help=words("cli.option_out"))],
) -> None:
    """Write the consolidated report to a file."""
    catalog, found = _consolidated(plan)
    try:
        write(found, catalog, kind, out)
    except OSError as error:
        fail("cli.cannot_write", file=out, reason=error.strerror or "")
    say("cli.exported", file=out)


def _consolidated(plan: str) -> tuple[Catalog, dict[str, Any]]:
    catalog = load_catalog()
    if plan not in catalog.province.plans:
        fail("cli.unknown_plan", plan=plan, known=", ".join(catalog.province.plans))
    database = open_database(operator_settings())
    now = Clock().now()
    return catalog, run(ask_province(database, catalog, lambda db: consolidated(db, catalog, plan, now)))
