"""Examples accepted in the console as a file of ``nlu/data``: reviewed by a person before anything learns from it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from content.words import fold
from nlu.examples import VERSION, Example

_MARKS = re.compile(r"\[[^\]]*\]")
"""What stands where a number or an address was hidden: it teaches nothing, and brackets mean an entity to Rasa."""


def new_examples(accepted: Iterable[tuple[str, str]], known: Iterable[Example]) -> list[tuple[str, str]]:
    """Those of the accepted ``(entry, text)`` that are taught nowhere yet, each line once, diacritics apart."""
    seen = {fold(example.text) for example in known}
    found = []
    for entry, text in accepted:
        line = " ".join(_MARKS.sub(" ", text).split())
        if fold(line) not in seen and any(letter.isalnum() for letter in line):
            seen.add(fold(line))
            found.append((entry, line))
    return found


def rasa_yaml(examples: Sequence[tuple[str, str]]) -> str:
    """``(entry, text)`` as Rasa NLU YAML, by entry."""
    by_entry: dict[str, list[str]] = defaultdict(list)
    for entry, text in examples:
        by_entry[entry].append(text)
    lines = [f'version: "{VERSION}"', "nlu:"]
    for entry in sorted(by_entry):
        lines += [f"- intent: {entry}", "  examples: |", *(f"    - {text}" for text in by_entry[entry])]
    return "\n".join(lines) + "\n"
