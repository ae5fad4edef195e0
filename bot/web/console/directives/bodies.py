"""Choosing agencies from the registry as it is on a day: groups with their members, homonyms, successors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from content.catalog import Catalog
from nlu.entities.agencies import AgencyFinder

OFFERED = 8
"""Agencies offered for one name."""


@dataclass(frozen=True, slots=True)
class Body:
    """One agency as a reviewer must see it before he confirms it."""

    id: str
    name: str
    level: str
    members: tuple[str, ...]
    """Names of the agencies a group stands for on the day; none for a single agency."""
    ended: date | None
    """Its last day, when that lies before the day."""
    became: str
    """By which decision it ended, and what is known of it besides; empty while it exists."""


class Registry:
    """The agencies of the province on one day."""

    def __init__(self, catalog: Catalog, day: date) -> None:
        self._agencies = catalog.province.agencies
        self._day = day
        self._finder: AgencyFinder | None = None

    def body(self, agency_id: str) -> Body | None:
        agency = self._agencies.known.get(agency_id)
        if agency is None:
            return None
        over = agency.valid_to is not None and agency.valid_to < self._day
        members = [self._agencies[member] for member in agency.members if member in self._agencies]
        return Body(
            agency.id,
            agency.name,
            agency.level,
            tuple(member.name for member in members if member.exists_on(self._day)),
            agency.valid_to if over else None,
            self._became(agency.id) if over else "",
        )

    def like(self, words: str) -> list[Body]:
        """The agencies ``words`` may mean, best first; those that exist before those that have ended."""
        self._finder = self._finder or AgencyFinder(self._agencies)
        ids = [match.agency_id for match in self._finder.find(words, OFFERED)]
        return self._bodies(ids)

    def heirs(self, body: Body) -> list[Body]:
        """Who followed an agency that has ended, as far as they exist on the day."""
        return self._bodies([heir.id for heir in self._agencies.heirs(body.id, self._day)]) if body.ended else []

    def _became(self, agency_id: str) -> str:
        change = self._agencies.ended_by(agency_id)
        return ". ".join(filter(None, [change.basis, change.note])) if change else ""

    def _bodies(self, ids: Sequence[str]) -> list[Body]:
        bodies = [body for agency_id in ids if (body := self.body(agency_id))]
        return sorted(bodies, key=lambda body: body.ended is not None)
