"""Reading a message by the reviewed table of emergencies: which concepts it holds and which rules that makes true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from content.emergency_rules import EmergencyRules, Phrases, Rule
from content.words import fold
from nlu.features import MARKED_SHARE
from nlu.phrases import Found, PhraseTable

_PART = re.compile(r"(?P<word>\w+)|(?P<sentence>[.;!?])|(?P<clause>,)")
_STRUCK = ""
"""Stands for a word that must not be looked at; no phrase holds it."""
URGENT, CONDITION = "urgent", "condition"
CALM = ("knowledge", "told", "past", "drill", "denial")
ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the table sees in a message."""

    concepts: frozenset[str]
    """Of the words that count, those inside a condition ("nếu …") left out."""
    contexts: frozenset[str]
    """Which kinds of calm there are, ``urgent`` and ``condition``."""
    rules: tuple[Rule, ...]
    """Those that hold, whatever the contexts."""

    @property
    def calm(self) -> bool:
        """Whether something takes the alarm back: news, the past, knowledge asked for … and nobody cries for help."""
        return URGENT not in self.contexts and any(kind in self.contexts for kind in CALM)

    @property
    def asked(self) -> bool:
        """Whether it is put as a general question ("… thì làm gì")."""
        return URGENT not in self.contexts and ASKED in self.contexts


@dataclass(frozen=True, slots=True)
class _Words:
    words: list[str]
    clauses: list[int]
    """Number of the clause of each word."""
    sentences: list[int]
    accented: bool


class AlarmTable:
    """The rules made ready for matching."""

    def __init__(self, rules: EmergencyRules) -> None:
        self._rules = rules.rules
        self._homographs = _both((("homograph", Phrases(words=list(rules.homographs))),))
        calm = [(kind, getattr(rules.calm, kind)) for kind in (*CALM, ASKED, CONDITION)]
        self._contexts = _both([*calm, (URGENT, rules.urgent)])
        self._concepts = _both(list(rules.concepts.items()))
        self._fold = lru_cache(maxsize=50_000)(fold)

    def read(self, normal: str) -> Reading:
        """What the table sees in a normalised message."""
        text = self._words(normal)
        table = 0 if text.accented else 1
        for found in self._homographs[table].find(tuple(text.words)):
            text.words[found.start : found.end] = [_STRUCK] * (found.end - found.start)
        contexts = list(self._contexts[table].find(text.words))
        self._strike_conditions(text, contexts)
        concepts = frozenset(found.name for found in self._concepts[table].find(text.words))
        held = tuple(rule for rule in self._rules if all(concepts.intersection(line) for line in rule.all))
        return Reading(concepts, frozenset(found.name for found in contexts), held)

    def _words(self, normal: str) -> _Words:
        words: list[str] = []
        clauses: list[int] = []
        sentences: list[int] = []
        clause = sentence = 0
        for match in _PART.finditer(normal):
            if match["word"]:
                words.append(match["word"])
                clauses.append(clause)
                sentences.append(sentence)
            else:
                clause += 1
                sentence += bool(match["sentence"])
        folded = [self._fold(word) for word in words]
        marked = sum(word != bare for word, bare in zip(words, folded, strict=True))
        accented = marked >= MARKED_SHARE * max(1, len(words))
        return _Words(words if accented else folded, clauses, sentences, accented)

    def _strike_conditions(self, text: _Words, contexts: Sequence[Found]) -> None:
        """Leave out what a condition speaks of: from its first word to the sentence's end, or to a cry for help."""
        for found in contexts:
            if found.name != CONDITION:
                continue
            sentence, clause = text.sentences[found.start], text.clauses[found.start]
            urgent = {text.clauses[other.start] for other in contexts if other.name == URGENT}
            for place in range(found.start, len(text.words)):
                if text.sentences[place] != sentence or (
                    text.clauses[place] != clause and text.clauses[place] in urgent
                ):
                    break
                text.words[place] = _STRUCK


def _both(named: Sequence[tuple[str, Phrases]]) -> tuple[PhraseTable, PhraseTable]:
    """A table for text with diacritics and one for text without."""
    return (
        PhraseTable((phrase, name) for name, phrases in named for phrase in (*phrases.words, *phrases.accented)),
        PhraseTable(_folded(named)),
    )


def _folded(named: Sequence[tuple[str, Phrases]]) -> Iterator[tuple[str, str]]:
    for name, phrases in named:
        for phrase in phrases.words:
            yield fold(phrase), name
