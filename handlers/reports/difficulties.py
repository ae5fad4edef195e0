"""What agencies find hard and what they ask for, sorted for the consolidated report: by kind, theme and agency.

Sentences are moved, never changed: the words stay those of the agencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from content.schema import DifficultyTheme, DifficultyThemes
from content.words import fold

Json = dict[str, Any]

_SENTENCE = re.compile(r"(?<=[.;!?…])\s+|\n+")
"""Where one sentence ends; "12.500 đồng" and "TT.Sa Thầy" have no blank after the point."""
_NO_WORD = re.compile(r"[\W_]+")
_LEADING = re.compile(r"^(?:[-+*•–]|\(?\d{1,2}[.)])\s+")
_ABBREVIATED = re.compile(r"(?:^|\s)(?:TP|TT|TX|Tp|H|X|P|Q|KT|TM|ThS|TS|\(?\d{1,2})\.$")
"""What ends with a point without ending a sentence: abbreviations, and the number of a line."""


def sorted_out(reported: Iterable[Json], themes: DifficultyThemes) -> dict[str, list[Json]]:
    """``reported`` are ``{"agency", "path", "text"}``. Gives ``difficulties`` and ``proposals``, each a list of
    ``{"theme", "title", "entries": [{"text", "agencies", "paths"}]}`` in the order of the themes; what several agencies
    or tasks say in the same words stands once."""
    found: dict[str, dict[str, dict[str, Json]]] = {"difficulties": {}, "proposals": {}}
    for one in reported:
        for sentence in sentences(one["text"]):
            kind = "proposals" if _has(sentence, themes.proposals) else "difficulties"
            theme = theme_of(sentence, themes.themes)
            entry = (
                found[kind]
                .setdefault(theme.id, {})
                .setdefault(fold(sentence), {"text": sentence, "agencies": [], "paths": []})
            )
            for key, value in (("agencies", one["agency"]), ("paths", one["path"])):
                if value not in entry[key]:
                    entry[key].append(value)
    return {
        kind: [
            {"theme": theme.id, "title": theme.title, "entries": list(by_theme[theme.id].values())}
            for theme in themes.themes
            if theme.id in by_theme
        ]
        for kind, by_theme in found.items()
    }


def sentences(text: str) -> list[str]:
    """The sentences of an answer, without bullets, each beginning with its own letter."""
    parts: list[str] = []
    for part in _SENTENCE.split(text):
        if parts and _ABBREVIATED.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return [found for part in parts if (found := _LEADING.sub("", " ".join(part.split())).strip(" ;")) and _told(found)]


def theme_of(sentence: str, themes: Sequence[DifficultyTheme]) -> DifficultyTheme:
    """The first theme one of whose words stands in the sentence, else the last."""
    return next((theme for theme in themes if _has(sentence, theme.words)), themes[-1])


def _has(sentence: str, words: Iterable[str]) -> bool:
    """Whether one of the words stands in the sentence. Diacritics count where the sentence has any: "tiến" is no
    "tiền"; whoever types without them is matched without them."""
    bare = fold(sentence)
    marked = bare != " ".join(sentence.casefold().split())
    padded = f" {_NO_WORD.sub(' ', sentence.casefold() if marked else bare).strip()} "
    return any(f" {word.casefold() if marked else fold(word)} " in padded for word in words)


def _told(sentence: str) -> bool:
    return any(letter.isalnum() for letter in sentence)
