"""How well messages are understood: labelled ones, or by cross-validation on the training examples."""

from __future__ import annotations

import time
from collections.abc import Sequence

from nlu.evaluation.calibration import Scored
from nlu.evaluation.report import Report, Tally
from nlu.evaluation.rows import Row, labelled
from nlu.examples import OUT_OF_SCOPE, load_examples
from nlu.understanding import Understander
from nlu.verdict import INTENTS, Level, Understanding, UnderstandingKind

FOLDS = 5


def evaluate(understander: Understander, rows: Sequence[Row] | None = None) -> Report:
    """The report on the rows, or by cross-validation on the training examples when there are none."""
    report = Report()
    if rows is not None:
        _measure(understander, rows, report)
        return report
    examples = load_examples()
    for fold in range(FOLDS):
        held = [example for number, example in enumerate(examples) if number % FOLDS == fold]
        kept = [example for number, example in enumerate(examples) if number % FOLDS != fold]
        model = Understander.trained(understander.catalog, kept, calibrated=understander)
        _measure(model, [labelled(example) for example in held], report)
    return report


def _measure(understander: Understander, rows: Sequence[Row], report: Report) -> None:
    for row in rows:
        begin = time.perf_counter()
        found = understander.understand(row.text)
        report.seconds += time.perf_counter() - begin
        if row.emergency is not None:
            _judge_emergency(row, found, report)
        if row.meaning is not None:
            _judge_meaning(row, row.meaning, found, report)


def _judge_emergency(row: Row, found: Understanding, report: Report) -> None:
    assert row.emergency is not None
    level = found.emergency.level
    report.levels[row.emergency, level] += 1
    if row.emergency is Level.CERTAIN:
        if level is not Level.CERTAIN:
            report.missed.append(row.text)
        elif row.type is not None:
            report.types[found.emergency.type == row.type] += 1


def _judge_meaning(row: Row, meaning: str, found: Understanding, report: Report) -> None:
    asked = meaning not in INTENTS and meaning != OUT_OF_SCOPE
    tallies = [report.total, report.styles[row.style], report.domains[row.domain]]
    for tally in [*tallies, report.questions] if asked else tallies:
        _count(meaning, found, tally)
    best = _best(found)
    if best != meaning:
        report.confusions[meaning, best] += 1
    if found.kind is not UnderstandingKind.FALLBACK:
        report.calibration.scored.append(Scored(found.score, best == meaning, meaning == OUT_OF_SCOPE))


def _count(meaning: str, found: Understanding, tally: Tally) -> None:
    best, asked_back = _best(found), found.kind is UnderstandingKind.CLARIFY
    tally.rows += 1
    tally.first += best == meaning
    tally.among += meaning in (*found.alternatives, best)
    tally.right += best == meaning and not asked_back
    tally.wrong += best != meaning and not asked_back and best != OUT_OF_SCOPE
    tally.offered += asked_back
    tally.refused += best == OUT_OF_SCOPE


def _best(found: Understanding) -> str:
    return found.intent or found.faq or OUT_OF_SCOPE
