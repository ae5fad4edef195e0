"""Train Rasa and Loa on the same examples, have both understand the same labelled messages, print one table."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from content.catalog import load_catalog
from nlu.evaluation.rows import Row, read_rows
from nlu.examples import DATA
from scripts.beside_rasa import measured
from scripts.beside_rasa.project import (
    EPOCHS,
    MODEL,
    RasaFault,
    environment,
    intents_of,
    train,
    validate,
    write_project,
)
from scripts.beside_rasa.score import Process, by_loa, by_rasa, scores
from scripts.beside_rasa.table import DIET, LOA, RASA, to_text

ROOT = Path(__file__).parents[2]
SEALED = ROOT / "tests" / "nlu" / "sealed"
MISSING = """\
No Rasa {where}. It is needed for this comparison only, in an environment of its own (3 GB):
    Python 3.8 to 3.10:  pip install rasa==3.6.21
    Python 3.11:         docs/understanding-rasa.md
Then: scripts/compare-rasa --rasa ENVIRONMENT/bin/rasa"""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it was measured, 1 when Rasa found fault with the examples or failed, 2 when something is missing."""
    options = _options(arguments)
    named = options.rasa or shutil.which("rasa")
    rasa = Path(named).absolute() if named else None
    if rasa is None or not rasa.is_file() or not os.access(rasa, os.X_OK):
        return _missing(MISSING.format(where=f"at {rasa}" if rasa else "on PATH"))
    if not _python(rasa).exists():
        return _missing(f"{rasa} is not in an environment of its own: no python is beside it")
    try:
        rows = [row for path in options.rows or sorted(SEALED.glob("*.yaml")) for row in read_rows(path)]
    except (OSError, ValueError) as error:
        return _missing(str(error))
    if not rows:
        return _missing("no labelled messages to compare on")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the folder has sealed messages in it: it goes in any case
    with tempfile.TemporaryDirectory(prefix="beside-rasa-") as folder:
        try:
            print(compared(rasa, rows, options, Path(folder)))
        except RasaFault as fault:
            print(f"Rasa: {fault}", file=sys.stderr)
            return 1
    return 0


def compared(rasa: Path, rows: Sequence[Row], options: argparse.Namespace, folder: Path) -> str:
    """The table. Raises RasaFault when Rasa finds fault with the examples or does not train."""
    catalog = load_catalog()
    project = options.keep or folder / "project"
    project.mkdir(parents=True)
    write_project(project, intents_of(catalog), options.data, options.epochs)
    _say("rasa data validate")
    validate(rasa, project)
    texts, none = folder / "messages.json", folder / "none.json"
    texts.write_text(json.dumps([row.text for row in rows]), encoding="utf-8")
    none.write_text("[]", encoding="utf-8")

    inside = {**os.environ, "PYTHONPATH": str(_tree(options.data, folder / "tree"))}
    _say("Loa trains")
    begin = time.perf_counter()
    _measure(Path(sys.executable), "loa", folder / "models", none, inside)
    learnt = time.perf_counter() - begin
    _say("Loa understands")
    loa = _measure(Path(sys.executable), "loa", folder / "models", texts, inside)

    trained = None
    if options.model is None:
        _say(f"Rasa trains, {options.epochs} epochs")
        trained = train(rasa, project)
    _say("Rasa understands")
    other = _measure(_python(rasa), "rasa", options.model or project / MODEL, texts, environment())

    meant, alarms = scores(
        (
            row,
            {RASA: by_rasa(theirs, catalog, fallback=True), DIET: by_rasa(theirs, catalog, fallback=False), LOA: ours},
        )
        for row, theirs, ours in zip(rows, other["found"], map(by_loa, loa["found"]), strict=True)
    )
    return to_text(meant, alarms, _process(other, trained), _process(loa, learnt))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/compare-rasa", description=__doc__)
    parser.add_argument("--rasa", help="the rasa executable (default: the one on PATH)")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of examples (default: nlu/data)")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of Rasa's training (default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="new folder to keep the Rasa project and its model in")
    parser.add_argument("--model", type=Path, help="model trained earlier on these examples, instead of training")
    parser.add_argument("rows", type=Path, nargs="*", help="labelled messages (default: tests/nlu/sealed/*.yaml)")
    return parser.parse_args(arguments)


def _tree(data: Path, tree: Path) -> Path:
    """Loa's understanding with ``data`` as its examples, so that it learns from the same and keeps its own models."""
    unwanted = shutil.ignore_patterns("__pycache__")
    for package in ("nlu", "content"):
        shutil.copytree(ROOT / package, tree / package, ignore=unwanted)
    shutil.rmtree(tree / "nlu" / "data")
    shutil.copytree(data, tree / "nlu" / "data")
    return tree


def _measure(python: Path, which: str, model: Path, texts: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """What :mod:`measured` wrote, run by that interpreter. Raises RasaFault when it failed."""
    result = texts.with_name(f"{which}.json")
    command: list[str | Path] = [python, measured.__file__, which, model.absolute(), texts, result]
    done = subprocess.run(  # noqa: S603  our own program
        command, env=environ, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode:
        raise RasaFault(f"{which} failed\n{done.stderr}")
    measurement: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return measurement


def _process(measurement: Mapping[str, Any], training: float | None) -> Process:
    return Process(training, measurement["load"], measurement["resident"], measurement["seconds"])


def _python(rasa: Path) -> Path:
    return rasa.resolve().parent / "python"


def _missing(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


def _say(step: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
