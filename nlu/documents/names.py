"""Names of bodies a person must settle: unknown, shared by several, of another province, or of a body now ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from content.schema import Agency
from nlu.documents.letters import bare
from nlu.documents.parties import CERTAIN, Party, Registry

_SHARED = 0.89
"""Likeness of a place named without its level; below it two names are merely alike."""
MOST = 100
"""Names of one reading."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name and why it is doubtful; with ``choices`` of what it may mean, the bodies that followed these included.

    ``unknown``: no body of the registry is called so; ``homonym``: several are; ``elsewhere``: the document comes from
    another province, whose bodies the registry does not hold; ``ended``: the body was gone on the day of the document;
    ``not_yet``: the registry has the name only from a later day on.
    """

    text: str
    why: str
    choices: tuple[Agency, ...]
    lines: tuple[int, int]

    def to_json(self) -> dict[str, object]:
        return {
            "text": self.text,
            "why": self.why,
            "choices": [
                {
                    "id": agency.id,
                    "name": agency.name,
                    "until": agency.valid_to.isoformat() if agency.valid_to else None,
                    "from": agency.valid_from.isoformat() if agency.valid_from else None,
                    "successors": agency.successors,
                }
                for agency in self.choices
            ],
            "lines": list(self.lines),
        }


def doubtful_names(
    registry: Registry, named: Iterable[tuple[Party, tuple[int, int]]], signed: date | None
) -> Sequence[Name]:
    """The names to settle, each once, in the order of the document, at most ``MOST``."""
    found: dict[str, Name] = {}
    for party, lines in named:
        key = " ".join(bare(party.text).split())
        if key in found or len(found) >= MOST:
            continue
        if party.agency_id:
            ended = registry.ended(party.agency_id, signed) if signed else None
            if ended:
                found[key] = Name(party.text, "ended", (ended, *registry.heirs(ended)), lines)
            continue
        to_come = registry.to_come(party.text)
        if to_come and not registry.elsewhere:
            found[key] = Name(party.text, "not_yet", tuple(to_come), lines)
            continue
        choices = tuple(registry.choices(party.text))
        why = "elsewhere" if registry.elsewhere else "homonym" if _shared(registry, party.text) else "unknown"
        found[key] = Name(party.text, why, choices, lines)
    return list(found.values())


def _shared(registry: Registry, text: str) -> bool:
    """Whether several bodies are called exactly so, or a place is named that several are of."""
    scores = [match.score for match in registry.alike(text)]
    return len(scores) > 1 and scores[0] >= _SHARED and scores[1] >= min(CERTAIN, scores[0] - 0.005)
