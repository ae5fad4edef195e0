"""``loa content``: validating everything in ``content/``."""

from __future__ import annotations

import typer

from bot.commands.console import fail, say, words
from content.catalog import load_catalog
from content.emergency_rules import load_emergency_rules
from content.lexicon import load_lexicon
from nlu.examples import duplicates, load_examples

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A callback keeps ``check`` a subcommand."""


@app.command("check", help=words("cli.content_check"))
def check() -> None:
    """Load all content; faults name file, line and reason, and the exit code is 1."""
    catalog = load_catalog()
    load_lexicon()
    load_emergency_rules(catalog.cards)
    examples = load_examples()
    twice = duplicates(examples)
    if twice:
        fail("cli.examples_twice", count=len(twice), examples="\n".join(str(one) for one in twice))
    province = catalog.province
    say(
        "cli.content_ok",
        faq=len(catalog.faq),
        cards=len(catalog.cards),
        agencies=len(province.agencies),
        items=sum(len(directive.items) for directive in province.directives.values()),
        tasks=sum(len(plan.tasks) for plan in province.plans.values()),
        texts=len(list(catalog.text)),
        examples=len(examples),
    )
