"""Which agencies a text names: by full name, alias, abbreviation, without diacritics, or nearly so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from content.schema import Agency
from content.words import fold

LOWEST = 0.62
"""Below this score a likeness says nothing."""
_LONGEST_TEXT = 500
_SHORTEST_INSIDE = 4
"""Letters a name must have to count when it stands inside a longer text."""
_SAME_WORDS = (
    ("uy ban nhan dan", "ubnd"), ("uy ban", "ubnd"), ("ub", "ubnd"), ("thanh pho", "tp"), ("va", ""), ("cac", ""),
    ("h", "huyen"), ("p", "phuong"), ("x", "xa"), ("tinh kon tum", "tinh"),
)  # fmt: skip
_PLACE_KIND = re.compile(r"^ubnd (?:huyen|tp|thi tran|xa|phuong|tinh) ")
_PLACE_ALONE = 0.9
"""Score of a place named without saying whether district, town or commune: "Đăk Hà" is all three."""
_LEVELS = ("province", "district", "commune", "central", "group")
"""Which of two equal names is meant more often, first to last."""


@dataclass(frozen=True, slots=True)
class Match:
    """An agency that may be meant; ``score`` from 0 to 1, 1 for its very name."""

    agency_id: str
    score: float


class AgencyFinder:
    """Finds agencies of one registry by what people call them."""

    def __init__(self, agencies: Mapping[str, Agency] | Iterable[Agency]) -> None:
        listed = list(agencies.values()) if isinstance(agencies, Mapping) else list(agencies)
        self.agencies: Mapping[str, Agency] = {agency.id: agency for agency in listed}
        self._rank = {agency.id: (_LEVELS.index(agency.level), agency.name) for agency in listed}
        self._written: dict[str, list[str]] = {}
        """Ids by name or alias in lower case with diacritics: tells "Ngọc" from "Ngọk"."""
        self._owners: dict[str, dict[str, float]] = {}
        """Ids by folded name, with the score an equal text gets."""
        for agency in listed:
            for place, name in enumerate([agency.name, *agency.aliases]):
                self._written.setdefault(_lower(name), []).append(agency.id)
                owners = self._owners.setdefault(_key(name), {})
                owners[agency.id] = max(owners.get(agency.id, 0.0), 0.99 if place else 1.0)
            if agency.kind == "people_committee":
                owners = self._owners.setdefault(_PLACE_KIND.sub("", _key(agency.name)), {})
                owners.setdefault(agency.id, _PLACE_ALONE)
        self._owners.pop("", None)
        self._names = list(self._owners)

    def find(self, text: str, limit: int = 5) -> list[Match]:
        """The agencies ``text`` may name, best first; empty when nothing is like any name.

        Ties are ordered by level (province, district, commune) and name. Groups are found too; a caller that wants
        single agencies hands in a registry without them.
        """
        query = _key(text[:_LONGEST_TEXT])
        if not query:
            return []
        scores: dict[str, float] = {}
        for name, likeness in self._alike(query):
            for agency_id, full in self._owners[name].items():
                scores[agency_id] = max(scores.get(agency_id, 0.0), likeness * full)
        for agency_id in self._written.get(_lower(text), []):
            scores[agency_id] = scores.get(agency_id, 0.0) + 0.01
        best = sorted(scores, key=lambda agency_id: (-round(scores[agency_id], 3), *self._rank[agency_id]))
        return [Match(agency_id, min(1.0, scores[agency_id])) for agency_id in best[:limit]]

    def _alike(self, query: str) -> Iterable[tuple[str, float]]:
        """Names like the query, each with its likeness."""
        if query in self._owners:
            yield query, 1.0
        padded = f" {query} "
        for name in self._names:
            if len(name) >= _SHORTEST_INSIDE and f" {name} " in padded:
                yield name, 0.85 + 0.12 * len(name) / len(query)
            elif len(query) >= _SHORTEST_INSIDE and padded in f" {name} ":
                yield name, 0.70 + 0.25 * len(query) / len(name)
        for scorer, weight in ((fuzz.ratio, 0.95), (fuzz.token_sort_ratio, 0.9)):
            for name, score, _ in process.extract(query, self._names, scorer=scorer, limit=12, score_cutoff=70):
                if min(len(name), len(query)) >= _SHORTEST_INSIDE and score / 100 * weight >= LOWEST:
                    yield name, score / 100 * weight


def _lower(name: str) -> str:
    return " ".join(name.lower().split())


def _key(name: str) -> str:
    """Folded words with the usual abbreviations made one, so that every spelling of a name meets the same key."""
    words = " ".join(re.sub(r"[^\w]+", " ", fold(name).replace("&", " va ").replace("’", "").replace("'", "")).split())
    padded = f" {words} "
    for written, kept in _SAME_WORDS:
        padded = padded.replace(f" {written} ", f" {kept} " if kept else " ")
    return " ".join(padded.split())
