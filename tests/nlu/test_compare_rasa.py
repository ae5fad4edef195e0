"""The comparison with Rasa, as far as it goes without Rasa: the project, the judging, the table, what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from content.catalog import Catalog
from nlu.evaluation.rows import Row, read_rows
from nlu.examples import DATA, VERSION, load_examples
from nlu.understanding import Understander
from nlu.verdict import Level
from scripts.beside_rasa import measured
from scripts.beside_rasa.project import RasaFault, intents_of, train, validate, write_project
from scripts.beside_rasa.score import Found, Process, by_loa, by_rasa, scores
from scripts.beside_rasa.table import DIET, LOA, RASA, to_text
from tests.conftest import CACHE

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "compare-rasa"
WARNING = r"printf '\033[93m/a/b.py:80: UserWarning: The intent is not listed.\n  More info\033[0m\n' >&2"
FAKE_PYTHON = """#!{python}
import json, pathlib, sys
_, _, which, model, texts, result = sys.argv
texts = json.loads(pathlib.Path(texts).read_text())
found = [dict(ranking=["food.five_keys", "greet"], gave_up=False) for _ in texts]
measured = dict(found=found, seconds=[0.5] * len(texts), load=9.0, resident=900.0)
pathlib.Path(result).write_text(json.dumps(measured))
"""


def _rasa(folder: Path, does: str) -> Path:
    """An executable in Rasa's place."""
    path = folder / "rasa"
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return path


def test_the_project_has_all_examples_and_a_rule_for_every_intent(catalog: Catalog, tmp_path: Path) -> None:
    write_project(tmp_path, intents_of(catalog), epochs=7)
    copied = {path.name: path.read_bytes() for path in (tmp_path / "data" / "nlu").iterdir()}
    assert copied == {path.name: path.read_bytes() for path in DATA.glob("*.yml")}
    domain, rules, config = (
        yaml.safe_load((tmp_path / name).read_text()) for name in ("domain.yml", "data/rules.yml", "config.yml")
    )
    assert set(domain["intents"]) == {example.intent for example in load_examples()}
    assert {rule["steps"][0]["intent"] for rule in rules["rules"]} == set(domain["intents"])
    assert {rule["steps"][1]["action"] for rule in rules["rules"]} == set(domain["responses"])
    (diet,) = (part for part in config["pipeline"] if part["name"] == "DIETClassifier")
    assert (diet["epochs"], diet["constrain_similarities"]) == (7, True)
    assert config["pipeline"][-1]["name"] == "FallbackClassifier"


def test_a_clean_project_is_valid(tmp_path: Path) -> None:
    validate(_rasa(tmp_path, "echo DeprecationWarning: of a library >&2"), tmp_path)


@pytest.mark.parametrize("does", [WARNING, f"{WARNING}; exit 1", "echo not listed; exit 1"])
def test_any_warning_of_rasa_is_a_fault(tmp_path: Path, does: str) -> None:
    with pytest.raises(RasaFault, match="not listed") as caught:
        validate(_rasa(tmp_path, does), tmp_path)
    assert "\x1b" not in str(caught.value)


def test_a_training_without_a_model_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(RasaFault, match="no data"):
        train(_rasa(tmp_path, "echo no data"), tmp_path)
    assert train(_rasa(tmp_path, "touch model.tar.gz"), tmp_path) > 0


def test_an_emergency_leads_to_the_entry_rasa_ranks_highest(catalog: Catalog) -> None:
    card = next(card for card in catalog.cards.values() if len(card.faq) > 1)
    certain = f"emergency.{card.id}"
    answer = {"ranking": ["nlu_fallback", certain, "greet", card.faq[1]], "gave_up": True}
    assert by_rasa(answer, catalog, fallback=False) == Found((card.faq[1], "greet"), Level.CERTAIN)
    assert by_rasa(answer, catalog, fallback=True) == Found(("out_of_scope",), Level.NONE)
    alone = by_rasa({"ranking": [certain], "gave_up": False}, catalog, fallback=True)
    assert alone == Found((card.faq[0],), Level.CERTAIN)


def test_what_is_no_question_is_passed_over(catalog: Catalog) -> None:
    possible = {"ranking": ["emergency_possible", "greet"], "gave_up": False}
    assert by_rasa(possible, catalog, fallback=True) == Found(("greet",), Level.POSSIBLE)
    lookalike = {"ranking": ["emergency_lookalike"], "gave_up": False}
    assert by_rasa(lookalike, catalog, fallback=True) == Found(("out_of_scope",), Level.NONE)


def test_loa_is_judged_by_what_it_answers_or_offers_first(understander: Understander) -> None:
    assert by_loa(understander.understand("xin chào").to_json("")).meanings == ("greet",)
    assert by_loa(understander.understand("...").to_json("")) == Found(("out_of_scope",), Level.NONE)


def _seen(level: Level) -> dict[str, Found]:
    return {"A": Found(("x", "y"), level)}


def test_each_style_is_scored_by_what_comes_first_and_what_is_among_three() -> None:
    labelled = [Row("", faq="x", style="a"), Row("", faq="y", style="a"), Row("", faq=None, style="b")]
    meant, alarms = scores((row, _seen(Level.NONE)) for row in labelled)
    assert [(score.rows, score.right["A"], score.among["A"]) for score in meant.values()] == [(2, 1, 2), (1, 0, 0)]
    assert not alarms


@pytest.mark.parametrize(
    ("level", "right"),
    [
        (Level.CERTAIN, {Level.CERTAIN}),
        (Level.POSSIBLE, {Level.CERTAIN, Level.POSSIBLE}),
        (Level.NONE, {Level.POSSIBLE, Level.NONE}),
    ],
)
def test_an_emergency_is_seen_as_labelled_or_not(level: Level, right: set[Level]) -> None:
    for found in Level:
        meant, alarms = scores([(Row("", emergency=level, style="s"), _seen(found))])
        assert alarms[f"{level}: s"].right["A"] == (found in right)
        assert not meant


def test_the_table_shows_figures_and_aims_but_no_message() -> None:
    right, wrong = Found(("x",), Level.NONE), Found(("y",), Level.CERTAIN)
    rows = [
        (Row("secret", faq="x", style="long"), {RASA: wrong, DIET: wrong, LOA: right}),
        (Row("secret", faq="x", style="short"), {RASA: right, DIET: wrong, LOA: wrong}),
        (Row("secret", emergency=Level.NONE, style="metaphor"), {RASA: right, DIET: wrong, LOA: right}),
    ]
    meant, alarms = scores(rows)
    rasa = Process(None, 9.0, 900.0, [0.010] * 99 + [0.030])
    loa = Process(8.0, 0.5, 80.0, [0.001] * 99 + [0.002])
    text = to_text(meant, alarms, rasa, loa)
    assert "better than Rasa on 1 of 3 styles\n  as good on none: metaphor\n  behind on short\n" in text
    assert "at least 10 times faster: yes (10.0)" in text
    assert "at most 1/10 of the memory: yes (1/11.2)" in text
    figures = {line.split("  ")[0]: line.split()[-3:] for line in text.splitlines()}
    assert figures["long"] == ["0.000", "0.000", "1.000"]
    assert figures["all messages"] == ["0.500", "0.000", "0.500"]
    assert figures["all none"] == ["1.000", "0.000", "1.000"]
    assert figures["ms a message, p99"] == ["10.00", "1.00", "10.0"]
    assert figures["training, s"] == ["-", "8.00", "-"]
    assert "secret" not in text


def test_the_measuring_process_tells_what_it_found_and_cost(understander: Understander, tmp_path: Path) -> None:
    texts, result = tmp_path / "texts.json", tmp_path / "result.json"
    texts.write_text(json.dumps(["xin chào", "..."]))
    command: list[str | Path] = [sys.executable, measured.__file__, "loa", CACHE, texts, result]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    told = json.loads(result.read_text())
    assert [answer["kind"] for answer in told["found"]] == ["intent", "fallback"]
    assert len(told["seconds"]) == 2
    assert told["load"] > min(told["seconds"]) > 0
    assert told["resident"] > 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [([], "on PATH"), (["--rasa", "/nowhere/rasa"], "at /nowhere/rasa"), (["--rasa", "/"], "pip install rasa==3.6.21")],
)
def test_a_missing_rasa_is_told_with_what_to_install(arguments: list[str], said: str) -> None:
    done = subprocess.run([SCRIPT, *arguments], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert done.returncode == 2
    assert said in done.stderr
    assert "--rasa ENVIRONMENT/bin/rasa" in done.stderr


def test_messages_that_do_not_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "python").touch()
    (tmp_path / "rows.yaml").write_text("text: a")
    rasa = _rasa(tmp_path, "exit 0")
    done = subprocess.run([SCRIPT, "--rasa", rasa, tmp_path / "rows.yaml"], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (2, "a list of messages is wanted")


@pytest.mark.long
def test_the_whole_comparison_with_a_stand_in_for_rasa(tmp_path: Path) -> None:
    rasa = _rasa(tmp_path, "[ $1 = data ] || touch model.tar.gz")
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON.format(python=sys.executable))
    python.chmod(0o755)
    rows = ROOT / "tests" / "nlu" / "heldout.yaml"
    command: list[str | Path] = [SCRIPT, "--rasa", rasa, "--data", _few(tmp_path / "few"), rows]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "at least 10 times faster: yes" in done.stdout
    assert not [row.text for row in read_rows(rows) if len(row.text) > 9 and row.text in done.stdout + done.stderr]


def _few(folder: Path) -> Path:
    """A few examples of every intent, so that the training takes seconds."""
    folder.mkdir()
    intents: dict[str, list[str]] = defaultdict(list)
    for example in load_examples():
        intents[example.intent].append(f"- {example.text}\n")
    nlu = [{"intent": name, "examples": "".join(lines[:5])} for name, lines in intents.items()]
    (folder / "few.yml").write_text(yaml.safe_dump({"version": VERSION, "nlu": nlu}, allow_unicode=True))
    return folder
