"""``loa bench``: measurements as JSON on standard output."""

from __future__ import annotations

import importlib
import json
from typing import Annotated

import typer

from bot import logs
from bot.commands.console import fail, words

NAMES = ("inbound", "broadcast", "compose", "reports", "nlu", "forms", "storage")


def bench(
    name: Annotated[str, typer.Argument(help=words("cli.argument_bench"))],
    messages: Annotated[int, typer.Option("--messages", help=words("cli.option_bench_messages"), min=0)] = 0,
) -> None:
    """Run one benchmark; its figures stand beside a bare baseline of the same run."""
    if name not in NAMES:
        fail("cli.bench_unknown", name=name)
    logs.configure("ERROR")
    typer.echo(words("cli.bench_running", name=name), err=True)
    module = importlib.import_module(f"bot.bench.{name}")
    figures = module.run(messages) if name == "inbound" else module.run()
    typer.echo(json.dumps(figures, ensure_ascii=False, indent=2))
