"""Reading a message by the reviewed table of emergencies: which concepts it holds and which rules that makes true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from content.emergency_rules import EmergencyRules, Phrases, Rule
from content.words import fold
from nlu.features import is_accented
from nlu.phrases import Found, PhraseTable

_WORD = re.compile(r"\w+")
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


class AlarmTable:
    """The rules made ready for matching."""

    def __init__(self, rules: EmergencyRules) -> None:
        self._rules = rules.rules
        self._begun_by: dict[str, list[int]] = {}
        """Of each concept the rules that name it first, by their place."""
        for place, rule in enumerate(rules.rules):
            for concept in rule.all[0]:
                self._begun_by.setdefault(concept, []).append(place)
        self._homographs = _both((("homograph", Phrases(words=list(rules.homographs))),))
        calm = [(kind, getattr(rules.calm, kind)) for kind in (*CALM, ASKED, CONDITION)]
        self._contexts = _both([*calm, (URGENT, rules.urgent)])
        self._concepts = _both(list(rules.concepts.items()))
        self._fold = lru_cache(maxsize=50_000)(fold)

    def read(self, normal: str) -> Reading:
        """What the table sees in a normalised message."""
        words = _WORD.findall(normal)
        folded = [self._fold(word) for word in words]
        table, words = (0, words) if is_accented(words, folded) else (1, folded)
        for found in self._homographs[table].find(words):
            words[found.start : found.end] = [_STRUCK] * (found.end - found.start)
        contexts = list(self._contexts[table].find(words))
        if any(found.name == CONDITION for found in contexts):
            _strike_conditions(words, _clauses(normal), contexts)
        concepts = frozenset(found.name for found in self._concepts[table].find(words))
        return Reading(concepts, frozenset(found.name for found in contexts), self._held(concepts))

    def _held(self, concepts: frozenset[str]) -> tuple[Rule, ...]:
        begun = {*chain.from_iterable(self._begun_by.get(concept, ()) for concept in concepts)}
        rules = (self._rules[place] for place in sorted(begun))
        return tuple(rule for rule in rules if not any(map(concepts.isdisjoint, rule.all)))


def _clauses(normal: str) -> list[tuple[int, int]]:
    """Of each word the number of its sentence and of its clause."""
    found = []
    clause = sentence = 0
    for match in _PART.finditer(normal):
        if match["word"]:
            found.append((sentence, clause))
        else:
            clause += 1
            sentence += bool(match["sentence"])
    return found


def _strike_conditions(words: list[str], clauses: Sequence[tuple[int, int]], contexts: Sequence[Found]) -> None:
    """Leave out what a condition speaks of: from its first word to the sentence's end, or to a cry for help."""
    urgent = {clauses[found.start] for found in contexts if found.name == URGENT}
    for found in contexts:
        if found.name != CONDITION:
            continue
        own = clauses[found.start]
        for place in range(found.start, len(words)):
            if clauses[place][0] != own[0] or (clauses[place] != own and clauses[place] in urgent):
                break
            words[place] = _STRUCK


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
