"""``loa ask`` and ``loa nlu``: understanding alone, without a database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.app import CACHE
from bot.ask import ask as understand
from bot.ask import ask_batch
from bot.commands.console import fail, words
from content.catalog import load_catalog
from nlu.evaluate import evaluate, read_rows
from nlu.understanding import Understander

app = typer.Typer(no_args_is_help=True)


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
    data: Annotated[Path | None, typer.Option(help=words("cli.option_data"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=words("cli.option_json"))] = False,
) -> None:
    """Accuracy by style and domain, on a file or by cross-validation on the training examples."""
    catalog = load_catalog()
    try:
        rows = read_rows(data) if data is not None else None
    except (OSError, ValueError) as error:
        fail("cli.cannot_read", file=data, reason=error)
    report = evaluate(Understander.load(catalog, CACHE), rows)
    typer.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2) if as_json else report.to_text())
