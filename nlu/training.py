"""Training the classifier from the examples and the reviewed answers, in about half a minute on two cores.

Thresholds and probabilities are fitted on messages the model did not see (cross-validation), so that what the model
says of its own certainty holds for the next message, not for the last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from content.schema import EmergencyCard, FaqEntry
from nlu.classifier import Classifier, Thresholds
from nlu.examples import EMERGENCY, LOOKALIKE, OUT_OF_SCOPE, POSSIBLE, Example
from nlu.features import Tokenizer, Tokens, View, terms_of
from nlu.normalize import Normalizer
from nlu.ranking import Ranker
from nlu.verdict import INTENTS

FOLDS = 2
EMERGENCY_WEIGHT = 0.3
"""Of a real emergency as an example of the first entry its card leads to: near it, not always the same."""
SCOPE_STRENGTH = 10.0
"""C of the in-scope model; measured."""
SEED = 0

OUTSIDE_SERVED, OUTSIDE_ANSWERED, OUTSIDE_OBEYED = 0.06, 0.02, 0.02
"""Shares of the messages outside Loa's scope that may, in cross-validation, be taken for a question, be answered
without asking back, and be taken for a command. The finished model knows twice as many examples and lets less in."""
OFFERED, REFUSED = 0.3, -0.1
"""Worth of having the right answer among those offered, and of refusing a question in scope; offering wrong ones costs
as much as refusing."""

Ints = NDArray[np.int64]
Floats64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that is learnt from, taken apart. ``labels[i]`` is an index into ``names``, or one more for outside."""

    names: tuple[str, ...]
    tokens: list[Tokens]
    labels: Ints
    weights: Floats64
    judged: NDArray[np.bool_]
    """Examples that the model is measured on; the others (lines of answers, emergencies) are only learnt from."""

    @property
    def outside(self) -> int:
        return len(self.names)

    def part(self, chosen: NDArray[np.bool_]) -> Corpus:
        kept = [tokens for tokens, keep in zip(self.tokens, chosen, strict=True) if keep]
        return Corpus(self.names, kept, self.labels[chosen], self.weights[chosen], self.judged[chosen])


def corpus_of(
    examples: Sequence[Example],
    faq: Mapping[str, FaqEntry],
    cards: Mapping[str, EmergencyCard],
    intents: Sequence[str],
    normalizer: Normalizer,
    tokenizer: Tokenizer,
) -> Corpus:
    """Examples, the lines of the answers, and emergencies as examples of what their card leads to.

    Raises ValueError for an example of something unknown, and for a command without examples.
    """
    names = (*sorted(faq), *intents)
    place = {name: number for number, name in enumerate(names)} | {OUT_OF_SCOPE: len(names)}
    rows: list[tuple[str, int, float, bool]] = []
    for example in examples:
        if example.intent.startswith(EMERGENCY):
            card = cards.get(example.intent.removeprefix(EMERGENCY))
            if card is None:
                raise ValueError(f"{example.file}:{example.line}: no emergency card {example.intent}")
            rows.append((example.text, place[card.faq[0]], EMERGENCY_WEIGHT, False))
        elif example.intent in (POSSIBLE, LOOKALIKE):
            continue  # they teach what is an emergency, not what is asked
        elif example.intent in place:
            rows.append((example.text, place[example.intent], 1.0, True))
        else:
            raise ValueError(f"{example.file}:{example.line}: nothing is called {example.intent}")
    for entry in faq.values():
        lines = (entry.question, entry.label, *entry.act, *entry.do_not, *filter(None, [entry.why]))
        rows.extend((line, place[entry.id], 1.0, False) for line in lines)
    missing = set(place.values()) - {label for _, label, _, _ in rows}
    if missing:
        raise ValueError(f"no examples of {[name for name, number in place.items() if number in missing]}")
    tokens = [tokenizer.tokens(normalizer.normalize(text)) for text, _, _, _ in rows]
    return Corpus(
        names,
        tokens,
        np.array([label for _, label, _, _ in rows]),
        np.array([weight for _, _, weight, _ in rows]),
        np.array([judged for _, _, _, judged in rows]),
    )


def train(corpus: Corpus, calibrated: Classifier | None = None) -> Classifier:
    """The model with its probabilities and thresholds; with those of ``calibrated`` it takes a fifth of the time."""
    folded, accented = _views(corpus)
    matrices = (_matrix(folded, corpus, accented=False), _matrix(accented, corpus, accented=True))
    if calibrated is not None:
        model = _fitted(corpus, folded, accented, matrices, np.ones(len(corpus.labels), dtype=bool))
        model.right_model, model.scope_model = calibrated.right_model, calibrated.scope_model
        model.thresholds = calibrated.thresholds
        return model
    folds = folds_of(corpus)
    judged: list[Judged] = []
    for fold in range(FOLDS):
        held = (folds == fold) & corpus.judged
        model = _fitted(corpus, folded, accented, matrices, ~held)
        judged.extend(_judge(model, corpus.tokens[place], int(corpus.labels[place])) for place in np.flatnonzero(held))
    model = _fitted(corpus, folded, accented, matrices, np.ones(len(folds), dtype=bool))
    model.right_model, model.scope_model = _probabilities(judged)
    commands = {place for place, name in enumerate(corpus.names) if name in INTENTS}
    model.thresholds = chosen_thresholds(model, judged, commands)
    return model


@dataclass(frozen=True, slots=True)
class Judged:
    """A message the model had not seen: what it made of it and whether that was right."""

    label: int
    best: tuple[int, ...]
    right: NDArray[np.float32]
    in_scope: NDArray[np.float32]
    outside: bool


def folds_of(corpus: Corpus) -> Ints:
    """A fold for each example, every class spread evenly over the folds."""
    random = np.random.default_rng(SEED)
    folds = np.zeros(len(corpus.labels), dtype=np.int64)
    for label in np.unique(corpus.labels):
        members = np.flatnonzero(corpus.labels == label)
        random.shuffle(members)
        folds[members] = np.arange(len(members)) % FOLDS
    return folds


def _views(corpus: Corpus) -> tuple[View, View]:
    concepts = [tokens.concepts for tokens in corpus.tokens]
    folded = View.learnt([tokens.folded for tokens in corpus.tokens], concepts)
    return folded, View.learnt([tokens.words for tokens in corpus.tokens], concepts)


def _matrix(view: View, corpus: Corpus, *, accented: bool) -> sparse.csr_matrix:
    return matrix_of(view, ((tokens.words if accented else tokens.folded, tokens.concepts) for tokens in corpus.tokens))


def matrix_of(view: View, texts: Iterable[tuple[Sequence[str], Sequence[str]]]) -> sparse.csr_matrix:
    """Many messages (words and concepts of each) as rows of features."""
    rows = [view.features(words, concepts) for words, concepts in texts]
    ends = np.cumsum([0, *(len(ids) for ids, _ in rows)])
    ids = np.concatenate([ids for ids, _ in rows])
    weights = np.concatenate([weights for _, weights in rows]).astype(np.float64)
    return sparse.csr_matrix((weights, ids, ends), shape=(len(rows), len(view)))


def _fitted(
    corpus: Corpus,
    folded: View,
    accented: View,
    matrices: tuple[sparse.csr_matrix, sparse.csr_matrix],
    chosen: NDArray[np.bool_],
) -> Classifier:
    """The model learnt from the chosen examples; its probabilities and thresholds are not fitted yet."""
    part = corpus.part(chosen)
    rows = np.flatnonzero(chosen)
    parts = [matrix[rows] for matrix in matrices]
    with ThreadPoolExecutor(len(parts)) as pool:  # liblinear works outside the interpreter's lock
        machines = list(pool.map(lambda matrix: _margins(matrix, part), parts))
        scopes = list(pool.map(lambda matrix: _scope(matrix, part), parts))
    documents: list[list[str]] = [[] for _ in (*corpus.names, OUT_OF_SCOPE)]
    for tokens, label, weight in zip(part.tokens, part.labels, part.weights, strict=True):
        if weight == 1.0:
            documents[label].extend(terms_of(tokens.folded))
    ranker = Ranker.learnt(documents)
    return Classifier(corpus.names, folded, accented, *machines[0], *machines[1], scopes[0], scopes[1], ranker)


def _scope(matrix: sparse.csr_matrix, part: Corpus) -> NDArray[np.float32]:
    """Weights of the features for being in scope, the constant last."""
    model = LogisticRegression(
        C=SCOPE_STRENGTH, class_weight="balanced", solver="liblinear", dual=True, random_state=SEED
    )
    model.fit(matrix, part.labels != part.outside, sample_weight=part.weights)
    return np.array([*model.coef_[0], model.intercept_[0]], dtype=np.float32)


def _margins(matrix: sparse.csr_matrix, part: Corpus) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (features by classes) and constants of a support vector machine, one class against the rest."""
    machine = LinearSVC(C=1.0, class_weight="balanced", random_state=SEED, dual=True, tol=1e-2)
    machine.fit(matrix, part.labels, sample_weight=part.weights)
    return np.ascontiguousarray(machine.coef_.T, dtype=np.float32), machine.intercept_.astype(np.float32)


def _judge(model: Classifier, tokens: Tokens, label: int) -> Judged:
    scores, right, in_scope = model.signals(tokens)
    best = tuple(int(place) for place in np.argsort(-scores, kind="stable")[:3])
    return Judged(label, best, right, in_scope, label == len(model.names))


def _probabilities(judged: Sequence[Judged]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights of the signals for being right (among messages in scope) and for being in scope."""
    inside = [case for case in judged if not case.outside]
    right = _logistic([case.right for case in inside], [case.best[0] == case.label for case in inside])
    scope = _logistic([case.in_scope for case in judged], [not case.outside for case in judged])
    return right, scope


def _logistic(signals: Sequence[NDArray[np.float32]], truth: Sequence[bool]) -> NDArray[np.float32]:
    table = np.array(signals, dtype=np.float64)[:, :-1]
    model = LogisticRegression(C=10.0, max_iter=1000).fit(table, np.array(truth))
    return np.array([*model.coef_[0], model.intercept_[0]], dtype=np.float32)


def chosen_thresholds(model: Classifier, judged: Sequence[Judged], commands: Collection[int]) -> Thresholds:
    """What keeps out enough of what is outside, then what serves the doubtful questions best by the worths above.

    ``commands`` are the numbers of the commands among the names.
    """
    scope = _logits(np.array([case.in_scope for case in judged]) @ model.scope_model)
    right = _logits(np.array([case.right for case in judged]) @ model.right_model)
    outside = np.array([case.outside for case in judged])
    obeyed = np.array([case.best[0] in commands for case in judged])
    in_scope = _keeping_out(scope[outside & ~obeyed], int(OUTSIDE_SERVED * outside.sum()))
    command = _keeping_out(scope[outside & obeyed], int(OUTSIDE_OBEYED * outside.sum()))
    score = scope * right
    sure = _keeping_out(score[outside & ~obeyed], int(OUTSIDE_ANSWERED * outside.sum()))
    doubtful = ~outside & (scope >= in_scope) & (score < sure)
    among = np.array([case.label in case.best for case in judged])[doubtful]
    offered = np.where(among, OFFERED, REFUSED - OFFERED)
    grid = np.arange(0.0, 0.5, 0.02)
    worth = [float(np.where(right[doubtful] >= hopeless, offered, REFUSED).sum()) for hopeless in grid]
    return Thresholds(in_scope, command, sure, float(grid[int(np.argmax(worth))]))


def _keeping_out(scores: NDArray[np.float32], let_in: int) -> float:
    """The least threshold that at most so many of the scores reach."""
    ranked = np.sort(scores)[::-1]
    return float(np.nextafter(ranked[let_in], np.float32(1))) if let_in < len(ranked) else 0.0


def _logits(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-values)), dtype=np.float32)
