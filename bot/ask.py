"""``loa ask``: understanding and the answer from the content, without a database or anybody's account."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from content import answers
from content.catalog import Catalog
from nlu.understanding import Understander
from nlu.verdict import Level, Understanding, UnderstandingKind

_CALL_FIRST = {"food": "115", "fire": "114"}
_SAID = {"thanks_bye": "citizen.thanks", "help_menu": "citizen.menu", "greet": "citizen.greeting_again"}
"""Texts of the commands that need no account; the others are answered in a conversation only."""


def ask(understander: Understander, catalog: Catalog, text: str) -> dict[str, Any]:
    """What ``text`` means and what would be answered, as the contract's object."""
    understanding = understander.understand(text)
    return understanding.to_json(answer_text(catalog, understanding))


def ask_batch(understander: Understander, catalog: Catalog, lines: Iterable[str]) -> Iterator[str]:
    """One JSON line for each JSON line with a ``text``; a line that is none gives one with ``error`` and its number."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            text = json.loads(line)["text"]
        except (ValueError, KeyError, TypeError, RecursionError):
            text = None
        found: dict[str, Any] = (
            ask(understander, catalog, text)
            if isinstance(text, str)
            else {"error": catalog.text("cli.bad_line", line=number), "line": number}
        )
        yield json.dumps(found, ensure_ascii=False)


def answer_text(catalog: Catalog, understanding: Understanding) -> str:
    """The words of the answer, without bold marks: an emergency card first, then entry, choice or refusal."""
    said = _ordinary(catalog, understanding)
    emergency = understanding.emergency
    if emergency.level is Level.CERTAIN and emergency.type is not None:
        said = f"{answers.card_text(catalog.cards[emergency.type], catalog.text)}\n\n{said}"
    elif emergency.level is Level.POSSIBLE:
        number = _CALL_FIRST[emergency.domain or "food"]
        said = f"{catalog.text('citizen.possible_emergency', number=number)}\n{said}"
    return said.replace("**", "")


def _ordinary(catalog: Catalog, understanding: Understanding) -> str:
    match understanding.kind:
        case UnderstandingKind.FAQ | UnderstandingKind.EMERGENCY if understanding.faq is not None:
            return answers.answer(catalog.faq[understanding.faq], catalog.sources, catalog.text)
        case UnderstandingKind.CLARIFY:
            labels = (
                f"{place}. {catalog.faq[entry].label}" for place, entry in enumerate(understanding.alternatives, 1)
            )
            return "\n".join([catalog.text("citizen.clarify"), *labels])
        case UnderstandingKind.INTENT:
            return catalog.text(_SAID.get(understanding.intent or "", "answer.command"))
    return catalog.text("citizen.fallback")
