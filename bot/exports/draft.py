"""A reviewed draft as an entry of ``content/vi/faq``, for the person who puts it there."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from content.catalog import Catalog
from content.figures import day
from content.words import fold
from handlers.turn import LOCAL
from storage.proposals import EntryDraft

CITED = 2
"""Sources an answer names."""


def draft_yaml(draft: EntryDraft, catalog: Catalog, near: Sequence[str]) -> str:
    """The draft as YAML; sources the content does not know yet stand above it as comments.

    Everything only a reviewer of the field can say is at its most careful: information, low confidence, needs review.
    """
    assert draft.reviewed_at is not None
    reviewed = draft.reviewed_at.astimezone(LOCAL).date()
    domain, _, group = draft.topic.partition(".")
    known = [source for source in draft.sources if source in catalog.sources]
    entry = {
        "id": _new_id(domain, draft.title, catalog),
        "group": group,
        "severity": "info",
        "label": draft.title,
        "question": draft.question,
        "act": list(draft.answer),
        "sources": known,
        "cite": known[:CITED],
        "confidence": "low",
        "needs_review": True,
        "checked_on": reviewed,
        "related": [entry for entry in near if entry.startswith(f"{domain}.")] or list(near),
    }
    comments = [
        catalog.text(
            "console.draft.yaml.head",
            number=draft.id,
            author=draft.author,
            reviewer=draft.reviewer,
            date=day(reviewed),
        ),
        catalog.text("console.draft.yaml.todo"),
        *(
            catalog.text("console.draft.yaml.source", source=source)
            for source in draft.sources
            if source not in catalog.sources
        ),
    ]
    head = "".join(f"# {' '.join(comment.split())}\n" for comment in comments)
    return head + yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=1000)


def _new_id(domain: str, title: str, catalog: Catalog) -> str:
    """An id made of the title's words that no entry has."""
    words = "_".join(re.findall(r"[a-z0-9]+", fold(title))) or "moi"
    base = f"{domain}.{words}"[:56]
    number = 2
    found = base
    while found in catalog.faq:
        found, number = f"{base}_{number}", number + 1
    return found
