"""Training the model that adds alarms to those of the reviewed table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from content.schema import EmergencyCard, Severity
from nlu.alarm import AlarmTable
from nlu.emergency import Learnt, table_features, weighted
from nlu.examples import EMERGENCY, LOOKALIKE, OUT_OF_SCOPE, POSSIBLE, Example
from nlu.features import Tokenizer, Tokens, View
from nlu.normalize import Normalizer
from nlu.training import SEED, matrix_of


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
    view = View.learnt([token.folded for token in tokens], found)
    matrix = _matrix(view, tokens, found)
    happening = np.array([bool(_label(example, leads, severities)) for example in kept])
    types = tuple(sorted(cards))
    kinds = np.array([types.index(example.intent.removeprefix(EMERGENCY)) for example in kept if _is_real(example)])
    perhaps = happening | np.array([example.intent == POSSIBLE for example in kept])
    alarm, notice = (
        LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=SEED) for _ in range(2)
    )
    kind = LinearSVC(C=0.5, class_weight="balanced", random_state=SEED, dual=True)
    with ThreadPoolExecutor(2) as pool:
        jobs = (
            pool.submit(alarm.fit, matrix, happening),
            pool.submit(notice.fit, matrix, perhaps),
            pool.submit(kind.fit, matrix[np.flatnonzero(happening)], kinds),
        )
        for job in jobs:
            job.result()
    return Learnt(
        view,
        np.array([*alarm.coef_[0], alarm.intercept_[0]], dtype=np.float32),
        np.array([*notice.coef_[0], notice.intercept_[0]], dtype=np.float32),
        types,
        np.ascontiguousarray(kind.coef_.T, dtype=np.float32),
        kind.intercept_.astype(np.float32),
    )


def _is_real(example: Example) -> bool:
    return example.intent.startswith(EMERGENCY)


def _label(example: Example, leads: set[str], severities: Mapping[str, Severity]) -> bool | None:
    """Whether the message tells of something happening now; None when its label does not say."""
    if _is_real(example):
        return True
    if example.intent in (LOOKALIKE, POSSIBLE, OUT_OF_SCOPE) or example.intent not in severities:
        return False
    return None if example.intent in leads else False


def _matrix(view: View, tokens: Sequence[Tokens], found: Sequence[Sequence[str]]) -> sparse.csr_matrix:
    matrix = matrix_of(view, ((token.folded, names) for token, names in zip(tokens, found, strict=True)))
    matrix.data = weighted(view, matrix.indices, matrix.data.astype(np.float32)).astype(np.float64)
    return matrix
