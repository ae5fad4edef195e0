"""``loa content``: validating everything in ``content/``."""

from __future__ import annotations

import typer

from bot.commands.console import say, words
from content.catalog import load_catalog
from content.lexicon import load_lexicon

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A callback keeps ``check`` a subcommand."""


@app.command("check", help=words("cli.content_check"))
def check() -> None:
    """Load all content; faults name file, line and reason, and the exit code is 1."""
    catalog = load_catalog()
    load_lexicon()
    province = catalog.province
    say(
        "cli.content_ok",
        faq=len(catalog.faq),
        cards=len(catalog.cards),
        agencies=len(province.agencies),
        items=sum(len(directive.items) for directive in province.directives.values()),
        tasks=sum(len(plan.tasks) for plan in province.plans.values()),
        texts=len(list(catalog.text)),
    )
