"""What a message means: emergencies first, then the entry or the command, or an honest "not sure" or "outside"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from content.catalog import Catalog
from content.emergency_rules import load_emergency_rules
from content.lexicon import load_lexicon
from content.schema import Severity
from content.words import fold
from nlu.alarm import AlarmTable
from nlu.artefact import mark_of, read, write
from nlu.classifier import Classifier, Verdict
from nlu.emergency import EmergencyDetector, Learnt
from nlu.examples import Example, load_examples
from nlu.features import Tokenizer
from nlu.normalize import Normalizer
from nlu.verdict import INTENTS, Emergency, Level, Understanding, UnderstandingKind

ALTERNATIVES = 3
COMMAND_FROM = 0.3
"""Probability of being right from which a command is carried out; commands cannot be offered as a choice of entries."""
PLAUSIBLE = 0.3
"""Score from which the best entry is looked at before those a card leads to."""

_DOMAINS = {"food": "food.", "fire": "battery."}
"""Beginning of the ids of entries that belong to the domain of a card."""


class Understander:
    """Understands messages of one content. Immutable; safe to use from several threads."""

    def __init__(self, catalog: Catalog, tools: _Tools, classifier: Classifier, learnt: Learnt) -> None:
        self.catalog = catalog
        self.classifier = classifier
        self._normalizer, self._tokenizer = tools.normalizer, tools.tokenizer
        self._detector = EmergencyDetector(tools.table, learnt, tools.tokenizer, catalog.cards)
        self._learnt = learnt
        self._titles = {
            _title(self._normalizer.normalize(title)): entry.id
            for entry in catalog.faq.values()
            for title in (entry.label, entry.question)
        }

    @classmethod
    def load(cls, catalog: Catalog, cache_dir: Path | None) -> Self:
        """The model for the content: read from ``cache_dir``, or trained (well under a minute) and kept there.

        A kept model is used only while examples, content and code are exactly those it was made from. A cache that
        cannot be read or written costs time, nothing else. Raises ContentError when examples or rules do not load.
        """
        tools = _Tools(catalog)
        mark = mark_of(catalog)
        path = cache_dir / f"nlu-{mark[:20]}.npz" if cache_dir is not None else None
        arrays = read(path, mark) if path is not None else None
        if arrays is not None:
            return cls(catalog, tools, Classifier.from_arrays(arrays), Learnt.from_arrays(arrays))
        made = cls.trained(catalog, load_examples())
        if path is not None:
            write(path, mark, {**made.classifier.to_arrays(), **made._learnt.to_arrays()})
        return made

    @classmethod
    def trained(cls, catalog: Catalog, examples: Sequence[Example], calibrated: Understander | None = None) -> Self:
        """A model of the examples; with the probabilities and thresholds of ``calibrated`` when that is given."""
        from nlu.emergency_training import learn  # scikit-learn is needed here only
        from nlu.training import corpus_of, train

        tools = _Tools(catalog)
        severities = {entry.id: entry.severity for entry in catalog.faq.values()}
        corpus = corpus_of(examples, catalog.faq, catalog.cards, INTENTS, tools.normalizer, tools.tokenizer)
        classifier = train(corpus, calibrated.classifier if calibrated is not None else None)
        learnt = learn(examples, catalog.cards, severities, tools.table, tools.normalizer, tools.tokenizer)
        return cls(catalog, tools, classifier, learnt)

    def understand(self, text: str) -> Understanding:
        """What ``text`` means, whoever wrote it. Raises on no text; only its first 10,000 characters are read."""
        normal = self._normalizer.normalize(text)
        if not any(letter.isalnum() for letter in normal):
            return Understanding(text, UnderstandingKind.FALLBACK)
        tokens = self._tokenizer.tokens(normal)
        emergency = self._detector.detect(normal, tokens)
        verdict = self.classifier.classify(tokens)
        entries = tuple(name for name in verdict.names if name in self.catalog.faq)
        titled = self._titles.get(_title(normal))
        if titled is not None and self.catalog.faq[titled].severity is not Severity.EMERGENCY:
            emergency = _weaker(emergency)
        if emergency.level is Level.CERTAIN:
            best = tuple(dict.fromkeys([*filter(None, [titled]), *self._rescue(emergency, verdict, entries)]))
            return Understanding(
                text, UnderstandingKind.EMERGENCY, best[0], None, verdict.score, best[:ALTERNATIVES], emergency
            )
        if titled is not None:
            others = tuple(entry for entry in entries if entry != titled)
            alternatives = (titled, *others)[:ALTERNATIVES]
            return Understanding(text, UnderstandingKind.FAQ, titled, None, 1.0, alternatives, emergency)
        return self._ordinary(text, verdict, entries, emergency)

    def _ordinary(self, text: str, verdict: Verdict, entries: tuple[str, ...], emergency: Emergency) -> Understanding:
        """An entry, a command, a choice or nothing, by the thresholds."""
        thresholds, best = self.classifier.thresholds, verdict.names[0]
        if best in INTENTS and verdict.in_scope >= thresholds.command and verdict.right >= COMMAND_FROM:
            return Understanding(text, UnderstandingKind.INTENT, None, best, verdict.score, (), emergency)
        outside = not entries or verdict.in_scope < thresholds.in_scope or verdict.right < thresholds.hopeless
        if outside and emergency.type is not None:  # somebody may be in danger: offer what the card leads to
            offered = self._rescue(emergency, verdict, entries)[:ALTERNATIVES]
            return Understanding(text, UnderstandingKind.CLARIFY, offered[0], None, verdict.score, offered, emergency)
        if outside:
            return Understanding(text, UnderstandingKind.FALLBACK, score=verdict.score, emergency=emergency)
        alternatives = entries[:ALTERNATIVES]
        sure = best == alternatives[0] and verdict.score >= thresholds.sure
        kind = UnderstandingKind.FAQ if sure else UnderstandingKind.CLARIFY
        return Understanding(text, kind, alternatives[0], None, verdict.score, alternatives, emergency)

    def _rescue(self, emergency: Emergency, verdict: Verdict, entries: tuple[str, ...]) -> tuple[str, ...]:
        """Entries for an emergency: the classifier's pick if it is plausible, and those the card leads to."""
        assert emergency.type is not None
        leads = self.catalog.cards[emergency.type].faq
        start = _DOMAINS[emergency.domain or "food"]
        likely = [entry for entry in entries if entry in leads]
        if entries and entries[0].startswith(start) and verdict.score >= PLAUSIBLE:
            likely.insert(0, entries[0])
        return tuple(dict.fromkeys([*likely, *leads]))


def _title(normal: str) -> str:
    """A normalised text as titles are compared: without diacritics and closing marks."""
    return fold(normal).strip(" .?!")


def _weaker(emergency: Emergency) -> Emergency:
    """The emergency of an entry's own title: the words of a general question, nobody's cry."""
    return replace(emergency, level=Level.POSSIBLE) if emergency.level is Level.CERTAIN else emergency


class _Tools:
    """What reads a message before any model does."""

    def __init__(self, catalog: Catalog) -> None:
        lexicon = load_lexicon(catalog.root)
        self.normalizer = Normalizer(lexicon)
        self.tokenizer = Tokenizer(lexicon.concepts)
        self.table = AlarmTable(load_emergency_rules(catalog.cards, catalog.root))
