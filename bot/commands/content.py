"""``loa content``: validating everything in ``content/``, and the table of answers for those who review them."""

from __future__ import annotations

import typer

from bot.commands.console import fail, say, words
from content.catalog import Catalog, load_catalog
from content.emergency_rules import load_emergency_rules
from content.lexicon import load_lexicon
from content.questionnaires import check_questionnaires
from content.schema import FaqEntry
from nlu.examples import duplicates, load_examples

app = typer.Typer(no_args_is_help=True)


@app.command("check", help=words("cli.content_check"))
def check() -> None:
    """Load all content; faults name file, line and reason, and the exit code is 1."""
    catalog = load_catalog()
    check_questionnaires()
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


@app.command("table", help=words("cli.content_table"))
def table() -> None:
    """Print ``docs/answers.md``: what the table is, then a row per answer, in the order of the files."""
    catalog = load_catalog()
    columns = words("cli.answers_columns")
    waiting = sum(entry.needs_review for entry in catalog.faq.values())
    typer.echo(words("cli.answers_preface", total=len(catalog.faq), waiting=waiting))
    typer.echo(f"| {columns} |")
    typer.echo("|---" * len(columns.split("|")) + "|")
    for entry in catalog.faq.values():
        typer.echo(_row(entry, catalog))


def _row(entry: FaqEntry, catalog: Catalog) -> str:
    cells = (
        f"`{entry.id}`",
        entry.label,
        words(f"console.knowledge.confidences.{entry.confidence.value}").lower(),
        words("cli.answers_waiting", reason=entry.review_note) if entry.needs_review else words("cli.answers_unmarked"),
        "; ".join(catalog.sources[key].cite for key in entry.cite),
        f"{entry.checked_on:%d/%m/%Y}",
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
