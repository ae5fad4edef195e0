"""How well documents are read, against an answer key that people wrote: precision and recall by what is read.

The key names, for each document, its file, the facts of its head, items with who supplies them, tasks with who leads
and helps, when they are due and how much, the parts that only lay down duties, reports owed and deadlines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Json = Mapping[str, Any]
Fact = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """What was found and what was to be found; a fact may stand several times in both."""

    found: Counter[Fact]
    wanted: Counter[Fact]

    @property
    def right(self) -> int:
        return (self.found & self.wanted).total()

    @property
    def precision(self) -> float:
        return self.right / self.found.total() if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted.total() if self.wanted else 1.0

    def to_json(self) -> dict[str, Any]:
        """The two shares, the counts, and every fact missing or too much."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "wanted": self.wanted.total(),
            "found": self.found.total(),
            "missing": [_words(fact) for fact in (self.wanted - self.found).elements()],
            "too_much": [_words(fact) for fact in (self.found - self.wanted).elements()],
        }


def _words(fact: Fact) -> str:
    return " ".join("–" if part is None else str(part) for part in fact)


def read_key(path: Path) -> dict[str, Json]:
    """The key by the short name of each document. Raises OSError, ValueError."""
    try:
        key = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, dict) or not all(isinstance(entry, dict) and "file" in entry for entry in key.values()):
        raise ValueError(path.name)
    return key


def evaluate(key: Mapping[str, Json], read: Callable[[str], Json]) -> dict[str, Score]:
    """Scores by what is read; ``read`` gives the reading of the document with this file name."""
    found: dict[str, Counter[Fact]] = {}
    wanted: dict[str, Counter[Fact]] = {}
    for name, entry in key.items():
        reading = read(str(entry["file"]))
        for facts, told in ((found, _found(name, reading, entry)), (wanted, _wanted(name, entry))):
            for kind, fact in told:
                facts.setdefault(kind, Counter())[fact] += 1
    return {kind: Score(found.get(kind, Counter()), facts) for kind, facts in wanted.items()}


def _wanted(name: str, entry: Json) -> Iterator[tuple[str, Fact]]:
    for field in ("kind", "number", "issued_on", "issuer", "subject", "signer"):
        yield "fields", (name, field, entry.get(field))
    yield from (("legal_bases", (name, *base)) for base in entry["legal_bases"])
    for item in entry["items"]:
        yield "items", (name, item["path"])
        yield from (("providers", (name, item["path"], agency)) for agency in item["providers"])
    for path in _pieces(entry):
        yield "tasks", (name, path)
    for task in entry["tasks"]:
        yield from (("leads", (name, task["path"], agency)) for agency in task["lead"])
        yield from (("coordinators", (name, task["path"], agency)) for agency in task["coordinators"])
        if task["due"] != [None, None]:
            yield "deadlines", (name, task["path"], *task["due"])
        yield from (("indicators", (name, task["path"], value, sign)) for value, _, sign in task["indicators"])
    yield from (("indicators", (name, path, value, "eq")) for path, value, _ in entry["targets"])
    for report in entry["reports"]:
        yield "deadlines", (name, *_due(report["date"], report["recurring"]))
    yield from (("deadlines", (name, day, meaning)) for _, day, meaning in entry["deadlines"])


def _found(name: str, reading: Json, entry: Json) -> Iterator[tuple[str, Fact]]:
    document = reading["document"]
    issuer = document["issuer"] or {}
    for field in ("kind", "number", "issued_on", "subject", "signer"):
        yield "fields", (name, field, document[field])
    yield "fields", (name, "issuer", issuer.get("id"))
    yield from (("legal_bases", (name, base["number"], base["date"])) for base in document["legal_bases"])
    for item in reading["items"]:
        yield "items", (name, item["path"])
        yield from (("providers", (name, item["path"], agency)) for agency in _ids(item["providers"]))
    paths = [task["path"] for task in reading["tasks"]]
    yield from (("tasks", (name, path)) for path in dict.fromkeys(_above(path, entry["duties"]) for path in paths))
    keyed = {task["path"] for task in entry["tasks"]}
    targets = {path for path, *_ in entry["targets"]}
    for task in reading["tasks"]:
        path = task["path"]
        if path in keyed:
            yield from (("leads", (name, path, agency)) for agency in _ids(task["lead"]))
            yield from (("coordinators", (name, path, agency)) for agency in _ids(task["coordinators"]))
            due = task["due"]
            if due["date"] or due["semantics"]:
                yield "deadlines", (name, path, due["date"], due["semantics"])
        if path in keyed | targets:
            yield from (("indicators", (name, path, one["value"], one["comparison"])) for one in task["indicators"])
    for owed in reading["deadlines"]:
        yield "deadlines", (name, owed["date"], owed["semantics"])


def _pieces(entry: Json) -> Iterable[str]:
    return [*(task["path"] for task in entry["tasks"]), *(path for path, *_ in entry["targets"]), *entry["duties"]]


def _above(path: str, duties: Iterable[str]) -> str:
    """The duty a piece belongs to: the key cites "V.3" for its two dashes."""
    return next((duty for duty in duties if path.partition(" (")[0] == duty), path)


def _ids(parties: Iterable[Json]) -> list[str]:
    return [party["id"] for party in parties if party["id"]]


def _due(day: str | None, recurring: bool) -> tuple[str | None, str | None]:
    return day, "recurring" if recurring else "before" if day else None
