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
from bot.exports.submissions import RowsFormat, write_rows
from content.catalog import Catalog, load_catalog
from handlers.reports.consolidated import consolidated
from handlers.reports.snapshots import count_plan, keep
from handlers.succession.current import settle
from handlers.turn import LOCAL
from storage.audit import note
from storage.database import Database
from storage.shipped import load_shipped
from storage.snapshots import SnapshotUse

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
    """Take a snapshot of the plan and write the consolidated report made of it to a file."""
    catalog = _catalog_with(plan)
    found = run(_taken(open_database(operator_settings()), catalog, plan))
    try:
        write(found, catalog, kind, out)
    except OSError as error:
        fail("cli.cannot_write", file=out, reason=error.strerror or "")
    say("cli.exported", file=out)


@app.command("rows", help=words("cli.report_rows"))
def rows(
    plan: Annotated[str, typer.Option(help=words("cli.option_plan"))],
    kind: Annotated[RowsFormat, typer.Option("--format", help=words("cli.option_format"))],
    out: Annotated[Path, typer.Option(help=words("cli.option_out"))],
) -> None:
    """Write everything handed in on the plan's tasks as one flat table."""
    catalog, database = _catalog_with(plan), open_database(operator_settings())
    try:
        count = run(_written(database, catalog, plan, kind, out))
    except OSError as error:
        fail("cli.cannot_write", file=out, reason=error.strerror or "")
    say("cli.rows_exported", file=out, count=count)


@app.command("check", help=words("cli.report_check"))
def check(file: Annotated[Path, typer.Argument(help=words("cli.argument_file"))]) -> None:
    """Say where a Word document departs from the layout of Nghị định 30/2020/NĐ-CP; ends with 1 when it does."""
    from bot.exports.conformity import Unreadable, departures

    text = load_catalog().text
    try:
        findings = departures(file, text)
    except Unreadable:
        fail("cli.not_a_docx", file=file)
    for finding in findings:
        typer.echo(f"- {text(f'conformity.{finding.rule}', where=finding.where, found=finding.found)}")
    if findings:
        fail("cli.departures", count=len(findings))
    say("cli.conforms", file=file)


def _catalog_with(plan: str) -> Catalog:
    catalog = load_catalog()
    if plan not in catalog.province.plans:
        fail("cli.unknown_plan", plan=plan, known=", ".join(catalog.province.plans))
    return catalog


def _consolidated(plan: str) -> tuple[Catalog, dict[str, Any]]:
    catalog = _catalog_with(plan)
    database = open_database(operator_settings())
    now = Clock().now()
    return catalog, run(ask_province(database, catalog, lambda db: consolidated(db, catalog, plan, now)))


async def _written(database: Database, catalog: Catalog, plan: str, kind: RowsFormat, out: Path) -> int:
    now = Clock().now()
    try:
        async with database.session() as db:
            await load_shipped(db, catalog, now)
            await settle(db, catalog.province.agencies, now.astimezone(LOCAL).date())
            await db.commit()
        count = await write_rows(database, catalog, plan, kind, out)
        async with database.session() as db:
            note(db, "cli", "report.rows_exported", f"plan:{plan}", now, format=kind.value, rows=count)
            await db.commit()
    finally:
        await database.close()
    return count


async def _taken(database: Database, catalog: Catalog, plan: str) -> dict[str, Any]:
    now = Clock().now()
    try:
        async with database.session() as db:
            await load_shipped(db, catalog, now)
            await settle(db, catalog.province.agencies, now.astimezone(LOCAL).date())
            await db.commit()
        counted = await count_plan(database, catalog, plan, now)
        async with database.session() as db:
            snapshot = await keep(db, counted, SnapshotUse.DOCUMENT, "cli")
            note(db, "cli", "report.exported", f"plan:{plan}", now, snapshot=snapshot.code)
            await db.commit()
    finally:
        await database.close()
    return counted.report(snapshot.code)
