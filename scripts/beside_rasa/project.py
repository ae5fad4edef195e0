"""A temporary Rasa project of the training examples: the files as they are, with a domain, rules and a pipeline."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from content.catalog import Catalog
from nlu.examples import DATA, EMERGENCY, LOOKALIKE, OUT_OF_SCOPE, PATTERN, POSSIBLE, VERSION
from nlu.verdict import INTENTS

EPOCHS = 100
FALLBACK_BELOW, AMBIGUOUS_WITHIN = 0.3, 0.1
"""Confidence below which Rasa gives up, and the lead over the second it wants; its documented defaults."""
ANSWER = "utter_answer"
MODEL = "model.tar.gz"

_WARNING = re.compile(r"^.*?\b(?:User|Future)Warning: (.*)$", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "LOG_LEVEL": "ERROR",
    "PYTHONUTF8": "1",
}


class RasaFault(Exception):
    """Rasa refused the project or failed; the text is what it said."""


def intents_of(catalog: Catalog) -> list[str]:
    """Everything an example may mean: entries, commands, cards, and what is no question to Loa."""
    cards = (EMERGENCY + card for card in catalog.cards)
    return sorted({*catalog.faq, *INTENTS, *cards, OUT_OF_SCOPE, POSSIBLE, LOOKALIKE})


def pipeline(epochs: int = EPOCHS) -> list[dict[str, Any]]:
    """The pipeline Rasa proposes for a language without a model of its own, for intents alone."""
    return [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True, "random_seed": 1},
        {"name": "FallbackClassifier", "threshold": FALLBACK_BELOW, "ambiguity_threshold": AMBIGUOUS_WITHIN},
    ]


def write_project(folder: Path, intents: Iterable[str], data: Path = DATA, epochs: int = EPOCHS) -> None:
    """A whole project in ``folder``. Every intent has a rule, or Rasa would call it unused."""
    intents = list(intents)
    (folder / "data" / "nlu").mkdir(parents=True)
    for file in sorted(data.glob(PATTERN)):
        shutil.copy(file, folder / "data" / "nlu")
    rules = [{"rule": name, "steps": [{"intent": name}, {"action": ANSWER}]} for name in intents]
    files: dict[str, dict[str, Any]] = {
        "domain.yml": {"intents": intents, "responses": {ANSWER: [{"text": "."}]}},
        "data/rules.yml": {"rules": rules},
        "config.yml": {
            "recipe": "default.v1",
            "assistant_id": "loa",
            "language": "vi",
            "pipeline": pipeline(epochs),
            "policies": [{"name": "RulePolicy"}],
        },
    }
    for name, content in files.items():
        text = yaml.safe_dump({"version": VERSION, **content}, allow_unicode=True, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")


def validate(rasa: Path, folder: Path) -> None:
    """``rasa data validate``; raises RasaFault with every warning, whether Rasa itself counts it as a fault or not."""
    done = _run(rasa, folder, "data", "validate", "--fail-on-warnings", "--data", "data", "--domain", "domain.yml")
    warnings = list(dict.fromkeys(_WARNING.findall(done.stdout)))
    if warnings or done.returncode:
        raise RasaFault("\n".join(warnings) or done.stdout)


def train(rasa: Path, folder: Path) -> float:
    """Train into ``folder/MODEL``; seconds of the whole command.

    The folder must be new: Rasa keeps a cache in it, from which a second training takes nearly everything.
    """
    begin = time.perf_counter()
    arguments = ("--nlu", "data/nlu", "--domain", "domain.yml", "--out", ".", "--fixed-model-name", MODEL)
    done = _run(rasa, folder, "train", "nlu", *arguments)
    if done.returncode or not (folder / MODEL).exists():
        raise RasaFault(done.stdout)
    return time.perf_counter() - begin


def environment() -> dict[str, str]:
    """What Rasa's processes are started with: quiet, telling nobody, and with its own modules only."""
    return {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **_QUIET}


def _run(rasa: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # noqa: S603  the executable the caller named
        [rasa, *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    done.stdout = _COLOUR.sub("", done.stdout)
    return done
