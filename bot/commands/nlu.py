"""``loa ask`` and ``loa nlu``: understanding alone, without a database; and what the console gathered to learn from."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.app import CACHE
from bot.ask import ask as understand
from bot.ask import ask_batch
from bot.commands.console import fail, open_database, operator_settings, run, say, words
from content.catalog import load_catalog
from content.files import ContentError
from nlu.evaluation.floors import read_floors
from nlu.evaluation.measure import evaluate
from nlu.evaluation.rows import Row, read_rows
from nlu.examples import Example, load_examples
from nlu.learned import new_examples, rasa_yaml
from nlu.understanding import Understander
from storage.database import Database
from storage.proposals import learned_examples

app = typer.Typer(no_args_is_help=True)
Entry = TypeVar("Entry")


def ask(
    text: Annotated[str | None, typer.Argument(help=words("cli.argument_text"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=words("cli.option_json"))] = False,
    batch: Annotated[Path | None, typer.Option(help=words("cli.option_batch"))] = None,
) -> None:
    """What a message means and what would be answered."""
    if (text is None) == (batch is None):
        fail("cli.ask_text_or_batch")
    catalog = load_catalog()
    understander = Understander.load(catalog, CACHE)
    if batch is None:
        assert text is not None
        found = understand(understander, catalog, text)
        typer.echo(json.dumps(found, ensure_ascii=False) if as_json else found["answer"])
        return
    try:
        with batch.open(encoding="utf-8", errors="replace") as lines:
            for line in ask_batch(understander, catalog, lines):
                sys.stdout.write(line + "\n")
    except OSError as error:
        fail("cli.cannot_read", file=batch, reason=error.strerror or "")


@app.command("evaluate", help=words("cli.nlu_evaluate"))
def evaluate_(
    data: Annotated[list[Path] | None, typer.Option(help=words("cli.option_data"))] = None,
    floors: Annotated[Path | None, typer.Option(help=words("cli.option_floors"))] = None,
    missed: Annotated[bool, typer.Option("--missed", help=words("cli.option_missed"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=words("cli.option_json"))] = False,
) -> None:
    """Accuracy by style and domain, on files or by cross-validation on the training examples.

    With ``floors`` the command fails when a figure is worse than recorded there.
    """
    catalog = load_catalog()
    rows: list[Row] = []
    for path in data or []:
        rows.extend(_read(path, read_rows))
    kept = _read(floors, read_floors) if floors is not None else []
    report = evaluate(Understander.load(catalog, CACHE), rows if data else None)
    measured = report.to_json()
    typer.echo(json.dumps(measured, ensure_ascii=False, indent=2) if as_json else report.to_text(missed=missed))
    broken = [reason for floor in kept if (reason := floor.broken(measured)) is not None]
    if broken:
        fail("cli.below_floor", figures="; ".join(broken))


@app.command("examples", help=words("cli.nlu_examples"))
def examples_(
    out: Annotated[Path | None, typer.Option(help=words("cli.option_examples_out"))] = None,
) -> None:
    """The questions accepted as examples in the console that no file teaches yet; with ``out`` added to that file.

    They are left out for good once they stand in ``nlu/data``.
    """
    accepted = run(_accepted(open_database(operator_settings())))
    kept: list[Example] = []
    if out is not None and out.exists():
        try:
            kept = load_examples(out.parent, out.name)
        except (ContentError, OSError) as error:
            fail("cli.cannot_read", file=out, reason=error)
    new = new_examples(accepted, [*load_examples(), *kept])
    if not new:
        fail("cli.no_examples")
    if out is None:
        typer.echo(rasa_yaml(new), nl=False)
        return
    try:
        out.write_text(rasa_yaml([*((one.intent, one.text) for one in kept), *new]), encoding="utf-8")
    except OSError as error:
        fail("cli.cannot_write", file=out, reason=error.strerror or "")
    say("cli.examples_written", file=out, count=len(new))


async def _accepted(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as db:
        rows = await learned_examples(db)
    await database.close()
    return [(row.faq, row.text) for row in rows if row.text]


def _read(path: Path, reader: Callable[[Path], list[Entry]]) -> list[Entry]:
    try:
        return reader(path)
    except (OSError, ValueError) as error:
        fail("cli.cannot_read", file=path, reason=error)
