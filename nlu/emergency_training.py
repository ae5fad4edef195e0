"""Training the model that adds alarms to those of the reviewed table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from content.schema import EmergencyCard, Severity
from nlu.alarm import AlarmTable
from nlu.emergency import Learnt, Signs, table_features
from nlu.examples import EMERGENCY, LOOKALIKE, OUT_OF_SCOPE, POSSIBLE, Example
from nlu.features import Tokenizer, Tokens, View
from nlu.normalize import Normalizer
from nlu.training import SEED, matrix_of

STRENGTH = 20.0
"""C of the models; measured."""
QUESTION_WEIGHT = 0.3
"""Of a question to an entry: there are many, and none looks like an alarm as the labelled look-alikes do; measured."""


def learn(
    examples: Sequence[Example],
    cards: Mapping[str, EmergencyCard],
    severities: Mapping[str, Severity],
    table: AlarmTable,
    normalizer: Normalizer,
    tokenizer: Tokenizer,
) -> Learnt:
    """Train the model on the labelled emergencies against everything that surely is none.

    Questions whose entry is itself an emergency's are left out: they are asked in both ways.
    """
    leads = {entry for card in cards.values() for entry in card.faq}
    kept = [example for example in examples if _label(example, leads, severities) is not None]
    normals = [normalizer.normalize(example.text) for example in kept]
    tokens = [tokenizer.tokens(normal) for normal in normals]
    found = [table_features(table.read(normal)) for normal in normals]
    happening = np.array([bool(_label(example, leads, severities)) for example in kept])
    perhaps = happening | np.array([example.intent == POSSIBLE for example in kept])
    weights = np.array([QUESTION_WEIGHT if example.intent in severities else 1.0 for example in kept])
    views = [View.learnt(words, found) for words in _both(tokens)]
    matrices = [
        matrix_of(view, zip(words, found, strict=True)) for view, words in zip(views, _both(tokens), strict=True)
    ]
    types = tuple(sorted(cards))
    kinds = np.array([types.index(example.intent.removeprefix(EMERGENCY)) for example in kept if _is_real(example)])
    kind = LinearSVC(C=0.5, class_weight="balanced", random_state=SEED, dual=True, tol=1e-3, max_iter=5000)
    with ThreadPoolExecutor(2) as pool:  # liblinear works outside the interpreter's lock
        jobs = [pool.submit(_model, matrix, truth, weights) for matrix in matrices for truth in (happening, perhaps)]
        kind.fit(matrices[0][np.flatnonzero(happening)], kinds)
        models = [job.result() for job in jobs]
    return Learnt(
        Signs(views[0], models[0], models[1]),
        Signs(views[1], models[2], models[3]),
        types,
        np.ascontiguousarray(kind.coef_.T, dtype=np.float32),
        kind.intercept_.astype(np.float32),
    )


def _both(tokens: Sequence[Tokens]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    return [token.folded for token in tokens], [token.words for token in tokens]


def _model(matrix: sparse.csr_matrix, truth: NDArray[np.bool_], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weights of the features, the constant last."""
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear", tol=1e-2, random_state=SEED)
    model.fit(matrix, truth, sample_weight=weights)
    return np.array([*model.coef_[0], model.intercept_[0]], dtype=np.float32)


def _is_real(example: Example) -> bool:
    return example.intent.startswith(EMERGENCY)


def _label(example: Example, leads: set[str], severities: Mapping[str, Severity]) -> bool | None:
    """Whether the message tells of something happening now; None when its label does not say."""
    if _is_real(example):
        return True
    if example.intent in (LOOKALIKE, POSSIBLE, OUT_OF_SCOPE) or example.intent not in severities:
        return False
    return None if example.intent in leads else False
