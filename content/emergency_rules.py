"""The table by which a real emergency is recognised, from ``vi/emergency_rules.yaml``, written to be read by doctors
and fire officers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from content.files import ROOT, ContentError, Document, Reader
from content.schema import Entry, Id

FILE = "vi/emergency_rules.yaml"


class Phrases(Entry):
    """What people write for one idea; ``~`` stands for up to three words."""

    words: Annotated[list[str], Field(min_length=1)]
    """Counted with diacritics and without."""
    accented: tuple[str, ...] = ()
    """Counted only with diacritics: the bare form is another common word."""


class Calm(Entry):
    """What takes an alarm back."""

    condition: Phrases
    knowledge: Phrases
    told: Phrases
    past: Phrases
    drill: Phrases
    asked: Phrases
    denial: Phrases


class Rule(Entry):
    """Holds when each list of ``all`` has at least one of its concepts in the message."""

    id: Id
    type: Id
    level: Literal["certain", "possible"]
    all: Annotated[list[Annotated[list[Id], Field(min_length=1)]], Field(min_length=1)]
    for_: Annotated[list[str], Field(alias="for", min_length=1)]
    against: Annotated[list[str], Field(min_length=1)]


class RulesSpec(Entry):
    urgent: Phrases
    homographs: Annotated[list[list[str]], Field(min_length=1)]
    calm: Calm
    concepts: dict[Id, Phrases]
    rules: Annotated[list[Rule], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class EmergencyRules:
    """The table, checked."""

    urgent: Phrases
    homographs: tuple[str, ...]
    calm: Calm
    concepts: dict[str, Phrases]
    rules: tuple[Rule, ...]


def load_emergency_rules(types: Collection[str], root: Path = ROOT) -> EmergencyRules:
    """The rules below ``root``, every type one of ``types``. Raises ContentError naming file, line and reason."""
    reader = Reader(root)
    document = reader.read(FILE)
    spec = reader.one(document, RulesSpec, document.data) if document.node is not None else None
    if spec is not None:
        _check(reader, document, spec, types)
    if spec is None or reader.faults:
        raise ContentError(reader.faults)
    homographs = tuple(phrase for line in spec.homographs for phrase in line)
    return EmergencyRules(spec.urgent, homographs, spec.calm, spec.concepts, tuple(spec.rules))


def _check(reader: Reader, document: Document, spec: RulesSpec, types: Collection[str]) -> None:
    ids: set[str] = set()
    for index, rule in enumerate(spec.rules):
        reader.check(rule.id not in ids, document, f"{rule.id} stands twice", "rules", index, "id")
        ids.add(rule.id)
        reader.check(rule.type in types, document, f"{rule.id}: no card {rule.type}", "rules", index, "type")
        for concept in (concept for line in rule.all for concept in line):
            known = concept in spec.concepts
            reader.check(known, document, f"{rule.id}: no concept {concept}", "rules", index, "all")
    used = {concept for rule in spec.rules for line in rule.all for concept in line}
    for concept in spec.concepts:
        reader.check(concept in used, document, f"{concept}: no rule uses it", "concepts", concept)
