"""Who leads and who helps: ``Sở A chủ trì, phối hợp với Sở B và các đơn vị có liên quan``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlu.documents.letters import bare
from nlu.documents.parties import Party, Registry, listed_end, subject_end

_LEADS = re.compile(r"\s*,?\s*\bch[uiy] tri\b(?: thuc hien)?")
"""Also "chỉ trì", a slip of the keyboard that official texts carry."""
_HELPS = re.compile(r"\bphoi hop(?: chat che)?(?: cung)?(?: voi)?\s*:?\s+")
_BREAK = re.compile(r"[.;:](?=\s)")


def split_roles(registry: Registry, text: str) -> tuple[list[Party], list[Party]]:
    """Leaders and helpers of a labelled value; without "chủ trì" and "phối hợp" all are leaders."""
    words = bare(text)
    leads = _LEADS.search(words)
    helps = _HELPS.search(words, leads.end() if leads else 0)
    if leads is None and helps is None:
        return registry.parties(text), []
    head = text[: leads.start() if leads else helps.start() if helps else len(text)]
    return registry.parties(head.rstrip(" ,;")), registry.parties(text[helps.end() :]) if helps else []


def helpers(registry: Registry, text: str) -> list[Party]:
    """Everybody a text says to work together with."""
    found: list[Party] = []
    for match in _HELPS.finditer(bare(text)):
        rest = text[match.end() : match.end() + 600]
        end = subject_end(rest)
        if registry.begins(rest[:end].partition(",")[0]):
            found += registry.parties(rest[: listed_end(rest, 0, end)])
    return found


def leader(registry: Registry, text: str) -> list[Party]:
    """The bodies before the first "chủ trì" of a text, when every one of them is known for certain."""
    leads = _LEADS.search(bare(text))
    if leads is None:
        return []
    breaks = list(_BREAK.finditer(text, max(0, leads.start() - 400), leads.start()))
    found = registry.parties(text[breaks[-1].end() if breaks else max(0, leads.start() - 400) : leads.start()])
    return found if found and all(party.agency_id for party in found) else []


def without(parties: Iterable[Party], others: Iterable[Party]) -> list[Party]:
    """Parties in order, each once, those among the others left out."""
    seen = {party.agency_id or party.text.lower() for party in others}
    kept = []
    for party in parties:
        key = party.agency_id or party.text.lower()
        if key not in seen:
            seen.add(key)
            kept.append(party)
    return kept
